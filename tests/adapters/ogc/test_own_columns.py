"""Laws of the columns that a table has beside the standard: each is what its cells are, filters find what a database finds, and layers may use them."""

from __future__ import annotations

import random
import sqlite3
from typing import Any

import msgspec
import pytest
from ogc_client import Client, refused
from test_layer_collections import keep
from tile_reader import needs_reader, read_tiles

from kaiteki.kit.pages import PageAsk
from kaiteki.model.access import NOBODY
from kaiteki.model.query import Query
from kaiteki.model.words import Words
from kaiteki.services.maps.filters import narrowed
from kaiteki.services.maps.in_view import FeatureReader
from kaiteki.services.maps.listed import Wanted, feature_row, features_of
from kaiteki.services.maps.manifest import service as maps
from kaiteki.services.maps.model import Class, Item, MapLayer, Style
from kaiteki.services.maps.settings import Settings
from kaiteki.services.maps.shown import collection_of
from kaiteki.services.maps.signs import signs_of
from kaiteki.services.opendata.importing import Contents
from kaiteki.services.opendata.manifest import service as opendata
from kaiteki.services.opendata.model import DataSet, record_view
from town import MORNING

COUNT = 40
TABLE = "urn:ngsi-ld:DataSet:benches"
ITEMS = "/collections/benches/items"
Lamp = record_view("StreetLight")
NUMBERS = ("3", "４", "1,200", "0", "-2", "10")
HEIGHTS = ("1.5", "2", "0.25", "１０．５")
DAYS = (("令和2年4月1日", "2020-04-01"), ("2021/12/5", "2021-12-05"), ("2019-01-31", "2019-01-31"))
READ = {"3": 3, "４": 4, "1,200": 1200, "0": 0, "-2": -2, "10": 10}
COLUMNS = ("設置台数", "高さ（m）", "設置日", "管理番号", "材質")


def cells(number: int) -> dict[str, str]:
    """What the row of a number says; the last one says something else where its column is a number or a day."""
    told = {
        "設置台数": NUMBERS[number % 6],
        "高さ（m）": HEIGHTS[number % 4],
        "設置日": DAYS[number % 3][0],
        "管理番号": f"{number:04}",
        "材質": "木" if number % 2 else "石's",
    }
    if number == COUNT - 1:
        return {**told, "設置台数": "不明", "高さ（m）": "低い", "設置日": "昭和の頃"}
    return {name: text for name, text in told.items() if (number + len(name)) % 7}


def as_read(number: int) -> list[Any]:
    """The same as a person who knows the columns reads it: None for what does not fit."""
    row = cells(number)
    height = {"1.5": 1.5, "2": 2, "0.25": 0.25, "１０．５": 10.5}.get(row.get("高さ（m）", ""))
    day = dict(DAYS).get(row.get("設置日", ""))
    return [READ.get(row.get("設置台数", "")), height, day, row.get("管理番号"), row.get("材質")]


def layer(**told: Any) -> MapLayer:
    made = MapLayer(id="urn:ngsi-ld:MapLayer:benches", title=Words("ベンチ", "Benches"), collection="benches")
    return msgspec.structs.replace(made, **told)


BY_NUMBER = Style(
    by="設置台数",
    only=True,
    classes=(
        Class("..3", Words("少ない", "Few"), "#112233"),
        Class("3..10", Words("多い", "Many"), "#332211"),
    ),
)


@pytest.fixture
async def client() -> Client:
    one = Client(maps, opendata)
    contents, records = Contents(), list[Any]()
    for number in range(COUNT):
        place = {"type": "Point", "coordinates": [141 + number / 1000, 35.3]}
        record = Lamp(
            id=f"urn:ngsi-ld:StreetLight:{number:02}", data_set=TABLE, location=place, details=cells(number)
        )
        contents.note(record)
        records.append(record)
    assert dict(zip(contents.details, contents.detail_sorts, strict=True)) == {
        "設置台数": "integer",
        "高さ（m）": "decimal",
        "設置日": "date",
        "管理番号": "text",
        "材質": "text",
    }
    table = DataSet(
        id=TABLE,
        title="ベンチ",
        record_type="StreetLight",
        items=contents.items,
        details=contents.details,
        detail_sorts=contents.detail_sorts,
        located=COUNT,
    )
    await keep(one, table, *records)
    return one


async def numbers(client: Client, text: str, path: str = ITEMS) -> list[int]:
    page = await client.told(path, limit="1000", **({"filter": text} if text else {}))
    return [int(one["id"].rpartition(":")[2]) for one in page["features"]]


def draw_filter(draw: random.Random, depth: int = 0) -> str:
    """A filter that is SQL as well."""
    if depth < 2 and draw.random() < 0.4:
        one, other = draw_filter(draw, depth + 1), draw_filter(draw, depth + 1)
        return draw.choice((f"({one} AND {other})", f"({one} OR {other})", f"NOT ({one})"))
    name, value = draw.choice(
        (
            ("設置台数", draw.choice(("3", "0", "-2", "4.5", "1200"))),
            ('"高さ（m）"', draw.choice(("2", "0.25", "1.5", "99"))),
            ("設置日", f"DATE('{draw.choice(DAYS)[1]}')"),
            ("管理番号", f"'{draw.randrange(COUNT):04}'"),
            ("材質", draw.choice(("'木'", "'石''s'"))),
        )
    )
    if draw.random() < 0.2:
        return f"{name} IS {draw.choice(('', 'NOT '))}NULL"
    return f"{name} {draw.choice(('=', '<>', '<', '<=', '>', '>='))} {value}"


