"""Write the past of entities: clauses 5.6.11 to 5.6.16, 6.18.3.1, 6.19.3.2, 6.20 to 6.22."""

from typing import Any

import pytest

from conformance.plane import ENTITIES, SENSOR, TEMPORAL, DataPlane, at, values
from every_store import Keep
from kaiteki.api.persons import EVERYBODY_IS_ADMIN
from kaiteki.model.access import NOBODY, Person
from kaiteki.model.terms.core import DEFAULT_VOCABULARY
from kaiteki.model.visibility import Sight

HERE = f"{TEMPORAL}/{SENSOR}"
LEVEL = f"{HERE}/attrs/level"


def level(value: Any, minute: int, **more: Any) -> dict[str, Any]:
    return {"type": "Property", "value": value, "observedAt": at(minute), **more}


PAST = {"id": SENSOR, "type": "Sensor", "level": [level(1, 1), level(2, 2)], "name": {"value": "north"}}


async def told(plane: DataPlane, query: str = "") -> list[Any]:
    """The values of `level` in the order of their measurement."""
    return values((await plane.told(f"{HERE}?timeproperty=observedAt{query}")).get("level", []))


async def test_5_6_11_a_past_without_a_present(plane: DataPlane) -> None:
    created = await plane.done("POST", TEMPORAL, PAST)
    assert (created.status, created.header("location")) == (201, f"/ngsi-ld/v1{HERE}")
    document = await plane.told(f"{HERE}?options=sysAttrs")
    assert (document["type"], values(document["level"]), values(document["name"])) == (
        "Sensor",
        [1, 2],
        ["north"],
    )
    assert (document["createdAt"], "deletedAt" in document) == (at(0), False)
    assert (await plane.ask("GET", f"{ENTITIES}/{SENSOR}")).status == 404
    found = await plane.told(f"{TEMPORAL}?type=Sensor&timerel=before&timeAt={at(2)}")
    assert [values(one["level"]) for one in found] == [[1]]


async def test_5_6_11_a_past_that_is_there_is_told_on(plane: DataPlane) -> None:
    await plane.observe(5, 5)
    more = await plane.done("POST", TEMPORAL, PAST)
    assert more.status == 204
    assert await told(plane) == [1, 2, 5]
    present = await plane.told(f"{ENTITIES}/{SENSOR}?options=keyValues")
    assert present == {"id": SENSOR, "type": "Sensor", "level": 5}, "what stands is not touched"


async def test_5_6_12_append(plane: DataPlane) -> None:
    assert await plane.refused(f"{HERE}/attrs", "POST", {"level": level(3, 3)}) == (404, "id")
    await plane.done("POST", TEMPORAL, PAST)
    await plane.done("POST", f"{HERE}/attrs", {"level": [level(3, 3), level(0, 0)], "lit": level(True, 4)})
    assert await told(plane) == [0, 1, 2, 3]
    assert await told(plane, "&lastN=1") == [3]
    await plane.done("POST", f"{HERE}/attrs", {"level": level(3, 3)})
    assert await told(plane) == [0, 1, 2, 3], "told twice it stands once"


async def test_5_6_13_forget_an_attribute(plane: DataPlane) -> None:
    await plane.done("POST", TEMPORAL, {**PAST, "level": [level(1, 1), level(7, 7, datasetId="urn:b")]})
    await plane.done("DELETE", LEVEL)
    assert await told(plane) == [7]
    assert await plane.refused(LEVEL, "DELETE") == (404, "attrId")
    await plane.done("DELETE", f"{LEVEL}?datasetId=urn:b")
    assert await told(plane) == []
    await plane.observe(9, 9)
    await plane.done("DELETE", f"{LEVEL}?deleteAll=true")
    assert (
        await told(plane) == [] and (await plane.told(f"{ENTITIES}/{SENSOR}?options=keyValues"))["level"] == 9
    )
    await plane.observe(10, 10)
    assert await told(plane) == [10]
    assert await plane.refused(f"{HERE}/attrs/colour", "DELETE") == (404, "attrId")


