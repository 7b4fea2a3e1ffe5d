"""Laws of the map: an address says what is seen, the list and the drawing hold what lies there and may be seen, a place is found."""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec
import pytest

from kaiteki.kit.pages import Moved, PageAsk, Shown
from kaiteki.kit.views import write
from kaiteki.main.cities import load_city
from kaiteki.model.access import NOBODY, Person
from kaiteki.model.words import Words
from kaiteki.ports.entities import By, Change, Decision
from kaiteki.services.maps.faults import FAULTS_MAX, faults_of
from kaiteki.services.maps.finding import find
from kaiteki.services.maps.manifest import service
from kaiteki.services.maps.model import Item, MapLayer, Style
from kaiteki.services.maps.signs import PATTERNS, SHAPES, signs_of
from kaiteki.services.maps.view import show_map
from kaiteki.services.maps.viewport import (
    SHOWN_MAX,
    fitting,
    read_form,
    read_view,
    window_of,
)
from kaiteki.services.opendata.manifest import service as opendata
from kaiteki.services.opendata.model import record_view
from town import CLERK, Town

DEMO = load_city("demo")
NAMED = (Item("name", Words("名前", "Name", "なまえ"), role="title"),)


def layer(name: str, **more: Any) -> MapLayer:
    return MapLayer(id=f"urn:ngsi-ld:MapLayer:{name}", title=Words(name, name, name), items=NAMED, **more)


SITES = layer(
    "sites", collection="EvacuationSite", geometry="point", filter="A_CONTAINS(hazards, ('flood'))", order=1
)
ZONES = layer(
    "zones",
    collection="PlanningZone",
    geometry="area",
    order=2,
    style=Style(by="name", classes=()),
    source=Words("見本市", "Mihon", "みほんし"),
    as_of="2026-04-01",
)
AEDS = layer("aeds", collection="AED", geometry="point", order=3)


def square(west: float, south: float, side: float) -> dict[str, Any]:
    corners = ((0, 0), (side, 0), (side, side), (0, side), (0, 0))
    return {"type": "Polygon", "coordinates": [[[west + x, south + y] for x, y in corners]]}


async def open_town() -> Town:
    """Two sites (one for floods), a zone, thirty AEDs in a row, and the three layers."""
    town = Town(service, opendata)
    kinds: list[Any] = [record_view(one) for one in ("EvacuationSite", "PlanningZone", "AED")]
    site, zone, aed = kinds

    def at(lon: float, lat: float) -> dict[str, Any]:
        return {"type": "Point", "coordinates": [lon, lat]}

    made: list[Any] = [
        SITES,
        ZONES,
        AEDS,
        site(
            "urn:ngsi-ld:EvacuationSite:1",
            name="港小学校",
            fullAddress="見本市港区1番2号",
            hazards=("flood",),
            location=at(141.02, 35.35),
        ),
        site(
            "urn:ngsi-ld:EvacuationSite:2", name="丘公園", hazards=("tsunami",), location=at(141.02, 35.351)
        ),
        zone("urn:ngsi-ld:PlanningZone:1", name="商業地域", location=square(141.01, 35.34, 0.02)),
        *(
            aed(f"urn:ngsi-ld:AED:{n:02}", name=f"{n}番のAED", location=at(141.05 + n / 1000, 35.35))
            for n in range(30)
        ),
    ]

    def decide(_loaded: Any) -> Decision[None]:
        return Decision([Change(None, write(one, None, town.clock.now())) for one in made], None)

    await town.store.entities.change("demo", (), decide, By(action="trial"))
    return town


async def look(town: Town, query: dict[str, str], person: Person = NOBODY, language: str = "ja") -> Any:
    city = town.city(person, language=language)
    return await show_map(
        PageAsk("demo", {}, query, {}, {}, person, language, town.clock.now(), 1, city, town=DEMO)
    )


