"""What the log of a report and the refusals of a merge say: from what to what, which day, which number."""

from __future__ import annotations

import pytest
from report_samples import SETTINGS, done, kept, open_town, submitted

from kaiteki.model.decision import Refused
from kaiteki.services.reports.browse import line_of
from kaiteki.services.reports.model import report_id
from town import BOSS


@pytest.mark.parametrize(
    ("language", "planned", "corrected", "merged"),
    [
        (
            "ja",
            "予定日：2026年11月30日",
            "種類：公園 → 道路の穴・段差 担当：公園課 → 土木事務所",
            "まとめ先：",
        ),
        ("en", "Planned for: 30 Nov 2026", "Kind: Park → Road damage Office: 公園課 → 土木事務所", "Into: "),
        (
            "ja-easy",
            "よていの 日：2026年11月30日",
            "しゅるい：こうえん → 道の あな たんとう：",
            "まとめた ところ：",
        ),
    ],
)
async def test_the_log_says_what_changed(language: str, planned: str, corrected: str, merged: str) -> None:
    town = open_town()
    first, number = await submitted(town), await submitted(town, browser="other")
    this = {"id": report_id(number)}
    await done(town, "assign", {**this, "office": "green"}, BOSS)
    await done(town, "plan", {**this, "planned": "2026-11-30T00:00:00Z", "why": "部品を待ちます"}, BOSS)
    await done(town, "correct", {**this, "category": "road", "why": ""}, BOSS)
    await done(town, "merge", {**this, "into": report_id(first), "why": "同じです"}, BOSS)
    report = await kept(town, number, BOSS)
    plan, correction, merge = (line_of(SETTINGS, step, language)["text"] for step in report.log[-3:])
    assert plan == f"{planned} 部品を待ちます"
    assert correction.startswith(corrected)
    assert merge == f"{merged}{first} 同じです"


async def test_a_merge_says_which_number_is_wrong() -> None:
    town = open_town()
    first, second, third = [await submitted(town, browser=f"b{n}") for n in range(3)]
    await done(town, "merge", {"id": report_id(second), "into": report_id(first)}, BOSS)
    for into, words in (("R-9999-1", "ありません"), (third, "自身の番号"), (second, "すでにほかの知らせに")):
        said = await town.run("reports.merge", {"id": report_id(third), "into": report_id(into)}, BOSS)
        assert isinstance(said, Refused)
        assert said.faults[0].field == "into" and words in said.faults[0].words.ja
