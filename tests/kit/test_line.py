"""Laws of the line shape: the order, the moves, and that whatever is done can be put back."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from kaiteki.kit.line import (
    CALLS_MAX,
    MOVES,
    OPEN,
    TICKETS_MAX,
    Ticket,
    end,
    find,
    handed_on,
    join,
    move,
    put,
    waiting,
)
from kaiteki.model.decision import Refused
from kaiteki.model.instant import Instant

NOW = Instant(1_000_000_000)


def ticket(number: str = "A001", since: int = 0, **more: object) -> Ticket:
    """A ticket that waits since a moment."""
    return msgspec.structs.replace(Ticket(number, Instant(since), Instant(since)), **more)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9)), max_size=12))
def test_who_waits_stands_by_rank_and_then_by_time(rows: list[tuple[int, int]]) -> None:
    tickets = tuple(ticket(f"A{n:03}", since, rank=rank) for n, (rank, since) in enumerate(rows))
    there = waiting(tickets)
    assert sorted(there, key=lambda one: one.number) == list(tickets)
    assert [(-one.rank, one.since) for one in there] == sorted((-rank, since) for rank, since in rows)


def test_every_move_leads_from_its_places_alone() -> None:
    for name, told in MOVES.items():
        for place in (*OPEN, "done", "left", "transferred", "no_show", "closed"):
            moved = move(ticket(place=place, counter="1"), name, NOW, "1")
            assert isinstance(moved, Refused) == (place not in told.sources), (name, place)
            if isinstance(moved, Ticket):
                assert moved.place == told.target
    assert move(ticket(), "fly", NOW) == Refused("not_found")


def test_nothing_leads_away_from_what_has_ended() -> None:
    assert {place for told in MOVES.values() for place in told.sources} == set(OPEN)


def test_what_one_counter_has_called_no_other_touches() -> None:
    called = move(ticket(), "call", NOW, "1")
    assert isinstance(called, Ticket)
    for name in MOVES:
        assert isinstance(move(called, name, NOW, "2"), Refused), name


def test_a_ticket_is_called_again_so_often_and_no_more() -> None:
    called = ticket(place="called", counter="1", calls=CALLS_MAX)
    assert move(called, "recall", NOW, "1") == Refused("too_many")


def test_who_is_passed_on_brings_the_time_waited_and_not_the_time_served() -> None:
    here = ticket(since=100, place="serving", counter="1", called_at=Instant(400), began_at=Instant(450))
    there = handed_on(here, Instant(1000), ())
    assert (there.since, there.place, there.counter, there.called_at) == (700, "waiting", "", None)


def test_a_line_has_no_number_twice_and_an_end() -> None:
    full = tuple(ticket(f"A{n:04}") for n in range(TICKETS_MAX))
    assert join((ticket(),), ticket()) == Refused("conflict")
    assert join(full, ticket("B001")) == Refused("too_many")
    assert join((ticket(place="left"),), ticket()) == (ticket(place="left"), ticket())


def test_the_end_of_a_day_leaves_nothing_open() -> None:
    for place in OPEN:
        assert end(ticket(place=place), NOW).place == ("no_show" if place == "absent" else "closed")
    assert end(ticket(place="done"), NOW).place == "done"


@given(st.sampled_from(sorted(MOVES)), st.sampled_from(OPEN))
def test_a_move_is_put_back_as_it_was(name: str, place: str) -> None:
    before = ticket(place=place, counter="1", called_at=Instant(5))
    line = (ticket("A000"), before, ticket("A002"))
    after = move(before, name, NOW, "1")
    if isinstance(after, Refused):
        return
    moved = put(line, before, after)
    assert not isinstance(moved, Refused)
    assert put(moved, after, before) == line
    assert put(moved, before, after) == (Refused("conflict") if before != after else moved)
    assert put(line, before, None) == (ticket("A000"), ticket("A002"))
    assert find(moved, "A001") == (after if after.is_open else None)
