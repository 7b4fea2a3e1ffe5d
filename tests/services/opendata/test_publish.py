"""Downloads come whole and in order, a page at a time: a data set of any size takes the memory of one page."""

from __future__ import annotations

import csv
import gc
import io
import json
from typing import Any

from importing_hall import Hall, source

from kaiteki.kit.city import Cities
from kaiteki.kit.engine import Asking, Engine
from kaiteki.kit.files.darkroom import Darkroom
from kaiteki.kit.pages import Missing, PageAsk, PageReply, Streamed
from kaiteki.model.access import NOBODY
from kaiteki.model.query import Query
from kaiteki.services.opendata import publish
from kaiteki.services.opendata.manifest import service
from kaiteki.services.opendata.model import DataSet, record_view

AED = record_view("AED")
COUNT = publish.RECORDS_HELD_MAX * 2 + 203
LAST = COUNT - 1


async def town_with(count: int) -> Hall:
    """A town with so many AEDs, the last of them with a column of its own, and one toilet."""
    rows = [f"{n:05},機器{n},本町{n},35.6,140.1,{'夜も可' if n == count - 1 else ''}" for n in range(count)]
    aed = "NO,名称,住所,緯度,経度,夜間\n" + "\n".join(rows)
    toilet = "NO,名称,住所,緯度,経度,男性トイレ総数\n1,駅前,本町,35.6,140.1,3\n"
    hall = Hall()
    await hall.bring(source("aed.csv", aed.encode()), source("toilet.csv", toilet.encode()))
    return hall


def ask_of(hall: Hall, path: dict[str, str] | None = None, query: dict[str, str] | None = None) -> PageAsk:
    """Anybody asks."""
    engine = Engine(hall.store.entities, hall.clock, (service,))
    darkroom = Darkroom(engine, hall.store.files, hall.store.received)
    return PageAsk(
        area=hall.area,
        path=path or {},
        query=query or {},
        fields={},
        files={},
        person=NOBODY,
        language="ja",
        now=hall.clock.now(),
        seed=1,
        city=Cities(engine, darkroom).of(Asking(hall.area)),
    )


async def data_ask(hall: Hall) -> PageAsk:
    """Anybody asks for the AEDs."""
    ask = ask_of(hall)
    found = (await ask.city.find(DataSet, Query(limit=10))).items
    return ask_of(hall, {"id": next(one.id for one in found if one.record_type == "AED")})


def streamed(reply: PageReply) -> Streamed:
    assert isinstance(reply, Streamed)
    return reply


async def whole(reply: PageReply) -> bytes:
    return b"".join([part async for part in streamed(reply).parts])


async def test_many_records_come_whole_and_in_order_and_few_are_held_at_once() -> None:
    ask = await data_ask(await town_with(COUNT))
    table, features = await publish.data_csv(ask), await publish.data_geojson(ask)
    parts: list[bytes] = []
    held: list[int] = []
    for reply in (table, features):
        async for part in streamed(reply).parts:
            parts.append(part)
            held.append(sum(type(one) is AED for one in gc.get_objects()))
    assert publish.RECORDS_HELD_MAX <= max(held) <= 2 * publish.RECORDS_HELD_MAX
    assert len(parts) == (1 + 3) + (1 + 3 + 1)
    rows = list(csv.DictReader(io.StringIO(b"".join(parts[:4]).decode("utf-8-sig"))))
    names = [f"機器{n}" for n in range(COUNT)]
    assert [row["名称"] for row in rows] == names
    assert [row["夜間"] for row in rows if row["夜間"]] == [rows[LAST]["夜間"]] == ["夜も可"]
    collection: Any = json.loads(b"".join(parts[4:]))
    assert [one["properties"]["name"] for one in collection["features"]] == names


async def test_a_download_of_the_finder_holds_every_type_that_was_found() -> None:
    hall = await town_with(3)
    body = await whole(await publish.places_csv(ask_of(hall, query={"kind": ""})))
    rows = list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"))))
    assert [(r["名称"], r["男性トイレ総数"], r["夜間"]) for r in rows] == [
        ("機器0", "", ""),
        ("機器1", "", ""),
        ("機器2", "", "夜も可"),
        ("駅前", "3", ""),
    ]
    collection = json.loads(await whole(await publish.places_geojson(ask_of(hall, query={"kind": ""}))))
    assert [one["properties"]["type"] for one in collection["features"]] == ["AED"] * 3 + ["PublicToilet"]


async def test_nothing_found_is_a_head_without_lines_and_a_collection_without_features() -> None:
    hall = await town_with(1)
    nothing = ask_of(hall, query={"kind": "Park"})
    assert (await whole(await publish.places_csv(nothing))).decode("utf-8-sig").strip() == ""
    empty = json.loads(await whole(await publish.places_geojson(nothing)))
    assert empty == {"type": "FeatureCollection", "features": []}
    assert await publish.data_csv(ask_of(hall, {"id": "urn:ngsi-ld:DataSet:none"})) == Missing()


async def test_what_was_imported_runs_in_no_spreadsheet_and_keeps_its_honest_values() -> None:
    hall = Hall()
    name, own = '=HYPERLINK("https://example.org")', "@SUM(1)"
    table = (
        "NO,名称,住所,緯度,経度,電話番号,=memo,深さの値\n"
        + f'1,"{name.replace(chr(34), chr(34) * 2)}",本町,35.6,140.1,+81 43-245-5111,{own},-3\n'
    )
    await hall.bring(source("aed.csv", table.encode()))
    body = (await whole(await publish.data_csv(await data_ask(hall)))).decode("utf-8-sig")
    ((head, row),) = [list(csv.reader(io.StringIO(body)))]
    cells = dict(zip(head, row, strict=True))
    assert (cells["名称"], cells["'=memo"]) == (f"'{name}", f"'{own}")
    assert (cells["深さの値"], cells["電話番号"]) == ("-3", "+8143-245-5111"), cells
