"""Landing page, conformance, collections, queryables, schema: what the API says of itself (OGC 17-069r4, 18-058r1, 19-079r2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from kaiteki.adapters.ogc.bound import PREFIX, Desk
from kaiteki.adapters.ogc.collections import GEOMETRY, Collection
from kaiteki.adapters.ogc.links import both, link, part
from kaiteki.adapters.ogc.systems import CRS84, SYSTEMS
from kaiteki.model.entity import Json
from kaiteki.model.open_data import LICENCES, licence_code

_FEATURES: Final = "http://www.opengis.net/spec/ogcapi-features-"
_TILES: Final = "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/"
_MATRICES: Final = "http://www.opengis.net/spec/tms/2.0/conf/"
_CQL2: Final = "http://www.opengis.net/spec/cql2/1.0/conf/"
CONFORMANCE: Final = (
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-common-2/1.0/conf/collections",
    *(_FEATURES + f"1/1.0/conf/{name}" for name in ("core", "oas30", "html", "geojson")),
    _FEATURES + "2/1.0/conf/crs",
    *(
        _FEATURES + f"3/1.0/conf/{name}"
        for name in ("queryables", "queryables-query-parameters", "filter", "features-filter")
    ),
    *(
        _TILES + name
        for name in (
            "core",
            "tileset",
            "tilesets-list",
            "dataset-tilesets",
            "geodata-tilesets",
            "collections-selection",
            "mvt",
            "oas30",
        )
    ),
    *(
        _MATRICES + name
        for name in ("tilematrixset", "json-tilematrixset", "tilesetmetadata", "json-tilesetmetadata")
    ),
    *(
        _CQL2 + name
        for name in (
            "cql2-text",
            "cql2-json",
            "basic-cql2",
            "advanced-comparison-operators",
            "case-insensitive-comparison",
            "accent-insensitive-comparison",
            "basic-spatial-functions",
            "basic-spatial-functions-plus",
            "spatial-functions",
            "temporal-functions",
            "array-functions",
            "property-property",
            "arithmetic",
        )
    ),
)
"""The conformance classes; each has cases in tests/adapters/ogc. They were not run through the suites of the OGC itself."""
SCHEMES_REL: Final = "http://www.opengis.net/def/rel/ogc/1.0/tiling-schemes"
TILESETS_REL: Final = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector"
QUERYABLES_REL: Final = "http://www.opengis.net/def/rel/ogc/1.0/queryables"
SCHEMA_REL: Final = "http://www.opengis.net/def/rel/ogc/1.0/schema"


def landing(desk: Desk) -> dict[str, Json]:
    """The first page: where everything else is."""
    area = desk.say(desk.area.words)
    rows = (
        ("api", "service-desc", "api", "APIの定義 · The definition of the API (OpenAPI 3.0)"),
        ("api.html", "service-doc", "html", "APIの説明 · The API in words"),
        ("conformance", "conformance", "json", "満たしている規格 · Conformance"),
        ("collections", "data", "json", "地物の一覧 · Collections"),
        ("tiles", TILESETS_REL, "json", "ベクトルタイル · Vector tiles"),
        ("tileMatrixSets", SCHEMES_REL, "json", "タイルの区切り方 · Tile matrix sets"),
    )
    return {
        "title": f"{area}: OGC API",
        "description": "まちの場所を、地図のソフトで使えるかたちで。Places of the town for map software.",
        "links": [
            *both(desk.base + "/", desk.told, desk.form),
            *(link(f"{desk.base}/{path}", rel, media, title) for path, rel, media, title in rows),
        ],
    }


def conformance(desk: Desk) -> dict[str, Json]:
    """The classes of requirements that hold."""
    return {"conformsTo": list(CONFORMANCE), "links": both(desk.here, desk.told, desk.form)}


def all_collections(desk: Desk, known: Sequence[Collection]) -> dict[str, Json]:
    """Every collection; the systems of all of them stand once."""
    return {
        "collections": [collection_of(desk, one, "#/crs") for one in known],
        "crs": list(SYSTEMS),
        "links": both(desk.here, desk.told, desk.form),
    }


def collection_of(
    desk: Desk, one: Collection, crs: str = "", maps: Sequence[tuple[str, str]] = ()
) -> dict[str, Json]:
    """One collection: its title, where it lies, its systems, where its features are, on which maps (names and addresses) they are seen."""
    here, items = f"{desk.base}/collections/{part(one.id)}", f"{desk.base}/collections/{part(one.id)}/items"
    west, south, east, north = one.box or desk.area.bbox
    return {
        "id": one.id,
        "title": desk.say(one.words),
        "description": desk.say(one.about),
        "itemType": "feature",
        "extent": {"spatial": {"bbox": [[west, south, east, north]], "crs": CRS84}},
        "storageCrs": CRS84,
        "crs": [crs] if crs else list(SYSTEMS),
        "links": [
            *both(here, {}, desk.form),
            link(f"{items}?f=json", "items", "geojson", "地物 · Features as GeoJSON"),
            link(f"{items}?f=html", "items", "html", "地物 · Features as pages"),
            link(f"{here}/queryables", QUERYABLES_REL, "schema", "絞り込みに使える項目 · Queryables"),
            link(f"{here}/schema", SCHEMA_REL, "schema", "項目 · Schema"),
            link(
                f"{here}/cells?mesh=3", "related", "geojson", "地域メッシュごとの数 · Counts per grid square"
            ),
            link(f"{here}/tiles", TILESETS_REL, "json", "ベクトルタイル · Vector tiles"),
            *_conditions(desk, one),
            *_maps(desk, one, maps),
        ],
        **_origin(desk, one),
    }


def _origin(desk: Desk, one: Collection) -> dict[str, Json]:
    """Whose data they are and how they may be used; of a layer its day, legal note and office as well."""
    imprint = one.imprint
    told: dict[str, Json] = {
        "attribution": " · ".join(filter(None, (one.source, one.licence))),
        "licence": one.licence,
    }
    if imprint is not None:
        told |= {
            "source": desk.say(imprint.source),
            "asOf": imprint.as_of,
            "legalNote": desk.say(imprint.legal_note),
            "maintainer": desk.say(imprint.maintainer),
        }
    return {name: value for name, value in told.items() if value}


def _maps(desk: Desk, one: Collection, maps: Sequence[tuple[str, str]]) -> list[Json]:
    """The page of a layer, or those of the layers that show a collection."""
    origin = desk.base.removesuffix(PREFIX.format(area=desk.area.name))
    rel = "related" if one.imprint is None else "describedby"
    return [link(origin + address, rel, "html", title) for title, address in maps]


def _conditions(desk: Desk, one: Collection) -> list[Json]:
    """The text of the licence where it is a known one; of a layer the collection that it shows."""
    code = licence_code(one.licence)
    known = LICENCES.get(code)
    links: list[Json] = [] if known is None else [link(known.uri, "license", "html", desk.say(known.words))]
    if one.imprint is not None:
        shown = one.imprint.shows
        links.append(link(f"{desk.base}/collections/{part(shown)}", "related", "json", shown))
    return links


def queryables_of(desk: Desk, one: Collection) -> dict[str, Json]:
    """What filters may name, as a JSON Schema (OGC 19-079r2, 6)."""
    place: Json = {
        "title": "場所",
        "format": "geometry-any",
        "x-ogc-role": "primary-geometry",
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": desk.here,
        "type": "object",
        "title": desk.say(one.words),
        "properties": {GEOMETRY: place, **{each.name: each.schema for each in one.properties}},
        "additionalProperties": False,
    }


def schema_of(desk: Desk, one: Collection) -> dict[str, Json]:
    """What a feature has, as a JSON Schema: its properties in their order, null where the record does not have one."""
    told = queryables_of(desk, one)
    properties: dict[str, Json] = {
        "id": {"type": "string", "x-ogc-role": "id", "readOnly": True},
        **told["properties"],
        **{each.name: each.nullable for each in one.properties},
    }
    return {**told, "properties": properties}
