"""A correction of a column of one's own takes no day that does not exist, and none of an era where the column is of ISO days."""

from __future__ import annotations

from typing import Any

import pytest
from test_correcting import AED, CLERK, Town, codes

from kaiteki.model.decision import Accepted, Refused

DATED = (
    AED.replace(",鍵", ",設置日,ようす").replace("受付\n", "2020-04-01,\n").replace(",,\n", ",2021-05-01,\n")
)
KEY = "details.設置日"


@pytest.fixture
async def dated() -> Town:
    """A town whose AEDs have the day on which they were put there."""
    made = Town()
    await made.bring(DATED)
    assert (await made.kept()).details["設置日"] == "2020-04-01"
    return made


@pytest.mark.parametrize("text", ["令和6年13月1日", "2023-02-30", "令和3年2月29日", "20231301"])
async def test_a_day_that_does_not_exist_is_told_at_its_field(dated: Town, text: str) -> None:
    assert await codes(await dated.correct(details_設置日=text)) == [(KEY, "no_such_day")]
    assert (await dated.kept()).details["設置日"] == "2020-04-01"


@pytest.mark.parametrize("text", ["令和5年4月1日", "R5.4.1", "2023/4/1"])
async def test_a_day_of_an_era_is_told_with_how_it_is_written_there(dated: Town, text: str) -> None:
    refused = await dated.correct(details_設置日=text)
    assert await codes(refused) == [(KEY, "not_iso_day")]
    assert isinstance(refused, Refused) and "2023-04-01 と" in refused.faults[0].words.ja
    assert isinstance(await dated.correct(details_設置日="2023-04-01"), Accepted)


@pytest.mark.parametrize(
    "cells", [{"details_設置日": ""}, {"details_設置日": "不明"}, {"details_ようす": "令和6年13月1日"}]
)
async def test_what_is_no_day_and_what_stands_in_another_column_is_as_it_is(
    dated: Town, cells: dict[str, Any]
) -> None:
    assert isinstance(await dated.correct(CLERK, **cells), Accepted)


async def test_what_the_file_says_may_come_back_however_it_writes_its_days() -> None:
    town = Town()
    await town.bring(DATED.replace("2020-04-01", "令和2年13月1日"))
    assert isinstance(await town.correct(details_設置日="2020-04-01"), Accepted)
    assert isinstance(await town.correct(details_設置日="令和2年13月1日"), Accepted)
    assert (await town.set()).corrected == ()
