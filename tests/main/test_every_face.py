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
from itertools import count
from pathlib import Path
from typing import Any, Final

import pytest
import structlog
from asked_of_faces import TOOLS, Asked, Draw, ld, mcp, past, v2
from asked_of_site import ALONE, NO_ENTITIES, face_of, of_route
from asked_of_snapshots import of_snapshot, taking, taking_all, within
from asked_of_watchers import ITEMS, subscription, subscription_v2, wide
from law_service import ALL, HOLDERS, NOW
from plain_model import Model, may_compare
from plain_town import changed, consents, town
from starlette.routing import BaseRoute, Mount
from told_worlds import TellingTown, Watcher
from told_worlds import differing as where
from two_worlds import FIRST, PEOPLE, THEN, Answer, Plan, Standing, Who, World, Worlds

from kaiteki.api.mcp.offers import TOOLS as ALL_TOOLS
from kaiteki.api.ngsi_ld.operations import OPERATIONS as LD_OPERATIONS
from kaiteki.api.ngsi_v2.operations import OPERATIONS as V2_OPERATIONS
from kaiteki.kit.views import write
from kaiteki.model.access import Person
from kaiteki.model.entity import Entity
from kaiteki.model.instant import Instant

PAIRS: Final = {
    "ngsi-ld": 3300,
    "temporal": 1650,
    "ngsi-v2": 2200,
    "mcp": 506,
    "open311": 506,
    "ogc": 2200,
    "open data": 8800,
    "site": 660,
}
"""How many pairs are asked of each face, divided among all who ask."""
SEED: Final = 4
UNLIKE_SHOWN: Final = 8
"""Pairs that a failure names."""
UNTOLD: Final = frozenset({"date", "set-cookie", "content-length", "fiware-correlator", "vary", "etag"})
"""Headers that say nothing of entities, or follow from the body (and, of files, from the policies: what is open of a type)."""
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
    for face in ("open311", "ogc", "open data", "site"):
        # (a program is a visitor to pages: they know browsers)
        asked = "open311" if face == "site" and who.kind == "machine" else face
        if asked == "ogc" and who.kind not in ("nobody", "key", "machine"):
            # (a session counts for nothing there)
            continue
        if asked == "open data" and who.kind != "nobody":
            # (open data are the same for whoever asks: those that everybody sees)
            continue
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
    asked |= {"streamNotifications", of_snapshot("retrieveSnapshot", "GET", 1).what}
    reading = {one.name for one in (*LD_OPERATIONS, *V2_OPERATIONS) if not one.writes}
    assert reading - NO_ENTITIES == asked & reading
    assert {one.name for one in ALL_TOOLS} == TOOLS.keys()


