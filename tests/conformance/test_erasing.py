"""Deleting with all that is kept (an extension beside clauses 5.6.6 and 5.6.21): who may, what goes, what stays."""

import pytest

from conformance.plane import DataPlane
from kaiteki.model.access import ADMIN, Person

LAMP = "urn:ngsi-ld:Lamp:1"


def lamp(number: int, watts: int) -> dict[str, object]:
    return {"id": f"urn:ngsi-ld:Lamp:{number}", "type": "Lamp", "watts": watts}


async def test_an_entity_is_erased_with_its_past(plane: DataPlane) -> None:
    await plane.done("POST", "/entities", lamp(1, 5))
    await plane.done("PATCH", f"/entities/{LAMP}", {"watts": 6})
    assert (await plane.done("DELETE", f"/entities/{LAMP}?options=erase")).status == 204
    for path in (f"/entities/{LAMP}", f"/temporal/entities/{LAMP}"):
        assert (await plane.ask("GET", path)).status == 404
    assert (await plane.ask("DELETE", f"/entities/{LAMP}?options=erase")).status == 404
    await plane.done("POST", "/entities", lamp(1, 7))
    told = await plane.told(f"/temporal/entities/{LAMP}?options=temporalValues")
    assert [value for value, _ in told["watts"]["values"]] == [7]


async def test_an_entity_that_is_gone_is_erased_too(plane: DataPlane) -> None:
    await plane.done("POST", "/entities", lamp(1, 5))
    await plane.done("DELETE", f"/entities/{LAMP}")
    assert (await plane.ask("GET", f"/temporal/entities/{LAMP}")).status == 200
    await plane.done("DELETE", f"/entities/{LAMP}?options=erase")
    assert (await plane.ask("GET", f"/temporal/entities/{LAMP}")).status == 404


async def test_by_query_too(plane: DataPlane) -> None:
    for number in range(4):
        await plane.done("POST", "/entities", lamp(number, number))
    refused = await plane.ask("DELETE", "/entities?type=Lamp&drop=watts&options=erase")
    assert refused.status == 400
    await plane.done("DELETE", "/entities?type=Lamp&q=watts>1&options=erase")
    left = await plane.told(
        "/temporal/entities?type=Lamp&timerel=after&timeAt=2020-01-01T00:00:00Z&timeproperty=modifiedAt"
    )
    assert [one["id"] for one in left] == ["urn:ngsi-ld:Lamp:0", LAMP]


@pytest.mark.parametrize(("roles", "status"), [(frozenset({"staff"}), 403), (frozenset({ADMIN}), 204)])
async def test_only_who_runs_the_node_erases(plane: DataPlane, roles: frozenset[str], status: int) -> None:
    await plane.done("POST", "/entities", lamp(1, 5))
    plane.person = Person("someone", "", roles)
    assert (await plane.ask("DELETE", f"/entities/{LAMP}?options=erase")).status == status
    assert (await plane.ask("DELETE", f"/entities/{LAMP}?options=wipe")).status in (400, 404)
