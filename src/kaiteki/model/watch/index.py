"""Subscriptions by what they can match, so that a change looks at few of many.

Each stands in one drawer, or several: by ids, else by a type that each wanted entity has, and there by each watched attribute. Law: a
subscription that a change concerns stands in a drawer that the change opens; most of the others do not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, Generic, NamedTuple, TypeVar

from kaiteki.model.query import Selector, TypeAll, TypeIs, TypeSelection
from kaiteki.model.watch.subscription import Subscription

K = TypeVar("K")
ANY: Final = ""
"""Any type, or any attribute."""
_PLAIN: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789:_-/")


class Drawer(NamedTuple):
    """Where subscriptions stand: an id or a type (the other one empty), and an attribute. Empty ones mean any."""

    id: str
    type: str
    attribute: str


class WatchIndex(Generic[K]):
    """The subscriptions of an area by drawers, each under a key of its owner's choice."""

    def __init__(self) -> None:
        self._drawers: dict[Drawer, dict[str, K]] = {}

    def put(self, one: Subscription, key: K) -> None:
        """Take a subscription in; `key` is what `find` answers."""
        for drawer in drawers_of(one):
            self._drawers.setdefault(drawer, {})[one.id] = key

    def drop(self, one: Subscription) -> None:
        """Take a subscription out, as it was put in."""
        for drawer in drawers_of(one):
            held = self._drawers.get(drawer, {})
            held.pop(one.id, None)
            if not held:
                self._drawers.pop(drawer, None)

    def find(self, entity_id: str, types: Iterable[str], names: Iterable[str]) -> Iterable[K]:
        """What a change of an entity may concern: its types before and after, the attributes that differ."""
        found: dict[str, K] = {}
        drawers = self._drawers
        attributes = (ANY, *names)
        for place in ((entity_id, ANY), *((ANY, one) for one in types), (ANY, ANY)):
            for name in attributes:
                held = drawers.get(Drawer(*place, name))
                if held:
                    found |= held
        return found.values()


def drawers_of(one: Subscription) -> set[Drawer]:
    """The drawers in which a subscription stands; none for one that no change concerns."""
    if one.time_interval_s is not None:
        return set()
    # a created or deleted entity is of interest whatever attributes it has
    # (to v2 only with an attribute that is watched, and its creation touches all that it has)
    of_any = one.v2 is None and one.wanted_triggers & {"entityCreated", "entityDeleted"}
    by_attribute = one.watched and not of_any
    names = one.watched if by_attribute else (ANY,)
    places = {place for selector in one.selectors or (Selector(),) for place in _places(selector)}
    return {Drawer(*place, name) for place in places for name in names}


def _places(selector: Selector) -> Iterator[tuple[str, str]]:
    ids = selector.ids or _literal(selector.id_pattern)
    if ids:
        yield from ((one, ANY) for one in ids)
    else:
        yield from ((ANY, name) for name in _types(selector.types))


def _literal(pattern: str | None) -> tuple[str, ...]:
    """The one id that a pattern can match, where that is plain to see."""
    if pattern is None or not (pattern.startswith("^") and pattern.endswith("$")):
        return ()
    inner = pattern[1:-1]
    return (inner,) if inner and _PLAIN.issuperset(inner) else ()


def _types(types: TypeSelection | None) -> set[str]:
    """Types of which every selected entity has one."""
    if types is None:
        return {ANY}
    if isinstance(types, TypeIs):
        return {types.type}
    if isinstance(types, TypeAll):
        return min((_types(part) for part in types.parts), key=lambda names: (ANY in names, len(names)))
    return set[str]().union(*(_types(part) for part in types.parts))
