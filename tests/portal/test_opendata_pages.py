"""The pages of places and data sets: found by name, distance and hazard, downloaded, corrected; in three languages."""

from __future__ import annotations

import csv
import io
import json
import re
from functools import partial
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec
import pytest
from argon2 import PasswordHasher
from rich.console import Console
from starlette.applications import Starlette
from trial_site import PASSWORD, SECRET, TrialClock

from kaiteki.kit.city import Cities
from kaiteki.kit.engine import Engine
from kaiteki.kit.files.darkroom import Darkroom
from kaiteki.kit.identity import Identity
from kaiteki.main.cities import load_city
from kaiteki.main.imports.runner import Importer, Options
from kaiteki.main.imports.screen import ImportScreen
from kaiteki.main.imports.targets import LocalTarget
from kaiteki.portal.app import portal
from kaiteki.portal.pages import places
from kaiteki.portal.site import Parts
from kaiteki.ports.accounts import Grant
from kaiteki.services.opendata import finder
from kaiteki.services.opendata.manifest import service
from kaiteki.services.opendata.model import record_view
from kaiteki.services.opendata.reading.source import Source
from kaiteki.stores.memory import open_memory
from kaiteki.stores.store import Store
from reader import TOKEN, Reader

SITES = """共通ID,施設・場所名,住所,緯度,経度,洪水,津波,地震,指定避難所との住所同一,電話番号
E9900190000001201,港小学校,見本市港区1,35.35,141.02,,1,1,1,0470-00-0001
E9900190000002201,丘公園,見本市丘区2,35.375,141.065,1,1,1,,
E9900190000003201,畑中学校,見本市畑区3,35.325,141.068,1,,1,1,
"""
SHELTERS = """共通ID,施設・場所名,住所,緯度,経度,指定緊急避難場所との住所同一,想定収容人数
E9900190000001111,港小学校,見本市港区1,35.35,141.02,1,500
E9900190000003111,畑中学校,見本市畑区3,35.325,141.068,1,約300
"""
AED = "NO,名称,住所,緯度,経度,設置位置,小児対応設備の有無\n1,市役所,見本市1,35.35,141.05,1階,有\n2,,見本市2,35.35,141.05,,無\n"


def source(name: str, text: str) -> Source:
    """A CSV file in memory."""
    return Source(name, name, "data", partial(io.BytesIO, text.encode()), {})


@pytest.fixture
def store() -> Store:
    """Where the portal keeps everything."""
    return open_memory(TrialClock())


@pytest.fixture
async def app(store: Store) -> Starlette:
    """A portal with two lists of shelters and one of AEDs."""
    files = (source("emergency.csv", SITES), source("evacuation.csv", SHELTERS), source("aed.csv", AED))
    return await open_portal(*files, store=store)


async def open_portal(*files: Source, store: Store | None = None, told_past: bool = True) -> Starlette:
    """A portal whose places come from files, brought in as a town hall does; `told_past`: what became of them is told, too."""
    clock = TrialClock()
    store = store or open_memory(clock)
    engine = Engine(store.entities, clock, (service,))
    identity = Identity(
        store.accounts,
        store.credentials,
        clock,
        SECRET,
        PasswordHasher(time_cost=1, memory_cost=8, parallelism=1),
    )
    await identity.register("desk", "見本 花子", PASSWORD, [Grant("demo", "staff")])
    screen = ImportScreen(Console(file=io.StringIO()))
    target = LocalTarget(store.entities, clock, "demo")
    importer = Importer(target, clock, screen, Options(source="見本市", licence="CC BY 4.0"))
    for one in files:
        await importer.run(one, lambda outcome: None)
    darkroom = Darkroom(engine, store.files, store.received)
    cities = Cities(engine, darkroom)
    cities.beside = msgspec.structs.replace(cities.beside, history=store.history if told_past else None)
    return portal(
        Parts(
            areas=[load_city("demo")],
            services=(service,),
            city=cities.of,
            identity=identity,
            darkroom=darkroom,
            history=store.history,
            events=store.events,
            clock=clock,
            settings=engine.settings,
            secret=SECRET,
        )
    )


def order_of(text: str, *names: str) -> list[str]:
    """Those of the names that the list of the page has, in its order."""
    found = text[text.find("near-list") :]
    return sorted((name for name in names if name in found), key=found.index)


