"""What a kept decision is in the log of a store: a row with its actor and its changes, whose names are interned; and what an access is."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Final, Literal, TypeAlias, cast

import msgspec

from kaiteki.model.instant import Instant
from kaiteki.ports.accesses import Access
from kaiteki.ports.entities import By
from kaiteki.ports.entities import Line as AuditLine
from kaiteki.ports.events import ERASED, Event
from kaiteki.ports.ledger import READ
from kaiteki.stores.catalogue import WHOLE, Catalogue

Line: TypeAlias = tuple[str, str, int, list[int], int]
"""A change in the log: what happened, entity id, kind, names of attributes (WHOLE among them: it was of another kind before), version."""


class Body(msgspec.Struct, array_like=True, frozen=True):
    """A decision in the log. A row without helper has none, as those from before there were helpers."""

    actor: str
    action: str
    office: str
    purpose: str
    told: list[Line]
    helper: str = ""


READS: Final = f" AND what='{READ}'"
"""What makes of a search among lines that tell of no change one among reads."""
KEY_MAX: Final = 200
"""Characters of a subject or an actor by which an access is found; what is longer is compared when it is found."""

body_decoder: Final = msgspec.json.Decoder(Body)
access_decoder: Final = msgspec.json.Decoder(Access)
_encode: Final = msgspec.json.Encoder().encode


def body_of(by: By, told: Sequence[Line]) -> bytes:
    """A decision as it stands in the log."""
    row = (by.actor, by.action, by.office, by.purpose, told)
    return _encode((*row, by.helper) if by.helper else row)


def access_body(access: Access) -> bytes:
    """An access as it stands in the log."""
    return _encode(access)


def key_of(text: str) -> str:
    """By what a subject or an actor is found; two of one key may differ."""
    return text.replace("\x00", "\ufffd")[:KEY_MAX]


def events_of(catalogue: Catalogue, last: int, at: Instant, body: bytes) -> Iterator[Event]:
    """The events of a decision, `last` being the number of its last one; KeyError for a name that is not known here yet."""
    row = body_decoder.decode(body)
    for number, change in enumerate(row.told, last - len(row.told) + 1):
        what, entity_id, kind, names, version = change
        area, types = catalogue.area_and_types(kind)
        attributes = tuple(catalogue.text(name) for name in names if name != WHOLE)
        happened = cast('Literal["created", "modified", "deleted", "corrected"]', what)
        yield Event(number, area, at, happened, entity_id, types, attributes, version, row.actor, row.action)


def erased_body(body: bytes, ids: Collection[str]) -> bytes | None:
    """A row of the log without the ids and attributes of entities that are erased; None where it names none of them."""
    row = body_decoder.decode(body)
    if not any(entity_id in ids for _, entity_id, _, _, _ in row.told):
        return None
    lines: list[Line] = [
        (what, ERASED, kind, list[int](), version)
        if entity_id in ids
        else (what, entity_id, kind, names, version)
        for what, entity_id, kind, names, version in row.told
    ]
    return body_of(by_of(row), lines)


def line_of(catalogue: Catalogue, number: int, at: Instant, body: bytes) -> AuditLine:
    """The audit line of a decision; KeyError for a name that is not known here yet."""
    row = body_decoder.decode(body)
    names = {catalogue.text(name) for _, _, _, names, _ in row.told for name in names if name != WHOLE}
    entities = tuple(entity_id for _, entity_id, _, _, _ in row.told)
    return AuditLine(number, at, by_of(row), entities, tuple(sorted(names)))


def by_of(row: Body) -> By:
    """Who asked for a decision."""
    return By(row.actor, row.action, row.office, row.purpose, row.helper)


def erased_access(body: bytes, ids: Collection[str]) -> bytes | None:
    """An access without the ids of entities that are erased; None where it names none of them."""
    access = access_decoder.decode(body)
    if not any(entity_id in ids for entity_id in access.entities):
        return None
    entities = tuple(ERASED if entity_id in ids else entity_id for entity_id in access.entities)
    return access_body(msgspec.structs.replace(access, entities=entities))
