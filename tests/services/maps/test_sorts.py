"""Laws of layers that leave to their data whether they are points, lines or areas: what is there decides on the signs, all is drawn."""

from __future__ import annotations

import msgspec
from map_town import STATIONS, map_town, put, square, take_over

from kaiteki.kit.pages import PageAsk, Shown
from kaiteki.services.maps import desk
from kaiteki.services.maps.model import MapLayer
from kaiteki.services.maps.settings import Settings
from kaiteki.services.maps.sorts import EVERY, sorts_of
from town import CLERK, Town

HERE = {"type": "Point", "coordinates": [141.02, 35.35]}
ROAD = {"type": "MultiLineString", "coordinates": [[[141.02, 35.35], [141.03, 35.35]]]}


async def town_of(geometry: str, *places: object) -> Town:
    town = map_town(msgspec.structs.replace(STATIONS, geometry=geometry))
    await take_over(town)
    for number, place in enumerate(places):
        assert isinstance(place, dict)
        await put(town, "WeatherObserved", str(number), place, name=str(number))
    return town


async def sorts(town: Town) -> tuple[str, ...]:
    layer = await town.city().get(MapLayer, "urn:ngsi-ld:MapLayer:stations")
    assert layer is not None
    return (await sorts_of(town.city(), (layer,)))[layer.id]


async def test_the_signs_of_a_layer_are_those_of_what_is_there() -> None:
    assert await sorts(await town_of("any", HERE)) == ("point",)
    both = {"type": "GeometryCollection", "geometries": [HERE, square(141.0, 35.3, 0.1)]}
    assert await sorts(await town_of("any", both)) == ("area", "point")
    assert await sorts(await town_of("any", ROAD, HERE)) == ("line", "point")
    assert await sorts(await town_of("any")) == EVERY
    assert await sorts(await town_of("line", HERE)) == ("line",)


async def unlike(town: Town) -> str:
    city = town.city(CLERK)
    ask = PageAsk("demo", {}, {}, {}, {}, CLERK, "ja", town.clock.now(), 1, city, Settings())
    shown = await desk.show_desk(ask)
    assert isinstance(shown, Shown)
    (row,) = shown.values["public"]
    return row["unlike"]


async def test_the_desk_says_what_the_data_are_where_a_layer_draws_nothing_of_them() -> None:
    assert await unlike(await town_of("line", HERE)) == "点"
    for fit in ("any", "point"):
        assert await unlike(await town_of(fit, HERE, ROAD)) == ""
    assert await unlike(await town_of("line")) == ""
