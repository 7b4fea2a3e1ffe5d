"""What a change did and whom it concerns, as a table over triggers (clause 5.8.6); what a notification says of it."""

import msgspec
import pytest

from kaiteki.model.entity import Entity, Instance, Json
from kaiteki.model.instant import Instant
from kaiteki.model.terms.compiling import core_context
from kaiteki.model.watch.happening import Touch, concerns, happening
from kaiteki.model.watch.letter import tell
from kaiteki.model.watch.parsing import parse_subscription
from kaiteki.model.watch.subscription import Subscription

CORE = core_context()
AT = Instant(1_700_000_000_000_000)
MOMENT = "2023-11-14T22:13:20Z"
WATTS, NAME, LAMP = (CORE.expand(name) for name in ("watts", "label", "Lamp"))


def lamp(**values: Instance | tuple[Instance, ...]) -> Entity:
    attributes = {
        CORE.expand(name): value if isinstance(value, tuple) else (value,) for name, value in values.items()
    }
    return Entity("urn:ngsi-ld:Lamp:1", (LAMP,), attributes, ("/chiba/park",))


def number(value: Json, dataset: str | None = None) -> Instance:
    return Instance("Property", value, dataset)


OLD = lamp(watts=number(5), label=Instance("LanguageProperty", {"ja": "街灯"}))
NEW = lamp(watts=number(6), label=Instance("LanguageProperty", {"ja": "街灯"}))
LESS = lamp(label=Instance("LanguageProperty", {"ja": "街灯"}))
TWO = lamp(watts=(number(5), number(7, "urn:d:2")), label=Instance("LanguageProperty", {"ja": "街灯"}))


def subscription(telling: dict[str, Json] | None = None, **members: Json) -> Subscription:
    notification = {"endpoint": {"uri": "https://example.org/n"}, **(telling or {})}
    document = {
        "type": "Subscription",
        "entities": [{"type": "Lamp"}],
        "notification": notification,
        **members,
    }
    return parse_subscription(document, CORE, "urn:s:1", AT)


def test_touches_are_told_by_instance() -> None:
    assert happening(OLD, TWO).touches == (Touch("attributeCreated", WATTS, "urn:d:2"),)
    assert happening(TWO, NEW).touches == (
        Touch("attributeUpdated", WATTS, "@none"),
        Touch("attributeDeleted", WATTS, "urn:d:2"),
    )
    assert happening(OLD, None).touches == (
        Touch("attributeDeleted", WATTS, "@none"),
        Touch("attributeDeleted", NAME, "@none"),
    )


@pytest.mark.parametrize(
    ("trigger", "created", "updated", "removed", "deleted"),
    [
        (None, True, True, False, False),
        ("entityCreated", True, False, False, False),
        ("entityUpdated", True, True, True, True),
        ("entityDeleted", False, False, False, True),
        ("attributeCreated", True, False, False, False),
        ("attributeUpdated", False, True, False, False),
        ("attributeDeleted", False, False, True, True),
    ],
)
def test_triggers(trigger: str | None, created: bool, updated: bool, removed: bool, deleted: bool) -> None:
    one = subscription(**({} if trigger is None else {"notificationTrigger": [trigger]}))
    changes = ((None, OLD), (OLD, NEW), (OLD, LESS), (OLD, None))
    told = [concerns(one, happening(*change), AT) for change in changes]
    assert told == [created, updated, removed, deleted]


@pytest.mark.parametrize(
    ("members", "wanted"),
    [
        ({"watchedAttributes": ["watts"]}, True),
        ({"watchedAttributes": ["label"]}, False),
        ({"entities": [{"type": "Bench"}]}, False),
        ({"entities": [{"type": "Bench"}, {"type": "*", "id": "urn:ngsi-ld:Lamp:1"}]}, True),
        ({"entities": [{"type": "Lamp", "idPattern": "2$"}]}, False),
        ({"q": "watts>5"}, True),
        ({"q": "watts>6"}, False),
        ({"scopeQ": "/chiba/#"}, True),
        ({"scopeQ": "/kashiwa"}, False),
        ({"isActive": False}, False),
        ({"expiresAt": "2023-11-14T22:13:21Z"}, True),
        ({"timeInterval": 5}, False),
        ({"datasetId": ["urn:d:2"]}, False),
        ({"telling": {"attributes": ["lux"]}}, False),
        ({"telling": {"attributes": ["label"]}}, True),
        ({"geoQ": {"georel": "near;maxDistance==9", "geometry": "Point", "coordinates": [1, 1]}}, False),
    ],
)
def test_conditions(members: dict[str, Json], wanted: bool) -> None:
    telling = members.pop("telling", None)
    assert concerns(subscription(telling, **members), happening(OLD, NEW), AT) is wanted


def test_an_expired_subscription_is_told_nothing() -> None:
    one = msgspec.structs.replace(subscription(), expires_at=AT)
    assert concerns(one, happening(OLD, NEW), AT) is False


def said(one: Subscription, before: Entity | None, after: Entity | None) -> Json:
    return tell(one, happening(before, after, before), CORE, AT)


HEAD = {"id": "urn:ngsi-ld:Lamp:1", "type": "Lamp", "scope": "/chiba/park"}
LABEL = {"type": "LanguageProperty", "languageMap": {"ja": "街灯"}}


def test_changes_are_shown_where_they_are_asked_for() -> None:
    plain, changes = subscription(), subscription({"showChanges": True})
    watts = {"type": "Property", "value": 6}
    assert said(plain, OLD, NEW) == {**HEAD, "watts": watts, "label": LABEL}
    assert said(changes, OLD, NEW) == {**HEAD, "watts": {**watts, "previousValue": 5}, "label": LABEL}
    assert said(changes, None, NEW) == said(plain, None, NEW)
    concise = subscription({"showChanges": True, "format": "concise", "attributes": ["watts"]})
    assert said(concise, OLD, NEW) == {**HEAD, "watts": {"value": 6, "previousValue": 5}}


def test_deleted_attributes_are_told_as_null() -> None:
    gone = subscription(notificationTrigger=["attributeDeleted"])
    null = {"type": "Property", "value": "urn:ngsi-ld:null"}
    assert said(gone, OLD, LESS) == {**HEAD, "watts": null, "label": LABEL}
    assert said(subscription(), OLD, LESS) == {**HEAD, "label": LABEL}
    simple = subscription({"format": "keyValues"}, notificationTrigger=["attributeDeleted"])
    assert said(simple, OLD, LESS)["watts"] == "urn:ngsi-ld:null"
    assert said(gone, TWO, OLD)["watts"] == [
        {"type": "Property", "value": 5},
        {**null, "datasetId": "urn:d:2"},
    ]


def test_deleted_entities_are_told_with_their_time() -> None:
    gone = {**HEAD, "deletedAt": MOMENT}
    assert said(subscription(notificationTrigger=["entityDeleted"]), OLD, None) == gone
    changes = subscription({"showChanges": True}, notificationTrigger=["entityDeleted"])
    assert said(changes, OLD, None) == {
        **gone,
        "watts": {"type": "Property", "value": "urn:ngsi-ld:null", "previousValue": 5},
        "label": {
            "type": "LanguageProperty",
            "languageMap": "urn:ngsi-ld:null",
            "previousLanguageMap": {"ja": "街灯"},
        },
    }


def test_previous_values_that_must_not_be_told_are_not() -> None:
    one = subscription({"showChanges": True}, notificationTrigger=["entityUpdated"])
    assert tell(one, happening(OLD, NEW, LESS), CORE, AT)["watts"] == {"type": "Property", "value": 6}
