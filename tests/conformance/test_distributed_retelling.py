"""ETSI GS CIM 009 V1.9.1 clauses 5.6.11 to 5.6.16, 4.3.6, 6.3.17: the past that is written here and at context sources."""

import json
from typing import Any

import pytest

from conformance.neighbours import Neighbours, about, source
from conformance.watched_town import WatchedTown
from kaiteki.model.access import RESIDENT, Person
from kaiteki.model.visibility import Sight
from kaiteki.stores.store import Store

MANY = "/temporal/entities"
ONE = f"{MANY}/urn:ngsi-ld:Lamp:1"
WRITING = [
    "upsertTemporal",
    "appendAttrsTemporal",
    "deleteAttrsTemporal",
    "updateAttrInstanceTemporal",
    "deleteAttrInstanceTemporal",
    "deleteTemporal",
]


def states(*values: Any) -> list[dict[str, Any]]:
    return [
        {"type": "Property", "value": value, "observedAt": f"2026-04-01T09:{number:02d}:00Z"}
        for number, value in enumerate(values)
    ]


def lamp(**attributes: Any) -> dict[str, Any]:
    return {"id": "urn:ngsi-ld:Lamp:1", "type": "Lamp", **attributes}


async def register(town: WatchedTown, **members: Any) -> None:
    await town.did("POST", "/csourceRegistrations", source(**{"operations": WRITING, **members}))


async def own(town: WatchedTown) -> dict[str, list[Any]] | None:
    """What one place alone knows of the past of the lamp."""
    reply = await town.ask("GET", f"{ONE}?local=true&options=temporalValues")
    if reply.status == 404:
        return None
    told = json.loads(reply.body)
    return {name: [pair[0] for pair in told[name]["values"]] for name in told if name not in ("id", "type")}


async def code(town: WatchedTown, method: str, path: str, document: Any = None) -> tuple[int, str]:
    reply = await town.ask(method, path, document)
    told = json.loads(reply.body) if reply.body else {}
    return reply.status, told.get("type", "").rpartition("/")[2]


async def test_5_6_11_and_5_6_12_a_past_is_told_by_who_holds_what(
    net: Neighbours, here: WatchedTown, there: WatchedTown
) -> None:
    await register(here, mode="exclusive", information=about("watts", id="urn:ngsi-ld:Lamp:1"))
    reply = await here.ask("POST", MANY, lamp(watts=states(1, 2), height=states(3)))
    assert (reply.status, dict(reply.headers)["location"]) == (201, f"/ngsi-ld/v1{ONE}")
    assert (await own(here), await own(there)) == ({"height": [3]}, {"watts": [1, 2]})
    assert net.paths() == ["POST there.example temporal/entities"]
    more = {"watts": states(9, 8, 7)[2:], "height": states(9, 8)[1:]}
    assert (await here.ask("POST", f"{ONE}/attrs", more)).status == 204
    assert (await own(here), await own(there)) == ({"height": [3, 8]}, {"watts": [1, 2, 7]})
    assert (await here.ask("POST", MANY, lamp(height=states(5, 5, 5, 5)))).status == 204
    assert len(net.asked) == 2


async def test_5_6_11_inclusive_both_know_it_and_redirect_the_source_alone(
    here: WatchedTown, there: WatchedTown
) -> None:
    await register(here)
    await here.did("POST", MANY, lamp(watts=states(1)))
    assert (await own(here), await own(there)) == ({"watts": [1]}, {"watts": [1]})
    await here.did("DELETE", ONE)
    assert (await own(here), await own(there)) == (None, None)
    await here.did("PATCH", "/csourceRegistrations/urn:r:1", {"mode": "redirect"})
    assert (await here.ask("POST", MANY, lamp(watts=states(2)))).status == 201
    assert (await here.ask("POST", MANY, lamp(watts=states(2, 3)[1:]))).status == 204
    assert (await own(here), await own(there)) == (None, {"watts": [2, 3]})


async def test_5_6_13_and_5_6_16_a_past_is_forgotten_in_all_places(
    here: WatchedTown, there: WatchedTown
) -> None:
    await register(here)
    await here.did("POST", MANY, lamp(watts=states(1), height=states(2)))
    assert (await here.ask("DELETE", f"{ONE}/attrs/watts")).status == 204
    assert (await own(here), await own(there)) == ({"height": [2]}, {"height": [2]})
    assert await code(here, "DELETE", f"{ONE}/attrs/watts") == (404, "ResourceNotFound")
    await there.did("DELETE", ONE)
    assert (await here.ask("DELETE", ONE)).status == 204
    assert await code(here, "DELETE", ONE) == (404, "ResourceNotFound")


