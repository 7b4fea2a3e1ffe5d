"""What is told through a day: it falls as people are served, sees the lunch of the roster, is learned, and says when nothing is known."""

from __future__ import annotations

from typing import Any

import msgspec
from counter_town import AGENT, OFFICE, agent, counter_town, no, paper, ticket
from hypothesis import given
from hypothesis import strategies as st

from kaiteki.kit.pages import Moved, PageAsk, Shown
from kaiteki.kit.surveys import SURVEYOR
from kaiteki.model.access import NOBODY, Person
from kaiteki.model.decision import Accepted
from kaiteki.services.counter.expectation import Expectation
from kaiteki.services.counter.lessons import survey
from kaiteki.services.counter.manifest import service
from kaiteki.services.counter.model import Pace, Roster, pace_id, roster_id
from kaiteki.services.counter.pages.browse import show_number, show_office, show_offices
from kaiteki.services.counter.pages.roster_desk import act_on_roster, show_roster
from kaiteki.services.counter.planning import mark_of, shifts_of
from kaiteki.services.counter.settings import Settings
from town import Town

EXPECTED_MIN = 6.0
TUESDAY = 2


def town_that_expects() -> Town:
    """The town of the counters, whose office expects six minutes of each service."""
    matters = tuple(msgspec.structs.replace(one, service_min=EXPECTED_MIN) for one in OFFICE.matters)
    office = msgspec.structs.replace(OFFICE, matters=matters)
    town = Town(service, settings={"counter": Settings((office,))})
    town.clock.pass_s((counter_town().clock.now() - town.clock.now()) / 1_000_000)
    return town


def ask_of(town: Town, person: Person = NOBODY, **parts: Any) -> PageAsk:
    """A page of the office as somebody asks for it."""
    path = {"office": "hall", **parts.get("path", {})}
    settings = town.engine.settings(service, "demo")
    return PageAsk(
        "demo",
        path,
        parts.get("query", {}),
        parts.get("fields", {}),
        {},
        person,
        "ja",
        town.clock.now(),
        1,
        town.city(person),
        settings,
    )


async def told(town: Town, matter: str = "move") -> Expectation:
    """What the page of the office says of a matter to everybody."""
    shown = await show_office(ask_of(town))
    assert isinstance(shown, Shown)
    return next(one.expected for one in shown.values["stands"] if one.matter.code == matter)


async def of_number(town: Town, number: str) -> Expectation | None:
    """What the page of a number says to everybody."""
    shown = await show_number(ask_of(town, path={"number": number}))
    assert isinstance(shown, Shown)
    found = shown.values["expected"]
    assert found is None or isinstance(found, Expectation)
    return found


async def serve(town: Town, minutes: float, window: str = "1") -> None:
    """The next one is called and served."""
    await agent(town, "call", window)
    await agent(town, "begin", window)
    town.clock.pass_s(minutes * 60)
    await agent(town, "finish", window)


async def test_nothing_is_told_of_what_nobody_knows() -> None:
    town = counter_town()
    await agent(town, "seat")
    await paper(town)
    assert (await told(town)).answer == "unlearned"
    expecting = town_that_expects()
    await paper(expecting)
    assert (await told(expecting)).answer == "no_window"
    await agent(expecting, "seat", "3")
    assert (await told(expecting)).answer == "no_window"


async def test_it_falls_as_people_are_served_and_is_kept_with_the_ticket() -> None:
    town = town_that_expects()
    await agent(town, "seat")
    assert (await told(town)).span is not None
    numbers = [await paper(town) for _ in range(8)]
    said: list[float] = []
    for _ in range(6):
        found = await of_number(town, numbers[-1])
        assert found is not None
        assert found.wait is not None
        said.append(found.wait.middle_min)
        await serve(town, EXPECTED_MIN)
    assert said == sorted(said, reverse=True)
    assert said[0] > 3 * said[-1]
    kept = (await ticket(town, numbers[-1])).told
    assert list(kept) == sorted(kept)
    assert len(kept) == 3
    behind = await told(town)
    mine = await of_number(town, numbers[-1])
    assert behind.wait is not None
    assert mine is not None
    assert mine.wait is not None
    assert behind.wait.middle_min > mine.wait.middle_min


