"""The catalogue for people: found by words and facets, each data set with its conditions, rhythm, forms, calls and how to cite it."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import msgspec
import openpyxl
import pytest
from importing_hall import source
from openpyxl.utils.escape import unescape
from test_catalogue import KEEPER, TOLD, Desk, bench, desk

from kaiteki.adapters.tables.xlsx import write_xlsx
from kaiteki.kit.engine import Asking
from kaiteki.kit.pages import Declined, Missing, PageAsk, PageReply, Plain, Shown, Versioned
from kaiteki.kit.tables import Written
from kaiteki.model.access import NOBODY
from kaiteki.model.instant import day_in_japan, format_instant
from kaiteki.model.spreadsheet import spreadsheet_plain
from kaiteki.services.opendata import browsing, telling
from kaiteki.services.opendata.downloads import files
from kaiteki.services.opendata.model import DataSet
from kaiteki.services.opendata.queries import show_data_set

AED = "NO,名称,住所,緯度,経度\n1,市役所,本町1,35.6,140.1\n"
DAY_S = 86_400
ORIGIN = "https://town.example"


def ask_of(at: Desk, path: str = "", **query: str) -> PageAsk:
    """Anybody asks, in Japanese."""
    return PageAsk(
        area=at.hall.area,
        path={"id": path},
        query=query,
        fields={},
        files={},
        person=NOBODY,
        language="ja",
        now=at.hall.clock.now(),
        seed=1,
        city=at.cities.of(Asking(at.hall.area)),
        origin=ORIGIN,
    )


@pytest.fixture
async def town() -> Desk:
    """Benches and two tables, one of which promises to change every month."""
    at = desk(KEEPER, settings=TOLD)
    await at.keep(bench(1), bench(2))
    await at.hall.bring(source("aed.csv", AED.encode()), source("park.csv", AED.encode(), folder="公園"))
    one = await table(at, "aed")
    await at.keep(msgspec.structs.replace(one, licence="CC BY 4.0", source="見本市", rhythm="MONTHLY"))
    return at


async def table(at: Desk, title: str) -> Any:
    """A table as it is kept."""
    for one in (await at.catalogue()).entries:
        if one.title.ja == title:
            return await at.city.get(DataSet, one.id)
    raise LookupError(title)


def values(reply: PageReply) -> dict[str, Any]:
    assert isinstance(reply, Shown)
    return dict(reply.values)


async def whole(reply: PageReply) -> str:
    assert isinstance(reply, Versioned) and not isinstance(reply.parts, msgspec.Struct)
    return b"".join([part async for part in reply.parts]).decode("utf-8-sig")


async def titles(at: Desk, **query: str) -> list[str]:
    return [row["title"] for row in values(await browsing.catalogue(ask_of(at, **query)))["rows"]]


async def test_words_and_facets_narrow_the_list(town: Desk) -> None:
    assert await titles(town) == ["aed", "park", "ベンチ"]
    assert await titles(town, q="ベンチ") == ["ベンチ"]
    assert await titles(town, licence="CC-BY-4.0") == ["aed", "ベンチ"]
    assert await titles(town, theme="REGI", licence="CC-BY-4.0") == ["ベンチ"]
    assert await titles(town, freshness="fresh") == ["aed", "ベンチ"]
    assert await titles(town, kind="Bench") == ["ベンチ"]
    assert await titles(town, theme="nothing") == []
    assert await titles(town, page="99999999", sort="sideways") == ["aed", "park", "ベンチ"]


async def test_a_facet_counts_what_the_others_leave(town: Desk) -> None:
    shown = values(await browsing.catalogue(ask_of(town, licence="CC-BY-4.0", theme="REGI")))
    options = {name: dict(told) for name, _, told in shown["facets"]}
    assert sum("（1）" in text for text in options["theme"].values()) == 2
    assert options["licence"] == {
        "CC-BY-4.0": "クリエイティブ・コモンズ 表示 4.0 国際（CC BY 4.0）（1）",
        **({"-": "示されていません（1）"} if "-" in options["licence"] else {}),
    }


async def test_the_promised_rhythm_stands_beside_the_real_one(town: Desk) -> None:
    one = await table(town, "aed")
    fresh = values(await show_data_set(ask_of(town, one.id)))["about"]
    assert (fresh["late"], fresh["freshness"]) == (False, "約束どおりに更新")
    town.hall.clock.pass_s(60 * DAY_S)
    late = values(await show_data_set(ask_of(town, one.id)))["about"]
    assert (late["late"], late["rhythm_told"]) == (
        True,
        "「毎月」の約束で、最後の確認から60日たっています。",
    )
    assert await titles(town, freshness="late") == ["aed", "ベンチ"]


async def test_a_page_says_how_to_use_and_cite_the_data(town: Desk) -> None:
    one = await table(town, "aed")
    told = values(await show_data_set(ask_of(town, one.id)))["about"]
    assert told["use"].startswith("出典を書けば")
    assert told["citation"].startswith("「aed」、見本市、クリエイティブ・コモンズ")
    assert f"、{ORIGIN}/demo/data/{one.id}、" in told["citation"]
    assert told["citation_changed"].startswith(f"{told['citation']}。これを編集・加工して作成")
    assert [address.partition("?")[0] for _, address in told["apis"]] == [
        f"{ORIGIN}/demo/ckan/api/3/action/package_show",
        f"{ORIGIN}/demo/ogc/collections/{one.id.rpartition(':')[2]}/items",
    ]
    # by its address alone the data plane would answer for the first town of the node
    assert [call for _, call in told["calls"]] == [
        f"curl '{ORIGIN}/ngsi-ld/v1/entities?type=AED&limit=20&q=dataSet==%22{one.id}%22' -H 'NGSILD-Tenant: demo'"
    ]
    assert told["examples"] == f"/demo/developers/data/{(await town.catalogue()).by_id[one.id].name}"
    other = await table(town, "park")
    assert "決まっていません" in values(await show_data_set(ask_of(town, other.id)))["about"]["use"]


async def test_a_type_has_a_page_and_files_of_its_open_attributes(town: Desk) -> None:
    shown = values(await show_data_set(ask_of(town, "Bench")))
    assert (shown["heads"], shown["sample"]) == (["name", "seats"], [["ベンチ1", "3"], ["ベンチ2", "3"]])
    text = await whole(await files.records_csv(ask_of(town, "Bench")))
    assert list(csv.reader(io.StringIO(text))) == [
        ["ID", "name", "seats", "経度", "緯度"],
        ["urn:ngsi-ld:Bench:1", "ベンチ1", "3", "141.01", "35.3"],
        ["urn:ngsi-ld:Bench:2", "ベンチ2", "3", "141.02", "35.3"],
    ]
    features = json.loads(await whole(await files.records_geojson(ask_of(town, "Bench"))))["features"]
    assert [one["properties"] for one in features] == [
        {"name": "ベンチ1", "seats": 3},
        {"name": "ベンチ2", "seats": 3},
    ]
    for address in ("Report", "nothing", "Shelter"):
        assert isinstance(await files.records_csv(ask_of(town, address)), Missing)
        assert isinstance(await show_data_set(ask_of(town, address)), Missing)


async def test_search_engines_read_a_data_set_as_one_of_schema_org(town: Desk) -> None:
    one = await table(town, "aed")
    reply = await telling.show_schema(ask_of(town, one.id))
    assert isinstance(reply, Plain)
    told = json.loads(reply.content)
    assert (told["@type"], told["license"], told["spatialCoverage"]["geo"]["box"]) == (
        *("Dataset", "https://creativecommons.org/licenses/by/4.0/"),
        "35.6 140.1 35.6 140.1",
    )
    assert [part["contentUrl"] for part in told["distribution"]] == [
        f"{ORIGIN}/demo/data/{one.id}/records.csv",
        f"{ORIGIN}/demo/data/{one.id}/records.geojson",
        f"{ORIGIN}/demo/data/{one.id}/records.jsonl",
    ]
    assert told["@id"] == told["url"] == f"{ORIGIN}/demo/data/{one.id}"
    assert isinstance(await telling.show_schema(ask_of(town, "nothing")), Missing)


async def test_a_page_holds_what_search_engines_read_and_nothing_that_could_end_it(town: Desk) -> None:
    one = await table(town, "aed")
    await town.keep(msgspec.structs.replace(one, description="</script><b>&amp; all"))
    text = values(await show_data_set(ask_of(town, one.id)))["about"]["embedded"]
    assert not set("<>&") & set(text)
    told = json.loads(text)
    assert told["description"] == "</script><b>&amp; all"
    reply = await telling.show_schema(ask_of(town, one.id))
    assert isinstance(reply, Plain) and json.loads(reply.content) == told


async def test_what_a_page_tells_search_engines_is_in_its_language(town: Desk) -> None:
    one = await table(town, "aed")
    asked = msgspec.structs.replace(ask_of(town, one.id), language="en")
    told = json.loads(values(await show_data_set(asked))["about"]["embedded"])
    assert "件" not in told["description"] and "records of the kind" in told["description"]


async def test_days_are_those_of_japan_wherever_they_are_told(town: Desk) -> None:
    """Where the day is another one in UTC (from 0 to 9 o'clock in Japan), page and schema.org still say the same."""
    clock = town.hall.clock
    at_three = 18 * 3600 - clock.now() // 1_000_000 % DAY_S
    clock.pass_s(at_three % DAY_S)
    await town.hall.bring(source("night.csv", AED.encode()))
    one = await table(town, "night")
    about = values(await show_data_set(ask_of(town, one.id)))["about"]
    day = dict(about["facts"])["内容が変わった日"]
    assert day == day_in_japan(clock.now()) != format_instant(clock.now())[:10]
    assert json.loads(about["embedded"])["dateModified"] == day


async def test_data_without_a_licence_are_said_to_be_so_and_lead_to_somebody(town: Desk) -> None:
    shown = values(await browsing.catalogue(ask_of(town)))
    assert (shown["count"], shown["unstated"]) == (3, 1)
    other = await table(town, "park")
    about = values(await show_data_set(ask_of(town, other.id)))["about"]
    assert about["office"] is not None or about["hall"]
    assert "問い合わせ先" in about["use"]


async def test_a_workbook_has_the_cells_of_the_csv_and_no_formula(town: Desk) -> None:
    """Leading zeros, texts that begin like formulas and line breaks come as they are; the same data are the same bytes."""
    rows = 'NO,名称,住所,緯度,経度,備考\n001,=市役所,"本町1\n2階",35.6,140.1,_x0041_\n002,支所,本町2,35.7,140.2,\n'
    await town.hall.bring(source("odd.csv", rows.encode()))
    one = await table(town, "odd")
    ask = msgspec.structs.replace(ask_of(town, one.id), forms=frozenset({"xlsx"}))
    made: list[bytes] = []
    for _ in range(2):
        reply = await files.records_xlsx(ask)
        assert isinstance(reply, Versioned) and isinstance(reply.parts, Written) and not reply.packs
        made.append(b"".join([part async for part in write_xlsx(reply.parts.table)]))
    assert made[0] == made[1]
    sheet = openpyxl.load_workbook(io.BytesIO(made[0])).active
    # (openpyxl leaves it to its user to read coded characters, 22.4.2.4 of the standard)
    cells = [[unescape(cell.value or "") for cell in row] for row in sheet.iter_rows()]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value} <= {"s", "inlineStr"}
    text = await whole(await files.records_csv(ask))
    assert cells == [
        [spreadsheet_plain(cell) for cell in row] for row in csv.reader(io.StringIO(text, newline=""))
    ]
    assert "=市役所" in cells[1] and "本町1\n2階" in cells[1] and "_x0041_" in cells[1]
    refused = await files.records_xlsx(ask_of(town, one.id))
    assert isinstance(refused, Declined) and refused.status == 501
    assert isinstance(await files.records_xlsx(ask_of(town, "nothing")), Missing)


async def test_a_workbook_of_too_many_records_is_refused(town: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "XLSX_RECORDS_MAX", 1)
    ask = msgspec.structs.replace(ask_of(town, "Bench"), forms=frozenset({"xlsx"}))
    refused = await files.records_xlsx(ask)
    assert isinstance(refused, Declined) and refused.status == 422
