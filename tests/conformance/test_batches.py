"""Batches, in which one bad document does not hinder the others, and purging: clauses 5.5.11, 5.6.7 to 5.6.10, 5.6.20, 5.6.21."""

from typing import Any

from conformance.every_kind import NULL, prop
from conformance.plane import ENTITIES, DataPlane, at

BATCH = "/entityOperations"
ERRORS = "https://uri.etsi.org/ngsi-ld/errors/"


def doc(number: int, **attributes: Any) -> dict[str, Any]:
    """A lamp in simplified form."""
    return {"id": f"urn:ngsi-ld:{number}", "type": "Lamp", **attributes}


async def batch(plane: DataPlane, operation: str, documents: Any, query: str = "") -> Any:
    """Status, and what succeeded and failed: created ids, or (succeeded, error by id)."""
    reply = await plane.ask("POST", f"{BATCH}/{operation}{query}", documents)
    if reply.status == 204:
        assert reply.body == b""
        return 204
    told = reply.json()
    if reply.status == 201:
        return 201, [one.removeprefix("urn:ngsi-ld:") for one in told]
    assert reply.status == 207, told
    failed = [
        (one["entityId"].removeprefix("urn:ngsi-ld:"), one["error"]["type"].removeprefix(ERRORS))
        for one in told["errors"]
    ]
    return 207, [one.removeprefix("urn:ngsi-ld:") for one in told["success"]], failed


async def stand(plane: DataPlane) -> list[dict[str, Any]]:
    """Every lamp as it stands, simplified."""
    return await plane.told(f"{ENTITIES}?type=Lamp&options=keyValues")


async def test_5_6_7_each_entity_is_created_for_itself(plane: DataPlane) -> None:
    assert await batch(plane, "create", [doc(1, a=1), doc(2, a=2)]) == (201, ["1", "2"])
    mixed = [doc(2), doc(3), {"id": "urn:ngsi-ld:4"}, doc(5, a=NULL), doc(6, a={"object": "x"}), 7]
    assert await batch(plane, "create", mixed) == (
        207,
        ["3"],
        [
            ("2", "AlreadyExists"),
            ("4", "BadRequestData"),
            ("5", "BadRequestData"),
            ("6", "BadRequestData"),
            ("null:5", "BadRequestData"),
        ],
    )
    assert await stand(plane) == [doc(1, a=1), doc(2, a=2), doc(3)]
    assert await batch(plane, "create", [doc(1)]) == (207, [], [("1", "AlreadyExists")])


async def test_5_5_11_of_one_entity_several_times_the_first_is_created(plane: DataPlane) -> None:
    assert await batch(plane, "create", [doc(1, a=1), doc(1, a=2)]) == (207, ["1"], [("1", "AlreadyExists")])
    assert await stand(plane) == [doc(1, a=1)]


async def test_5_5_11_of_one_entity_several_times_each_is_applied_in_order(plane: DataPlane) -> None:
    assert await batch(plane, "upsert", [doc(1, a=1), doc(2), doc(1, b=2)]) == (201, ["1", "2"])
    assert await stand(plane) == [doc(1, b=2), doc(2)]
    assert await batch(plane, "upsert", [doc(1, c=3), doc(1, d=4)], "?options=update") == 204
    assert await batch(plane, "update", [doc(1, c=5), doc(1, e=6)]) == 204
    assert await batch(plane, "merge", [doc(1, b=7), doc(1, b=NULL)]) == 204
    assert await stand(plane) == [doc(1, c=5, d=4, e=6), doc(2)]
    assert await batch(plane, "delete", [doc(2)["id"]] * 2) == (207, ["2"], [("2", "ResourceNotFound")])


