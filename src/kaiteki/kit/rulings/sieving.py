"""Queries that a store cannot answer exactly as somebody may ask them: what to look at, and what of it is seen.

A store knows attributes, no rulings. Where all entities in question show the same, a query is cut (model.visibility) and exact. Where
some show more than others (one's own, those of one's office, those with a further type), a few queries find whatever may match, each
by what is open of those entities, so that not even their number tells of what is hidden; the rest is done in memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Final

import msgspec

from kaiteki.kit.rulings.rulings import Rulings
from kaiteki.kit.rulings.seeing import shown, visible
from kaiteki.model.entity import Entity
from kaiteki.model.matching import admits, is_searched, matches_types
from kaiteki.model.query import (
    AllOf,
    AnyOf,
    Comparison,
    Fence,
    Filter,
    OneOf,
    Path,
    Query,
    Summary,
    TypeAll,
    TypeAny,
    TypeIs,
    TypeSelection,
)
from kaiteki.model.visibility import (
    BARE,
    CLOSED,
    CONSENTED,
    FACTS_MAX,
    HELD,
    OWN_OFFICE,
    WHOLE,
    Opening,
    Ruling,
    Seer,
    Texts,
    cut,
)

_ALWAYS: Final = AllOf(())
NOWHERE: Final = Fence(within=frozenset())
"""What no entity lies within."""


class Sieve:
    """What somebody may see, compared with one query; see model.query.Sieve."""

    def __init__(self, rulings: Rulings, area: str, seer: Seer, asked: Query) -> None:
        self._rulings = rulings
        self._area = area
        self._seer = seer
        self._asked = asked
        self._links = follows_links(asked)

    @property
    def asked(self) -> Query:
        """The query as it was asked."""
        return self._asked

    def see(self, entity: Entity) -> Entity | None:
        """What is seen of an entity; None for nothing."""
        return shown(entity, visible(self._rulings, self._area, self._seer, entity))

    def alone(self) -> Query:
        """A query that finds nothing but by this sieve."""
        return msgspec.structs.replace(self._asked, fence=NOWHERE, sieve=self)

    def may_find(self, types: Iterable[str]) -> bool:
        """Whether an entity of one of the types may match, by its facts. (What is closed in one of its types stays closed.)"""
        openings = (opening for name in types for _, opening in self._openings(name))
        return any(cut(opening, self._asked, "all", self._links) is not None for opening in openings)

    def is_even(self, type_name: str) -> bool:
        """Whether all entities of a type show this person the same."""
        if self._rulings.is_free(self._seer.person, self._area):
            return True
        return len({opening for _, opening in self._openings(type_name)}) == 1

    def may_show(self, type_name: str, name: str) -> bool:
        """Whether an attribute is open in some entities of a type, by their facts."""
        if self._rulings.is_free(self._seer.person, self._area):
            return True
        return any(opening.shows(name) for _, opening in self._openings(type_name))

    def opening_of(self, types: Iterable[str]) -> Opening | None:
        """What every entity of exactly these types shows; None where it depends on the entity."""
        names = tuple(types)
        least = self.least_of(names)
        closed = any(all(one.is_empty for _, one in self._openings(name)) for name in names)
        return least if closed or all(map(self.is_even, names)) else None

    def least_of(self, types: Iterable[str]) -> Opening:
        """What is open of each entity of exactly these types, whatever its facts."""
        if self._rulings.is_free(self._seer.person, self._area):
            return WHOLE
        seen = WHOLE
        for name in types:
            for _, opening in self._openings(name):
                if opening.is_empty:
                    return CLOSED
                seen = seen.both(opening)
        # types that show something each, but nothing in common, show that it is there
        return Opening(BARE) if seen.is_empty else seen

    def is_idle(self, plain: Query, answers: Mapping[str, Query | None]) -> bool:
        """Whether the query that all types agree on is exact, whatever the area holds."""
        if self._links or any(answer not in (None, plain) for answer in answers.values()):
            return False
        for name in answers:
            openings = [opening for _, opening in self._openings(name)]
            if self._asked.text is not None and any(
                not one.is_whole and not one.is_empty for one in openings
            ):
                return False
            if any(cut(one, self._asked) != answers[name] for one in openings):
                return False
        return True

    def supersets(self, plain: Query, summaries: Sequence[Summary]) -> Sequence[Query] | None:
        """Queries that together find whatever may match, in no order; None: `plain` is exact, as the area stands."""
        core = msgspec.structs.replace(plain, fence=None, link_fence=None, sieve=None)
        # (of consents the store knows nothing: what they may open is looked at whole, so that no condition tells of it)
        whole = msgspec.structs.replace(self._asked, text=None, geo=None, attrs=())
        groups: dict[tuple[Filter | None, bool], list[TypeSelection]] = {}
        is_exact = True
        for summary in self._asked_of(summaries):
            cases = list(self._cases(summary))
            admitted = plain.fence is None or admits(plain.fence, summary.types)
            right = core if admitted else None
            is_exact &= all(is_certain and found == right for _, found, is_certain in cases)
            by_consent = any(self._rules_by_consent(name) for name in summary.types)
            if any(found is not None for _, found, _ in cases):
                parts = tuple(map(TypeIs, summary.types))
                found = (None if by_consent else _either(cases), by_consent)
                groups.setdefault(found, []).append(parts[0] if len(parts) == 1 else TypeAll(parts))
        if is_exact:
            return None
        return [
            msgspec.structs.replace(
                whole if by_consent else self._asked,
                types=TypeAny(tuple(types)),
                q=q,
                order=(),
                link_fence=None,
                sieve=None,
            )
            for (q, by_consent), types in groups.items()
        ]

    def _rules_by_consent(self, type_name: str) -> bool:
        return self._rulings.of(self._seer.person, self._area, type_name).uses_consent

    def _asked_of(self, summaries: Sequence[Summary]) -> Iterator[Summary]:
        for summary in summaries:
            if self._asked.types is None or matches_types(summary.types, self._asked.types):
                yield summary

    def _openings(self, type_name: str) -> Iterator[tuple[Filter, Opening]]:
        """What entities of a type may show, each with the condition by which the store knows them."""
        ruling = self._rulings.of(self._seer.person, self._area, type_name)
        conditions = self._conditions(ruling)
        always = OWN_OFFICE if ruling.office and "*" in self._seer.person.offices else 0
        for facts in range(FACTS_MAX):
            if all(facts & fact == 0 or fact in conditions for fact in (HELD, OWN_OFFICE, CONSENTED)):
                parts = tuple(conditions[fact] for fact in conditions if facts & fact)
                yield AllOf(parts), ruling.openings[facts | always]

    def _conditions(self, ruling: Ruling) -> dict[int, Filter]:
        """The facts that some entities of a type have for this person and others have not."""
        conditions: dict[int, Filter] = {}
        seer = self._seer
        if ruling.holder and seer.owned:
            conditions[HELD] = _is_one_of(ruling.holder, seer.owned)
        if ruling.office and seer.person.offices and "*" not in seer.person.offices:
            conditions[OWN_OFFICE] = _is_one_of(ruling.office, seer.person.offices)
        if ruling.uses_consent:
            conditions[CONSENTED] = _ALWAYS
        return conditions

    def _cases(self, summary: Summary) -> Iterator[tuple[Filter, Query | None, bool]]:
        """What may be asked of entities with exactly these types, by their facts, and whether the store answers it exactly."""
        searched = [name for name in summary.attributes if is_searched(name)]
        for case in product(*(list(self._openings(name)) for name in summary.types)):
            opening = WHOLE
            for _, one in case:
                opening = opening.both(one)
            if opening.is_empty and not any(one.is_empty for _, one in case):
                opening = Opening(frozenset({"id"}))
            texts = _texts(opening, searched)
            found = cut(opening, self._asked, texts, self._links)
            condition = AllOf(tuple(part for part, _ in case if part != _ALWAYS))
            uncertain = self._links or (self._asked.text is not None and texts == "some")
            yield condition, found, found is None or not uncertain


def follows_links(wanted: Query) -> bool:
    """Whether a query looks at linked entities."""
    return _links_in(wanted.q) or any(key.path.linked is not None for key in wanted.order)


def _links_in(q: Filter | None) -> bool:
    if isinstance(q, AllOf | AnyOf):
        return any(_links_in(part) for part in q.parts)
    return q is not None and q.path.linked is not None


def _is_one_of(name: str, values: frozenset[str]) -> Filter:
    return Comparison(Path((name,)), "==", OneOf(tuple(sorted(values))))


def _either(cases: Sequence[tuple[Filter, Query | None, bool]]) -> Filter | None:
    """What one of the cases lets match; None: everything."""
    parts: dict[Filter, None] = {}
    for condition, found, _ in cases:
        if found is not None:
            meant = AllOf(tuple(one for one in (condition, found.q) if one is not None and one != _ALWAYS))
            if not meant.parts:
                return None
            parts[meant] = None
    return AnyOf(tuple(parts))


def _texts(opening: Opening, searched: Sequence[str]) -> Texts:
    seen = [opening.shows(name) for name in searched]
    if all(seen):
        return "all"
    return "some" if any(seen) else "none"


def names_of(selection: TypeSelection) -> frozenset[str]:
    """The types that a selection names."""
    if isinstance(selection, TypeIs):
        return frozenset({selection.type})
    return frozenset(name for part in selection.parts for name in names_of(part))