async def test_5_6_14_change_one_state(plane: DataPlane) -> None:
    await plane.observe(1, 1)
    await plane.observe(2, 2)
    first, second = (await plane.told(HERE))["level"]
    await plane.done("PATCH", f"{LEVEL}/{first['instanceId']}", {"level": {"value": 1.5, "unitCode": "MTR"}})
    await plane.done("PATCH", f"{LEVEL}/{second['instanceId']}", {"observedAt": at(0)})
    states = (await plane.told(HERE))["level"]
    assert [(one["value"], one["observedAt"], one["instanceId"]) for one in states] == [
        (2, at(0), second["instanceId"]),
        (1.5, at(1), first["instanceId"]),
    ]
    assert states[1]["unitCode"] == "MTR"
    assert (await plane.told(f"{ENTITIES}/{SENSOR}?options=keyValues"))["level"] == 2
    path = f"{LEVEL}/{first['instanceId']}"
    assert await plane.refused(path, "PATCH", {"type": "Relationship", "object": "urn:a"}) == (
        400,
        "level.type",
    )
    assert await plane.refused(path, "PATCH", {"value": 1, "datasetId": "urn:b"}) == (400, "datasetId")
    assert await plane.refused(f"{HERE}/attrs/other/{first['instanceId']}", "PATCH", {"value": 1}) == (
        404,
        "instanceId",
    )
    assert await plane.refused(f"{LEVEL}/urn:ngsi-ld:Instance:1", "PATCH", {"value": 1}) == (
        404,
        "instanceId",
    )


async def test_5_6_15_remove_one_state(plane: DataPlane) -> None:
    await plane.done("POST", TEMPORAL, PAST)
    first, _ = (await plane.told(HERE))["level"]
    await plane.done("DELETE", f"{LEVEL}/{first['instanceId']}")
    assert await told(plane) == [2]
    assert await plane.refused(f"{LEVEL}/{first['instanceId']}", "DELETE") == (404, "instanceId")


async def test_5_6_16_forget_all(plane: DataPlane) -> None:
    await plane.done("POST", TEMPORAL, PAST)
    await plane.done("DELETE", HERE)
    assert await plane.refused(HERE) == (404, "id") and await plane.refused(HERE, "DELETE") == (404, "id")
    await plane.observe(1, 1)
    await plane.done("DELETE", HERE)
    assert await plane.refused(HERE) == (404, "id")
    assert (await plane.told(f"{ENTITIES}/{SENSOR}?options=keyValues"))["level"] == 1
    await plane.observe(2, 2)
    assert await told(plane) == [2]


async def test_a_correction_leaves_an_event_and_an_audit_line(plane: DataPlane) -> None:
    await plane.done("POST", TEMPORAL, PAST)
    await plane.done("DELETE", LEVEL)
    iri = DEFAULT_VOCABULARY + "level"
    events = await plane.store.events.read(0)
    assert [(one.what, one.entity_id, one.action) for one in events] == [
        ("corrected", SENSOR, "ngsi-ld.createTemporal"),
        ("corrected", SENSOR, "ngsi-ld.deleteTemporalAttr"),
    ]
    lines = await plane.store.entities.audit("demo")
    assert [(line.entities, line.attributes) for line in lines] == [
        ((SENSOR,), (iri, DEFAULT_VOCABULARY + "name")),
        ((SENSOR,), (iri,)),
    ]


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({"type": "Sensor", "level": [level(1, 1)]}, "id"),
        ({"id": SENSOR, "level": [level(1, 1)]}, "type"),
        ({"id": SENSOR, "type": "Sensor", "level": [{"type": "Property"}]}, "level.value"),
        (
            {"id": SENSOR, "type": "Sensor", "level": [level(1, 1), {"type": "Relationship", "object": 1}]},
            "level.object",
        ),
        ({"id": SENSOR, "type": "Sensor", "level": level("urn:ngsi-ld:null", 1)}, "level.value"),
        ([], "body"),
    ],
)
async def test_4_5_6_what_is_no_past_of_an_entity_is_refused_by_name(
    plane: DataPlane, document: Any, field: str
) -> None:
    assert await plane.refused(TEMPORAL, "POST", document) == (400, field)
    assert await plane.store.events.last() == 0


