"""Writes that need no task: one attribute, the attributes of an entity, a new entity, as plain JSON without parameters.

Law: what is answered here has the status, the headers and the body that `Binding` would answer, and keeps what it would keep.
Whatever is not answered here is answered there, also when that is seen only after the body was read.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any, Final, TypeAlias
from urllib.parse import quote

import msgspec

from kaiteki.api.documents import read_json
from kaiteki.api.exchange import BODY_SIZE_MAX_BYTES, BODY_TIMEOUT_S, Ask, Headers, Reply
from kaiteki.api.ngsi_ld.binding import ID_LENGTH_MAX, Binding, refuse_openly, say_away
from kaiteki.api.ngsi_ld.desk import Desk
from kaiteki.api.ngsi_ld.negotiation import LD_JSON, body_type, context_link
from kaiteki.api.ngsi_ld.operation import Operation
from kaiteki.api.ngsi_ld.operations import OPERATIONS
from kaiteki.api.ngsi_ld.places import PREFIX
from kaiteki.api.ngsi_ld.task import done
from kaiteki.api.ngsi_ld.writing import SAFE_IN_PATH, say_updated
from kaiteki.api.patience import Patience
from kaiteki.api.persons import EVERYBODY_IS_ADMIN
from kaiteki.api.rsgi import Exchange, Scope
from kaiteki.broker.attributes import append_attributes, update_attribute, update_attributes
from kaiteki.broker.entities import create_entity
from kaiteki.broker.plane import Call
from kaiteki.model.access import Person
from kaiteki.model.entity import Json
from kaiteki.model.problem import Problem
from kaiteki.model.terms.context import Context
from kaiteki.ports.outage import StoreAway

MANNERS_MAX: Final = 500
"""Ways of asking that are remembered; a full memory begins anew."""
CALLERS_MAX: Final = 1000
"""Persons whose calls are remembered for each of them."""
LENGTH_DIGITS_MAX: Final = 7
ENTITIES: Final = f"{PREFIX}entities"
ENTITY: Final = f"{PREFIX}entities/"
ENTITY_AT: Final = len(ENTITY)
ATTRS: Final = "/attrs"

_BY_NAME: Final = {one.name: one for one in OPERATIONS}
_UPDATE_ONE, _UPDATE = _BY_NAME["updateAttr"], _BY_NAME["updateAttrs"]
_APPEND, _CREATE = _BY_NAME["appendAttrs"], _BY_NAME["createEntity"]

Told: TypeAlias = tuple[str, str | None, str | None, str | None]
"""The operation, and the headers content-type, link and ngsild-tenant."""
Place: TypeAlias = tuple[Operation, str, str]
"""What is asked, the id of the entity and the name of the attribute, as far as there are any."""


class Manner(msgspec.Struct, frozen=True):
    """A way of asking that was read: the area and what names mean. `tail` are the headers that end an answer."""

    operation: Operation
    area: str
    context: Context
    tail: Headers
    calls: dict[Person, Call]
    nothing: Reply
    """The answer that has nothing to tell."""


class Jotting:
    """Takes plain writes. `None` sends a request the long way."""

    def __init__(self, desk: Desk, binding: Binding) -> None:
        self._desk = desk
        self._binding = binding
        self._is_alone = desk.registry.is_alone
        self._patience = Patience(BODY_TIMEOUT_S)
        self._manners: OrderedDict[Told, Manner | None] = OrderedDict()

    def __call__(self, scope: Scope, proto: Exchange) -> Coroutine[Any, Any, Reply] | None:
        """The answer, where the request is a plain write."""
        place = _place_of(scope)
        if place is None:
            return None
        header = scope.headers.get
        length = header("content-length")
        if length is None or not length.isdecimal() or len(length) > LENGTH_DIGITS_MAX:
            return None
        if not 0 < int(length) <= BODY_SIZE_MAX_BYTES or not length.isascii():
            return None
        if header("content-encoding") is not None or header("ngsild-snapshot") is not None:
            return None
        link = header("link")
        told = (place[0].name, header("content-type"), link, header("ngsild-tenant"))
        try:
            manner = self._manner(told, place[0])
        except Problem:
            return None
        if manner is None or not self._is_alone(manner.area):
            return None
        return self._jot(manner, place, scope, proto)

    async def _jot(self, manner: Manner, place: Place, scope: Scope, proto: Exchange) -> Reply:
        desk = self._desk
        try:
            person = EVERYBODY_IS_ADMIN if desk.is_open else await desk.who(scope.headers, manner.area)
            desk.let_write(person)
            try:
                body = await self._patience.wait_for(proto())
            except TimeoutError:
                raise Problem(
                    "RequestTimeout", f"the body did not arrive within {BODY_TIMEOUT_S} s", "body"
                ) from None
            if not body:
                return await self._at_length(scope, body)
            document = read_json(body)
            if document.__class__ is not dict or "@context" in document:
                return await self._at_length(scope, body)
            return await _WAYS[place[0].name](desk, self._call(manner, person), manner, (place, document))
        except Problem as problem:
            return refuse_openly(problem)
        except StoreAway as away:
            return say_away(away, place[0].method)

    async def _at_length(self, scope: Scope, body: bytes) -> Reply:
        """The long way for a request whose body was read."""
        ask = Ask(scope.method, scope.path, scope.query_string, scope.headers, _Read(body), scope.client)
        return await self._binding(ask)

    def _call(self, manner: Manner, person: Person) -> Call:
        call = manner.calls.get(person)
        if call is None:
            if len(manner.calls) >= CALLERS_MAX:
                manner.calls.clear()
            call = self._desk.call_by(person, manner.area, manner.operation, manner.context)
            manner.calls[person] = call
        return call

    def _manner(self, told: Told, operation: Operation) -> Manner | None:
        """How to read a way of asking, None when that is not for here."""
        known, link = self._manners.get(told), told[2]
        if known is None and told in self._manners:
            return None
        context = self._desk.contexts.at_hand(context_link(link) if link is not None else None)
        if known is not None and context is known.context:
            return known
        if context is None:
            return None
        if len(self._manners) >= MANNERS_MAX:
            self._manners.popitem(last=False)
        self._manners[told] = None
        known = self._manners[told] = self._understand(told, operation, context)
        return known

    def _understand(self, told: Told, operation: Operation, context: Context) -> Manner | None:
        desk, (_, media, _, tenant) = self._desk, told
        area = desk.first_area if tenant is None else tenant
        if area not in desk.areas or body_type(media, operation.body) == LD_JSON:
            return None
        tail: Headers = [] if tenant is None else [("ngsild-tenant", tenant)]
        return Manner(operation, area, context, tail, {}, done(204, tail))


def _place_of(scope: Scope) -> Place | None:
    """Where a plain write goes; None for all others."""
    method, path = scope.method, scope.path
    if scope.query_string:
        return None
    if method == "POST" and path == ENTITIES:
        return _CREATE, "", ""
    if method not in ("PATCH", "POST") or not path.startswith(ENTITY):
        return None
    entity_id, between, rest = path[ENTITY_AT:].partition(ATTRS)
    name = rest[1:]
    if not entity_id or not between or rest[:1] not in ("", "/") or ATTRS in rest:
        return None
    if len(entity_id) > ID_LENGTH_MAX or len(name) > ID_LENGTH_MAX:
        return None
    if method == "PATCH" and name:
        return _UPDATE_ONE, entity_id, name
    if rest:
        return None
    return (_UPDATE if method == "PATCH" else _APPEND), entity_id, ""


class _Read:
    """A body that was read already, for who comes after."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    async def __call__(self) -> bytes:
        return self._body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._body


