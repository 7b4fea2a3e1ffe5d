"""Laws of reports: no illegal arrow and a whole log under any commands; duplicates found and not imagined; photos alike."""

from __future__ import annotations

import asyncio
import csv
import io
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw
from report_samples import PHOTO, TASK, kept, open_town, submitted, w

from kaiteki.model.decision import Accepted
from kaiteki.model.instant import Instant
from kaiteki.services.reports.arrows import may_go
from kaiteki.services.reports.duplicates import Seen, find_duplicates, text_likeness
from kaiteki.services.reports.looks import look_of
from kaiteki.services.reports.model import Report, report_id
from kaiteki.services.reports.settings import Category, Settings
from kaiteki.services.reports.statistics import forecast, quantile
from kaiteki.services.reports.veil import whole
from town import BOSS, CLERK, RESIDENT_A, RESIDENT_B

PEOPLE = (RESIDENT_A, RESIDENT_B, CLERK, BOSS)
COMMANDS = (
    ("check", {}),
    ("assign", {"office": "green"}),
    ("start", {}),
    ("plan", {"planned": "2026-12-01T00:00:00Z"}),
    ("fix_temporarily", {"photos": [PHOTO]}),
    ("make_task", TASK),
    ("join_task", {}),
    ("leave_task", {}),
    ("complete", {"photos": [PHOTO]}),
    ("witness", {"mended": True}),
    ("witness", {"mended": False}),
    ("reopen", {}),
    ("pass_on", {"why": "市の道ではない"}),
    ("hide", {}),
    ("publish", {}),
    ("withdraw", {}),
    ("take_back", {}),
)
DAY = 86_400_000_000


@given(st.lists(st.tuples(st.sampled_from(COMMANDS), st.sampled_from(PEOPLE)), max_size=14))
@settings(max_examples=40, deadline=None)
def test_whatever_people_do_the_life_of_a_report_follows_its_arrows(steps: list[Any]) -> None:
    async def live() -> None:
        town = open_town()
        number = await submitted(town)
        for (command, more), person in steps:
            before = whole(await kept(town, number, BOSS))
            said = await town.run(f"reports.{command}", {"id": report_id(number), **more}, person)
            after = whole(await kept(town, number, BOSS))
            assert after.log[: len(before.log)] == before.log
            if isinstance(said, Accepted):
                if command != "take_back" and after.status != before.status:
                    assert may_go(before.status, after.status)
                if after.status != before.status:
                    assert (after.log[-1].before, after.log[-1].after) == (before.status, after.status)
                assert after.helper_count == len(after.helpers)
                assert after.follower_count == len(after.followers)
            else:
                assert after == before

    asyncio.run(live())


WORDS = {
    "park": ("ベンチの板が割れている", "遊具がさびて危ない", "フェンスが破れている", "水飲み場が壊れた"),
    "light": ("街灯が消えている", "夜とても暗い", "電灯が点滅している"),
    "litter": ("ごみが捨ててある", "粗大ごみの不法投棄", "空き缶が散らかる"),
}
CATALOGUE = Settings(categories=tuple(Category(code, w(code)) for code in WORDS))


def park_places(shared_data: Path) -> list[tuple[float, float]]:
    """The positions of the parks and toilets of a real town."""
    places: list[tuple[float, float]] = []
    for name in ("公園一覧", "公衆トイレ一覧"):
        for file in (shared_data / "yaizu" / name).glob("222127*.csv"):
            rows = csv.DictReader(io.StringIO(file.read_text(encoding="utf-8-sig")))
            places += [
                (float(row["経度"]), float(row["緯度"]))
                for row in rows
                if row.get("緯度") and row.get("経度")
            ]
    return places


