"""Laws of the counters: who is called, what can be taken back, what is public, and how a day ends."""

from __future__ import annotations

import asyncio

from counter_town import AGENT, DAY, TO_DAY_S, agent, counter_town, line, no, paper, ticket

from kaiteki.kit.jobs import Jobs
from kaiteki.kit.views import where
from kaiteki.model.access import NOBODY, Person
from kaiteki.model.decision import Accepted, Refused
from kaiteki.model.query import Query
from kaiteki.services.counter.model import Holding, Line, Visit, holding_id, line_id
from town import RESIDENT_A, RESIDENT_B, Town

HOUR_S = 3600


async def visits(town: Town) -> list[tuple[str, str]]:
    """What became of tickets, by number."""
    found = await town.city(AGENT).find(Visit, Query(limit=100))
    return sorted((one.number, one.outcome) for one in found.items)


async def test_numbers_are_called_in_their_order_and_priority_comes_first() -> None:
    town = counter_town()
    await agent(town, "seat")
    assert [await paper(town) for _ in range(3)] == ["A001", "A002", "A003"]
    town.clock.pass_s(60)
    assert await paper(town, priority=True) == "A004"
    assert (await line(town)).waiting == ("A004", "A001", "A002", "A003")
    called: list[object] = []
    for _ in range(4):
        called.append((await agent(town, "call"))["number"])
        await agent(town, "begin")
        await agent(town, "finish")
    assert called == ["A004", "A001", "A002", "A003"]
    assert await no(town, "call") == "not_found"


async def test_a_window_that_calls_two_matters_takes_who_waits_longest() -> None:
    town = counter_town()
    await agent(town, "seat", "2")
    await paper(town, "papers")
    town.clock.pass_s(1)
    await paper(town)
    assert (await agent(town, "call", "2"))["number"] == "B001"
    await agent(town, "begin", "2")
    assert (await agent(town, "call", "2"))["number"] == "A001"
    assert (await line(town, "papers")).serving == ()


async def test_nobody_is_called_by_two_windows_at_once() -> None:
    town = counter_town()
    for window in ("1", "2"):
        await agent(town, "seat", window, matters=["move"])
    await paper(town)
    form = {"office": "hall", "number": "A001"}
    answers = await asyncio.gather(
        *(town.run("counter.call", {**form, "window": one}, AGENT) for one in ("1", "2"))
    )
    assert sorted(type(one).__name__ for one in answers) == ["Accepted", "Refused"]
    assert [one.number for one in (await line(town)).called] == ["A001"]


async def test_who_is_called_and_not_said_to_have_come_is_not_forgotten() -> None:
    town = counter_town()
    await agent(town, "seat")
    await paper(town)
    await paper(town)
    assert await no(town, "call", "3") == "conflict"
    await agent(town, "call")
    assert await no(town, "call") == "conflict"
    assert await no(town, "seat", open=False) == "conflict"
    await agent(town, "recall")
    assert (await ticket(town, "A001")).calls == 2
    await agent(town, "miss")
    assert (await line(town)).absent == ("A001",)
    assert (await agent(town, "call"))["number"] == "A002"
    await agent(town, "begin")
    await agent(town, "resume", number="A001")
    assert (await agent(town, "call"))["number"] == "A001"


async def test_another_window_cannot_end_what_one_has_called() -> None:
    town = counter_town()
    await agent(town, "seat")
    await paper(town)
    await agent(town, "call")
    assert await no(town, "finish", "2", number="A001") == "conflict"
    assert await no(town, "hold", "2", number="A001") == "conflict"
    assert await no(town, "call", "2", number="A001") == "conflict"


async def test_a_ticket_that_is_passed_on_keeps_its_number_and_the_time_it_waited() -> None:
    town = counter_town()
    await agent(town, "seat")
    await paper(town)
    town.clock.pass_s(600)
    await paper(town, "papers")
    await agent(town, "call")
    await agent(town, "begin")
    town.clock.pass_s(300)
    await agent(town, "transfer", to="papers")
    there = await line(town, "papers")
    assert there.waiting == ("A001", "B001")
    assert (await line(town)).waiting == ()


