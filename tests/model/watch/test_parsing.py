"""Subscription documents: read, written again, patched, refused by the name of the member (clauses 5.2.12 to 5.2.15)."""

import msgspec
import pytest

from kaiteki.model.entity import Json
from kaiteki.model.instant import Instant, parse_instant
from kaiteki.model.problem import Problem
from kaiteki.model.query import Selector, TypeAll, TypeAny, TypeIs
from kaiteki.model.terms.compiling import core_context
from kaiteki.model.watch.document import Standing, subscription_document
from kaiteki.model.watch.parsing import parse_subscription, patch_subscription
from kaiteki.model.watch.subscription import Subscription

NOW = parse_instant("2026-05-01T12:00:00Z") or Instant(0)
CORE = core_context()
UNSENT = Standing()
ENDPOINT = {"uri": "https://example.org/n", "accept": "application/json"}
SMALL: dict[str, Json] = {
    "type": "Subscription",
    "entities": [{"type": "Lamp"}],
    "notification": {"endpoint": {"uri": "https://example.org/n"}},
}
WHOLE: dict[str, Json] = {
    "id": "urn:ngsi-ld:Subscription:1",
    "type": "Subscription",
    "subscriptionName": "Lamps",
    "description": "街灯",
    "entities": [
        {"type": "(Lamp;Device),Pole", "idPattern": "^urn:.*"},
        {"type": "*", "id": "urn:ngsi-ld:Lamp:1"},
    ],
    "watchedAttributes": ["watts"],
    "notificationTrigger": ["entityUpdated", "entityDeleted"],
    "q": "watts>5",
    "geoQ": {"georel": "near;maxDistance==100", "geometry": "Point", "coordinates": [140, 35]},
    "scopeQ": "/chiba/#",
    "csf": 'name=="x"',
    "isActive": False,
    "throttling": 5,
    "expiresAt": "2027-01-01T00:00:00Z",
    "lang": "ja",
    "datasetId": ["@none"],
    "localOnly": True,
    "notification": {
        "attributes": ["watts"],
        "format": "concise",
        "sysAttrs": True,
        "showChanges": True,
        "endpoint": {
            **ENDPOINT,
            "timeout": 500,
            "cooldown": 1000,
            "receiverInfo": [{"key": "X-Key", "value": "k"}],
            "notifierInfo": [{"key": "MQTT-QoS", "value": "1"}],
        },
    },
}


def read(document: Json) -> Subscription:
    return parse_subscription(document, CORE, "urn:s:fresh", NOW)


def written(one: Subscription, standing: Standing = UNSENT) -> Json:
    return subscription_document(one, standing, CORE, NOW)


def test_a_whole_document_is_written_as_it_came() -> None:
    assert written(read(WHOLE)) == {**WHOLE, "status": "paused"}


def test_a_small_one_gets_an_id_and_what_is_so_by_default() -> None:
    assert written(read(SMALL)) == {
        **SMALL,
        "id": "urn:s:fresh",
        "isActive": True,
        "status": "active",
        "notification": {"endpoint": ENDPOINT},
    }


def test_what_a_node_says_of_it_may_be_sent_back() -> None:
    standing = Standing(3, 1, Instant(NOW), Instant(NOW - 5), Instant(NOW), last_reason="it was away")
    shown = written(read(SMALL), standing)
    assert shown["notification"] == {
        "endpoint": ENDPOINT,
        "status": "failed",
        "timesSent": 3,
        "timesFailed": 1,
        "lastNotification": "2026-05-01T12:00:00Z",
        "lastSuccess": "2026-05-01T11:59:59.999995Z",
        "lastFailure": "2026-05-01T12:00:00Z",
        "lastFailureReason": "it was away",
    }
    assert (
        "lastFailureReason"
        not in written(
            read(SMALL),
            Standing(3, 1, Instant(NOW), Instant(NOW), Instant(NOW - 5), last_reason="it was away"),
        )["notification"]
    )
    assert written(read(shown)) == written(read(SMALL)) | {"id": "urn:s:fresh"}


