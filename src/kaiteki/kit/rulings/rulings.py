"""Rulings: what of each type is open to a person, worked out once for all who are alike and compared with entities afterwards."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Final

import msgspec

from kaiteki.kit.rulings.judge import Judge, Question, Thing, Verdict
from kaiteki.kit.rulings.policies import Policies, generic_policies
from kaiteki.kit.rulings.schema import REST, Catalogue, Use
from kaiteki.kit.rulings.shapes import Fences
from kaiteki.kit.views import expand_name
from kaiteki.model.access import ADMIN, STAFF, Person
from kaiteki.model.visibility import (
    CLOSED,
    CONSENTED,
    FACTS_MAX,
    HELD,
    OWN_OFFICE,
    Opening,
    Ruling,
    Sight,
)

BOOKS_MAX: Final = 10_000
"""Persons whose rulings are remembered, some 5 kB each; a full memory begins anew."""
READ, READ_PAST, WRITE = "read", "readPast", "write"
_REST: Final = ""
_URN: Final = "urn:ngsi-ld:"


class _Book:
    """The rulings for persons who are alike in all that decides."""

    def __init__(self) -> None:
        self.rulings: dict[tuple[str, str], Ruling] = {}
        self.commands: dict[str, bool] = {}
        self.by_consent: frozenset[str] | None = None
        self.fences: dict[Hashable, Fences] = {}


class Rulings:
    """What the policies say of the types and commands of a node. One per node; `policies` are by area, the generic ones else.

    Raises BadPolicy for policies that do not fit the catalogue.
    """

    def __init__(self, catalogue: Catalogue, policies: Mapping[str, Policies] | None = None) -> None:
        self.catalogue: Final = catalogue
        self._policies = dict(policies or {})
        for own in self._policies.values():
            own.check(catalogue)
        self._judges: dict[str, Judge] = {}
        self._books: dict[tuple[Person, str], _Book] = {}
        self._alike: dict[tuple[object, ...], _Book] = {}
        self._undeclared = {
            one.type: one for own in self._policies.values() for one in _undeclared(own, catalogue)
        }
        self.types: Final = (*catalogue.sights, *self._undeclared)
        """The types of which something may be said that is not said of undeclared ones in general."""
        self.worn: Final = {name: one.worn_with for name, one in catalogue.sights.items() if one.worn_with}
        """The types that entities of others are of for a while, each with the attribute that says so."""
        self._named: Final = {sight.name: one for one in self.types if (sight := self.sight(one)).name}

    def texts(self, area: str) -> tuple[str, ...]:
        """The policies of an area as they were read."""
        return tuple(one.text for one in (self._policies.get(area) or generic_policies()).sources)

    def sight(self, type_iri: str) -> Sight:
        """What is declared of a type, or the rule for undeclared ones: they are for staff."""
        return self.catalogue.sights.get(type_iri) or self._undeclared.get(type_iri) or _of_nobody(type_iri)

    def types_named_in(self, entity_id: str) -> frozenset[str]:
        """The known type that an id speaks of (`urn:ngsi-ld:Report:R-2026-00001`): such ids are given by who may write that type."""
        if not entity_id.startswith(_URN):
            return frozenset()
        found = self._named.get(entity_id[len(_URN) :].partition(":")[0])
        return frozenset() if found is None else frozenset({found})

    def of(self, person: Person, area: str, type_iri: str, action: str = READ) -> Ruling:
        """What of a type is open to a person for an action.

        Who acts for a person sees what they hold in the services that are entrusted, and in no other: here, so on every way to an entity.
        """
        known = type_iri if type_iri in self.catalogue.sights or type_iri in self._undeclared else ""
        rulings = self._book(person, area).rulings
        ruling = rulings.get((known, action))
        if ruling is None:
            sight = self.sight(type_iri)
            whole = self._rule(person, area, sight, action)
            if action != WRITE and sight.tells_of:
                whole = self._fence_told(person, area, sight, action, whole)
            ruling = rulings[known, action] = whole if person.lets_see(sight.service) else whole.unheld()
        return ruling

    def _fence_told(self, person: Person, area: str, sight: Sight, action: str, whole: Ruling) -> Ruling:
        """A ruling without the attributes that tell of types of which nothing is open to this person."""
        others = {
            name: self.of(person, area, name, action) for types in sight.tells_of.values() for name in types
        }
        shut = {name for name, one in others.items() if one.plain.is_empty}
        shut_gone = {name for name, one in others.items() if one.gone.is_empty}

        def fence(opening: Opening, shut: set[str]) -> Opening:
            closed = frozenset(iri for iri, types in sight.tells_of.items() if not shut.isdisjoint(types))
            return opening.both(Opening(closed, others=True))

        return msgspec.structs.replace(
            whole,
            openings=tuple(fence(one, shut) for one in whole.openings),
            gone=fence(whole.gone, shut_gone),
        )

    def by_consent(self, person: Person, area: str) -> frozenset[str]:
        """The types of which a consent can open something to a person; of nobody and by duty that is none."""
        if self.is_free(person, area):
            return frozenset()
        book = self._book(person, area)
        if book.by_consent is None:
            book.by_consent = frozenset(
                name
                for name in self.types
                if any(self.of(person, area, name, action).uses_consent for action in (READ, READ_PAST))
            )
        return book.by_consent

    def fences(self, person: Person, area: str) -> dict[Hashable, Fences]:
        """How queries of a shape were fenced in for those who are alike (kit.rulings.narrowing fills it)."""
        return self._book(person, area).fences

    def is_free(self, person: Person, area: str) -> bool:
        """Whether a person runs the node and the area restricts nobody who does: then nothing needs to be decided."""
        return ADMIN in person.roles and area not in self._policies

    def may_run(self, person: Person, area: str, command: str) -> bool:
        """Whether a person may run a command (`<service>.<name>`)."""
        commands = self._book(person, area).commands
        answer = commands.get(command)
        if answer is None:
            judge, service = self.judge(area), command.partition(".")[0]
            roles = tuple(sorted(self.catalogue.commands.get(command, ())))
            name = judge.named("Command", command)
            thing = Thing("Command", name, "", judge.named("Service", service), roles)
            asked = Question(judge.asker(person), "run", thing, person.purpose)
            answer = commands[command] = judge.answer([asked])[0].is_allowed
        return answer

    def use(self, person: Person, sight: Sight) -> Use | None:
        """For what a person asks for data of a type: the purpose that was said, else the one that its service keeps them for.

        At the desk it is the one that was chosen, where there are several; none before it was.
        """
        if person.purpose:
            return self.catalogue.uses.get(person.purpose)
        if not sight.personal and sight.data_class == "none":
            return None
        if person.looks_for is not None:
            choices = self.catalogue.choices(sight, person)
            if len(choices) > 1:
                return next((one for one in choices if one.name == person.looks_for), None)
        return self.catalogue.default_use(sight, person)

    def is_unsaid(self, person: Person, sight: Sight) -> bool:
        """Whether somebody at the desk has to say first for what they look at data of a type, as there are several purposes."""
        if person.looks_for is None or person.purpose:
            return False
        names = {one.name for one in self.catalogue.choices(sight, person)}
        return len(names) > 1 and person.looks_for not in names

    def purpose_of(self, person: Person, type_iri: str) -> str:
        """For what a person reads a type, as a record of it says; empty where no service declares a purpose that they may pursue."""
        sight = self.catalogue.sights.get(type_iri)
        use = self.use(person, sight) if sight is not None else None
        if use is None and sight is not None and self.is_unsaid(person, sight):
            # what the rule of a command saw, for which nobody chooses
            use = self.catalogue.default_use(sight, person)
        return use.name if use is not None else ""

    def judge(self, area: str) -> Judge:
        """Who answers for an area; areas without policies of their own share one where the area decides nothing."""
        own = self._policies.get(area)
        policies = own or generic_policies()
        name = area if own is not None or "area" in policies.members else ""
        judge = self._judges.get(name)
        if judge is None:
            judge = self._judges[name] = Judge(policies, self.catalogue.uses, area)
        return judge

    def level(self, person: Person, area: str) -> str:
        """A short text that is equal for persons in an area who see the same; of nobody in an area like all others it is empty."""
        if self.is_free(person, area):
            return "*"
        own = area if self.judge(area).policies is not generic_policies() else ""
        if not person.signed_in:
            return own
        told = (
            person.account_id,
            ",".join(sorted(person.roles)),
            ",".join(sorted(person.offices)),
            f"{person.kind} {person.assurance} {person.helper} {person.purpose} {person.looks_for}",
            ",".join(sorted(person.mandate)),
            own,
        )
        return " ".join(told)

    def verdicts(
        self, person: Person, area: str, sight: Sight, asked: Sequence[tuple[str, str, int]]
    ) -> list[Verdict]:
        """Why: the answers for (action, attribute, facts) of a type, one by one. An empty attribute stands for undeclared ones."""
        judge, things = self.judge(area), self._things(self.judge(area), sight)
        use = self.use(person, sight)
        plain = [
            (_question(judge, person, action, (sight, name, things[name]), use), facts)
            for action, name, facts in asked
        ]
        found = judge.answer([msgspec.structs.replace(one, facts=facts) for one, facts in plain])
        if not sight.tells_of:
            return found
        shown = {action: self.of(person, area, sight.type, action).plain for action, _, _ in asked}
        return [
            Verdict(False) if name in sight.tells_of and not shown[action].shows(name) else one
            for (action, name, _), one in zip(asked, found, strict=True)
        ]

    def _book(self, person: Person, area: str) -> _Book:
        book = self._books.get((person, area))
        if book is None:
            if len(self._books) >= BOOKS_MAX:
                self._books.clear()
                self._alike.clear()
            judge = self.judge(area)
            entrusted = (bool(person.helper), person.mandate)
            alike = (id(judge), judge.asker(person), person.purpose, person.looks_for, entrusted)
            book = self._books[person, area] = self._alike.setdefault(alike, _Book())
        return book

    def _rule(self, person: Person, area: str, sight: Sight, action: str) -> Ruling:
        judge, use = self.judge(area), self.use(person, sight)
        things = self._things(judge, sight)
        possible = _facts_of(sight, use)
        sums = [facts for facts in range(FACTS_MAX) if facts & ~possible == 0]
        cases = [(facts, False) for facts in sums]
        if action == READ_PAST:
            cases.append((0, True))
        plain = [_question(judge, person, action, (sight, *thing), use) for thing in things.items()]
        questions = [
            msgspec.structs.replace(one, facts=facts, is_gone=is_gone)
            for facts, is_gone in cases
            for one in plain
        ]
        verdicts = iter(judge.answer(questions))
        openings = {case: _opening({name: next(verdicts).is_allowed for name in things}) for case in cases}
        uses_consent = any(
            openings[facts, False] != openings[facts | CONSENTED & possible, False] for facts in sums
        )
        return Ruling(
            openings=tuple(openings[facts & possible, False] for facts in range(FACTS_MAX)),
            gone=openings.get((0, True), CLOSED),
            holder=sight.holder,
            office=sight.office,
            purpose=use.name if use is not None else "",
            uses_consent=uses_consent,
            items=_items(sight) if uses_consent else {},
        )

    def _things(self, judge: Judge, sight: Sight) -> dict[str, Thing]:
        """The attributes of a type as policies see them, by their expanded names; the empty name stands for undeclared ones."""
        fields = {iri: field for field, iri in sight.known.items()}
        spoken_of = sight.public | (sight.past or frozenset()) | (sight.raw or frozenset()) | sight.sealed
        of_type = sight.name or sight.type
        type_name, service = judge.named("Type", of_type), judge.named("Service", sight.service)
        return {
            iri: Thing(
                "Attribute",
                judge.named("Attribute", f"{of_type}.{fields.get(iri, iri) or REST}"),
                type_name,
                service,
                sight.roles,
                _flags(sight, iri),
                sight.data_class,
            )
            for iri in (*sorted({*fields, *spoken_of}), _REST)
        }


def _question(
    judge: Judge, person: Person, action: str, wanted: tuple[Sight, str, Thing], use: Use | None
) -> Question:
    """What is asked of an attribute, of an entity without any facts."""
    sight, name, thing = wanted
    covers = use is not None and (
        use.covers(sight.type, name) if name != _REST else use.items.get(sight.type, frozenset()) is None
    )
    return Question(
        asker=judge.asker(person),
        action=action,
        thing=thing,
        use=use.name if use is not None else "",
        is_covered=covers,
        is_stated=bool(person.purpose),
    )


def _flags(sight: Sight, iri: str) -> frozenset[str]:
    is_public = iri in sight.public
    is_past = is_public and (sight.past is None or iri in sight.past)
    told = {
        "public": is_public,
        "publicPast": is_past,
        "publicGone": is_past and sight.lasting,
        "raw": sight.raw is None or iri in sight.raw,
        "personal": sight.personal,
        "ofOffice": sight.office != "",
        "sealed": iri in sight.sealed,
        "declared": iri != _REST,
    }
    return frozenset(flag for flag, is_so in told.items() if is_so)


def _facts_of(sight: Sight, use: Use | None) -> int:
    """The facts that an entity of a type can have at all."""
    facts = (HELD if sight.holder else 0) | (OWN_OFFICE if sight.office else 0)
    about_people = sight.personal or sight.data_class != "none"
    return facts | (CONSENTED if sight.holder and use is not None and about_people else 0)


def _items(sight: Sight) -> dict[str, frozenset[str]]:
    """What consents name of a type: each of its fields, and all of them by its name alone."""
    fields = {f"{sight.name}.{field}": frozenset({iri}) for field, iri in sight.known.items()}
    return {sight.name: frozenset(sight.known.values()), **fields}


def _opening(allowed: Mapping[str, bool]) -> Opening:
    """What is open, out of the answers for each attribute and for the undeclared ones."""
    others = allowed[_REST]
    return Opening(frozenset(name for name, is_open in allowed.items() if name and is_open != others), others)


def _of_nobody(type_iri: str) -> Sight:
    return Sight(type_iri, frozenset(), (STAFF,))


def _undeclared(policies: Policies, catalogue: Catalogue) -> Iterable[Sight]:
    """The types that policies name and no service declares, with the attributes that are named of them."""
    declared = {sight.name for sight in catalogue.sights.values()}
    fields = [name.rpartition(".")[::2] for kind, name in policies.named if kind == "Attribute"]
    names = {name for kind, name in policies.named if kind == "Type"} | {type_name for type_name, _ in fields}
    for name in sorted(names - declared):
        known = {field: expand_name(field) for of_type, field in fields if of_type == name and field != REST}
        yield msgspec.structs.replace(_of_nobody(expand_name(name)), name=name, known=known)
