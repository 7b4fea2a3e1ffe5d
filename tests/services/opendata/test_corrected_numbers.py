"""A correction gives no record the number of another one of its data set: shown or withdrawn, from the file or corrected, at the same time."""

from __future__ import annotations

from copy import copy
from typing import Any, cast

import pytest
from test_correcting import CLERK, Town, codes, town

from kaiteki.kit.city import Cities
from kaiteki.kit.engine import Asking, Engine
from kaiteki.kit.files.darkroom import Darkroom
from kaiteki.model.decision import Accepted, Refused
from kaiteki.model.query import Query
from kaiteki.ports.entities import Entities, Found
from kaiteki.services.opendata.manifest import service

__all__ = ["town"]


def other(town: Town, number: str) -> Town:
    """The same town, about to correct another record."""
    town.record = f"{town.record.rpartition(':')[0]}:{number}"
    return town


@pytest.mark.parametrize("number", ["A2", " Ａ２ "])
async def test_the_number_of_another_record_is_refused_at_its_field(town: Town, number: str) -> None:
    before = await town.kept()
    refused = await town.correct(identifier=number, name="新しい市役所")
    assert await codes(refused) == [("identifier", "identifier_twice")]
    assert isinstance(refused, Refused) and "港小学校" in refused.faults[0].words.ja
    assert await town.kept() == before
    assert isinstance(await town.correct(identifier="A9"), Accepted)
    # its own number again, and one that nobody has any more
    assert isinstance(await town.correct(identifier="A1"), Accepted)


async def test_a_number_that_a_correction_gave_is_taken_and_the_one_that_it_took_away_is_free(
    town: Town,
) -> None:
    assert isinstance(await town.correct(identifier="B7"), Accepted)
    assert await codes(await other(town, "A2").correct(identifier="B7")) == [
        ("identifier", "identifier_twice")
    ]
    assert isinstance(await town.correct(identifier="A1"), Accepted)
    # to undo the first would give it the number that another record has by now
    assert await codes(await other(town, "A1").correct(identifier="A1")) == [
        ("identifier", "identifier_twice")
    ]


async def test_a_withdrawn_record_keeps_its_number(town: Town) -> None:
    darkroom = Darkroom(town.engine, town.hall.store.files, town.hall.store.received)
    city = Cities(town.engine, darkroom).of(Asking("demo", CLERK))
    form = {"id": other(town, "A2").record, "reason": "位置がちがう"}
    assert isinstance(await city.run("opendata.withhold_data", form), Accepted)
    town.hall.clock.pass_s(1)
    await town.withholding.run_due()
    assert await codes(await other(town, "A1").correct(identifier="A2")) == [
        ("identifier", "identifier_twice")
    ]


async def test_where_a_branch_number_stands_beside_it_a_number_may_stand_twice() -> None:
    parted = Town()
    await parted.bring(
        "番号,枝番,名称,緯度,経度\nA1,1,市役所,35.35,141.05\nA2,2,港小学校,35.36,141.06\n", as_type="AED"
    )
    assert isinstance(await parted.correct(identifier="A2"), Accepted)


class Overtaking:
    """A store in which somebody else writes between what is looked for and what is decided, so many times."""

    def __init__(self, entities: Entities, rival: Any, times: int) -> None:
        self._entities, self._rival, self.times = entities, rival, times

    def __getattr__(self, name: str) -> Any:
        return getattr(self._entities, name)

    async def find(self, area: str, wanted: Query) -> Found:
        found = await self._entities.find(area, wanted)
        if self.times > 0:
            self.times -= 1
            await self._rival(self.times)
        return found


async def test_of_two_who_give_one_number_at_the_same_time_one_gets_it(town: Town) -> None:
    rival = other(copy(town), "A2")
    town.engine = Engine(town.hall.store.entities, town.hall.clock, (service,))

    async def overtake(_left: int) -> None:
        assert isinstance(await rival.correct(identifier="B7"), Accepted)

    town.engine.entities = cast(Any, Overtaking(town.hall.store.entities, overtake, 1))
    assert await codes(await town.correct(identifier="B7")) == [("identifier", "identifier_twice")]


async def test_where_others_go_on_changing_what_is_needed_it_is_refused_and_nothing_is_kept(
    town: Town,
) -> None:
    rival = other(copy(town), "A2")
    town.engine = Engine(town.hall.store.entities, town.hall.clock, (service,))

    async def overtake(left: int) -> None:
        assert isinstance(await rival.correct(name=f"学校{left}"), Accepted)

    town.engine.entities = cast(Any, Overtaking(town.hall.store.entities, overtake, 9))
    assert await town.correct(identifier="B7") == Refused("conflict")
    assert (await town.kept()).identifier == "A1"
