"""Figures of many reports: groups below five cases say nothing, larger towns read what the survey kept, lists cost their page."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from report_samples import SETTINGS, submitted, w

from kaiteki.kit.pages import PageAsk, Shown
from kaiteki.kit.surveys import Surveys
from kaiteki.kit.views import of_type, point, write
from kaiteki.model.access import NOBODY, Person
from kaiteki.model.instant import Instant
from kaiteki.ports.entities import By, Change, Decision
from kaiteki.services.reports import browse, desk, figures
from kaiteki.services.reports.figures_rules import FIGURES_ID, Kept
from kaiteki.services.reports.keeping import keep
from kaiteki.services.reports.manifest import service
from kaiteki.services.reports.model import Report, report_id
from kaiteki.services.reports.queries import COUNT_MAX, Wish, public_wish, query_of
from kaiteki.services.reports.settings import Category
from kaiteki.stores.sqlite import open_sqlite
from town import BOSS, Town

DAY = 86_400_000_000
MANY = 1500


def ask(town: Town, person: Person = NOBODY, **query: str) -> PageAsk:
    """A request for a page of reports."""
    city = town.city(person)
    return PageAsk("demo", {}, query, {}, {}, person, "ja", town.clock.now(), 1, city, SETTINGS)


def shown(reply: object) -> dict[str, object]:
    """The values of a page."""
    assert isinstance(reply, Shown)
    return dict(reply.values)


def sample(n: int, now: Instant) -> Report:
    """One of many: every third closed after a day, every fourth in English, wards in turn, the rest waits."""
    closed = n % 3 == 0
    at = Instant(now - (n % 60 + 1) * DAY)
    number = f"R-2026-{n:05d}"
    return Report(
        report_id(number), number, f"ベンチ{n}", ("park", "road")[n % 2],
        location=point(140.0 + n % 100 / 500, 35.1 + n % 37 / 500), zone=("north", "south")[n % 2],
        status="closed" if closed else "received", office=("green", "roads")[n % 2],
        date_submitted=at, date_answered=Instant(at + DAY) if closed else None,
        date_completed=Instant(at + 2 * DAY) if closed else None, date_closed=Instant(at + 3 * DAY) if closed else None,
        language="en" if n % 4 == 0 else "ja", channel="web" if n else "counter",
    )  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the large town is kept."""
    return tmp_path_factory.mktemp("many")


async def large_town(folder: Path) -> Town:
    """A town with many reports, filled once."""
    town = Town(service, settings={"reports": SETTINGS}, opened=lambda clock: open_sqlite(folder, clock))
    if await town.store.events.last() == 0:
        now = town.clock.now()
        for start in range(0, MANY, 500):
            kept = [keep(sample(n, now), SETTINGS, now) for n in range(start, min(MANY, start + 500))]
            made = [write(one, None, now, "Report") for one in kept]
            changes = [Change(None, one) for one in made]
            ids = [one.id for one in made]
            await town.store.entities.change("demo", ids, lambda _, c=changes: Decision(c, None), By())
    return town


async def test_a_fresh_town_is_worked_out_at_once_and_few_cases_say_nothing() -> None:
    town = Town(service, settings={"reports": SETTINGS})
    for n in range(4):
        await submitted(town, browser=f"b{n}")
    said, _ = await figures.read_figures(ask(town))
    assert (said.counted, said.overall, said.counts["yellow"]) == (4, None, 4)
    assert [(group.by, group.key, group.wait) for group in said.groups] == [("ward", "north", None)]
    assert await Surveys(town.cities).run_due() == 1
    town.clock.pass_s(figures.SURVEY_EVERY_S)
    assert await Surveys(town.cities).run_due() == 1
    row = (await town.store.entities.load("demo", [FIGURES_ID]))[FIGURES_ID]
    assert row.version == 1, "the same figures are kept once"


async def test_a_young_town_is_looked_at_often_and_an_old_one_in_the_rhythm_of_the_survey() -> None:
    town = Town(service, settings={"reports": SETTINGS})
    now = [0.0]
    surveys = Surveys(town.cities, lambda: now[0])
    made: list[float] = []
    await submitted(town)
    for n in range(4000):
        now[0] = float(n)
        if await surveys.run_due():
            made.append(now[0])
    assert made[:6] == [0.0, 10.0, 30.0, 70.0, 150.0, 310.0]
    assert {later - sooner for sooner, later in pairwise(made[7:])} == {float(figures.SURVEY_EVERY_S)}


async def test_language_and_channel_are_counted_though_nobody_may_read_them_of_a_report(folder: Path) -> None:
    town = await large_town(folder)
    assert await Surveys(town.cities).run_due() == 1
    kept = await town.city().get(Kept, FIGURES_ID)
    assert kept is not None
    by = {(group.by, group.key): group for group in kept.figures.groups}
    assert {key: group.cases for key, group in by.items()} == {
        ("ward", "north"): 750,
        ("ward", "south"): 750,
        ("language", "ja"): 1125,
        ("language", "en"): 375,
        # one came over the counter; beside the sum, the others would give that away
        ("channel", "web"): None,
        ("channel", "counter"): None,
    }
    assert by["channel", "web"].wait is None
    assert by["channel", "counter"].wait is None
    wait = by["language", "en"].wait
    assert wait is not None and 0.28 < wait.within_low < wait.within < wait.within_high < 0.4
    public = await town.city().get(Report, report_id("R-2026-00004"))
    assert public is not None and (public.language, public.channel) == ("ja", "")
    values = shown(await figures.show_statistics(ask(town)))
    assert values["at"] == kept.at
    since = values["figures"].since
    assert since is not None and since <= kept.at, "the page says since when is counted"
    await town.store.entities.close()


async def test_lists_and_queues_take_one_look_into_the_index(folder: Path) -> None:
    town = await large_town(folder)
    wishes = [Wish(), Wish(queue="new"), Wish(queue="open@green"), public_wish("yellow", "park")]
    for wish in wishes:
        wanted = msgspec.structs.replace(query_of(wish), types=of_type(Report))
        steps = await town.store.entities.explain("demo", wanted)
        assert not [step for step in steps if "SCAN" in step or "CHECK" in step], (wish, steps)
    values = shown(await browse.show_list(ask(town)))
    rows = values["rows"]
    assert isinstance(rows, list)
    assert [row["number"] for row in rows][:3] == ["R-2026-01499", "R-2026-01498", "R-2026-01497"]
    assert values["total"] == COUNT_MAX
    queue = shown(await desk.show_desk(ask(town, BOSS, queue="new", office="green")))
    assert queue["total"] == 500 and queue["more"] is True
    await town.store.entities.close()


async def test_an_office_that_shares_its_code_with_a_kind_keeps_its_own_name() -> None:
    settings = msgspec.structs.replace(
        SETTINGS,
        categories=(Category("green", w("草")), *SETTINGS.categories),
        offices=tuple(one for one in SETTINGS.offices if one.code != "hall"),
    )
    town = Town(service, settings={"reports": settings})
    for n in range(5):
        await submitted(town, browser=f"b{n}", category="green", latitude=35.165, longitude=140.055)
    asked = msgspec.structs.replace(ask(town), settings=settings)
    values = shown(await figures.show_statistics(asked))
    named = {by: [row["name"] for row in values[by]] for by in ("offices", "categories")}
    assert named == {"offices": ["公園課"], "categories": ["草"]}
