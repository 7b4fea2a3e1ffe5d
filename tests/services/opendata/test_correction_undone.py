"""To undo a correction goes back to what somebody wrote before by hand, else to what the newest file says, never to an older one."""

from __future__ import annotations

from typing import Any

from test_correcting import AED, Town, town

from kaiteki.model.decision import Accepted
from kaiteki.services.opendata.correcting.cells import cells_of, text_of
from kaiteki.services.opendata.correcting.undoing import act_at, put_back
from kaiteki.services.opendata.withdrawal.model import mark_of

__all__ = ["town"]
FRONT = AED.replace("受付", "正面")
KEY = "details.鍵"


async def back(town: Town, nth: int) -> dict[str, str]:
    """What to undo the nth correction puts back."""
    record, noted = await town.kept(), await town.noted()
    now = {cell.key: text_of(record, cell) for cell in cells_of(await town.set(), record)}
    act = act_at(noted, noted.acts[nth].at)
    assert act is not None
    return put_back(noted, act, now)


async def undo(town: Town, nth: int) -> None:
    """Undo the nth correction, as the page does."""
    cells: dict[str, Any] = {
        key.replace("details.", "details_"): text for key, text in (await back(town, nth)).items()
    }
    assert isinstance(await town.correct(**cells), Accepted)


async def test_after_a_newer_file_its_value_comes_back_and_nothing_stands_against_it(town: Town) -> None:
    await town.correct(details_鍵="警備室")
    await town.bring(FRONT)
    assert await back(town, 0) == {KEY: "正面"}
    await undo(town, 0)
    assert ((await town.kept()).details["鍵"], (await town.noted()).standing) == ("正面", ())
    assert (await town.set()).corrected == ()


async def test_what_was_written_by_hand_before_comes_back_and_the_first_one_goes_back_to_the_file(
    town: Town,
) -> None:
    await town.correct(details_鍵="警備室")
    await town.correct(details_鍵="地下")
    await town.bring(FRONT)
    assert (await back(town, 1), await back(town, 0)) == ({KEY: "警備室"}, {KEY: "正面"})
    await undo(town, 1)
    assert (await town.kept()).details["鍵"] == "警備室"
    await undo(town, 0)
    assert ((await town.kept()).details["鍵"], (await town.noted()).standing) == ("正面", ())


async def test_to_undo_is_undone_and_where_the_file_was_chosen_nothing_is_put_back(town: Town) -> None:
    await town.correct(details_鍵="警備室", name="新しい市役所")
    await undo(town, 0)
    assert await back(town, 1) == {KEY: "警備室", "name": "新しい市役所"}
    await undo(town, 1)
    await town.bring(FRONT, file_holds=frozenset({mark_of(town.record)}))
    assert (await back(town, 2), await back(town, 0)) == ({}, {})
    assert (await town.kept()).details["鍵"] == "正面"