async def test_5_6_14_and_5_6_15_a_state_is_changed_where_it_is_kept(
    net: Neighbours, here: WatchedTown, there: WatchedTown
) -> None:
    await there.did("POST", MANY, lamp(watts=states(1, 2)))
    await register(here)
    first, second = [one["instanceId"] for one in (await there.shown(ONE))["watts"]]
    assert (await here.ask("PATCH", f"{ONE}/attrs/watts/{first}", {"value": 7})).status == 204
    assert await own(there) == {"watts": [7, 2]}
    path = f"temporal/entities/urn:ngsi-ld:Lamp:1/attrs/watts/{first}?type=Lamp"
    assert net.paths()[-1] == f"PATCH there.example {path}"
    assert (await here.ask("DELETE", f"{ONE}/attrs/watts/{second}")).status == 204
    assert await own(there) == {"watts": [7]}
    assert await code(here, "DELETE", f"{ONE}/attrs/watts/{second}") == (404, "ResourceNotFound")


@pytest.mark.parametrize(
    ("members", "status", "stands"),
    [
        ({"operations": ["retrieveTemporal"]}, 201, True),
        ({"mode": "redirect", "operations": ["redirectionOps"]}, 409, False),
        ({"mode": "auxiliary", "operations": ["retrieveTemporal"]}, 201, True),
        ({"observationInterval": {"startAt": "2026-01-01T00:00:00Z"}, "mode": "redirect"}, 201, False),
    ],
)
async def test_4_3_6_3_a_source_is_given_what_it_takes(
    here: WatchedTown, there: WatchedTown, members: dict[str, Any], status: int, stands: bool
) -> None:
    await register(here, **members)
    assert (await here.ask("POST", MANY, lamp(watts=states(1)))).status == status
    assert (await own(here) is not None) is stands


async def test_6_3_17_a_past_that_was_told_in_part(
    net: Neighbours, here: WatchedTown, there: WatchedTown
) -> None:
    await register(here)
    net.strange["there.example"] = lambda question: None
    reply = await here.ask("POST", MANY, lamp(watts=states(1)))
    told = json.loads(reply.body)
    assert (reply.status, told["success"]) == (207, ["urn:ngsi-ld:Lamp:1"])
    assert [(one["registrationId"], one["error"]["status"]) for one in told["errors"]] == [("urn:r:1", 504)]
    assert await own(here) == {"watts": [1]}
    del net.strange["there.example"]
    assert (await here.ask("POST", f"{MANY}?local=true", lamp(watts=states(1, 2)))).status == 204
    assert await code(here, "POST", MANY, [1]) == (400, "BadRequestData")


async def test_6_3_18_a_past_that_comes_back_is_told_once(here: WatchedTown, there: WatchedTown) -> None:
    await register(here)
    await register(there, host="here.example")
    assert (await here.ask("POST", MANY, lamp(watts=states(1)))).status == 201
    assert (await own(here), await own(there)) == ({"watts": [1]}, {"watts": [1]})


async def test_who_may_not_write_here_writes_no_past_elsewhere(store: Store) -> None:
    net = Neighbours()
    here = net.add("here.example", store, (Sight("urn:x:Lamp", frozenset(), ("staff",)),))
    await register(here, mode="redirect")
    here.person = Person("urn:p:1", frozenset({RESIDENT}))
    assert (await here.ask("POST", MANY, lamp(watts=states(1)))).status == 403
    assert net.asked == []


async def test_5_6_16_a_past_of_another_type_than_registered_stays(
    here: WatchedTown, there: WatchedTown
) -> None:
    await register(here)
    other = {"id": "urn:ngsi-ld:Secret:1", "type": "Secret", "watts": states(1)}
    await there.did("POST", MANY, other)
    secret = f"{MANY}/urn:ngsi-ld:Secret:1"
    assert await code(here, "DELETE", secret) == (404, "ResourceNotFound")
    assert await code(here, "DELETE", f"{secret}/attrs/watts") == (404, "ResourceNotFound")
    assert await code(here, "POST", f"{secret}/attrs", {"watts": states(1, 2)}) == (404, "ResourceNotFound")
    told = await there.shown(f"{secret}?options=temporalValues")
    assert [value for value, _ in told["watts"]["values"]] == [1]


async def test_5_6_11_a_state_reaches_an_endpoint_once(
    net: Neighbours, here: WatchedTown, there: WatchedTown
) -> None:
    await register(here)
    await register(here, id="urn:r:2")
    await register(here, id="urn:r:3", information=[{"entities": [{"type": "Post"}]}])
    await here.did("POST", MANY, lamp(watts=states(1)))
    assert net.paths() == ["POST there.example temporal/entities"]
    await here.did("DELETE", f"{ONE}?local=true")
    assert (await here.ask("POST", f"{ONE}/attrs", {"watts": states(1, 2)[1:]})).status == 204
    assert (await own(there), len(net.asked)) == ({"watts": [1, 2]}, 2)
