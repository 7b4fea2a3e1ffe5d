"""How one entity went through time: the states of its attributes that an answer tells, or what they add up to.

Source: ETSI GS CIM 009 V1.9.1 clauses 4.5.6 to 4.5.9 and 4.5.19 (temporal representations).
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Final, Literal, TypeAlias

import msgspec

from kaiteki.model.entity import Instance
from kaiteki.model.instant import Instant
from kaiteki.model.sums import Sums

TimeProperty: TypeAlias = Literal["observedAt", "createdAt", "modifiedAt", "deletedAt"]
INSTANCE_PREFIX: Final = "urn:ngsi-ld:Instance:"


class State(msgspec.Struct, frozen=True):
    """One state that is told: at which moment of the time property it stands, since when it is kept, how it is addressed.

    `instance` is None where the attribute instance was deleted; `was` is then its kind.
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


def instance_id(number: int, attribute: str, dataset_id: str | None) -> str:
    """The address of a state: it follows from the event of its write, its attribute and its datasetId, and from nothing else."""
    digest = blake2b(f"{attribute} {dataset_id or '@none'}".encode(), digest_size=6).hexdigest()
    return f"{INSTANCE_PREFIX}{number}-{digest}"