async def test_what_an_address_asks_for_in_vain_is_told_with_what_to_do() -> None:
    town = await open_town()
    asked = {
        "layers": "zones,nope,urn:ngsi-ld:MapLayer:gone",
        "at": "x",
        "z": "99",
        "opacity": "a",
        "page": "0",
    }
    faults = (await look(town, asked)).values["faults"]
    assert [field for field, _ in faults] == ["layers", "layers", "at", "z", "opacity", "page"]
    assert "「nope」という地図はありません" in faults[0][1]
    assert "選んでください" in faults[0][1]
    assert "“gone”" in (await look(town, asked, language="en")).values["faults"][1][1]
    # what is withdrawn is told like what never was
    await town.run("maps.withdraw", {"id": AEDS.id}, CLERK)
    gone = (await look(town, {"layers": "aeds"})).values["faults"]
    assert gone == [("layers", faults[0][1].replace("nope", "aeds"))]
    for fine in (
        {},
        {"layers": ""},
        {"layers": "zones,sites", "opacity": "10,100", "at": "141,35.3", "z": "4.5"},
    ):
        assert (await look(town, fine)).values["faults"] == []
    swapped = await look(town, {"layers": "zones", "at": "35.35,141.02", "z": "15"})
    assert swapped.values["view"].at == (141.02, 35.35)
    ((field, told),) = swapped.values["faults"]
    assert field == "at" and "入れ替えました" in told and "35.35,141.02" in told
    many = [layer(str(number)) for number in range(SHOWN_MAX + 1)]
    (left_out,) = faults_of({"layers": ",".join(one.name for one in many)}, many)
    assert (left_out.field, left_out.said) == ("layers", str(SHOWN_MAX))
    assert "1枚あります：8。" in left_out.say("ja") and "1 layer is left out: 8." in left_out.say("en")
    assert len(faults_of({"layers": ",".join(map(str, range(500))), "at": "1" * 500}, ())) == FAULTS_MAX


def rows(shown: Shown) -> dict[str, list[str]]:
    return {one["layer"].name: [f.title for f in one["features"]] for one in shown.values["seen"]}


async def test_the_list_has_what_lies_in_the_window_and_belongs_to_the_layer() -> None:
    town = await open_town()
    near = {"layers": "sites,zones,aeds,none", "at": "141.02,35.35", "z": "15"}
    assert rows(await look(town, near)) == {"sites": ["港小学校"], "zones": ["商業地域"], "aeds": []}
    # the zone is seen from its corner on, though its middle is elsewhere
    corner = await look(town, near | {"at": "141.0299,35.3599", "z": "18"})
    assert rows(corner) == {"sites": [], "zones": ["商業地域"], "aeds": []}
    window = await look(town, near | {"window": "141.0495,35.34,141.0525,35.36", "part": "1"})
    assert rows(window)["aeds"] == ["0番のAED", "1番のAED", "2番のAED"]
    assert (window.values["count"], window.template) == (3, "map_parts.html")


async def test_a_long_list_goes_on_over_pages_and_ends() -> None:
    town = await open_town()
    wide = {"layers": "aeds", "at": "141.06,35.35", "z": "11"}
    first = await look(town, wide)
    assert (len(rows(first)["aeds"]), first.values["before"]) == (20, "")
    assert "page=2" in first.values["after"]
    second = await look(town, wide | {"page": "2"})
    assert rows(second)["aeds"] == [f"{n}番のAED" for n in range(20, 30)]
    assert second.values["after"] == ""
    assert "page" not in second.values["address"]


async def test_a_layer_of_which_only_a_part_is_drawn_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    town = await open_town()
    wide = {"layers": "sites,aeds", "at": "141.06,35.35", "z": "11"}
    assert (await look(town, wide)).values["undrawn"] == []
    monkeypatch.setattr("kaiteki.services.maps.view.DRAWN_MAX", 25)
    (cut,) = (await look(town, wide)).values["undrawn"]
    assert (cut[0].name, cut[1], cut[2].total) == ("aeds", 25, 30)


async def test_what_is_drawn_lies_where_the_window_has_it() -> None:
    town = await open_town()
    shown = await look(town, {"layers": "sites,zones", "at": "141.02,35.35", "z": "14"})
    (_, zones, areas), (_, sites, points) = shown.values["drawn"]
    assert (zones.layer.name, sites.layer.name) == ("zones", "sites")
    assert points[0].points == [(380.0, 230.0)]
    numbers = [float(one) for one in re.findall(r"[\d.]+", areas[0].areas)]
    # 0.01 degrees are 233 of 512 · 2¹⁴ pixels around the earth
    assert numbers[0] == pytest.approx(380 - 0.01 / 360 * 512 * 2**14, abs=0.25)
    assert areas[0].areas.endswith("Z")
    assert [one.text for one in shown.values["names"]] == ["港区域"]


