"""What the stores share of the log as a whole: how a line is written out, and what an erasing leaves of it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec

from kaiteki.model.instant import Instant
from kaiteki.ports.entities import By
from kaiteki.ports.ledger import (
    CHANGE,
    ERASED,
    SALT_BYTES,
    Entry,
    Erasing,
    Named,
    commitment,
)
from kaiteki.stores.catalogue import WHOLE, Catalogue
from kaiteki.stores.journal import body_decoder, by_of

UNREADABLE: Final = b"unreadable: "
"""How a line that is damaged is written out, its bytes behind it: it can be compared, and is no other line."""

Told = tuple[str, str, Sequence[str], Sequence[str], int]
"""A change as it is written out: what happened, entity id, types, attributes ("": it was of another kind before), version."""

_encode: Final = msgspec.json.Encoder().encode


class _Change(msgspec.Struct):
    number: int
    at: Instant
    area: str
    what: str
    by: By
    changes: Sequence[Told]


class _Aside(msgspec.Struct):
    number: int
    at: Instant
    area: str
    what: str
    actor: str | None
    subject: str | None
    told: msgspec.Raw


def change_entry(number: int, at: Instant, area: str, by: By, changes: Sequence[Told]) -> Entry:
    """A decision as it is written out."""
    return Entry(number, at, area, CHANGE, _encode(_Change(number, at, area, CHANGE, by, changes)))


def logged_entry(catalogue: Catalogue, number: int, at: Instant, area: str, body: bytes) -> Entry:
    """A row of the log as it is written out; KeyError for a name that is not known here yet."""
    try:
        row = body_decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return unreadable_entry(number, at, body)
    changes = [
        (
            what,
            entity_id,
            catalogue.area_and_types(kind)[1] if kind else (),
            [catalogue.text(name) if name != WHOLE else "" for name in names],
            version,
        )
        for what, entity_id, kind, names, version in row.told
    ]
    return change_entry(number, at, area, by_of(row), changes)


def unreadable_entry(number: int, at: Instant, body: bytes) -> Entry:
    """A row of the log that is damaged."""
    return Entry(number, at, "", CHANGE, UNREADABLE + body)


def aside_entry(row: Sequence[Any]) -> Entry:
    """A line that tells of no change as it is written out, out of its columns in their order."""
    number, area, at, what, actor, subject, body = row
    told = _Aside(number, at, area, what, actor, subject, msgspec.Raw(body))
    return Entry(number, at, area, what, _encode(told))


def in_order(log: Iterable[Entry], aside: Iterable[Entry], limit: int) -> list[Entry]:
    """Lines of both tables in order of their numbers, up to a limit."""
    return sorted([*log, *aside], key=lambda entry: entry.number)[:limit]


def salted_anew(entry: Entry) -> tuple[bytes, Named]:
    """A new salt for what an erasing left of a line, and how the line of the erasing names it."""
    salt = os.urandom(SALT_BYTES)
    return salt, Named(entry.number, commitment(salt, entry.text).hex())


def erasing_row(number: int, area: str, at: Instant, erasing: Erasing) -> tuple[Any, ...]:
    """The line of an erasing, as the columns of its table."""
    return number, area, at, ERASED, None, None, _encode(erasing)
