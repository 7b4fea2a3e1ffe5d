"""One source or file with which something unforeseen happens holds up none of those behind it, whatever stage it happens in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from test_harvesting import ROWS, Shelf, Town, shelf, table, town

from kaiteki.main import harvesting, intake
from kaiteki.main.imports.targets import Kept, LocalTarget
from kaiteki.main.turns import REST_US, RESTING_MAX, Turns
from kaiteki.ports.outage import StoreAway
from kaiteki.ports.outgoing import Answered, Question
from kaiteki.services.opendata.intake.delivery import Delivery
from kaiteki.services.opendata.intake.harvest import HarvestSource
from kaiteki.services.opendata.model import DataSet
from town import TownClock

__all__ = ["shelf", "town"]
BAD = "bad.csv"


class Unforeseen(Exception):
    """What nobody thought of."""


def spoil(monkeypatch: pytest.MonkeyPatch, town: Town, stage: str) -> None:
    """Have something unforeseen happen in one stage, with the bad source alone."""
    whole = {"read": harvesting.read, "settle": harvesting.settle, "whole": intake.whole_of}
    ask, keep = town.client.ask, LocalTarget.keep

    def is_bad(*given: Any) -> bool:
        return any(BAD in repr(one) for one in given)

    def stumble(name: str) -> Any:
        def stumbling(*given: Any) -> Any:
            if is_bad(*given):
                raise Unforeseen(name)
            return whole[name](*given)

        return stumbling

    async def asking(question: Question) -> Answered:
        if BAD in question.url:
            raise Unforeseen("ask")
        return await ask(question)

    async def keeping(target: LocalTarget, records: Sequence[msgspec.Struct], withheld: str = "") -> Kept:
        if is_bad(*records):
            raise Unforeseen("keep")
        return await keep(target, records, withheld)

    match stage:
        case "ask":
            monkeypatch.setattr(town.client, "ask", asking)
        case "keep":
            monkeypatch.setattr(LocalTarget, "keep", keeping)
        case "whole":
            monkeypatch.setattr(intake, "whole_of", stumble("whole"))
        case _:
            monkeypatch.setattr(harvesting, stage, stumble(stage))


@pytest.mark.parametrize("stage", ["read", "ask", "settle", "keep", "whole"])
async def test_a_source_that_raises_holds_up_none_behind_it(
    shelf: Shelf, town: Town, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    monkeypatch.setattr(harvesting, "BATCH", 1)
    monkeypatch.setattr(intake, "BATCH", 1)
    bad, good = await town.declare(f"{shelf.url}/{BAD}"), await town.declare(f"{shelf.url}/parks.csv")
    kept = await town.target.get(HarvestSource, bad)
    assert kept is not None
    # it is due before the other one, and feeds a file of its own
    await town.target.keep([msgspec.structs.replace(kept, file_name=BAD)])
    spoil(monkeypatch, town, stage)
    for _ in range(3):
        town.clock.pass_s(1)
        await town.harvest.run_due()
        await town.intake.run_due()
    done = await town.target.get(HarvestSource, good)
    assert done is not None and (done.result, done.rows) == ("new", 20)
    delivered = await town.target.get(Delivery, done.delivery)
    assert delivered is not None and delivered.state == "in"
    monkeypatch.undo()
    after = await town.target.get(HarvestSource, bad)
    assert after is not None
    if stage in ("ask", "settle"):
        assert (after.result, after.why, after.failures) == ("failed", "unforeseen", 1)
    if stage == "whole":
        held = await town.target.get(Delivery, after.delivery)
        assert held is not None and (held.state, bool(held.fault)) == ("failed", True)
        assert await town.target.get(DataSet, held.data_set) is None


async def test_what_rested_is_tried_again_and_comes_in(
    shelf: Shelf, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = await town.declare(f"{shelf.url}/{BAD}")
    shelf.content = table(ROWS)
    with monkeypatch.context() as spoilt:
        spoil(spoilt, town, "read")
        await town.harvest.run_due()
    assert (await town.turn(source)).result == ""
    assert (await town.turn(source, 1)).result == "new"


async def test_a_store_that_is_away_ends_the_turn_and_the_memory_of_what_rests_has_a_limit() -> None:
    clock = TownClock()
    turns = Turns(clock, "kaiteki.test")

    async def away() -> None:
        raise StoreAway("no")

    async def stumble() -> None:
        raise Unforeseen

    with pytest.raises(StoreAway):
        await turns.take("demo", "urn:x", away, stumble)
    assert turns.resting("demo") == 0
    for number in range(RESTING_MAX + 5):
        await turns.take("demo", f"urn:{number}", stumble, stumble)
    assert (turns.resting("demo"), turns.resting("other")) == (RESTING_MAX, 0)
    clock.pass_s(REST_US // 1_000_000 + 1)
    assert turns.resting("demo") == 0