# What is done and answered ------------------------------------------------------------------------------------------

Wanted: TypeAlias = tuple[Place, Json]
"""Where a write goes, and its document."""
Way: TypeAlias = Callable[[Desk, Call, Manner, Wanted], Awaitable[Reply]]


async def _update_one(desk: Desk, call: Call, manner: Manner, wanted: Wanted) -> Reply:
    (_, entity_id, name), document = wanted
    await update_attribute(desk.plane, call, entity_id, name, document)
    return manner.nothing


async def _update(desk: Desk, call: Call, manner: Manner, wanted: Wanted) -> Reply:
    (_, entity_id, _), document = wanted
    updated = await update_attributes(desk.plane, call, entity_id, document)
    return _ended(say_updated(call.context, updated), manner) if updated.not_updated else manner.nothing


async def _append(desk: Desk, call: Call, manner: Manner, wanted: Wanted) -> Reply:
    (_, entity_id, _), document = wanted
    updated = await append_attributes(desk.plane, call, entity_id, document)
    return _ended(say_updated(call.context, updated), manner) if updated.not_updated else manner.nothing


async def _create(desk: Desk, call: Call, manner: Manner, wanted: Wanted) -> Reply:
    entity_id = await create_entity(desk.plane, call, wanted[1])
    return done(201, [("location", f"{ENTITY}{quote(entity_id, safe=SAFE_IN_PATH)}"), *manner.tail])


def _ended(reply: Reply, manner: Manner) -> Reply:
    reply.headers.extend(manner.tail)
    return reply


_WAYS: Final[dict[str, Way]] = {
    _UPDATE_ONE.name: _update_one,
    _UPDATE.name: _update,
    _APPEND.name: _append,
    _CREATE.name: _create,
}
