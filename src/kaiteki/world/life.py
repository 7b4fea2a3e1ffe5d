"""The life of the towns: what was planned is done when its time comes, until the world is told to stop."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import msgspec

from kaiteki.world.city_client import Answer, CityClient
from kaiteki.world.counters import TICK_S, Hall, read_offices, stand_in_line
from kaiteki.world.devices import entities_at
from kaiteki.world.happenings import Happening, happenings_of
from kaiteki.world.network import network_of
from kaiteki.world.people import Keys, People, Report, Step, steps_of
from kaiteki.world.things import things_of
from kaiteki.world.timing import Timing
from kaiteki.world.town import Town, read_town
from kaiteki.world.weather import DAY_S, JAPAN_OFFSET_S

READINGS_PAST_S = 3600
"""How far apart measurements are while the past is told."""
READINGS_S = 300
THINGS_AT_ONCE = 200
AGENDA_MAX = 10_000
"""Steps that are waited for at once in one town; a town that is slower drops the newest."""
SAY_S = 0.05
"""How often the world says how far it is."""
SAID_MAX = 5
"""Refusals of one kind that are said."""


class Scene(msgspec.Struct, frozen=True):
    """One area of the world: its folder of data, and the keys to act in it."""

    folder: str
    keys: Keys


class World(msgspec.Struct, frozen=True):
    """What the world is told at its start: which node, which areas, which seed, what time it is."""

    url: str
    scenes: tuple[Scene, ...]
    timing: Timing
    seed: int = 1


class Life:
    """The life of one town."""

    def __init__(self, world: World, scene: Scene) -> None:
        self._world = world
        self._town: Town = read_town(Path(scene.folder))
        self._client = CityClient(world.url, self._town.area)
        self._people = People(self._client, scene.keys)
        self._sensors = scene.keys.sensors
        self._halls = [
            Hall(office, self._client, scene.keys, world.seed) for office in read_offices(Path(scene.folder))
        ]
        self._agenda: list[tuple[float, int, Happening | tuple[Step, Report]]] = []
        self._order = itertools.count()
        self._left: set[str] = set()
        self._told = {"happenings": world.timing.world_s, "readings": world.timing.world_s}
        self._said_s = world.timing.world_s
        self.tally: Counter[str] = Counter()

    @property
    def told_s(self) -> float:
        """All that was planned before this time has been told."""
        return min(self._told.values())

    async def close(self) -> None:
        """Let the connections go."""
        await self._client.close()

    async def tell(self, stop: asyncio.Event) -> None:
        """Reports and what follows on them, in order of time, until told to stop."""
        began = self._world.timing.world_s
        day = int((began + JAPAN_OFFSET_S) // DAY_S)
        while not stop.is_set():
            for happening in happenings_of(self._world.seed, self._town, day):
                if happening.at_s >= began:
                    self._plan(happening.at_s, happening)
            day += 1
            await self._live_until(day * DAY_S - JAPAN_OFFSET_S, stop)

    async def measure(self, stop: asyncio.Event) -> None:
        """What stands in the town, at the start and again in the present; and measurements of all sensors, hourly in the past
        and every few minutes now, until told to stop."""
        timing = self._world.timing
        at = timing.world_s
        await self._stand(at)
        is_past = at < timing.meeting_s
        while not stop.is_set():
            await _sleep_until(timing.real_at(at), stop)
            self._told["readings"] = at
            # the clock of the city waits for the slowest town: nothing is measured before it gets there
            await self._wait_until_said(min(at, timing.meeting_s), stop)
            if stop.is_set():
                return
            seen = min(at, time.time())
            if is_past and at >= timing.meeting_s:
                is_past = False
                await self._stand(seen)
            documents = entities_at(self._world.seed, self._town, seen)
            self._note("measure", await self._client.upsert(documents, self._sensors))
            at = min(at + READINGS_PAST_S, timing.meeting_s) if at < timing.meeting_s else at + READINGS_S

    async def queue(self, stop: asyncio.Event) -> None:
        """People at the counters, in the present alone: nobody waits in the past. Until told to stop."""
        timing = self._world.timing
        await _sleep_until(timing.meeting_s, stop)
        await self._wait_until_said(timing.meeting_s, stop)
        if self._halls and not stop.is_set():
            await stand_in_line(
                self._halls,
                lambda: timing.plan_at(time.time()),
                lambda: _sleep_until(time.time() + TICK_S, stop),
                stop.is_set,
            )
        for hall in self._halls:
            self.tally.update(hall.tally)

    def hear(self, said_s: float) -> None:
        """All towns have told what was planned before a time, and the node was told so."""
        self._said_s = said_s

    async def _wait_until_said(self, at_s: float, stop: asyncio.Event) -> None:
        while self._said_s < at_s and not stop.is_set():
            await _sleep_until(time.time() + SAY_S, stop)

    async def _stand(self, at_s: float) -> None:
        standing = [*things_of(self._world.seed, self._town, at_s), *network_of(self._town, at_s)]
        for first in range(0, len(standing), THINGS_AT_ONCE):
            some = standing[first : first + THINGS_AT_ONCE]
            self._note("stand", await self._client.upsert(some, self._sensors))

    async def _live_until(self, end_s: float, stop: asyncio.Event) -> None:
        while self._agenda and self._agenda[0][0] < end_s:
            at, _, what = heapq.heappop(self._agenda)
            self._told["happenings"] = at
            await _sleep_until(self._world.timing.real_at(at), stop)
            if stop.is_set():
                return
            if isinstance(what, Happening):
                await self._report(what)
            else:
                await self._step(*what)
        self._told["happenings"] = end_s
        await _sleep_until(self._world.timing.real_at(end_s), stop)

    async def _report(self, happening: Happening) -> None:
        reported = await self._people.report(happening)
        if isinstance(reported, Answer):
            self._note("report", reported)
            return
        self.tally["report"] += 1
        for step in steps_of(reported.happening):
            self._plan(step.at_s, (step, reported))

    async def _step(self, step: Step, report: Report) -> None:
        """Take a step; where the city refuses, it is left there, or passed on to whose business it is."""
        if report.id in self._left:
            return
        now_s = min(self._world.timing.city_at(time.time()), step.at_s)
        answer = await self._people.take(step, report, now_s)
        if not answer.good:
            self._left.add(report.id)
            if step.what == "assign":
                answer = await self._people.take(Step(step.at_s, "pass_on"), report, now_s)
        self._note(step.what, answer)

    def _plan(self, at_s: float, what: Happening | tuple[Step, Report]) -> None:
        if len(self._agenda) < AGENDA_MAX:
            heapq.heappush(self._agenda, (at_s, next(self._order), what))

    def _note(self, what: str, answer: Answer) -> None:
        self.tally[what if answer.good else f"{what} refused"] += 1
        if not answer.good and self.tally[f"{what} refused"] <= SAID_MAX:
            print(
                f"world: {self._town.area}: {what}: {answer.status} {answer.reason}",
                file=sys.stderr,
                flush=True,
            )


async def _sleep_until(real_s: float, stop: asyncio.Event) -> None:
    wait_s = real_s - time.time()
    if wait_s > 0:
        waiting = asyncio.create_task(stop.wait())
        await asyncio.wait({waiting}, timeout=wait_s)
        waiting.cancel()
    else:
        await asyncio.sleep(0)


async def _say_how_far(lives: Sequence[Life], timing: Timing, stop: asyncio.Event) -> None:
    """Say on standard output, a line each, how far the past is told, until it has met the present.

    The clock of the node waits for it: a world that tells slower than planned must not do everything at one moment.
    """
    told_s = timing.world_s
    while told_s < timing.meeting_s and not stop.is_set():
        told_s = min(life.told_s for life in lives)
        print(told_s, flush=True)
        for life in lives:
            life.hear(told_s)
        await _sleep_until(time.time() + SAY_S, stop)


async def live(world: World, stop: asyncio.Event) -> Counter[str]:
    """Let all towns live until told to stop; how often each thing happened."""
    lives = [Life(world, scene) for scene in world.scenes]
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(_say_how_far(lives, world.timing, stop))
            for life in lives:
                group.create_task(life.tell(stop))
                group.create_task(life.measure(stop))
                group.create_task(life.queue(stop))
    finally:
        for life in lives:
            await life.close()
    together: Counter[str] = Counter()
    for life in lives:
        together.update(life.tally)
    return together
