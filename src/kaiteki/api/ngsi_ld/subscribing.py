"""Subscriptions to entities and to registrations over HTTP (ETSI GS CIM 009 V1.9.1 clauses 6.10 to 6.13), and the dead letters of their sending."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

import msgspec

from kaiteki.api.exchange import Headers, Reply
from kaiteki.api.ngsi_ld.desk import Desk
from kaiteki.api.ngsi_ld.discovering import own_address
from kaiteki.api.ngsi_ld.federating import passage_of
from kaiteki.api.ngsi_ld.negotiation import JSON, LD_JSON, choose_shape, context_link_header
from kaiteki.api.ngsi_ld.places import PREFIX
from kaiteki.api.ngsi_ld.reading import address_of, neighbours
from kaiteki.api.ngsi_ld.task import Task, done, shown
from kaiteki.api.parameters import whole
from kaiteki.broker import subscriptions
from kaiteki.broker.asking import read_flag, read_options
from kaiteki.broker.distributing import refuse_again
from kaiteki.broker.subscriptions import (
    DEAD_LETTERS_MAX,
    Holder,
    create_subscription,
    dead_letters,
    delete_subscription,
    described,
    document_of_letter,
    forget_dead_letters,
    needs_address,
    query_subscriptions,
    resend_dead_letters,
    retrieve_subscription,
    update_subscription,
)
from kaiteki.model.entity import Json, is_array, is_object
from kaiteki.model.problem import Problem
from kaiteki.model.query import PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX, Query
from kaiteki.model.sources.passage import read_via
from kaiteki.model.terms.context import Context

OFFSET_MAX: Final = 1_000_000
NUMBER_MAX: Final = 9_007_199_254_740_991
"""The largest number of a delivery: parcels are numbered by the microsecond."""
_SAFE_IN_PATH: Final = ":@!$&'()*+,;=~"


def holder_of(desk: Desk, task: Task) -> Holder:
    """Who asks, as subscriptions see it. Raises Unauthorized for who is not signed in."""
    desk.trust.need_a_writer(task.person)
    return subscriptions.holder_of(task.area, task.person)


def _holder(desk: Desk, task: Task) -> Holder:
    """Who asks, for subscriptions to entities or to registrations, as the address says."""
    of_sources = task.place.template.startswith("/csourceSubscriptions")
    return msgspec.structs.replace(
        holder_of(desk, task), of_sources=of_sources, via=read_via(task.ask.header("via"))
    )


async def create(desk: Desk, task: Task) -> Reply:
    """POST /subscriptions, and the same of csourceSubscriptions."""
    document, context = await desk.read(task)
    # one that this node has passed on comes back: it stands here already (clause 6.3.18)
    refuse_again(passage_of(desk, task, context))
    if needs_address(document, context):
        # notifications name their @context by an address; one that stands in the document alone is hosted (clause 5.8.1.4)
        local_id = await desk.contexts.host_implicitly(context.source)
        document = {**document, "jsonldContext": own_address(task)(local_id)}
    subscription_id = await create_subscription(desk.watchers, _holder(desk, task), document, context)
    where = f"{PREFIX}{task.operation.resource}/{quote(subscription_id, safe=_SAFE_IN_PATH)}"
    return done(201, [("location", where)])


async def update(desk: Desk, task: Task) -> Reply:
    """PATCH /subscriptions/{id}, and the same of csourceSubscriptions."""
    document, context = await desk.read(task)
    await update_subscription(desk.watchers, _holder(desk, task), task.place.id, document, context)
    return done()


async def retrieve(desk: Desk, task: Task) -> Reply:
    """GET /subscriptions/{id}, and the same of csourceSubscriptions."""
    options = read_options(task.parameters, ("sysAttrs", "normalized"))
    context = await desk.context(task.link)
    kept = await retrieve_subscription(desk.watchers, _holder(desk, task), task.place.id)
    return show_documents(task, described(desk.watchers, kept, context, "sysAttrs" in options), context)


async def query(desk: Desk, task: Task) -> Reply:
    """GET /subscriptions, and the same of csourceSubscriptions."""
    parameters = task.parameters
    options = read_options(parameters, ("sysAttrs", "normalized"))
    counted = read_flag(parameters, "count")
    limit = whole(parameters, "limit", PAGE_SIZE_DEFAULT, 0 if counted else 1, PAGE_SIZE_MAX)
    offset = whole(parameters, "offset", 0, 0, OFFSET_MAX)
    context = await desk.context(task.link)
    page, total = await query_subscriptions(desk.watchers, _holder(desk, task), limit, offset)
    headers: Headers = [("ngsild-results-count", str(total))] if counted else []
    address = address_of(task.ask.path, task.ask.query, parameters)
    headers += neighbours(address, Query(limit=limit, offset=offset), total > offset + limit)
    documents = [described(desk.watchers, kept, context, "sysAttrs" in options) for kept in page]
    return show_documents(task, documents, context, headers)


async def delete(desk: Desk, task: Task) -> Reply:
    """DELETE /subscriptions/{id}, and the same of csourceSubscriptions."""
    await delete_subscription(desk.watchers, _holder(desk, task), task.place.id)
    return done()


async def show_dead_letters(desk: Desk, task: Task) -> Reply:
    """GET /subscriptions/{id}/deadLetters, and the same of csourceSubscriptions."""
    limit = whole(task.parameters, "limit", PAGE_SIZE_DEFAULT, 1, DEAD_LETTERS_MAX)
    after = whole(task.parameters, "after", 0, 0, NUMBER_MAX)
    letters = await dead_letters(desk.watchers, _holder(desk, task), task.place.id, after, limit)
    return shown(200, [document_of_letter(letter) for letter in letters], JSON)


async def resend(desk: Desk, task: Task) -> Reply:
    """POST /subscriptions/{id}/deadLetters, and the same of csourceSubscriptions."""
    count = await resend_dead_letters(desk.watchers, _holder(desk, task), task.place.id)
    return shown(200, {"resent": count}, JSON)


async def throw_away(desk: Desk, task: Task) -> Reply:
    """DELETE /subscriptions/{id}/deadLetters, and the same of csourceSubscriptions."""
    count = await forget_dead_letters(desk.watchers, _holder(desk, task), task.place.id)
    return shown(200, {"forgotten": count}, JSON)


def show_documents(task: Task, document: Json, context: Context, headers: Headers | None = None) -> Reply:
    """A document with its @context in the body or in a link, as Accept wishes (clause 6.3.5)."""
    shape = choose_shape(task.ask.header("accept"), task.operation.shapes)
    told = list(headers or [])
    if shape != LD_JSON:
        return shown(
            200, document, shape, [*told, *([context_link_header(context.url)] if context.url else [])]
        )
    if is_array(document):
        document = [{**one, "@context": context.document} for one in document if is_object(one)]
    elif is_object(document):
        document = {**document, "@context": context.document}
    else:
        raise Problem("InternalError", "a document is an object or a list of them")
    return shown(200, document, shape, told)
