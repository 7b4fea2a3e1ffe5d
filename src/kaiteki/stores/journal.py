"""What a kept decision is in the log of a store: a row with its actor and its changes, whose names are interned."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final, Literal, TypeAlias, cast

import msgspec

from kaiteki.model.instant import Instant
from kaiteki.ports.entities import By
from kaiteki.ports.entities import Line as AuditLine
from kaiteki.ports.events import ERASED, Event
from kaiteki.stores.catalogue import WHOLE, Catalogue

Line: TypeAlias = tuple[str, str, int, list[int], int]
"""A change in the log: what happened, entity id, kind, names of attributes (WHOLE among them: it was of another kind before), version."""
Body: TypeAlias = tuple[str, str, str, str, list[Line]]
"""A decision in the log: actor, action, office, purpose, its changes."""

body_decoder: Final = msgspec.json.Decoder(Body)


def events_of(catalogue: Catalogue, last: int, at: Instant, body: bytes) -> Iterator[Event]:
    """The events of a decision, `last` being the number of its last one; KeyError for a name that is not known here yet."""
    actor, action, _, _, told = body_decoder.decode(body)
    for number, change in enumerate(told, last - len(told) + 1):
        what, entity_id, kind, names, version = change
        area, types = catalogue.area_and_types(kind)
        attributes = tuple(catalogue.text(name) for name in names if name != WHOLE)
        happened = cast('Literal["created", "modified", "deleted", "corrected"]', what)
        yield Event(number, area, at, happened, entity_id, types, attributes, version, actor, action)


def erased_body(body: bytes, ids: Collection[str]) -> bytes | None:
    """A row of the log without the ids and attributes of entities that are erased; None where it names none of them."""
    *by, told = body_decoder.decode(body)
    if not any(entity_id in ids for _, entity_id, _, _, _ in told):
        return None
    lines = [
        (what, ERASED, kind, list[int](), version)
        if entity_id in ids
        else (what, entity_id, kind, names, version)
        for what, entity_id, kind, names, version in told
    ]
    return msgspec.json.encode((*by, lines))


def line_of(catalogue: Catalogue, number: int, at: Instant, body: bytes) -> AuditLine:
    """The audit line of a decision; KeyError for a name that is not known here yet."""
    actor, action, office, purpose, told = body_decoder.decode(body)
    names = {catalogue.text(name) for _, _, _, names, _ in told for name in names if name != WHOLE}
    by = By(actor=actor, action=action, office=office, purpose=purpose)
    entities = tuple(entity_id for _, entity_id, _, _, _ in told)
    return AuditLine(number, at, by, entities, tuple(sorted(names)))
