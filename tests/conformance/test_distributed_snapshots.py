"""ETSI GS CIM 009 V1.9.1 clauses 5.16.1, 5.16.2, 5.16.5, 5.16.6 and 5.3.4: snapshots of what sources know, of the past, and who is told of them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.neighbours import Neighbours, about, source
from conformance.watched_town import WatchedTown
from kaiteki.model.access import STAFF, Person
from kaiteki.model.terms.core import DEFAULT_VOCABULARY
from kaiteki.model.visibility import Sight
from kaiteki.stores.store import Store

LAMPS = {"type": "Query", "entities": [{"type": "Lamp"}]}
PAST = {**LAMPS, "temporalQ": {"timerel": "after", "timeAt": "2026-04-01T08:00:00Z"}}
ONE = "/temporal/entities/urn:ngsi-ld:Lamp:1"
SHORT = "options=temporalValues"
BOTH = ["retrieveOps", "retrieveTemporal", "queryTemporal"]


def at(minute: int) -> str:
    return f"2026-04-01T09:{minute:02d}:00Z"


async def tell(town: WatchedTown, number: int, **told: Any) -> None:
    town.clock.forward(1)
    states = [
        {"type": "Property", "value": value, "observedAt": at(int(minute[1:]))}
        for minute, value in told.items()
    ]
    document = {"id": f"urn:ngsi-ld:Lamp:{number}", "type": "Lamp", "watts": states}
    await town.did("POST", "/temporal/entities?local=true", document)


async def taken(town: WatchedTown, path: str = "/snapshots", **members: Any) -> str:
    reply = await town.did("POST", path, {"type": "Snapshot", **members})
    return dict(reply.headers)["location"].rpartition("/")[2]


async def within(town: WatchedTown, snapshot: str, path: str) -> Any:
    return json.loads((await town.did("GET", path, ngsild_snapshot=snapshot)).body)


async def results(town: WatchedTown, snapshot: str) -> tuple[str, list[str], list[str]]:
    told = await town.shown(f"/snapshots/{snapshot}")
    lists = ("snapshotQueriesDetails", "snapshotTemporalQueriesDetails")
    return told["snapshotStatus"], *([one["resultStatus"] for one in told.get(name, ())] for name in lists)


async def test_5_16_1_what_sources_know_stays_as_it_was(
    net: Neighbours, here: WatchedTown, there: WatchedTown
) -> None:
    await here.lamp(1, watts=1)
    await there.lamp(2, watts=2)
    await here.did("POST", "/csourceRegistrations", source(operations=BOTH))
    snapshot = await taken(here, snapshotQueries=[LAMPS])
    alone = await taken(here, "/snapshots?local=true", snapshotQueries=[LAMPS])
    await there.turn(2, watts=9)
    asked = len(net.asked)
    told = await within(here, snapshot, "/entities?type=Lamp&options=keyValues")
    assert [(one["id"][-1], one["watts"]) for one in told] == [("1", 1), ("2", 2)]
    assert (await results(here, snapshot), len(net.asked)) == (("success", ["success"], []), asked)
    assert len(await within(here, alone, "/entities?type=Lamp")) == 1
    net.strange["there.example"] = lambda question: None
    assert (await results(here, await taken(here, snapshotQueries=[LAMPS])))[0] == "partial"


async def test_5_16_1_the_past_is_taken_with_its_addresses(
    net: Neighbours, here: WatchedTown, there: WatchedTown
) -> None:
    await tell(here, 1, m1=1, m3=3)
    await tell(there, 1, m2=2)
    await here.lamp(7, watts=7)
    await here.did("POST", "/csourceRegistrations", source(operations=BOTH))
    before = await here.shown(ONE)
    snapshot = await taken(here, snapshotTemporalQueries=[PAST, {**PAST, "entities": [{"type": "Bench"}]}])
    await tell(here, 1, m4=4)
    await here.did("DELETE", f"{ONE}/attrs/watts?local=true")
    net.asked.clear()
    assert await within(here, snapshot, ONE) == before
    listed = await within(
        here, snapshot, f"/temporal/entities?type=Lamp&q=watts>2&{SHORT}&timerel=before&timeAt={at(3)}"
    )
    assert listed == []
    last = await within(
        here, snapshot, f"/temporal/entities?type=Lamp&{SHORT}&lastN=1&timerel=after&timeAt={at(0)}"
    )
    assert [one["watts"]["values"] for one in last] == [[[3, at(3)]]]
    added = await within(here, snapshot, f"{ONE}?options=aggregatedValues&aggrMethods=sum")
    assert (added["watts"]["sum"][0][0], net.asked) == (6, [])
    assert await results(here, snapshot) == ("success", [], ["success", "empty"])
    assert await within(here, snapshot, "/entities?type=Lamp") == []
    gone = await here.ask("GET", ONE.replace(":1", ":7"), ngsild_snapshot=snapshot)
    assert gone.status == 404, "of the present nothing was taken"
    document = {**PAST, "attrs": ["watts"]}
    queried = await here.did("POST", "/temporal/entityOperations/query", document, ngsild_snapshot=snapshot)
    assert len(json.loads(queried.body)) == 1


async def test_5_16_1_a_query_that_fails_says_why(here: WatchedTown) -> None:
    await here.lamp(1, watts=1)
    for number in range(1, 67):
        await here.did("POST", "/csourceRegistrations", source(number, information=about()))
    snapshot = await taken(here, snapshotQueries=[LAMPS])
    told = await here.shown(f"/snapshots/{snapshot}")
    assert (told["snapshotStatus"], told["snapshotQueriesDetails"][0]["resultStatus"]) == (
        "failure",
        "failure",
    )
    assert told["snapshotQueriesDetails"][0]["problemDetails"]["status"] == 403


async def test_5_16_1_and_5_16_2_and_5_16_5_and_5_16_6_who_wants_it_is_told(here: WatchedTown) -> None:
    await here.lamp(1, watts=1)
    pairs = [{"key": "Authorization", "value": "Bearer secret"}]
    members = {"endpoint": "https://receiver.example/s", "receiverInfo": pairs, "snapshotPriority": 7}
    snapshot = await taken(here, snapshotQueries=[LAMPS], snapshotTemporalQueries=[PAST], **members)
    (letter,) = await here.room.arrived(1)
    (told,) = await here.room.heard(1)
    assert (letter.url, dict(letter.headers)["Authorization"]) == (
        "https://receiver.example/s",
        "Bearer secret",
    )
    assert told == {
        "id": told["id"],
        "type": "SnapshotNotification",
        "notifiedAt": "2026-05-01T12:00:00Z",
        "snapshotId": snapshot,
        "snapshotStatus": "success",
        "snapshotPriority": 7,
        "expiresAt": "2026-05-01T13:00:00Z",
        "snapshotQueriesDetails": [{"resultStatus": "success"}],
        "temporalSnapshotQueriesDetails": [{"resultStatus": "empty"}],
    }
    clone = await taken(here, f"/snapshots/{snapshot}/clone", endpoint="https://receiver.example/c")
    assert (await here.room.heard(2))[1]["snapshotId"] == clone
    shown = await here.shown(f"/snapshots/{snapshot}")
    assert (shown["endpoint"], shown["receiverInfo"]) == (members["endpoint"], pairs)
    await here.did("PATCH", f"/snapshots/{snapshot}", {"endpoint": "https://receiver.example/d"})
    await here.did("DELETE", f"/snapshots/{snapshot}")
    last = (await here.room.arrived(3))[2]
    ended = json.loads(last.body)
    assert (last.url, ended["snapshotId"]) == ("https://receiver.example/d", snapshot)
    assert ended["expiresAt"] < ended["notifiedAt"]
    here.clock.forward(3601)
    assert (await here.ask("GET", f"/snapshots/{clone}")).status == 404
    assert (await here.room.heard(4))[3]["snapshotId"] == clone


async def test_5_16_6_what_does_not_arrive_hinders_nobody(here: WatchedTown) -> None:
    here.room.answers = lambda letter: None
    snapshot = await taken(here, snapshotQueries=[LAMPS], endpoint="https://receiver.example/s")
    assert (await results(here, snapshot))[0] == "empty"


async def test_what_its_maker_may_not_see_of_the_past_is_not_taken(store: Store) -> None:
    net, vocabulary = Neighbours(), DEFAULT_VOCABULARY
    lamps = Sight(f"{vocabulary}Lamp", frozenset({f"{vocabulary}watts"}), ("clerk",))
    here = net.add("here.example", store, (lamps,))
    await here.did("POST", "/entities", {"id": "urn:ngsi-ld:Lamp:1", "type": "Lamp", "watts": 1, "secret": 2})
    here.person = Person("anna", roles=frozenset({STAFF}))
    query = {**LAMPS, "temporalQ": {**PAST["temporalQ"], "timeproperty": "modifiedAt"}}
    snapshot = await taken(here, snapshotQueries=[LAMPS], snapshotTemporalQueries=[query])
    assert {*(await within(here, snapshot, ONE))} == {"id", "type", "watts"}


@pytest.mark.parametrize("name", ["snapshotQueries", "snapshotTemporalQueries"])
async def test_5_16_4_queries_stay_as_they_were_asked(here: WatchedTown, name: str) -> None:
    snapshot = await taken(here, snapshotQueries=[LAMPS])
    reply = await here.ask("PATCH", f"/snapshots/{snapshot}", {name: [LAMPS]})
    assert (reply.status, json.loads(reply.body)["field"]) == (400, name)
