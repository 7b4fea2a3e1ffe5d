"""The interned names of a file and how many entities of each kind there are, in memory beside the tables.

Names and kinds are only ever added, so what was read once stays true; what another process added is read on a miss.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

import msgspec

from kaiteki.model.entity import VALUE_MEMBER
from kaiteki.model.matching import matches_types
from kaiteki.model.query import TypeSelection
from kaiteki.stores.sqlite.driver import Connection

Tally = Counter[tuple[int, int, str]]
"""Entities by (kind, name, kind of attribute); name 0 counts the entities themselves."""

KINDS = tuple(VALUE_MEMBER)

WHOLE = 0
"""The name id that stands for the entity itself."""


class Catalogue:
    """Names and kinds by text and by id. One connection writes it, any may refresh it."""

    def __init__(self) -> None:
        self._names: dict[str, int] = {}
        self._texts: dict[int, str] = {}
        self._kinds: dict[tuple[str, tuple[str, ...]], int] = {}
        self._of_kind: dict[int, tuple[str, tuple[str, ...]]] = {}
        self._of_area: dict[str, dict[int, tuple[str, ...]]] = {}
        self.tally: Tally = Counter()
        self.fresh = False
        """Whether names or kinds were written by the running transaction."""
        self.number = 0
        """The newest event that the tally counts in."""

    def refresh(self, connection: Connection) -> None:
        """Read everything from the file, in one snapshot, in place of what was known."""
        known = Catalogue()
        connection.execute("SAVEPOINT refresh")
        try:
            for number, text in connection.execute("SELECT id, text FROM name"):
                known._learn_name(number, text)
            for number, area, types in connection.execute("SELECT id, area, types FROM kind"):
                known._learn_kind(number, area, tuple(msgspec.json.decode(types, type=list[str])))
            for kind, name, form, n in connection.execute("SELECT kind, name, form, n FROM tally"):
                known.tally[kind, name, form] = n
            known.number = newest(connection)
        finally:
            connection.execute("RELEASE refresh")
        self._names, self._texts = known._names, known._texts
        self._kinds, self._of_kind, self._of_area = known._kinds, known._of_kind, known._of_area
        self.tally, self.number = known.tally, known.number

    def count_in(self, moved: Tally, first: int, number: int) -> bool:
        """Add what a commit moved; False when other commits came between and everything must be read again."""
        if self.number >= number:
            return True
        if self.number != first:
            return False
        for key, n in moved.items():
            self.tally[key] += n
        self.number = number
        return True

    def _learn_name(self, number: int, text: str) -> None:
        self._names[text] = number
        self._texts[number] = text

    def _learn_kind(self, number: int, area: str, types: tuple[str, ...]) -> None:
        self._kinds[area, types] = number
        self._of_kind[number] = (area, types)
        self._of_area.setdefault(area, {})[number] = types

    def name(self, text: str) -> int | None:
        """The id of a name, None when nothing of the file has it."""
        return self._names.get(text)

    def text(self, number: int) -> str:
        """The name of an id."""
        return self._texts[number]

    def area_and_types(self, kind: int) -> tuple[str, tuple[str, ...]]:
        """What a kind stands for."""
        return self._of_kind[kind]

    def areas(self) -> list[str]:
        """All areas, by name."""
        return sorted(self._of_area)

    def kinds(self, area: str, wanted: TypeSelection | None) -> list[int]:
        """The kinds of an area whose types a selection takes; those without entities are left out."""
        of_area = self._of_area.get(area, {})
        return [
            kind
            for kind, types in of_area.items()
            if self.tally[kind, WHOLE, ""] and (wanted is None or takes(wanted, types))
        ]

    def kinds_ever(self, area: str, wanted: TypeSelection | None) -> list[tuple[int, tuple[str, ...]]]:
        """The kinds of an area whose types a selection takes, with these; those that have only a past among them."""
        of_area = self._of_area.get(area, {})
        return [(kind, types) for kind, types in of_area.items() if wanted is None or takes(wanted, types)]

    def count(self, kinds: Iterable[int]) -> int:
        """How many entities of the kinds there are."""
        return sum(self.tally[kind, WHOLE, ""] for kind in kinds)

    def some_have(self, kind: int, name: str) -> bool:
        """Whether entities of a kind have an attribute."""
        number = self._names.get(name)
        return number is not None and any(self.tally[kind, number, form] for form in KINDS)

    def all_have(self, kind: int, name: str) -> bool:
        """Whether every entity of a kind is known to have an attribute."""
        number = self._names.get(name)
        whole = self.tally[kind, WHOLE, ""]
        return number is not None and any(self.tally[kind, number, form] == whole for form in KINDS)

    def form(self, kind: int, name: str, form: str) -> int:
        """How many entities of a kind have an attribute in a form."""
        number = self._names.get(name)
        return 0 if number is None else self.tally[kind, number, form]

    def intern_name(self, connection: Connection, text: str) -> int:
        """The id of a name; a new one is written with the running transaction."""
        number = self._names.get(text)
        if number is None:
            connection.execute("INSERT INTO name(text) VALUES(?) ON CONFLICT DO NOTHING", (text,))
            number = _one(connection, "SELECT id FROM name WHERE text=?", (text,))
            self._learn_name(number, text)
            self.fresh = True
        return number

    def intern_kind(self, connection: Connection, area: str, types: tuple[str, ...]) -> int:
        """The id of a kind; a new one is written with the running transaction."""
        number = self._kinds.get((area, types))
        if number is None:
            row = (area, msgspec.json.encode(types).decode())
            connection.execute("INSERT INTO kind(area, types) VALUES(?, ?) ON CONFLICT DO NOTHING", row)
            number = _one(connection, "SELECT id FROM kind WHERE area=? AND types=?", row)
            self._learn_kind(number, area, types)
            self.fresh = True
        return number


@lru_cache(maxsize=4096)
def takes(wanted: TypeSelection, types: tuple[str, ...]) -> bool:
    """Whether entities of these types are selected (clause 4.17)."""
    return matches_types(types, wanted)


def _one(connection: Connection, statement: str, values: tuple[str, ...]) -> int:
    number = connection.execute(statement, values).get
    if not isinstance(number, int):
        raise TypeError(f"{statement} gave {number!r}")
    return number


def newest(connection: Connection) -> int:
    """The number of the newest event of the file."""
    return connection.execute("SELECT max(number) FROM log").get or 0
