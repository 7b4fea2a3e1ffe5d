"""Laws of ticket machines of others: however often and in whatever order their numbers come, each stands in the line once, where it was drawn."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from counter_town import AGENT, agent, counter_town, line, paper
from hypothesis import given, settings
from hypothesis import strategies as st

from kaiteki.kit.jobs import Jobs
from kaiteki.model.access import ANYONE, STAFF, Person
from kaiteki.model.decision import Accepted, Refused
from kaiteki.model.instant import Instant, format_instant
from kaiteki.model.query import Query
from kaiteki.services.counter.feeding import Fed
from town import BOSS, RESIDENT_A, Town

MINUTE_US = 60_000_000
ELSEWHERE = Person("e", "港 太郎", frozenset({ANYONE, STAFF}), frozenset({"port"}))


def message(town: Town, number: str, before_min: float = 0, **more: Any) -> dict[str, Any]:
    """What a machine sends of a number that it gave out so many minutes ago."""
    at = format_instant(Instant(town.clock.now() - round(before_min * MINUTE_US)))
    return {"office": "hall", "matter": "move", "number": number, "taken_at": at, **more}


async def send(town: Town, form: dict[str, Any], person: Person = AGENT) -> Accepted | Refused:
    """The machine sends it."""
    return await town.run("counter.feed", form, person)


DRAWN = st.lists(st.integers(0, 55), min_size=1, max_size=8, unique=True)


@settings(max_examples=40, deadline=None)
@given(minutes=DRAWN, data=st.data())
def test_order_and_repeats_of_messages_do_not_matter(minutes: list[int], data: st.DataObject) -> None:
    """Whatever is lost, sent again and overtaken on the way, the line is that of the moments at which the numbers were drawn; who was served does not come back."""

    async def run() -> None:
        town = counter_town()
        forms = [message(town, f"K{at}", minute) for at, minute in enumerate(minutes)]
        sent = data.draw(st.lists(st.sampled_from(range(len(forms))), max_size=20))
        once = data.draw(st.permutations(range(len(forms))))
        for at in (*sent, *once):
            assert isinstance(await send(town, forms[at]), Accepted)
        by_draw = [f"K{at}" for at in sorted(range(len(minutes)), key=lambda one: -minutes[one])]
        assert (await line(town)).waiting == tuple(by_draw)
        await agent(town, "seat")
        await agent(town, "call")
        await agent(town, "begin")
        await agent(town, "finish")
        town.clock.pass_s(600)
        if by_draw[1:]:
            await agent(town, "call")
        for at in data.draw(st.permutations(range(len(forms)))):
            said = await send(town, forms[at])
            assert isinstance(said, Accepted)
            assert said.answer["repeated"]
        assert (await line(town)).waiting == tuple(by_draw[2:])

    asyncio.run(run())


async def test_two_messages_of_one_number_at_once_are_one_ticket() -> None:
    town = counter_town()
    form = message(town, "K1")
    said = await asyncio.gather(*(send(town, form) for _ in range(20)))
    assert sorted(one.answer["repeated"] for one in said if isinstance(one, Accepted)) == [
        False,
        *[True] * 19,
    ]
    assert (await line(town)).waiting == ("K1",)


async def test_it_stands_among_those_who_came_otherwise() -> None:
    town = counter_town()
    await paper(town)
    town.clock.pass_s(600)
    await paper(town)
    await send(town, message(town, "K7", before_min=5))
    assert (await line(town)).waiting == ("A001", "K7", "A002")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"office": "none"}, "office"),
        ({"matter": "none"}, "matter"),
        ({"number": "A077"}, "number"),
        ({"number": "k 1"}, "number"),
        ({"number": ""}, "number"),
        ({"taken_at": "2026-11-23T02:00:00Z"}, "taken_at"),
        ({"taken_at": "2026-11-24T05:00:00Z"}, "taken_at"),
        ({"taken_at": "yesterday"}, "taken_at"),
    ],
)
async def test_what_cannot_be_is_refused_by_its_field(wrong: dict[str, str], field: str) -> None:
    town = counter_town()
    said = await send(town, {**message(town, "K1"), **wrong}, BOSS_OF_ALL)
    assert isinstance(said, Refused)
    assert [fault.field for fault in said.faults] == [field]


BOSS_OF_ALL = Person("m", "machine", frozenset({ANYONE, STAFF}), frozenset({"*"}))


async def test_only_a_machine_of_the_office_feeds_its_lines() -> None:
    town = counter_town()
    for person in (RESIDENT_A, ELSEWHERE):
        assert await send(town, message(town, "K1"), person) == Refused("not_allowed")


async def test_numbers_of_machines_are_forgotten_after_their_day() -> None:
    town = counter_town()
    assert isinstance(await send(town, message(town, "K1")), Accepted)
    jobs = Jobs(town.engine)
    await jobs.run_due()
    assert len((await town.city(BOSS).find(Fed, Query(limit=5))).items) == 1
    town.clock.pass_s(3 * 24 * 3600)
    await jobs.run_due()
    assert len((await town.city(BOSS).find(Fed, Query(limit=5))).items) == 0
