"""The batch operations: one bad document does not hinder the others (ETSI GS CIM 009 V1.9.1 clauses 5.6.7 to 5.6.10, 5.6.20)."""

from typing import Any

import pytest

from broker.town import CALL, shown
from kaiteki.broker.batch import (
    BatchResult,
    create_batch,
    delete_batch,
    merge_batch,
    update_batch,
    upsert_batch,
)
from kaiteki.broker.plane import Plane
from kaiteki.model.problem import Problem
from kaiteki.model.representation.merging import Merging


def doc(number: int, **attributes: Any) -> dict[str, Any]:
    return {"id": f"urn:l:{number}", "type": "Lamp", **attributes}


def codes(result: BatchResult) -> dict[str, str]:
    return {entity_id: problem.code for entity_id, problem in result.errors}


async def test_create_reports_each_entity(plane: Plane) -> None:
    first = await create_batch(plane, CALL, [doc(1, a=1), doc(2, a=2)])
    assert first == BatchResult(("urn:l:1", "urn:l:2"))
    second = await create_batch(plane, CALL, [doc(2), doc(3), {"id": "urn:l:4"}, doc(3), 5])
    assert (second.created, second.done) == (("urn:l:3",), ())
    assert codes(second) == {
        "urn:l:2": "AlreadyExists",
        "urn:l:4": "BadRequestData",
        "urn:l:3": "AlreadyExists",
        "urn:ngsi-ld:null:4": "BadRequestData",
    }
    assert second.document()["errors"][0] == {
        "entityId": "urn:l:2",
        "error": {
            "type": "https://uri.etsi.org/ngsi-ld/errors/AlreadyExists",
            "title": "There is one with this id already",
            "status": 409,
            "detail": "there is an entity urn:l:2 already",
            "field": "id",
        },
    }


async def test_upsert_replaces_or_updates(plane: Plane) -> None:
    await create_batch(plane, CALL, [doc(1, a=1, b=1)])
    result = await upsert_batch(plane, CALL, [doc(1, a=2), doc(2, a=2)])
    assert result == BatchResult(("urn:l:2",), ("urn:l:1",))
    assert await shown(plane, "urn:l:1", format="simplified") == doc(1, a=2)
    await upsert_batch(plane, CALL, [doc(1, c=3), doc(1, d=4)], update=True)
    assert await shown(plane, "urn:l:1", format="simplified") == doc(1, a=2, c=3, d=4)
    fragments = [doc(1, a="urn:ngsi-ld:null"), {"id": "urn:l:2", "b": 1}, {"id": "urn:l:9", "b": 1}]
    result = await upsert_batch(plane, CALL, fragments, update=True)
    assert (result.done, codes(result)) == (("urn:l:1", "urn:l:2"), {"urn:l:9": "BadRequestData"})
    assert await shown(plane, "urn:l:1", format="simplified") == doc(1, c=3, d=4)


async def test_update_needs_what_stands(plane: Plane) -> None:
    await create_batch(plane, CALL, [doc(1, a=1)])
    result = await update_batch(plane, CALL, [doc(1, a=2, b=2), doc(2, a=2)], overwrite=False)
    assert (result.done, codes(result)) == (("urn:l:1",), {"urn:l:2": "ResourceNotFound"})
    assert await shown(plane, "urn:l:1", format="simplified") == doc(1, a=1, b=2)


async def test_merge_merges(plane: Plane) -> None:
    await create_batch(plane, CALL, [doc(1, a={"value": {"x": 1, "y": 2}})])
    result = await merge_batch(
        plane, CALL, [{"id": "urn:l:1", "a": {"y": "urn:ngsi-ld:null"}}], Merging(form="simplified")
    )
    assert result == BatchResult((), ("urn:l:1",))
    assert await shown(plane, "urn:l:1", format="simplified") == doc(1, a={"x": 1})


async def test_delete_reports_what_was_missing(plane: Plane) -> None:
    await create_batch(plane, CALL, [doc(1), doc(2)])
    result = await delete_batch(plane, CALL, ["urn:l:1", "urn:l:3", "not a uri", "urn:l:1"])
    assert result.done == ("urn:l:1",)
    assert codes(result) == {
        "urn:l:3": "ResourceNotFound",
        "not a uri": "BadRequestData",
        "urn:l:1": "ResourceNotFound",
    }


async def test_a_batch_is_one_transaction_with_one_audit_line(plane: Plane) -> None:
    await create_batch(plane, CALL, [doc(1), doc(2), doc(3)])
    lines = await plane.entities.audit(CALL.area)
    assert [line.entities for line in lines] == [("urn:l:1", "urn:l:2", "urn:l:3")]


@pytest.mark.parametrize("documents", [[], {}, [None], None, "x"])
async def test_no_batch_is_refused(plane: Plane, documents: Any) -> None:
    for operation in (create_batch, upsert_batch, update_batch, merge_batch, delete_batch):
        with pytest.raises(Problem) as refused:
            await operation(plane, CALL, documents)
        assert refused.value.code == "BadRequestData"
