"""The NGSI-LD binding: a request in, the operation found and asked, its answer out (ETSI GS CIM 009 V1.9.1 clause 6)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeAlias

import msgspec

from kaiteki.api.exchange import Ask, Headers, Reply
from kaiteki.api.ngsi_ld.desk import Desk
from kaiteki.api.ngsi_ld.negotiation import JSON, told_version
from kaiteki.api.ngsi_ld.operations import Operation
from kaiteki.api.ngsi_ld.places import ALLOWED, PREFIX, locate, operation_at, patchable
from kaiteki.api.ngsi_ld.snapshotting import HEADER as SNAPSHOT
from kaiteki.api.ngsi_ld.snapshotting import desk_within
from kaiteki.api.ngsi_ld.task import EXPOSED, OPEN_TO_ALL, Task, done
from kaiteki.api.parameters import read_parameters
from kaiteki.api.problems import AGAIN, problem_of, refuse, refuse_method
from kaiteki.broker.asking import read_flag
from kaiteki.broker.opening import reader_of, reads
from kaiteki.model.access import NOBODY
from kaiteki.model.problem import Problem
from kaiteki.ports.outage import StoreAway

VERSIONED: Final = frozenset({"retrieveEntity", "queryEntities", "queryBatch"})
"""Operations that answer with entities, as the version of the standard has them that is preferred."""
HEARING: Final = "takeSourceNotification"
ID_LENGTH_MAX: Final = 1024
PREFLIGHT_S: Final = 86_400


Do: TypeAlias = Callable[[Desk, Task], Awaitable[Reply]]


DOORS: Final = ("/ngsi-ld", PREFIX.rstrip("/"))
LINKS: Final = msgspec.json.encode(
    {
        "title": "NGSI-LD (ETSI GS CIM 009 V1.9.1)",
        "description_url": "/openapi.json",
        **{f"{path[1:]}_url": PREFIX + path[1:] for path in sorted(ALLOWED) if path.count("/") == 1},
    }
)
"""What stands below, for those who ask for the address by itself."""


class Binding:
    """Answers the requests below /ngsi-ld/v1. `operations` are the handlers by the name of their operation."""

    def __init__(self, desk: Desk, operations: Mapping[str, Do]) -> None:
        self._desk = desk
        self._operations = dict(operations)

    async def __call__(self, ask: Ask) -> Reply:
        """One request; expected refusals become problem details that pages of other origins may read."""
        try:
            async with self._desk.trust.reading():
                return await self._answer(ask)
        except Problem as problem:
            return refuse_openly(problem)
        except StoreAway as away:
            return say_away(away, ask.method)

    async def _answer(self, ask: Ask) -> Reply:
        place = locate(ask.path)
        if place is None:
            return _stand_at_the_door(ask)
        operation = operation_at(place.template, ask.method)
        if operation is None:
            return _say_methods(ask.method, place.template)
        if len(place.id) > ID_LENGTH_MAX or len(place.name) > ID_LENGTH_MAX:
            raise Problem("BadRequestData", f"ids and names have up to {ID_LENGTH_MAX} characters", "id")
        headers = ask.headers
        # whom a source tells says the token alone: the source has tenants of its own
        tenant = headers.get("ngsild-tenant") if operation.name != HEARING else None
        area = self._area(tenant) if tenant is not None else self._desk.first_area
        person = NOBODY
        if (
            self._desk.is_open
            or headers.get("authorization") is not None
            or headers.get("cookie") is not None
        ):
            person = await self._desk.who(headers, area)
        reads(reader_of(person, action=operation.name))
        if operation.writes:
            self._desk.let_write(person)
        parameters = read_parameters(ask.query, operation.parameters)
        if "local" in parameters:
            read_flag(parameters, "local")
        task = Task(ask, operation, place, area, person, parameters)
        snapshot = headers.get(SNAPSHOT)
        desk = desk_within(self._desk, task, snapshot) if snapshot else self._desk
        reply = await self._operations[operation.name](desk, task)
        if snapshot:
            reply.headers.append((SNAPSHOT, snapshot))
        _acknowledge(ask, operation, tenant, reply.headers)
        return reply

    def _area(self, tenant: str) -> str:
        if tenant not in self._desk.areas:
            raise Problem("NonexistentTenant", f"there is no area {tenant[:64]} here", "NGSILD-Tenant")
        return tenant


def _stand_at_the_door(ask: Ask) -> Reply:
    """The resources that there are, or the refusal for one that is not among them."""
    if ask.path.rstrip("/") in DOORS and ask.method in ("GET", "HEAD"):
        return Reply(200, [("content-type", JSON), OPEN_TO_ALL, EXPOSED], LINKS)
    names = "; GET /ngsi-ld/v1 names those that there are"
    raise Problem("ResourceNotFound", f"there is no resource at this path{names}", "path")


def _acknowledge(ask: Ask, operation: Operation, tenant: str | None, headers: Headers) -> None:
    """Say which tenant and which preferences were followed (clauses 6.3.14 and 6.3.18)."""
    if tenant is not None:
        headers.append(("ngsild-tenant", tenant))
    minor = told_version(ask.header("prefer"))
    if minor is not None and operation.name in VERSIONED:
        headers.append(("preference-applied", f"ngsi-ld=1.{minor}"))


def say_away(away: StoreAway, method: str) -> Reply:
    """503 while the place where things are kept is away."""
    return refuse(problem_of(away, method), [OPEN_TO_ALL, EXPOSED, AGAIN])


def refuse_openly(problem: Problem) -> Reply:
    """A refusal that pages of other origins may read."""
    headers: Headers = [OPEN_TO_ALL, EXPOSED]
    if problem.code == "Unauthorized":
        headers.append(("www-authenticate", 'Bearer realm="kaiteki"'))
    return refuse(problem, headers)


def _say_methods(method: str, template: str) -> Reply:
    """The answer to OPTIONS (also to the preflight of a page of another origin), or 405."""
    allowed, patches = ALLOWED[template], patchable(template)
    if method != "OPTIONS":
        return refuse_method(method, template, allowed, [OPEN_TO_ALL, EXPOSED])
    return done(
        204,
        [
            ("allow", allowed),
            *([("accept-patch", patches)] if patches else []),
            ("access-control-allow-methods", allowed),
            (
                "access-control-allow-headers",
                "Accept, Authorization, Content-Type, If-None-Match, Kaiteki-Purpose, Last-Event-ID, Link, "
                "NGSILD-EntityMap, NGSILD-Snapshot, NGSILD-Tenant, Prefer, X-API-Key",
            ),
            ("access-control-max-age", str(PREFLIGHT_S)),
        ],
    )
