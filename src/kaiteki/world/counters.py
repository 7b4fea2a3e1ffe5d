"""Who comes to the counters of a town, and who serves them: people draw numbers, staff call, some do not come, some go.

It knows the offices by the folder of the town and the lines by `now.json`, as everybody does, and acts by commands.

    every TICK_S: open? ─► people come (dice by hour) ─► each window goes on: free ─call─► called ─begin or miss─► serving ─finish─► free
"""

from __future__ import annotations

import math
import random
import tomllib
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec

from kaiteki.world.chance import dice
from kaiteki.world.city_client import Answer, CityClient
from kaiteki.world.people import Keys
from kaiteki.world.weather import JAPAN_OFFSET_S

TICK_S = 5.0
ARRIVALS_PER_HOUR = 13.0
"""People who come for one matter of an office in an hour of the middle of the day."""
SERVICE_S = 360.0
SERVICE_CV = 0.8
COMING_S = 25.0
"""How long people walk to the window that called them."""
ABSENT = 0.06
BY_PHONE = 0.15
PRIORITY = 0.05
WAITING_MAX = 30
"""Nobody draws a number where so many wait already."""
BUSY_HOURS = {9: 0.8, 10: 1.3, 11: 1.4, 12: 1.1, 13: 1.2, 14: 1.2, 15: 1.0, 16: 0.7}
QUIET = 0.8


class Office(msgspec.Struct, frozen=True):
    """An office with counters: its code, what people come for there, its windows."""

    code: str
    matters: tuple[str, ...]
    windows: tuple[str, ...]


class Window(msgspec.Struct):
    """A window as its clerk knows it: what is next to be done there, and when."""

    code: str
    doing: Literal["shut", "free", "called", "serving"] = "shut"
    due_s: float = 0.0


def read_offices(folder: Path) -> tuple[Office, ...]:
    """The offices of a town with counters; none where its folder has no such file."""
    file = folder / "services" / "counter.toml"
    rows: list[dict[str, Any]] = (
        tomllib.loads(file.read_text(encoding="utf-8")).get("offices", []) if file.is_file() else []
    )
    return tuple(
        Office(
            str(row["code"]),
            tuple(str(one["code"]) for one in row["matters"]),
            tuple(str(one["code"]) for one in row["windows"]),
        )
        for row in rows
    )


class Hall:
    """The life at the counters of one office."""

    def __init__(self, office: Office, client: CityClient, keys: Keys, seed: int) -> None:
        self.office, self._client, self._keys = office, client, keys
        self._source: random.Random = dice(seed, "counters", office.code)
        self._windows = [Window(code) for code in office.windows]
        self._last_s: float | None = None
        self.tally: Counter[str] = Counter()

    async def step(self, now_s: float) -> None:
        """What happens until this moment: who came since the last one, and what each window does next."""
        since = 0.0 if self._last_s is None else now_s - self._last_s
        self._last_s = now_s
        told = await self._client.lines(self.office.code)
        if not told.good or not told.member("open"):
            return
        counts = {str(one["code"]): int(one["waiting"]) for one in told.member("matters") or ()}
        for matter in self.office.matters:
            await self._come(matter, counts.get(matter, 0), since, now_s)
        for window in self._windows:
            if window.due_s <= now_s:
                await self._go_on(window, now_s)

    async def _come(self, matter: str, waiting: int, since_s: float, now_s: float) -> None:
        hour = int((now_s + JAPAN_OFFSET_S) // 3600 % 24)
        expected = ARRIVALS_PER_HOUR * BUSY_HOURS.get(hour, QUIET) * since_s / 3600
        if waiting >= WAITING_MAX or self._source.random() >= 1 - math.exp(-expected):
            return
        if self._source.random() < BY_PHONE:
            resident = self._source.choice(self._keys.residents)
            # (who holds a number of the office already is refused, and stays with it)
            await self._run("take", resident, ("take", "held"), matter=matter)
        else:
            priority = self._source.random() < PRIORITY
            await self._run("issue", self._keys.desk, ("issue", "shut"), matter=matter, priority=priority)

    async def _go_on(self, window: Window, now_s: float) -> None:
        """The next thing at a window. A world that starts again finds its windows as they were left, and ends what was begun."""
        if window.doing == "shut":
            await self._at("finish", window, "none before")
            await self._at("seat", window, "seat refused")
            window.doing = "free"
        elif window.doing == "free":
            called = await self._at("call", window, "nobody")
            window.doing = "called" if called.good else "free"
            window.due_s = now_s + (self._source.uniform(0.4, 1.6) * COMING_S if called.good else TICK_S)
        elif window.doing == "called" and self._source.random() < ABSENT:
            await self._at("miss", window, "miss refused")
            window.doing = "free"
        elif window.doing == "called":
            await self._at("begin", window, "begin refused")
            window.doing, window.due_s = "serving", now_s + self._service()
        else:
            await self._at("finish", window, "finish refused")
            window.doing, window.due_s = "free", now_s + TICK_S

    def _service(self) -> float:
        """How long somebody is served, seconds: lognormal."""
        spread = math.sqrt(math.log(1 + SERVICE_CV**2))
        return self._source.lognormvariate(math.log(SERVICE_S) - spread**2 / 2, spread)

    async def _at(self, command: str, window: Window, refused: str) -> Answer:
        return await self._run(command, self._keys.desk, (command, refused), window=window.code)

    async def _run(self, command: str, token: str, noted: tuple[str, str], **form: Any) -> Answer:
        answer = await self._client.command(f"counter/{command}", {"office": self.office.code, **form}, token)
        self.tally[f"counter {noted[0] if answer.good else noted[1]}"] += 1
        return answer


async def stand_in_line(
    halls: Sequence[Hall],
    clock: Callable[[], float],
    sleep: Callable[[], Any],
    is_over: Callable[[], bool],
) -> None:
    """Let people come to all offices of a town, tick by tick, until it is over."""
    while not is_over():
        for hall in halls:
            await hall.step(clock())
        await sleep()