async def test_the_lunch_of_the_roster_makes_it_longer_and_is_said() -> None:
    town = town_that_expects()
    for window in ("1", "2"):
        await agent(town, "seat", window, matters=["move"])
    town.clock.pass_s(100 * 60)
    for _ in range(14):
        await paper(town)
    before = await told(town)
    times = ["1 09:00-17:00", "2 09:00-12:00 13:00-17:00"]
    form = {"office": "hall", "weekday": TUESDAY, "times": times}
    assert isinstance(await town.run("counter.plan", form, AGENT), Accepted)
    after = await told(town)
    assert before.wait is not None
    assert after.wait is not None
    assert after.wait.middle_min > before.wait.middle_min + EXPECTED_MIN
    assert before.change is None
    assert after.change is not None
    assert (after.change.clock, after.change.windows) == ("12:00", 1)


async def test_a_window_that_is_left_for_the_day_takes_nobody_afterwards() -> None:
    town = town_that_expects()
    await agent(town, "seat")
    town.clock.pass_s(110 * 60)
    numbers = [await paper(town) for _ in range(8)]
    plan = {"office": "hall", "weekday": TUESDAY, "times": ["1 09:00-12:00", "3 09:00-17:00"]}
    assert isinstance(await town.run("counter.plan", plan, AGENT), Accepted)
    # (ten minutes are left of the only window, and eight people wait)
    assert (await told(town)).answer == "not_today"
    first = await of_number(town, numbers[0])
    assert first is not None
    assert first.answer == "told"


async def test_what_was_learned_goes_before_what_was_expected() -> None:
    town = town_that_expects()
    await agent(town, "seat")
    for _ in range(15):
        await paper(town)
    for _ in range(12):
        await serve(town, 2 * EXPECTED_MIN)
    town.clock.pass_s(100)
    await paper(town)
    await agent(town, "call")
    form = await survey(ask_of(town, SURVEYOR))
    assert form is not None
    assert isinstance(await town.run("counter.keep_pace", form, SURVEYOR), Accepted)
    pace = await town.city().get(Pace, pace_id("hall"))
    assert pace is not None
    move = next(one for one in pace.matters if one.matter == "move")
    assert move.services > 10
    assert EXPECTED_MIN < move.mean_min < 2 * EXPECTED_MIN
    assert await survey(ask_of(town, SURVEYOR)) is None


async def test_the_list_of_offices_tells_what_holds_of_all_matters_of_one() -> None:
    town = town_that_expects()
    await agent(town, "seat")
    shown = await show_offices(ask_of(town))
    assert isinstance(shown, Shown)
    (row,) = shown.values["offices"]
    assert (row["told"], row["matters"]) == (1, 2)
    assert row["span_told"].high == 0


async def test_staff_write_the_plan_and_who_saw_an_older_one_is_refused() -> None:
    town = town_that_expects()
    query = {"weekday": "1"}
    fields = {"w-1": ("9:00-12:00, 13:00-17:00",), "working_days": ("yes",), "seen": ("",)}
    assert isinstance(await act_on_roster(ask_of(town, AGENT, query=query, fields=fields)), Moved)
    roster = await town.city().get(Roster, roster_id("hall"))
    assert roster is not None
    assert len(roster.shifts) == 2 * 5
    crossed = await act_on_roster(ask_of(town, AGENT, query=query, fields=fields))
    assert isinstance(crossed, Shown)
    assert crossed.status == 422
    assert crossed.values["rows"][0][1] == "9:00-12:00, 13:00-17:00"
    seen = {"seen": (mark_of(roster),)}
    wrong = await act_on_roster(ask_of(town, AGENT, query=query, fields={"w-2": ("9-12",), **seen}))
    assert isinstance(wrong, Shown)
    assert set(wrong.values["wrong"]) == {"w-2"}
    shown = await show_roster(ask_of(town, AGENT, query=query))
    assert isinstance(shown, Shown)
    assert shown.values["rows"][0][1] == "09:00-12:00 13:00-17:00"
    assert await no(town, "plan", times=["9 09:00-12:00"], weekday=1, seen=mark_of(roster)) == "invalid"


@given(st.lists(st.integers(0, 48), min_size=2, max_size=8, unique=True))
def test_times_that_are_written_are_read_as_they_are(halves: list[int]) -> None:
    edges = [f"{one // 2:02d}:{one % 2 * 30:02d}" for one in sorted(halves)]
    pairs = list(zip(edges[::2], edges[1::2], strict=False))
    assert shifts_of(OFFICE, "1", " ".join("-".join(pair) for pair in pairs)) == pairs
    assert shifts_of(OFFICE, "1", f"{edges[1]}-{edges[0]}") is None
