"""Laws of the page of a layer: its features once each, found by name and place; one that is not public is not there."""

from __future__ import annotations

import pytest
from map_town import STATIONS, ZONES, map_town, put, square, take_over

from kaiteki.kit.pages import Missing, PageAsk, PageReply, Shown
from kaiteki.model.access import NOBODY
from kaiteki.model.decision import Accepted
from kaiteki.services.maps import browse, listed
from kaiteki.services.maps.settings import Settings
from town import CLERK, Town

COUNT = 120


def asked(town: Town, name: str, **query: str) -> PageAsk:
    return PageAsk(
        "demo", {"id": name}, query, {}, {}, NOBODY, "ja", town.clock.now(), 1, town.city(), Settings()
    )


async def page(town: Town, name: str, **query: str) -> Shown:
    reply: PageReply = await listed.show_layer(asked(town, name, **query))
    assert isinstance(reply, Shown)
    return reply


async def full() -> Town:
    """A hundred and twenty stations in a row, a metre apart from each other, and two zones."""
    town = map_town(ZONES, STATIONS)
    await take_over(town)
    for n in range(COUNT):
        place = {"type": "Point", "coordinates": [141.0 + n * 0.001, 35.3]}
        await put(town, "WeatherObserved", f"{n:03d}", place, name=f"観測所{n:03d}", temperature=float(n))
    for name in ("商業地域", "作業区域"):
        await put(town, "PlanningZone", name, square(141.0, 35.3, 0.01), name=name)
    return town


async def test_every_feature_stands_once_on_the_pages_of_the_list() -> None:
    town, titles, after = await full(), list[str](), ""
    for _ in range(COUNT):
        shown = await page(town, "stations", **({"after": after} if after else {}))
        titles += [row[0]["text"] for row in shown.values["rows"]]
        if shown.values["next"] is None:
            break
        after = shown.values["next"].partition("after=")[2].replace("%3A", ":")
    assert titles == [f"観測所{n:03d}" for n in range(COUNT)]


async def test_a_layer_of_classes_lists_only_what_belongs_to_it() -> None:
    shown = await page(await full(), "zones")
    assert [row[0]["text"] for row in shown.values["rows"]] == ["商業地域"]


async def test_features_are_found_by_name_and_by_place() -> None:
    town = await full()
    named = await page(town, "stations", q="観測所007")
    assert [(row[0]["text"], row[1]["text"]) for row in named.values["rows"]] == [("観測所007", "7")]
    near = await page(town, "stations", at="141.0,35.3")
    assert 8 <= len(near.values["rows"]) <= 14
    wrong = await page(town, "stations", at="どこか")
    assert (wrong.status, wrong.values["wrong"] != "") == (400, True)


async def test_a_held_layer_has_no_page_and_stands_in_no_list() -> None:
    town = await full()
    assert isinstance(await town.run("maps.withdraw", {"id": "urn:ngsi-ld:MapLayer:zones"}, CLERK), Accepted)
    assert isinstance(await listed.show_layer(asked(town, "zones")), Missing)
    reply = await browse.show_layers(asked(town, ""))
    assert isinstance(reply, Shown)
    assert [one["name"] for group in reply.values["groups"] for one in group["layers"]] == ["stations"]


async def test_a_part_of_a_small_collection_is_counted_and_of_a_large_one_known_to_be_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    town = map_town(ZONES)
    await take_over(town)
    for number in range(5):
        name = "商業地域" if number < 3 else "住居地域"
        await put(town, "PlanningZone", f"z{number}", square(141.0 + number / 100, 35.3, 0.01), name=name)
    counts = dict((await page(town, "zones")).values["one"]["facts"])
    assert counts["件数"] == "3"
    ways = [row[-1]["text"] for row in (await page(town, "zones")).values["rows"]]
    # three of one name, each with its position
    assert len(set(ways)) == 3 and all(way.startswith("この場所のこと（35.305") for way in ways), ways
    monkeypatch.setattr(browse, "COUNT_MAX", 4)
    counts = dict((await page(town, "zones")).values["one"]["facts"])
    assert counts["件数"] == "データの一部を示します"
