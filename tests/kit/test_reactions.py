"""Laws of reactions and jobs: each event is answered once, in spite of crashes and bugs; a job does what is due, once."""

import asyncio
from collections.abc import Sequence
from typing import ClassVar

import msgspec
import pytest
from lending import LENDING, LOANS, Loan, Return, give_back
from structlog.testing import capture_logs

from kaiteki.kit.engine import Asking, Work
from kaiteki.kit.failures import ATTEMPTS_MAX, RETRY_FACTOR, RETRY_FIRST_S, Failure, set_aside
from kaiteki.kit.jobs import Jobs
from kaiteki.kit.manifest import EntityType, Job, Reaction, Service, State
from kaiteki.kit.reactions import Reactions, wait_of
from kaiteki.kit.views import fresh_id
from kaiteki.model.access import ANYONE
from kaiteki.model.decision import Accepted, Asked, Refused
from kaiteki.model.query import Query
from kaiteki.model.words import Words
from town import BOSS, CLERK, RESIDENT_A, RESIDENT_B, Town
from waiting import LONG_S


class Returned(msgspec.Struct, frozen=True):
    entity_type: ClassVar[str] = "Loan"

    id: str
    borrower: str
    thing: str
    back: bool = False


class Points(msgspec.Struct, frozen=True):
    id: str
    who: str
    sum: int = 0


def book_of(who: str) -> str:
    return f"urn:ngsi-ld:Points:{who}"


def needs(seen: Returned, asked: Asked) -> Sequence[str]:
    return (book_of(seen.borrower),)


def thank(state: State, seen: Returned, asked: Asked) -> Accepted | Refused:
    """Ten points to whoever brings a thing back."""
    if seen.thing == "rake":
        raise ZeroDivisionError("a bug about rakes")
    if not seen.back or not seen.borrower:
        return Refused("invalid")
    before = state.get(book_of(seen.borrower)) or Points(book_of(seen.borrower), seen.borrower)
    assert isinstance(before, Points)
    return Accepted((msgspec.structs.replace(before, sum=before.sum + 10),))


POINTS = Service(
    name="points",
    words=Words("ポイント", "Points"),
    summary=Words("ポイント", "Points"),
    field="town",
    stage="lab",
    package="points",
    types=(
        EntityType(
            "Points", Points, Words("ポイント", "Points"), title="who", public=("who", "sum"), roles=(ANYONE,)
        ),
    ),
    reactions=(Reaction("lending.returned", "Loan", ("back",), Returned, thank, needs),),
)


def reactions_of(town: Town) -> Reactions:
    return Reactions(town.engine, town.store.events, town.store.history)


async def lend_and_return(town: Town, thing: str = "handcart") -> None:
    """One loan of A, given back."""
    done = await town.run("lending.borrow", {"thing": thing}, RESIDENT_A)
    assert isinstance(done, Accepted)
    assert isinstance(await town.run("lending.give_back", {"id": done.answer["id"]}, CLERK), Accepted)


async def sums(town: Town) -> dict[str, int]:
    """The points of everybody."""
    return {one.who: one.sum for one in (await town.city().find(Points, Query())).items}


async def test_an_event_is_answered_once_however_often_it_comes() -> None:
    town = Town(LENDING, POINTS)
    reactions = reactions_of(town)
    await lend_and_return(town)
    assert await reactions.step() > 0
    assert await sums(town) == {"a": 10}
    await town.store.events.advance("reactions", 0)
    reactions = reactions_of(town)
    while await reactions.step():
        pass
    assert await sums(town) == {"a": 10}
    await lend_and_return(town)
    while await reactions.step():
        pass
    assert await sums(town) == {"a": 20}


async def test_two_nodes_at_once_answer_once() -> None:
    town = Town(LENDING, POINTS)
    for _ in range(5):
        await lend_and_return(town)
    await asyncio.gather(*(reactions_of(town).step() for _ in range(4)))
    assert await sums(town) == {"a": 50}


