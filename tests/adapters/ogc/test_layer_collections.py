"""Laws of layers as collections: one shows what its layer shows, to whom it may be shown, and says whose it is and what holds of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from msgspec import Struct
from ogc_client import COUNT, KEY, ORIGIN, Client, Hall, hall, refused
from tile_reader import needs_reader, read_tiles

from kaiteki.kit.manifest import EntityType, Service
from kaiteki.kit.views import write
from kaiteki.model.words import Words
from kaiteki.ports.entities import By, Change, Decision
from kaiteki.services.maps.manifest import service as maps
from kaiteki.services.maps.model import Class, HeldMapLayer, Item, MapLayer, Style
from town import MORNING

HIGH = MapLayer(
    id="urn:ngsi-ld:MapLayer:high-halls",
    title=Words("高い集会所", "High halls", "高（たか）い 集会所（しゅうかいじょ）"),
    summary=Words("3階建てから", "Three floors and more", "3かいから"),
    collection="Hall",
    filter="floors >= 3",
    legal_note=Words("参考です。", "For reference.", "さんこうです。"),
    source=Words("集会所台帳", "Ledger of halls", "だいちょう"),
    as_of="2026-04-01",
    licence="CC BY 4.0",
    maintainer=Words("市民課", "Residents' office", "しみんか"),
    items=(
        Item("name", Words("名称", "Called", "よびな")),
        Item("height", Words("高さ", "Height", "たかさ")),
    ),
)
ID = "layer_high-halls"
ITEMS = f"/collections/{ID}/items"
SHOWN = [n for n in range(COUNT) if n % 4 + 1 >= 3]


async def keep(client: Client, *views: Any, gone: Sequence[str] = ()) -> None:
    """Write entities past all commands."""
    ids = [*(str(one.id) for one in views), *gone]

    def decide(loaded: Any) -> Decision[None]:
        before = {name: row for name, row in loaded.items() if row is not None}
        put = [
            Change(
                before.get(name),
                write(one, before.get(name), MORNING),
            )
            for name, one in zip(ids, views, strict=False)
        ]
        return Decision([*put, *(Change(before[name], None) for name in gone)], None)

    await client.town.store.entities.change("demo", ids, decide, By())


@pytest.fixture
async def client() -> Client:
    one = Client(maps)
    await one.fill()
    await keep(one, HIGH)
    return one


async def shown(client: Client, **query: str) -> list[int]:
    page = await client.told(ITEMS, **query)
    return [int(one["id"].rpartition(":")[2]) for one in page["features"]]


async def test_a_layer_is_listed_and_says_what_it_is(client: Client) -> None:
    listed = {one["id"]: one for one in (await client.told("/collections"))["collections"]}
    alone = await client.told(f"/collections/{ID}", lang="en")
    assert list(listed) == ["Hall", ID]
    assert listed[ID]["title"] == "高い集会所"
    assert alone["description"] == "Three floors and more For reference."
    told = {name: alone[name] for name in ("source", "asOf", "legalNote", "licence", "maintainer")}
    assert told == {
        "source": "Ledger of halls",
        "asOf": "2026-04-01",
        "legalNote": "For reference.",
        "licence": "CC BY 4.0",
        "maintainer": "Residents' office",
    }
    links = {(one["rel"], one["href"]) for one in alone["links"]}
    assert ("license", "https://creativecommons.org/licenses/by/4.0/") in links
    assert ("related", f"{ORIGIN}/collections/Hall") in links
    assert ("describedby", f"http://localhost/demo/maps/layers/{HIGH.id}") in links
    page = (await client.get(f"/collections/{ID}", f="html")).body.decode()
    for words in ("この地図について", "参考です。", "集会所台帳", "2026-04-01", "CC BY 4.0", "市民課"):
        assert words in page
    of_type = await client.told("/collections/Hall")
    assert "高い集会所" in [one["title"] for one in of_type["links"] if one["rel"] == "related"]


async def test_its_features_are_those_of_the_layer_however_they_are_asked_for(client: Client) -> None:
    assert await shown(client) == SHOWN
    page = await client.told(ITEMS)
    assert page["numberMatched"] == len(SHOWN)
    assert set(page["features"][0]["properties"]) == {"name", "height", "built"}
    placed = [n for n in SHOWN if n % 3 != 2]
    assert await shown(client, bbox="141.035,35.3,141.105,36") == [n for n in placed if 3.5 < n < 10.5]
    assert await shown(client, filter="height < 4") == [n for n in SHOWN if n / 2 < 4]
    assert await shown(client, filter="height < 4 OR TRUE = TRUE") == SHOWN
    assert await shown(client, name="集会所3") == [3]
    assert await shown(client, name="集会所4") == []
    assert await shown(client, datetime="2026-01-05/..") == [n for n in SHOWN if n % 4 == 0 or n >= 4]
    plane = await client.told(ITEMS, crs="http://www.opengis.net/def/crs/EPSG/0/6677", limit="1")
    assert (
        plane["features"][0]["geometry"] is None or plane["features"][0]["geometry"]["coordinates"][0] < 1e6
    )
    seen: list[int] = []
    after = ""
    for _ in range(COUNT):
        page = await client.told(ITEMS, limit="2", **({"after": after} if after else {}))
        seen += [int(one["id"].rpartition(":")[2]) for one in page["features"]]
        if not any(one["rel"] == "next" for one in page["links"]):
            break
        after = page["features"][-1]["id"]
    assert seen == SHOWN


async def test_a_feature_that_the_layer_does_not_show_is_not_there(client: Client) -> None:
    assert (await client.told(f"{ITEMS}/{hall(3).id}"))["id"] == hall(3).id
    assert await refused(client, f"{ITEMS}/{hall(4).id}", 404) == "featureId"


async def test_filters_name_what_the_layer_tells_of_and_nothing_else(client: Client) -> None:
    told = await client.told(f"/collections/{ID}/queryables")
    assert {name: one.get("title") for name, one in told["properties"].items()} == {
        "geometry": "場所",
        "name": "名称",
        "height": "高さ",
        "built": None,
    }
    for wrong in ("floors = 3", "listed = TRUE", "rent > 0"):
        assert await refused(client, ITEMS, filter=wrong) == "filter"
    assert await refused(client, ITEMS, floors="3") == "floors"


async def test_cells_count_what_the_layer_shows(client: Client) -> None:
    box = {"bbox": "140.9,35.2,141.3,35.6", "mesh": "2"}
    counted = (await client.told(f"/collections/{ID}/cells", **box))["features"]
    assert sum(one["properties"]["count"] for one in counted) == sum(n % 3 != 2 for n in SHOWN)


@needs_reader
async def test_its_tiles_follow_the_layer_and_its_features(client: Client) -> None:
    async def drawn() -> list[int]:
        answer = await client.get(f"/collections/{ID}/tiles/WebMercatorQuad/0/0/0")
        (layers,) = read_tiles([answer.body])
        found = layers[ID]["features"] if ID in layers else []
        return sorted(int(one["properties"]["id"].rpartition(":")[2]) for one in found)

    placed = [n for n in SHOWN if n % 3 != 2]
    assert await drawn() == placed
    await keep(client, msgspec.structs.replace(hall(3), floors=1), msgspec.structs.replace(hall(4), floors=4))
    assert await drawn() == sorted({*placed, 4} - {3})
    await keep(client, msgspec.structs.replace(HIGH, filter="floors = 4"))
    assert await drawn() == sorted({n for n in placed if n % 4 == 3} - {3} | {4})


async def test_classes_that_alone_belong_to_a_layer_are_its_features(client: Client) -> None:
    classes = tuple(Class(f"集会所{n}", Words(str(n), str(n)), "#000000") for n in (5, 7, 999))
    style = Style(by="name", only=True, classes=classes)
    some = msgspec.structs.replace(HIGH, filter="", style=style, items=())
    await keep(client, some)
    assert await shown(client) == [5, 7]
    assert set((await client.told(ITEMS, limit="1"))["features"][0]["properties"]) > {"floors", "tags"}


@pytest.mark.parametrize(
    "wrong",
    [{"filter": "rent > 1000"}, {"filter": "floors >"}, {"collection": "Nothing"}, {"collection": ID}],
)
async def test_a_layer_over_what_nobody_may_ask_is_no_collection(
    client: Client, wrong: dict[str, str]
) -> None:
    await keep(client, msgspec.structs.replace(HIGH, **wrong))
    assert [one["id"] for one in (await client.told("/collections"))["collections"]] == ["Hall"]
    assert await refused(client, ITEMS, 404) == "collectionId"


async def test_a_withdrawn_layer_is_not_there(client: Client) -> None:
    said = {one: getattr(HIGH, one) for one in HIGH.__struct_fields__ if one != "id"}
    await keep(client, HeldMapLayer(id="urn:ngsi-ld:HeldMapLayer:high-halls", **said), gone=[HIGH.id])
    assert [one["id"] for one in (await client.told("/collections"))["collections"]] == ["Hall"]
    for below in (
        "",
        "/items",
        "/queryables",
        "/tiles",
        "/tiles/WebMercatorQuad/0/0/0",
        f"/items/{hall(3).id}",
    ):
        for told in ({}, {"authorization": f"Bearer {KEY}"}):
            answer = await client.get(f"/collections/{ID}{below}", told)
            assert (answer.status, json.loads(answer.body)["field"]) == (404, "collectionId"), below


class DataSet(Struct, frozen=True):
    """A data set."""

    id: str
    title: str = ""
    record_type: str = ""


class Row(Hall, frozen=True):
    """A record of one."""

    data_set: str = ""


async def test_a_data_set_with_the_name_of_a_layer_does_not_take_its_place() -> None:
    sets = EntityType(
        "DataSet",
        DataSet,
        Words("表", "Table"),
        public=("title", "record_type"),
        plays=frozenset({"data_set"}),
    )
    rows = EntityType("Row", Row, Words("行", "Row"), public=("name", "data_set", "location"))
    keeper = Service(
        name="sets",
        words=Words("表", "Tables"),
        summary=Words("表", "Tables"),
        field="town",
        stage="pilot",
        package="kaiteki.services.opendata",
        types=(sets, rows),
    )
    client = Client(maps, keeper)
    await client.fill()
    await keep(client, HIGH)
    for name in (ID, "layer_other", "roads"):
        await keep(client, DataSet(f"urn:ngsi-ld:DataSet:{name}", "表", "Row"))
    listed = {one["id"]: one["title"] for one in (await client.told("/collections"))["collections"]}
    assert listed == {"Hall": "集会所", "Row": "行", "roads": "表", ID: "高い集会所"}
    assert await shown(client) == SHOWN
    assert await refused(client, "/collections/layer_other", 404) == "collectionId"
