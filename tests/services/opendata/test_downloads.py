"""Downloads of a data set: whole and in order, in the columns of the standard, a page at a time, the same again after a round trip."""

from __future__ import annotations

import csv
import gc
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from importing_hall import Hall, ask_of, disk_source, source

from kaiteki.kit.pages import Declined, Missing, PageAsk, PageReply, Versioned
from kaiteki.main.imports.runner import Options
from kaiteki.model.query import Query
from kaiteki.services.opendata.downloads import files
from kaiteki.services.opendata.downloads.features import wound
from kaiteki.services.opendata.downloads.records import RECORDS_HELD_MAX
from kaiteki.services.opendata.model import DataSet, record_view

AED = record_view("AED")
COUNT = RECORDS_HELD_MAX * 2 + 203
HEAD = "NO,名称,住所,緯度,経度,夜間"


def aeds(count: int) -> str:
    """A table with so many AEDs, the last of them with a column of its own."""
    last = count - 1
    rows = [f"{n:05},機器{n},本町{n},35.6,140.1,{'夜も可' if n == last else ''}" for n in range(count)]
    return "\n".join((HEAD, *rows)) + "\n"


async def hall_with(text: str, options: Options | None = None, name: str = "aed.csv") -> Hall:
    hall = Hall()
    await hall.bring(source(name, text.encode()), options=options)
    return hall


async def data_sets(hall: Hall) -> list[Any]:
    return list((await ask_of(hall).city.find(DataSet, Query(limit=1000))).items)


async def ask(hall: Hall, query: Mapping[str, str] | None = None) -> PageAsk:
    """Anybody asks for the first data set."""
    (first, *_) = await data_sets(hall)
    return ask_of(hall, {"id": first.id}, query)


def file(reply: PageReply) -> Versioned:
    assert isinstance(reply, Versioned), reply
    return reply


async def whole(reply: PageReply) -> bytes:
    return b"".join([part async for part in file(reply).parts])


async def csv_of(hall: Hall, **query: str) -> str:
    return (await whole(await files.records_csv(await ask(hall, query)))).decode("utf-8-sig")


