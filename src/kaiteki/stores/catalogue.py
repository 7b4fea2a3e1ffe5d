"""The interned names of a store and how many entities of each kind there are, in memory beside the tables.

Names and kinds are only ever added, so what was read once stays true.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

from kaiteki.model.entity import VALUE_MEMBER
from kaiteki.model.matching import matches_types
from kaiteki.model.query import TypeSelection

Tally = Counter[tuple[int, int, str]]
"""Entities by (kind, name, kind of attribute); name 0 counts the entities themselves."""

KINDS = tuple(VALUE_MEMBER)

WHOLE = 0
"""The name id that stands for the entity itself."""


class Catalogue:
    """Names and kinds by text and by id, and the tally."""

    def __init__(self) -> None:
        self.names: dict[str, int] = {}
        self._texts: dict[int, str] = {}
        self.known_kinds: dict[tuple[str, tuple[str, ...]], int] = {}
        self._of_kind: dict[int, tuple[str, tuple[str, ...]]] = {}
        self._of_area: dict[str, dict[int, tuple[str, ...]]] = {}
        self.tally: Tally = Counter()
        self.number = 0
        """The newest event that the tally counts in."""

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

    def take_over(self, other: Catalogue) -> None:
        """Know what another catalogue knows, in place of what was known."""
        self.names, self._texts = other.names, other._texts
        self.known_kinds, self._of_kind, self._of_area = other.known_kinds, other._of_kind, other._of_area
        self.tally, self.number = other.tally, other.number

    def learn_name(self, number: int, text: str) -> None:
        """Know a name."""
        self.names[text] = number
        self._texts[number] = text

    def learn_kind(self, number: int, area: str, types: tuple[str, ...]) -> None:
        """Know a kind."""
        self.known_kinds[area, types] = number
        self._of_kind[number] = (area, types)
        self._of_area.setdefault(area, {})[number] = types

    def name(self, text: str) -> int | None:
        """The id of a name, None when nothing of the file has it."""
        return self.names.get(text)

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
        number = self.names.get(name)
        return number is not None and any(self.tally[kind, number, form] for form in KINDS)

    def all_have(self, kind: int, name: str) -> bool:
        """Whether every entity of a kind is known to have an attribute."""
        number = self.names.get(name)
        whole = self.tally[kind, WHOLE, ""]
        return number is not None and any(self.tally[kind, number, form] == whole for form in KINDS)

    def form(self, kind: int, name: str, form: str) -> int:
        """How many entities of a kind have an attribute in a form."""
        number = self.names.get(name)
        return 0 if number is None else self.tally[kind, number, form]


@lru_cache(maxsize=4096)
def takes(wanted: TypeSelection, types: tuple[str, ...]) -> bool:
    """Whether entities of these types are selected (clause 4.17)."""
    return matches_types(types, wanted)