NAMES = ("港小学校", "丘公園", "畑中学校", "市役所")


async def test_shelters_of_both_lists_are_one_place_with_both_tags(app: Starlette) -> None:
    page = await Reader(app, **{"accept-language": "ja"}).get("/demo/places")
    assert page.status == 200
    assert page.text.count("/demo/places/urn:ngsi-ld:") >= 3
    assert sorted(order_of(page.text, *NAMES)) == ["丘公園", "港小学校", "畑中学校"]
    assert "指定緊急避難場所・指定避難所" in page.text or "指定避難所・指定緊急避難場所" in page.text


async def test_places_are_found_by_name_by_distance_and_by_hazard(app: Starlette) -> None:
    reader = Reader(app)
    by_name = await reader.get("/demo/places?" + urlencode({"q": "小学校"}))
    by_distance = await reader.get("/demo/places?near=35.33,141.07")
    by_place = await reader.get("/demo/places?" + urlencode({"near_address": "港小学校"}))
    by_hazard = await reader.get("/demo/places?hazard=flood")
    every = await reader.get("/demo/places?" + urlencode({"kind": "", "near": "35.35,141.05"}))
    assert order_of(by_name.text, *NAMES) == ["港小学校"]
    assert order_of(by_distance.text, *NAMES) == ["畑中学校", "丘公園", "港小学校"]
    assert order_of(by_place.text, *NAMES)[0] == "港小学校"
    assert sorted(order_of(by_hazard.text, *NAMES)) == ["丘公園", "畑中学校"]
    assert order_of(every.text, *NAMES)[0] == "市役所"


async def test_unknown_wishes_are_answered_and_not_broken(app: Starlette) -> None:
    reader = Reader(app)
    for query, status in (
        ("kind=Palace", 400),
        ("page=99999", 400),
        ("page=-1", 400),
        ("near=x", 400),
        ("hazard=dragons", 400),
        ("near_address=nowhere", 200),
        ("q=%25%27", 200),
    ):
        assert (await reader.get(f"/demo/places?{query}")).status == status, query
    assert (await reader.get("/demo/places/urn:ngsi-ld:Shelter:none")).status == 404
    assert (await reader.get("/demo/places/nonsense")).status == 404
    assert (await reader.get("/demo/data/nonsense")).status == 404


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("near_address=%E5%8D%83%E8%91%89%E9%A7%85", "まちのデータに見つかりませんでした"),
        ("near=abc", "緯度,経度として読めませんでした"),
        ("near=91,200", "緯度,経度として読めませんでした"),
        ("kind=zzz", "この種類はありません"),
        ("hazard=dragons", "この災害は選べません"),
    ],
)
async def test_a_wish_that_is_not_understood_is_said_at_its_field(
    app: Starlette, query: str, said: str
) -> None:
    page = (await Reader(app, **{"accept-language": "ja"}).get(f"/demo/places?{query}")).text
    field = page[page.rindex('<div class="field', 0, page.index(said)) :]
    name, value = query.split("=")
    assert 'class="field wrong"' in field[:30] and f'name="{name}"' in field[: field.index("</div>")]
    assert '<details class="filters" open>' in page and "港小学校" in page
    assert name != "near" or f'value="{value}"' in field


async def test_the_map_shows_every_place_of_a_result_of_several_pages(
    app: Starlette, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finder, "PLACES_PER_PAGE", 2)
    reader = Reader(app, **{"accept-language": "ja"})
    for address in ("/demo/places", "/demo/places?page=2"):
        page = (await reader.get(address)).text
        assert "地図の点は3か所です" in page
        assert page.count('<circle class="m-pin') == 3
    assert "一覧はこのページの1か所" in page


def heading(page: str) -> str:
    """What the heading of the results says."""
    return page[page.index('<h2 id="found-title"') :].partition("</h2>")[0]


