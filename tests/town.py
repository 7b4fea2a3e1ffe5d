"""A small town for tests: services on the memory store, a clock that only the test moves, seeds in order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import msgspec

from kaiteki.kit.city import Cities, CityOf
from kaiteki.kit.engine import Asking, Engine
from kaiteki.kit.files.darkroom import Darkroom
from kaiteki.kit.manifest import Service
from kaiteki.kit.taking import Beside, taken
from kaiteki.model.access import ADMIN, ANYONE, NOBODY, RESIDENT, STAFF, Person
from kaiteki.model.decision import Accepted, Refused
from kaiteki.model.instant import Instant, parse_instant
from kaiteki.ports.clock import Clock
from kaiteki.ports.faces import Faces
from kaiteki.stores.memory import open_memory
from kaiteki.stores.store import Store

MORNING = parse_instant("2026-11-22T00:00:00Z") or Instant(0)
RESIDENT_A = Person("a", "青木 葵", frozenset({ANYONE, RESIDENT}))
RESIDENT_B = Person("b", "馬場 文", frozenset({ANYONE, RESIDENT}))
CLERK = Person("c", "千葉 茂", frozenset({ANYONE, RESIDENT, STAFF}), frozenset({"roads"}))
BOSS = Person("d", "土井 大", frozenset({ANYONE, RESIDENT, STAFF, ADMIN}), frozenset({"*"}))


class TownClock:
    """Time stands until `pass_s`; each seed is the next number."""

    def __init__(self, start: Instant = MORNING) -> None:
        self._now = start
        self._seed = 0

    def now(self) -> Instant:
        """The present of the test."""
        return self._now

    def seed(self) -> int:
        """1, 2, 3, …"""
        self._seed += 1
        return self._seed

    def pass_s(self, seconds: float) -> None:
        """Let time pass."""
        self._now = Instant(self._now + round(seconds * 1_000_000))


class Town:
    """Services at work in the area `demo`: `await Town(reports).run("reports.receive", {...})`."""

    def __init__(
        self,
        *services: Service,
        area: str = "demo",
        settings: Mapping[str, Any] | None = None,
        opened: Callable[[Clock], Store] = open_memory,
        faces: Faces | None = None,
    ) -> None:
        self.area = area
        self.clock = TownClock()
        self.store = opened(self.clock)
        self.engine = Engine(self.store.entities, self.clock, services, {area: settings or {}})
        darkroom = Darkroom(self.engine, self.store.files, self.store.received, faces)
        beside = Beside(self.store.accounts, self.store.credentials, self.store.files)
        self.cities = Cities(
            self.engine, darkroom, self.store.accesses, partial(taken, beside), self.store.events
        )
        self.cities.beside = msgspec.structs.replace(self.cities.beside, history=self.store.history)
        self.engine.history = self.store.history

    def city(self, person: Person = NOBODY, browser: str = "", language: str = "ja") -> CityOf:
        """The city as a person sees it."""
        return self.cities.of(Asking(self.area, person, language, browser=browser))

    async def run(
        self, command: str, form: Any, person: Person = NOBODY, key: str | None = None, browser: str = ""
    ) -> Accepted | Refused:
        """Run `<service>.<command>` as a person."""
        return await self.city(person, browser).run(command, form, key)
