"""A feed of public transport comes out as it came in, byte for byte; one with a fault is refused with file, line and field."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Mapping
from typing import Any, BinaryIO

import msgspec
import pytest
from importing_hall import Hall, ask_of, disk_source, source

from kaiteki.kit.pages import Missing, PageReply, Shown, Versioned
from kaiteki.kit.tables import Written
from kaiteki.main.imports.runner import Outcome
from kaiteki.main.imports.targets import LocalTarget
from kaiteki.model.query import Query
from kaiteki.services.opendata.absence import DATA_SET
from kaiteki.services.opendata.downloads.gtfs import FEED as FEED_WORDS
from kaiteki.services.opendata.downloads.gtfs import Replaced, gtfs_zip
from kaiteki.services.opendata.model import DataSet, record_view
from kaiteki.services.opendata.queries import show_data_set
from kaiteki.services.opendata.reading.gtfs import read_gtfs
from kaiteki.services.opendata.reading.source import Unreadable
from kaiteki.services.opendata.transit import feed as feeds
from kaiteki.services.opendata.transit.feed import TransitFeedPart
from kaiteki.services.opendata.transit.validity import FeedInfo, check_feed

FEED: Mapping[str, str] = {
    "agency.txt": "agency_id,agency_name,agency_url,agency_timezone\nA,見本バス,https://bus.example/,Asia/Tokyo\n",
    "agency_jp.txt": "agency_id,agency_official_name\nA,見本バス株式会社\n",
    "stops.txt": "stop_id,stop_name,stop_lat,stop_lon,zone_id,location_type,parent_station\n"
    "S1_1,駅前,35.35,141.02,Z1,0,S1\nS1,駅前,35.35,141.02,,1,\nS2_1,港,35.36,141.03,Z2,0,\n",
    "routes.txt": "route_id,agency_id,route_long_name,route_type,route_color\nR,A,港線,3,FF8800\n",
    "calendar.txt": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
    "平日,1,1,1,1,1,0,0,20260401,20270331\n",
    "calendar_dates.txt": "service_id,date,exception_type\n平日,20260504,2\n",
    "trips.txt": "route_id,service_id,trip_id,shape_id\nR,平日,T1,K\n",
    "stop_times.txt": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
    "T1,24:55:00,24:55:00,S1_1,1\nT1,25:05:00,25:05:00,S2_1,2\n",
    "shapes.txt": "shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence\nK,35.35,141.02,1\nK,35.36,141.03,2\n",
    "fare_attributes.txt": "fare_id,price,currency_type,payment_method,transfers\nF,210,JPY,0,0\n",
    "fare_rules.txt": "fare_id,route_id,origin_id,destination_id\nF,R,Z1,Z2\n",
    "feed_info.txt": "feed_publisher_name,feed_publisher_url,feed_lang,feed_start_date,feed_end_date,feed_version\n"
    "見本市,https://city.example/,ja,20260401,20270331,v7\n",
    "translations.txt": "table_name,field_name,language,translation,field_value\nstops,stop_name,ja-Hrkt,えきまえ,駅前\n",
}
"""A feed of one route and one trip that ends after midnight, as its operator might deliver it."""


def zipped(**changed: str | None) -> bytes:
    """The feed with some of its files in another form, or without them; names without their suffix."""
    told = {**FEED, **{f"{name}.txt": text for name, text in changed.items()}}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in told.items():
            if text is not None:
                file.writestr(zipfile.ZipInfo(name, (2026, 4, 1, 0, 0, 0)), text)
    return out.getvalue()


def fault_of(content: bytes) -> list[tuple[str, int, str, str]]:
    return [
        (one.code, one.line, one.column, one.value) for one in check_feed(source("bus.zip", content)).faults
    ]


async def bring(hall: Hall, content: bytes) -> list[Outcome]:
    return await hall.bring(source("bus.zip", content, folder="見本バス"))


async def sets(hall: Hall) -> dict[str, Any]:
    """The data sets by the types of their records."""
    return {one.record_type: one for one in (await ask_of(hall).city.find(DataSet, Query(limit=10))).items}


async def page(hall: Hall, kind: str = "BusStop") -> PageReply:
    return await gtfs_zip(ask_of(hall, {"id": (await sets(hall))[kind].id}))


async def whole(reply: PageReply) -> bytes:
    assert isinstance(reply, Versioned) and not isinstance(reply.parts, Written), reply
    return b"".join([part async for part in reply.parts])


async def test_what_came_in_comes_out_and_its_stops_and_routes_are_data_sets(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(feeds, "PART_BYTES", 500)
    hall, content = Hall(), zipped()
    outcomes = await bring(hall, content)
    assert [one.fault for one in outcomes] == [None, None]
    kept = await sets(hall)
    assert set(kept) == {"BusStop", "BusRoute"}
    for kind in kept:
        reply = await page(hall, kind)
        assert isinstance(reply, Versioned) and (reply.media_type, reply.packs) == ("application/zip", False)
        assert await whole(reply) == content
    stops = (await ask_of(hall).city.find(record_view("BusStop"), Query(limit=10))).items
    assert sorted(one.name for one in stops) == ["港", "駅前", "駅前"]
    shown = await show_data_set(ask_of(hall, {"id": kept["BusStop"].id}))
    assert isinstance(shown, Shown)
    assert "見本市、版 v7、2026-04-01 〜 2027-03-31" in shown.values["feed_told"]
    assert "gtfs.zip" in {row[0]["href"].rpartition("/")[2] for row in shown.values["offer_rows"]}


async def test_an_edition_has_a_version_of_its_own_and_the_old_one_goes() -> None:
    hall = Hall()
    await bring(hall, zipped())
    first = await page(hall)
    await bring(hall, zipped())
    same = await page(hall)
    assert isinstance(first, Versioned) and isinstance(same, Versioned)
    assert (same.tag, same.changed_at) == (first.tag, first.changed_at)
    news = zipped(feed_info=FEED["feed_info.txt"].replace("v7", "v8"))
    await bring(hall, news)
    second = await page(hall)
    assert isinstance(second, Versioned) and second.tag != first.tag
    assert await whole(second) == news
    parts = (await ask_of(hall).city.find(TransitFeedPart, Query(limit=10))).items
    assert len(parts) == 1
    # who still reads the old edition gets no mixture of both
    with pytest.raises(Replaced):
        await whole(first)


async def test_a_refused_edition_leaves_what_was_published_and_its_tables_come_in() -> None:
    hall, good = Hall(), zipped()
    await bring(hall, good)
    outcomes = await bring(hall, zipped(trips="route_id,service_id,trip_id\nX,平日,T1\n"))
    assert [one.fault and one.fault.code for one in outcomes] == [None, None, "gtfs_reference"]
    assert [
        (i.code, i.line, i.column, i.value) for _, i in hall.screen.issues if i.code.startswith("gtfs")
    ] == [("gtfs_reference", 2, "trips.txt route_id", "X")]
    assert await whole(await page(hall)) == good
    other = Hall()
    await bring(other, zipped(feed_info=None))
    without = await page(other)
    assert isinstance(without, Missing) and without.what == FEED_WORDS
    assert (await sets(other))["BusStop"].records == 3
    nothing = await gtfs_zip(ask_of(other, {"id": "urn:ngsi-ld:DataSet:none"}))
    assert isinstance(nothing, Missing) and nothing.what == DATA_SET


async def test_what_is_kept_otherwise_than_it_was_checked_is_not_sent() -> None:
    hall = Hall()
    await bring(hall, zipped())
    (part,) = (await ask_of(hall).city.find(TransitFeedPart, Query(limit=10))).items
    target = LocalTarget(hall.store.entities, hall.clock, hall.area)
    await target.keep([TransitFeedPart(part.id, part.feed, 0, "AAAA")])
    with pytest.raises(Replaced):
        await whole(await page(hall))


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("stops", "35.35,141.02,Z1", "95.35,141.02,Z1", ("gtfs_value_wrong", 2, "stops.txt stop_lat", "95.35")),
        ("stops", "港,35.36", ",35.36", ("gtfs_value_missing", 4, "stops.txt stop_name", "")),
        ("stops", "Z1,0,S1", "Z1,0,S9", ("gtfs_reference", 2, "stops.txt parent_station", "S9")),
        ("stops", "S2_1,港", "S1,港", ("gtfs_twice", 4, "stops.txt stop_id", "S1")),
        ("routes", "FF8800", "orange", ("gtfs_value_wrong", 2, "routes.txt route_color", "orange")),
        ("routes", "route_type", "kind", ("gtfs_column_missing", 1, "routes.txt route_type", "")),
        ("routes", "港線", "", ("gtfs_value_missing", 2, "routes.txt route_long_name", "")),
        ("calendar", "20260401", "20260431", ("gtfs_value_wrong", 2, "calendar.txt start_date", "20260431")),
        ("calendar", "20260401", "20280401", ("gtfs_order", 2, "calendar.txt end_date", "20270331")),
        ("calendar_dates", ",2\n", ",3\n", ("gtfs_value_wrong", 2, "calendar_dates.txt exception_type", "3")),
        ("trips", "平日,T1", "土曜,T1", ("gtfs_reference", 2, "trips.txt service_id", "土曜")),
        ("trips", "T1,K", "T1,L", ("gtfs_reference", 2, "trips.txt shape_id", "L")),
        ("stop_times", "25:05:00,25:05:00", "24:05:00,24:05:00", ("gtfs_order", 3, "stop_times.txt arrival_time", "T1")),
        ("stop_times", "24:55:00,24:55:00", "24:55:00,", ("gtfs_value_missing", 2, "stop_times.txt departure_time", "T1")),
        ("stop_times", "S2_1,2", "S2_1,1", ("gtfs_twice", 3, "stop_times.txt stop_sequence", "T1")),
        ("stop_times", "S2_1,2", "S2_1,2,9", ("gtfs_cells", 3, "stop_times.txt", "6")),
        ("fare_rules", "Z2", "Z3", ("gtfs_reference", 2, "fare_rules.txt destination_id", "Z3")),
        ("fare_attributes", "210", "二百円", ("gtfs_value_wrong", 2, "fare_attributes.txt price", "二百円")),
        ("feed_info", "20270331", "20250331", ("gtfs_order", 2, "feed_info.txt feed_end_date", "20250331")),
    ],
)  # fmt: skip
def test_a_fault_is_named_by_file_line_and_field(
    file: str, old: str, new: str, told: tuple[str, int, str, str]
) -> None:
    text = FEED[f"{file}.txt"]
    assert text.count(old) >= 1
    assert told in fault_of(zipped(**{file: text.replace(old, new)}))


def test_files_and_letters_are_those_of_the_format() -> None:
    assert fault_of(zipped()) == []
    assert fault_of(zipped(drivers="name\n山田\n")) == [("gtfs_unknown_file", 0, "drivers.txt", "")]
    for name in ("agency", "stop_times", "fare_attributes", "translations"):
        assert ("gtfs_file_missing", 0, f"{name}.txt", "") in fault_of(zipped(**{name: None}))
    # what the Japanese format alone asks for, a feed of GTFS may leave out
    plain = zipped(agency_jp=None, fare_attributes=None, fare_rules=None, translations=None, feed_info=None)
    assert fault_of(plain) == []
    assert [one[0] for one in fault_of(zipped(calendar=None, calendar_dates=None))][:1] == [
        "gtfs_file_missing"
    ]
    extra = check_feed(
        source("bus.zip", zipped(agency="agency_id,agency_name,agency_url,agency_timezone,memo\nA,a,b,c,d\n"))
    )
    assert (extra.faults, [one.column for one in extra.notes]) == ((), ["agency.txt memo"])
    assert extra.info == FeedInfo("見本市", "v7", "2026-04-01", "2027-03-31")
    assert [one[0] for one in fault_of(b"PK no zip")] == ["broken_zip"]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, text in FEED.items():
            file.writestr(name, text.encode("cp932") if name == "stops.txt" else text)
    assert ("gtfs_unreadable", 0, "stops.txt") in {one[:3] for one in fault_of(out.getvalue())}


def damaged(whole: bytes, seed: int) -> bytes:
    """An archive with one to four bytes that are others, most of them in its directory."""
    source, content = random.Random(seed), bytearray(whole)
    for _ in range(source.choice((1, 1, 2, 4))):
        last = min(len(content), 2_000) if source.random() < 0.6 else len(content)
        content[-1 - source.randrange(last)] = source.choice((0, 255, source.randrange(256)))
    return bytes(content)


def test_of_a_damaged_archive_it_is_said_that_it_is_one_wherever_the_damage_lies() -> None:
    whole = zipped()
    for seed in range(300):
        feed = source("bus.zip", damaged(whole, seed))
        check_feed(feed)
        try:
            tables = read_gtfs(feed)
        except Unreadable as error:
            assert error.issue.code in ("broken_zip", "no_stops")
        else:
            for table in tables:
                assert all(one.broken is None or one.broken.code == "broken_zip" for one in table.rows())


def test_a_member_behind_a_password_or_outside_of_the_archive_is_damage() -> None:
    locked = bytearray(zipped())
    locked[locked.index(b"PK\x01\x02") + 8] |= 1
    outside = bytearray(zipped())
    at = outside.index(b"PK\x01\x02") + 42
    outside[at : at + 4] = (0x7FFF_FFFF).to_bytes(4, "little")
    assert [(one[0], one[3]) for content in (locked, outside) for one in fault_of(bytes(content))] == [
        ("broken_zip", "agency.txt needs a password"),
        ("broken_zip", "agency.txt lies outside of the archive"),
    ]


@pytest.mark.parametrize("bug", [ValueError, LookupError, RuntimeError])
def test_a_bug_is_no_damaged_archive(bug: type[Exception]) -> None:
    def opened() -> BinaryIO:
        raise bug("of whoever opens the file")

    feed = msgspec.structs.replace(source("bus.zip", zipped()), open=opened)
    for read in (check_feed, read_gtfs):
        with pytest.raises(bug, match="of whoever opens the file"):
            read(feed)


@pytest.mark.shared
async def test_real_feeds_come_out_as_they_came_in(shared_data: Any) -> None:
    for name in ("donan-bus-gtfs-jp.zip", "kobe-subway-gtfs.zip"):
        hall, path = Hall(), shared_data / "gtfs" / name
        outcomes = await hall.bring(disk_source(path))
        assert [one.fault for one in outcomes] == [None, None], name
        kind = "BusStop" if "bus" in name else "RailwayStop"
        assert await whole(await page(hall, kind)) == path.read_bytes()
