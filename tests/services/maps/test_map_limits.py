"""What the map does not show, it says: layers for which there is no room, and layers that are meant for other views."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

import msgspec
from map_town import STATIONS, ZONES, map_town, put, square, take_over

from kaiteki.kit.pages import Moved, PageAsk, Shown
from kaiteki.main.cities import load_city
from kaiteki.model.access import NOBODY
from kaiteki.model.words import Words
from kaiteki.services.maps.model import Style
from kaiteki.services.maps.settings import Settings, Told
from kaiteki.services.maps.view import show_map
from kaiteki.services.maps.viewport import SHOWN_MAX
from town import Town

DEMO = load_city("demo")


def further(number: int) -> Told:
    """A layer of points."""
    name = f"more{number:02}"
    return msgspec.structs.replace(STATIONS, name=name, title=Words(name, name, name), order=200 + number)


async def look(town: Town, query: dict[str, str]) -> Any:
    """The map, as somebody sees who has not signed in."""
    return await show_map(
        PageAsk(
            "demo", {}, query, {}, {}, NOBODY, "ja", town.clock.now(), 1, town.city(), Settings(), town=DEMO
        )
    )


async def test_what_has_no_room_is_left_off_by_name_and_what_was_shown_stays() -> None:
    many = (ZONES, *map(further, range(22)))
    town = map_town(*many)
    await take_over(town)
    names = [one.name for one in many]
    moved = await look(town, {f"on.{name}": name for name in names} | {"order": "zones", "form": "1"})
    assert isinstance(moved, Moved)
    asked = dict(parse_qsl(moved.path.partition("?")[2]))
    page = await look(town, asked)
    shown = [one.layer.name for one in page.values["view"].shown]
    left = asked["layers"].split(",")[SHOWN_MAX:]
    # (points lie on areas: zones, which stood there before, is the lowest)
    assert (len(shown), shown[-1], sorted([*shown, *left])) == (SHOWN_MAX, "zones", sorted(names))
    ((field, told),) = page.values["faults"]
    assert field == "layers" and "15枚あります" in told and "ほか5枚" in told
    assert [one in told for one in left] == [True] * 10 + [False] * 5


async def test_what_has_no_name_is_called_by_its_layer_and_what_it_is_known_by() -> None:
    unnamed = msgspec.structs.replace(
        STATIONS, name="aeds", title=Words("AED", "AED", "AED"), collection="AED"
    )
    town = map_town(unnamed)
    await take_over(town)
    known = ({"identifier": "A-7"}, {"fullAddress": "見本市本町1"}, {})
    for number, told in enumerate(known):
        place = {"type": "Point", "coordinates": [141.05 + number / 10_000, 35.35]}
        await put(town, "AED", str(number), place, **told)
    page = await look(town, {"layers": "aeds", "at": "141.05,35.35", "z": "16"})
    (aeds,) = page.values["seen"]
    assert [one.title for one in aeds["features"]] == ["AED　A-7", "AED　見本市本町1", "AED"]


async def test_a_layer_is_drawn_at_its_zooms_alone_and_listed_from_the_lowest_on() -> None:
    town = map_town(msgspec.structs.replace(ZONES, style=Style(zooms=(15, 17))))
    await take_over(town)
    await put(town, "PlanningZone", "a", square(141.049, 35.349, 0.002), name="商業地域")
    drawn = {}
    for zoom in ("14.9", "15", "17"):
        page = await look(town, {"layers": "zones", "at": "141.05,35.35", "z": zoom})
        assert isinstance(page, Shown)
        ((_, _, shapes),) = page.values["drawn"]
        unfit = [closer for _, closer in page.values["unfit"]]
        drawn[zoom] = (len(shapes), page.values["count"], unfit)
    # (what is to be done is said under the map: to come closer, or to go farther away)
    assert drawn == {"14.9": (0, 0, [True]), "15": (1, 1, []), "17": (0, 1, [False])}