def test_duplicates_of_a_real_town_are_found_and_not_imagined(shared_data: Path) -> None:
    chance, places = random.Random(311), park_places(shared_data)
    assert len(places) > 50
    known: list[Report] = []
    for n, place in enumerate(places):
        code = chance.choice(list(WORDS))
        text = chance.choice(WORDS[code])
        at = Instant(chance.randrange(20) * DAY)
        known.append(_report(n, code, text, _moved(place, 8, chance), at))
    now = Instant(25 * DAY)
    found = prompted = fresh = 0
    for report in known:
        text = report.description + chance.choice(("", "です", "。気をつけて", "、直してください"))
        seen = Seen(_moved(report.point or (0, 0), 8, chance), report.category, text, at=now)
        likely = find_duplicates(CATALOGUE, seen, known, CATALOGUE.duplicates_near_m)
        found += any(one.report.id == report.id for one in likely)
    for place in places:
        code = chance.choice(list(WORDS))
        other = _moved(place, 100, chance)
        near = [r for r in known if r.category == code and _metres(r.point or (0, 0), other) < 40]
        if near:
            continue
        fresh += 1
        seen = Seen(other, code, chance.choice(WORDS[code]), at=now)
        prompted += bool(find_duplicates(CATALOGUE, seen, known, CATALOGUE.duplicates_near_m))
    assert found / len(known) >= 0.90, (found, len(known))
    assert fresh > 30 and prompted / fresh <= 0.05, (prompted, fresh)


def _moved(place: tuple[float, float], metres: float, chance: random.Random) -> tuple[float, float]:
    return (
        place[0] + chance.gauss(0, metres) / 91_000,
        place[1] + chance.gauss(0, metres) / 111_000,
    )


def _metres(a: tuple[float, float], b: tuple[float, float]) -> float:
    return (((a[0] - b[0]) * 91_000) ** 2 + ((a[1] - b[1]) * 111_000) ** 2) ** 0.5


def _report(n: int, code: str, text: str, place: tuple[float, float], at: Instant) -> Report:
    location = {"type": "Point", "coordinates": list(place)}
    return Report(f"r{n}", f"R-{n}", text, code, description=text, location=location, date_submitted=at)


def test_text_likeness_is_a_share() -> None:
    assert text_likeness("街灯が消えている", ["街灯が消えている", "ベンチが割れた"]) == [
        pytest.approx(1.0),
        pytest.approx(0.0, abs=0.2),
    ]
    assert text_likeness("", ["x"]) == [0.0]


def _picture(seed: int, size: tuple[int, int] = (640, 480), quality: int = 90) -> bytes:
    chance = random.Random(seed)
    image = Image.new("RGB", (640, 480), "gray")
    draw = ImageDraw.Draw(image)
    for _ in range(12):
        x, y = chance.randrange(600), chance.randrange(440)
        colour = (chance.randrange(256), chance.randrange(256), chance.randrange(256))
        draw.ellipse((x, y, x + chance.randrange(40, 220), y + chance.randrange(40, 220)), fill=colour)
    out = io.BytesIO()
    image.resize(size).save(out, "JPEG", quality=quality)
    return out.getvalue()


def test_the_same_picture_looks_alike_after_resizing_and_another_does_not() -> None:
    def apart(a: bytes, b: bytes) -> int:
        return (int(look_of(a), 16) ^ int(look_of(b), 16)).bit_count()

    assert all(apart(_picture(n), _picture(n, (320, 240), 50)) <= 10 for n in range(12))
    assert all(apart(_picture(n), _picture(n + 100)) > 10 for n in range(12))
    assert look_of(b"no picture") == ""


def test_quantiles_are_said_only_of_enough_cases() -> None:
    closed = [
        Report(f"r{n}", f"R-{n}", "x", "park", status="closed", date_closed=Instant(n * DAY))
        for n in range(1, 11)
    ]
    assert forecast(closed[:4]) is None
    said = forecast(closed)
    assert said is not None
    assert (said.half_days, said.most_days, said.cases) == (5.5, pytest.approx(9.1), 10)
    assert quantile([3.0, 1.0, 2.0], 0.5) == 2.0
