"""Random subscriptions of both bindings, and random changes of a town that they may concern."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from asked_of_faces import LD, SHORT, TYPES, Asked, Draw
from law_service import CALLERS, HOLDERS, PHONES
from plain_town import changed, town

from kaiteki.kit.consents import Consent, Event, consent_id
from kaiteki.kit.views import expand_name
from kaiteki.model.entity import Entity, Instance
from kaiteki.model.instant import Instant

RECEIVER: Final = "receiver.example"
STREAM: Final = "urn:kaiteki:stream"
TRIGGERS: Final = (
    "entityCreated",
    "entityUpdated",
    "entityDeleted",
    "attributeCreated",
    "attributeUpdated",
    "attributeDeleted",
)
ALTERATIONS: Final = ("entityCreate", "entityChange", "entityUpdate", "entityDelete")
V2_FORMATS: Final = (
    "normalized",
    "keyValues",
    "values",
    "legacy",
    "simplifiedNormalized",
    "simplifiedKeyValues",
)
ITEMS: Final[Mapping[str, tuple[str, ...]]] = {
    "law.sharing": ("Visit.phone", "Visit.kind", "Visit.steps", "Visit.caller"),
    "law.walking": ("Trace",),
}
"""What may be agreed to for each purpose by consent."""
WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "kind": ("home", "call", "mail"),
    "caller": CALLERS,
    "phone": PHONES,
    "colour": ("red", "blue"),
    "plan": ("dig", "build"),
    "note": ("secret", "えき"),
}
"""What may be told anew of an entity."""
FEW: Final = 4
"""Entities of a kind that stay."""
NAMED: Final = (*SHORT, "location", "phone", "caller")


def _selectors(draw: Draw) -> list[dict[str, str]]:
    made: list[dict[str, str]] = []
    for _ in range(draw.one([1, 1, 2])):
        one = {"type": "*" if draw.perhaps(0.35) else draw.types()}
        if draw.perhaps(0.1):
            one["id"] = draw.id()
        elif draw.perhaps(0.1):
            one["idPattern"] = draw.one([".*:[0-4]$", "Visit", "urn:ngsi-ld:[BW].*"])
        made.append(one)
    return made


def _geo(draw: Draw) -> dict[str, Any]:
    near = draw.near()
    return {**near, "coordinates": json.loads(near["coordinates"])}


def _telling(draw: Draw, number: int) -> dict[str, Any]:
    """How notifications look, and where they go; each subscription has an address of its own."""
    form = draw.one(["normalized", "normalized", "concise", "keyValues"])
    told: dict[str, Any] = {"format": form}
    if draw.perhaps(0.35):
        told[draw.one(["attributes", "pick", "omit"])] = draw.names().split(",")
    if draw.perhaps(0.3):
        told["sysAttrs"] = True
    if draw.perhaps(0.4) and form != "keyValues":
        told["showChanges"] = True
    if draw.perhaps(0.15):
        told |= {"join": draw.one(["flat", "inline"]), "joinLevel": 1}
    uri = draw.one(
        [f"http://{RECEIVER}/{number}", f"mqtt://{RECEIVER}/{number}", STREAM, f"https://{RECEIVER}/{number}"]
    )
    accept = draw.one(["application/json", "application/json", "application/ld+json", "application/geo+json"])
    return {**told, "endpoint": {"uri": uri, **({"accept": accept} if uri.startswith("http") else {})}}


def subscription(draw: Draw, number: int) -> Asked:
    """A subscription of NGSI-LD."""
    document: dict[str, Any] = {
        "id": f"urn:ngsi-ld:Subscription:{number}",
        "type": "Subscription",
        "notification": _telling(draw, number),
    }
    if draw.perhaps(0.9):
        document["entities"] = _selectors(draw)
    else:
        document |= {"watchedAttributes": draw.names().split(","), "localOnly": True}
    if draw.perhaps(0.12) and "entities" in document:
        return _of(msgspec.json.encode({**_periodic(draw, document), **_where(draw)}))
    if draw.perhaps(0.2):
        document["watchedAttributes"] = draw.some(NAMED, 4)
    if draw.perhaps(0.3):
        document["q"] = draw.q() if draw.perhaps(0.6) else draw.sealed()
    if draw.perhaps(0.7):
        document["notificationTrigger"] = draw.some(TRIGGERS, draw.one([1, 3, 5]))
    return _of(msgspec.json.encode({**document, **_where(draw)}))


def wide(draw: Draw, number: int) -> Asked:
    """A subscription to everything that happens."""
    if draw.perhaps(0.4):
        subject = {
            "entities": [{"idPattern": ".*", "typePattern": ".*"}],
            "condition": {"alterationTypes": ALTERATIONS},
        }
        told: dict[str, Any] = {
            "http": {"url": f"http://{RECEIVER}/{number}"},
            "metadata": ["*", "previousValue"],
        }
        body = msgspec.json.encode({"subject": subject, "notification": told})
        return _of(body)._replace(target="/v2/subscriptions")
    document: dict[str, Any] = {
        "id": f"urn:ngsi-ld:Subscription:{number}",
        "type": "Subscription",
        "entities": [{"type": "*"}],
        "notificationTrigger": TRIGGERS,
        "notification": {
            "endpoint": {"uri": f"http://{RECEIVER}/{number}"},
            "showChanges": True,
            "sysAttrs": True,
        },
    }
    return _of(msgspec.json.encode(document))


def _of(body: bytes) -> Asked:
    headers = {"content-type": "application/json"}
    return Asked("notifications", "createSubscription", "POST", f"{LD}/subscriptions", body, headers)


def _periodic(draw: Draw, document: dict[str, Any]) -> dict[str, Any]:
    """The same, told at intervals of what matches then."""
    told = {name: value for name, value in document["notification"].items() if name != "showChanges"}
    endpoint = told["endpoint"]
    if endpoint["uri"] == STREAM:
        told["endpoint"] = {"uri": f"http://{RECEIVER}/{document['id'].rpartition(':')[2]}"}
    q = {"q": draw.one([draw.q(), 'phone=="0900"', "phone"])} if draw.perhaps(0.4) else {}
    return {**document, "notification": told, "timeInterval": draw.one([3, 5]), **q}


def _where(draw: Draw) -> dict[str, Any]:
    document: dict[str, Any] = {}
    if draw.perhaps(0.12):
        document["geoQ"] = _geo(draw)
    if draw.perhaps(0.08):
        document["scopeQ"] = draw.one(["/north", "/north/#"])
    return document


def subscription_v2(draw: Draw, number: int) -> Asked:
    """A subscription of NGSI v2; its id is given by the node."""
    subject: dict[str, Any] = {"entities": [{"idPattern": ".*", **_typed(draw)}]}
    condition: dict[str, Any] = {}
    if draw.perhaps(0.3):
        condition["attrs"] = draw.names().split(",")
    if draw.perhaps(0.3):
        condition["expression"] = {
            "q": draw.one(["steps>1", "weight<=2", "phone==0900", "!note", "name", "cost>0;plan"])
        }
    if draw.perhaps(0.5):
        condition["alterationTypes"] = draw.some(ALTERATIONS, draw.one([1, 2, 3]))
    if draw.perhaps(0.2):
        condition["notifyOnMetadataChange"] = False
    if condition:
        subject["condition"] = condition
    notification: dict[str, Any] = {"attrsFormat": draw.one(V2_FORMATS), **_way(draw, number)}
    if draw.perhaps(0.4):
        notification["attrs"] = draw.names().split(",")
        notification["covered"] = draw.perhaps(0.3)
        notification["onlyChangedAttrs"] = draw.perhaps(0.3)
    elif draw.perhaps(0.3):
        notification["exceptAttrs"] = draw.names().split(",")
    if draw.perhaps(0.4):
        notification["metadata"] = draw.some(["previousValue", "actionType", "dateModified", "*"], 2)
    body = json.dumps({"subject": subject, "notification": notification}).encode()
    headers = {"content-type": "application/json"}
    return Asked("notifications", "createSubscription", "POST", "/v2/subscriptions", body, headers)


def _typed(draw: Draw) -> dict[str, str]:
    return (
        {"typePattern": draw.one([".*", "^V", "Bench|Works"])}
        if draw.perhaps(0.3)
        else {"type": draw.one(TYPES)}
    )


def _way(draw: Draw, number: int) -> dict[str, Any]:
    """How a notification of NGSI v2 goes out."""
    kind, url = draw.random.random(), f"http://{RECEIVER}/{number}"
    if kind < 0.4:
        return {"http": {"url": url}}
    if kind < 0.5:
        return {"mqtt": {"url": f"mqtt://{RECEIVER}", "topic": f"{number}"}}
    values = {
        "a": "${phone} ${caller} ${kind}",
        "b": "${cost}/${note}",
        "c": "${id} ${type} ${steps} ${holder}",
    }
    custom: dict[str, Any] = {
        "url": f"{url}?x=${{{draw.one(NAMED)}}}",
        "headers": {"x-told": "${plan}-${weight}"},
    }
    if kind < 0.75:
        return {"httpCustom": {**custom, "payload": " ".join(draw.some(list(values.values()), 2))}}
    if kind < 0.9:
        return {"httpCustom": {**custom, "json": values, "method": "PUT"}}
    return {"httpCustom": {**custom, "ngsi": {"steps": {"value": "${steps}", "type": "Number"}}}}


class Changes:
    """Random changes of a town, which is kept whole and plain in `truth`."""

    def __init__(self, draw: Draw, first: list[Entity]) -> None:
        self._draw = draw
        self.truth: dict[str, Entity] = {one.id: one for one in first}

    def next(self, at: Instant) -> tuple[str, bool]:
        """Make one change: of which entity, and whether nothing that decides over it was changed by it."""
        draw, kind = self._draw, self._draw.random.random()
        # (what people may agree to is changed more often than its share)
        about = draw.one([":Visit:", ":"])
        own = sorted(one for one in self.truth if about in one and ":Consent:" not in one)
        if kind < 0.1 and len(own) > FEW:
            gone = draw.one(own)
            del self.truth[gone]
            return gone, False
        if kind < 0.35:
            fresh = draw.one([one for one in town(draw.random) if about in one.id])
            self._put(self._somewhere(fresh), at)
            return fresh.id, False
        name = draw.one(own)
        self.change(name, at)
        return name, True

    def change(self, name: str, at: Instant) -> None:
        """Change values of an entity, or write them again; what decides over it stays."""
        entity, draw = self.truth[name], self._draw
        if draw.perhaps(0.15):
            again = {
                key: tuple(msgspec.structs.replace(one, modified_at=at) for one in many)
                for key, many in entity.attributes.items()
            }
            self.truth[name] = msgspec.structs.replace(entity, attributes=again, modified_at=at)
            return
        if draw.perhaps(0.5):
            self._put(self._retold(entity), at)
        else:
            self._put(changed(draw.random, entity), at)

    def _retold(self, entity: Entity) -> Entity:
        """The entity with other words, also where they stand sealed."""
        draw = self._draw
        words = {expand_name(name): draw.one(some) for name, some in WORDS.items() if draw.perhaps(0.7)}
        told = {
            name: (msgspec.structs.replace(many[0], value=words[name]),) if name in words else many
            for name, many in entity.attributes.items()
        }
        missing = {expand_name(one) for one in ("caller", "phone")} & words.keys() - told.keys()
        if ":Visit:" in entity.id:
            told |= {name: (Instance("Property", words[name]),) for name in missing}
        return msgspec.structs.replace(entity, attributes=told)

    def decide(self, at: Instant, given: bool) -> Consent:
        """Let somebody agree to something, or withdraw it."""
        draw = self._draw
        holder, purpose = draw.one(HOLDERS), draw.one([*ITEMS, "law.sharing"])
        items = tuple(draw.some(ITEMS[purpose], draw.one([1, len(ITEMS[purpose])])))
        event = Event(at, "given", items, 1) if given else Event(at, "withdrawn", items)
        return Consent(consent_id(holder, purpose), holder, purpose, (event,))

    def _somewhere(self, entity: Entity) -> Entity:
        scopes = ("/north",) if self._draw.perhaps(0.3) else ()
        return msgspec.structs.replace(entity, scopes=scopes)

    def _put(self, planned: Entity, at: Instant) -> None:
        """Attributes that are as they were keep their times."""
        before = self.truth.get(planned.id)
        old = before.attributes if before is not None else {}
        attributes = {name: _timed(old.get(name, ()), many, at) for name, many in planned.attributes.items()}
        self.truth[planned.id] = msgspec.structs.replace(
            planned,
            attributes=attributes,
            created_at=before.created_at if before is not None else at,
            modified_at=at,
        )


def _timed(old: tuple[Instance, ...], new: tuple[Instance, ...], at: Instant) -> tuple[Instance, ...]:
    if [one.value for one in old] == [one.value for one in new]:
        return old
    first = old[0].created_at if old else at
    return tuple(msgspec.structs.replace(one, created_at=first, modified_at=at) for one in new)
