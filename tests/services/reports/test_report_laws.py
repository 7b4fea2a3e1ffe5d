"""Laws of reports: no illegal arrow and a whole log under any commands; duplicates found and not imagined; photos alike."""

from __future__ import annotations

import asyncio
import io
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw
from report_samples import PHOTO, TASK, kept, open_town, submitted, with_photos

from kaiteki.model.decision import Accepted
from kaiteki.model.instant import Instant
from kaiteki.services.reports.arrows import may_go
from kaiteki.services.reports.duplicates import text_likeness
from kaiteki.services.reports.looks import look_of
from kaiteki.services.reports.model import Report, report_id
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
            form = await with_photos(town, {"id": report_id(number), **more}, person, "")
            said = await town.run(f"reports.{command}", form, person)
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


def test_a_small_file_that_would_unfold_to_a_huge_picture_is_not_looked_at() -> None:
    out = io.BytesIO()
    Image.new("1", (9000, 9000)).save(out, "PNG")
    assert len(out.getvalue()) < 100_000
    assert look_of(out.getvalue()) == ""


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
