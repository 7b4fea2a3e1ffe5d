"""Subscriptions of NGSI v2: who is told what, and in which form."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from conformance.v2.watched_rooms import URL, put, room, subscribed, until
from conformance.watched_town import WatchedTown, notifying, rest
from kaiteki.broker import dispatching
from kaiteki.ports.outgoing import Letter
from kaiteki.stores.store import Store


async def test_a_notification_is_orions(watched: WatchedTown) -> None:
    path = await subscribed(watched, {"attrs": ["temperature"]}, {"attrs": ["temperature"]})
    await room(watched, temperature=20, name="south")
    await put(watched, name="north")
    await put(watched, temperature=21)
    first, second = await watched.room.heard(2)
    number = {"type": "Number", "metadata": {}}
    assert first == {
        "subscriptionId": path.removeprefix("/v2/subscriptions/"),
        "data": [{"id": "Room1", "type": "Room", "temperature": {**number, "value": 20}}],
    }
    assert second["data"][0]["temperature"]["value"] == 21
    assert len(await watched.room.quiet()) == 2
    letter = watched.room.letters[0]
    named = dict(letter.headers)
    assert (letter.method, letter.url) == ("POST", URL)
    assert named.pop("fiware-correlator").startswith("urn:ngsi-ld:Notification:demo:1:")
    assert named == {
        "content-type": "application/json; charset=utf-8",
        "ngsiv2-attrsformat": "normalized",
        "fiware-service": "demo",
        "fiware-servicepath": "/",
    }


async def test_nothing_is_told_of_what_stood_before(watched: WatchedTown) -> None:
    await room(watched, temperature=20)
    await watched.did(
        "POST",
        "/v2/subscriptions?options=skipInitialNotification",
        {"subject": {"entities": [{"id": "Room1"}]}, "notification": {"http": {"url": URL}}},
    )
    assert await watched.room.quiet() == []


@pytest.mark.parametrize(
    ("form", "body"),
    [
        ("keyValues", {"data": [{"id": "Room1", "type": "Room", "temperature": 20, "name": "south"}]}),
        ("values", {"data": [[20, "south"]]}),
        ("simplifiedKeyValues", {"id": "Room1", "type": "Room", "temperature": 20, "name": "south"}),
        (
            "legacy",
            {
                "originator": "localhost",
                "contextResponses": [
                    {
                        "contextElement": {
                            "id": "Room1",
                            "type": "Room",
                            "isPattern": "false",
                            "attributes": [
                                {"name": "temperature", "type": "Number", "value": 20},
                                {"name": "name", "type": "Text", "value": "south"},
                            ],
                        },
                        "statusCode": {"code": "200", "reasonPhrase": "OK"},
                    }
                ],
            },
        ),
    ],
)
async def test_forms(watched: WatchedTown, form: str, body: dict[str, Any]) -> None:
    await subscribed(watched, {"attrsFormat": form, "attrs": ["temperature", "name"]})
    await room(watched, name="south", temperature=20)
    (told,) = await watched.room.heard(1)
    told.pop("subscriptionId", None)
    assert told == body
    assert dict(watched.room.letters[0].headers)["ngsiv2-attrsformat"] == form


async def test_what_of_an_entity_is_told(watched: WatchedTown) -> None:
    for name, notification in {
        "except": {"exceptAttrs": ["name"]},
        "covered": {"attrs": ["temperature", "humidity", "alterationType"], "covered": True},
        "changed": {"onlyChangedAttrs": True},
        "builtin": {"attrs": ["dateModified"]},
    }.items():
        await subscribed(
            watched, {"http": {"url": f"{URL}/{name}"}, "attrsFormat": "keyValues", **notification}
        )
    await room(watched, temperature=20, name="south")
    await watched.room.heard(4)
    watched.room.letters.clear()
    await put(watched, temperature=21, name="south")
    await watched.room.heard(4)
    told = {one.url.rsplit("/", 1)[1]: json.loads(one.body)["data"][0] for one in watched.room.letters}
    for one in told.values():
        assert (one.pop("id"), one.pop("type")) == ("Room1", "Room")
    assert told == {
        "except": {"temperature": 21},
        "covered": {"temperature": 21, "humidity": None, "alterationType": "entityChange"},
        "changed": {"temperature": 21},
        "builtin": {"dateModified": "2026-05-01T12:00:00.000Z"},
    }


async def test_metadata_of_what_was_before(watched: WatchedTown) -> None:
    await room(watched, temperature=20, name="south")
    await subscribed(watched, {"metadata": ["previousValue", "actionType", "*"]})
    await put(watched, temperature=25)
    await watched.did("DELETE", "/v2/entities/Room1/attrs/name")
    changed, gone = await watched.room.heard(2)
    assert changed["data"][0]["temperature"] == {
        "type": "Number",
        "value": 25,
        "metadata": {
            "actionType": {"type": "Text", "value": "update"},
            "previousValue": {"type": "Number", "value": 20},
        },
    }
    assert changed["data"][0]["name"]["metadata"] == {"previousValue": {"type": "Text", "value": "south"}}
    assert gone["data"][0]["name"]["value"] is None
    assert gone["data"][0]["name"]["metadata"]["actionType"]["value"] == "delete"


TRIGGERS: list[tuple[dict[str, Any], list[str]]] = [
    ({}, ["create", "value", "metadata"]),
    ({"notifyOnMetadataChange": False}, ["create", "value"]),
    ({"alterationTypes": ["entityUpdate"]}, ["same", "value", "metadata"]),
    ({"alterationTypes": ["entityChange", "entityUpdate"]}, ["same", "value", "metadata"]),
    ({"alterationTypes": ["entityCreate"]}, ["create"]),
    ({"alterationTypes": ["entityDelete"]}, ["delete"]),
    ({"attrs": ["humidity"], "alterationTypes": ["entityCreate", "entityDelete"]}, []),
    ({"expression": {"q": "temperature>20"}}, ["value", "metadata"]),
    ({"expression": {"mq": "temperature.accuracy<1"}}, ["metadata"]),
]


async def test_what_triggers(watched: WatchedTown) -> None:
    for number, (condition, _) in enumerate(TRIGGERS):
        notification = {"http": {"url": f"{URL}/{number}"}}
        await subscribed(watched, notification, {"attrs": ["temperature"], **condition})
    accuracy = {"accuracy": {"type": "Number", "value": 0.5}}
    path = "/v2/entities/Room1/attrs/temperature"
    did: list[list[str]] = [[] for _ in TRIGGERS]
    for step, method, where, document in (
        ("create", "POST", "/v2/entities", {"id": "Room1", "type": "Room", "temperature": {"value": 20}}),
        ("same", "PUT", path, {"value": 20}),
        ("value", "PUT", path, {"value": 21}),
        ("metadata", "PUT", path, {"value": 21, "metadata": accuracy}),
        ("delete", "DELETE", "/v2/entities/Room1", None),
    ):
        watched.clock.forward(1)
        await watched.did(method, where, document)
        await watched.room.quiet()
        for letter in watched.room.letters:
            did[int(letter.url.rsplit("/", 1)[1])].append(step)
        watched.room.letters.clear()
    assert did == [told for _, told in TRIGGERS]


async def test_which_entities_are_meant(watched: WatchedTown) -> None:
    document = {
        "subject": {
            "entities": [{"idPattern": "^Room[12]$", "typePattern": "^Ro"}, {"id": "Hall1", "type": "Hall"}],
            "condition": {
                "expression": {
                    "georel": "near;maxDistance:1000",
                    "geometry": "point",
                    "coords": "35.6,140.1",
                }
            },
        },
        "notification": {"http": {"url": URL}, "attrs": ["location"]},
    }
    await watched.did("POST", "/v2/subscriptions", document)
    here = {"type": "geo:point", "value": "35.6, 140.1"}
    away = {"type": "geo:point", "value": "35.6, 141.1"}
    for entity_id, kind, place in (
        ("Room1", "Room", here),
        ("Room2", "Room", away),
        ("Room3", "Room", here),
        ("Hall1", "Hall", here),
        ("Hall2", "Hall", here),
        ("urn:x:Room1", "Shed", here),
    ):
        await watched.did("POST", "/v2/entities", {"id": entity_id, "type": kind, "location": place})
    assert [one["data"][0]["id"] for one in await watched.room.quiet()] == ["Room1", "Hall1"]


async def test_service_paths(watched: WatchedTown) -> None:
    path = await subscribed(watched, fiware_servicepath="/park")
    await subscribed(watched, {"http": {"url": f"{URL}/all"}})
    for number, where in enumerate(("/park", "/", "/park/east")):
        entity = {"id": f"Room{number}", "type": "Room"}
        await watched.did("POST", "/v2/entities", entity, fiware_servicepath=where)
    told = [
        (urlsplit(one.url).path, dict(one.headers)["fiware-servicepath"])
        for one in (await watched.room.heard(4) and watched.room.letters)
    ]
    assert sorted(told) == [
        ("/notify", "/park"),
        ("/notify/all", "/"),
        ("/notify/all", "/park"),
        ("/notify/all", "/park/east"),
    ]
    listed = json.loads((await watched.did("GET", "/v2/subscriptions", fiware_servicepath="/park")).body)
    assert [f"/v2/subscriptions/{one['id']}" for one in listed] == [path]


async def test_a_oneshot_subscription_is_told_once(watched: WatchedTown) -> None:
    path = await subscribed(watched, status="oneshot")
    assert (await watched.shown(path))["status"] == "oneshot"
    await room(watched, temperature=1)
    for value in range(2, 6):
        await put(watched, temperature=value)
    assert len(await watched.room.quiet()) == 1
    assert (await watched.shown(path))["status"] == "inactive"
    await watched.did("PATCH", path, {"status": "oneshot"})
    await put(watched, temperature=9)
    await put(watched, temperature=10)
    await watched.room.arrived(2)
    assert len(await watched.room.quiet()) == 2


async def test_what_fails_too_often_rests(watched: WatchedTown) -> None:
    path = await subscribed(watched, {"maxFailsLimit": 2})
    watched.room.answers = lambda letter: None
    await room(watched, temperature=1)
    shown = await until(watched, path, lambda shown: shown["status"] == "inactive")
    notification = shown["notification"]
    assert notification["failsCounter"] == 3
    assert notification["lastFailureReason"] == f"{URL} is not there"
    watched.room.answers = lambda letter: 201
    await watched.did("PATCH", path, {"status": "active"})
    await put(watched, temperature=2)
    await watched.room.heard(1)
    shown = await until(watched, path, lambda shown: "lastSuccess" in shown["notification"])
    assert shown["status"] == "active" and shown["notification"]["lastSuccessCode"] == 201
    assert "failsCounter" not in shown["notification"]


async def test_throttling_gathers_and_custom_letters_are_single(
    watched: WatchedTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatching, "GATHER_S", 600.0)
    await subscribed(watched, throttling=1)
    custom = {"httpCustom": {"url": f"{URL}/custom", "payload": "${id}"}}
    await watched.did(
        "POST",
        "/v2/subscriptions",
        {"subject": {"entities": [{"idPattern": ".*"}]}, "notification": custom},
    )
    rooms = [{"id": f"Room{number}", "type": "Room"} for number in range(3)]
    await watched.did("POST", "/v2/op/update", {"actionType": "append", "entities": rooms})
    await watched.room.arrived(3)
    await rest()
    assert len(watched.room.letters) == 3
    watched.hurry_throttled()
    await watched.room.arrived(4)
    bodies = sorted(one.body.decode() for one in watched.room.letters if one.url.endswith("custom"))
    assert bodies == ["Room0", "Room1", "Room2"]
    (whole,) = [json.loads(one.body) for one in watched.room.letters if one.url == URL]
    assert sorted(one["id"] for one in whole["data"]) == ["Room0", "Room1", "Room2"]


def slowly(send: Callable[[Letter], Awaitable[int]]) -> Callable[[Letter], Awaitable[int]]:
    """A receiver that needs a moment, so that letters are on their way at the same time."""

    async def sending(letter: Letter) -> int:
        await asyncio.sleep(0.05)
        return await send(letter)

    return sending


async def test_a_oneshot_subscription_is_told_once_over_several_runs(store: Store) -> None:
    """What it is owed from before is its first notification; what happened since is none."""
    letters = 0
    for number in range(3):
        town = WatchedTown(store)
        town.room.answers = lambda letter: None
        async with notifying(town):
            if not number:
                await subscribed(town, status="oneshot")
            if number == 2:
                town.room.answers = lambda letter: 204
                town.room.send = slowly(town.room.send)
            await town.did("POST", "/v2/entities", {"id": f"Room{number}", "type": "Room"})
            letters += len(await town.room.quiet())
    assert letters == 1
