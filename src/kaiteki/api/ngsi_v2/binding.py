"""The NGSI v2 binding: a request in, the operation found and asked, its answer out."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeAlias

from kaiteki.api.exchange import Ask, HeaderMap, Reply
from kaiteki.api.ngsi_ld.desk import Desk
from kaiteki.api.ngsi_v2.answers import refuse
from kaiteki.api.ngsi_v2.operations import Operation
from kaiteki.api.ngsi_v2.paths import read_service_path
from kaiteki.api.ngsi_v2.places import ALLOWED, PREFIX, locate, operation_at
from kaiteki.api.ngsi_v2.task import Task, done
from kaiteki.api.parameters import read_parameters
from kaiteki.api.problems import AGAIN, problem_of
from kaiteki.broker.opening import reader_of, reads
from kaiteki.model.access import NOBODY, Person
from kaiteki.model.problem import Problem
from kaiteki.ports.outage import StoreAway

PREFLIGHT_S: Final = 86_400
CORRELATOR_LENGTH_MAX: Final = 128
_CORRELATOR: Final = re.compile(r"[\w;.:=\-]+", re.ASCII)

Do: TypeAlias = Callable[[Desk, Task], Awaitable[Reply]]


class Binding:
    """Answers the requests below /v2. `operations` are the handlers by the name of their operation."""

    def __init__(self, desk: Desk, operations: Mapping[str, Do]) -> None:
        self._desk = desk
        self._operations = dict(operations)

    async def __call__(self, ask: Ask) -> Reply:
        """One request; refusals get the bodies of Orion, and every answer the correlator that came."""
        try:
            async with self._desk.trust.reading():
                reply = await self._answer(ask)
        except Problem as problem:
            unknown = problem.code == "Unauthorized"
            reply = refuse(problem, [("www-authenticate", 'Bearer realm="kaiteki"')] if unknown else None)
        except StoreAway as away:
            reply = refuse(problem_of(away, ask.method), [AGAIN])
        told = ask.header("fiware-correlator")
        if told and len(told) <= CORRELATOR_LENGTH_MAX and _CORRELATOR.fullmatch(told):
            reply.headers.append(("fiware-correlator", told))
        return reply

    async def _answer(self, ask: Ask) -> Reply:
        place = locate(ask.path)
        if place is None:
            raise Problem("ResourceNotFound", f"there is no resource below {PREFIX} at this path", "path")
        operation = operation_at(place.template, ask.method)
        if operation is None:
            return _say_methods(ask.method, place.template)
        area = self._area(ask.header("fiware-service"))
        person = await self._person(ask.headers, area)
        reads(reader_of(person, action=f"v2.{operation.name}"))
        if operation.writes:
            self._desk.let_write(person)
        path = read_service_path(ask.header("fiware-servicepath"))
        task = Task(ask, operation, place, area, path, person, _parameters(ask.query, operation))
        return await self._operations[operation.name](self._desk, task)

    def _area(self, tenant: str | None) -> str:
        """The area of a Fiware-Service; as with Orion, capital letters mean small ones."""
        if not tenant:
            return self._desk.first_area
        name = tenant.lower()
        if name not in self._desk.areas:
            raise Problem("NonexistentTenant", f"there is no area {name[:64]} here", "Fiware-Service")
        return name

    async def _person(self, headers: HeaderMap, area: str) -> Person:
        """Who asks: by session or bearer token, or by the X-Auth-Token of FIWARE clients."""
        token = headers.get("x-auth-token")
        if token is not None and headers.get("authorization") is None:
            return await self._desk.who({"authorization": f"Bearer {token}"}, area)
        told = headers.get("authorization") is not None or headers.get("cookie") is not None
        return await self._desk.who(headers, area) if self._desk.is_open or told else NOBODY


def _parameters(query: str, operation: Operation) -> dict[str, str]:
    """What the operation knows of the query text; other names are passed over, as Orion does."""
    known = "&".join(part for part in query.split("&") if part.partition("=")[0] in operation.parameters)
    return read_parameters(known, operation.parameters)


def _say_methods(method: str, template: str) -> Reply:
    """The answer to OPTIONS (also to the preflight of a page of another origin), or 405."""
    allowed = ALLOWED[template]
    if method != "OPTIONS":
        return refuse(Problem("MethodNotAllowed", "method not allowed", "method"), [("allow", allowed)])
    return done(
        200,
        [
            ("allow", allowed),
            ("access-control-allow-methods", allowed),
            (
                "access-control-allow-headers",
                "Accept, Authorization, Content-Type, Fiware-Correlator, Fiware-Service, "
                "Fiware-ServicePath, Kaiteki-Purpose, X-API-Key, X-Auth-Token",
            ),
            ("access-control-max-age", str(PREFLIGHT_S)),
        ],
    )
