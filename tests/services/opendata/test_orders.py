"""The order of the columns of a download: that of an edition of the standard where it is known, to the heading; nothing claims it elsewhere."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from importing_hall import Hall, ask_of, disk_source, source

from kaiteki.kit.pages import PageAsk, Versioned
from kaiteki.main.cities import load_city
from kaiteki.main.imports.runner import Options
from kaiteki.model.query import Query
from kaiteki.services.opendata.downloads import files
from kaiteki.services.opendata.downloads.columns import standard_columns
from kaiteki.services.opendata.downloads.described import FURTHER
from kaiteki.services.opendata.model import DataSet
from kaiteki.services.opendata.standard.order import NOBODY_KNOWN, Body, body_of
from kaiteki.services.opendata.standard.table import fold, standard_types

YAIZU = Body("222127", "静岡県焼津市", "静岡県", "焼津市")
ORDERED = {name: kind.order for name, kind in standard_types().items() if kind.order is not None}


async def hall_with(name: str, text: str, as_type: str) -> Hall:
    hall = Hall()
    await hall.bring(source(name, text.encode()), options=Options(as_type=as_type))
    return hall


async def ask(hall: Hall) -> PageAsk:
    """Anybody in 焼津市 asks for the first data set."""
    (first, *_) = (await ask_of(hall).city.find(DataSet, Query(limit=2))).items
    return msgspec.structs.replace(ask_of(hall, {"id": first.id}), town=load_city("yaizu"))


async def whole(reply: Any) -> str:
    assert isinstance(reply, Versioned)
    parts: Any = reply.parts
    return b"".join([part async for part in parts]).decode("utf-8-sig")


async def rows_of(hall: Hall) -> list[list[str]]:
    return list(csv.reader(io.StringIO(await whole(await files.records_csv(await ask(hall))))))


async def described(hall: Hall) -> Any:
    return json.loads(await whole(await files.records_csvw(await ask(hall))))


def official(name: str) -> list[str]:
    return [one.heading for one in ORDERED[name].columns]


def test_every_column_of_an_edition_is_filled_by_an_item_of_its_own() -> None:
    assert {name: len(order.columns) for name, order in ORDERED.items()} == COLUMNS
    for name, order in ORDERED.items():
        kind = standard_types()[name]
        keys = [one.key for one in order.columns]
        assert [key for key in keys if kind.item(key) is None] == []
        assert len(set(keys)) == len(keys)
        for one in order.columns:
            item = kind.item(one.key)
            assert item is not None
            assert fold(one.heading) in {fold(text) for text in (item.label, *item.aliases)}, one.heading


def test_no_two_columns_of_a_type_have_one_heading() -> None:
    for kind in standard_types().values():
        headings = [one.heading for one in standard_columns(kind, ())]
        assert len(headings) == len(set(headings)) == len(kind.items), kind.name


async def test_the_columns_of_the_edition_come_first_and_others_behind_them_are_marked() -> None:
    hall = await hall_with(
        "aed.csv", "NO,名称,住所,緯度,経度,夜間\n1,市役所,本町1,34.8,138.3,夜も可\n", "AED"
    )
    head, row = await rows_of(hall)
    assert head[:22] == official("AED")
    assert (head[-1], row[-1]) == ("夜間", "夜も可")
    assert set(head[22:-1]) == {item.label for item in standard_types()["AED"].items} - set(head[:22]) - {
        item.label
        for item in standard_types()["AED"].items
        if item.key in {one.key for one in ORDERED["AED"].columns}
    }
    told = await described(hall)
    columns = told["tableSchema"]["columns"]
    assert [one["titles"] for one in columns] == head
    assert [one["titles"] for one in columns if one.get("dc:description") == FURTHER] == head[22:]
    assert told["dc:conformsTo"] == ORDERED["AED"].edition.words.ja
    assert (told["url"], told["dialect"]["encoding"]) == ("records.csv", "utf-8")


async def test_what_the_standard_asks_of_the_body_is_filled_and_what_a_record_says_stays() -> None:
    text = "NO,都道府県名,市区町村名,名称,住所,緯度,経度\n1,,,市役所,本町1,34.8,138.3\n2,静岡県,藤枝市,駅,駅前1,34.8,138.3\n"
    _, first, second = await rows_of(await hall_with("aed.csv", text, "AED"))
    assert first[:5] == ["222127", "1", "静岡県", "焼津市", "市役所"]
    assert second[:5] == ["222127", "2", "静岡県", "藤枝市", "駅"]


async def test_of_a_type_whose_order_is_not_known_nothing_claims_one() -> None:
    hall = await hall_with(
        "park.csv", "公園名,住所,緯度,経度,ひとこと\n中央公園,本町1,34.8,138.3,広い\n", "Park"
    )
    head, _ = await rows_of(hall)
    assert head == [*(item.label for item in standard_types()["Park"].items), "ひとこと"]
    told = await described(hall)
    assert "dc:conformsTo" not in told
    assert not any("dc:description" in one for one in told["tableSchema"]["columns"])


def test_a_body_is_named_by_its_prefecture_and_of_a_sample_nothing_is_said() -> None:
    assert body_of(load_city("yaizu")) == YAIZU
    assert body_of(load_city("demo")) == body_of(None) == NOBODY_KNOWN


@pytest.mark.parametrize("name", ORDERED)
async def test_an_empty_table_of_the_edition_comes_back_in_all_its_columns(name: str) -> None:
    """Also where nothing but the name is filled; and what comes out goes in again the same."""
    head = official(name)
    line = ["駅前" if one == "名称" else "" for one in head]
    text = f"{','.join(head)}\n{','.join(line)}\n"
    first = await rows_of(await hall_with("table.csv", text, name))
    assert first[0][: len(head)] == head
    out = io.StringIO()
    csv.writer(out).writerows(first)
    assert await rows_of(await hall_with("table.csv", out.getvalue(), name)) == first


COLUMNS = {
    "EvacuationSite": 26,
    "AED": 22,
    "PublicToilet": 39,
    "PublicFacility": 24,
    "PublicWifi": 18,
    "ChildcareFacility": 28,
}
"""The type, and the columns of its table in the edition that is known."""
OF_A_TOWN = (
    ("公衆トイレ一覧/222127_public_toilet.csv", "PublicToilet"),
    ("AED設置箇所一覧/222127_aed.csv", "AED"),
    ("指定緊急避難場所一覧/222127_evacuation_space.csv", "EvacuationSite"),
    ("子育て施設一覧/222127_preschool.csv", "ChildcareFacility"),
    ("図書館/222127_library.csv", "PublicFacility"),
    ("地域交流センター/222127_community_center.csv", "PublicFacility"),
    ("スポーツ施設/222127_facilities_sports.csv", "PublicFacility"),
)
"""Tables of a town in the columns of a known edition; one of them writes the dash of コード otherwise."""


@pytest.mark.shared
@pytest.mark.parametrize(("path", "name"), OF_A_TOWN)
async def test_a_table_of_a_town_comes_out_under_its_own_header(
    shared_data: Path, path: str, name: str
) -> None:
    file = shared_data / "yaizu" / path
    rows = list(csv.reader(io.StringIO(file.read_bytes().decode("utf-8-sig"))))
    hall = Hall()
    (outcome,) = await hall.bring(disk_source(file))
    assert outcome.tally is not None and outcome.tally.kept == len(rows) - 1
    head, *lines = await rows_of(hall)
    columns = len(rows[0])
    assert head[:columns] == official(name)
    assert [fold(one) for one in rows[0]] == [fold(one) for one in head[:columns]]
    assert name != "PublicToilet" or rows[0] == head[:columns]
    assert not set(head[columns:]) & set(head[:columns])
    asked = [
        at
        for at, one in enumerate(ORDERED[name].columns)
        if one.of or one.key in ("name", "localGovernmentName")
    ]
    assert sorted([line[at] for at in asked] for line in lines) == sorted(
        [line[at] for at in asked] for line in rows[1:]
    )
