"""What a notification of NGSI v2 says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, cast

import msgspec

from kaiteki.model.entity import Entity, Json
from kaiteki.model.ngsi_v2.names import from_id, from_iri, to_iri
from kaiteki.model.ngsi_v2.showing import ALL, BUILTIN_ATTRIBUTES, Show, show_attributes
from kaiteki.model.ngsi_v2.values import lift
from kaiteki.model.watch.happening import Happening, is_altered
from kaiteki.model.watch.v2.wish import SINGLE, AttrsFormat, Shape, V2Words, from_subscription_id

ALTERATION_TYPE: Final = "alterationType"
"""The builtin attribute of a notification that says what happened to the entity."""
PREVIOUS_VALUE: Final = "previousValue"
ACTION_TYPE: Final = "actionType"
_NULL: Final[dict[str, Json]] = {"type": "None", "value": None, "metadata": {}}
_ACTIONS: Final = {
    "attributeCreated": "append",
    "attributeUpdated": "update",
    "attributeDeleted": "delete",
}
_JSON: Final = "application/json; charset=utf-8"

Attributes = dict[str, dict[str, Json]]


def tell_v2(shape: Shape, happened: Happening) -> Json:
    """The entity of a notification about a change."""
    entity = subject_of(happened)
    head: dict[str, Json] = {"id": from_id(entity.id), "type": from_iri(entity.types[0])}
    return formed(shape.format, head, attributes_told(shape, happened, entity))


def formed(form: AttrsFormat, head: dict[str, Json], told: Attributes) -> Json:
    """An entity in a form; `head` has its id and type."""
    match form:
        case "keyValues" | "simplifiedKeyValues":
            return {**head, **{name: one["value"] for name, one in told.items()}}
        case "values":
            return [one["value"] for one in told.values()]
        case "legacy":
            return _legacy(head, told)
        case _:
            return {**head, **told}


def subject_of(happened: Happening) -> Entity:
    """The entity after the change; of one that is gone what may be told of it."""
    if happened.after is not None:
        return happened.after
    return happened.known or msgspec.structs.replace(happened.subject, attributes={})


def attributes_told(shape: Shape, happened: Happening, entity: Entity) -> Attributes:
    """The attributes that are told, normalized, in the order that was asked for."""
    own = shape.metadata or ()
    metadata = tuple(name for name in own if name not in (PREVIOUS_VALUE, ACTION_TYPE))
    wanted = None if shape.metadata is None else metadata
    told = cast(Attributes, show_attributes(entity, Show("normalized", shape.attrs, wanted)))
    if shape.only_changed and happened.before is not None and happened.after is not None:
        changed = {from_iri(touch.name) for touch in happened.touches if is_altered(happened, touch)}
        told = {name: one for name, one in told.items() if name in changed or name in BUILTIN_ATTRIBUTES}
    told = {name: one for name, one in told.items() if name not in shape.except_attrs}
    if ACTION_TYPE in own or PREVIOUS_VALUE in own:
        told = _with_history(told, own, happened)
    for name in shape.attrs or ():
        if name == ALTERATION_TYPE:
            told[name] = {"type": "Text", "value": _alteration(happened), "metadata": {}}
        elif shape.covered and name != ALL and name not in BUILTIN_ATTRIBUTES:
            told.setdefault(name, _NULL)
    return told


def _with_history(told: Attributes, own: tuple[str, ...], happened: Happening) -> Attributes:
    """The attributes with what was done to them and what they were before, as metadata."""
    done = {
        from_iri(touch.name): _ACTIONS[touch.trigger]
        for touch in happened.touches
        if touch.dataset == "@none"
    }
    if ACTION_TYPE in own and happened.after is not None:
        gone = {name: _NULL for name, action in done.items() if action == "delete"}
        told = {**gone, **told}
    return {
        name: {**one, "metadata": _metadata(name, one, own, (happened, done))} for name, one in told.items()
    }


def _metadata(
    name: str, one: dict[str, Json], own: tuple[str, ...], how: tuple[Happening, Mapping[str, str]]
) -> dict[str, Json]:
    happened, done = how
    metadata = dict(cast("dict[str, Json]", one["metadata"]))
    if ACTION_TYPE in own and name in done:
        metadata[ACTION_TYPE] = {"type": "Text", "value": done[name]}
    before = happened.known.first(to_iri(name)) if happened.known is not None else None
    if PREVIOUS_VALUE in own and before is not None and happened.after is not None:
        kind, value = lift(before)
        metadata[PREVIOUS_VALUE] = {"type": kind, "value": value}
    return metadata


def _alteration(happened: Happening) -> str:
    if happened.before is None:
        return "entityCreate"
    if happened.after is None:
        return "entityDelete"
    changed = any(is_altered(happened, touch) for touch in happened.touches)
    return "entityChange" if changed else "entityUpdate"


def _legacy(head: dict[str, Json], told: Attributes) -> Json:
    """A context response of NGSI v1."""
    attributes: list[Json] = []
    for name, one in told.items():
        metadata = cast("dict[str, dict[str, Json]]", one["metadata"])
        metadatas: list[Json] = [{"name": inner, **said} for inner, said in metadata.items()]
        attribute: dict[str, Json] = {"name": name, "type": one["type"], "value": one["value"]}
        attributes.append({**attribute, "metadatas": metadatas} if metadatas else attribute)
    element: dict[str, Json] = {**head, "isPattern": "false", "attributes": attributes}
    return {"contextElement": element, "statusCode": {"code": "200", "reasonPhrase": "OK"}}


def body_v2(words: V2Words, subscription_id: str, entities: Iterable[bytes]) -> bytes:
    """The body around entities that are written; in a format of single entities that of the first one."""
    if words.shape.format in SINGLE:
        return next(iter(entities))
    data, told = b",".join(entities), msgspec.json.encode(from_subscription_id(subscription_id))
    if words.shape.format == "legacy":
        return b'{"subscriptionId":%b,"originator":"localhost","contextResponses":[%b]}' % (told, data)
    return b'{"subscriptionId":%b,"data":[%b]}' % (told, data)


def headers_v2(words: V2Words, area: str, entities: Iterable[Entity]) -> Iterator[tuple[str, str]]:
    """The headers of a notification: form, service, and the service paths of its entities."""
    paths = dict.fromkeys(next(iter(entity.scopes), "/") for entity in entities)
    form = words.shape.format
    yield "content-type", _JSON
    yield "ngsiv2-attrsformat", form
    yield "fiware-service", area
    yield "fiware-servicepath", ",".join(paths)