async def test_further_matters_follow_by_themselves() -> None:
    town = counter_town()
    await agent(town, "seat")
    await paper(town, then=["papers"])
    await agent(town, "call")
    await agent(town, "finish")
    assert (await line(town, "papers")).waiting == ("A001",)


async def test_the_last_thing_at_a_window_is_taken_back_wholly_or_not_at_all() -> None:
    town = counter_town()
    await agent(town, "seat")
    await agent(town, "seat", "3")
    await paper(town)
    await agent(town, "call")
    await agent(town, "begin")
    await agent(town, "transfer", to="papers")
    await agent(town, "undo")
    assert [one.number for one in (await line(town)).serving] == ["A001"]
    assert (await line(town, "papers")).tickets == ()
    assert await no(town, "undo") == "conflict"
    await agent(town, "transfer", to="papers")
    await agent(town, "call", "3")
    assert await no(town, "undo") == "conflict"
    await agent(town, "undo", "3")
    town.clock.pass_s(91)
    assert await no(town, "undo") == "conflict"


async def test_what_became_of_a_ticket_is_written_when_it_cannot_be_taken_back_any_more() -> None:
    town = counter_town()
    await agent(town, "seat")
    await paper(town)
    await agent(town, "call")
    await agent(town, "finish")
    assert await visits(town) == []
    town.clock.pass_s(100)
    await paper(town)
    assert await visits(town) == []
    await agent(town, "call")
    assert await visits(town) == [("A001", "done")]
    assert (await line(town)).served_count == 1


async def test_a_day_ends_in_one_decision_and_loses_nobody() -> None:
    town = counter_town()
    await agent(town, "seat")
    for _ in range(5):
        await paper(town)
    await agent(town, "call")
    await agent(town, "miss")
    await agent(town, "call")
    await agent(town, "begin")
    await agent(town, "finish")
    await agent(town, "call")
    town.clock.pass_s(9 * HOUR_S - 1)
    jobs = Jobs(town.engine)
    await jobs.run_due()
    assert (await line(town)).status == "open"
    assert await no(town, "call", "9") == "not_found"
    refused = await town.run("counter.issue", {"office": "hall", "matter": "move"}, AGENT)
    assert isinstance(refused, Refused)
    town.clock.pass_s(61)
    await jobs.run_due()
    ended = await line(town)
    assert (ended.status, ended.tickets, ended.waiting_count, ended.served_count) == ("closed", (), 0, 1)
    assert await visits(town) == [
        ("A001", "no_show"),
        ("A002", "done"),
        ("A003", "closed"),
        ("A004", "closed"),
        ("A005", "closed"),
    ]


async def test_numbers_begin_anew_each_day_and_only_while_the_office_is_open() -> None:
    town = counter_town()
    assert await paper(town) == "A001"
    town.clock.pass_s(24 * HOUR_S)
    assert await paper(town) == "A001"
    assert await town.city().get(Line, line_id("hall", "move", DAY)) is not None
    town.clock.pass_s(12 * HOUR_S)
    late = await town.run("counter.issue", {"office": "hall", "matter": "move"}, AGENT)
    assert isinstance(late, Refused)


async def test_somebody_holds_one_number_of_an_office_and_can_give_it_back() -> None:
    town, form = counter_town(), {"office": "hall", "matter": "move"}
    taken = await town.run("counter.take", form, browser="phone")
    assert isinstance(taken, Accepted)
    again = await town.run("counter.take", form, browser="phone")
    assert isinstance(again, Refused)
    assert isinstance(await town.run("counter.take", form, RESIDENT_A), Accepted)
    assert isinstance(await town.run("counter.leave", {"office": "hall"}, RESIDENT_B), Refused)
    assert isinstance(await town.run("counter.leave", {"office": "hall"}, browser="phone"), Accepted)
    assert (await line(town)).waiting == ("A002",)
    more = await town.run("counter.take", form, browser="phone")
    assert isinstance(more, Accepted)
    assert more.answer["number"] == "A003"


