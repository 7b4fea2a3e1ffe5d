"""What context sources answer, read into the one internal shape, with the times that they tell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from kaiteki.model.entity import Entity, Instance, Json, is_array, is_object
from kaiteki.model.instant import Instant, parse_instant
from kaiteki.model.problem import Problem
from kaiteki.model.representation.applying import new_entity
from kaiteki.model.representation.parsing import parse_entity
from kaiteki.model.terms.context import Context

BEFORE_ALL: Final = Instant(0)
"""The time of what tells none: anything that tells one is newer."""


def read_answer(document: Json, context: Context) -> Entity:
    """An entity as a source shows it, normalized and with system attributes. Raises BadRequestData."""
    if not is_object(document):
        raise Problem("BadRequestData", "an entity is a JSON object", "body")
    entity = new_entity(parse_entity(document, context), BEFORE_ALL)
    attributes = {
        name: tuple(_dated(one, told.get(one.dataset_id, {})) for one in entity.attributes[name])
        for name, told in _members(document, context)
        if name in entity.attributes
    }
    return msgspec.structs.replace(
        entity,
        attributes={**entity.attributes, **attributes},
        created_at=_moment(document, "createdAt"),
        modified_at=_moment(document, "modifiedAt"),
    )


def _members(document: Mapping[str, Json], context: Context) -> list[tuple[str, dict[str | None, Json]]]:
    """The attributes of a document by expanded name, their instances by datasetId."""
    found: list[tuple[str, dict[str | None, Json]]] = []
    for name, value in document.items():
        items: list[Json] = value if is_array(value) else [value]
        found.append((context.expand(name), {one.get("datasetId"): one for one in items if is_object(one)}))
    return found


def _dated(one: Instance, told: Mapping[str, Json]) -> Instance:
    """An instance with the times that its source tells."""
    created, modified = _moment(told, "createdAt"), _moment(told, "modifiedAt")
    if created == modified == BEFORE_ALL:
        return one
    return msgspec.structs.replace(one, created_at=created, modified_at=modified)


def _moment(told: Mapping[str, Json], name: str) -> Instant:
    text = told.get(name)
    return (parse_instant(text) if isinstance(text, str) else None) or BEFORE_ALL
