"""Laws of what lies under the layers: wards, or the data sets that the settings of a town without wards name, as everybody may see them."""

from __future__ import annotations

import json
from typing import Any

import msgspec
from map_town import map_town, put, square

from kaiteki.kit.pages import PageAsk, Shown
from kaiteki.main.cities import load_city, load_service_settings
from kaiteki.model.access import NOBODY
from kaiteki.model.area import Area
from kaiteki.services.maps.settings import Settings, Under
from kaiteki.services.maps.view import show_map
from kaiteki.services.maps.viewport import read_view
from town import Town

DEMO = load_city("demo")
BARE = msgspec.structs.replace(DEMO, wards=())
UNDER = Settings(ground=Under("Road", "PlanningZone", ("自治会",)))


async def shown(town: Town, area: Area, said: Settings, **query: str) -> dict[str, Any]:
    ask = PageAsk("demo", {}, query, {}, {}, NOBODY, "ja", town.clock.now(), 1, town.city(), said, town=area)
    reply = await show_map(ask)
    assert isinstance(reply, Shown)
    return dict(reply.values)


async def peopled() -> Town:
    town = map_town()
    await put(town, "PlanningZone", "a", square(141.01, 35.34, 0.02), name="港自治会")
    await put(town, "PlanningZone", "far", square(141.5, 35.8, 0.02), name="丘")
    edge = {"type": "LineString", "coordinates": [[141.0, 35.3], [141.04, 35.4]]}
    await put(town, "Road", "edge", edge, name="境")
    return town


async def test_a_town_without_wards_lies_on_its_own_data() -> None:
    values = await shown(await peopled(), BARE, UNDER, at="141.02,35.35", z="14")
    ground = values["ground"]
    assert ground.areas.count("M") == ground.lines.count("M") == 1
    assert [one.text for one in values["names"]] == ["港"]
    told = json.loads(values["told"])["ground"]
    assert [(one["kind"], one["table"]) for one in told["tables"]] == [
        ("fill", "PlanningZone"),
        ("line", "Road"),
    ]
    # the map that moves has the names of the whole town, each within its part
    assert sorted(one["text"] for one in told["names"]) == ["丘", "港"]
    (harbour,) = (one["at"] for one in told["names"] if one["text"] == "港")
    assert 141.01 < harbour[0] < 141.03 and 35.34 < harbour[1] < 35.36


async def test_wards_come_first_and_nothing_is_named_that_is_not_there() -> None:
    town = await peopled()
    values = await shown(town, DEMO, UNDER, at="141.02,35.35", z="14")
    assert [one.text for one in values["names"]] == ["港区域"]
    assert (values["ground"].lines, json.loads(values["told"])["ground"]) == ("", {})
    gone = await shown(town, BARE, Settings(ground=Under("gone", "gone")))
    assert (gone["ground"].areas, gone["ground"].lines, gone["names"]) == ("", "", [])
    assert json.loads(gone["told"])["ground"] == {"tables": [], "names": []}


def test_the_settings_of_a_town_name_its_outline_and_its_parts() -> None:
    said = load_service_settings("yaizu", "maps", Settings).ground
    assert said is not None and said.outline and said.areas
    assert [said.called(one) for one in ("吉永自治会", "自治会", "港")] == ["吉永", "自治会", "港"]


def test_how_close_is_honoured_without_a_place() -> None:
    whole, close = read_view({}, (), DEMO), read_view({"z": "16"}, (), DEMO)
    assert (close.zoom, close.at, close.told) == (16.0, whole.at, True)
    assert whole.told is False
    assert "z=16" in close.query() and "at=" in close.query()
