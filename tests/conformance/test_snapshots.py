"""ETSI GS CIM 009 V1.9.1 clauses 5.16, 5.2.41 and 6.3.22: results of queries that stay as they were."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import pytest

from conformance.plane import DataPlane
from kaiteki.api.front import Front, Hot
from kaiteki.api.ngsi_ld.binding import Binding
from kaiteki.api.ngsi_ld.desk import Beside, Desk
from kaiteki.api.ngsi_ld.glancing import Glancing
from kaiteki.api.ngsi_ld.handlers import HANDLERS
from kaiteki.api.owners import Eyes
from kaiteki.api.persons import EVERYBODY_IS_ADMIN
from kaiteki.api.tally import Tally
from kaiteki.api.trust import Trust
from kaiteki.broker.snapshots import OWN_MAX, Snapshots, Taking
from kaiteki.kit.rulings.rulings import Rulings
from kaiteki.kit.rulings.schema import Catalogue
from kaiteki.main.desks import plane_apart
from kaiteki.model.access import Person
from kaiteki.model.terms.compiling import core_context

WARM = {"type": "Query", "entities": [{"type": "Lamp"}], "q": "watts>5"}


@pytest.fixture
async def town(plane: DataPlane) -> DataPlane:
    """A data plane that takes snapshots, with lamps of 0 to 9 watts."""
    desk = plane.desk
    beside = Beside(desk.mailing, desk.inquirer, lambda: plane_apart(desk.plane))
    taking = Desk(desk.plane, Trust(Rulings(Catalogue(()))), desk.who, ("demo", "chiba"), True, beside)
    plane.front = Front(
        {"ngsi-ld": Hot(Binding(taking, HANDLERS), Glancing(taking))}, plane.front._site, Tally()
    )
    lamps = [{"id": f"urn:ngsi-ld:Lamp:{n}", "type": "Lamp", "watts": n} for n in range(10)]
    await plane.done("POST", "/entityOperations/create", lamps)
    return plane


async def taken(town: DataPlane, *queries: Any, **members: Any) -> str:
    """The id of a new snapshot."""
    document = {"type": "Snapshot", "snapshotQueries": list(queries) or [WARM], **members}
    reply = await town.done("POST", "/snapshots", document)
    assert reply.status == 201
    return str(reply.header("location")).rsplit("/", 1)[1]


async def within(town: DataPlane, snapshot: str, path: str) -> Any:
    reply = await town.done("GET", path, ngsild_snapshot=snapshot)
    assert reply.header("ngsild-snapshot") == snapshot
    return reply.json()


async def test_5_16_1_what_queries_find_stays_as_it_was(town: DataPlane) -> None:
    snapshot = await taken(town)
    await town.done("PATCH", "/entities/urn:ngsi-ld:Lamp:9", {"watts": 1})
    await town.done("DELETE", "/entities/urn:ngsi-ld:Lamp:8")
    await town.done("POST", "/entities", {"id": "urn:ngsi-ld:Lamp:10", "type": "Lamp", "watts": 10})
    rows = await within(town, snapshot, "/entities?type=Lamp&options=keyValues&orderBy=watts;desc")
    assert [row["watts"] for row in rows] == [9, 8, 7, 6]
    one = await within(town, snapshot, "/entities/urn:ngsi-ld:Lamp:8?options=keyValues")
    assert one["watts"] == 8
    assert (await within(town, snapshot, "/types"))["typeList"] == ["Lamp"]
    gone = await town.ask("GET", "/entities/urn:ngsi-ld:Lamp:1", ngsild_snapshot=snapshot)
    assert gone.status == 404
    counted = await town.done("GET", "/entities?type=Lamp&q=watts>7&count=true", ngsild_snapshot=snapshot)
    assert counted.header("ngsild-results-count") == "2"


async def test_5_16_3_its_status_tells_how_the_queries_went(town: DataPlane) -> None:
    nothing = {"type": "Query", "entities": [{"type": "Bench"}]}
    snapshot = await taken(town, WARM, nothing, snapshotPriority=7, snapshotLifetime="PT10M")
    assert await town.told(f"/snapshots/{snapshot}") == {
        "id": snapshot,
        "type": "Snapshot",
        "snapshotStatus": "success",
        "snapshotPriority": 7,
        "snapshotLifetime": "PT10M",
        "snapshotQueries": [WARM, nothing],
        "snapshotQueriesDetails": [{"resultStatus": "success"}, {"resultStatus": "empty"}],
        "createdAt": "2026-04-01T09:00:00Z",
        "modifiedAt": "2026-04-01T09:00:00Z",
        "lastUsedAt": "2026-04-01T09:00:00Z",
        "expiresAt": "2026-04-01T09:10:00Z",
    }
    empty = await taken(town, nothing)
    assert (await town.told(f"/snapshots/{empty}"))["snapshotStatus"] == "empty"


async def test_5_16_4_it_lives_as_long_as_it_says(town: DataPlane) -> None:
    snapshot = await taken(town, snapshotLifetime="PT10M")
    town.clock.forward(300)
    await within(town, snapshot, "/entities?type=Lamp")
    await town.done("PATCH", f"/snapshots/{snapshot}", {"snapshotLifetime": "PT20M", "snapshotPriority": 1})
    told = await town.told(f"/snapshots/{snapshot}")
    assert (told["lastUsedAt"], told["expiresAt"]) == ("2026-04-01T09:05:00Z", "2026-04-01T09:20:00Z")
    town.clock.forward(901)
    assert (await town.ask("GET", f"/snapshots/{snapshot}")).status == 404
    assert (await town.ask("GET", "/entities?type=Lamp", ngsild_snapshot=snapshot)).status == 404


async def test_5_16_2_and_5_16_5_clones_live_by_themselves(town: DataPlane) -> None:
    snapshot = await taken(town, snapshotLifetime="PT10M")
    town.clock.forward(60)
    reply = await town.done("POST", f"/snapshots/{snapshot}/clone")
    clone = str(reply.header("location")).rsplit("/", 1)[1]
    assert clone != snapshot
    assert (await town.told(f"/snapshots/{clone}"))["expiresAt"] == "2026-04-01T10:01:00Z"
    await town.done("DELETE", f"/snapshots/{snapshot}")
    assert (await town.ask("GET", f"/snapshots/{snapshot}")).status == 404
    assert len(await within(town, clone, "/entities?type=Lamp")) == 4
    refused = await town.ask("POST", f"/snapshots/{clone}/clone", {"snapshotQueries": [WARM]})
    assert refused.status == 400


async def test_5_16_7_all_are_forgotten_at_once(town: DataPlane) -> None:
    snapshots = [await taken(town) for _ in range(OWN_MAX)]
    document = {"type": "Snapshot", "snapshotQueries": [WARM]}
    assert (await town.ask("POST", "/snapshots", document)).status == 429
    await town.done("DELETE", "/snapshots")
    for snapshot in snapshots:
        assert (await town.ask("GET", f"/snapshots/{snapshot}")).status == 404
    await taken(town)


async def test_5_16_7_those_are_forgotten_whose_members_match(town: DataPlane) -> None:
    low, high = await taken(town, snapshotPriority=2), await taken(town, snapshotPriority=8)
    await town.done("DELETE", "/snapshots?q=snapshotPriority<5;snapshotStatus==%22success%22")
    assert [(await town.ask("GET", f"/snapshots/{one}")).status for one in (low, high)] == [404, 200]
    assert await town.refused("/snapshots?q=watts>5", "DELETE") == (400, "q")
    await town.done("DELETE", "/snapshots?q=createdAt>2030-01-01T00:00:00Z")
    assert (await town.ask("GET", f"/snapshots/{high}")).status == 200


async def test_6_3_22_a_snapshot_is_only_read(town: DataPlane) -> None:
    snapshot = await taken(town)
    for method, path, document in (
        ("PATCH", "/entities/urn:ngsi-ld:Lamp:9", {"watts": 1}),
        ("DELETE", "/entities/urn:ngsi-ld:Lamp:9", None),
        ("DELETE", "/temporal/entities/urn:ngsi-ld:Lamp:9", None),
        ("GET", "/subscriptions", None),
    ):
        assert (await town.ask(method, path, document, ngsild_snapshot=snapshot)).status == 422
    queried = await town.done("POST", "/entityOperations/query", WARM, ngsild_snapshot=snapshot)
    assert len(queried.json()) == 4


async def test_others_do_not_see_it(town: DataPlane) -> None:
    snapshot = await taken(town)
    town.person = Person("someone", "", frozenset({"staff"}))
    assert (await town.ask("GET", f"/snapshots/{snapshot}")).status == 404
    assert (await town.ask("GET", "/entities?type=Lamp", ngsild_snapshot=snapshot)).status == 404


@pytest.mark.parametrize(
    ("members", "status"),
    [
        ({"snapshotQueries": []}, 400),
        ({"snapshotQueries": [{"type": "Query"}]}, 400),
        ({"snapshotQueries": [{**WARM, "q": "a=="}]}, 400),
        ({"snapshotPriority": 11}, 400),
        ({"snapshotLifetime": "P1Y"}, 400),
        ({"snapshotLifetime": "P2D"}, 400),
        ({"id": "no uri"}, 400),
        ({"surprise": 1}, 400),
        ({"endpoint": {"uri": "https://receiver.example"}}, 400),
        ({"endpoint": "mqtt://receiver.example"}, 400),
        ({"receiverInfo": [{"key": "a b", "value": "c"}]}, 400),
        ({"snapshotTemporalQueries": [WARM]}, 400),
        ({"snapshotTemporalQueries": [{**WARM, "temporalQ": {"timerel": "since"}}]}, 400),
        ({"snapshotQueries": [{**WARM, "temporalQ": {"timerel": "after"}}]}, 400),
    ],
)
async def test_5_16_1_refusals(town: DataPlane, members: dict[str, Any], status: int) -> None:
    document = {"type": "Snapshot", "snapshotQueries": [WARM], **members}
    reply = await town.ask("POST", "/snapshots", document)
    assert reply.status == status, reply.body
    assert json.loads(reply.body)["detail"]


async def test_what_is_too_much_is_partial(town: DataPlane) -> None:
    plane = town.desk.plane
    snapshots = Snapshots(plane, lambda: plane_apart(plane), entities_max=6)
    trust = Trust(Rulings(Catalogue(())))
    taking = Taking(
        Eyes(trust, EVERYBODY_IS_ADMIN, "demo"), partial(trust.readable_past, EVERYBODY_IS_ADMIN, "demo")
    )
    cold = {"type": "Query", "entities": [{"type": "Lamp"}], "q": "watts<=5"}
    document = {"type": "Snapshot", "snapshotQueries": [WARM, cold]}
    told = (await snapshots.create(("demo", "me"), document, core_context(), taking)).document()
    assert told["snapshotStatus"] == "partial"
    assert [one["resultStatus"] for one in told["snapshotQueriesDetails"]] == ["success", "partial"]
