"""Laws of the search by lot: every spelling finds the parcel, an address of the same words is told apart, what is hidden or has no place says so."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from map_town import look, map_town, put, square, take_over, told

from kaiteki.kit.pages import PageAsk, Shown
from kaiteki.model.access import NOBODY
from kaiteki.model.area import Area, Ward
from kaiteki.model.lots import fold_town, key_of, read_lots
from kaiteki.model.words import Words
from kaiteki.services.maps import view
from kaiteki.services.maps.lots import FOUND_MAX, FoundLot, Lots, find_lots
from kaiteki.services.maps.manifest import service
from kaiteki.services.maps.settings import SETS
from town import Town

WEST, SOUTH, SIDE = 138.32, 34.86, 0.0002
(PARCELS,) = SETS["registry"]
YAIZU = Area(
    name="yaizu",
    code="222127",
    words=Words("焼津市", "Yaizu City"),
    summary=Words("", ""),
    hall=Words("", ""),
    accent="#000000",
    centre=(WEST, SOUTH),
    bbox=(138.2, 34.7, 138.4, 35.0),
    plane=8,
    wards=(),
)


async def keep(town: Town, number: int, lot: str, quarter: str = "二丁目", **more: Any) -> str:
    """A parcel of 本町, each east of the one before."""
    oaza = more.pop("oazaName", "本町")
    name = oaza + quarter + more.get("koazaName", "")
    lots = read_lots(lot)
    written = "・".join(one.words for one in lots) or lot
    keys = [key_of(fold_town(oaza, quarter), one) for one in lots]
    values: dict[str, Any] = {"oazaName": oaza, "chomeName": quarter, "cityName": "焼津市", **more}
    values |= {"parcelName": name + written, "lotNumber": lot, "lotOrder": keys}
    place = values.pop("place", square(WEST + number * SIDE, SOUTH, SIDE))
    return await put(town, "CadastralParcel", f"p{number}", place, **values)


async def registry() -> Town:
    town = map_town(PARCELS)
    await take_over(town)
    for number, lot in enumerate(("16-1", "16-3", "16-4", "17", "18-2+18-3", "40")):
        await keep(town, number, lot)
    await keep(town, 10, "123", "", oazaName="小川", koazaName="字下島")
    await keep(town, 11, "39-6", "", oazaName="大字長者町")
    return town


def asking(town: Town, area: Area | None = YAIZU, **query: str) -> PageAsk:
    """Somebody who asks a page of maps."""
    city = town.city(NOBODY)
    asked = town.engine.asked(service, city.asking)
    ask = PageAsk("demo", {}, dict(query), {}, {}, NOBODY, "ja", asked.now, 1, city, asked.settings)
    return msgspec.structs.replace(ask, town=area)


async def lots(town: Town, text: str, area: Area | None = YAIZU) -> Lots:
    found = await find_lots(asking(town, area), text)
    assert found is not None
    return found


def titles(found: tuple[FoundLot, ...]) -> list[str]:
    return [one.title for one in found]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("本町二丁目16番3", "本町二丁目16番3"),
        ("本町2-16-3", "本町二丁目16番3"),
        ("本町２丁目１６－３", "本町二丁目16番3"),
        ("本町二丁目十六番地の三", "本町二丁目16番3"),
        ("静岡県焼津市本町２丁目16番地ノ3", "本町二丁目16番3"),
        ("長者町３９−６", "大字長者町39番6"),
        ("大字小川字下島123番地", "小川字下島123番"),
        ("小川123", "小川字下島123番"),
        ("下島123番", "小川字下島123番"),
        ("本町16-3", "本町二丁目16番3"),
        ("本町2丁目18-3", "本町二丁目18番2・18番3"),
        ("16番地3", "本町二丁目16番3"),
    ],
)
async def test_a_lot_is_found_however_it_is_written(text: str, title: str) -> None:
    assert titles((await lots(await registry(), text)).found) == [title]


async def test_where_a_lot_is_not_its_town_and_the_nearest_numbers_are_told() -> None:
    found = await lots(await registry(), "本町二丁目16番2")
    assert (found.lot, found.found, found.town) == ("16番2", (), "本町二丁目")
    assert titles(found.near) == [
        f"本町二丁目{one}" for one in ("16番1", "16番3", "16番4", "17番", "18番2・18番3")
    ]


async def test_far_from_every_number_the_town_alone_is_told_and_of_no_town_nothing() -> None:
    town = await registry()
    assert await lots(town, "本町二丁目900番") == Lots("900番", town="本町二丁目")
    assert await lots(town, "港町5番") == Lots("5番")


@pytest.mark.parametrize("text", ["図書館", "本町", "本町二丁目", ""])
async def test_words_that_are_no_lot_are_left_to_the_other_search(text: str) -> None:
    assert await find_lots(asking(await registry()), text) is None


async def test_an_area_without_parcels_says_nothing_of_lots() -> None:
    assert await find_lots(asking(map_town()), "本町2-16-3") is None


async def test_more_lots_than_are_told_are_said_to_be_more() -> None:
    town = map_town()
    for number in range(FOUND_MAX + 1):
        await keep(town, number, "7", "", oazaName=f"第{'一二三四五六七'[number % 7]}{number}町")
    found = await lots(town, "7番")
    assert (len(found.found), found.more) == (FOUND_MAX, True)


async def test_a_ward_that_is_named_narrows_what_is_found() -> None:
    town = map_town()
    await keep(town, 1, "5", "", cityName="千葉市中央区")
    await keep(town, 2, "5", "", cityName="千葉市緑区")
    wards = tuple(
        Ward(code=code, words=Words(name, name), centre=(140.1, 35.6), office=Words("", ""))
        for code, name in (("121011", "中央区"), ("121053", "緑区"))
    )
    chiba = msgspec.structs.replace(YAIZU, code="121002", words=Words("千葉市", "Chiba City"), wards=wards)
    assert len((await lots(town, "本町5番", chiba)).found) == 2
    (one,) = (await lots(town, "千葉市緑区本町5番", chiba)).found
    assert one.where == "千葉市緑区"


async def test_a_parcel_without_a_place_is_found_and_leads_to_its_page() -> None:
    town = map_town()
    entity_id = await keep(town, 1, "16-3", place=None)
    (one,) = (await lots(town, "本町2丁目16番3")).found
    assert (one.at, one.place, one.path) == (None, "", f"things/CadastralParcel/{entity_id}")


async def test_the_page_tells_lots_and_addresses_apart_and_leads_to_the_parcel_with_its_layer() -> None:
    town = await registry()
    await put(
        town,
        "AED",
        "a",
        {"type": "Point", "coordinates": [WEST, SOUTH]},
        name="公民館",
        fullAddress="本町2-16-3",
    )
    page = await view.show_map(asking(town, q="本町2-16-3", layers=""))
    assert isinstance(page, Shown)
    assert [one.title for one in page.values["found"]] == ["公民館"]
    assert titles(page.values["lots"].found) == ["本町二丁目16番3"]
    assert [one.layer.name for one in page.values["lot_view"].shown] == ["parcels"]


async def test_a_place_reads_its_parcel_with_the_words_of_the_law() -> None:
    page = await look(await registry(), at=f"{WEST + 1.5 * SIDE},{SOUTH + SIDE / 2}")
    assert told(page) == [("地番（登記所備付地図）", "本町二丁目16番3")]
    row = page.values["groups"][0]["rows"][0]
    assert "証明するものではありません" in row["note"]
    assert [one["clause"] for one in row["grounds"]] == ["14条1項・4項", "2条17号・35条"]


async def test_parcels_are_drawn_from_near_alone() -> None:
    town = await registry()
    at = f"{WEST + 3 * SIDE:.6f},{SOUTH + SIDE / 2:.6f}"
    counted = []
    for zoom in ("16.9", "17"):
        page = await view.show_map(asking(town, layers="parcels", at=at, z=zoom))
        assert isinstance(page, Shown)
        counted.append([(one["total"], one["far"]) for one in page.values["seen"]])
    assert counted == [[(0, True)], [(8, False)]]