def test_names_are_expanded_and_selections_understood() -> None:
    one = read(WHOLE)
    lamp, device, pole = (TypeIs(CORE.expand(name)) for name in ("Lamp", "Device", "Pole"))
    assert one.selectors == (
        Selector(TypeAny((TypeAll((lamp, device)), pole)), id_pattern="^urn:.*"),
        Selector(None, ("urn:ngsi-ld:Lamp:1",)),
    )
    assert one.watched == one.telling.attributes == (CORE.expand("watts"),)
    assert one.wanted_triggers == {
        "attributeCreated",
        "attributeUpdated",
        "attributeDeleted",
        "entityDeleted",
    }
    assert msgspec.json.decode(msgspec.json.encode(one), type=Subscription) == one


def changed(path: str, value: Json) -> Json:
    """The small document with one member put (dotted path)."""
    document = msgspec.json.decode(msgspec.json.encode(SMALL))
    *above, last = path.split(".")
    inner = document
    for name in above:
        inner = inner[name]
    inner[last] = value
    return document


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("type", "Lamp", "type"),
        ("id", "no uri", "id"),
        ("entities", [], "entities"),
        ("entities", [{"id": "urn:x"}], "entities[0].type"),
        ("entities", [{"type": "A", "idPattern": "("}], "entities[0].idPattern"),
        ("entities", [{"type": "A", "name": "x"}], "entities[0].name"),
        ("watchedAttributes", [], "watchedAttributes"),
        ("watchedAttributes", ["<a>"], "watchedAttributes"),
        ("notificationTrigger", ["entityMoved"], "notificationTrigger"),
        ("q", "watts>", "q"),
        ("q", "", "q"),
        ("q", "isIn{Park}.name==1", "q"),
        ("geoQ", {"georel": "near"}, "geoQ.geometry"),
        ("geoQ", {"georel": "near;maxDistance==1", "geometry": "Point", "coordinates": [1]}, "coordinates"),
        ("scopeQ", "//", "scopeQ"),
        ("csf", "(", "csf"),
        ("isActive", "yes", "isActive"),
        ("throttling", 0, "throttling"),
        ("throttling", True, "throttling"),
        ("timeInterval", -1, "timeInterval"),
        ("expiresAt", "tomorrow", "expiresAt"),
        ("expiresAt", "2020-01-01T00:00:00Z", "expiresAt"),
        ("lang", "en;q=x", "lang"),
        ("datasetId", ["no uri"], "datasetId"),
        ("jsonldContext", 5, "jsonldContext"),
        ("temporalQ", {}, "temporalQ"),
        ("unknown", 1, "unknown"),
        ("notification", "x", "notification"),
        ("notification", {}, "notification.endpoint"),
        ("notification.format", "xml", "notification.format"),
        ("notification.unknown", 1, "notification.unknown"),
        ("notification.attributes", [], "notification.attributes"),
        ("notification.join", "all", "notification.join"),
        ("notification.joinLevel", 9, "notification.joinLevel"),
        ("notification.endpoint", {}, "notification.endpoint.uri"),
        ("notification.endpoint.uri", "ftp://example.org", "notification.endpoint.uri"),
        ("notification.endpoint.uri", "mqtt://example.org", "notification.endpoint.uri"),
        ("notification.endpoint.uri", "mqtt://example.org/a/#", "notification.endpoint.uri"),
        ("notification.endpoint.uri", "mqtts:///topic", "notification.endpoint.uri"),
        (
            "notification.endpoint.notifierInfo",
            [{"key": "MQTT-QoS", "value": "3"}],
            "notification.endpoint.notifierInfo",
        ),
        (
            "notification.endpoint.notifierInfo",
            [{"key": "MQTT-Version", "value": "mqtt4"}],
            "notification.endpoint.notifierInfo",
        ),
        ("notification.endpoint.accept", "text/html", "notification.endpoint.accept"),
        ("notification.endpoint.timeout", 0, "notification.endpoint.timeout"),
        ("notification.endpoint.cooldown", "1", "notification.endpoint.cooldown"),
        ("notification.endpoint.receiverInfo", [{"key": "a"}], "notification.endpoint.receiverInfo[0]"),
        (
            "notification.endpoint.receiverInfo",
            [{"key": "a", "value": "b\r\nc: d"}],
            "notification.endpoint.receiverInfo[0]",
        ),
        (
            "notification.endpoint.receiverInfo",
            [{"key": "Content-Length", "value": "1"}],
            "notification.endpoint.receiverInfo[0]",
        ),
    ],
)
def test_what_is_wrong_is_refused_by_name(path: str, value: Json, field: str) -> None:
    with pytest.raises(Problem) as refused:
        read(changed(path, value))
    assert refused.value.field == field
    assert refused.value.code in ("BadRequestData", "OperationNotSupported", "TooComplexQuery")


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"timeInterval": 5, "watchedAttributes": ["a"]}, "timeInterval"),
        ({"timeInterval": 5, "throttling": 5}, "timeInterval"),
        ({"timeInterval": 5, "notificationTrigger": ["entityCreated"]}, "timeInterval"),
        (
            {"notification": {"endpoint": ENDPOINT, "showChanges": True, "format": "keyValues"}},
            "notification.showChanges",
        ),
        (
            {"notification": {"endpoint": ENDPOINT, "attributes": ["a"], "pick": ["id"]}},
            "notification.attributes",
        ),
    ],
)
def test_members_that_do_not_go_together_are_refused(more: dict[str, Json], field: str) -> None:
    with pytest.raises(Problem) as refused:
        read({**SMALL, **more})
    assert (refused.value.code, refused.value.field) == ("BadRequestData", field)


