"""The log of an area for those who check it: `/{area}/audit/head`, `consistency` and, for who may see a line, `proof`.

Heads and proofs of consistency are hashes and are for everybody. A line with its proof is for whose data were read, for who did it,
and for those who look after the log.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Awaitable, Callable, Sequence

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kaiteki.api.persons import WhoAsks, for_themselves
from kaiteki.api.problems import refuse
from kaiteki.broker.auditing import line_of
from kaiteki.broker.proving import prove_growth, prove_line
from kaiteki.kit.city import Cities
from kaiteki.kit.engine import Asking
from kaiteki.kit.log_lines import concerns
from kaiteki.model.problem import Problem
from kaiteki.ports.ledger import Head, Ledger

NUMBER_DIGITS_MAX = 15
_Answer = Callable[[Request, str], Awaitable[Response]]


class Auditing(msgspec.Struct, frozen=True):
    """What the routes stand on."""

    ledger: Ledger
    cities: Cities
    who: WhoAsks
    areas: Sequence[str]


def audit_routes(parts: Auditing) -> list[Route]:
    """The routes, for the areas of a node."""

    async def head(request: Request, _area: str) -> Response:
        size = _number(request, "size", 0)
        return Response((await _head(parts.ledger, size)).note, media_type="text/plain")

    async def consistency(request: Request, _area: str) -> Response:
        before = _number(request, "before")
        newest = await _head(parts.ledger, 0)
        size = _number(request, "size", newest.size)
        if not 0 < before <= size <= newest.size:
            raise Problem("BadRequestData", f"0 < before <= size <= {newest.size}, what is signed", "before")
        hashes = await prove_growth(parts.ledger, before, size)
        told = {"before": before, "size": size, "proof": [b64encode(one).decode("ascii") for one in hashes]}
        return Response(msgspec.json.encode(told), media_type="application/json")

    async def proof(request: Request, area: str) -> Response:
        return await _proof(parts, request, area)

    return [
        Route(f"/{{area}}/audit/{name}", _guarded(parts, answer), methods=["GET"])
        for name, answer in (("head", head), ("consistency", consistency), ("proof", proof))
    ]


def _guarded(parts: Auditing, answer: _Answer) -> Callable[[Request], Awaitable[Response]]:
    async def guarded(request: Request) -> Response:
        area = str(request.path_params["area"])
        try:
            if area not in parts.areas:
                raise Problem("ResourceNotFound", f"there is no area {area[:64]} here", "area")
            return await answer(request, area)
        except Problem as problem:
            reply = refuse(problem)
            return Response(reply.body, reply.status, dict(reply.headers))

    return guarded


def _number(request: Request, name: str, otherwise: int | None = None) -> int:
    told = request.query_params.get(name)
    if told is None and otherwise is not None:
        return otherwise
    if told is None or not (told.isascii() and told.isdecimal() and len(told) <= NUMBER_DIGITS_MAX):
        raise Problem("BadRequestData", f"{name} is a whole number", name)
    return int(told)


async def _head(ledger: Ledger, size: int) -> Head:
    """The newest head, or the one over so many lines."""
    found = await ledger.heads(size + 1 if size else 0, 1)
    if not found or (size and found[0].size != size):
        raise Problem("ResourceNotFound", "there is no such head; nothing is signed of that length", "size")
    return found[0]


async def _proof(parts: Auditing, request: Request, area: str) -> Response:
    """A line with what proves it, for who may see it; for others there is none."""
    number = _number(request, "line")
    person = await for_themselves(parts.who)(request.headers, area)
    if not person.signed_in:
        raise Problem("Unauthorized", "lines of the log are shown to whom they concern")
    head = await _head(parts.ledger, 0)
    found = await prove_line(parts.ledger, number, head.size)
    city = parts.cities.of(Asking(area, person))
    if found is None or found.entry.area != area or not concerns(city, line_of(found.entry)):
        raise Problem("ResourceNotFound", "there is no such line for you under the newest head", "line")
    answer = Response(msgspec.json.encode(found.told(head.note)), media_type="application/json")
    answer.headers["cache-control"] = "private, no-store"
    answer.headers["content-disposition"] = f"inline; filename=proof-{number}.json"
    return answer
