"""Ten thousand random pairs of a person and a question, over every face of a node: the answer is that of a world in which what is hidden never was.

What somebody sees is said by a plain model (plain_model). For each person a second node holds just that and decides nothing (two_worlds);
status, headers, counts and bodies are compared whole. Which faces there are is asked of the node itself.
"""

from __future__ import annotations

import logging
import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import pytest
import structlog
from asked_of_faces import TOOLS, Asked, Draw, ld, mcp, past, v2
from asked_of_site import ALONE, NO_ENTITIES, face_of, of_route
from law_service import ALL, NOW
from plain_model import Model, may_compare
from plain_town import changed, consents, town
from starlette.routing import BaseRoute, Mount
from two_worlds import FIRST, PEOPLE, THEN, Answer, Plan, Who, World, Worlds

from kaiteki.api.mcp.offers import TOOLS as ALL_TOOLS
from kaiteki.api.ngsi_ld.operations import OPERATIONS as LD_OPERATIONS
from kaiteki.api.ngsi_v2.operations import OPERATIONS as V2_OPERATIONS
from kaiteki.kit.views import write
from kaiteki.model.access import Person
from kaiteki.model.entity import Entity

PAIRS: Final = {"ngsi-ld": 3300, "temporal": 1650, "ngsi-v2": 2200, "mcp": 506, "open311": 506, "site": 660}
"""How many pairs are asked of each face, divided among all who ask."""
SEED: Final = 4
UNLIKE_SHOWN: Final = 8
"""Pairs that a failure names."""
UNTOLD: Final = frozenset({"date", "set-cookie", "content-length", "fiware-correlator", "vary"})
"""Headers that say nothing of entities, or follow from the body."""
_TOKEN: Final = re.compile(rb'name="csrf" value="[0-9a-f]+"')
_PLAN: Final = re.compile(rb'\\*"(plan|isIndexed|hidden|note)\\*":(\[[^]]*\]|true|false|\\*"[^"\\]*\\*"),?')
_SEALED: Final = re.compile(rb"(\w+) is kept sealed")


class Town:
    """One town, whole and as each person sees it."""

    def __init__(self, worlds: Worlds, seed: int) -> None:
        draw = random.Random(seed)
        self._worlds = worlds
        agreed = consents(draw)
        now: list[Entity] = [*town(draw), *(write(one, None, NOW) for one in agreed)]
        self.model: Final = Model(agreed)
        self.plans: Final = (Plan(FIRST, tuple(changed(draw, one) for one in now)), Plan(THEN, tuple(now)))

    async def whole(self) -> World:
        """The world in which there is everything."""
        return await self._worlds.whole(self.plans)

    async def seen_by(self, person: Person) -> World:
        """The world of one person."""
        return await self._worlds.seen_by(self.model, person, self.plans)


@pytest.fixture
def worlds(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Worlds]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    yield Worlds(monkeypatch, tmp_path)
    structlog.reset_defaults()


def shown(answer: Answer) -> tuple[int, list[tuple[str, str]], bytes]:
    """All that somebody is told."""
    headers = sorted(one for one in answer.headers if one[0].lower() not in UNTOLD)
    return int(answer.status), headers, _PLAN.sub(b"", _TOKEN.sub(b"", answer.body))


def differing(ours: Answer, right: Answer) -> tuple[bytes, bytes]:
    """Where two answers begin to differ, of each some bytes."""
    ours_told, right_told = (repr(one[:2]).encode() + one[2] for one in (shown(ours), shown(right)))
    pairs = enumerate(zip(ours_told, right_told, strict=False))
    at = max(0, next((n for n, (one, other) in pairs if one != other), 0) - 60)
    return ours_told[at : at + 200], right_told[at : at + 200]


def is_refused(person: Person, asked: Asked, answer: Answer) -> bool:
    """Whether somebody was refused to compare what stands sealed, as nobody is who may not see it."""
    named = _SEALED.search(answer.body)
    return named is not None and may_compare(person, ("Visit",), named[1].decode())


def routes(found: Sequence[BaseRoute], before: str = "") -> Iterator[str]:
    """The routes of a site that show something."""
    for one in found:
        if isinstance(one, Mount):
            yield from routes(one.routes, before + one.path.rstrip("/"))
        elif "GET" in (getattr(one, "methods", None) or ()):
            yield before + str(getattr(one, "path", ""))


ASKS: Final = (("ngsi-ld", ld), ("temporal", past), ("ngsi-v2", v2), ("mcp", mcp))


SERVICE_PAGES: Final = frozenset(f"/{{area}}/{page.path}" for service in ALL for page in service.pages)
"""The pages on which a helper acts for somebody else."""


def questions(draw: Draw, of_site: Sequence[str], who: Who) -> Iterator[Asked]:
    """What one person asks: of each face a share; of the site every route in turn, where pages know who asks."""
    for face, ask in ASKS:
        for _ in range(PAIRS[face] // len(PEOPLE)):
            yield ask(draw)
    at = PEOPLE.index(who)
    for face in ("open311", "site"):
        # (a program is a visitor to pages: they know browsers)
        asked = face if who.kind != "machine" else "open311"
        of_face = [
            one for one in of_site if face_of(one) == asked and (not who.helps or one in SERVICE_PAGES)
        ]
        if not of_face:
            of_face = sorted(SERVICE_PAGES - ALONE.keys())
        share = PAIRS[face] // len(PEOPLE)
        for number in range(at * share, (at + 1) * share):
            yield of_route(of_face[number % len(of_face)], draw)


def test_every_face_of_a_node_is_asked() -> None:
    """A new operation, tool or route without questions makes this red."""
    draw = Draw(SEED)
    asked = {ask(draw).what for _, ask in ASKS for _ in range(1500)}
    reading = {one.name for one in (*LD_OPERATIONS, *V2_OPERATIONS) if not one.writes}
    assert reading - NO_ENTITIES - asked == {"streamNotifications", "retrieveSnapshot"}
    assert {one.name for one in ALL_TOOLS} == TOOLS.keys()


async def test_every_face_answers_as_the_world_without_what_is_hidden(worlds: Worlds) -> None:
    here = Town(worlds, SEED)
    whole = await here.whole()
    of_site = sorted({one for one in routes(whole.node.site.built().routes) if one not in ALONE})
    unlike: list[tuple[object, ...]] = []
    asked_of, refused, told = Counter[str](), Counter[str](), Counter[str]()
    for number, who in enumerate(PEOPLE):
        person = await whole.person(who)
        part = await here.seen_by(person)
        for at, asked in enumerate(questions(Draw(SEED * 100 + number), of_site, who)):
            ours, right = await whole.ask(who, asked, at), await part.ask(who, asked, at)
            asked_of[asked.face] += 1
            told[asked.face] += right.status == 200
            if is_refused(person, asked, ours):
                refused[asked.face] += 1
                continue
            if shown(ours) != shown(right):
                unlike.append((who.name, asked.what, asked.target, asked.body, differing(ours, right)))
    assert not unlike, unlike[:UNLIKE_SHOWN]
    assert sum(asked_of.values()) > 8000 and min(asked_of.values()) >= 500, asked_of
    assert sum(refused.values()) > 20, refused
    assert all(told[face] > PAIRS[face] // 4 for face in PAIRS), told