async def test_5_6_8_what_stands_is_replaced_or_updated(plane: DataPlane) -> None:
    await plane.make(doc(1, a=1, b=1))
    plane.written_at(at(1))
    assert await batch(plane, "upsert", [doc(1, a=2), doc(2, a=2)]) == (201, ["2"])
    assert await stand(plane) == [doc(1, a=2), doc(2, a=2)]
    assert await batch(plane, "upsert", [doc(1, c=3) | {"type": "Light"}], "?options=update") == 204
    assert await batch(plane, "upsert", [doc(2, b=3)], "?options=replace") == 204
    assert await stand(plane) == [doc(1, a=2, c=3) | {"type": ["Lamp", "Light"]}, doc(2, b=3)]
    assert (await plane.told(f"{ENTITIES}/urn:ngsi-ld:1?options=sysAttrs"))["createdAt"] == at(0)
    fragments = [doc(1, a=NULL), {"id": "urn:ngsi-ld:2", "c": 1}, {"id": "urn:ngsi-ld:9", "c": 1}]
    assert await batch(plane, "upsert", fragments, "?options=update") == (
        207,
        ["1", "2"],
        [("9", "BadRequestData")],
    )
    assert await batch(plane, "upsert", [doc(2), doc(3, a=NULL), doc(4)]) == (
        207,
        ["4", "2"],
        [("3", "BadRequestData")],
    )
    assert [one["id"] for one in await stand(plane)] == [f"urn:ngsi-ld:{n}" for n in (1, 2, 4)]


async def test_5_6_9_attributes_are_appended_to_what_stands(plane: DataPlane) -> None:
    await plane.make(doc(1, a=1))
    assert await batch(plane, "update", [doc(1, a={"value": 2, "unitCode": "CEL"}, b=2), doc(2, a=2)]) == (
        207,
        ["1"],
        [("2", "ResourceNotFound")],
    )
    shown = await plane.told(f"{ENTITIES}/urn:ngsi-ld:1")
    assert shown == doc(1, a=prop(2, unitCode="CEL"), b=prop(2))
    assert await batch(plane, "update", [doc(1, a=3, c=3)], "?options=noOverwrite") == 204
    assert await stand(plane) == [doc(1, a=2, b=2, c=3)]
    assert await batch(plane, "update", [doc(1, a=NULL), {"a": 1}]) == (
        207,
        [],
        [("1", "BadRequestData"), ("null:1", "BadRequestData")],
    )


async def test_5_6_10_entities_are_deleted_by_their_ids(plane: DataPlane) -> None:
    await plane.make(doc(1), doc(2), doc(3))
    ids = [one["id"] for one in (doc(1), doc(2))]
    assert await batch(plane, "delete", ids) == 204
    assert await batch(plane, "delete", [*ids, "no uri", 5, doc(3)["id"]]) == (
        207,
        ["3"],
        [
            ("1", "ResourceNotFound"),
            ("2", "ResourceNotFound"),
            ("no uri", "BadRequestData"),
            ("null:3", "BadRequestData"),
        ],
    )
    assert await stand(plane) == []


async def test_5_6_20_each_document_is_merged_into_what_stands(plane: DataPlane) -> None:
    await plane.make(doc(1, a={"value": {"x": 1, "y": 2}}, b={"value": 1, "observedAt": at(0)}), doc(2, a=1))
    assert await batch(plane, "merge", [doc(1, a={"value": {"y": NULL}}), doc(3)]) == (
        207,
        ["1"],
        [("3", "ResourceNotFound")],
    )
    query = f"?format=simplified&observedAt={at(9)}"
    assert await batch(plane, "merge", [doc(1, a={"z": 3}, b=2), doc(2, a=NULL)], query) == 204
    shown = await plane.told(f"{ENTITIES}/urn:ngsi-ld:1")
    assert shown == doc(1, a=prop({"x": 1, "z": 3}), b=prop(2, observedAt=at(9)))
    assert await stand(plane) == [doc(1, a={"x": 1, "z": 3}, b=2), doc(2)]


async def test_5_6_20_instances_are_merged_one_by_one(plane: DataPlane) -> None:
    await plane.make(doc(1, a=[{"value": 1}, {"value": 2, "datasetId": "urn:d:2"}]))
    changes = [{"value": NULL}, {"value": 3, "datasetId": "urn:d:2"}, {"value": 4, "datasetId": "urn:d:3"}]
    assert await batch(plane, "merge", [doc(1, a=changes)]) == 204
    assert await stand(plane) == [doc(1, a={"dataset": {"urn:d:2": 3, "urn:d:3": 4}})]


