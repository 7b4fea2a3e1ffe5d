"""The one decision of the data plane's edge: which entities and attributes a person may read, ask for and write.

What services declare decides (kit.manifest.EntityType): `public` attributes are everybody's, the others are for the roles of
the type and for the holder of an entity. A type that no service declares is for staff. Results are filtered, not refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

import msgspec

from kaiteki.model.access import ADMIN, STAFF, Person
from kaiteki.model.entity import Entity
from kaiteki.model.problem import Problem
from kaiteki.model.query import Query, TypeAll, TypeAny, TypeIs, TypeSelection
from kaiteki.model.visibility import Seer, Sight, narrow, readable

Attributes: TypeAlias = frozenset[str] | None
"""Attributes (expanded) that may be seen; None means all of them."""
NOTHING: Final[frozenset[str]] = frozenset()


class Trust:
    """The declared types of a node, and who may do what with entities of them. Names are expanded."""

    def __init__(self, sights: Iterable[Sight]) -> None:
        self._sights = {sight.type: sight for sight in sights}

    def level(self, person: Person) -> str:
        """A short text that is equal for persons who see the same; rendered forms are cached by it."""
        if ADMIN in person.roles:
            return "*"
        return f"{person.account_id} {','.join(sorted(person.roles))}" if person.signed_in else ""

    def sight(self, type_name: str) -> Sight:
        """What is declared of a type, or the rule for undeclared ones."""
        return self._sights.get(type_name) or Sight(type_name, NOTHING, (STAFF,))

    def visible(self, person: Person, entity: Entity) -> Attributes:
        """The attributes of an entity that a person may see; an empty set means that the entity is not to be seen at all.

        Of an entity with several types only what all of them show is seen.
        """
        if ADMIN in person.roles:
            return None
        seer, seen = _seer(person), None
        for type_name in entity.types:
            shown = readable(self.sight(type_name), seer, entity)
            seen = shown if seen is None else seen if shown is None else seen & shown
        return seen

    def reads_type(self, person: Person, type_name: str) -> Attributes:
        """The attributes of a type that a person may see in entities that are not the person's own."""
        sight = self.sight(type_name)
        return None if person.holds(sight.roles) else sight.public

    def narrow(self, person: Person, wanted: Query) -> Query | None:
        """The query as far as the person may ask it; None when nothing that matches could be seen.

        A filter over an attribute that is hidden in one of the wanted types leaves out that type: it must not tell.
        """
        if ADMIN in person.roles:
            return wanted
        seer = _seer(person)
        named = _names(wanted.types) if wanted.types is not None else None
        candidates = self._sights if named is None else named
        asked = [self.sight(name) for name in candidates]
        seen = [sight for sight in asked if sight.public or person.holds(sight.roles) or sight.holder]
        narrowed = {sight.type: narrow(sight, seer, wanted) for sight in seen}
        whole = [name for name, query in narrowed.items() if query == wanted]
        if whole:
            return self._only(wanted, whole)
        by_query: dict[Query, list[str]] = {}
        for name, query in narrowed.items():
            if query is not None:
                by_query.setdefault(query, []).append(name)
        if not by_query:
            return None
        query, types = max(by_query.items(), key=lambda pair: len(pair[1]))
        return self._only(query, types)

    def _only(self, wanted: Query, types: Sequence[str]) -> Query:
        if isinstance(wanted.types, TypeIs):
            return wanted
        parts = tuple(TypeIs(name) for name in sorted(types))
        seen: TypeSelection = parts[0] if len(parts) == 1 else TypeAny(parts)
        both = seen if wanted.types is None else TypeAll((wanted.types, seen))
        return msgspec.structs.replace(wanted, types=both)

    def need_to_write(self, person: Person, types: Iterable[str]) -> None:
        """Refuse with Unauthorized or Forbidden unless the person may write entities of all these types."""
        for type_name in types:
            if not person.holds(self.sight(type_name).roles):
                raise self._no(person, type_name)

    def need_to_run(self, person: Person) -> None:
        """Refuse unless the person runs the node: for what touches more than entities of known types."""
        if ADMIN not in person.roles:
            raise self._no(person, "this")

    def need_a_writer(self, person: Person) -> None:
        """Refuse who can write nothing at all, before a body is read."""
        if not person.signed_in:
            raise self._no(person, "entities")

    def _no(self, person: Person, what: str) -> Problem:
        if not person.signed_in:
            return Problem(
                "Unauthorized", "writing needs a session or a bearer token with a role", "Authorization"
            )
        return Problem("Forbidden", f"this account has no role to write {what}", "Authorization")


def _seer(person: Person) -> Seer:
    return Seer(person, frozenset({person.account_id}) if person.signed_in else frozenset())


def _names(selection: TypeSelection) -> frozenset[str]:
    if isinstance(selection, TypeIs):
        return frozenset({selection.type})
    return frozenset(name for part in selection.parts for name in _names(part))