async def test_the_heading_counts_places_and_records_only_where_not_all_were_read(
    app: Starlette, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = Reader(app, **{"accept-language": "ja"})
    page = (await reader.get("/demo/places")).text
    assert "3か所" in heading(page) and "全 3 件" in page
    assert "1か所" in heading((await reader.get("/demo/places?" + urlencode({"q": "港小学校"}))).text)
    for name, most in (("PLACES_PER_PAGE", 1), ("PINS_MAX", 1), ("NAMED_MAX", 1)):
        monkeypatch.setattr(finder, name, most)
    assert "記録 5件" in heading((await reader.get("/demo/places")).text)


async def test_the_map_of_a_layer_says_of_which_part_it_is(
    app: Starlette, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = Reader(app, **{"accept-language": "ja"})
    assert "地図の点は" not in (await reader.get("/demo/map?layer=EvacuationSite")).text
    monkeypatch.setattr(places, "PLACES_PER_PAGE_MAX", 2)
    first = (await reader.get("/demo/map?layer=EvacuationSite")).text
    assert "地図の点ははじめの2件です" in first and first.count('<circle class="m-pin') == 2
    last = (await reader.get("/demo/map?layer=EvacuationSite&page=2")).text
    assert "地図の点はこのページの1件です" in last


@pytest.mark.parametrize("language", ["ja", "ja-easy", "en"])
async def test_every_page_says_itself_in_every_language(app: Starlette, language: str) -> None:
    reader = Reader(app)
    await reader.sign_in("desk", PASSWORD)
    data_set = await data_set_of(reader, "aed")
    for path in ("places", "places/urn:ngsi-ld:Shelter:E9900190000001111", "data", f"data/{data_set}"):
        assert (await reader.get(f"/demo/{path}?lang={language}")).status == 200
    for path in (f"data/{data_set}/quality", f"data/{data_set}/mapping"):
        assert (await reader.get(f"/demo/{path}?lang={language}")).status == 200


async def data_set_of(reader: Reader, stem: str) -> str:
    """The id of a data set by the stem of its file."""
    text = (await reader.get("/demo/data")).text
    start = text.index(f"urn:ngsi-ld:DataSet:{stem}-")
    return text[start : text.index('"', start)]


async def test_one_place_says_what_it_is_for_and_where_it_comes_from(app: Starlette) -> None:
    page = await Reader(app, **{"accept-language": "ja"}).get(
        "/demo/places/urn:ngsi-ld:Shelter:E9900190000001111"
    )
    for words in ("港小学校", "津波", "使えます", "500 人", "見本市", "evacuation"):
        assert words in page.text


async def test_downloads_have_the_columns_of_the_standard_and_come_back_in(app: Starlette) -> None:
    reader = Reader(app)
    answer = await reader.get("/demo/places.csv?kind=EvacuationSite")
    assert answer.body.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(answer.body.decode("utf-8-sig"))))
    assert [
        (r["名称"], r["緯度"], r["災害種別_洪水"], r["指定避難所との重複"])
        for r in sorted(rows, key=lambda r: r["共通ID"])
    ] == [
        ("港小学校", "35.35", "", "1"),
        ("丘公園", "35.375", "1", ""),
        ("畑中学校", "35.325", "1", "1"),
    ]
    collection: Any = json.loads((await reader.get("/demo/places.geojson?hazard=tsunami")).body)
    assert sorted(one["properties"]["name"] for one in collection["features"]) == ["丘公園", "港小学校"]
    aed = await reader.get(f"/demo/data/{await data_set_of(reader, 'aed')}/records.csv")
    assert [r["小児対応設備の有無"] for r in csv.DictReader(io.StringIO(aed.body.decode("utf-8-sig")))] == [
        "有"
    ]


async def test_a_file_that_was_sent_whole_has_its_size_on_the_page(app: Starlette) -> None:
    reader = Reader(app, **{"accept-language": "en"})
    one = f"/demo/data/{await data_set_of(reader, 'aed')}"

    async def size() -> int | None:
        told = json.loads((await reader.get(f"{one}/schema.jsonld")).body)["distribution"]
        found = next(part.get("contentSize") for part in told if part["name"] == "CSV")
        return int(found.removesuffix(" B")) if found else None

    for query in ("?bom=0", "?ids=1"):
        assert (await reader.get(f"{one}/records.csv{query}")).status == 200
    assert await size() is None
    sent = await reader.get(f"{one}/records.csv")
    assert await size() == len(sent.body)
    assert f"{len(sent.body)} B" in (await reader.get(one)).text


