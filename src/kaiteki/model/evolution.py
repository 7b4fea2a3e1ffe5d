"""How one entity went through time: the states of its attributes that an answer tells, or what they add up to.

Source: ETSI GS CIM 009 V1.9.1 clauses 4.5.6 to 4.5.9 and 4.5.19 (temporal representations).
"""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import Final, Literal, TypeAlias

import msgspec

from kaiteki.model.entity import Instance
from kaiteki.model.instant import Instant
from kaiteki.model.sums import Sums

TimeProperty: TypeAlias = Literal["observedAt", "createdAt", "modifiedAt", "deletedAt"]
INSTANCE_PREFIX: Final = "urn:ngsi-ld:Instance:"
_INSTANCE: Final = re.compile(
    re.escape(INSTANCE_PREFIX) + r"(\d{1,18})-(-?[0-9a-f]{1,15})-[0-9a-f]{12}(?:-(\d{1,9}))?", re.ASCII
)


class State(msgspec.Struct, frozen=True):
    """One state that is told: at which moment of the time property it stands, since when it is kept, how it is addressed.

    `instance` is None where the attribute instance was deleted; `was` is then its kind. `instance_id` is empty where another
    place told the state and gave it no address.
    """

    instance_id: str
    moment: Instant
    at: Instant
    time_property: TimeProperty
    instance: Instance | None
    dataset_id: str | None = None
    was: str = ""


class Evolution(msgspec.Struct, frozen=True):
    """An entity through time. `attributes` and `sums` are by expanded name; attributes without a state are left out.

    `scopes` are the states of its scopes, `standing` those that it has where their past is not told.
    """

    id: str
    types: tuple[str, ...]
    created_at: Instant
    modified_at: Instant
    deleted_at: Instant | None = None
    attributes: dict[str, tuple[State, ...]] = {}
    sums: dict[str, tuple[Sums, ...]] = {}
    scopes: tuple[State, ...] = ()
    standing: tuple[str, ...] = ()


class Written(msgspec.Struct, frozen=True):
    """What tells a kept state from all others: its attribute and datasetId, the event and the time of its write.

    `part` counts the states that one write left of one attribute instance; a write of the present leaves one.
    """

    attribute: str
    dataset_id: str | None
    number: int
    at: Instant
    part: int = 0

    @property
    def instance_id(self) -> str:
        """The address of the state. It follows from these and from nothing else."""
        named = f"{self.attribute} {self.dataset_id or '@none'}".encode()
        digest = blake2b(named, digest_size=6).hexdigest()
        return f"{INSTANCE_PREFIX}{self.number}-{self.at:x}-{digest}" + (f"-{self.part}" if self.part else "")


def read_instance_id(text: str) -> tuple[int, Instant, int] | None:
    """Event, time and part of the write that an address names; None for what is no address of a state."""
    found = _INSTANCE.fullmatch(text)
    if found is None:
        return None
    number, at, part = found.groups()
    return int(number), Instant(int(at, 16)), int(part or 0)
