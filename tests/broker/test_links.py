"""Linked entities inside and behind (ETSI GS CIM 009 V1.9.1 clause 4.5.23)."""

from typing import Any

import pytest

from broker.town import CALL
from kaiteki.broker.asking import read_join, read_style
from kaiteki.broker.batch import create_batch
from kaiteki.broker.links import load_linked, render_flat, render_inline
from kaiteki.broker.plane import Plane

A: dict[str, Any] = {"id": "urn:a", "type": "T", "to": {"type": "Relationship", "object": "urn:b"}}
B: dict[str, Any] = {
    "id": "urn:b",
    "type": "T",
    "n": {"type": "Property", "value": 1},
    "all": {"type": "ListRelationship", "objectList": [{"object": "urn:a"}, {"object": "urn:c"}]},
}
C: dict[str, Any] = {"id": "urn:c", "type": "T", "n": {"type": "Property", "value": 2}}


async def show(plane: Plane, **params: str) -> Any:
    await create_batch(plane, CALL, [A, B, C])
    style = read_style(params, CALL.context)
    join = read_join(params)
    assert join is not None
    entity = (await plane.entities.load(CALL.area, ["urn:a"]))["urn:a"].entity()
    linked = await load_linked(plane, CALL.area, [entity], join, style)
    if join.mode == "flat":
        return render_flat([entity], CALL.context, style, linked)
    return render_inline(entity, CALL.context, style, join, linked)


async def test_inline(plane: Plane) -> None:
    assert await show(plane, join="inline") == A | {"to": A["to"] | {"entity": B}}


async def test_inline_to_the_second_level_without_circles(plane: Plane) -> None:
    inner = B | {"all": B["all"] | {"entityList": [C]}}
    assert await show(plane, join="inline", joinLevel="2") == A | {"to": A["to"] | {"entity": inner}}


async def test_inline_not_into_what_stands_above(plane: Plane) -> None:
    assert await show(plane, join="inline", containedBy="urn:b") == A


async def test_inline_simplified_and_picked(plane: Plane) -> None:
    assert await show(plane, join="inline", options="keyValues", pick="id,to{n}") == {
        "id": "urn:a",
        "to": {"n": 1},
    }


@pytest.mark.parametrize(("level", "wanted"), [("1", [A, B]), ("2", [A, B, C])])
async def test_flat(plane: Plane, level: str, wanted: list[Any]) -> None:
    assert await show(plane, join="flat", joinLevel=level) == wanted