async def test_a_place_says_its_items_in_the_language_of_its_reader(app: Starlette) -> None:
    reader = Reader(app)
    collection: Any = json.loads((await reader.get("/demo/places.geojson?kind=EvacuationSite")).body)
    named = {one["properties"]["name"]: one["id"] for one in collection["features"]}
    path = f"/demo/places/{named['港小学校']}"
    easy = (await reader.get(path + "?lang=ja-easy")).text
    assert all(words in easy for words in ("電話番号（でんわばんごう）", "住所（じゅうしょ）", "はい"))
    english = (await reader.get(path + "?lang=en")).text
    assert all(words in english for words in ("Phone", "Evacuation shelter at the same address", "Yes"))


FOREIGN = (
    "https://example.org/toilets/1?level=2#door",
    "urn:mihon:駅前/トイレ",
    "urn:ngsi-ld:Shelter:not-one",
)


async def test_a_place_that_another_system_wrote_under_its_own_id_has_a_page(
    app: Starlette, store: Store
) -> None:
    view = record_view("PublicToilet")
    place = {"type": "Point", "coordinates": [141.02, 35.35]}
    toilets = [view(id=one, name=f"駅前トイレ{n}", location=place) for n, one in enumerate(FOREIGN)]
    await LocalTarget(store.entities, TrialClock(), "demo").keep(toilets)
    reader = Reader(app, **{"accept-language": "ja"})
    await reader.sign_in("desk", PASSWORD)
    for listing in ("places?kind=PublicToilet", "desk/opendata/PublicToilet", "map?layer=PublicToilet"):
        page = (await reader.get(f"/demo/{listing}")).text
        named = re.findall(r'<a [^>]*href="([^"]+)"[^>]*>\s*(?:<[^>]*>)*駅前トイレ(\d)', page)
        assert {number for _, number in named} == {"0", "1", "2"}, listing
        for href, number in named:
            path = urlsplit(unescape(href))
            assert (path.query, path.fragment) == ("", ""), href
            found = await reader.get(path.path)
            assert (found.status, f"駅前トイレ{number}" in found.text) == (200, True), href


async def test_staff_see_what_was_refused_and_correct_columns(app: Starlette) -> None:
    reader = Reader(app, **{"accept-language": "ja"})
    data_set = await data_set_of(reader, "aed")
    assert (await reader.get(f"/demo/data/{data_set}/quality")).status == 303
    await reader.sign_in("desk", PASSWORD)
    quality = await reader.get(f"/demo/data/{data_set}/quality")
    assert "名称がありません" in quality.text
    page = await reader.get(f"/demo/data/{data_set}/mapping")
    token = TOKEN.search(page.text)
    assert token is not None
    path = f"/demo/data/{data_set}/mapping"
    fields = [("csrf", token[1]), ("record_type", "AED"), ("column", "設置位置"), ("item", "remarks")]
    done = await reader.send(path, urlencode(fields).encode(), "application/x-www-form-urlencoded")
    assert done.status == 303
    assert "職員の指定" in (await reader.get(path)).text
    fields[1] = ("record_type", "Palace")
    refused = await reader.send(path, urlencode(fields).encode(), "application/x-www-form-urlencoded")
    assert (refused.status, "種類を一覧から" in refused.text) == (422, True)


def test_the_service_reads_its_pages(root: Path) -> None:
    folder = root / "src/kaiteki/services/opendata/pages"
    parts = {
        name
        for file in folder.iterdir()
        for name in re.findall(r'(?:include|from) "opendata:([a-z_]+\.html)"', file.read_text("utf-8"))
    }
    templates = {page.template for page in service.pages if page.template}
    # pages that are drawn otherwise for some of their kind
    others = {
        name
        for file in folder.parent.rglob("*.py")
        for name in re.findall(r'template="([a-z_]+\.html)"', file.read_text("utf-8"))
    }
    assert templates | parts | others == {file.name for file in folder.iterdir()}


async def test_an_empty_list_says_whether_data_or_the_wish_is_the_reason() -> None:
    words = ("まだ登録がありません", "見つかりませんでした")
    for files, query, said in (
        ((), "", words[0]),
        ((), "q=zzz", words[1]),
        ((source("aed.csv", AED),), "q=zzz", words[1]),
    ):
        town = Reader(await open_portal(*files), **{"accept-language": "ja"})
        page = (await town.get(f"/demo/places?{query}")).text
        assert [one for one in words if one in page.replace("<wbr>", "")] == [said]