async def test_a_reaction_sees_what_its_event_left_even_of_what_is_gone() -> None:
    town = Town(LENDING, POINTS)
    await lend_and_return(town)
    (loan,) = (await town.city(CLERK).find(Loan, Query())).items
    asked = town.engine.asked(LENDING, Asking("demo"))
    dropped = Work(LENDING, "lending.drop", (loan.id,), lambda loaded, state: Accepted(deletes=(loan.id,)))
    assert isinstance(await town.engine.decide(dropped, asked), Accepted)
    await reactions_of(town).step()
    assert await sums(town) == {"a": 10}


async def test_a_bug_at_one_event_does_not_stop_the_others() -> None:
    town = Town(LENDING, POINTS)
    await lend_and_return(town, "rake")
    await lend_and_return(town)
    with capture_logs() as logs:
        await reactions_of(town).step()
    assert await sums(town) == {"a": 10}
    failed = [line for line in logs if line["event"] == "a reaction failed"]
    assert {line["reaction"] for line in failed} == {"points:lending.returned"}


async def failures(town: Town) -> list[Failure]:
    """What was kept of work in vain."""
    return list((await town.city(BOSS).find(Failure, Query())).items)


async def test_what_failed_is_tried_again_and_done_when_it_can_be() -> None:
    broken = True

    def thank_if_well(state: State, seen: Returned, asked: Asked) -> Accepted | Refused:
        if broken:
            raise ZeroDivisionError("a bug about everything")
        return thank(state, seen, asked)

    reaction = msgspec.structs.replace(POINTS.reactions[0], decide=thank_if_well)
    town = Town(LENDING, msgspec.structs.replace(POINTS, reactions=(reaction,)))
    await lend_and_return(town)
    reactions = reactions_of(town)
    with capture_logs():
        await reactions.step()
        await reactions.step()
    kept = await failures(town)
    assert [(one.cause, one.attempts, one.error, one.set_aside) for one in kept] == [
        ("points:lending.returned", 1, "ZeroDivisionError", False)
    ] * len(kept)
    broken = False
    await reactions.step()
    assert (len(await failures(town)), await sums(town)) == (len(kept), {})
    town.clock.pass_s(RETRY_FIRST_S)
    await reactions.step()
    assert (await failures(town), await sums(town)) == ([], {"a": 10})
    town.clock.pass_s(RETRY_FIRST_S)
    await reactions.step()
    assert await sums(town) == {"a": 10}


async def test_what_fails_again_and_again_is_set_aside_and_stays_to_be_seen() -> None:
    town = Town(LENDING, POINTS)
    await lend_and_return(town, "rake")
    reactions = reactions_of(town)
    with capture_logs():
        for _ in range(ATTEMPTS_MAX + 2):
            await reactions.step()
            town.clock.pass_s(RETRY_FIRST_S * RETRY_FACTOR**ATTEMPTS_MAX)
    kept = await failures(town)
    assert {(one.attempts, one.set_aside) for one in kept} == {(ATTEMPTS_MAX, True)}
    assert await set_aside(town.store.entities) == {"demo": len(kept)}


def test_the_wait_for_the_store_has_an_end() -> None:
    assert [wait_of(failed) for failed in (1, 2, 5, 6, 2000)] == [2.0, 4.0, 32.0, 60.0, 60.0]


