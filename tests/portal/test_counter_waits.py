"""窓口 through a morning, by a clock of the test: what the pages say of the wait falls, sees the lunch of the plan, and speaks three languages."""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec
from trial_site import TrialSite, open_site

from kaiteki.kit.city import Cities
from kaiteki.kit.engine import Asking
from kaiteki.kit.files.darkroom import Darkroom
from kaiteki.model.access import ANYONE, RESIDENT, STAFF, Person
from kaiteki.model.decision import Accepted
from kaiteki.model.instant import Instant
from kaiteki.model.words import Words
from kaiteki.services.counter.manifest import service
from kaiteki.services.counter.settings import EVERY_DAY, MINUTE_US, Hours, Matter, Office, Settings, Window
from reader import Reader

AGENT = Person("c", "千葉 茂", frozenset({ANYONE, RESIDENT, STAFF}), frozenset({"hall"}))
SERVICE_MIN = 6
OFFICE = Office(
    "hall",
    Words("市役所", "Hall"),
    Hours("09:00", "17:00", EVERY_DAY),
    (Matter("move", "A", Words("引っ越し", "Moving"), service_min=SERVICE_MIN),),
    (Window("1", ("move",)), Window("2", ("move",))),
)
SUNDAY = 7
WORDS = {
    "ja": r"10回のうち9回は \d+分以内",
    "ja-easy": r"\d+分（ふん）より はやい",
    "en": r"Nine times in ten: at most \d+ min",
}


async def do(site: TrialSite, command: str, **form: Any) -> dict[str, Any]:
    """What staff do; it must be accepted."""
    cities = Cities(site.engine, Darkroom(site.engine, site.store.files, site.store.received))
    done = await cities.of(Asking("demo", AGENT, "ja")).run(f"counter.{command}", {"office": "hall", **form})
    assert isinstance(done, Accepted), (command, done)
    return done.answer


async def expected(reader: Reader) -> dict[str, Any]:
    """What everybody is told who would take a number now."""
    answer = await reader.get("/demo/counter/hall/now.json")
    (matter,) = json.loads(answer.text)["matters"]
    told: dict[str, Any] = matter["expected"]
    return told


async def test_the_pages_tell_the_wait_through_a_morning() -> None:
    site = await open_site(service, settings=Settings((OFFICE,)))
    reader = Reader(site.app)
    assert (await expected(reader))["state"] == "no_window"
    for window in ("1", "2"):
        await do(site, "seat", window=window)
    assert (await expected(reader))["highMin"] == 0
    assert "すぐ" in (await reader.get("/demo/counter")).text

    numbers = [(await do(site, "issue", matter="move"))["number"] for _ in range(10)]
    highs: list[int] = []
    for _ in range(4):
        for window in ("1", "2"):
            await do(site, "call", window=window)
            await do(site, "begin", window=window)
        site.clock.at = Instant(site.clock.at + SERVICE_MIN * MINUTE_US)
        highs.append((await expected(reader))["highMin"])
    assert highs == sorted(highs, reverse=True)
    assert highs[-1] < highs[0]

    # (9:44; at ten o'clock one window stays, and many come before)
    for _ in range(8):
        await do(site, "issue", matter="move")
    before = await expected(reader)
    await do(site, "plan", weekday=SUNDAY, times=["1 09:00-17:00", "2 09:00-10:00 13:00-17:00"])
    after = await expected(reader)
    assert (after["changesAt"], after["windowsThen"]) == ("10:00", 1)
    assert after["highMin"] > before["highMin"]
    for language, words in WORDS.items():
        for page in ("/demo/counter/hall", f"/demo/counter/hall/numbers/{numbers[-1]}"):
            answer = await reader.get(f"{page}?lang={language}")
            assert re.search(words, answer.text), (language, page)
    assert "10:00から窓口が1つに減る予定です" in (await reader.get("/demo/counter/hall?lang=ja")).text
    display = (await reader.get("/demo/counter/hall/display")).text
    assert f"{after['highMin']} min" in display


async def test_the_pages_say_that_nothing_is_known() -> None:
    bare = msgspec.structs.replace(OFFICE, matters=(Matter("move", "A", Words("引っ越し", "Moving")),))
    site = await open_site(service, settings=Settings((bare,)))
    await do(site, "seat", window="1")
    reader = Reader(site.app)
    assert (await expected(reader)) == {
        "state": "unlearned",
        "lowMin": None,
        "highMin": None,
        "ahead": 0,
        "windows": 1,
        "changesAt": None,
        "windowsThen": None,
        "aheadForOtherMatters": 0,
        "opensAt": None,
    }
    assert "まだ分かりません" in (await reader.get("/demo/counter/hall?lang=ja")).text


async def test_where_no_window_is_open_the_pages_say_so_and_when_one_opens() -> None:
    site = await open_site(service, settings=Settings((OFFICE,)))
    reader = Reader(site.app)
    for page in ("/demo/counter", "/demo/counter/hall"):
        told = (await reader.get(f"{page}?lang=ja")).text
        assert "いま開いている窓口はありません。開く時刻は登録されていません。" in told
        assert "まだ分かりません" not in told
    # (Sunday: the one window of the plan opens on Monday)
    await do(site, "plan", weekday=1, times=["1 10:30-12:00"])
    assert (await expected(reader))["opensAt"] == "2026-11-23T01:30:00Z"
    for page in ("/demo/counter", "/demo/counter/hall"):
        assert re.search(r"11月23日.*10:30 に開く予定です", (await reader.get(f"{page}?lang=ja")).text), page


async def test_who_is_ahead_for_other_matters_is_told_apart() -> None:
    matters = (*OFFICE.matters, Matter("papers", "B", Words("証明書", "Papers"), service_min=5))
    shared = msgspec.structs.replace(OFFICE, matters=matters, windows=(Window("1", ("move", "papers")),))
    site = await open_site(service, settings=Settings((shared,)))
    await do(site, "seat", window="1")
    for _ in range(6):
        await do(site, "issue", matter="move")
    reader = Reader(site.app)
    papers = json.loads((await reader.get("/demo/counter/hall/now.json")).text)["matters"][1]
    assert papers["waiting"] == 0
    assert (papers["expected"]["ahead"], papers["expected"]["aheadForOtherMatters"]) == (6, 6)
    told = (await reader.get("/demo/counter/hall?lang=ja")).text
    assert "先に待っている方が 6人（この用件 0人、同じ窓口を待つほかの用件 6人）" in told