async def test_the_notes_say_of_everything_shown_that_it_is_for_reference_with_source_and_day() -> None:
    town = await open_town()
    shown = await look(town, {"layers": "zones,sites"})
    (note,) = shown.values["notes"]
    assert "参考図" in note["text"]
    assert [(one.name, source, one.as_of) for one, source in note["layers"]] == [
        ("zones", "見本市", "2026-04-01"),
        ("sites", "", ""),
    ]


async def test_a_layer_that_is_withdrawn_is_neither_listed_nor_told_to_the_moving_map() -> None:
    town = await open_town()
    await town.run("maps.withdraw", {"id": ZONES.id}, CLERK)
    shown = await look(town, {"layers": "zones,sites"})
    assert list(rows(shown)) == ["sites"]
    told = json.loads(shown.values["told"])
    assert [one["id"] for one in told["layers"]] == ["sites", "aeds"]


async def test_the_moving_map_draws_whole_collections_from_shared_tiles_and_parts_of_them_from_their_own() -> (
    None
):
    shown = await look(await open_town(), {})
    told = {one["id"]: one for one in json.loads(shown.values["told"])["layers"]}
    assert told["zones"]["tiles"] == (
        "/demo/ogc/collections/PlanningZone/tiles/WebMercatorQuad/{z}/{y}/{x}?f=mvt"
    )
    assert told["sites"]["tiles"] == (
        "/demo/ogc/collections/layer_sites/tiles/WebMercatorQuad/{z}/{y}/{x}?f=mvt"
    )
    assert told["sites"]["table"] == "layer_sites"
    assert "<" not in shown.values["told"]


async def test_a_form_leads_to_the_address_that_says_the_same() -> None:
    town = await open_town()
    sent = {
        "form": "1",
        "on.zones": "zones",
        "on.sites": "sites",
        "order": "zones",
        "o.zones": "40",
        "at": "141.02,35.35",
        "z": "12",
    }
    moved = await look(town, sent)
    assert moved == Moved("maps?layers=sites,zones&opacity=100,40&at=141.02,35.35&z=12")
    down = await look(town, sent | {"do": "down:sites", "order": "sites,zones"})
    assert isinstance(down, Moved)
    assert down.path.startswith("maps?layers=zones,sites&opacity=40,100&")
    off = await look(town, sent | {"do": "off:zones"})
    assert off == Moved("maps?layers=sites&at=141.02,35.35&z=12")
    assert await look(town, {"form": "1"}) == Moved("maps?layers=")
    assert rows(await look(town, {"layers": ""})) == {}


@pytest.mark.parametrize(
    "query",
    [
        {
            "layers": "sites,zones",
            "opacity": "100,30",
            "at": "141.05,35.35",
            "z": "12.5",
        },
        {
            "layers": "zones",
            "at": "-0.5,-33.2",
            "z": "4",
            "q": "港",
        },
        {"layers": ""},
    ],
)
def test_an_address_is_read_as_it_was_written(query: dict[str, str]) -> None:
    view = read_view(query, (SITES, ZONES, AEDS), DEMO)
    again = dict(one.split("=", 1) for one in view.query().split("&"))
    from_again = {name: text.replace("%E6%B8%AF", "港") for name, text in again.items()}
    assert from_again == query
    assert read_view(from_again, (SITES, ZONES, AEDS), DEMO) == view


@pytest.mark.parametrize(
    "query",
    [
        {"at": "nan,1", "z": "x", "page": "-1", "opacity": "a,b", "window": "1,2,1,2"},
        {"at": "200,95", "z": "99999", "page": "99999", "window": "1,2,3"},
        {"layers": "," * 400, "at": "1" * 300, "window": "-181,0,1,1"},
    ],
)
def test_what_is_no_view_is_left_out(query: dict[str, str]) -> None:
    view = read_view(query, (SITES, ZONES), DEMO)
    assert not view.told
    assert (view.page, view.at) == (1, fitting(DEMO.bbox)[0])
    west, south, east, north = view.window
    assert max(west - DEMO.bbox[0], south - DEMO.bbox[1], DEMO.bbox[2] - east, DEMO.bbox[3] - north) < 1e-9


