"""Transient entities and attributes, `expiresAt`: clauses 4.22, 5.2.4, 5.2.5."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.plane import DataPlane

SOON, LATER, PAST = "2026-04-01T09:01:00Z", "2026-04-01T10:00:00Z", "2026-04-01T09:00:00Z"
ALERT = {"id": "urn:ngsi-ld:Alert:1", "type": "Alert", "level": 3}
PATH = f"/entities/{ALERT['id']}"
DEFAULT = "https://uri.etsi.org/ngsi-ld/default-context/"
NULL = "urn:ngsi-ld:null"


async def shown(plane: DataPlane, query: str = "options=sysAttrs,keyValues") -> Any:
    reply = await plane.ask("GET", f"{PATH}?{query}")
    return reply.json() if reply.status == 200 else reply.status


async def test_4_22_an_expired_entity_is_not_found_in_any_way(plane: DataPlane) -> None:
    await plane.make({**ALERT, "expiresAt": SOON})
    assert (await shown(plane))["expiresAt"] == SOON
    assert await shown(plane, "options=keyValues") == ALERT
    assert await shown(plane, "pick=expiresAt") == {"expiresAt": SOON}
    assert (await plane.ask("GET", "/entities?q=expiresAt<2027-01-01T00:00:00Z")).json() != []
    plane.clock.forward(60)
    assert await shown(plane) == 404
    assert (await plane.ask("GET", "/entities?type=Alert&count=true")).header("ngsild-results-count") == "0"
    assert (await plane.ask("PATCH", f"{PATH}/attrs/level", {"value": 4})).status == 404
    assert (await plane.ask("GET", "/types")).json()["typeList"] == []
    assert (await plane.ask("POST", "/entities", ALERT)).status == 201


@pytest.mark.parametrize(
    ("method", "path", "document", "after"),
    [
        ("PATCH", PATH, {"expiresAt": LATER}, LATER),
        ("PATCH", PATH, {"level": 4}, SOON),
        ("PATCH", PATH, {"expiresAt": NULL}, None),
        ("POST", f"{PATH}/attrs", {"expiresAt": LATER}, LATER),
        ("PATCH", f"{PATH}/attrs", {"expiresAt": {"@type": "DateTime", "@value": LATER}}, LATER),
        ("PATCH", f"{PATH}/attrs", {"level": 4}, SOON),
        ("PUT", PATH, {"type": "Alert", "level": 4}, None),
        ("POST", "/entityOperations/upsert?options=update", [{**ALERT, "expiresAt": LATER}], LATER),
        ("POST", "/entityOperations/upsert", [ALERT], None),
        ("POST", "/entityOperations/merge", [{**ALERT, "expiresAt": NULL}], None),
    ],
)
async def test_4_22_each_way_to_prolong_and_to_keep(
    plane: DataPlane, method: str, path: str, document: Any, after: str | None
) -> None:
    await plane.make({**ALERT, "expiresAt": SOON})
    assert (await plane.ask(method, path, document)).status == 204
    assert (await shown(plane)).get("expiresAt") == after
    plane.clock.forward(61)
    assert (await shown(plane) == 404) == (after == SOON)


async def test_4_22_attributes_expire_one_by_one(plane: DataPlane) -> None:
    await plane.make(
        {
            **ALERT,
            "area": [{"value": "A", "expiresAt": SOON}, {"value": "B", "datasetId": "urn:d"}],
            "people": {"value": 5, "source": {"value": "camera", "expiresAt": SOON}},
        }
    )
    full = await shown(plane, "options=sysAttrs")
    assert full["area"][0]["expiresAt"] == full["people"]["source"]["expiresAt"] == SOON
    plane.clock.forward(60)
    assert await shown(plane, "options=concise") == {
        **ALERT,
        "area": {"value": "B", "datasetId": "urn:d"},
        "people": 5,
    }
    assert (await plane.ask("GET", '/entities?q=area=="A"')).json() == []


async def test_4_22_a_partial_update_keeps_and_removes_the_time_of_an_attribute(plane: DataPlane) -> None:
    await plane.make({**ALERT, "area": {"value": "A", "expiresAt": SOON}})
    path = f"{PATH}/attrs/area"
    assert (await plane.ask("PATCH", path, {"value": "C"})).status == 204
    assert (await shown(plane, "options=sysAttrs"))["area"]["expiresAt"] == SOON
    assert (await plane.ask("PATCH", path, {"expiresAt": NULL})).status == 204
    plane.clock.forward(60)
    assert (await shown(plane))["area"] == "C"


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"expiresAt": PAST}, "expiresAt"),
    ({"expiresAt": "soon"}, "expiresAt"),
    ({"expiresAt": None}, "expiresAt"),
    ({"expiresAt": NULL}, "expiresAt"),
    ({"area": {"value": 1, "expiresAt": PAST}}, f"{DEFAULT}area.expiresAt"),
    ({"area": {"value": 1, "expiresAt": 5}}, "area.expiresAt"),
    (
        {"area": {"value": 1, "part": {"value": 2, "expiresAt": PAST}}},
        f"{DEFAULT}area.{DEFAULT}part.expiresAt",
    ),
    ({"https://uri.etsi.org/ngsi-ld/expiresAt": LATER}, "https://uri.etsi.org/ngsi-ld/expiresAt"),
]


async def test_4_22_times_that_cannot_be_are_refused_by_name(plane: DataPlane) -> None:
    told = await plane.refusals("POST", "/entities", [{**ALERT, **members} for members, _ in WRONG])
    assert told == [(400, field) for _, field in WRONG]