async def test_every_face_answers_as_the_world_without_what_is_hidden(worlds: Worlds) -> None:
    here = Town(worlds, SEED)
    whole = await here.whole()
    site: Any = whole.node.site.built()
    of_site = sorted({one for one in routes(site.routes) if one not in ALONE})
    unlike: list[tuple[object, ...]] = []
    snapshots, numbers = Told(), count(1)
    asked_of, refused, told = Counter[str](), Counter[str](), Counter[str]()
    for number, who in enumerate(PEOPLE):
        person = await whole.person(who)
        part = await here.seen_by(person)
        # who asked before had files whose sizes everybody is told; the other world begins without
        whole.node.joined.cities.shelves.sizes.clear()
        for at, asked in enumerate(questions(Draw(SEED * 100 + number), of_site, who)):
            ours, right = await whole.ask(who, asked, at), await part.ask(who, asked, at)
            asked_of[asked.face] += 1
            told[asked.face] += right.status == 200
            if is_refused(person, asked, ours):
                refused[asked.face] += 1
                continue
            if shown(ours) != shown(right):
                unlike.append((who.name, asked.what, asked.target, asked.body, differing(ours, right)))
        await _snapshots(who, (whole, part), numbers, snapshots)
    assert not unlike, unlike[:UNLIKE_SHOWN]
    assert not snapshots.unlike, (len(snapshots.unlike), snapshots.unlike[:UNLIKE_SHOWN])
    assert snapshots.pairs.total() > 1000 and snapshots.told.total() > 200, (snapshots.pairs, snapshots.told)
    assert sum(asked_of.values()) > 8000 and min(asked_of.values()) >= 500, asked_of
    assert sum(refused.values()) > 20, refused
    assert all(told[face] > asked_of[face] // 4 for face in PAIRS), told


WATCHERS: Final = (
    *(one for one in PEOPLE if one.kind in ("person", "machine") and not one.helps),
    Who("mika", (("staff", "park"),), purpose="law.sharing"),
    Who("guard", (("staff", "road"),), kind="machine", purpose="law.visiting"),
    Who("walker", (("staff", "road"),), kind="machine", purpose="law.walking"),
)
"""Who is told of changes: for no purpose, for one by duty, and for those by consent."""
SUBSCRIPTIONS: Final = 12
"""Subscriptions of each, some of them of NGSI v2."""
WIDE: Final = 3
"""Of them, those to everything."""
STEPS: Final = 72
"""How often something changes, or somebody agrees or withdraws, before everybody is told."""
DECIDED: Final = 6
"""After how many changes somebody agrees or withdraws."""
VISIT: Final = b'{"id":"urn:ngsi-ld:Visit:'
"""How an entity begins that is told of because its holder agreed, to who has no other ground."""
SECOND_US: Final = 1_000_000
WITHIN: Final = 18
"""Questions that are asked of one snapshot."""
SNAPSHOTS: Final = 5
"""Snapshots that each takes, one after the other."""


class Told:
    """What was held against each other, and what was unlike."""

    def __init__(self) -> None:
        self.pairs, self.told = Counter[str](), Counter[str]()
        self.unlike: list[tuple[object, ...]] = []

    def hold(self, face: str, asked: tuple[object, ...], ours: object, right: object, is_told: bool) -> None:
        """Hold what a person is told against what is right."""
        self.pairs[face] += 1
        self.told[face] += is_told
        if ours != right:
            self.unlike.append((face, *asked, where(ours, right)))


async def test_everybody_is_told_what_a_world_tells_without_what_is_hidden(
    worlds: Worlds, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, draw, found = TellingTown(worlds, monkeypatch, SEED), Draw(SEED), Told()
    await here.open(WATCHERS)
    wanted = await _subscribe(here, draw, found)
    await here.begin()
    for step in range(STEPS):
        at = Instant(NOW + (step + 1) * SECOND_US + step)
        if step % DECIDED == DECIDED - 1:
            await here.decide(at, draw.perhaps(0.7))
            continue
        begun = [await one.newest() for one in here.worlds]
        await here.change(at)
        letters = await here.whole.told()
        for watcher, after in zip(here.watchers, begun[1:], strict=True):
            right = await watcher.part.told()
            for number in watcher.subscriptions:
                ours, theirs = letters.get(str(number), []), right.get(str(number), [])
                asked = (watcher.who.name, step, wanted[number].body)
                found.hold("notifications", asked, ours, theirs, bool(theirs))
                agreed = watcher.who.purpose in ITEMS and any(VISIT in one.body for one in theirs)
                found.told["by consent"] += agreed and "timeInterval" not in str(asked)
            heard = [number for number in watcher.subscriptions if right.get(str(number))]
            number = draw.one(heard or list(watcher.subscriptions))
            await _stream(here, watcher, (number, begun[0], after), found)
    await _withdrawn(here, draw, found)
    assert not found.unlike, (len(found.unlike), found.unlike[:UNLIKE_SHOWN])
    assert found.pairs["notifications"] > 7000 and found.told["notifications"] > 1000, found.told
    assert found.told["by consent"] > 50, found.told
    assert found.pairs["withdrawn"] > 40 and found.told["withdrawn"] > 10, found.told
    assert min(found.pairs["events"], found.pairs["messages"]) > 600, found.pairs
    assert min(found.told["events"], found.told["messages"]) > 200, found.told


async def _withdrawn(here: TellingTown, draw: Draw, found: Told) -> None:
    """Of a snapshot that was taken before people withdrew, that is shown which one taken now holds."""
    readers = [watcher for watcher in here.watchers if watcher.who.purpose in ITEMS]
    for number, watcher in enumerate(readers):
        made = await here.whole.world.ask(watcher.who, taking_all(number), number)
        assert made.status == 201, made
    for _ in range(2 * len(ITEMS) * len(HOLDERS)):
        await here.decide(Instant(Standing.at + SECOND_US), False)
    for number, watcher in enumerate(readers):
        await watcher.part.world.ask(watcher.who, taking_all(number), number)
        for _ in range(WITHIN):
            asked = within(ld, draw, number)
            ours = await here.whole.world.ask(watcher.who, asked, number)
            right = await watcher.part.world.ask(watcher.who, asked, number)
            if not is_refused(watcher.person, asked, ours):
                (status, headers, body), (_, others, _) = shown(ours), shown(right)
                # (a tag of an entity says as the how manieth it was taken)
                plain, same = ([one for one in told if one[0] != "etag"] for told in (headers, others))
                told = (right.status, same, shown(right)[2])
                found.hold(
                    "withdrawn", (watcher.who.name, *asked), (status, plain, body), told, len(body) > 2
                )


async def _subscribe(here: TellingTown, draw: Draw, found: Told) -> dict[int, Asked]:
    """Let everybody subscribe in both worlds; the subscriptions by number."""
    wanted: dict[int, Asked] = {}
    for watcher in here.watchers:
        for place in range(SUBSCRIPTIONS):
            number = len(wanted) + 1
            ask = wide if place < WIDE else subscription_v2 if draw.perhaps(0.3) else subscription
            asked = wanted[number] = ask(draw, number)
            ours = await here.whole.world.ask(watcher.who, asked, number)
            right = await watcher.part.world.ask(watcher.who, asked, number)
            made = ours.status == 201
            found.hold("subscriptions", (watcher.who.name, asked.body), shown(ours), shown(right), made)
            if made:
                name = dict(ours.headers)["location"].rpartition("/")[2]
                watcher.subscriptions[number] = name if ":" in name else f"urn:ngsi-ld:Subscription:{name}"
    return wanted


async def _stream(here: TellingTown, watcher: Watcher, of: tuple[int, int, int], found: Told) -> None:
    """Read one subscription in both worlds behind what was before, by events and by messages; somebody else is refused."""
    number, whole_after, part_after = of
    name, who = watcher.subscriptions[number], watcher.who
    ours = await here.whole.streamed(who, name, whole_after)
    right = await watcher.part.streamed(who, name, part_after)
    found.hold("events", (who.name, number), ours, right, b"data: " in right[1])
    ours_said = await here.whole.messages(who, name, whole_after)
    right_said = await watcher.part.messages(who, name, part_after)
    found.hold("messages", (who.name, number), ours_said, right_said, len(right_said) > 3)
    other = next(one.who for one in here.watchers if one.who != who)
    status, _ = await here.whole.streamed(other, name, whole_after)
    assert status in (403, 404), (who.name, other.name, status)


async def _snapshots(who: Who, worlds: tuple[World, World], numbers: Iterator[int], found: Told) -> None:
    """Take snapshots in both worlds, ask within them; for others they are not there."""
    draw, (whole, part) = Draw(SEED + PEOPLE.index(who)), worlds
    person = await whole.person(who)
    for _ in range(SNAPSHOTS):
        number = next(numbers)
        questions = [taking(draw, number), of_snapshot("retrieveSnapshot", "GET", number)]
        questions += [within(draw.one([ld, ld, past]), draw, number) for _ in range(WITHIN)]
        for asked in (*questions, of_snapshot("deleteSnapshot", "DELETE", number)):
            ours, right = await whole.ask(who, asked, number), await part.ask(who, asked, number)
            if is_refused(person, asked, ours):
                continue
            is_told = right.status == 200 and len(right.body) > 2
            found.hold("snapshots", (who.name, *asked), shown(ours), shown(right), is_told)
            if asked.what == "retrieveSnapshot" and who.kind in ("person", "machine") and not who.helps:
                for other in (one for one in PEOPLE if one != who):
                    assert (await whole.ask(other, asked, number)).status in (401, 403, 404), other