async def test_filters_over_columns_find_what_a_database_finds(client: Client) -> None:
    base = sqlite3.connect(":memory:")
    base.execute(
        f"CREATE TABLE bench (id INTEGER, {', '.join(f'{chr(34)}{one}{chr(34)}' for one in COLUMNS)})"
    )
    base.executemany("INSERT INTO bench VALUES (?, ?, ?, ?, ?, ?)", [(n, *as_read(n)) for n in range(COUNT)])
    draw, some = random.Random(7), 0
    collection = await collection_of(client.town.city(), "benches")
    assert collection is not None
    for _ in range(80):
        text = draw_filter(draw)
        wanted = [n for (n,) in base.execute(f"SELECT id FROM bench WHERE {text} ORDER BY id")]
        assert await numbers(client, text) == wanted, text
        query = narrowed(layer(filter=text), collection, Query(limit=COUNT))
        assert query is not None, text
        seen = (await client.town.city().find(collection.declared.view, query)).items
        assert [int(one.id.rpartition(":")[2]) for one in seen] == wanted, text
        some += 0 < len(wanted) < COUNT
    assert some > 40
    base.close()


async def test_the_schema_says_what_the_columns_are_and_features_keep_to_it(client: Client) -> None:
    asked = (await client.told("/collections/benches/queryables"))["properties"]
    assert (asked["設置台数"]["type"], asked["高さ（m）"]["type"]) == ("integer", "number")
    assert (asked["設置日"]["format"], asked["管理番号"]["type"]) == ("date", "string")
    page = await client.told(ITEMS, limit="1000")
    told = {int(one["id"][-2:]): one["properties"] for one in page["features"]}
    assert [told[1][name] for name in COLUMNS] == [
        cells(1).get(name) and value for name, value in zip(COLUMNS, as_read(1), strict=True)
    ]
    assert told[COUNT - 1]["設置台数"] == "不明"
    assert await numbers(client, "設置台数 IS NULL AND 材質 = '木'") == [
        n for n in range(COUNT) if as_read(n)[0] is None and as_read(n)[4] == "木"
    ]
    equal = await client.told(ITEMS, limit="1000", 設置台数="1200")
    assert [int(one["id"][-2:]) for one in equal["features"]] == [
        n for n in range(COUNT) if as_read(n)[0] == 1200
    ]
    assert await refused(client, ITEMS, filter="材質 > 3") == "filter"
    assert await refused(client, ITEMS, filter="電話 = '1'") == "filter"


@needs_reader
async def test_a_layer_is_coloured_by_stretches_of_a_column_wherever_it_is_shown(client: Client) -> None:
    items = (Item("管理番号", Words("番号", "No"), role="title"), Item("設置日", Words("設置", "Since")))
    shown = layer(style=BY_NUMBER, filter='"高さ（m）" > 0.25', items=items)
    await keep(client, shown)
    rows = {n: as_read(n) for n in range(COUNT)}
    kept = [n for n, row in rows.items() if row[0] is not None and row[0] <= 10 and (row[1] or 0) > 0.25]
    few = [n for n in kept if rows[n][0] <= 3]
    assert await numbers(client, "", "/collections/layer_benches/items") == kept
    collection = await collection_of(client.town.city(), "benches")
    assert collection is not None
    query = narrowed(shown, collection, Query(limit=COUNT))
    assert query is not None
    reader = FeatureReader(shown, collection, signs_of(shown, 0), "ja")
    seen = [
        reader.read(one) for one in (await client.town.city().find(collection.declared.view, query)).items
    ]
    assert [int(one.id[-2:]) for one in seen if one.sign and one.sign.words.en == "Few"] == few
    assert len(seen) == len(kept) and all(one.sign is not None for one in seen)
    city = client.town.city(NOBODY)
    ask = PageAsk("demo", {}, {}, {}, {}, NOBODY, "ja", MORNING, 1, city, Settings())
    listed = (await features_of(ask, shown, collection, Wanted())).items
    texts = [[cell["text"] for cell in feature_row(ask, shown, collection, one)[:2]] for one in listed]
    assert texts == [
        [f"{words}　{rows[n][3]}" if rows[n][3] else words, rows[n][2] or "—"]
        for n in kept
        for words in ["少ない" if n in few else "多い"]
    ]
    tile = await client.get("/collections/layer_benches/tiles/WebMercatorQuad/6/25/57")
    (drawn,) = read_tiles([tile.body])
    told = {
        int(one["properties"]["id"][-2:]): one["properties"] for one in drawn["layer_benches"]["features"]
    }
    assert {n: told[n]["設置台数"] for n in kept} == {n: rows[n][0] for n in kept}


async def test_what_is_not_public_of_a_table_is_found_by_no_filter(client: Client) -> None:
    table = await client.town.city().get(DataSet, TABLE)
    assert table is not None
    await keep(client, msgspec.structs.replace(table, details=("材質",), detail_sorts=("text",)))
    assert await refused(client, ITEMS, filter="設置台数 > 3") == "filter"
    collection = await collection_of(client.town.city(), "benches")
    assert collection is not None
    assert narrowed(layer(filter="設置台数 > 3"), collection, Query()) is None
    assert narrowed(layer(filter="材質 = '木'"), collection, Query()) is not None
    await keep(client, layer(filter="設置台数 > 3"))
    assert (await client.get("/collections/layer_benches/items")).status == 404
