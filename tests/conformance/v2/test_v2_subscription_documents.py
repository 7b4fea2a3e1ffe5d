"""Documents of subscriptions: they come back as they were, on both faces; what is wrong is refused by name."""

import json
from typing import Any

from conformance.v2.watched_rooms import URL, subscribed
from conformance.watched_town import WatchedTown


async def test_documents_come_back_as_they_were(watched: WatchedTown) -> None:
    document = {
        "description": "rooms that get warm",
        "expires": "2040-01-01T14:00:00.000Z",
        "throttling": 5,
        "subject": {
            "entities": [{"idPattern": ".*", "typePattern": "Room|Hall"}],
            "condition": {
                "attrs": ["temperature"],
                "expression": {"q": "temperature>40;!broken"},
                "alterationTypes": ["entityChange"],
                "notifyOnMetadataChange": False,
            },
        },
        "notification": {
            "http": {"url": URL, "timeout": 3000},
            "attrs": ["temperature"],
            "metadata": ["dateCreated"],
            "onlyChangedAttrs": True,
            "covered": True,
            "attrsFormat": "keyValues",
            "maxFailsLimit": 3,
        },
    }
    path = dict((await watched.did("POST", "/v2/subscriptions", document)).headers)["location"]
    shown = await watched.shown(path)
    assert shown == {"id": path.rsplit("/", 1)[1], "status": "active", **document}
    assert len(shown["id"]) == 24
    reply = await watched.did("GET", "/v2/subscriptions?options=count&limit=1")
    assert json.loads(reply.body) == [shown]
    assert dict(reply.headers)["fiware-total-count"] == "1"
    # what was read may be sent back
    await watched.did("PATCH", path, shown)
    await watched.did("PATCH", path, {"subject": {"entities": [{"id": "Room1"}]}, "throttling": 0})
    changed = await watched.shown(path)
    assert "throttling" not in changed
    assert changed["subject"] == {
        "entities": [{"id": "Room1"}],
        "condition": {"attrs": [], "notifyOnMetadataChange": True},
    }
    assert (await watched.did("DELETE", path)).status == 204
    gone = await watched.ask("GET", path)
    assert (gone.status, json.loads(gone.body)["error"]) == (404, "NotFound")


async def test_both_faces_have_the_same_subscriptions(watched: WatchedTown) -> None:
    path = await subscribed(watched, description="by v2")
    ld_path = await watched.subscribe(entities=[{"type": "Lamp,Room"}], watchedAttributes=["watts"])
    by_ld = {one["id"]: one for one in await watched.shown("/subscriptions")}
    by_v2 = {one["id"]: one for one in await watched.shown("/v2/subscriptions")}
    v2_id, ld_id = path.rsplit("/", 1)[1], ld_path.rsplit("/", 1)[1]
    assert by_ld.keys() == {f"urn:ngsi-ld:Subscription:{v2_id}", ld_id}
    assert by_v2.keys() == {v2_id, ld_id}
    mine = by_ld[f"urn:ngsi-ld:Subscription:{v2_id}"]
    assert mine["ngsiV2"] == by_v2[v2_id]
    assert (mine["description"], mine["entities"]) == (
        "by v2",
        [{"type": "Room", "idPattern": ".*"}],
    ) or mine["entities"] == [{"type": "Room"}]
    assert by_v2[ld_id]["subject"] == {
        "entities": [{"idPattern": ".*", "type": "Lamp"}, {"idPattern": ".*", "type": "Room"}],
        "condition": {"attrs": ["watts"]},
    }
    # each face pauses those of the other, and refuses to change what it has no words for
    await watched.did("PATCH", f"/v2/subscriptions/{ld_id}", {"status": "inactive"})
    assert (await watched.shown(ld_path))["status"] == "paused"
    await watched.did("PATCH", f"/subscriptions/{mine['id']}", {"isActive": False})
    assert (await watched.shown(path))["status"] == "inactive"
    refused = await watched.ask("PATCH", f"/subscriptions/{mine['id']}", {"q": "a==1"})
    assert refused.status == 422
    refused = await watched.ask(
        "PATCH", f"/v2/subscriptions/{ld_id}", {"notification": {"http": {"url": URL}}}
    )
    assert refused.status == 422
    await watched.did("DELETE", f"/subscriptions/{mine['id']}")
    assert {one["id"] for one in await watched.shown("/v2/subscriptions")} == {ld_id}


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"subject": {}}, "entities"),
    ({"subject": {"entities": [{"type": "Room"}]}}, "idPattern"),
    ({"subject": {"entities": [{"id": "a", "idPattern": "b"}]}}, "not both"),
    ({"subject": {"entities": [{"idPattern": "(("}]}}, "pattern"),
    ({"subject": {"entities": [{"id": "a"}], "condition": {"attrs": "x"}}}, "condition.attrs"),
    (
        {"subject": {"entities": [{"id": "a"}], "condition": {"alterationTypes": ["x"]}}},
        "alterationTypes",
    ),
    ({"subject": {"entities": [{"id": "a"}], "condition": {"expression": {"q": "a>"}}}}, "q"),
    ({"subject": {"entities": [{"id": "a"}], "condition": {"expression": {"georel": "near"}}}}, "georel"),
    ({"notification": {}}, "httpCustom"),
    ({"notification": {"http": {"url": "ftp://x"}}}, "URL"),
    ({"notification": {"http": {"url": URL}, "attrs": ["a"], "exceptAttrs": ["b"]}}, "exceptAttrs"),
    ({"notification": {"http": {"url": URL}, "attrsFormat": "x"}}, "attrsFormat"),
    ({"notification": {"httpCustom": {"url": URL, "payload": "a", "json": {}}}}, "only one"),
    ({"notification": {"httpCustom": {"url": URL, "payload": "${a|b}"}}}, "expression"),
    ({"notification": {"httpCustom": {"url": URL, "payload": "${a"}}}, "payload"),
    ({"notification": {"httpCustom": {"url": f"{URL}/${{id"}}}, "url"),
    ({"notification": {"httpCustom": {"url": URL, "headers": {"X-A": "${}"}}}}, "headers"),
    ({"notification": {"httpCustom": {"url": URL, "json": {"a": ["${id} and ${"]}}}}, "json"),
    ({"notification": {"httpCustom": {"url": URL, "headers": {"Host": "x"}}}}, "header"),
    ({"notification": {"httpCustom": {"url": URL, "method": "EAT"}}}, "method"),
    ({"notification": {"mqtt": {"url": "mqtt://b", "topic": "a/#"}}}, "topic"),
    ({"notification": {"mqtt": {"url": "mqtt://b", "topic": "a", "qos": 3}}}, "qos"),
    ({"status": "sleeping"}, "status"),
    ({"expires": "tomorrow"}, "expires"),
    ({"throttling": -1}, "throttling"),
    ({"surprise": 1}, "surprise"),
]


async def test_refusals_name_what_is_wrong(watched: WatchedTown) -> None:
    whole = {"subject": {"entities": [{"id": "a"}]}, "notification": {"http": {"url": URL}}}
    for change, word in REFUSED:
        reply = await watched.ask("POST", "/v2/subscriptions", {**whole, **change})
        assert reply.status in (400, 422), (change, reply.body)
        assert word in json.loads(reply.body)["description"], (change, reply.body)
    assert json.loads((await watched.did("GET", "/v2/subscriptions")).body) == []
