"""`expiresAt` of entities and attributes over HTTP (ETSI GS CIM 009 V1.9.1 clauses 4.22, 5.2.4, 5.2.5)."""

from __future__ import annotations

from typing import Any

import pytest

from api.ngsi_ld.inside import Inside

SOON, LATER, PAST = "2026-05-01T12:01:00Z", "2026-05-01T13:00:00Z", "2026-05-01T12:00:00Z"
ALERT = {"id": "urn:ngsi-ld:Alert:1", "type": "Alert", "level": 3}
PATH = f"/entities/{ALERT['id']}"
DEFAULT = "https://uri.etsi.org/ngsi-ld/default-context/"
NULL = "urn:ngsi-ld:null"


async def kept(**members: Any) -> Inside:
    inside = Inside()
    assert (await inside.ask("POST", "/entities", {**ALERT, **members})).status == 201
    return inside


async def shown(inside: Inside, query: str = "options=sysAttrs,keyValues") -> Any:
    reply = await inside.ask("GET", f"{PATH}?{query}")
    return reply.json() if reply.status == 200 else reply.status


async def test_an_expired_entity_is_not_found_in_any_way() -> None:
    inside = await kept(expiresAt=SOON)
    assert (await shown(inside))["expiresAt"] == SOON
    assert await shown(inside, "options=keyValues") == ALERT
    assert await shown(inside, "pick=expiresAt") == {"expiresAt": SOON}
    assert (await inside.ask("GET", "/entities?q=expiresAt<2027-01-01T00:00:00Z")).json() != []
    inside.clock.forward(60)
    assert await shown(inside) == 404
    assert (await inside.ask("GET", "/entities?type=Alert&count=true")).header("ngsild-results-count") == "0"
    assert (await inside.ask("PATCH", f"{PATH}/attrs/level", {"value": 4})).status == 404
    assert (await inside.ask("GET", "/types")).json()["typeList"] == []
    assert (await inside.ask("POST", "/entities", ALERT)).status == 201


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
async def test_each_way_to_prolong_and_to_keep(
    method: str, path: str, document: Any, after: str | None
) -> None:
    inside = await kept(expiresAt=SOON)
    assert (await inside.ask(method, path, document)).status == 204
    assert (await shown(inside)).get("expiresAt") == after
    inside.clock.forward(61)
    assert (await shown(inside) == 404) == (after == SOON)


async def test_attributes_expire_one_by_one() -> None:
    inside = await kept(
        area=[{"value": "A", "expiresAt": SOON}, {"value": "B", "datasetId": "urn:d"}],
        people={"value": 5, "source": {"value": "camera", "expiresAt": SOON}},
    )
    full = await shown(inside, "options=sysAttrs")
    assert full["area"][0]["expiresAt"] == full["people"]["source"]["expiresAt"] == SOON
    inside.clock.forward(60)
    assert await shown(inside, "options=concise") == {
        **ALERT,
        "area": {"value": "B", "datasetId": "urn:d"},
        "people": 5,
    }
    assert (await inside.ask("GET", '/entities?q=area=="A"')).json() == []


async def test_a_partial_update_keeps_and_removes_the_time_of_an_attribute() -> None:
    inside = await kept(area={"value": "A", "expiresAt": SOON})
    path = f"{PATH}/attrs/area"
    assert (await inside.ask("PATCH", path, {"value": "C"})).status == 204
    assert (await shown(inside, "options=sysAttrs"))["area"]["expiresAt"] == SOON
    assert (await inside.ask("PATCH", path, {"expiresAt": NULL})).status == 204
    inside.clock.forward(60)
    assert (await shown(inside))["area"] == "C"


@pytest.mark.parametrize(
    ("members", "field"),
    [
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
    ],
)
async def test_times_that_cannot_be_are_refused_by_name(members: dict[str, Any], field: str) -> None:
    reply = await Inside().ask("POST", "/entities", {**ALERT, **members})
    assert (reply.status, reply.json()["field"]) == (400, field)