def cells(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


async def test_many_records_come_whole_and_in_order_and_few_are_held_at_once() -> None:
    asking = await ask(await hall_with(aeds(COUNT)))
    table, features = await files.records_csv(asking), await files.records_geojson(asking)
    parts: list[bytes] = []
    held: list[int] = []
    for reply in (table, features):
        async for part in file(reply).parts:
            parts.append(part)
            held.append(sum(type(one) is AED for one in gc.get_objects()))
    assert RECORDS_HELD_MAX <= max(held) <= 2 * RECORDS_HELD_MAX
    assert len(parts) == (1 + 3) + (1 + 3 + 1)
    rows = cells(b"".join(parts[:4]).decode("utf-8-sig"))
    names = [f"機器{n}" for n in range(COUNT)]
    assert [row["名称"] for row in rows] == names
    assert [row["夜間"] for row in rows if row["夜間"]] == [rows[-1]["夜間"]] == ["夜も可"]
    collection: Any = json.loads(b"".join(parts[4:]))
    assert [one["properties"]["name"] for one in collection["features"]] == names
    lined = (await whole(await files.records_jsonl(asking))).splitlines()
    assert [json.loads(line) for line in lined] == collection["features"]


async def test_a_cell_that_is_not_of_its_kind_stands_in_its_column_as_it_was_written() -> None:
    hall = await hall_with(
        "名称,住所,想定収容人数,収容人数の備考\n一小,本町1,約100人,夏まで\n", Options("Shelter"), "避難所.csv"
    )
    (row,) = cells(await csv_of(hall))
    assert (row["想定収容人数"], row["収容人数の備考"]) == ("約100人", "夏まで")
    told = json.loads(await whole(await files.records_csvw(await ask(hall))))
    kinds = {one["titles"]: one["datatype"] for one in told["tableSchema"]["columns"]}
    assert (kinds["想定収容人数"], kinds["緯度"]) == ("string", "number")


async def test_the_headings_of_the_file_come_back_in_its_order() -> None:
    text = "施設名,緯度,経度,ひとこと,所在地\n駅前,35.6,140.1,○,本町1\n"
    hall = await hall_with(text)
    assert (await csv_of(hall, headings="file")).replace("\r\n", "\n") == text


async def test_encodings_and_marks_are_as_asked_and_what_shift_jis_lacks_is_refused() -> None:
    hall = await hall_with(aeds(3))
    with_mark = await whole(await files.records_csv(await ask(hall)))
    without = await whole(await files.records_csv(await ask(hall, {"bom": "0"})))
    windows = await files.records_csv(await ask(hall, {"encoding": "Shift_JIS"}))
    assert with_mark == b"\xef\xbb\xbf" + without
    assert (await whole(windows)).decode("cp932") == without.decode()
    assert "windows-31j" in file(windows).media_type
    foreign = await hall_with("名称,住所\n𠮷野屋前,本町\n")
    refused = await files.records_csv(await ask(foreign, {"encoding": "shift_jis"}))
    assert isinstance(refused, Declined)
    assert (refused.status, refused.faults[0].field, "𠮷" in refused.faults[0].words.ja) == (
        422,
        "encoding",
        True,
    )
    for query in ({"encoding": "ebcdic"}, {"bom": "yes"}, {"headings": "mine"}):
        reply = await files.records_csv(await ask(hall, query))
        assert isinstance(reply, Declined)
        assert (reply.status, [one.field for one in reply.faults]) == (400, list(query))


async def test_what_was_imported_runs_in_no_spreadsheet_and_keeps_its_honest_values() -> None:
    name, own = '=HYPERLINK("https://example.org")', "@SUM(1)"
    table = (
        "NO,名称,住所,緯度,経度,電話番号,=memo,深さの値\n"
        + f'1,"{name.replace(chr(34), chr(34) * 2)}",本町,35.6,140.1,+81 43-245-5111,{own},-3\n'
    )
    body = await csv_of(await hall_with(table))
    (row,) = cells(body)
    assert (row["名称"], row["'=memo"]) == (f"'{name}", f"'{own}")
    assert (row["深さの値"], row["電話番号"]) == ("-3", "+8143-245-5111"), row
    again = await hall_with(body)
    assert await csv_of(again) == body
    (record,) = (await ask_of(again).city.find(AED, Query(limit=2))).items
    assert (record.name, record.details["=memo"]) == (name, own)


async def test_a_version_is_that_of_the_data_set_alone() -> None:
    hall = await hall_with(aeds(3))
    tag = file(await files.records_csv(await ask(hall))).tag
    assert file(await files.records_csv(await ask(hall))).tag == tag
    assert file(await files.records_csv(await ask(hall, {"bom": "0"}))).tag != tag
    await hall.bring(source("zz.csv", aeds(5).encode(), folder="other"))
    first = (await data_sets(hall))[0]
    assert first.file_name == "aed.csv"
    assert file(await files.records_csv(ask_of(hall, {"id": first.id}))).tag == tag
    await hall.bring(source("aed.csv", aeds(4).encode()))
    assert file(await files.records_csv(ask_of(hall, {"id": first.id}))).tag != tag


async def test_there_is_nothing_where_there_is_no_data_set() -> None:
    hall = await hall_with(aeds(1))
    asking = ask_of(hall, {"id": "urn:ngsi-ld:DataSet:none"})
    for page in (files.records_csv, files.records_csvw, files.records_geojson, files.records_jsonl):
        reply = await page(asking)
        assert isinstance(reply, Missing) and reply.name == asking.path["id"]


def test_rings_go_round_as_the_standard_wants_it() -> None:
    clockwise = [[0, 0], [0, 1], [1, 1], [1, 0], [0, 0]]
    against = clockwise[::-1]
    right = {"type": "Polygon", "coordinates": [against, clockwise]}
    assert wound(right) is right
    assert wound({"type": "Polygon", "coordinates": [clockwise, against]}) == right
    assert wound({"type": "MultiPolygon", "coordinates": [[clockwise], [against]]})["coordinates"] == [
        [against],
        [against],
    ]


@pytest.mark.shared
async def test_every_table_of_a_town_comes_back_the_same_after_a_round_trip(shared_data: Path) -> None:
    """Its CSV, taken in by a fresh area, gives the same columns and lines; and that one's CSV, once more, the same bytes."""
    seen = 0
    for path in sorted((shared_data / "yaizu").rglob("*.csv")):
        if path.name == "attributes.csv":
            continue
        first = Hall()
        outcomes = await first.bring(disk_source(path))
        if not any(one.tally and one.tally.kept for one in outcomes):
            continue
        told = await csv_of(first)
        kind = (await data_sets(first))[0].record_type
        second = await hall_with(told, Options(as_type=kind), path.name)
        again = await csv_of(second)
        assert again.splitlines()[0] == told.splitlines()[0], path.name
        assert sorted(csv.reader(io.StringIO(again))) == sorted(csv.reader(io.StringIO(told))), path.name
        if again != told:
            third = await hall_with(again, Options(as_type=kind), path.name)
            assert await csv_of(third) == again, path.name
        seen += 1
    assert seen >= 60
