"""Registrations of context sources over HTTP (ETSI GS CIM 009 V1.9.1 clauses 6.8 and 6.9)."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from kaiteki.api.exchange import Headers, Reply
from kaiteki.api.ngsi_ld.desk import Desk
from kaiteki.api.ngsi_ld.places import PREFIX
from kaiteki.api.ngsi_ld.reading import address_of, neighbours
from kaiteki.api.ngsi_ld.source_operations import SEEKING
from kaiteki.api.ngsi_ld.subscribing import OFFSET_MAX, holder_of, show_documents
from kaiteki.api.ngsi_ld.task import Task, done
from kaiteki.api.parameters import whole
from kaiteki.broker.asking import read_flag, read_options
from kaiteki.broker.registrations import (
    create_registration,
    delete_registration,
    described,
    query_registrations,
    read_sought,
    retrieve_registration,
    update_registration,
)
from kaiteki.model.query import PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX, Query

OPTIONS: Final = ("sysAttrs", "normalized")
_SAFE_IN_PATH: Final = ":@!$&'()*+,;=~"


async def create(desk: Desk, task: Task) -> Reply:
    """POST /csourceRegistrations."""
    document, context = await desk.read(task)
    registration_id = await create_registration(desk.registry, holder_of(desk, task), document, context)
    return done(
        201, [("location", f"{PREFIX}csourceRegistrations/{quote(registration_id, safe=_SAFE_IN_PATH)}")]
    )


async def update(desk: Desk, task: Task) -> Reply:
    """PATCH /csourceRegistrations/{id}."""
    document, context = await desk.read(task)
    await update_registration(desk.registry, holder_of(desk, task), task.place.id, document, context)
    return done()


async def delete(desk: Desk, task: Task) -> Reply:
    """DELETE /csourceRegistrations/{id}."""
    await delete_registration(desk.registry, holder_of(desk, task), task.place.id)
    return done()


async def retrieve(desk: Desk, task: Task) -> Reply:
    """GET /csourceRegistrations/{id}."""
    options = read_options(task.parameters, OPTIONS)
    context = await desk.context(task.link)
    kept = await retrieve_registration(desk.registry, holder_of(desk, task), task.place.id)
    return show_documents(task, described(desk.registry, kept, context, "sysAttrs" in options), context)


async def query(desk: Desk, task: Task) -> Reply:
    """GET /csourceRegistrations."""
    parameters = task.parameters
    options = read_options(parameters, OPTIONS)
    counted = read_flag(parameters, "count")
    limit = whole(parameters, "limit", PAGE_SIZE_DEFAULT, 0 if counted else 1, PAGE_SIZE_MAX)
    offset = whole(parameters, "offset", 0, 0, OFFSET_MAX)
    context = await desk.context(task.link)
    sought = read_sought({name: told for name, told in parameters.items() if name in SEEKING}, context)
    found = await query_registrations(desk.registry, holder_of(desk, task), sought)
    headers: Headers = [("ngsild-results-count", str(len(found)))] if counted else []
    address = address_of(task.ask.path, task.ask.query, parameters)
    headers += neighbours(address, Query(limit=limit, offset=offset), len(found) > offset + limit)
    page = found[offset : offset + limit]
    documents = [described(desk.registry, kept, context, "sysAttrs" in options) for kept in page]
    return show_documents(task, documents, context, headers)
