"""The form of a layer takes nothing that cannot work: data, properties and lines are named from what there is, and refused by field."""

from __future__ import annotations

import re

import msgspec
import pytest
from map_town import STATIONS, ZONES, map_town, put, take_over
from test_map_desk import FORM, asked, page

from kaiteki.kit.backoffice import Desk
from kaiteki.kit.pages import Moved, Shown
from kaiteki.main.cities import known_cities, load_service_settings
from kaiteki.main.parts import SERVICES
from kaiteki.model.cql2.text import parse_text
from kaiteki.model.decision import Fault
from kaiteki.services.maps import desk
from kaiteki.services.maps.edit import form_of
from kaiteki.services.maps.lines import read_classes, read_grounds, read_items
from kaiteki.services.maps.model import MapLayer
from kaiteki.services.maps.offered import properties_of
from kaiteki.services.maps.settings import Settings
from kaiteki.services.maps.shown import Collection, located_types
from town import CLERK, Town

WEATHER = {**FORM, "collection": "WeatherObserved", "items": "name = 名前 | Name", "by": ""}
PLACE = {"type": "Point", "coordinates": [141.0, 35.3]}


async def refused(town: Town, at: str = "new", **fields: str) -> list[tuple[str, str]]:
    """Field and words of each fault of a form that was sent."""
    shown = await page(await desk.act_edit(asked(town, CLERK, {"name": at}, **{**WEATHER, **fields})))
    assert shown.status == 422
    faults: list[Fault] = list(shown.values["faults"])
    return [(one.field, one.words.ja) for one in faults]


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"collection": "NoSuchThing"}, "collection", "「NoSuchThing」というデータはありません"),
        ({"filter": "nothere = 'x'"}, "filter", "「nothere」という項目はこのデータにありません。あるもの："),
        ({"filter": "temperature > 'x'"}, "filter", "合いません"),
        ({"by": "nothere"}, "by", "temperature（気温（℃））"),
        ({"items": "name = 名前 | Name\nzzz = ない項目"}, "items", "「zzz」という項目"),
    ],
)
async def test_what_is_not_there_is_refused_by_field_with_what_there_is(
    fields: dict[str, str], field: str, words: str
) -> None:
    ((told, said),) = await refused(map_town(), **fields)
    assert told == field and words in said


@pytest.mark.parametrize(
    ("filter_", "where"),
    [
        ("temperature >= 3 AND 面積(㎡) > 1", "（24文字目「(㎡) > 1」のところ）"),
        ("面積㎡ > 1", "（3文字目「㎡ > 1」のところ）"),
        ("temperature >", "（終わりのところ）"),
    ],
)
async def test_a_filter_that_cannot_be_read_says_where_and_what_names_with_signs_ask_for(
    filter_: str, where: str
) -> None:
    ((field, said),) = await refused(map_town(), filter=filter_)
    assert field == "filter" and where in said and '"面積(㎡)"' in said and "二重引用符" in said
    assert parse_text('temperature >= 3 AND "面積(㎡)" > 1')


async def test_every_name_that_is_wrong_is_told_at_once_and_what_is_right_is_kept() -> None:
    town = map_town()
    wrong = await refused(town, filter="a = 1", by="b", items="c = い\nd = ろ")
    assert [one for one, _ in wrong] == ["filter", "by", "items", "items"]
    kept = await desk.act_edit(
        asked(town, CLERK, {"name": "new"}, **{**WEATHER, "filter": "temperature > 10"})
    )
    assert isinstance(kept, Moved)


async def test_columns_that_records_keep_beside_their_items_are_properties_too() -> None:
    town = map_town()
    await put(town, "ParkEquipment", "1", PLACE, name="いす", details={"管理者": "公園課"})
    fields = {**FORM, "items": "name = 名前 | Name\n管理者 = 管理者 | Owner"}
    assert isinstance(await desk.act_edit(asked(town, CLERK, {"name": "new"}, **fields)), Moved)
    ((field, words),) = await refused(town, **{**fields, "name": "others", "items": "設置者 = だれ"})
    assert field == "items" and "設置者" in words


