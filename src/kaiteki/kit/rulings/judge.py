"""Asks the policy engine, each question once: what does not decide is left out of a question, so that few differ."""

from __future__ import annotations

import json
from typing import Any, Final, TypeAlias, cast

import cedarpy
import msgspec

from kaiteki.kit.rulings.policies import Policies
from kaiteki.kit.rulings.schema import Use
from kaiteki.model.access import ADMIN, STAFF, Person
from kaiteki.model.visibility import CONSENTED, HELD, OWN_OFFICE

VERDICTS_MAX: Final = 50_000
"""Answers that are remembered, some 300 bytes each; a full memory begins anew."""
_UNNAMED: Final = "-"
_NO_USE: Final = Use("", "", "")
FLAGS: Final = ("public", "publicPast", "publicGone", "raw", "personal", "ofOffice", "sealed", "declared")
"""What is so or not so of an attribute."""
Named: TypeAlias = tuple[str, str]
"""The kind and the name of an entity of the engine."""
Told: TypeAlias = tuple[dict[str, Any], tuple[Named, ...]]
"""Its members, and what it lies in."""


class Asker(msgspec.Struct, frozen=True):
    """What of a person decides."""

    kind: str
    roles: frozenset[str]
    assurance: int
    signed_in: bool
    offices: frozenset[str] = frozenset()
    account: str = ""
    helper: str = ""

    @property
    def is_staff(self) -> bool:
        """Whether somebody of the town hall asks; everybody else is a third party."""
        return not self.roles.isdisjoint((STAFF, ADMIN)) and self.kind not in ("organisation", "city")


class Thing(msgspec.Struct, frozen=True):
    """What is asked for: an attribute (`type` in `service`) or a command (of `service`). Names that no policy names are left out."""

    kind: str
    name: str
    type: str
    service: str
    roles: tuple[str, ...] = ()
    flags: frozenset[str] = frozenset()
    data_class: str = "none"


class Question(msgspec.Struct, frozen=True):
    """May this person do this with this, for this purpose, by these facts?"""

    asker: Asker
    action: str
    thing: Thing
    use: str = ""
    is_covered: bool = False
    is_stated: bool = False
    facts: int = 0
    is_gone: bool = False


class Verdict(msgspec.Struct, frozen=True):
    """Yes or no, and the names of the policies that said so; none: nothing permits it."""

    is_allowed: bool
    policies: tuple[str, ...] = ()


