"""Dashboards of open data: by office and data set, in round numbers for everybody, with days for staff; the time is said in the address."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping

import msgspec
import pytest
from test_data_requests import READ, WISH, done
from test_data_requests import open_portal as portal_of

from kaiteki.kit.catalogue.entries import Entry
from kaiteki.kit.catalogue.settings import Office
from kaiteki.kit.pages import PageAsk, Plain, Shown
from kaiteki.kit.surveys import SURVEYOR
from kaiteki.kit.views import write
from kaiteki.model.access import NOBODY, Person
from kaiteki.model.instant import Instant
from kaiteki.model.words import Words
from kaiteki.ports.entities import By, Change, Decision
from kaiteki.services.opendata.manifest import service
from kaiteki.services.opendata.model import DataSet
from kaiteki.services.opendata.settings import Settings
from kaiteki.services.opendata.use.dashboard import (
    dashboard_csv,
    months_asked,
    show_dashboard,
    show_use,
    use_csv,
)
from kaiteki.services.opendata.use.figures import Material, Sums, public_count, true_count, work_out
from kaiteki.services.opendata.use.model import DataUse, rounded
from reader import Reader
from town import CLERK, Town

DAY = 86_400_000_000
NOW = Instant(400 * DAY)
ROADS = Office("roads", Words("道路課", "Roads"))
FIRE = Office("fire", Words("消防", "Fire"))


def entry(name: str, office: Office | None, rhythm: str, days: int, quality: int | None = None) -> Entry:
    """A data set that was last read so many days ago."""
    words = Words(name, name)
    return Entry(
        f"urn:ngsi-ld:DataSet:{name}", name, "table", words, words, record_type="AED",
        type_words=Words("AED", "AED"), office=office, rhythm=rhythm, quality=quality, checked_at=Instant(NOW - days * DAY),
    )  # fmt: skip


def use(month: str, way: str, subject: str, count: int, **more: object) -> DataUse:
    """A count as it is kept."""
    made = DataUse(f"u:{month}:{way}:{subject}", month, way, subject, count=count, at_least=rounded(count))
    return msgspec.structs.replace(made, **more)


AED, LAMPS, PARKS = (f"urn:ngsi-ld:DataSet:{name}" for name in ("aed", "lamps", "parks"))
MATERIAL = Material(
    entries=(
        entry("aed", FIRE, "MONTHLY", 10, 80),
        entry("lamps", ROADS, "MONTHLY", 90, 61),
        entry("parks", None, "UNKNOWN", 5),
    ),
    uses=(
        use("2026-10", "Download", AED, 25),
        use("2026-11", "Download", AED, 7, day="03", days={"01": 4}),
        use("2026-11", "OGC API", AED, 30),
        use("2026-11", "Page", AED, 99),
        use("2026-11", "NGSI-LD", LAMPS, 12, day="02"),
        use("2026-11", "NGSI-LD", "all", 40),
        use("2026-11", "CKAN", "AED", 3),
    ),
    months=("2026-10", "2026-11"),
    requests={"roads": 2},
    scores={AED: 100},
)


def test_a_dashboard_adds_up_by_month_office_and_data_set() -> None:
    made = work_out(MATERIAL, true_count, NOW)
    assert made.total == Sums(32, 85, 99)
    assert made.months == (("2026-10", Sums(25, 0, 0)), ("2026-11", Sums(7, 85, 99)))
    assert [(one.subject, one.sums.downloads, one.sums.calls) for one in made.sets] == [
        (AED, 32, 30), ("all", 0, 40), (LAMPS, 0, 12), ("AED", 0, 3), (PARKS, 0, 0),
    ]  # fmt: skip
    offices = {one.code: (one.sets, one.fresh, one.late, one.quality, one.requests) for one in made.offices}
    assert offices == {"fire": (1, 1, 0, 100, 0), "roads": (1, 0, 1, 61, 2), "": (1, 0, 0, None, 0)}
    assert made.ways == (("NGSI-LD", 52), ("Download", 32), ("OGC API", 30), ("CKAN", 3))
    assert made.days == (("2026-11-01", 4), ("2026-11-02", 12), ("2026-11-03", 3))
    assert sum((one.sums for one in made.offices), Sums()) == made.total


def test_one_office_is_shown_alone_and_round_numbers_are_lower_bounds() -> None:
    only = work_out(msgspec.structs.replace(MATERIAL, office="roads"), true_count, NOW)
    assert [one.subject for one in only.sets] == [LAMPS] and only.total == Sums(0, 12, 0)
    assert [one.code for one in only.offices] == ["roads"]
    told, true = work_out(MATERIAL, public_count, NOW), work_out(MATERIAL, true_count, NOW)
    assert told.total == Sums(21, 81, 90)
    assert all(
        ours.downloads <= real.downloads
        for (_, ours), (_, real) in zip(told.months, true.months, strict=True)
    )


def ask_of(town: Town, person: Person = NOBODY, **query: str) -> PageAsk:
    """Somebody who opens a page of the town."""
    settings = town.engine.settings(service, "demo")
    return PageAsk("demo", {}, query, {}, {}, person, "ja", town.clock.now(), 1, town.city(person), settings)


@pytest.mark.parametrize(
    ("query", "first", "last", "count"),
    [
        ({}, "2025-12", "2026-11", 12),
        ({"from": "2026-10"}, "2026-10", "2026-11", 2),
        ({"from": "2026-10", "to": "2026-10"}, "2026-10", "2026-10", 1),
        ({"to": "2026-03"}, "2025-04", "2026-03", 12),
        ({"from": "2026-13", "to": "x"}, "2025-12", "2026-11", 12),
        ({"from": "1900-01", "to": "2026-11"}, "2023-12", "2026-11", 36),
        ({"from": "0000-01", "to": "0001-02"}, "0001-01", "0001-02", 2),
        ({"to": "0000-05"}, "2025-12", "2026-11", 12),
    ],
)
def test_the_time_is_said_in_the_address(query: Mapping[str, str], first: str, last: str, count: int) -> None:
    months = months_asked(ask_of(Town(service), **query))
    assert (months[0], months[-1], len(months)) == (first, last, count)


async def open_town() -> Town:
    """A town with a data set that was downloaded 25 times, and a request."""
    town = Town(service, settings={"opendata": Settings(offices=(FIRE, ROADS))})
    made = DataSet(AED, "AED一覧", "AED", records=3, office="fire")

    def planted(_: object) -> Decision[None]:
        return Decision((Change(None, write(made, None, town.clock.now())),), None)

    await town.store.entities.change("demo", (AED,), planted, By("test", "test"))
    rows = [{"way": "Download", "subject": AED, "count": 25, "office": "fire"}]
    await done(town, "keep_use", {"day": "2026-11-22", "rows": rows}, SURVEYOR)
    request = await done(town, "ask_for_data", WISH, CLERK)
    assert request["published"] and READ
    return town


async def test_everybody_sees_round_numbers_and_staff_the_numbers_by_day() -> None:
    town = await open_town()
    public, desk = await show_dashboard(ask_of(town)), await show_use(ask_of(town, CLERK))
    assert isinstance(public, Shown) and isinstance(desk, Shown)
    assert (public.values["total"]["downloads"], desk.values["total"]["downloads"]) == ("20以上", "25")
    assert public.values["days"] == [] and desk.values["days"] == [{"label": "11-22", "value": 25}]
    assert public.values["total"]["requests"] == 1
    told, true = await dashboard_csv(ask_of(town)), await use_csv(ask_of(town, CLERK))
    assert isinstance(told, Plain) and isinstance(true, Plain)
    for file, downloads in ((told, "20"), (true, "25")):
        head, *rows = csv.reader(io.StringIO(file.content.decode("utf-8-sig")))
        assert (len(head), len(rows), rows[0][1], rows[0][3]) == (12, 1, AED, downloads)
    assert "ダウンロード（少なくとも）" in told.content.decode("utf-8-sig")


async def test_the_pages_speak_three_languages_and_the_desk_is_for_staff() -> None:
    app = await portal_of(await open_town())
    reader, clerk = Reader(app), Reader(app)
    for language, words in (("ja", "担当ごと"), ("en", "By office"), ("ja-easy", "たんとうごと")):
        page = (await reader.get(f"/demo/data/dashboard?lang={language}")).text
        assert words in page and "<svg" in page and page.count("<table") >= 4
    assert "20" in page and ">25<" not in page
    for path in ("use", "use.csv"):
        sent_away = await reader.get(f"/demo/opendata/{path}")
        assert (sent_away.status, sent_away.headers["location"]) == (
            303,
            f"/demo/sign-in?next=opendata/{path}",
        )
    await clerk.sign_in("desk", "a long sample password")
    shown = await clerk.get("/demo/opendata/use")
    assert shown.status == 200 and "25" in shown.text and "日ごとの利用" in shown.text
    broken = await reader.get("/demo/data/dashboard?from=2027-01&to=2026-01&lang=ja")
    assert broken.status == 400 and 'class="chart"' not in broken.text and 'class="chart"' in shown.text
    assert "はじめの月をおわりの月より前に" in broken.text.replace("<wbr>", "")
