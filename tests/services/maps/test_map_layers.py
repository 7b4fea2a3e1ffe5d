"""Laws of map layers: the folder of an area brings them, staff change them, and what is not public is told to nobody."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest
from map_town import map_town, take_over

from kaiteki.main.cities import known_cities, load_service_settings
from kaiteki.main.parts import SERVICES
from kaiteki.model.access import NOBODY, Person
from kaiteki.model.decision import Accepted, Refused
from kaiteki.model.query import Query
from kaiteki.model.words import Words
from kaiteki.services.maps.filters import narrowed, shows_part, text_of
from kaiteki.services.maps.model import HeldMapLayer, MapLayer, Style
from kaiteki.services.maps.settings import SETS, Settings, Told
from kaiteki.services.maps.shown import collection_of
from town import CLERK, RESIDENT_A, Town

ROADS = Told(name="roads", title=Words("道路", "Roads", "道（みち）"), group="roads", collection="Road")
SITES = Told(
    name="sites",
    title=Words("避難場所", "Evacuation sites", "にげる 場所（ばしょ）"),
    group="hazard",
    collection="EvacuationSite",
    filter="A_CONTAINS(hazards, ('flood'))",
)


async def names(town: Town, person: Person = NOBODY) -> list[str]:
    return [one.name for one in (await town.city(person).find(MapLayer, Query())).items]


async def test_the_folder_of_an_area_is_taken_over_once_and_followed_until_staff_change_a_layer() -> None:
    town = map_town(ROADS, SITES)
    assert [await take_over(town), await take_over(town)] == [2, 0]
    assert await names(town) == ["roads", "sites"]
    dated = msgspec.structs.replace(ROADS, as_of="2026-04-01")
    town.engine._settings = {"demo": {"maps": Settings((dated, SITES))}}  # pyright: ignore[reportPrivateUsage]
    assert [await take_over(town), await take_over(town)] == [1, 0]
    kept = await town.city().get(MapLayer, "urn:ngsi-ld:MapLayer:roads")
    assert (kept.as_of, [line.what for line in kept.log]) == ("2026-04-01", ["taken", "renewed"])
    moved = await town.run("maps.arrange", {"id": kept.id, "order": 3}, CLERK)
    assert isinstance(moved, Accepted)
    town.engine._settings = {"demo": {"maps": Settings((ROADS,))}}  # pyright: ignore[reportPrivateUsage]
    assert [await take_over(town), await names(town)] == [1, ["roads"]]
    left = await town.city().get(MapLayer, kept.id)
    assert (left.as_of, left.order) == ("2026-04-01", 3)


async def test_a_held_layer_is_told_to_nobody_but_staff() -> None:
    town = map_town(ROADS, SITES)
    await take_over(town)
    step = {"id": "urn:ngsi-ld:MapLayer:roads", "why": "点検中"}
    assert await town.run("maps.withdraw", step, RESIDENT_A) == Refused("not_allowed")
    assert isinstance(await town.run("maps.withdraw", step, CLERK), Accepted)
    assert await town.run("maps.withdraw", step, CLERK) == Refused("conflict")
    assert await take_over(town) == 0
    for person in (NOBODY, RESIDENT_A):
        city = town.city(person)
        assert await names(town, person) == ["sites"]
        assert (await city.find(HeldMapLayer, Query(total=True))).total == 0
        assert (await city.hits(Query(total=True), ("MapLayer", "HeldMapLayer"))).total == 1
        assert await city.get(HeldMapLayer, "urn:ngsi-ld:HeldMapLayer:roads") is None
        assert await city.get(MapLayer, "urn:ngsi-ld:MapLayer:roads") is None
    held = await town.city(CLERK).get(HeldMapLayer, "urn:ngsi-ld:HeldMapLayer:roads")
    assert [(line.what, line.why) for line in held.log] == [("taken", ""), ("withdrawn", "点検中")]
    assert isinstance(await town.run("maps.publish", {"id": held.id}, CLERK), Accepted)
    assert await names(town) == ["roads", "sites"]


@pytest.mark.parametrize("area", [name for name in known_cities() if name != "second"])
async def test_every_layer_of_the_sample_areas_names_a_collection_that_can_be_asked(area: str) -> None:
    """Types are there from the start; data sets when they were imported (tests of real layers)."""
    settings = load_service_settings(area, "maps", Settings)
    city = Town(*SERVICES, settings={"maps": settings}).city()
    for layer in settings.every:
        words: list[Words] = [layer.title, layer.legal_note, layer.maintainer, layer.source]
        assert all(one.ja and one.en and one.easy for one in words), layer.name
        collection = await collection_of(city, layer.collection)
        if collection is None:
            assert not layer.collection[:1].isupper(), layer.name
            continue
        wanted = narrowed(layer, collection, Query())
        assert wanted is not None, layer.name
        assert (wanted.test is None) == (not shows_part(layer))


TAKEN = {
    "name": "facilities",
    "source": {"ja": "記録", "en": "Records"},
    "maintainer": {"ja": "市", "en": "City"},
}


def test_an_area_takes_up_a_set_leaves_layers_out_and_puts_its_own_in_their_place() -> None:
    parks = {"ja": "公園課", "en": "Parks"}
    own = {"name": "toilets", "title": {"ja": "便所", "en": "Toilets"}, "collection": "PublicToilet"}
    taken = {**TAKEN, "without": ["aed"], "maintainers": {"parks": parks}, "licence": "CC BY 4.0"}
    told = msgspec.convert({"sets": [taken], "layers": [own]}, Settings)
    layers = {one.name: one for one in told.every}
    assert set(layers) == {one.name for one in SETS["facilities"]} - {"aed"}
    assert layers["toilets"] == told.layers[0]
    assert {name: one.maintainer.ja for name, one in layers.items() if name != "toilets"} == {
        name: "公園課" if name == "parks" else "市" for name in layers if name != "toilets"
    }
    assert {(one.source.ja, one.licence) for name, one in layers.items() if name != "toilets"} == {
        ("記録", "CC BY 4.0")
    }


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"sets": [{**TAKEN, "name": "nothing"}]}, "there is no set nothing"),
        ({"sets": [{**TAKEN, "without": ["zones"]}]}, "has no layer zones"),
        ({"sets": [{**TAKEN, "maintainers": {"zones": TAKEN["source"]}}]}, "has no layer zones"),
        ({"sets": [TAKEN, TAKEN]}, "layers that stand twice"),
    ],
)
def test_a_set_that_is_taken_up_wrongly_is_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=said):
        msgspec.convert(wrong, Settings)


def test_the_filter_of_a_layer_is_told_to_others_with_that_of_its_classes() -> None:
    style = msgspec.convert({"by": "name", "only": True, "classes": [_class("甲"), _class("it's")]}, Style)
    layer = msgspec.structs.replace(SITES, style=style)
    assert text_of(layer, {}) == "(A_CONTAINS(hazards, ('flood'))) AND name IN ('甲','it''s')"
    assert text_of(ROADS, {}) == ""


def _class(value: str) -> dict[str, Any]:
    return {"value": value, "words": {"ja": value, "en": value}, "colour": "#112233"}


def test_the_layer_of_the_guide_is_one() -> None:
    guide = (Path(__file__).parents[3] / "docs" / "guide" / "maps.md").read_text(encoding="utf-8")
    block = guide.partition("```toml\n")[2].partition("```")[0]
    (layer,) = msgspec.convert(tomllib.loads(block), Settings).layers
    assert (layer.name, layer.items[1].ground is not None) == ("zones", True)