@pytest.mark.parametrize(
    "box", [(141.0, 35.3, 141.1, 35.4), (122.9, 24.0, 146.0, 45.6), (138.3, 34.86, 138.301, 34.87)]
)
def test_a_box_fits_into_the_drawn_map_and_touches_its_edge(box: tuple[float, float, float, float]) -> None:
    window = window_of(*fitting(box))
    slack = [box[0] - window[0], box[1] - window[1], window[2] - box[2], window[3] - box[3]]
    assert min(slack) > -1e-9
    assert min(abs(one) for one in slack) < 1e-9


async def test_things_of_one_name_are_told_apart_by_their_ward_or_place_and_each_once() -> None:
    town = await open_town()
    lamps: list[Any] = []
    for number, at in enumerate([(141.02, 35.35), (141.065, 35.375), (141.065, 35.375), (140.5, 35.0)]):
        view: Any = record_view("AED")
        place = {"type": "Point", "coordinates": list(at)}
        lamps.append(view(f"urn:ngsi-ld:AED:lamp-{number}", name="街灯前", location=place))

    def decide(_loaded: Any) -> Decision[None]:
        return Decision([Change(None, write(one, None, town.clock.now())) for one in lamps], None)

    await town.store.entities.change("demo", (), decide, By(action="trial"))
    found = (await look(town, {"q": "街灯前"})).values["found"]
    assert sorted(one.where for one in found) == ["35.00000, 140.50000", "丘区域", "港区域"]
    (alone,) = (await look(town, {"q": "港小学校"})).values["found"]
    assert alone.where == ""
    shown = await look(town, {"layers": "aeds", "window": "140,34,142,36", "page": "2"})
    (aeds,) = shown.values["seen"]
    told = [(one.title, one.where) for one in aeds["features"] if one.title == "街灯前"]
    assert [where for _, where in told] == [
        "港区域", "丘区域 35.37500, 141.06500", "丘区域 35.37500, 141.06500", "35.00000, 140.50000",
    ]  # fmt: skip
    assert {one.where for one in aeds["features"] if one.title != "街灯前"} == {""}


def test_switched_on_points_come_above_lines_and_areas() -> None:
    lines = layer("lines", geometry="line")
    query = {f"on.{one}": one for one in ("sites", "lines", "zones")} | {"order": "lines"}
    shown, left = read_form(query, (ZONES, lines, SITES))
    assert ([one.layer.name for one in shown], left) == (["sites", "lines", "zones"], [])


def test_signs_differ_by_more_than_colour() -> None:
    classes = [
        {"value": str(n), "words": {"ja": str(n), "en": str(n)}, "colour": "#808080"} for n in range(6)
    ]
    style = _style({"by": "name", "classes": classes})
    many = MapLayer(id="a", title=Words("a", "a"), geometry="area", style=style)
    areas = signs_of(many, 0)
    assert len(areas) == 7
    assert (areas[-1].values, areas[-1].words.en) == ((), "Other")
    assert len({one.pattern for one in areas}) == 7 <= len(PATTERNS)
    lines = signs_of(msgspec.structs.replace(many, geometry="line"), 0)
    assert (len({one.dash for one in lines[:6]}), {one.dash for one in areas}) == (6, {()})
    assert len({one.shape for one in areas[:6]}) == len(SHAPES)


def _style(told: dict[str, Any]) -> Style:
    return msgspec.convert(told, Style)


async def test_a_place_is_found_by_name_ward_square_and_voxel() -> None:
    town = await open_town()

    async def found(text: str, language: str = "ja") -> list[tuple[str, str, tuple[float, float]]]:
        ask = PageAsk("demo", {}, {}, {}, {}, NOBODY, language, town.clock.now(), 1, town.city(), town=DEMO)
        places = await find(ask, text)
        return [(one.title, one.kind, (round(one.at[0], 3), round(one.at[1], 3))) for one in places]

    assert await found("港小学校") == [("港小学校", "指定緊急避難場所", (141.02, 35.35))]
    assert [one[0] for one in await found("見本市港区１番")] == ["港小学校"]
    assert ("商業地域", "都市計画などの区域", (141.02, 35.35)) in await found("商業")
    assert await found("Harbour", "en") == [("Harbour Ward", "Ward", (141.02, 35.35))]
    assert await found("53394526") == [("53394526", "地域メッシュ（JIS X 0410）", (139.706, 35.688))]
    (voxel,) = await found("18/0/232837/103222")
    assert voxel[1] == "空間ID"
    assert (await found("99999999999"), await found("どこにもない")) == ([], [])
