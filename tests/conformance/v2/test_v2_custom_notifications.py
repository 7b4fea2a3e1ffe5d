"""Custom notifications of NGSI v2: templates of addresses, headers and bodies, by HTTP and by MQTT."""

import json
from typing import Any

import pytest

from conformance.v2.watched_rooms import URL, room
from conformance.watched_town import WatchedTown


async def test_a_custom_notification_is_made_of_templates(watched: WatchedTown) -> None:
    custom = {
        "url": "http://receiver.example/${type}/${id}?v=1",
        "method": "PUT",
        "headers": {"X-Room": "${id}", "Content-Type": "text/csv", "Fiware-Correlator": ""},
        "qs": {"t": "${temperature}", "${id}": "at ${servicePath}"},
        "payload": "%22${id}%22;${temperature};${nothing};${place}",
    }
    document = {
        "subject": {"entities": [{"idPattern": ".*", "type": "Room"}]},
        "notification": {"httpCustom": custom},
    }
    path = dict((await watched.did("POST", "/v2/subscriptions", document)).headers)["location"]
    await room(watched, temperature=20.5, place={"a": [1]})
    (letter,) = await watched.room.arrived(1)
    assert letter.method == "PUT"
    assert letter.url == "http://receiver.example/Room/Room1?v=1&t=20.5&Room1=at%20%2F"
    assert letter.body.decode() == '"Room1";20.5;null;{"a":[1]}'
    named = dict(letter.headers)
    assert (named["x-room"], named["content-type"]) == ("Room1", "text/csv")
    assert "ngsiv2-attrsformat" not in named
    shown = await watched.shown(path)
    assert shown["notification"]["httpCustom"] == custom


@pytest.mark.parametrize(
    ("content", "kind", "body"),
    [
        (
            {"json": {"t": "${temperature}", "said": "it is ${temperature}", "all": ["${place}", None]}},
            "application/json",
            {"t": 20, "said": "it is 20", "all": [{"a": 1}, None]},
        ),
        (
            {"ngsi": {"id": "copy:${id}", "temperature": {"value": "${temperature}", "type": "Celsius"}}},
            "application/json; charset=utf-8",
            {"id": "copy:Room1", "type": "Room", "temperature": 20, "place": {"a": 1}},
        ),
        ({"payload": None}, "application/json; charset=utf-8", None),
        (
            {},
            "application/json; charset=utf-8",
            {"id": "Room1", "type": "Room", "temperature": 20, "place": {"a": 1}},
        ),
    ],
)
async def test_bodies_of_custom_notifications(
    watched: WatchedTown, content: dict[str, Any], kind: str, body: Any
) -> None:
    document = {
        "subject": {"entities": [{"idPattern": ".*"}]},
        "notification": {"attrsFormat": "keyValues", "httpCustom": {"url": URL, **content}},
    }
    await watched.did("POST", "/v2/subscriptions", document)
    await room(watched, temperature=20, place={"a": 1})
    (letter,) = await watched.room.arrived(1)
    told = json.loads(letter.body) if letter.body else None
    if told is not None and "data" in told:
        (told,) = told["data"]
    assert (told, dict(letter.headers)["content-type"]) == (body, kind)


async def test_values_cannot_leave_their_place(watched: WatchedTown) -> None:
    custom = {"url": "http://receiver.example/x/${name}", "headers": {"X-Name": "${name}"}}
    document = {"subject": {"entities": [{"idPattern": ".*"}]}, "notification": {"httpCustom": custom}}
    await watched.did("POST", "/v2/subscriptions", document)
    await room(watched, name="../../admin?x=1\r\nx-evil: 1")
    await watched.room.heard(1)
    (letter,) = watched.room.letters
    assert letter.url == "http://receiver.example/x/..%2F..%2Fadmin%3Fx%3D1%0D%0Ax-evil%3A%201"
    assert dict(letter.headers)["x-name"] == "../../admin?x=1 x-evil: 1"


async def test_by_mqtt_the_topic_stands_by_itself(watched: WatchedTown) -> None:
    mqtt = {"url": "mqtt://broker.example:1883", "topic": "city/${id}", "user": "u", "passwd": "secret"}
    document = {
        "subject": {"entities": [{"idPattern": ".*"}]},
        "notification": {"mqttCustom": {**mqtt, "qos": 1, "retain": True, "payload": "${temperature}"}},
    }
    path = dict((await watched.did("POST", "/v2/subscriptions", document)).headers)["location"]
    await room(watched, temperature=20)
    await watched.room.heard(1)
    (letter,) = watched.room.letters
    assert (letter.url, letter.body) == ("mqtt://u:secret@broker.example:1883/city/Room1", b"20")
    assert dict(letter.settings) == {
        "MQTT-Version": "mqtt3.1.1",
        "MQTT-QoS": "1",
        "MQTT-Payload": "bare",
        "MQTT-Retain": "true",
    }
    shown = (await watched.shown(path))["notification"]["mqttCustom"]
    assert (shown["topic"], shown["passwd"]) == ("city/${id}", "*****")