async def test_who_signs_in_keeps_the_number_of_the_browser() -> None:
    town, form = counter_town(), {"office": "hall", "matter": "move"}
    assert isinstance(await town.run("counter.take", form, browser="phone"), Accepted)
    assert isinstance(await town.run("counter.take", form, RESIDENT_A, browser="phone"), Refused)
    assert isinstance(
        await town.run("counter.leave", {"office": "hall"}, RESIDENT_A, browser="phone"), Accepted
    )
    assert (await line(town)).waiting == ()


async def test_a_number_that_nobody_can_hold_is_not_given_out_by_phone() -> None:
    refused = await counter_town().run("counter.take", {"office": "hall", "matter": "move"})
    assert isinstance(refused, Refused)


async def test_everybody_sees_numbers_and_nobody_sees_whose_they_are() -> None:
    town = counter_town()
    await town.run("counter.take", {"office": "hall", "matter": "move"}, browser="phone")
    seen = await line(town, person=NOBODY)
    assert (seen.waiting, seen.tickets) == (("A001",), ())
    this = holding_id("phone", "hall", DAY)
    for who, browser in ((NOBODY, ""), (NOBODY, "other"), (RESIDENT_A, ""), (AGENT, "")):
        assert await town.city(who, browser).get(Holding, this) is None
    held = await town.city(browser="phone").get(Holding, this)
    assert held is not None
    assert held.number == "A001"


async def test_whose_a_number_was_is_forgotten_a_day_later() -> None:
    town = counter_town()
    await town.run("counter.take", {"office": "hall", "matter": "move"}, browser="phone")
    jobs = Jobs(town.engine)
    town.clock.pass_s(20 * HOUR_S)
    await jobs.run_due()
    this = holding_id("phone", "hall", DAY)
    assert await town.city(browser="phone").get(Holding, this) is not None
    town.clock.pass_s(14 * HOUR_S)
    await jobs.run_due()
    assert await town.city(browser="phone").get(Holding, this) is None


async def test_only_a_kiosk_that_staff_admitted_gives_out_paper() -> None:
    town, form = counter_town(), {"office": "hall", "matter": "move"}
    assert await town.run("counter.issue", form, browser="box") == Refused("not_allowed")
    admitted = await town.run("counter.admit_kiosk", {"office": "hall"}, AGENT, browser="box")
    assert isinstance(admitted, Accepted)
    assert isinstance(await town.run("counter.issue", form, browser="box"), Accepted)
    assert await town.run("counter.issue", {**form, "priority": True}, browser="box") == Refused(
        "not_allowed"
    )
    assert await town.run("counter.issue", form, browser="other") == Refused("not_allowed")
    await town.run("counter.admit_kiosk", {}, AGENT, browser="box")
    assert await town.run("counter.issue", form, browser="box") == Refused("not_allowed")


async def test_the_desk_is_for_staff_of_the_office() -> None:
    town = counter_town()
    roads = Person("r", "道", AGENT.roles, frozenset({"roads"}))
    seat = {"office": "hall", "window": "1"}
    for who in (NOBODY, RESIDENT_A, roads):
        assert await town.run("counter.seat", seat, who) == Refused("not_allowed")
    assert isinstance(await town.run("counter.seat", {**seat, "window": "99"}, AGENT), Refused)


async def test_a_ticket_machine_that_sends_twice_draws_one_number() -> None:
    town, form = counter_town(), {"office": "hall", "matter": "move"}
    twice = [await town.run("counter.issue", form, AGENT, key="machine-7-0001") for _ in range(2)]
    assert [isinstance(one, Accepted) and one.answer["number"] for one in twice] == ["A001", "A001"]
    found = await town.city().find(Line, Query(q=where(Line, "office", "==", "hall")))
    assert [one.waiting for one in found.items] == [("A001",)]
    assert TO_DAY_S > 0
