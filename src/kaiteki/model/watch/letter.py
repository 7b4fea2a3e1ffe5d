"""What a notification says: the entity after the change, what is gone, what was before (ETSI GS CIM 009 V1.9.1 clauses 5.3.1 and 5.8.6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, cast

import msgspec

from kaiteki.model.entity import VALUE_MEMBER, Instance, Json, is_array
from kaiteki.model.instant import Instant, format_instant
from kaiteki.model.language.lang import read_languages
from kaiteki.model.representation.patch import NULL
from kaiteki.model.representation.rendering import Links, Style, encode, render
from kaiteki.model.terms.context import Context
from kaiteki.model.watch.happening import Happening, Touch, watched_touches
from kaiteki.model.watch.subscription import Subscription
from kaiteki.model.watch.v2.letter import body_v2, tell_v2

LOCATION: Final = "https://uri.etsi.org/ngsi-ld/location"
GEO_JSON: Final = "application/geo+json"
LD_JSON: Final = "application/ld+json"


def style_of(one: Subscription) -> Style:
    """How the entities of its notifications are shown."""
    telling = one.telling
    geojson = telling.endpoint.accept == GEO_JSON
    return Style(
        format=telling.format,
        sys_attrs=telling.sys_attrs,
        pick=telling.pick,
        omit=telling.omit,
        attrs=telling.attributes,
        dataset_ids=one.dataset_ids,
        lang=read_languages(one.lang) if one.lang else (),
        geojson=geojson,
        geometry=LOCATION if geojson else None,
    )


def depends_on_watch(one: Subscription) -> bool:
    """Whether what is shown of a change depends on more than the style: on what is watched, on what was before."""
    return one.telling.show_changes or "attributeDeleted" in one.wanted_triggers


def tell(
    one: Subscription,
    happened: Happening,
    context: Context,
    at: Instant,
    links: Links | None = None,
) -> Json:
    """The entity of a notification about a change that was made at some time."""
    if one.v2 is not None:
        return tell_v2(one.v2.shape, happened)
    known, style = happened.known, style_of(one)
    if happened.after is None:
        subject = msgspec.structs.replace(happened.subject, attributes={})
    else:
        subject = happened.after
    document = render(subject, context, style, links)
    shown = cast("dict[str, Json]", document["properties"]) if style.geojson else document
    if happened.after is None:
        shown["deletedAt"] = format_instant(at)
    changes = one.telling.show_changes
    gone = changes or "attributeDeleted" in one.wanted_triggers
    for name, touches in _by_name(one, happened, style):
        stood = {} if known is None else {_dataset(old): old for old in known.attributes.get(name, ())}
        for touch in touches:
            if touch.trigger == "attributeDeleted" and gone:
                _say_gone(shown, context.compact(name), touch, happened, (style, changes, at, stood))
            elif touch.trigger == "attributeUpdated" and changes and touch.dataset in stood:
                member = context.compact(name)
                shown[member] = _with_before(shown.get(member), stood[touch.dataset], context)
    return document


def _by_name(one: Subscription, happened: Happening, style: Style) -> Iterable[tuple[str, list[Touch]]]:
    """What was done to the attributes that are shown."""
    touched: dict[str, list[Touch]] = {}
    for touch in watched_touches(one, happened):
        hidden = (style.attrs and touch.name not in style.attrs) or (
            style.pick is not None and touch.name not in style.pick
        )
        if not hidden and not (style.omit is not None and touch.name in style.omit):
            touched.setdefault(touch.name, []).append(touch)
    return touched.items()


def _dataset(one: Instance) -> str:
    return one.dataset_id or "@none"


def _say_gone(
    shown: dict[str, Json],
    name: str,
    touch: Touch,
    happened: Happening,
    how: tuple[Style, bool, Instant, Mapping[str, Instance]],
) -> None:
    """Put an instance that is gone: its value is the NGSI-LD Null (clause 4.5.0)."""
    style, changes, at, stood = how
    if style.format == "simplified":
        shown.setdefault(name, NULL)
        return
    before = happened.before
    last = next(
        one for one in (before.attributes[touch.name] if before else ()) if _dataset(one) == touch.dataset
    )
    said: dict[str, Json] = {"type": last.kind} if style.format == "normalized" else {}
    said[VALUE_MEMBER[last.kind]] = NULL
    if touch.dataset != "@none":
        said["datasetId"] = touch.dataset
    if style.sys_attrs:
        said["createdAt"], said["modifiedAt"] = (
            format_instant(last.created_at),
            format_instant(last.modified_at),
        )
        said["deletedAt"] = format_instant(at)
    if changes and touch.dataset in stood:
        said[previous_member(last)] = stood[touch.dataset].value
    if name not in shown:
        shown[name] = said
    else:
        stands = shown[name]
        shown[name] = [*stands, said] if is_array(stands) else [stands, said]


def previous_member(one: Instance) -> str:
    """The member that carries the value of before: previousValue, previousObject …"""
    member = VALUE_MEMBER[one.kind]
    return f"previous{member[0].upper()}{member[1:]}"


def _with_before(shown: Json, stood: Instance, context: Context) -> Json:
    """An attribute with the value of before beside the present one of the same instance."""
    if is_array(shown) and all(isinstance(one, dict) for one in shown):
        return [
            _with_before(one, stood, context) if one.get("datasetId") == stood.dataset_id else one
            for one in shown
        ]
    said = cast("dict[str, Json]", shown) if isinstance(shown, dict) else {VALUE_MEMBER[stood.kind]: shown}
    return {**said, previous_member(stood): _plain_value(stood, context)}


def _plain_value(one: Instance, context: Context) -> Json:
    if one.kind == "VocabProperty":
        terms = one.value
        return [context.compact(term) for term in terms] if is_array(terms) else context.compact(terms)
    return one.value


def notification(
    head: tuple[str, str, str], entities: Iterable[bytes], one: Subscription, context: Context
) -> bytes:
    """The body of a notification (clause 5.3.1): `head` is its id, the id of the subscription and when it is sent."""
    notification_id, subscription_id, at = head
    if one.v2 is not None:
        return body_v2(one.v2, subscription_id, entities)
    accept = one.telling.endpoint.accept
    data = b",".join(entities)
    if accept == GEO_JSON:
        data = b'{"type":"FeatureCollection","features":[' + data + b"]}"
    else:
        data = b"[" + data + b"]"
    written = encode(
        {
            "id": notification_id,
            "type": "Notification",
            "subscriptionId": subscription_id,
            "notifiedAt": at,
        }
    )
    body = written[:-1] + b',"data":' + data
    if accept != "application/json":
        body += b',"@context":' + encode(context.document)
    return body + b"}"
