"""Writing entities through time: normalized, concise, temporalValues and aggregatedValues (ETSI GS CIM 009 V1.9.1 clauses 4.5.6 to 4.5.9, 4.5.19)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Final, Literal, TypeAlias

import msgspec

from kaiteki.model.entity import VALUE_MEMBER, Json
from kaiteki.model.evolution import Evolution, State
from kaiteki.model.instant import format_instant
from kaiteki.model.language.projection import Projection
from kaiteki.model.representation.patch import NULL
from kaiteki.model.representation.rendering import Style, render_instance
from kaiteki.model.sums import Sums
from kaiteki.model.terms.context import Context

TemporalFormat: TypeAlias = Literal["normalized", "concise", "temporalValues", "aggregatedValues"]

_MANY: Final = {
    "Property": "values",
    "GeoProperty": "values",
    "Relationship": "objects",
    "LanguageProperty": "languageMaps",
    "VocabProperty": "vocabs",
    "JsonProperty": "jsons",
    "ListProperty": "valueLists",
    "ListRelationship": "objectLists",
}
"""The member of the simplified temporal representation that carries the values of each kind (clause 4.5.9)."""
_NULLS: Final[dict[str, Json]] = {
    "LanguageProperty": {"@none": NULL},
    "ListProperty": [NULL],
    "ListRelationship": [NULL],
}
"""How the NGSI-LD Null is written where it is not the value by itself (clause 4.5.0)."""


class TemporalStyle(msgspec.Struct, frozen=True):
    """How entities through time are to be shown. `methods` are those of aggregatedValues; `pick` and `omit` hold expanded names."""

    format: TemporalFormat = "normalized"
    sys_attrs: bool = False
    pick: Projection | None = None
    omit: Projection | None = None
    lang: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()

    def shows(self, name: str) -> bool:
        """Whether a member or attribute is to be shown."""
        if self.pick is not None and name not in self.pick:
            return False
        return self.omit is None or name not in self.omit


def render_evolution(entity: Evolution, context: Context, style: TemporalStyle) -> dict[str, Json]:
    """An entity through time as a JSON object with its names compacted; no @context in it."""
    document: dict[str, Json] = {}
    if style.shows("id"):
        document["id"] = entity.id
    if style.shows("type"):
        types = [context.compact(name) for name in entity.types]
        document["type"] = types[0] if len(types) == 1 else types
    _put_scopes(document, entity, context, style)
    for name, moment in (
        ("createdAt", entity.created_at),
        ("modifiedAt", entity.modified_at),
        ("deletedAt", entity.deleted_at),
    ):
        asked = style.sys_attrs or (style.pick is not None and name in style.pick)
        if asked and moment is not None and style.shows(name):
            document[name] = format_instant(moment)
    for name, states in entity.attributes.items():
        document[context.compact(name)] = _states(states, context, style)
    for name, sums in entity.sums.items():
        document[context.compact(name)] = _sums(sums, style.methods)
    return document


def _put_scopes(document: dict[str, Json], entity: Evolution, context: Context, style: TemporalStyle) -> None:
    if not style.shows("scope"):
        return
    if entity.scopes and style.format != "aggregatedValues":
        document["scope"] = _states(entity.scopes, context, style)
    elif entity.standing:
        document["scope"] = entity.standing[0] if len(entity.standing) == 1 else list(entity.standing)


def _states(states: Sequence[State], context: Context, style: TemporalStyle) -> Json:
    if style.format != "temporalValues":
        return [_state(one, context, style) for one in states]
    by_instance = sorted(states, key=_series)
    found = [_values(list(group), context, style) for _, group in groupby(by_instance, key=_series)]
    return found[0] if len(found) == 1 else found


def _kind(state: State) -> str:
    return state.instance.kind if state.instance is not None else state.was


def _series(state: State) -> tuple[str, str]:
    return state.dataset_id or "", _kind(state)


def _state(state: State, context: Context, style: TemporalStyle) -> dict[str, Json]:
    """One state with its address and the time that it is told by (clauses 4.5.7 and 4.5.8)."""
    one = state.instance
    if one is None:
        null = {VALUE_MEMBER[state.was]: _NULLS.get(state.was, NULL)}
        document: dict[str, Json] = null if style.format == "concise" else {"type": state.was, **null}
        if state.dataset_id is not None:
            document["datasetId"] = state.dataset_id
        document["deletedAt"] = format_instant(state.at)
    else:
        concise = style.format == "concise"
        shown = Style("concise" if concise else "normalized", style.sys_attrs, lang=style.lang)
        document = render_instance(one, context, shown)
        if state.time_property in ("createdAt", "modifiedAt"):
            document[state.time_property] = format_instant(state.moment)
    if state.instance_id:
        document["instanceId"] = state.instance_id
    return document


def _values(states: Sequence[State], context: Context, style: TemporalStyle) -> dict[str, Json]:
    """The values of one attribute instance with their times (clause 4.5.9)."""
    kind = _kind(states[0])
    shown = Style("concise", lang=style.lang)
    pairs: list[Json] = []
    for state in states:
        if state.instance is None:
            value: Json = _NULLS.get(kind, NULL)
        else:
            document = render_instance(state.instance, context, shown)
            value = document.get(VALUE_MEMBER[kind], document.get("value"))
        pairs.append([value, format_instant(state.moment)])
    spoken = kind == "LanguageProperty" and bool(style.lang)
    told: dict[str, Json] = {"type": "Property" if spoken else kind}
    told["values" if spoken else _MANY[kind]] = pairs
    if states[0].dataset_id is not None:
        told["datasetId"] = states[0].dataset_id
    return told


def _sums(sums: Iterable[Sums], methods: Sequence[str]) -> Json:
    """What the values of an attribute add up to, one object per instance (clause 4.5.19)."""
    by_instance: dict[str, list[Sums]] = {}
    for one in sums:
        by_instance.setdefault(one.dataset_id or "", []).append(one)
    found: list[Json] = []
    for dataset_id, some in sorted(by_instance.items()):
        told: dict[str, Json] = {"type": some[-1].kind}
        for method in methods:
            told[method] = [
                [result, format_instant(one.start), format_instant(one.end)]
                for one in some
                if (result := one.of(method)) is not None
            ]
        if dataset_id:
            told["datasetId"] = dataset_id
        found.append(told)
    return found[0] if len(found) == 1 else found
