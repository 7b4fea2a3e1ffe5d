"""A town in which people propose something, for tests: through the engine, and as bare rules over a dictionary."""

from __future__ import annotations

from collections import Counter
from typing import Any

from kaiteki.kit.catalogue.settings import Office
from kaiteki.kit.manifest import Command
from kaiteki.kit.messages import Letter
from kaiteki.kit.views import where
from kaiteki.model.access import ANYONE, RESIDENT, Person
from kaiteki.model.decision import Accepted, Asked, Refused
from kaiteki.model.instant import Instant
from kaiteki.model.query import Query
from kaiteki.model.words import Words
from kaiteki.services.proposals.manifest import service
from kaiteki.services.proposals.model import Proposal
from kaiteki.services.proposals.settings import Settings
from town import CLERK, MORNING, NOBODY, RESIDENT_A, Town

OFFICES = (Office("roads", Words("道路課", "Roads")), Office("parks", Words("公園課", "Parks")))
NUMBER = "PR-2026-00001"
TEXT = "海浜公園に木のベンチを三つ置いてください。散歩の途中で休めます。"
MADE = {"title": "海浜公園にベンチを置く", "text": TEXT}
COMMANDS: dict[str, Command] = {one.name: one for one in service.commands}


def person(name: str) -> Person:
    """Somebody with an account."""
    return Person(name, name, frozenset({ANYONE, RESIDENT}))


class Rules:
    """The rules of proposals over what is kept, in a dictionary: every letter is counted."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.kept: dict[str, Any] = {}
        self.letters: Counter[tuple[str, str]] = Counter()
        self.latest: Counter[str] = Counter()
        self._now = MORNING
        self._settings = settings or Settings(proposals_year=1000, comments_person=1000)

    def run(self, command: str, form: dict[str, Any], who: Person) -> Accepted | Refused:
        """Decide as the engine does: the rule sees what it needs and nothing else; all of it is kept, or nothing."""
        one = COMMANDS[command]
        if not who.holds(one.roles):
            return Refused("not_allowed")
        self._now = Instant(self._now + 1_000_000)
        asked = Asked("demo", self._now, len(self.kept), who, settings=self._settings)
        told = one.form(**form)
        needs = one.needs(told, asked)
        said = one.decide({this: self.kept[this] for this in needs if this in self.kept}, told, asked)
        if isinstance(said, Accepted):
            written = {str(getattr(view, "id", "")) for view in said.writes}
            assert written <= set(needs) | (written - set(self.kept)), "it writes what it has not seen"
            self.kept |= {str(getattr(view, "id", "")): view for view in said.writes}
            self.latest = Counter(message.to for message in said.messages)
            self.letters.update((message.to, message.about) for message in said.messages)
        return said

    def proposal(self, this: str) -> Proposal:
        """A proposal as it is kept."""
        found = self.kept[this]
        assert isinstance(found, Proposal)
        return found


def open_town(settings: Settings | None = None) -> Town:
    """A town whose offices answer proposals."""
    return Town(service, settings={"participation": settings or Settings(offices=OFFICES)})


async def done(
    town: Town, command: str, form: Any, person: Person = CLERK, browser: str = ""
) -> dict[str, Any]:
    """Run a command that must be accepted; its answer."""
    said = await town.run(f"participation.{command}", form, person, browser=browser)
    assert isinstance(said, Accepted), said
    return said.answer


async def letters_to(town: Town, holder: str) -> list[Letter]:
    """What somebody was told, in order."""
    found = await town.city(Person(holder)).find(Letter, Query(q=where(Letter, "to", "==", holder)))
    return list(found.items)


async def proposed(town: Town, who: Person = RESIDENT_A, **other: Any) -> str:
    """A proposal; its id."""
    return str((await done(town, "make_proposal", {**MADE, **other}, who))["id"])


async def step(town: Town, name: str, this: str, why: str = "理由です。", **other: Any) -> dict[str, Any]:
    """A step of the office."""
    return await done(town, name, {"id": this, "why": why, **other}, CLERK)


async def shown(town: Town, this: str, who: Person = NOBODY) -> Proposal:
    """A proposal as somebody sees it."""
    found = await town.city(who).get(Proposal, this)
    assert isinstance(found, Proposal)
    return found
