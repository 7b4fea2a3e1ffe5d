"""Retrieve and query entities through time over HTTP (ETSI GS CIM 009 V1.9.1 clauses 6.18.3.2, 6.19.3.1, 6.24.3.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import msgspec

from kaiteki.api.exchange import Headers, Reply
from kaiteki.api.ngsi_ld.desk import Desk
from kaiteki.api.ngsi_ld.federating import sought_of
from kaiteki.api.ngsi_ld.negotiation import LD_JSON, choose_shape, context_link_header
from kaiteki.api.ngsi_ld.passing import others_may_know, passage_of, warned
from kaiteki.api.ngsi_ld.reading import address_of, neighbours
from kaiteki.api.ngsi_ld.task import EXPOSED, OPEN_TO_ALL, Task, shown
from kaiteki.api.problems import refuse
from kaiteki.broker.documents import read_selectors, time_query_parameters
from kaiteki.broker.federated import Sought
from kaiteki.broker.federated_past import gather_one, query_everywhere
from kaiteki.broker.temporal import Evolved, Recall, query_evolutions, retrieve_evolution
from kaiteki.broker.time_asking import TimeAsked, read_time, read_time_query
from kaiteki.model.entity import Json
from kaiteki.model.instant import format_instant
from kaiteki.model.language.types import parse_types
from kaiteki.model.problem import Problem
from kaiteki.model.representation.evolving import render_evolution
from kaiteki.model.representation.values import check_uri
from kaiteki.model.terms.context import Context


async def retrieve(desk: Desk, task: Task) -> Reply:
    """GET /temporal/entities/{id}."""
    context = await desk.context(task.link)
    told = task.parameters.get("type")
    types = parse_types(told, context.expand) if told is not None else None
    recall = _recall(desk, task, read_time(task.parameters, context))
    entity_id = check_uri(task.place.id, "id")
    headers: Headers = []
    if await others_may_know(desk, task):
        passage = passage_of(desk, task, context)
        gathered = await gather_one(desk.inquirer, passage, recall, entity_id, types)
        if gathered is not None:
            recall, headers = gathered.recall, warned(gathered.warnings)
    try:
        evolved = await retrieve_evolution(recall, entity_id, types)
    except Problem as problem:
        if not headers:
            raise
        return refuse(problem, [OPEN_TO_ALL, EXPOSED, *headers])
    return _show(task, evolved, recall.asked, (context, headers))


async def query(desk: Desk, task: Task) -> Reply:
    """GET /temporal/entities."""
    context = await desk.context(task.link)
    wanted, asked = read_time_query(task.parameters, context)
    return await _answer(desk, task, asked, sought_of(wanted, context, task.parameters), context)


async def query_by_document(desk: Desk, task: Task) -> Reply:
    """POST /temporal/entityOperations/query."""
    document, context = await desk.read(task)
    parameters: Mapping[str, str] = {**time_query_parameters(document), **task.parameters}
    wanted, asked = read_time_query(parameters, context)
    selectors = read_selectors(document, context)
    wanted = msgspec.structs.replace(wanted, selectors=selectors) if selectors else wanted
    return await _answer(desk, task, asked, sought_of(wanted, context, parameters), context)


def _recall(desk: Desk, task: Task, asked: TimeAsked) -> Recall:
    return Recall(desk.plane, task.area, asked, partial(desk.trust.readable_past, task.person, task.area))


async def _answer(desk: Desk, task: Task, asked: TimeAsked, sought: Sought, context: Context) -> Reply:
    recall, wanted = _recall(desk, task, asked), sought.wanted
    found: tuple[Evolved, Sequence[str]] | None = None
    if await others_may_know(desk, task):
        found = await query_everywhere(desk.inquirer, passage_of(desk, task, context), recall, sought)
    evolved, warnings = found or (await query_evolutions(recall, wanted), ())
    headers = warned(warnings)
    if wanted.total:
        headers.append(("ngsild-results-count", str(evolved.total or 0)))
    if task.operation.method == "GET" and (evolved.more or wanted.offset):
        address = address_of(task.ask.path, task.ask.query, task.parameters)
        headers += neighbours(address, wanted, evolved.more)
    return _show(task, evolved, asked, (context, headers))


def _show(task: Task, evolved: Evolved, asked: TimeAsked, told: tuple[Context, Headers]) -> Reply:
    """The entities with their @context in the body or in a link; 206 where not all states fit (clause 6.3.10)."""
    context, headers = told
    shape = choose_shape(task.ask.header("accept"), task.operation.shapes)
    documents: list[Json] = [render_evolution(one, context, asked.style) for one in evolved.entities]
    if shape == LD_JSON:
        documents = [{**document, "@context": context.document} for document in documents]
    elif context.url is not None:
        headers.append(context_link_header(context.url))
    if evolved.cut is not None:
        start, end = map(format_instant, evolved.cut)
        headers.append(("content-range", f"date-time {start}-{end}/{asked.last or '*'}"))
    document = documents[0] if task.operation.name == "retrieveTemporal" else documents
    return shown(200 if evolved.cut is None else 206, document, shape, headers)
