"""Who may read what of a type, and which policy says so: the decisions of one type, laid out for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from kaiteki.kit.rulings.rulings import READ, Rulings
from kaiteki.kit.rulings.schema import REST
from kaiteki.model.access import ADMIN, ANYONE, NOBODY, RESIDENT, STAFF, Person
from kaiteki.model.visibility import CONSENTED, HELD, OWN_OFFICE, Sight

HOLDER = "holder"
"""Not a role: whoever an entity is about."""


class Reader(msgspec.Struct, frozen=True):
    """Somebody who may ask: a role (or HOLDER), for a purpose (empty: none is said), with the consent of the holder or without;
    of the office in charge, or of another one (None: the type names no office, or the role is of none)."""

    role: str
    purpose: str = ""
    has_consent: bool = False
    own_office: bool | None = None


class Cell(msgspec.Struct, frozen=True):
    """Whether a reader reads an attribute, and the policies that decided; none: nothing permits it."""

    is_open: bool
    policies: tuple[str, ...] = ()


class Matrix(msgspec.Struct, frozen=True):
    """The readers of a type, and for each attribute (field of the view; `*`: undeclared ones) a cell for each of them."""

    readers: tuple[Reader, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]


def matrix(rulings: Rulings, area: str, sight: Sight) -> Matrix:
    """Who reads what of a type in an area."""
    readers = tuple(_readers(rulings, sight))
    fields = {**sight.known, REST: ""}
    columns: list[list[Cell]] = []
    for reader in readers:
        facts = (HELD if reader.role == HOLDER else 0) | (CONSENTED if reader.has_consent else 0)
        facts |= OWN_OFFICE if reader.own_office else 0
        asked = [(READ, iri, facts) for iri in fields.values()]
        verdicts = rulings.verdicts(_person(reader), area, sight, asked)
        columns.append([Cell(one.is_allowed, one.policies) for one in verdicts])
    return Matrix(readers, tuple(zip(fields, zip(*columns, strict=True), strict=True)))


def _readers(rulings: Rulings, sight: Sight) -> Sequence[Reader]:
    roles = dict.fromkeys((ANYONE, RESIDENT, *sight.roles, STAFF, ADMIN))
    readers = [Reader(role) for role in roles]
    if sight.holder:
        readers.insert(1, Reader(HOLDER))
    for use in rulings.catalogue.uses.values():
        if sight.type in use.items:
            for role in sorted(use.roles):
                readers.append(Reader(role, use.name))
                if use.basis == "consent":
                    readers.append(Reader(role, use.name, has_consent=True))
    return readers if not sight.office else list(_by_office(readers))


def _by_office(readers: Sequence[Reader]) -> Iterator[Reader]:
    """Those who work in offices twice: in the office in charge, and in another one."""
    for reader in readers:
        if reader.role in (ANYONE, RESIDENT, HOLDER, ADMIN):
            yield reader
        else:
            yield from (msgspec.structs.replace(reader, own_office=own) for own in (True, False))


def _person(reader: Reader) -> Person:
    if reader.role == ANYONE:
        return NOBODY
    own = {ANYONE, RESIDENT} if reader.role == HOLDER else {ANYONE, RESIDENT, reader.role}
    return Person("-", "", frozenset(own), frozenset({"*"}), assurance=1, purpose=reader.purpose)
