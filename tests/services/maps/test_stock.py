"""Laws of what a layer has: the list and the number are what everybody sees and what is drawn, whoever looks; without data it says so."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import msgspec
from map_town import map_town, put, take_over

from kaiteki.kit.pages import PageAsk, Shown
from kaiteki.kit.views import expand_name, write
from kaiteki.main.cities import load_city
from kaiteki.model.access import NOBODY, Person
from kaiteki.model.entity import Entity
from kaiteki.model.words import Words
from kaiteki.ports.entities import By, Change, Decision
from kaiteki.services.maps.listed import show_layer
from kaiteki.services.maps.model import Item
from kaiteki.services.maps.settings import Settings, Told
from kaiteki.services.maps.view import show_map
from kaiteki.services.opendata.model import DataSet
from kaiteki.services.opendata.withdrawal.model import Withheld
from town import CLERK, Town

NAMED = (Item("name", Words("名前", "Name"), role="title"),)
SET = DataSet("urn:ngsi-ld:DataSet:machines", "機械", "AED", records=7, source="見本市", located=7)
BARE, FULL = (
    Told(
        name=name,
        title=Words(name, name),
        collection=collection,
        geometry="point",
        group="facilities",
        items=NAMED,
        order=order,
    )
    for order, (name, collection) in enumerate((("bare", "Tree"), ("full", "machines")))
)


async def open_town() -> Town:
    """Five machines of a data set that once had seven, one of them withdrawn since; a layer of it, and one without data."""
    town = map_town(BARE, FULL)
    await take_over(town)
    for n in range(5):
        place = {"type": "Point", "coordinates": [141.02 + n / 1000, 35.35]}
        await put(town, "AED", str(n), place, name=f"{n}番", dataSet=SET.id)
    hidden = write(Withheld("urn:ngsi-ld:AED:0", "urn:ngsi-ld:Withdrawal:1", SET.id), None, town.clock.now())

    def decide(loaded: Mapping[str, Entity]) -> Decision[None]:
        before = loaded[hidden.id]
        both = {**before.attributes, **hidden.attributes}
        types = (*before.types, expand_name("Withheld"))
        after = msgspec.structs.replace(before, types=types, attributes=both, version=before.version + 1)
        return Decision([Change(before, after), Change(None, write(SET, None, town.clock.now()))], None)

    await town.store.entities.change("demo", (hidden.id,), decide, By(action="trial"))
    return town


def asked(town: Town, query: dict[str, str], person: Person = NOBODY) -> PageAsk:
    city, now, demo = town.city(person), town.clock.now(), load_city("demo")
    return PageAsk("demo", {"id": "full"}, query, {}, {}, person, "ja", now, 1, city, Settings(), town=demo)


async def look(town: Town, query: dict[str, str], person: Person = NOBODY) -> dict[str, Any]:
    reply = await show_map(asked(town, query, person))
    assert isinstance(reply, Shown)
    return dict(reply.values)


async def test_number_list_and_drawing_are_what_everybody_sees_whoever_looks() -> None:
    town = await open_town()
    for person in (NOBODY, CLERK):
        shown = await look(town, {"layers": "full", "at": "141.02,35.35", "z": "13"}, person)
        drawn = [shape for _, _, shapes in shown["drawn"] for shape in shapes]
        page = await show_layer(asked(town, {}, person))
        assert isinstance(page, Shown)
        facts = dict(page.values["one"]["facts"])
        assert (shown["count"], len(drawn), len(page.values["rows"]), facts["件数"]) == (4, 4, 4, "4")


async def test_the_source_of_a_layer_is_that_of_its_data_set_where_it_says_none() -> None:
    town = await open_town()
    page = await show_layer(asked(town, {}))
    assert isinstance(page, Shown)
    (note,) = (await look(town, {"layers": "full"}))["notes"]
    assert (
        [source for _, source in note["layers"]] == ["見本市"] == [dict(page.values["one"]["facts"])["出典"]]
    )


async def test_a_layer_without_data_is_not_shown_of_itself_and_says_so_where_it_is_asked_for() -> None:
    town = await open_town()
    shown = await look(town, {})
    assert [one.layer.name for one in shown["view"].shown] == ["full"]
    named = await look(town, {"layers": "bare"})
    assert [one.layer.name for one in named["view"].shown] == ["bare"]
    assert named["bare"] == {named["view"].shown[0].layer.id}
    told = json.loads(named["told"])
    assert (told["bare"], {one["id"]: one["items"] for one in told["layers"]}) == (
        ["bare"],
        {"bare": "#", "full": ""},
    )