class Judge:
    """The policies of one area, asked. Default deny; a policy that fails decides against."""

    def __init__(self, policies: Policies, uses: dict[str, Use], area: str) -> None:
        self.policies: Final = policies
        self._uses = uses
        self._area = area
        self._verdicts: dict[Question, Verdict] = {}

    def asker(self, person: Person) -> Asker:
        """What of a person can decide by these policies."""
        looks_at = self.policies.members
        return Asker(
            kind=person.kind,
            roles=person.roles,
            assurance=person.assurance,
            signed_in=person.signed_in,
            offices=person.offices if "offices" in looks_at else frozenset(),
            account=person.account_id if "account" in looks_at else "",
            helper=person.helper if "helper" in looks_at else "",
        )

    def named(self, kind: str, name: str) -> str:
        """A name if a policy names it, else nothing."""
        return name if (kind, name) in self.policies.named else ""

    def answer(self, questions: list[Question]) -> list[Verdict]:
        """The answers in the order of the questions."""
        known = self._verdicts
        unknown = [one for one in dict.fromkeys(questions) if one not in known]
        if unknown:
            if len(known) + len(unknown) > VERDICTS_MAX:
                known.clear()
                unknown = list(dict.fromkeys(questions))
            known.update(zip(unknown, self._ask(unknown), strict=True))
        return [known[one] for one in questions]

    def _ask(self, questions: list[Question]) -> list[Verdict]:
        verdicts: dict[Question, Verdict] = {}
        for asker in {one.asker for one in questions}:
            asked = [one for one in questions if one.asker == asker]
            things = list(dict.fromkeys(one.thing for one in asked))
            numbers = {thing: n for n, thing in enumerate(things)}
            entities = json.dumps(self._entities(asker, numbers, {one.use for one in asked}))
            engine = cast("Any", cedarpy)
            told: list[cedarpy.AuthzResult] = engine.is_authorized_batch(
                [self._request(one, numbers[one.thing]) for one in asked],
                self.policies.parsed,
                engine.Entities.from_json_str(entities, self.policies.schema),
                self.policies.schema,
            )
            for one, answer in zip(asked, told, strict=True):
                because = cast("dict[str, str]", cast("Any", answer).diagnostics.id_annotations_by_reason)
                names = tuple(sorted(because.values()))
                verdicts[one] = Verdict(answer.allowed and not answer.diagnostics.errors, names)
        return [verdicts[one] for one in questions]

    def _request(self, one: Question, number: int) -> dict[str, Any]:
        use = self._uses.get(one.use, _NO_USE)
        context: dict[str, Any] = {
            "area": self._area,
            "purpose": {"__entity": {"type": "Purpose", "id": use.name}},
            "basis": use.basis,
        }
        if one.thing.kind == "Attribute":
            context |= {
                "covered": one.is_covered,
                "stated": one.is_stated,
                "held": bool(one.facts & HELD),
                "ownOffice": bool(one.facts & OWN_OFFICE),
                "consented": bool(one.facts & CONSENTED),
                "gone": one.is_gone,
            }
        return {
            "principal": {"type": "Person", "id": one.asker.account},
            "action": f'Action::"{one.action}"',
            "resource": {"type": one.thing.kind, "id": _id(one.thing, number)},
            "context": context,
        }

    def _entities(self, asker: Asker, things: dict[Thing, int], uses: set[str]) -> list[dict[str, Any]]:
        """The person, the things and what they lie in, and the purposes, as the engine wants them."""
        attrs = {
            "account": asker.account,
            "kind": asker.kind,
            "roles": sorted(asker.roles),
            "offices": sorted(asker.offices),
            "assurance": asker.assurance,
            "helper": asker.helper,
            "signedIn": asker.signed_in,
            "staff": asker.is_staff,
        }
        told: dict[Named, Told] = {("Person", asker.account): (attrs, ())}
        for name in {"", *uses}:
            use = self._uses.get(name, _NO_USE)
            told["Purpose", use.name] = (
                {"roles": sorted(use.roles), "sensitive": use.sensitive},
                (("Service", use.service),) if use.service else (),
            )
        for thing, number in things.items():
            told |= _told(thing, number)
        services = {parent for _, parents in told.values() for parent in parents if parent[0] == "Service"}
        told |= {service: ({}, ()) for service in services}
        return [
            {
                "uid": {"type": kind, "id": name},
                "attrs": members,
                "parents": [{"type": one, "id": other} for one, other in parents],
            }
            for (kind, name), (members, parents) in told.items()
        ]


def _id(thing: Thing, number: int) -> str:
    return thing.name or f"{_UNNAMED}{number}"


def _told(thing: Thing, number: int) -> dict[Named, Told]:
    """A thing and the type that it lies in; the services follow."""
    service: tuple[Named, ...] = (("Service", thing.service),) if thing.service else ()
    if thing.kind == "Command":
        return {("Command", _id(thing, number)): ({"roles": sorted(thing.roles)}, service)}
    # (a type without a name stands for several; they lie in the same service)
    within = ("Type", thing.type or f"{_UNNAMED}{thing.service}")
    attrs: dict[str, Any] = {
        "roles": sorted(thing.roles),
        "dataClass": thing.data_class,
        **{flag: flag in thing.flags for flag in FLAGS},
    }
    return {("Attribute", _id(thing, number)): (attrs, (within,)), within: ({}, service)}
