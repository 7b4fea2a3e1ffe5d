"""Laws of the engine: a decision is kept whole or not at all, once per key, by those who may; numbers have no gaps."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import msgspec
import pytest
from lending import LENDING, LOANS, Loan, Rules

from kaiteki.kit.engine import Asking, Work
from kaiteki.kit.messages import Letter
from kaiteki.kit.views import expand_name
from kaiteki.model.decision import Accepted, Refused
from kaiteki.model.words import Words
from kaiteki.stores.memory import open_memory
from kaiteki.stores.sqlite import open_sqlite
from town import CLERK, MORNING, RESIDENT_A, RESIDENT_B, Town

HANDCART = {"thing": "handcart", "phone": "043"}


@pytest.fixture(params=["memory", "sqlite"])
async def town(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Town]:
    """A town on each store."""
    opened = {"memory": open_memory, "sqlite": partial(open_sqlite, tmp_path)}[request.param]
    made = Town(LENDING, opened=opened)
    yield made
    await made.store.entities.close()


async def kept(town: Town) -> dict[str, int]:
    """How many entities of each type the town has."""
    return {one.types[0]: one.count for one in await town.store.entities.summarise("demo")}


async def test_a_decision_is_kept_with_its_number_its_letter_and_its_audit_line() -> None:
    town = Town(LENDING)
    done = await town.run("lending.borrow", HANDCART, RESIDENT_A)
    assert isinstance(done, Accepted)
    assert done.answer["number"] == "L-2026-00001"
    seen = await town.city(RESIDENT_A).get(Loan, done.answer["id"])
    assert seen == Loan(done.answer["id"], "L-2026-00001", "handcart", "043", "a", MORNING)
    letter = next(one for one in done.writes if isinstance(one, Loan))
    assert letter == seen
    (line,) = await town.store.entities.audit("demo")
    assert (line.by.actor, line.by.action, len(line.entities)) == ("a", "lending.borrow", 3)


async def test_the_letter_is_kept_for_its_reader_alone() -> None:
    town = Town(LENDING)
    await town.run("lending.borrow", HANDCART, RESIDENT_A)
    (letter_id,) = [
        e.entity_id for e in await town.store.events.read(0) if e.types == (expand_name("Message"),)
    ]
    letter = await town.city(RESIDENT_A).get(Letter, letter_id)
    assert (letter.to, letter.heading, letter.cause) == (
        "a",
        Words("貸出", "Loan", "かしだし"),
        "lending.borrow",
    )
    assert await town.city(RESIDENT_B).get(Letter, letter_id) is None
    assert await town.city(CLERK).get(Letter, letter_id) is None


async def test_a_refusal_keeps_nothing(town: Town) -> None:
    assert await town.run("lending.borrow", {"thing": "boat"}) == Refused("not_found")
    assert await town.run("lending.lend", {}) == Refused("not_found")
    assert await town.run("lending.give_back", {"id": "urn:x:1"}) == Refused("not_allowed")
    refused = await town.run("lending.borrow", {"thing": "x" * 21, "phone": 4, "colour": 1})
    assert isinstance(refused, Refused)
    assert [(one.field, one.code) for one in refused.faults] == [
        ("thing", "too_long"),
        ("phone", "invalid"),
        ("colour", "unknown"),
    ]
    assert await kept(town) == {}
    assert await town.store.events.last() == 0


async def test_the_same_key_happens_once_and_answers_the_same(town: Town) -> None:
    first = await town.run("lending.borrow", HANDCART, RESIDENT_A, key="k")
    again = await town.run("lending.borrow", HANDCART, RESIDENT_A, key="k")
    assert isinstance(first, Accepted)
    assert again == Accepted(answer=first.answer)
    assert (await kept(town))[expand_name("Loan")] == 1
    assert await town.run("lending.borrow", {"thing": "rake"}, RESIDENT_A, key="k") == Refused("conflict")
    other = await town.run("lending.borrow", HANDCART, RESIDENT_B, key="k")
    assert isinstance(other, Accepted)
    assert other.answer["number"] == "L-2026-00002"


async def test_a_refusal_does_not_use_up_its_key() -> None:
    town = Town(LENDING)
    borrowed = await town.run("lending.borrow", HANDCART)
    assert isinstance(borrowed, Accepted)
    loan = {"id": borrowed.answer["id"]}
    assert await town.run("lending.give_back", {"id": "urn:x:none"}, CLERK, key="k") == Refused("not_found")
    assert isinstance(await town.run("lending.give_back", loan, CLERK, key="k"), Accepted)


async def test_numbers_given_at_the_same_time_have_no_gap_and_no_twin(town: Town) -> None:
    done = await asyncio.gather(*(town.run("lending.borrow", HANDCART) for _ in range(50)))
    numbers = sorted(one.answer["number"] for one in done if isinstance(one, Accepted))
    assert numbers == [f"L-2026-{n:05d}" for n in range(1, 51)]


async def test_a_rule_decides_on_the_version_that_is_kept(town: Town) -> None:
    borrowed = await town.run("lending.borrow", HANDCART)
    assert isinstance(borrowed, Accepted)
    form = {"id": borrowed.answer["id"]}
    answers = await asyncio.gather(*(town.run("lending.give_back", form, CLERK) for _ in range(5)))
    assert sorted(type(one).__name__ for one in answers) == ["Accepted", *["Refused"] * 4]


async def test_a_service_writes_only_what_it_keeps() -> None:
    class Stranger(msgspec.Struct, frozen=True):
        id: str

    town = Town(LENDING)
    asked = town.engine.asked(LENDING, Asking("demo"))
    work = Work(LENDING, "lending.intrude", (), lambda loaded, state: Accepted((Stranger("urn:x:1"),)))
    with pytest.raises(TypeError, match="lending keeps no entities of Stranger"):
        await town.engine.decide(work, asked)
    assert await kept(town) == {}
    assert asked.settings == Rules()
    assert town.engine.declared(Loan) == LOANS


async def test_a_form_that_is_no_object_is_refused_with_its_field() -> None:
    town = Town(LENDING)
    for form in ([], 1, "text", None):
        said = await town.run("lending.borrow", form)
        assert isinstance(said, Refused)
        assert (said.code, [(one.field, one.code) for one in said.faults]) == (
            "invalid",
            [("body", "not_an_object")],
        )
    said = await town.run("lending.borrow", {"thing": "rake"}, key="x" * 201)
    assert isinstance(said, Refused)
    assert [one.field for one in said.faults] == ["idempotency-key"]
