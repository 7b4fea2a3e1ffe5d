"""After each step the desk says what was done with which report, how it stands now, and what can be undone."""

from __future__ import annotations

import re
from html import unescape

import pytest
from rendered_forms import press
from test_desk_forms import at, clerk_of
from test_report_pages import open_portal, send_report

from kaiteki.model.words import LANGUAGES
from kaiteki.services.reports.desk_answers import DONE
from reader import Reader

UNDO = {
    "ja": "15分以内なら、「直前の操作を元に戻す」で取り消せます。",
    "ja-easy": "15分（ふん）の あいだ、「もどす」で もどせます。",
    "en": " Within 15 minutes “Undo the last step” takes it back.",
}
STEPS = {
    "ja": [
        "{n}：要確認にしました。いまの状態は「要確認」です。",
        "{n}：土木事務所に振り分けました。いまの状態は「行政対応」です。",
        "{n}：作業を始めました。いまの状態は「作業中」です。",
        "{n}：直前の操作を元に戻しました。いまの状態は「行政対応」です。",
        "{n}：作業の予定日を2026年12月1日にしました。いまの状態は「行政対応」です。",
        "{n}：内部メモを書きました。いまの状態は「行政対応」です。",
    ],
    "ja-easy": [
        "{n}：しらべる ことに しました。いま：しらべています。",
        "{n}：道（みち）の 事務所（じむしょ）に わたしました。いま：市役所（しやくしょ）が なおします。",
        "{n}：なおしはじめました。いま：なおしています。",
        "{n}：まえに もどしました。いま：市役所（しやくしょ）が なおします。",
        "{n}：よていの 日（ひ）は 2026年12月1日です。いま：市役所（しやくしょ）が なおします。",
        "{n}：メモを 書（か）きました。いま：市役所（しやくしょ）が なおします。",
    ],
    "en": [
        "{n}: marked to be checked. It is now “Being checked”.",
        "{n}: given to Roads office. It is now “With the office”.",
        "{n}: work has begun. It is now “Work under way”.",
        "{n}: the last step was taken back. It is now “With the office”.",
        "{n}: work is planned for 1 Dec 2026. It is now “With the office”.",
        "{n}: the note is kept for staff. It is now “With the office”.",
    ],
}
UNDOABLE = [True, True, True, False, True, False]


def flash(page: str) -> str:
    """What a page tells once, above everything."""
    found = re.search(r'<div class="flash[^>]*>(.*?)</div>', page, re.DOTALL)
    return unescape(re.sub(r"<[^>]+>", "", found[1])).strip() if found else ""


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_desk_says_what_was_done_and_what_can_be_undone(language: str) -> None:
    app = await open_portal()
    number, desk = await send_report(Reader(app)), await clerk_of(app)
    page = at(number)
    await desk.get(f"/demo/?lang={language}")
    told: list[str] = []
    for do, typed in (
        ("check", {}),
        ("assign", {"office": "roads"}),
        ("start", {}),
        ("take_back", {}),
        ("plan", {"planned": "2026-12-01"}),
        ("note", {"why": "部品を待つ"}),
    ):
        sent = (
            await desk.post(page, {"do": do, "number": number})
            if do == "take_back"
            else await press(desk, page, do, **typed)
        )
        assert sent.status == 303, sent.text
        told.append(flash((await desk.get(sent.headers["location"])).text))
    expected = [
        step.format(n=number) + (UNDO[language] if undo else "")
        for step, undo in zip(STEPS[language], UNDOABLE, strict=True)
    ]
    assert told == expected


async def test_several_at_once_are_counted() -> None:
    app = await open_portal()
    first, desk = await send_report(Reader(app)), await clerk_of(app)
    await desk.get("/demo/?lang=en")
    one = await desk.post("/demo/reports/desk", {"do": "assign_many", "number": first, "office": ""})
    assert flash((await desk.get(one.headers["location"])).text) == (
        "1 report was given to the offices. “Undo” below takes it back."
    )
    back = await desk.post(one.headers["location"], {"do": "take_back_many", "number": first})
    assert flash((await desk.get(back.headers["location"])).text) == "1 report was taken back."


def test_every_answer_is_in_three_languages() -> None:
    assert [do for do, words in DONE.items() if not (words.ja and words.en and words.easy)] == []
