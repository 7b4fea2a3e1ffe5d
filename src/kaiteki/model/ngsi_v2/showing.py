"""Entities as NGSI v2 shows them: normalized, keyValues, values, unique; builtin attributes and metadata where they are asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal, TypeAlias

import msgspec

from kaiteki.model.entity import Entity, Instance, Json
from kaiteki.model.ngsi_v2.applying import TIME_INSTANT
from kaiteki.model.ngsi_v2.moments import write_moment
from kaiteki.model.ngsi_v2.names import from_id, from_iri, to_iri
from kaiteki.model.ngsi_v2.values import MARKS, lift

Format: TypeAlias = Literal["normalized", "keyValues", "values", "unique"]
ALL: Final = "*"
BUILTIN_ATTRIBUTES: Final = ("dateCreated", "dateModified", "dateExpires", "servicePath")


class Show(msgspec.Struct, frozen=True):
    """How entities are to be shown. `attrs` and `metadata` are v2 names, None shows all that are no builtins."""

    format: Format = "normalized"
    attrs: tuple[str, ...] | None = None
    metadata: tuple[str, ...] | None = None


PLAIN: Final = Show()


def show(entity: Entity, how: Show = PLAIN) -> Json:
    """An entity as JSON."""
    attributes = show_attributes(entity, how)
    if how.format in ("values", "unique"):
        values = list(attributes.values())
        return values if how.format == "values" else _once(values)
    return {"id": from_id(entity.id), "type": from_iri(entity.types[0]), **attributes}


def show_attributes(entity: Entity, how: Show) -> dict[str, Json]:
    """The attributes of an entity by name, in the order that was asked for; of each its value only in the short formats."""
    shown: dict[str, Json] = {}
    for name, one in _chosen(entity, how.attrs):
        if name in shown:
            continue
        full = show_attribute(one, how.metadata) if isinstance(one, Instance) else one
        shown[name] = full if how.format == "normalized" else full["value"]
    return shown


def show_attribute(one: Instance, wanted: tuple[str, ...] | None = None) -> dict[str, Json]:
    """One attribute with its type, value and metadata."""
    kind, value = lift(one)
    return {"type": kind, "value": value, "metadata": _metadata(one, wanted)}


def _once(values: list[Json]) -> list[Json]:
    kept: list[Json] = []
    for value in values:
        if not any(value == one and type(value) is type(one) for one in kept):
            kept.append(value)
    return kept


def _chosen(
    entity: Entity, attrs: tuple[str, ...] | None
) -> Iterator[tuple[str, Instance | dict[str, Json]]]:
    """The attributes that are asked for: instances, and builtins as they are shown."""
    for name in attrs if attrs is not None else (ALL,):
        if name == ALL:
            for iri, instances in entity.attributes.items():
                yield from_iri(iri), instances[0]
        elif (one := entity.first(to_iri(name))) is not None:
            yield name, one
        elif (builtin := _builtin(entity, name)) is not None:
            yield name, builtin


def _builtin(entity: Entity, name: str) -> dict[str, Json] | None:
    match name:
        case "dateCreated":
            return _date(entity.created_at)
        case "dateModified":
            return _date(entity.modified_at)
        case "dateExpires" if entity.expires_at is not None:
            return _date(entity.expires_at)
        case "servicePath":
            return {"type": "Text", "value": next(iter(entity.scopes), "/"), "metadata": {}}
        case _:
            return None


def _date(moment: Json) -> dict[str, Json]:
    return {"type": "DateTime", "value": write_moment(moment), "metadata": {}}


def _metadata(one: Instance, wanted: tuple[str, ...] | None) -> dict[str, Json]:
    own: dict[str, Json] = {}
    for iri, instances in one.sub.items():
        if iri not in MARKS:
            kind, value = lift(instances[0])
            own[from_iri(iri)] = {"type": kind, "value": value}
    if one.observed_at is not None:
        own[TIME_INSTANT] = {"type": "DateTime", "value": write_moment(one.observed_at)}
    if one.unit_code is not None:
        own["unitCode"] = {"type": "Text", "value": one.unit_code}
    if wanted is None:
        return own
    builtin = {
        "dateCreated": {"type": "DateTime", "value": write_moment(one.created_at)},
        "dateModified": {"type": "DateTime", "value": write_moment(one.modified_at)},
    }
    known = {**builtin, **own}
    chosen = [name for told in wanted for name in (own if told == ALL else (told,))]
    return {name: known[name] for name in chosen if name in known}
