"""How entities are shown: languages, projections, datasets, times, GeoJSON (ETSI GS CIM 009 V1.9.1 clauses 4.5.16, 4.5.17, 4.15, 4.21)."""

from typing import Any

import pytest

from broker.town import CALL, LAMP
from kaiteki.broker.asking import read_style
from kaiteki.broker.entities import create_entity, retrieve_entity
from kaiteki.broker.plane import Plane
from kaiteki.model.representation.rendering import render, render_list

POINT = {"type": "Point", "coordinates": [140.1, 35.6]}
NOON = "2026-05-01T12:00:00Z"
HALL = {
    "id": LAMP,
    "type": "Lamp",
    "scope": "/a",
    "power": {"type": "Property", "value": 40, "valueType": "xsdInteger"},
    "label": {
        "type": "LanguageProperty",
        "languageMap": {"ja": "街灯", "en-GB": "Street lamp", "fr": ["Lampe", "Feu"]},
    },
    "level": [{"type": "Property", "value": 1}, {"type": "Property", "value": 2, "datasetId": "urn:d:2"}],
    "location": {"type": "GeoProperty", "value": POINT},
}
SYS = {"createdAt": NOON, "modifiedAt": NOON}

STYLES: list[tuple[dict[str, str], dict[str, Any]]] = [
    ({"pick": "id,power"}, {"id": LAMP, "power": HALL["power"]}),
    ({"pick": "type|scope"}, {"type": "Lamp", "scope": "/a"}),
    ({"omit": "id,label,level,location,scope"}, {"type": "Lamp", "power": HALL["power"]}),
    ({"pick": "power,level", "omit": "level"}, {"power": HALL["power"]}),
    ({"attrs": "power,none"}, {"id": LAMP, "type": "Lamp", "scope": "/a", "power": HALL["power"]}),
    ({"pick": "level", "datasetId": "urn:d:2"}, {"level": HALL["level"][1]}),
    ({"pick": "level", "datasetId": "@none"}, {"level": HALL["level"][0]}),
    ({"pick": "level", "datasetId": "urn:none"}, {}),
    ({"pick": "level", "datasetId": "urn:d:2", "format": "keyValues"}, {"level": 2}),
    ({"pick": "label", "lang": "ja"}, {"label": {"type": "Property", "value": "街灯", "lang": "ja"}}),
    (
        {"pick": "label", "lang": "en"},
        {"label": {"type": "Property", "value": "Street lamp", "lang": "en-GB"}},
    ),
    (
        {"pick": "label", "lang": "de,fr;q=0.5"},
        {"label": {"type": "Property", "value": ["Lampe", "Feu"], "lang": "fr"}},
    ),
    ({"pick": "label", "lang": "*", "options": "concise"}, {"label": {"value": "街灯", "lang": "ja"}}),
    ({"pick": "label", "lang": "en", "options": "keyValues"}, {"label": "Street lamp"}),
    (
        {"pick": "power,createdAt", "options": "concise"},
        {"createdAt": NOON, "power": {"value": 40, "valueType": "xsdInteger"}},
    ),
    (
        {"pick": "id,createdAt,modifiedAt,location", "options": "sysAttrs"},
        {"id": LAMP, **SYS, "location": {"type": "GeoProperty", "value": POINT, **SYS}},
    ),
]


@pytest.fixture
async def town(plane: Plane) -> Plane:
    await create_entity(plane, CALL, HALL)
    return plane


@pytest.mark.parametrize(("params", "wanted"), STYLES)
async def test_styles(town: Plane, params: dict[str, str], wanted: dict[str, Any]) -> None:
    entity = (await retrieve_entity(town, CALL.area, LAMP)).entity()
    assert render(entity, CALL.context, read_style(params, CALL.context)) == wanted


async def test_geojson(town: Plane) -> None:
    """Clauses 4.5.16 and 4.5.17."""
    entity = (await retrieve_entity(town, CALL.area, LAMP)).entity()
    style = read_style({"pick": "type,location"}, CALL.context, geojson=True)
    feature = {
        "id": LAMP,
        "type": "Feature",
        "geometry": POINT,
        "properties": {"type": "Lamp", "location": {"type": "GeoProperty", "value": POINT}},
    }
    assert render_list([entity], CALL.context, style) == {"type": "FeatureCollection", "features": [feature]}
    style = read_style(
        {"omit": "location", "geometryProperty": "observationSpace"}, CALL.context, geojson=True
    )
    assert render(entity, CALL.context, style)["geometry"] is None
