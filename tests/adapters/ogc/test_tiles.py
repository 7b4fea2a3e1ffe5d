"""OGC API Tiles, part 1, and tile matrix sets: each case names its requirement (20-057, 17-083r4); TileJSON 3.0."""

from __future__ import annotations

import json
from typing import Any, Final

import msgspec
import pytest
from ogc_client import COUNT, ORIGIN, Client, Hall, hall, refused
from tile_reader import needs_reader, read_tiles

from kaiteki.adapters.ogc.documents import CONFORMANCE
from kaiteki.adapters.ogc.tiles.grid import EXTENT, LEVEL_MAX, tile_over
from kaiteki.kit.manifest import EntityType, Service
from kaiteki.kit.views import write
from kaiteki.model.words import Words
from kaiteki.ports.entities import By, Change, Decision
from reader import Answer
from town import MORNING

TILES = "/collections/Hall/tiles"
SET = "WebMercatorQuad"
PLACED = [n for n in range(COUNT) if n % 3 != 2]


@pytest.fixture
async def client() -> Client:
    one = Client()
    await one.fill()
    return one


def over(number: int, level: int) -> str:
    """The address of the tile in which a hall lies, below that of its tileset."""
    tile = tile_over(141.0 + number / 100, 35.3 + number / 100, level)
    return f"/{tile.level}/{tile.row}/{tile.column}"


async def tile(client: Client, path: str, **query: str) -> Answer:
    answer = await client.get(path, **query)
    assert answer.status in (200, 204), answer.body
    assert bool(answer.body) == (answer.status == 200)
    return answer


def features(answer: Answer, layer: str = "Hall") -> dict[str, dict[str, Any]]:
    """The features of a layer by their ids."""
    (layers,) = read_tiles([answer.body])
    found = layers[layer]["features"] if layer in layers else []
    return {one["properties"]["id"]: one for one in found}


async def test_conformance_is_declared(client: Client) -> None:
    told = (await client.told("/conformance"))["conformsTo"]
    assert told == list(CONFORMANCE)
    assert "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/core" in told


@needs_reader
async def test_core_tile(client: Client) -> None:
    """/req/core/tc-op, tc-success: what lies in the tile, with its properties, where it is."""
    answer = await tile(client, f"{TILES}/{SET}{over(3, 14)}")
    assert answer.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    found = features(answer)
    assert list(found) == [hall(3).id]
    one = found[hall(3).id]
    assert one["properties"] == {
        "id": hall(3).id,
        "name": "集会所3",
        "floors": 4,
        "height": 1.5,
        "listed": False,
        "built": "2026-01-04T12:00:00Z",
    }
    (((x, y),),) = one["geometry"]
    side = 360 / (1 << 14) / EXTENT
    column = tile_over(141.03, 35.33, 14).column
    assert 0 <= y <= EXTENT
    assert abs(column * 360 / (1 << 14) - 180 + x * side - 141.03) <= side


@needs_reader
async def test_whatever_has_a_place_is_in_the_tile_of_the_world(client: Client) -> None:
    for path in (f"{TILES}/{SET}/0/0/0", f"/tiles/{SET}/0/0/0"):
        assert sorted(features(await tile(client, path))) == [hall(n).id for n in PLACED]


async def test_core_errors(client: Client) -> None:
    """/req/core/tc-error: there is no such tile, set, collection or parameter."""
    one = f"{TILES}/{SET}"
    for path, field in (
        ("/0/0/1", "tileCol"),
        ("/0/1/0", "tileRow"),
        ("/1/2/0", "tileRow"),
        (f"/{LEVEL_MAX + 1}/0/0", "tileMatrix"),
        ("/x/0/0", "tileMatrix"),
        ("/-1/0/0", "tileMatrix"),
        ("/1/0/1.5", "tileCol"),
        ("/1/٣/0", "tileRow"),
    ):
        assert await refused(client, one + path, 404) == field, path
    assert await refused(client, f"{TILES}/Other/0/0/0", 404) == "tileMatrixSetId"
    assert await refused(client, "/tileMatrixSets/Other", 404) == "tileMatrixSetId"
    assert await refused(client, f"/collections/Ledger/tiles/{SET}/0/0/0", 404) == "collectionId"
    assert await refused(client, f"{one}/0/0/0", width="4") == "width"
    assert await refused(client, f"{one}/0/0/0", collections="Hall") == "collections"
    assert await refused(client, f"{one}/0/0/0", f="html") == "f"
    assert await refused(client, one, f="mvt") == "f"


async def test_an_empty_tile_has_no_content(client: Client) -> None:
    """/per/core/tc-empty-tile: 204."""
    assert (await tile(client, f"{TILES}/{SET}/14/0/0")).status == 204


