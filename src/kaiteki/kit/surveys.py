"""Read models: figures over many entities, worked out now and then and kept as entities, so that a page only reads them."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Final

import structlog

from kaiteki.kit.city import Cities
from kaiteki.kit.engine import Asking
from kaiteki.kit.manifest import Service, Survey
from kaiteki.kit.pages import PageAsk
from kaiteki.kit.rounds import go_rounds
from kaiteki.model.access import ADMIN, ANYONE, Person
from kaiteki.model.decision import Refused

TICK_S: Final = 5.0
FIRST_EVERY_S: Final = 10.0
"""How long after the first time a survey is made again; then twice as long each time, up to its own rhythm, because what
begins, changes most."""
SURVEYOR: Final = Person("system", "自動処理", frozenset({ANYONE, ADMIN}), frozenset({"*"}))
"""Who looks: sees everything, so a survey keeps only what may be told."""


class Surveys:
    """Makes the surveys of all services in all areas. One per node."""

    def __init__(self, cities: Cities, time_s: Callable[[], float] = monotonic) -> None:
        self._cities = cities
        self._time_s = time_s
        self._engine = cities.engine
        self._made: dict[tuple[str, str, str], tuple[float, float]] = {}
        """When a survey is due, and how long after that again: by a clock of its own, because that of a city may leap."""

    async def run_due(self) -> int:
        """Make the surveys whose time has come (each at once after the start); how many kept something."""
        kept = 0
        # an area that nobody wrote to yet has what its folder brings along
        for area in sorted({*await self._engine.entities.areas(), *self._engine.areas}):
            for service in self._engine.services.values():
                for survey in service.surveys:
                    if self._is_due(area, service, survey):
                        kept += await self._make(area, service, survey)
        return kept

    async def run(self) -> None:
        """Make what is due, until cancelled."""
        await go_rounds(self.run_due, TICK_S, "surveys", "surveys")

    def _is_due(self, area: str, service: Service, survey: Survey) -> bool:
        key, now = (area, service.name, survey.name), self._time_s()
        at, every_s = self._made.get(key, (now, FIRST_EVERY_S))
        if now < at:
            return False
        every_s = min(every_s, survey.every_s)
        self._made[key] = (now + every_s, every_s * 2)
        return True

    async def _make(self, area: str, service: Service, survey: Survey) -> int:
        city = self._cities.of(Asking(area, SURVEYOR))
        asked = self._engine.asked(service, city.asking)
        ask = PageAsk(area, {}, {}, {}, {}, SURVEYOR, "ja", asked.now, asked.seed, city, asked.settings)
        form = await survey.read(ask)
        if form is None:
            return 0
        said = await city.run(f"{service.name}.{survey.command}", form)
        if isinstance(said, Refused):
            structlog.get_logger("surveys").warning(
                "a survey was refused", survey=f"{service.name}:{survey.name}", code=said.code
            )
            return 0
        return 1
