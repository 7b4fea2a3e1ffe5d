"""The columns of a download are those of an edition of the standard where they are known, to the heading; nothing claims it elsewhere."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from importing_hall import Hall, ask_of, disk_source, source

from kaiteki.kit.pages import Declined, PageAsk, Versioned
from kaiteki.main.cities import load_city
from kaiteki.main.imports.runner import Options
from kaiteki.model.headings import fold
from kaiteki.model.query import Query
from kaiteki.services.opendata.downloads import files
from kaiteki.services.opendata.downloads.columns import standard_columns
from kaiteki.services.opendata.downloads.described import FURTHER
from kaiteki.services.opendata.model import DataSet
from kaiteki.services.opendata.standard.body import NOBODY_KNOWN, Body, body_of, body_of_table
from kaiteki.services.opendata.standard.order import Order
from kaiteki.services.opendata.standard.table import standard_types

YAIZU = Body("222127", "静岡県焼津市", "静岡県", "焼津市")
ORDERED = {
    (name, order.edition.name): order for name, kind in standard_types().items() for order in kind.orders
}
COLUMNS = {
    ("EvacuationSite", "municipal"): 39,
    ("EvacuationSite", "recommended"): 26,
    ("AED", "recommended"): 22,
    ("PublicToilet", "municipal"): 39,
    ("PublicToilet", "recommended"): 32,
    ("PublicFacility", "recommended"): 24,
    ("Event", "recommended"): 32,
    ("CulturalProperty", "recommended"): 34,
    ("PublicWifi", "recommended"): 18,
    ("MedicalInstitution", "recommended"): 26,
    ("CareFacility", "recommended"): 22,
    ("ChildcareFacility", "recommended"): 28,
    ("FireHydrant", "municipal"): 16,
    ("FireHydrant", "recommended"): 11,
    ("TourismFacility", "recommended"): 30,
    ("RegionalPopulation", "recommended"): 47,
    ("OpenDataListing", "recommended"): 15,
}
"""The type and the edition, and the columns of its table there."""
SAID: dict[str, str] = {
    "緯度": "34.866891",
    "経度": "138.323217",
    "市区町村コード": "222127",
    "全国地方公共団体コード": "222127",
    "都道府県コード又は市区町村コード": "222127",
    "地方公共団体名": "静岡県焼津市",
    "都道府県名": "静岡県",
    "市区町村名": "焼津市",
    "所在地_都道府県": "静岡県",
    "所在地_市区町村": "焼津市",
}
"""Cells whose examples would belong to different towns or places, or to none."""


async def hall_with(name: str, text: str, as_type: str = "", **options: Any) -> Hall:
    hall = Hall()
    await hall.bring(source(name, text.encode()), options=Options(as_type=as_type, **options))
    return hall


async def ask(hall: Hall, **query: str) -> PageAsk:
    """Anybody in 焼津市 asks for the first data set."""
    (first, *_) = (await ask_of(hall).city.find(DataSet, Query(limit=2))).items
    asked = msgspec.structs.replace(ask_of(hall, {"id": first.id}), town=load_city("yaizu"))
    return msgspec.structs.replace(asked, query=query)


async def whole(reply: Any) -> str:
    assert isinstance(reply, Versioned)
    parts: Any = reply.parts
    return b"".join([part async for part in parts]).decode("utf-8-sig")


async def rows_of(hall: Hall, **query: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(await whole(await files.records_csv(await ask(hall, **query))))))


async def described(hall: Hall) -> Any:
    return json.loads(await whole(await files.records_csvw(await ask(hall))))


def headings(order: Order) -> list[str]:
    return [one.heading for one in order.columns]


def official(name: str, edition: str = "recommended") -> list[str]:
    return headings(ORDERED[name, edition])


def written(rows: list[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


def example(name: str, order: Order) -> list[str]:
    """A row of the table with something in every cell."""
    kind = standard_types()[name]
    items = [kind.item(one.key) for one in order.columns]
    return [
        SAID.get(one.heading) or (item.example if item is not None else "") or f"{one.heading}です"
        for one, item in zip(order.columns, items, strict=True)
    ]


def test_every_column_of_an_edition_is_filled_by_an_item_of_its_own() -> None:
    assert {one: len(order.columns) for one, order in ORDERED.items()} == COLUMNS
    for (name, _), order in ORDERED.items():
        kind = standard_types()[name]
        keys, there = [one.key for one in order.columns], headings(order)
        assert [key for key in keys if kind.item(key) is None] == []
        assert len(set(keys)) == len(keys)
        assert len({fold(one) for one in there}) == len(there)
        assert order.known_from
        assert order.table == kind.category


def test_no_two_columns_of_a_type_have_one_heading() -> None:
    for kind in standard_types().values():
        for order in (None, *kind.orders):
            there = [one.heading for one in standard_columns(kind, (), order)]
            assert len(there) == len(set(there)) == len(kind.items), kind.name


@pytest.mark.parametrize(("name", "edition"), ORDERED)
async def test_a_table_in_the_order_of_an_edition_comes_back_as_it_was(name: str, edition: str) -> None:
    """Exactly its columns, in its order, and the same text in every cell."""
    order = ORDERED[name, edition]
    rows = [headings(order), example(name, order)]
    assert await rows_of(await hall_with("table.csv", written(rows), name)) == rows


@pytest.mark.parametrize(("name", "edition"), ORDERED)
async def test_an_empty_table_of_an_edition_comes_back_in_all_its_columns(name: str, edition: str) -> None:
    """Also where nothing but the name is filled; and what comes out goes in again the same."""
    order = ORDERED[name, edition]
    filled = {"name": "駅前", "category": "消火栓"}
    line = [filled.get(one.key, "") for one in order.columns]
    first = await rows_of(await hall_with("table.csv", written([headings(order), line]), name))
    assert (first[0], len(first)) == (headings(order), 2)
    assert await rows_of(await hall_with("table.csv", written(first), name)) == first


@pytest.mark.parametrize("name", [name for name, edition in ORDERED if edition == "municipal"])
async def test_a_table_can_be_had_in_the_other_edition_as_well(name: str) -> None:
    order, other = ORDERED[name, "municipal"], ORDERED[name, "recommended"]
    hall = await hall_with("table.csv", written([headings(order), example(name, order)]), name)
    head, row = await rows_of(hall, edition="recommended")
    assert head[: len(other.columns)] == headings(other)
    own = dict(zip([one.key for one in order.columns], example(name, order), strict=True))
    got = dict(zip([one.key for one in other.columns], row, strict=False))
    both = own.keys() & got.keys()
    assert {key: got[key] for key in both} == {key: own[key] for key in both}
    assert (await rows_of(hall, edition="municipal"))[0] == headings(order)


async def test_an_edition_that_is_not_known_of_a_table_is_refused_by_name() -> None:
    hall = await hall_with("aed.csv", "NO,名称,住所,緯度,経度\n1,市役所,本町1,34.8,138.3\n", "AED")
    for query in ({"edition": "municipal"}, {"edition": "recommended", "headings": "file"}):
        reply = await files.records_csv(await ask(hall, **query))
        assert isinstance(reply, Declined)
        assert (reply.status, [one.field for one in reply.faults]) == (422, ["edition"])
    for unread in ("2030", ""):
        reply = await files.records_csv(await ask(hall, edition=unread))
        assert isinstance(reply, Declined)
        assert (reply.status, [one.field for one in reply.faults]) == (400, ["edition"])


async def test_a_table_comes_out_in_the_edition_that_most_of_its_headings_are_of() -> None:
    old = "NO,名称,住所,緯度,経度,市区町村名,多機能トイレ数\n1,駅前,本町1,34.8,138.3,焼津市,1\n"
    new = "ID,名称,所在地_連結表記,緯度,経度,バリアフリートイレ数\n1,駅前,本町1,34.8,138.3,1\n"
    for text, edition in ((old, "recommended"), (new, "municipal")):
        head, _ = await rows_of(await hall_with("toilets.csv", text, "PublicToilet"))
        assert head == official("PublicToilet", edition)


async def test_what_the_edition_lacks_stands_behind_it_and_is_marked() -> None:
    text = "NO,名称,住所,緯度,経度,夜間,FAX番号\n1,市役所,本町1,34.8,138.3,夜も可,054-626-1111\n"
    hall = await hall_with("aed.csv", text, "AED")
    head, row = await rows_of(hall)
    assert head == [*official("AED"), "FAX番号", "夜間"]
    assert row[22:] == ["054-626-1111", "夜も可"]
    told = await described(hall)
    columns = told["tableSchema"]["columns"]
    assert [one["titles"] for one in columns] == head
    assert [one["titles"] for one in columns if one.get("dc:description") == FURTHER] == head[22:]
    assert told["dc:conformsTo"] == ORDERED["AED", "recommended"].edition.words.ja
    assert (told["url"], told["dialect"]["encoding"]) == ("records.csv", "utf-8")


async def test_of_a_type_whose_order_is_not_known_nothing_claims_one() -> None:
    hall = await hall_with(
        "park.csv", "公園名,住所,緯度,経度,ひとこと\n中央公園,本町1,34.8,138.3,広い\n", "Park"
    )
    head, _ = await rows_of(hall)
    assert head == [*(item.label for item in standard_types()["Park"].items), "ひとこと"]
    told = await described(hall)
    assert "dc:conformsTo" not in told
    assert not any("dc:description" in one for one in told["tableSchema"]["columns"])


ROWS = (
    ("1,,,,", "222127,1,静岡県,焼津市"),
    ("2,,静岡県,焼津市,", "222127,2,静岡県,焼津市"),
    ("3,,静岡県,藤枝市,", ",3,静岡県,藤枝市"),
    ("4,222143,,,", "222143,4,静岡県,"),
    ("5,22212,,,", "22212,5,静岡県,焼津市"),
)
"""NO, code, prefecture and city of a record, and what stands in the four columns of the body."""


async def test_cells_of_the_body_are_the_areas_where_a_record_says_nothing_else() -> None:
    lines = [f"{told}駅{at},駅前{at},34.8{at},138.3" for at, (told, _) in enumerate(ROWS)]
    text = "\n".join(("NO,市区町村コード,都道府県名,市区町村名,名称,住所,緯度,経度", *lines, ""))
    _, *rows = await rows_of(await hall_with("aed.csv", text, "AED"))
    assert sorted(",".join(row[:4]) for row in rows) == sorted(shown for _, shown in ROWS)


async def test_a_table_of_another_body_never_gets_the_areas_own_code_or_name() -> None:
    text = "NO,名称,住所,緯度,経度\n1,駅,駅前1,34.8,138.3\n"
    for stated, shown in (
        ("藤枝市", ["", "1", "", ""]),
        ("焼津市 防災課", ["222127", "1", "静岡県", "焼津市"]),
    ):
        _, row = await rows_of(await hall_with("aed.csv", text, "AED", source=stated))
        assert row[:4] == shown
    site = "ID,名称,所在地_連結表記,緯度,経度,地方公共団体名\n1,駅,駅前1,34.8,138.3,静岡県藤枝市\n"
    hall = await hall_with("site.csv", site, "EvacuationSite")
    head, row = await rows_of(hall, edition="municipal")
    assert (row[0], row[22], row[23]) == ("", "", "静岡県藤枝市")
    head, row = await rows_of(hall, edition="recommended")
    assert dict(zip(head, row, strict=True))["市区町村名"] == "藤枝市"


def test_a_body_is_named_by_its_prefecture_and_of_a_sample_nothing_is_said() -> None:
    assert body_of(load_city("yaizu")) == YAIZU
    assert body_of(load_city("demo")) == body_of(None) == NOBODY_KNOWN


@pytest.mark.parametrize(
    ("stated", "is_own"),
    [
        ("", True),
        ("焼津市", True),
        ("静岡県焼津市オープンデータ", True),
        ("（焼津市）危機管理課", True),
        ("藤枝市", False),
        ("静岡県", False),
        ("国土地理院", False),
        ("新焼津市", False),
    ],
)
def test_a_table_is_the_areas_own_where_its_source_names_nobody_else(stated: str, is_own: bool) -> None:
    assert body_of_table(stated, load_city("yaizu")) == (YAIZU if is_own else NOBODY_KNOWN)


OF_A_TOWN = (
    ("公衆トイレ一覧/222127_public_toilet.csv", "PublicToilet", "municipal"),
    ("AED設置箇所一覧/222127_aed.csv", "AED", "recommended"),
    ("指定緊急避難場所一覧/222127_evacuation_space.csv", "EvacuationSite", "recommended"),
    ("子育て施設一覧/222127_preschool.csv", "ChildcareFacility", "recommended"),
    ("図書館/222127_library.csv", "PublicFacility", "recommended"),
    ("地域交流センター/222127_community_center.csv", "PublicFacility", "recommended"),
    ("スポーツ施設/222127_facilities_sports.csv", "PublicFacility", "recommended"),
    ("焼津観光マップ/222127_tourism.csv", "TourismFacility", "recommended"),
    ("宿泊/222127_tourism_accommodations.csv", "TourismFacility", "recommended"),
)
"""Tables of a town in the columns of a known edition; one of them writes the dash of コード otherwise, two have columns of their own."""


@pytest.mark.shared
@pytest.mark.parametrize(("path", "name", "edition"), OF_A_TOWN)
async def test_a_table_of_a_town_comes_out_under_its_own_header(
    shared_data: Path, path: str, name: str, edition: str
) -> None:
    file, order = shared_data / "yaizu" / path, ORDERED[name, edition]
    rows = list(csv.reader(io.StringIO(file.read_bytes().decode("utf-8-sig"))))
    columns = len(order.columns)
    hall = Hall()
    (outcome,) = await hall.bring(disk_source(file))
    assert outcome.tally is not None and outcome.tally.kept == len(rows) - 1
    head, *lines = await rows_of(hall)
    assert head[:columns] == headings(order)
    assert [fold(one) for one in rows[0][:columns]] == [fold(one) for one in head[:columns]]
    assert (head == headings(order)) == (len(rows[0]) == columns)
    assert not set(head[columns:]) & set(head[:columns])
    asked = [
        at for at, one in enumerate(order.columns) if one.of or one.key in ("name", "localGovernmentName")
    ]
    assert sorted([line[at] for at in asked] for line in lines) == sorted(
        [line[at].strip() for at in asked] for line in rows[1:]
    )