async def test_5_6_7_a_document_may_bring_its_own_context(plane: DataPlane) -> None:
    ld = {"content_type": "application/ld+json"}
    own = {"@context": {"force": "https://example.org/power"}}
    for operation, status in (("create", 201), ("upsert", 204), ("update", 204), ("merge", 204)):
        documents = [doc(1, force=1) | own]
        reply = await plane.ask("POST", f"{BATCH}/{operation}", documents, **ld)
        assert reply.status == status, reply.body
    shown = await plane.told(f"{ENTITIES}/urn:ngsi-ld:1?options=keyValues")
    assert shown == doc(1) | {"https://example.org/power": 1}
    reply = await plane.ask("POST", f"{BATCH}/create", [doc(2) | own, doc(3)], **ld)
    assert (reply.status, reply.json()["success"]) == (207, ["urn:ngsi-ld:2"])
    assert reply.json()["errors"][0]["error"]["field"] == "@context"


async def test_5_6_7_what_is_no_batch_is_refused_whole(plane: DataPlane) -> None:
    headers = {"content_type": "application/json", "authorization": "Bearer sample"}
    for operation in ("create", "upsert", "update", "merge", "delete"):
        path = f"{BATCH}/{operation}"
        for wrong in ([], {}, "x", 5, [None]):
            assert await plane.code("POST", path, wrong) == (400, "BadRequestData"), (operation, wrong)
        reply = await plane.send("POST", f"/ngsi-ld/v1{path}", b'[{"id":', **headers)
        assert (reply.status, reply.json()["type"]) == (400, f"{ERRORS}InvalidRequest")
        assert (await plane.ask("POST", f"{path}?options=garbage", [doc(1)])).status == 400
        assert (await plane.ask("GET", path)).status == 405


TOWN = [
    doc(1, a=1, b=1),
    doc(2, a=2),
    doc(3, b=3, location={"type": "Point", "coordinates": [140, 35]}) | {"scope": "/park"},
    {"id": "urn:ngsi-ld:4", "type": "Tree", "a": 9},
]


LEFT = {
    "type=Lamp": "4",
    "type=Lamp&q=a>1": "134",
    "q=a==1|a==9": "23",
    "type=*&idPattern=[34]$": "12",
    "type=Lamp&id=urn:ngsi-ld:1,urn:ngsi-ld:4": "234",
    "attrs=b": "24",
    "georel=near;maxDistance==10&geometry=Point&coordinates=[140,35]": "124",
    "type=Lamp&scopeQ=/park": "124",
    "type=Street": "1234",
}
"""What stands after a purge of the town by a query."""


async def test_5_6_21_what_matches_is_deleted(plane: DataPlane) -> None:
    for query, left in LEFT.items():
        await plane.done("POST", f"{BATCH}/upsert", TOWN)
        reply = await plane.done("DELETE", f"{ENTITIES}?{query}")
        assert (reply.status, reply.body) == (204, b"")
        assert "".join(await plane.ids("type=*&local=true")) == left, query


async def test_5_6_21_attributes_are_dropped_or_kept(plane: DataPlane) -> None:
    await plane.make(*TOWN)
    await plane.done("DELETE", f"{ENTITIES}?type=Lamp&q=b&drop=a")
    await plane.done("DELETE", f"{ENTITIES}?type=Tree&keep=b,c")
    plain = await plane.told(f"{ENTITIES}?type=*&local=true&options=keyValues&omit=location,scope")
    assert plain == [doc(1, b=1), doc(2, a=2), doc(3, b=3), {"id": "urn:ngsi-ld:4", "type": "Tree"}]
    for query in ("", "drop=a", "type=Lamp&drop=a&keep=b", "type=Lamp&q=", "type=Lamp&limit=1"):
        assert (await plane.ask("DELETE", f"{ENTITIES}?{query}")).status == 400
    assert len(await plane.ids("type=*&local=true")) == 4


async def test_a_batch_is_one_transaction_with_one_audit_line(plane: DataPlane) -> None:
    await batch(plane, "create", [doc(1), doc(2), doc(3)])
    lines = await plane.store.entities.audit("demo")
    assert [line.entities for line in lines] == [tuple(f"urn:ngsi-ld:{number}" for number in (1, 2, 3))]
