"""What a context source tells in a notification of its own, read into what happened (ETSI GS CIM 009 V1.9.1 clauses 5.3.1 and 5.8.6)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple, cast

import msgspec

from kaiteki.model.entity import VALUE_MEMBER, Entity, Instance, Json, Kind, is_array, is_object
from kaiteki.model.instant import parse_instant
from kaiteki.model.problem import Problem
from kaiteki.model.representation.patch import NULL
from kaiteki.model.sources.answers import read_answer
from kaiteki.model.terms.context import Context
from kaiteki.model.watch.happening import NO_DATASET, Happening, Touch

NO_ATTRIBUTES = frozenset(
    {"id", "@id", "type", "@type", "scope", "@context", "expiresAt", "createdAt", "modifiedAt", "deletedAt"}
)


class _Told(NamedTuple):
    """What is told of one instance: itself without what was before (None: it is gone), and its value of before."""

    name: str
    instance: dict[str, Json] | None
    before: Instance | None
    dataset: str


def read_happening(document: Json, context: Context) -> Happening:
    """What happened to an entity that a source tells of, normalized. Raises BadRequestData."""
    if not is_object(document):
        raise Problem("BadRequestData", "an entity is a JSON object", "data")
    if "deletedAt" in document:
        if not isinstance(document["deletedAt"], str) or parse_instant(document["deletedAt"]) is None:
            raise Problem("BadRequestData", "deletedAt is a DateTime", "deletedAt")
        plain = {name: document[name] for name in ("id", "@id", "type", "@type") if name in document}
        return Happening(read_answer(plain, context), None, ())
    told = list(_told(document))
    stands: dict[str, Json] = {name: value for name, value in document.items() if name in NO_ATTRIBUTES}
    before: dict[str, tuple[Instance, ...]] = {}
    touches: list[Touch] = []
    for one in told:
        name = context.expand(one.name)
        if one.instance is None:
            touches.append(Touch("attributeDeleted", name, one.dataset))
        else:
            items = cast("list[Json]", stands.setdefault(one.name, []))
            items.append(one.instance)
            if one.before is not None:
                touches.append(Touch("attributeUpdated", name, one.dataset))
        if one.before is not None:
            before[name] = (*before.get(name, ()), one.before)
    after = read_answer(stands, context)
    known = msgspec.structs.replace(after, attributes=before) if before else None
    return Happening(known, after, tuple(touches), known)


def _told(document: Mapping[str, Json]) -> Iterator[_Told]:
    for name, value in document.items():
        if name in NO_ATTRIBUTES:
            continue
        items: list[Json] = value if is_array(value) else [value]
        for item in items:
            if item == NULL:
                yield _Told(name, None, Instance("Property", None), NO_DATASET)
            elif is_object(item):
                yield _instance(name, item)
            else:
                raise Problem("BadRequestData", f"{name[:64]} is told normalized", name[:64])


def _instance(name: str, item: Mapping[str, Json]) -> _Told:
    kind = cast("Kind", item["type"]) if item.get("type") in VALUE_MEMBER else "Property"
    member = VALUE_MEMBER[kind]
    dataset = item.get("datasetId")
    dataset_id = dataset if isinstance(dataset, str) else None
    was = f"previous{member[0].upper()}{member[1:]}"
    before = Instance(kind, item[was], dataset_id) if was in item else None
    if item.get(member) in (NULL, {"@none": NULL}):
        gone = before or Instance(kind, None, dataset_id)
        return _Told(name, None, gone, dataset_id or NO_DATASET)
    stands = {key: value for key, value in item.items() if key != was}
    return _Told(name, stands, before, dataset_id or NO_DATASET)


def cut(happened: Happening, names: frozenset[str] | None) -> Happening:
    """What happened, with some attributes alone; None for all of them."""
    if names is None:
        return happened
    return Happening(
        _only(happened.before, names),
        _only(happened.after, names),
        tuple(touch for touch in happened.touches if touch.name in names),
        _only(happened.known, names),
    )


def _only(one: Entity | None, names: frozenset[str]) -> Entity | None:
    if one is None:
        return None
    kept = {name: told for name, told in one.attributes.items() if name in names}
    return msgspec.structs.replace(one, attributes=kept)
