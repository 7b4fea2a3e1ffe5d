"""A town hall at work: fifty windows at once over the real engine, and nobody is called twice or lost (a state machine against a model)."""

from __future__ import annotations

import asyncio
from typing import Any

from counter_town import AGENT, DAY
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from kaiteki.kit.jobs import Jobs
from kaiteki.model.decision import Accepted, Refused
from kaiteki.model.query import Query
from kaiteki.model.words import Words
from kaiteki.services.counter.manifest import service
from kaiteki.services.counter.model import Line, Visit, line_id
from kaiteki.services.counter.settings import Hours, Matter, Office, Settings, Window
from town import Town

MATTERS = ("move", "papers")
WINDOWS = tuple(str(n) for n in range(1, 51))
OFFICE = Office(
    "hall",
    Words("市役所", "Hall"),
    Hours("09:00", "17:00"),
    (Matter("move", "A", Words("引っ越し", "Moving")), Matter("papers", "B", Words("証明書", "Papers"))),
    tuple(Window(one, MATTERS) for one in WINDOWS),
)
STEPS = ("recall", "begin", "miss", "hold", "resume", "finish", "transfer", "undo")


class TownHall(RuleBasedStateMachine):
    """Tickets are drawn and windows act at the same moment; the model counts what was drawn and who called whom."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.town = Town(service, settings={"counter": Settings((OFFICE,))})
        self.town.clock.pass_s(49 * 3600)
        self.drawn: list[str] = []
        self.loop.run_until_complete(self._open())

    async def _open(self) -> None:
        for window in WINDOWS:
            await self._run("seat", window)

    async def _run(self, command: str, window: str = "", **more: Any) -> Accepted | Refused:
        form = {"office": "hall", **({"window": window} if window else {}), **more}
        return await self.town.run(f"counter.{command}", form, AGENT)

    def teardown(self) -> None:
        """Close the line of the day: whoever is not lost by then is in the log."""
        self.loop.run_until_complete(self._end())
        self.loop.close()

    async def _end(self) -> None:
        self.town.clock.pass_s(10 * 3600)
        await Jobs(self.town.engine).run_due()
        visits = (await self.town.city(AGENT).find(Visit, Query(limit=500))).items
        legs = [one.number for one in visits]
        assert set(legs) == set(self.drawn)
        over = [one.number for one in visits if one.outcome != "transferred"]
        assert sorted(over) == sorted(self.drawn)

    @rule(count=st.integers(1, 8), matter=st.sampled_from(MATTERS))
    def draw(self, count: int, matter: str) -> None:
        """Several machines give out numbers at once: no number is given twice."""

        async def drawing() -> list[Accepted | Refused]:
            return await asyncio.gather(*(self._run("issue", matter=matter) for _ in range(count)))

        done = self.loop.run_until_complete(drawing())
        numbers = [str(one.answer["number"]) for one in done if isinstance(one, Accepted)]
        assert len(numbers) == count
        assert not set(numbers) & set(self.drawn)
        self.drawn += numbers
        assert len(set(self.drawn)) == len(self.drawn)

    @rule(windows=st.lists(st.sampled_from(WINDOWS), min_size=1, max_size=12, unique=True))
    def call(self, windows: list[str]) -> None:
        """Many windows call at once: each number goes to one of them."""

        async def calling() -> list[Accepted | Refused]:
            return await asyncio.gather(*(self._run("call", one) for one in windows))

        done = self.loop.run_until_complete(calling())
        called = [str(one.answer["number"]) for one in done if isinstance(one, Accepted)]
        assert len(set(called)) == len(called)

    @rule(
        step=st.sampled_from(STEPS),
        windows=st.lists(st.sampled_from(WINDOWS), min_size=1, max_size=4, unique=True),
        number=st.sampled_from(("", "A001", "A002", "B001")),
        to=st.sampled_from(MATTERS),
    )
    def step(self, step: str, windows: list[str], number: str, to: str) -> None:
        """Several windows take the same step at once, also with one number."""
        more = {"number": number, **({"to": to} if step == "transfer" else {})}

        async def stepping() -> None:
            await asyncio.gather(*(self._run(step, one, **more) for one in windows))

        self.loop.run_until_complete(stepping())

    @rule(seconds=st.integers(1, 200))
    def wait(self, seconds: int) -> None:
        """Time passes: what was done cannot be taken back any more."""
        self.town.clock.pass_s(seconds)

    @invariant()
    def each_number_is_in_one_place(self) -> None:
        """What was drawn stands in one line at most, and no window has two."""
        lines = [
            found
            for matter in MATTERS
            if (found := self.loop.run_until_complete(self._line(matter))) is not None
        ]
        still = [ticket for line in lines for ticket in line.tickets if ticket.is_open]
        numbers = [one.number for one in still]
        assert len(set(numbers)) == len(numbers)
        assert set(numbers) <= set(self.drawn)
        busy = [one.counter for one in still if one.place in ("called", "serving")]
        assert len(set(busy)) == len(busy)
        for line in lines:
            told = (*line.waiting, *(one.number for one in (*line.called, *line.serving)))
            assert sorted((*told, *line.held, *line.absent)) == sorted(
                one.number for one in line.tickets if one.is_open
            )

    async def _line(self, matter: str) -> Line | None:
        return await self.town.city(AGENT).get(Line, line_id("hall", matter, DAY))


TownHall.TestCase.settings = settings(max_examples=12, stateful_step_count=14, deadline=None)
TestTownHall = TownHall.TestCase
