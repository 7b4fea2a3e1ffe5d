"""What may be written past the commands of a service, and what the refusal says."""

from __future__ import annotations

from typing import Any

import pytest

from api.ngsi_ld.inside import Inside
from kaiteki.model.access import ADMIN, ANYONE, RESIDENT, STAFF, Person
from kaiteki.model.visibility import Sight

DEFAULT = "https://uri.etsi.org/ngsi-ld/default-context/"
CLERK = Person("desk", "窓口", frozenset({ANYONE, RESIDENT, STAFF}))
BOSS = Person("boss", "長", frozenset({ANYONE, RESIDENT, STAFF, ADMIN}))
NEIGHBOUR = Person("taro", "太郎", frozenset({ANYONE, RESIDENT}))
NAMES = frozenset(DEFAULT + name for name in ("name", "state", "level", "note"))
SIGHTS = (
    Sight(DEFAULT + "Report", NAMES, (STAFF,), raw=frozenset(), commands=("reports/assign", "reports/close")),
    Sight(DEFAULT + "Tank", NAMES, (STAFF,), raw=frozenset({DEFAULT + "level"}), commands=("water/order",)),
    Sight(DEFAULT + "Weather", NAMES, (STAFF,)),
    Sight(DEFAULT + "Diary", frozenset(), ("nobody at all",), raw=frozenset()),
)
REPORT = {"id": "urn:r", "type": "Report", "name": "hole", "state": "received"}
TANK = {"id": "urn:t", "type": "Tank", "level": 3, "note": "old"}
WEATHER = {"id": "urn:w", "type": "Weather", "temperature": 20}
TREE = {"id": "urn:tree", "type": "Tree", "height": 7}
DIARY = {"id": "urn:d", "type": "Diary", "note": "dear"}


async def city(person: Person) -> Inside:
    inside = Inside(sights=SIGHTS)
    inside.person = BOSS
    made = await asked(inside, "POST", "/entityOperations/create", [REPORT, TANK, WEATHER, TREE, DIARY])
    assert made == (201, None)
    inside.person = person
    return inside


async def asked(inside: Inside, method: str, path: str, document: Any = None) -> tuple[int, str | None]:
    """Status, and the field that a refusal names."""
    reply = await inside.ask(method, path, document, authorization="Bearer told-by-the-test")
    return reply.status, (reply.json()["field"] if reply.status >= 400 else None)


@pytest.mark.parametrize(
    ("method", "path", "document", "answer"),
    [
        ("PATCH", "/entities/urn:r/attrs/state", {"value": "done"}, (403, DEFAULT + "state")),
        ("PATCH", "/entities/urn:r", {"state": "done"}, (403, DEFAULT + "state")),
        ("POST", "/entities/urn:r/attrs", {"note": "x"}, (403, DEFAULT + "note")),
        ("PUT", "/entities/urn:r", {"type": "Report"}, (403, DEFAULT + "name")),
        ("DELETE", "/entities/urn:r/attrs/name", None, (403, DEFAULT + "name")),
        ("DELETE", "/entities/urn:r", None, (403, DEFAULT + "name")),
        ("POST", "/entities", {"id": "urn:r2", "type": "Report"}, (403, "type")),
        ("PATCH", "/entities/urn:r", {"scope": "/a"}, (403, "type")),
        ("PATCH", "/entities/urn:t/attrs/level", {"value": 4}, (204, None)),
        ("PATCH", "/entities/urn:t", {"level": 4, "note": "new"}, (403, DEFAULT + "note")),
        ("PUT", "/entities/urn:t", {"type": "Tank", "level": 4}, (403, DEFAULT + "note")),
        ("DELETE", "/entities/urn:t/attrs/level", None, (204, None)),
        ("DELETE", "/entities/urn:t", None, (403, DEFAULT + "note")),
        ("POST", "/entities", {"id": "urn:t2", "type": "Tank", "level": 1}, (201, None)),
        ("POST", "/entities/urn:t/attrs", {"type": "Report", "level": 1}, (403, DEFAULT + "level")),
        ("PATCH", "/entities/urn:w", {"temperature": 21, "battery": 90}, (204, None)),
        ("DELETE", "/entities/urn:w", None, (204, None)),
        ("PATCH", "/entities/urn:tree", {"height": 8}, (204, None)),
        ("PATCH", "/entities/urn:d", {"note": "x"}, (404, "id")),
        ("DELETE", "/entities?type=Tank", None, (403, "Authorization")),
    ],
)
async def test_a_clerk_writes_what_services_leave_open(
    method: str, path: str, document: Any, answer: tuple[int, str | None]
) -> None:
    assert await asked(await city(CLERK), method, path, document) == answer


async def test_the_refusal_names_the_commands() -> None:
    inside = await city(CLERK)
    reply = await inside.ask("PATCH", "/entities/urn:r", {"state": "done"}, authorization="x")
    assert reply.json()["detail"].endswith(
        "use POST /{area}/services/reports/assign, POST /{area}/services/reports/close"
    )


async def test_of_a_batch_only_what_is_not_open_is_refused() -> None:
    inside = await city(CLERK)
    told = [{**TANK, "level": 9, "note": "new"}, {**WEATHER, "temperature": 1}, {**REPORT, "state": "x"}]
    reply = await inside.ask("POST", "/entityOperations/upsert?options=update", told, authorization="x")
    result = reply.json()
    assert (reply.status, result["success"]) == (207, ["urn:w"])
    assert [(one["entityId"], one["error"]["status"]) for one in result["errors"]] == [
        ("urn:t", 403),
        ("urn:r", 403),
    ]


@pytest.mark.parametrize(("person", "status"), [(BOSS, 204), (CLERK, 403), (NEIGHBOUR, 403), (Person(), 401)])
async def test_who_runs_the_node_writes_everything(person: Person, status: int) -> None:
    inside = await city(person)
    assert (await asked(inside, "PATCH", "/entities/urn:r", {"state": "done"}))[0] == status
