"""Laws of 「come now」: whoever said how far away they are is told once, at the first look at which they would not be late nine times in ten."""

from __future__ import annotations

import asyncio

import msgspec
import pytest
from counter_town import OFFICE, TO_DAY_S, agent, line, paper
from hypothesis import given, settings
from hypothesis import strategies as st
from test_counter_telling import heard

from kaiteki.kit.engine import Asking
from kaiteki.kit.pages import PageAsk
from kaiteki.kit.surveys import SURVEYOR
from kaiteki.model.decision import Accepted, Refused
from kaiteki.services.counter.expectation import expectation_of
from kaiteki.services.counter.leaving import SPARE_MIN, survey
from kaiteki.services.counter.manifest import service
from kaiteki.services.counter.pages.standing import scene_of
from kaiteki.services.counter.settings import Settings
from town import Town

FORM = {"office": "hall", "matter": "move"}
KNOWN = msgspec.structs.replace(
    OFFICE, matters=tuple(msgspec.structs.replace(one, service_min=6) for one in OFFICE.matters)
)
LEAVE, CALLED = "Time to leave", "Your number is called"


def town_of() -> Town:
    """A hall that knows how long services take."""
    town = Town(service, settings={"counter": Settings((KNOWN,))})
    town.clock.pass_s(24 * 3600 + TO_DAY_S)
    return town


def asking(town: Town) -> PageAsk:
    """What a survey gets."""
    city = town.cities.of(Asking("demo", SURVEYOR))
    asked = town.engine.asked(service, city.asking)
    return PageAsk("demo", {}, {}, {}, {}, SURVEYOR, "ja", asked.now, asked.seed, city, asked.settings)


async def look(town: Town) -> None:
    """One look of the survey, with what it decides."""
    form = await survey(asking(town))
    if form is not None:
        said = await town.cities.of(Asking("demo", SURVEYOR)).run("counter.come_now", form)
        assert isinstance(said, Accepted), said


async def low_min(town: Town, number: str) -> float | None:
    """The minutes within which one in ten would be called at its place; None where it does not wait, or nothing is known."""
    scene = await scene_of(asking(town), KNOWN)
    waiting = scene.lines["move"].waiting
    if number not in waiting:
        return None
    wait = expectation_of(scene, "move", waiting.index(number)).wait
    return wait.low_min if wait is not None else None


async def wait_with(town: Town, travel_min: int | None, before: int = 8, ahead: int = 1) -> str:
    """A number on the phone behind some on paper, of somebody who lives so far away."""
    for _ in range(before):
        await paper(town)
    taken = await town.run("counter.take", FORM, browser="phone")
    assert isinstance(taken, Accepted)
    wish = {"office": "hall", "ahead": ahead, "travel_min": travel_min}
    assert isinstance(await town.run("counter.tell_me", wish, browser="phone"), Accepted)
    return str(taken.answer["number"])


STEPS = st.lists(st.sampled_from(["serve", "look", "minute", "paper"]), max_size=30)


@settings(max_examples=25, deadline=None)
@given(steps=STEPS, travel_min=st.integers(1, 60), before=st.integers(0, 10))
def test_it_is_told_at_the_first_look_at_which_it_is_time_and_once(
    steps: list[str], travel_min: int, before: int
) -> None:
    async def run() -> None:
        town = town_of()
        await agent(town, "seat")
        number = await wait_with(town, travel_min, before, ahead=0)
        for step in steps:
            town.clock.pass_s(5)
            if step == "minute":
                town.clock.pass_s(60)
            elif step == "paper":
                await paper(town)
            elif step == "serve" and number in (await line(town)).waiting[1:]:
                for do in ("call", "begin", "finish"):
                    await agent(town, do)
            elif step == "look":
                low, before_look = await low_min(town, number), await heard(town)
                await look(town)
                is_time = low is not None and low <= travel_min + SPARE_MIN
                marked = LEAVE in before_look or "Nearly your turn" in before_look
                assert await heard(town) == [*before_look, *([LEAVE] if is_time and not marked else [])]
        assert (await heard(town)).count(LEAVE) <= 1

    asyncio.run(run())


async def test_who_lives_far_away_leaves_sooner_and_hears_of_it_once() -> None:
    town = town_of()
    await agent(town, "seat")
    await wait_with(town, 15)
    told: list[int] = []
    for served in range(8):
        await look(town)
        told.append((await heard(town)).count(LEAVE))
        for do in ("call", "begin"):
            await agent(town, do)
        town.clock.pass_s(6 * 60)
        await agent(town, "finish", number=f"A{served + 1:03d}")
    assert told[0] == 0
    assert told[-1] == 1
    assert told == sorted(told)
    assert 1 < told.index(1) < 7
    # (one threshold: who was told to leave is not told how many are before them)
    assert await heard(town) == [LEAVE]
    await agent(town, "call")
    assert await heard(town) == [LEAVE, CALLED]


async def test_two_looks_at_once_tell_once() -> None:
    town = town_of()
    await agent(town, "seat")
    await wait_with(town, 60)
    form = await survey(asking(town))
    assert form is not None
    city = town.cities.of(Asking("demo", SURVEYOR))
    await asyncio.gather(*(city.run("counter.come_now", form) for _ in range(10)))
    assert await heard(town) == [LEAVE]


async def test_who_did_not_say_is_told_by_the_number_before_them_alone() -> None:
    town = town_of()
    await agent(town, "seat")
    await wait_with(town, None, before=3, ahead=1)
    await look(town)
    assert await heard(town) == []


async def test_where_nothing_is_known_the_number_before_one_is_what_is_told() -> None:
    town = town_of()
    await wait_with(town, 60, before=1, ahead=3)
    await look(town)
    assert await heard(town) == ["Nearly your turn"]


async def test_a_letter_that_comes_late_is_not_told() -> None:
    town = town_of()
    await agent(town, "seat")
    await wait_with(town, 60, before=0, ahead=0)
    form = await survey(asking(town))
    assert form is None or form.due
    await agent(town, "call")
    if form is not None:
        await town.cities.of(Asking("demo", SURVEYOR)).run("counter.come_now", form)
    assert LEAVE not in await heard(town)


@pytest.mark.parametrize("travel_min", [0, -1, 241])
async def test_a_way_that_cannot_be_is_refused_by_its_field(travel_min: int) -> None:
    town = town_of()
    await wait_with(town, None)
    wish = {"office": "hall", "ahead": 3, "travel_min": travel_min}
    said = await town.run("counter.tell_me", wish, browser="phone")
    assert isinstance(said, Refused)
    assert [fault.field for fault in said.faults] == ["travel_min"]