async def test_a_layer_whose_data_are_still_to_come_is_changed_as_long_as_its_names_stay() -> None:
    later = msgspec.structs.replace(ZONES, collection="ToCome", items=ZONES.items)
    town = map_town(later)
    await take_over(town)
    layer = await town.city().get(MapLayer, "urn:ngsi-ld:MapLayer:zones")
    fields = {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in msgspec.structs.asdict(form_of(layer)).items()
    }
    kept = await desk.act_edit(asked(town, CLERK, {"name": "zones"}, **{**fields, "licence": "CC BY 4.0"}))
    assert isinstance(kept, Moved)
    ((field, _),) = await refused(town, "zones", **{**fields, "collection": "Nowhere"})
    assert field == "collection"


async def test_the_form_offers_what_there_is_in_words_and_shows_it_without_keeping() -> None:
    town = map_town(STATIONS)
    await put(
        town, "DataSet", "trees", None, title="街路樹", recordType="StreetLight", located=3, details=["樹種"]
    )
    fresh = await page(await desk.show_edit(asked(town, CLERK, {"name": "new"})))
    offered = dict(fresh.values["collections"])
    assert offered["trees"] == "街路樹" and "WeatherObserved" in offered and "MapLayer" not in offered
    assert fresh.values["properties"] == []
    look = asked(town, CLERK, {"name": "new"}, collection="trees", title="かきかけ", do="look")
    shown = await desk.act_edit(look)
    assert isinstance(shown, Shown) and shown.status == 200
    assert dict(shown.values["properties"])["樹種"] == "樹種"
    assert {field.name: value for field, value in shown.values["drawn"]}["title"] == "かきかけ"
    desk_now = await page(await desk.show_desk(asked(town, CLERK, {})))
    assert desk_now.values["held"] == []


@pytest.mark.parametrize("area", known_cities())
def test_layers_of_the_areas_name_what_their_types_have(area: str) -> None:
    class City:
        services = SERVICES

    located = located_types(City())  # pyright: ignore[reportArgumentType]
    for told in load_service_settings(area, "maps", Settings).layers:
        if told.collection not in located:
            continue
        declared, place = located[told.collection]
        known = dict(properties_of(Collection(declared, place), "ja"))
        named = {one.property for one in told.items} | ({told.style.by} if told.style.by else set())
        assert "details" in declared.public or named <= known.keys(), (told.name, named - known.keys())


def test_a_fault_of_a_line_names_its_field_and_the_pattern_of_that_field() -> None:
    items, classes, grounds = (
        read_items("a"),
        read_classes("あ = い | a | あ | #112233\na"),
        read_grounds("| |"),
    )
    assert isinstance(items, Fault) and isinstance(classes, Fault) and isinstance(grounds, Fault)
    assert items.words.ja.startswith("「項目」の1行目：「項目 = 日本語 | English | やさしい | 単位 | 役割」")
    assert classes.words.ja.startswith("「色分け」の2行目：「値 = 日本語 | English | やさしい | #色」")
    assert classes.words.en.startswith("Classes, line 2: ") and "#colour" in classes.words.en
    assert grounds.words.ja.startswith("「根拠」の1行目：")


@pytest.mark.parametrize(
    ("language", "words"),
    [("ja", ("職員が作った", "公開した")), ("en", ("Made at the desk", "Published"))],
)
async def test_the_ledger_says_in_words_what_was_done_with_a_layer(
    language: str, words: tuple[str, str]
) -> None:
    town = map_town()
    await desk.act_edit(asked(town, CLERK, {"name": "new"}, **WEATHER))
    held = "urn:ngsi-ld:HeldMapLayer:benches"
    await desk.act_desk(asked(town, CLERK, {}, do="publish", id=held, why="できた"))
    ledger = Desk(town.city(CLERK, language=language), town.store.history, town.store.events)
    sheet = await ledger.show("MapLayer", "urn:ngsi-ld:MapLayer:benches")
    assert sheet is not None
    (log,) = (cell.text for cell in sheet.cells if cell.field == "log")
    assert all(one in log for one in words) and "できた" in log
    assert "added" not in log.lower() and not re.search("published(?! )", log)
    lines = await ledger.history("MapLayer", "urn:ngsi-ld:MapLayer:benches")
    assert any(words[1] in change.after for line in lines for change in line.changes)
