"""Linked entities that come along with an answer (ETSI GS CIM 009 V1.9.1 clause 4.5.23)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias

import msgspec

from kaiteki.broker.asking import Join
from kaiteki.broker.plane import Plane
from kaiteki.model.entity import Entity, Instance, Json
from kaiteki.model.language.projection import Projection
from kaiteki.model.reading import objects_of
from kaiteki.model.representation.rendering import Links, Style, render, render_list
from kaiteki.model.terms.context import Context

LINKED_MAX: Final = 1_000
"""Linked entities that one answer brings along."""


Wanted: TypeAlias = Mapping[str, tuple[str, ...]]
"""Ids that relationships lead to, with the types that they say of them; none where one of them says nothing."""
Load: TypeAlias = Callable[[Wanted], Awaitable[Mapping[str, Entity]]]
See: TypeAlias = Callable[[Entity], Entity | None]
"""What may be seen of an entity, None where that is nothing."""


async def load_linked(
    load: Load, see: See, entities: Sequence[Entity], join: Join, style: Style
) -> dict[str, Entity]:
    """The entities that relationships lead to, as they may be seen, up to the level of the join, by id; each level is loaded at once.

    Only relationships that the answer shows are followed, and none to an entity that stands in `contained_by`.
    """
    found: dict[str, Entity] = {}
    seen = {*join.contained_by}
    at: Sequence[Entity] = entities
    for level in range(join.level):
        shown = style if level == 0 else Style()
        links = _links(at, shown)
        wanted = {
            uri: links[uri] for uri in [one for one in links if one not in seen][: LINKED_MAX - len(found)]
        }
        if not wanted:
            break
        seen.update(wanted)
        loaded = await load(wanted)
        arrived = {
            one: shown_part
            for one in wanted
            if one in loaded and (shown_part := see(loaded[one])) is not None
        }
        found |= arrived
        at = list(arrived.values())
    return found


async def load_here(plane: Plane, area: str, wanted: Wanted) -> Mapping[str, Entity]:
    """The entities of the area that are linked to."""
    rows = await plane.entities.load(area, list(wanted))
    return {entity_id: row.entity() for entity_id, row in rows.items()}


def _links(entities: Sequence[Entity], style: Style) -> dict[str, tuple[str, ...]]:
    """What the relationships of entities lead to, in their order, with the types that they say."""
    found: dict[str, tuple[str, ...]] = {}
    for entity in entities:
        for one in _relationships(entity, style):
            said = one.object_type or ()
            types = (said,) if isinstance(said, str) else said
            for uri in objects_of(one):
                known = found.get(uri, types)
                found[uri] = tuple(dict.fromkeys((*known, *types))) if known and types else ()
    return found


def _relationships(entity: Entity, style: Style) -> Iterator[Instance]:
    for name, instances in entity.attributes.items():
        if style.pick is not None and name not in style.pick.names:
            continue
        if style.omit is not None and name in style.omit.names and style.omit.names[name] is None:
            continue
        if style.attrs and name not in style.attrs:
            continue
        for one in instances:
            if one.kind in ("Relationship", "ListRelationship"):
                yield one


def render_inline(
    entity: Entity, context: Context, style: Style, join: Join, linked: Mapping[str, Entity]
) -> dict[str, Json]:
    """An entity with its linked entities inside of its relationships (clause 4.5.23.2)."""
    above = frozenset({entity.id, *join.contained_by})
    return render(entity, context, style, links_to(context, style, linked, join.level, above))


def links_to(
    context: Context, style: Style, linked: Mapping[str, Entity], level: int, above: frozenset[str]
) -> Links | None:
    """The way to linked entities with so many levels to go; those that stand above are not shown again."""
    if level <= 0:
        return None

    def link(entity_id: str, pick: Projection | None, omit: Projection | None) -> dict[str, Json] | None:
        entity = linked.get(entity_id)
        if entity is None or entity_id in above:
            return None
        inner = msgspec.structs.replace(style, pick=pick, omit=omit, attrs=(), geojson=False, dataset_ids=())
        return render(
            entity, context, inner, links_to(context, inner, linked, level - 1, above | {entity_id})
        )

    return link


def render_flat(
    entities: Sequence[Entity], context: Context, style: Style, linked: Mapping[str, Entity]
) -> Json:
    """Entities and, behind them, the linked entities that are not among them (clause 4.5.23.3)."""
    own = {entity.id for entity in entities}
    behind = [entity for entity_id, entity in linked.items() if entity_id not in own]
    plain = msgspec.structs.replace(style, pick=None, omit=None, attrs=(), dataset_ids=())
    front = render_list(entities, context, style)
    back = render_list(behind, context, plain)
    if style.geojson:
        return {"type": "FeatureCollection", "features": [*front["features"], *back["features"]]}
    return [*front, *back]