@pytest.fixture
async def guarded(keep: Keep) -> DataPlane:
    """Sensors whose level alone may be written past the commands of their service, by its staff."""
    sight = Sight(
        DEFAULT_VOCABULARY + "Sensor",
        frozenset({DEFAULT_VOCABULARY + "level"}),
        ("staff",),
        raw=frozenset({DEFAULT_VOCABULARY + "level"}),
    )
    plane = await DataPlane.over(keep, (sight,))
    plane.person = EVERYBODY_IS_ADMIN
    await plane.done("POST", TEMPORAL, PAST)
    return plane


async def test_the_past_is_written_by_those_who_may_write_the_present(guarded: DataPlane) -> None:
    (first, _) = (await guarded.told(HERE))["level"]
    writes: list[tuple[str, str, Any]] = [
        ("POST", TEMPORAL, PAST),
        ("POST", f"{HERE}/attrs", {"name": "south"}),
        ("DELETE", f"{HERE}/attrs/name", None),
        ("DELETE", HERE, None),
    ]
    allowed: list[tuple[str, str, Any]] = [
        ("POST", f"{HERE}/attrs", {"level": level(3, 3)}),
        ("PATCH", f"{LEVEL}/{first['instanceId']}", {"value": 9}),
        ("DELETE", f"{LEVEL}/{first['instanceId']}", None),
        ("DELETE", LEVEL, None),
    ]
    guarded.person = NOBODY
    for method, path, document in (*writes, *allowed):
        assert (await guarded.ask(method, path, document)).status == 401
    guarded.person = Person("taro", "太郎", frozenset({"anyone", "resident"}))
    for method, path, document in (*writes, *allowed):
        refused = 403 if path == TEMPORAL else 404
        assert (await guarded.ask(method, path, document)).status == refused, "residents know of no such past"
    guarded.person = Person("desk", "窓口", frozenset({"anyone", "resident", "staff"}))
    for method, path, document in writes:
        assert (await guarded.ask(method, path, document)).status == 403, (
            "name follows the rules of the service"
        )
    for method, path, document in allowed:
        assert (await guarded.ask(method, path, document)).status == 204


async def test_5_6_14_and_5_6_15_what_is_no_address_of_a_state_is_refused(plane: DataPlane) -> None:
    await plane.done("POST", TEMPORAL, {"id": SENSOR, "type": "Sensor", "level": [level(1, 1)]})
    for method, document in (("PATCH", {"value": 2}), ("DELETE", None)):
        for path, error in {
            f"{LEVEL}/none": (400, "instanceId"),
            f"{LEVEL}/urn:none": (404, "instanceId"),
            f"{HERE}/attrs/none/urn:none": (404, "instanceId"),
            f"{TEMPORAL}/none/attrs/level/urn:none": (400, "id"),
            f"{TEMPORAL}/urn:none/attrs/level/urn:none": (404, "id"),
            f"{HERE}/attrs/a%20b/urn:none": (400, "attrId"),
        }.items():
            assert await plane.refused(path, method, document) == error, (method, path)


async def test_5_6_11_what_is_no_past_is_refused(plane: DataPlane) -> None:
    wrong: list[tuple[Any, str]] = [
        ([], "body"),
        ({"type": "Sensor"}, "id"),
        ({"id": "x", "type": "Sensor"}, "id"),
        ({"id": SENSOR}, "type"),
        ({"id": SENSOR, "type": "Sensor", "level": {"type": "Property"}}, "level.value"),
        ({"id": SENSOR, "type": "Sensor", "level": [{**level(1, 1), "observedAt": "x"}]}, "level.observedAt"),
    ]
    told = await plane.refusals("POST", TEMPORAL, [document for document, _ in wrong])
    assert told == [(400, field) for _, field in wrong]
