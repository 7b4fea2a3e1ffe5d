"""The one decision of the data plane's edge: which entities and attributes a person may read, ask for and write.

What services declare decides (kit.manifest.EntityType): `public` attributes are everybody's, the others are for the roles of
the type and for the holder of an entity. A type that no service declares is for staff. Results are filtered, not refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Final, TypeAlias

import msgspec

from kaiteki.broker.plane import May, not_found
from kaiteki.model.access import ADMIN, STAFF, Person
from kaiteki.model.entity import Entity
from kaiteki.model.problem import Problem
from kaiteki.model.query import AllOf, AnyOf, Fence, Filter, Query, TypeIs, TypeSelection
from kaiteki.model.visibility import PastSight, Seer, Sight, narrow, readable, readable_past

Attributes: TypeAlias = frozenset[str] | None
"""Attributes (expanded) that may be seen; None means all of them."""
NOTHING: Final[frozenset[str]] = frozenset()
COMMANDS_SHOWN_MAX: Final = 5
"""Commands that a refusal names."""
BARE: Final = frozenset({"id"})
"""That an entity is there and of which types, but none of its attributes."""


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
        seer = _seer(person)
        return _common([readable(self.sight(type_name), seer, entity) for type_name in entity.types])

    def readable_past(self, person: Person, types: Sequence[str], entity: Entity | None) -> PastSight | None:
        """What a person may see of the past of an entity of these types; None means nothing at all.

        `entity` is the present one, None when it is gone. The past follows the present: who may not see an entity now sees
        no past of it.
        """
        if ADMIN in person.roles:
            return PastSight(None, True)
        if entity is not None and self.visible(person, entity) == NOTHING:
            return None
        seer, sights = _seer(person), [self.sight(name) for name in types]
        attributes = _common([readable_past(sight, seer, entity) for sight in sights])
        if attributes == NOTHING:
            return None
        veiled = any(
            sight.past is not None and readable_past(sight, seer, entity) is not None for sight in sights
        )
        return PastSight(attributes, not veiled)

    def reads_types(self, person: Person, types: Iterable[str]) -> Attributes:
        """The attributes that a person may see in entities of these types that are not the person's own."""
        sights = map(self.sight, types)
        return _common([None if person.holds(sight.roles) else sight.public for sight in sights])

    def narrow(self, person: Person, wanted: Query) -> Query | None:
        """The query as far as the person may ask it; None when nothing that matches could be seen.

        A filter over an attribute that is hidden in a type leaves out every entity that has this type among its own:
        neither a row nor a count must tell. Relationships are followed to entities that the person may read whole.
        """
        if ADMIN in person.roles:
            return wanted
        seer = _seer(person)
        named = _names(wanted.types) if wanted.types is not None else frozenset[str]()
        answers = {name: narrow(self.sight(name), seer, wanted) for name in {*self._sights, *named}}
        # a type that nobody declared is read by staff; it stands for all such types where the query names none
        answers[""] = narrow(self.sight(""), seer, wanted)
        best = _widest([answers[name] for name in (named or answers)], wanted)
        if best is None:
            return None
        return msgspec.structs.replace(
            best,
            fence=_fence({name: answer in (best, wanted) for name, answer in answers.items()}),
            link_fence=self._link_fence(person) if _follows_links(wanted) else None,
        )

    def _link_fence(self, person: Person) -> Fence:
        return _fence({name: person.holds(self.sight(name).roles) for name in ("", *self._sights)})

    def writing(self, person: Person) -> May | None:
        """What decides over each change that a person makes past the commands; None for who may do everything."""
        return None if ADMIN in person.roles else partial(self.need_to_write, person)

    def need_to_write(self, person: Person, before: Entity | None, after: Entity | None) -> None:
        """Refuse what a person may not make of an entity: not seen, no role, or the business of a command of its service."""
        if before is not None and self.visible(person, before) == NOTHING:
            raise not_found(before.id)
        touched = _touched(before, after)
        for type_name in sorted({name for one in (before, after) if one is not None for name in one.types}):
            sight = self.sight(type_name)
            if not person.holds(sight.roles):
                raise self._no(person, type_name)
            if sight.raw is not None and not (sight.raw and touched <= sight.raw):
                raise _by_command(sight, min(touched - sight.raw, default=""))

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


def _touched(before: Entity | None, after: Entity | None) -> frozenset[str]:
    """The attributes that a change puts, alters or removes."""
    old = before.attributes if before is not None else {}
    new = after.attributes if after is not None else {}
    return frozenset(name for name in {*old, *new} if old.get(name) != new.get(name))


def _by_command(sight: Sight, name: str) -> Problem:
    """The refusal of a change that skips the rules of a service; it says which command has them."""
    shown = sight.commands[:COMMANDS_SHOWN_MAX]
    several = ", ".join(f"POST /{{area}}/services/{command}" for command in shown)
    rest = " …" if len(sight.commands) > len(shown) else ""
    way = f"use {several}{rest}" if shown else "its service alone changes them"
    return Problem(
        "Forbidden", f"entities of {sight.type} follow the rules of their service: {way}", name or "type"
    )


def _seer(person: Person) -> Seer:
    return Seer(person, frozenset({person.account_id}) if person.signed_in else frozenset())


def _widest(answers: Sequence[Query | None], wanted: Query) -> Query | None:
    """The query as it was asked where one type lets it, else the form in which most types let it."""
    possible = [answer for answer in answers if answer is not None]
    if not possible or wanted in possible:
        return wanted if possible else None
    return max(possible, key=possible.count)


def _fence(open_types: Mapping[str, bool]) -> Fence:
    """Entities all of whose types are open; the empty name stands for the types that are not listed."""
    if open_types[""]:
        return Fence(without=frozenset(name for name, is_open in open_types.items() if not is_open))
    return Fence(within=frozenset(name for name, is_open in open_types.items() if is_open))


def _follows_links(wanted: Query) -> bool:
    return _links_in(wanted.q) or any(key.path.linked is not None for key in wanted.order)


def _links_in(q: Filter | None) -> bool:
    if isinstance(q, AllOf | AnyOf):
        return any(_links_in(part) for part in q.parts)
    return q is not None and q.path.linked is not None


def _common(shown: Sequence[Attributes]) -> Attributes:
    """What all types of an entity show of it; types that show something each, but nothing in common, show that it is there."""
    seen: Attributes = None
    for attributes in shown:
        if attributes is not None:
            if not attributes:
                return NOTHING
            seen = attributes if seen is None else (seen & attributes or BARE)
    return seen


def _names(selection: TypeSelection) -> frozenset[str]:
    if isinstance(selection, TypeIs):
        return frozenset({selection.type})
    return frozenset(name for part in selection.parts for name in _names(part))