def test_a_subscription_is_about_entities_or_attributes() -> None:
    document = {"type": "Subscription", "notification": {"endpoint": ENDPOINT}}
    with pytest.raises(Problem) as refused:
        read(document)
    assert refused.value.field == "entities"
    assert read({**document, "watchedAttributes": ["a"]}).watched == (CORE.expand("a"),)


def test_a_fragment_replaces_and_removes_members() -> None:
    before = read(WHOLE)
    fragment = {
        "q": None,
        "scopeQ": "urn:ngsi-ld:null",
        "isActive": True,
        "watchedAttributes": ["lux"],
        "throttling": 2.5,
    }
    after = patch_subscription(before, fragment, CORE, Instant(NOW + 1))
    expected = {name: value for name, value in WHOLE.items() if name not in ("q", "scopeQ")}
    assert written(after) == {
        **expected,
        "isActive": True,
        "watchedAttributes": ["lux"],
        "throttling": 2.5,
        "status": "active",
    }
    assert (after.q, after.scope, after.modified_at, after.created_at) == (None, None, NOW + 1, NOW)


@pytest.mark.parametrize(
    ("fragment", "field"),
    [
        ({"id": "urn:other"}, "id"),
        ({"type": "Lamp"}, "type"),
        ({"notification": None}, "notification"),
        ({"notification": {"format": "concise"}}, "notification.endpoint"),
        ({"expiresAt": "2020-01-01T00:00:00Z"}, "expiresAt"),
        ({"timeInterval": 5}, "timeInterval"),
        ({"nonsense": None}, "nonsense"),
        ([], "body"),
    ],
)
def test_fragments_that_cannot_be_applied_are_refused(fragment: Json, field: str) -> None:
    with pytest.raises(Problem) as refused:
        patch_subscription(read(WHOLE), fragment, CORE, NOW)
    assert (refused.value.code, refused.value.field) == ("BadRequestData", field)


def test_an_expired_subscription_can_still_be_changed() -> None:
    one = read(WHOLE)
    late = Instant((one.expires_at or 0) + 1)
    assert patch_subscription(one, {"description": "old"}, CORE, late).description == "old"
