"""Writing entities: normalized, concise and simplified form, as JSON values ready for the encoder (clauses 4.5.1 to 4.5.5, 4.5.18 to 4.5.24)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, Literal, TypeAlias, cast

import msgspec

from kaiteki.model.entity import VALUE_MEMBER, Entity, Instance, Json, is_array, is_object
from kaiteki.model.instant import format_instant
from kaiteki.model.language.projection import Projection
from kaiteki.model.terms.context import Context
from kaiteki.model.terms.core import VALUE_TYPE

Format: TypeAlias = Literal["normalized", "concise", "simplified"]

_encoder: Final = msgspec.json.Encoder()


class Style(msgspec.Struct, frozen=True):
    """How entities are to be shown. `pick`, `omit` and `attrs` hold expanded names; `dataset_ids` may hold `@none`.

    `lang` are language tags in order of preference (`*`: any). `geometry` is the expanded GeoProperty of a GeoJSON answer.
    """

    format: Format = "normalized"
    sys_attrs: bool = False
    pick: Projection | None = None
    omit: Projection | None = None
    attrs: tuple[str, ...] = ()
    dataset_ids: tuple[str, ...] = ()
    lang: tuple[str, ...] = ()
    geojson: bool = False
    geometry: str | None = None

    @property
    def key(self) -> bytes:
        """Tells styles apart in caches: equal for equal styles."""
        return _encoder.encode(self)


PLAIN: Final = Style()

Links: TypeAlias = Callable[[str, Projection | None, Projection | None], dict[str, Json] | None]
"""Renders a linked entity for an inline join: (id, pick, omit) -> document, None when it cannot be had."""


def encode(document: Json) -> bytes:
    """The bytes of a JSON document."""
    return _encoder.encode(document)


def render(
    entity: Entity, context: Context, style: Style = PLAIN, links: Links | None = None
) -> dict[str, Json]:
    """An entity as a JSON object with its names compacted; no @context in it. GeoJSON styles give a Feature."""
    document = _entity(entity, context, style, links)
    return _feature(entity, document, style) if style.geojson else document


def _entity(entity: Entity, context: Context, style: Style, links: Links | None) -> dict[str, Json]:
    compact = context.compact
    pick, omit = style.pick, style.omit
    document: dict[str, Json] = {}
    if _shows("id", pick, omit):
        document["id"] = entity.id
    if _shows("type", pick, omit):
        types = [compact(name) for name in entity.types]
        document["type"] = types[0] if len(types) == 1 else types
    if entity.scopes and _shows("scope", pick, omit):
        document["scope"] = entity.scopes[0] if len(entity.scopes) == 1 else list(entity.scopes)
    if style.sys_attrs or pick is not None:
        _put_times(document, entity, style)
    for name, instances in entity.attributes.items():
        if (style.attrs and name not in style.attrs) or not _shows(name, pick, omit):
            continue
        shown = _of_datasets(instances, style.dataset_ids) if style.dataset_ids else instances
        if shown:
            document[compact(name)] = _attribute(shown, context, style, _inner(links, name, pick, omit))
    return document


def _put_times(document: dict[str, Json], entity: Entity, style: Style) -> None:
    """The system times of an entity, where they are asked for (clauses 4.8 and 4.22)."""
    for name, moment in (
        ("createdAt", entity.created_at),
        ("modifiedAt", entity.modified_at),
        ("expiresAt", entity.expires_at),
    ):
        asked = style.sys_attrs or (style.pick is not None and name in style.pick)
        if asked and moment is not None and _shows(name, style.pick, style.omit):
            document[name] = format_instant(moment)


def _of_datasets(instances: tuple[Instance, ...], wanted: tuple[str, ...]) -> tuple[Instance, ...]:
    return tuple(one for one in instances if (one.dataset_id or "@none") in wanted)


def _shows(name: str, pick: Projection | None, omit: Projection | None) -> bool:
    if pick is not None and name not in pick.names:
        return False
    return omit is None or name not in omit.names or omit.names[name] is not None


Inner: TypeAlias = Callable[[str], dict[str, Json] | None]


def _inner(links: Links | None, name: str, pick: Projection | None, omit: Projection | None) -> Inner | None:
    """The way to linked entities behind one attribute, with what pick and omit say in its braces."""
    if links is None:
        return None
    picked = pick.names.get(name) if pick is not None else None
    omitted = omit.names.get(name) if omit is not None else None
    return lambda entity_id: links(entity_id, picked, omitted)


def _attribute(instances: tuple[Instance, ...], context: Context, style: Style, links: Inner | None) -> Json:
    if style.format == "simplified":
        if len(instances) == 1 and instances[0].dataset_id is None:
            return _simplified(instances[0], context, style, links)
        if len(instances) == 1 and style.dataset_ids:
            return _simplified(instances[0], context, style, links)
        return {
            "dataset": {
                one.dataset_id or "@none": _simplified(one, context, style, links) for one in instances
            }
        }
    if len(instances) == 1:
        if style.format == "concise" and _is_bare(instances[0], style):
            return instances[0].value
        return _instance(instances[0], context, style, links)
    return [_instance(one, context, style, links) for one in instances]


def _simplified(one: Instance, context: Context, style: Style, links: Inner | None) -> Json:
    """Clause 4.5.4: bare values, but for the kinds that could not be told apart then."""
    match one.kind:
        case "LanguageProperty":
            if style.lang:
                return _spoken(cast(dict[str, Json], one.value), style.lang)[0]
            return {"languageMap": one.value}
        case "VocabProperty":
            return {"vocab": _terms(one.value, context)}
        case "JsonProperty":
            return {"json": one.value}
        case "Relationship" | "ListRelationship" if links is not None:
            if is_array(one.value):
                return [links(uri) or uri for uri in one.value]
            return links(one.value) or one.value
        case _:
            return one.value


def _instance(one: Instance, context: Context, style: Style, links: Inner | None) -> Json:
    document: dict[str, Json] = {} if style.format == "concise" else {"type": one.kind}
    _put_value(document, one, context, style)
    if one.object_type is not None:
        types = one.object_type if isinstance(one.object_type, tuple) else (one.object_type,)
        named = [context.compact(name) for name in types]
        document["objectType"] = named if isinstance(one.object_type, tuple) else named[0]
    if one.unit_code is not None:
        document["unitCode"] = one.unit_code
    if one.observed_at is not None:
        document["observedAt"] = format_instant(one.observed_at)
    if one.dataset_id is not None:
        document["datasetId"] = one.dataset_id
    if style.sys_attrs:
        document["createdAt"] = format_instant(one.created_at)
        document["modifiedAt"] = format_instant(one.modified_at)
        if one.expires_at is not None:
            document["expiresAt"] = format_instant(one.expires_at)
    for name, inner in one.sub.items():
        if name == VALUE_TYPE:
            document["valueType"] = _terms(inner[0].value, context)
        else:
            document[context.compact(name)] = _attribute(inner, context, style, None)
    if links is not None and one.kind in ("Relationship", "ListRelationship"):
        _put_linked(document, one, links)
    return document


def render_instance(one: Instance, context: Context, style: Style = PLAIN) -> dict[str, Json]:
    """One attribute instance as a JSON object with its names compacted, in normalized or concise form."""
    return cast("dict[str, Json]", _instance(one, context, style, None))


def _is_bare(one: Instance, style: Style) -> bool:
    """Whether the concise form is the value by itself, without becoming something else when read again (clause 4.5.2.3)."""
    if one.kind not in ("Property", "GeoProperty") or style.sys_attrs or one.sub:
        return False
    if one.dataset_id or one.unit_code or one.observed_at is not None:
        return False
    return one.kind == "GeoProperty" or not (is_object(one.value) or is_array(one.value))


def _put_value(document: dict[str, Json], one: Instance, context: Context, style: Style) -> None:
    match one.kind:
        case "VocabProperty":
            document["vocab"] = _terms(one.value, context)
        case "ListRelationship":
            uris = cast("list[str]", one.value)
            concise = style.format == "concise"
            document["objectList"] = uris if concise else [{"object": uri} for uri in uris]
        case "LanguageProperty" if style.lang:
            text, tag = _spoken(cast(dict[str, Json], one.value), style.lang)
            if style.format != "concise":
                document["type"] = "Property"
            document["value"] = text
            document["lang"] = tag
        case _:
            document[VALUE_MEMBER[one.kind]] = one.value


def _put_linked(document: dict[str, Json], one: Instance, links: Inner) -> None:
    """Clause 4.5.23.2: the linked entities stand inside of the relationship."""
    if not is_array(one.value):
        found = links(one.value)
        if found is not None:
            document["entity"] = found
        return
    several = [found for uri in one.value if (found := links(uri)) is not None]
    if several:
        document["entityList" if one.kind == "ListRelationship" else "entity"] = several


def _terms(value: Json, context: Context) -> Json:
    if is_array(value):
        return [context.compact(term) for term in value]
    return context.compact(value)


def _spoken(texts: dict[str, Json], lang: tuple[str, ...]) -> tuple[Json, str]:
    """The text in the best liked language, by prefix of the tag; else the one for no language, else the first one."""
    for wanted in lang:
        if wanted == "*":
            break
        for tag, text in texts.items():
            if tag.lower() == wanted.lower():
                return text, tag
        for tag, text in texts.items():
            if tag.lower().split("-")[0] == wanted.lower().split("-")[0]:
                return text, tag
    tag = "@none" if "@none" in texts else next(iter(texts))
    return texts[tag], tag


def _feature(entity: Entity, properties: dict[str, Json], style: Style) -> dict[str, Json]:
    """Clause 4.5.16: the selected GeoProperty as geometry, everything else below properties."""
    properties.pop("id", None)
    geometry: Json = None
    for one in entity.attributes.get(style.geometry or "", ()):
        fits = (
            (one.dataset_id or "@none") in style.dataset_ids if style.dataset_ids else one.dataset_id is None
        )
        if one.kind == "GeoProperty" and fits:
            geometry = one.value
            break
    return {"id": entity.id, "type": "Feature", "geometry": geometry, "properties": properties}


def render_list(
    entities: Iterable[Entity], context: Context, style: Style = PLAIN, links: Links | None = None
) -> Any:
    """Several entities: an array, or a GeoJSON FeatureCollection."""
    documents = [render(entity, context, style, links) for entity in entities]
    return {"type": "FeatureCollection", "features": documents} if style.geojson else documents