async def test_a_store_that_fails_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    town = Town(LENDING, POINTS)
    await lend_and_return(town)
    reactions = reactions_of(town)
    change = town.store.entities.change

    async def broken(*_: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(town.store.entities, "change", broken)
    with pytest.raises(OSError, match="full"):
        await reactions.step()
    assert await town.store.events.cursor("reactions") == 0
    monkeypatch.setattr(town.store.entities, "change", change)
    await reactions.step()
    assert await sums(town) == {"a": 10}


async def test_what_runs_answers_as_things_happen() -> None:
    answered = asyncio.Event()

    def thank_and_tell(state: State, seen: Returned, asked: Asked) -> Accepted | Refused:
        said = thank(state, seen, asked)
        if isinstance(said, Accepted):
            answered.set()
        return said

    reaction = msgspec.structs.replace(POINTS.reactions[0], decide=thank_and_tell)
    town = Town(LENDING, msgspec.structs.replace(POINTS, reactions=(reaction,)))
    running = asyncio.create_task(reactions_of(town).run())
    await lend_and_return(town)
    async with asyncio.timeout(LONG_S):
        await answered.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert await sums(town) == {"a": 10}


def remind(state: State, loan: Loan, asked: Asked) -> Accepted | Refused:
    """After a week a thing counts as back; the test counts the runs by the time of asking."""
    return give_back({loan.id: loan}, Return(loan.id), asked)


async def test_a_job_does_what_is_due_when_it_is_due() -> None:
    job = Job("end", 3600, "Loan", 'back==false;askedAt<"{now}"', Loan, remind)
    timed = msgspec.structs.replace(
        LENDING, jobs=(msgspec.structs.replace(job, q="back==false;askedAt<{now}"),)
    )
    town = Town(timed)
    for person in (RESIDENT_A, RESIDENT_B):
        await town.run("lending.borrow", {"thing": "rake"}, person)
    jobs = Jobs(town.engine)
    assert await jobs.run_due() == 0
    town.clock.pass_s(3599)
    assert await jobs.run_due() == 0
    town.clock.pass_s(1)
    assert await jobs.run_due() == 2
    town.clock.pass_s(3600)
    assert await jobs.run_due() == 0
    loans = (await town.city().find(Loan, Query())).items
    assert [loan.back for loan in loans] == [True, True]
    lines = await town.store.entities.audit("demo")
    assert [line.by.action for line in lines[-2:]] == ["lending:end", "lending:end"]


async def test_a_job_handles_more_than_one_page_and_survives_a_bug() -> None:
    def fail_at_seven(state: State, loan: Loan, asked: Asked) -> Accepted | Refused:
        if loan.number.endswith("7"):
            raise ZeroDivisionError("a bug about sevens")
        return remind(state, loan, asked)

    town = Town(msgspec.structs.replace(LENDING, jobs=(Job("end", 60, "Loan", "", Loan, fail_at_seven),)))
    await asyncio.gather(*(town.run("lending.borrow", {"thing": "rake"}) for _ in range(230)))
    with capture_logs():
        assert await Jobs(town.engine).run_due() == 230
    left = await town.city().find(Loan, Query(limit=1000))
    assert [loan.number[-1] for loan in left.items if not loan.back] == ["7"] * 23
    assert {(one.attempts, one.error) for one in await failures(town)} == {(1, "ZeroDivisionError")}


async def test_a_job_that_fails_at_one_entity_leaves_it_until_it_changes() -> None:
    tried: list[str] = []

    def fail(state: State, loan: Loan, asked: Asked) -> Accepted | Refused:
        tried.append(loan.id)
        raise ZeroDivisionError("a bug about loans")

    town = Town(msgspec.structs.replace(LENDING, jobs=(Job("end", 60, "Loan", "back==false", Loan, fail),)))
    done = await town.run("lending.borrow", {"thing": "rake"}, RESIDENT_A)
    assert isinstance(done, Accepted)
    jobs = Jobs(town.engine)
    with capture_logs():
        await jobs.run_due()
        await jobs.run_due()
        assert len(tried) == 1
        for _ in range(ATTEMPTS_MAX + 2):
            town.clock.pass_s(RETRY_FIRST_S * RETRY_FACTOR**ATTEMPTS_MAX)
            await jobs.run_due()
    assert len(tried) == ATTEMPTS_MAX
    assert [one.set_aside for one in await failures(town)] == [True]


def test_the_declared_type_is_kept_by_its_service() -> None:
    town = Town(LENDING, POINTS)
    assert town.engine.declared(Returned) == LOANS
    asked = Asked("demo", town.clock.now(), 1, CLERK)
    assert fresh_id("Loan", asked) != fresh_id("Loan", asked, 1)