async def test_tilesets_list(client: Client) -> None:
    """/req/tilesets-list/tileset-links, /req/geodata-tilesets, /req/dataset-tilesets: from the collection and the landing page to a tile."""
    rel = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector"
    for document in (await client.told(), await client.told("/collections/Hall")):
        (listed,) = [one for one in document["links"] if one["rel"] == rel]
        told = await client.told(listed["href"].removeprefix(ORIGIN))
        (one,) = told["tilesets"]
        assert one["dataType"] == "vector"
        assert one["crs"] == "http://www.opengis.net/def/crs/EPSG/0/3857"
        links = {each["rel"]: each["href"] for each in one["links"]}
        tileset = await client.told(links["self"].removeprefix(ORIGIN))
        scheme = await client.told(
            links["http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme"].removeprefix(ORIGIN)
        )
        assert scheme["uri"] == tileset["tileMatrixSetURI"] == one["tileMatrixSetURI"]
        (item,) = [each for each in tileset["links"] if each["rel"] == "item"]
        assert item["templated"] is True
        assert item["type"] == "application/vnd.mapbox-vector-tile"
        address = item["href"].format(tileMatrix=0, tileRow=0, tileCol=0).removeprefix(ORIGIN)
        path, _, query = address.partition("?")
        assert (await tile(client, path, **dict([query.split("=")]))).status == 200
        assert [each["id"] for each in tileset["layers"]] == ["Hall"]
        assert tileset["layers"][0]["propertiesSchema"]["properties"].keys() >= {"id", "name", "floors"}
        assert len(tileset["tileMatrixSetLimits"]) == LEVEL_MAX + 1


async def test_tile_matrix_set(client: Client) -> None:
    """17-083r4, /req/tilematrixset, /req/json-tilematrixset; the numbers are those of Annex D.1."""
    (row,) = (await client.told("/tileMatrixSets"))["tileMatrixSets"]
    told = await client.told(f"/tileMatrixSets/{row['id']}")
    assert told["id"] == SET
    matrices = told["tileMatrices"]
    assert [one["id"] for one in matrices] == [str(level) for level in range(25)]
    assert matrices[0]["scaleDenominator"] == 559082264.028717
    assert round(matrices[18]["scaleDenominator"], 6) == 2132.729584
    assert round(matrices[18]["cellSize"], 9) == 0.597164283
    assert matrices[18]["matrixWidth"] == 262144


async def test_tilejson(client: Client) -> None:
    """TileJSON 3.0.0: what a map library needs, without a question back."""
    told = await client.told(f"{TILES}/{SET}", f="tilejson")
    assert told["tilejson"] == "3.0.0"
    assert told["tiles"] == [f"{ORIGIN}{TILES}/{SET}/{{z}}/{{y}}/{{x}}?f=mvt"]
    assert (told["minzoom"], told["maxzoom"]) == (0, LEVEL_MAX)
    (layer,) = told["vector_layers"]
    assert layer["id"] == "Hall"
    assert layer["fields"]["floors"] == "Number"
    both = await client.told(f"/tiles/{SET}", f="tilejson", collections="Hall")
    assert both["tiles"] == [f"{ORIGIN}/tiles/{SET}/{{z}}/{{y}}/{{x}}?collections=Hall&f=mvt"]


HALLS: Final = [msgspec.defstruct(f"Hall{n}", [], bases=(Hall,), frozen=True) for n in range(11)]
MORE: Final = Service(
    name="more",
    words=Words("ほか", "More"),
    summary=Words("ほか", "More"),
    field="town",
    stage="pilot",
    package="kaiteki.services.opendata",
    types=tuple(
        EntityType(one.__name__, one, Words("集会所", "Hall"), public=("name", "location")) for one in HALLS
    ),
)


@needs_reader
async def test_collections_selection() -> None:
    """/req/collections-selection: several collections in one tile, each a layer; what is not known is refused."""
    client = Client(MORE)
    await client.fill()
    places = {f"urn:ngsi-ld:Hall0:{n}": hall(n).location for n in (1, 3)}
    kept = [write(HALLS[0](name, location=place), None, MORNING) for name, place in places.items()]
    changes = [Change(None, one) for one in kept]
    await client.town.store.entities.change("demo", list(places), lambda _: Decision(changes, None), By())
    (layers,) = read_tiles([(await tile(client, f"/tiles/{SET}/0/0/0", collections="Hall0,Hall")).body])
    assert {name: len(one["features"]) for name, one in layers.items()} == {"Hall0": 2, "Hall": len(PLACED)}
    assert await refused(client, f"/tiles/{SET}/0/0/0", collections="Hall,Nothing") == "collections"
    names = ",".join(f"Hall{n}" for n in range(11))
    assert await refused(client, f"/tiles/{SET}/0/0/0", collections=names) == "collections"


async def test_pages(client: Client) -> None:
    """The documents about tiles as pages, in three languages."""
    for path in (
        "/tileMatrixSets",
        f"/tileMatrixSets/{SET}",
        TILES,
        f"{TILES}/{SET}",
        "/tiles",
        f"/tiles/{SET}",
    ):
        for language, word in (("ja", "ズームレベル"), ("en", "Zoom"), ("ja-easy", "ズームレベル")):
            answer = await client.get(path, f="html", lang=language)
            assert answer.status == 200
            assert answer.headers["content-type"].startswith("text/html")
            if SET in path:
                assert word in answer.text


async def test_definition_names_the_tiles(client: Client) -> None:
    """/req/oas30: the addresses stand in the definition of the API."""
    paths = (await client.told("/api"))["paths"]
    one = paths["/collections/{collectionId}/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}"]["get"]
    assert "application/vnd.mapbox-vector-tile" in one["responses"]["200"]["content"]
    assert json.dumps(paths).count("tileMatrixSetId") >= 5
