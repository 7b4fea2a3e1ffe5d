"""Answers with linked entities, inside of relationships or behind the others (ETSI GS CIM 009 V1.9.1 clause 4.5.23)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from operator import is_
from typing import cast

from kaiteki.api.exchange import Headers, Reply
from kaiteki.api.ngsi_ld.desk import Desk
from kaiteki.api.ngsi_ld.forms import seen_part
from kaiteki.api.ngsi_ld.negotiation import LD_JSON
from kaiteki.api.ngsi_ld.passing import others_may_know, passage_of, warned
from kaiteki.api.ngsi_ld.task import Task
from kaiteki.api.ngsi_ld.views import View
from kaiteki.broker.asking import Join
from kaiteki.broker.federated import load_everywhere
from kaiteki.broker.links import Load, Wanted, load_here, load_linked, render_flat, render_inline
from kaiteki.broker.plane import not_found
from kaiteki.model.entity import Entity, Json, is_array
from kaiteki.model.representation.older import as_of
from kaiteki.model.representation.rendering import encode
from kaiteki.model.terms.context import Context
from kaiteki.ports.entities import Row


async def show_linked(desk: Desk, task: Task, view: View, rows: Sequence[Row], headers: Headers) -> Reply:
    """Found entities with those they link to; of both only what the person may see. One row and no list: a single entity."""
    join = view.join or Join("inline", 0)
    look, trust = view.look, desk.trust
    own = [
        seen
        for row in rows
        if (
            seen := seen_part(
                entity := row.entity(), trust.visible(task.person, task.area, entity), look.style.attrs
            )
        )
    ]
    if view.asked is None and not own:
        raise not_found(task.place.id)
    load = await _loading(desk, task, look.context, warnings := list[str](), join)
    linked = await load_linked(
        load,
        lambda entity: seen_part(entity, trust.visible(task.person, task.area, entity)),
        own,
        join,
        look.style,
    )
    known = {text for name, text in headers if name == "ngsild-warning"}
    headers = [*headers, *warned([one for one in dict.fromkeys(warnings) if one not in known])]
    own = [trust.opened(task.area, entity) for entity in own]
    linked = {one: trust.opened(task.area, entity) for one, entity in linked.items()}
    status = 200
    if view.version is not None:
        older = [as_of(entity, view.version, look.context) for entity in own]
        linked = {one: as_of(entity, view.version, look.context) for one, entity in linked.items()}
        # 203: something was altered for the sake of the version
        status = 200 if all(map(is_, older, own)) else 203
        own = older
    if join.mode == "flat":
        document: Json = render_flat(own, look.context, look.style, linked)
    else:
        document = [render_inline(entity, look.context, look.style, join, linked) for entity in own]
        if view.asked is None:
            document = document[0]
        elif look.style.geojson:
            document = {"type": "FeatureCollection", "features": document}
    if view.context_in_body:
        document = _with_context(document, look.context.document, look.shape == LD_JSON)
    return Reply(status, headers, encode(document))


async def _loading(desk: Desk, task: Task, context: Context, warnings: list[str], join: Join) -> Load:
    """How linked entities are found: here, or here and at the sources that may know them. Warnings are added as they come."""
    if not join.level or not await others_may_know(desk, task):
        return partial(load_here, desk.plane, task.area)

    async def load(wanted: Wanted) -> Mapping[str, Entity]:
        gathered = await load_everywhere(desk.inquirer, passage_of(desk, task, context), wanted)
        warnings.extend(gathered.warnings)
        return {entity.id: entity for entity in gathered.entities}

    return load


def _with_context(document: Json, context: Json, each: bool) -> Json:
    if each and is_array(document):
        items: list[dict[str, Json]] = document
        return [{**item, "@context": context} for item in items]
    return {**cast("dict[str, Json]", document), "@context": context}
