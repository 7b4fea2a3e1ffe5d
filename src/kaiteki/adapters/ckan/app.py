"""The addresses of the Action API: `/{area}/ckan/api/3/action/{action}`, also without the 3, by GET and POST, in CKAN's envelope."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from kaiteki.adapters.ckan.actions import ACTIONS
from kaiteki.adapters.ckan.bound import PREFIX, ROOT, Desk, Parts, Refusal, Repeated, index_keeper, invalid
from kaiteki.adapters.ckan.description import ROUTES, describe
from kaiteki.kit.manifest import Service
from kaiteki.model.entity import Json
from kaiteki.model.problem import Problem
from kaiteki.ports.outage import RETRY_AFTER_S, StoreAway

BODY_MAX_BYTES: Final = 100_000
_KEYS: Final = ("authorization", "x-api-key", "x-ckan-api-key")
_HEADERS: Final = {"access-control-allow-origin": "*"}


def routes(parts: Parts) -> list[BaseRoute]:
    """The addresses of every area of the node."""
    counter = _Counter(parts)
    return [
        *(Route(PREFIX + path, counter.answer, methods=["GET", "POST"]) for path in ROUTES),
        *(Route(PREFIX + path, counter.version, methods=["GET"]) for path in ("", "/3")),
        *(Route(ROOT + path, counter.index_page, methods=["GET"]) for path in ("", "/")),
    ]


def description(_services: Sequence[Service], areas: Sequence[str]) -> Mapping[str, Json]:
    """What `/openapi.json` says of this adapter."""
    return describe(areas)


class _Counter:
    """Finds out where and what, lets the action answer, and puts its answer into the envelope."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.index = index_keeper()

    async def index_page(self, request: Request) -> Response:
        """Where the API is: for whoever gives a program the address without `/api/3`. Browsers go on to the pages for developers."""
        name = str(request.path_params["area"])
        if name not in self.parts.areas:
            return _said(404, {"__type": "Not Found Error", "message": "Not found: area"}, "")
        accepted = request.headers.get("accept", "")
        if "text/html" in accepted and "json" not in accepted.partition("text/html")[0]:
            return RedirectResponse(f"/{name}/developers", 303, {**_HEADERS, "vary": "accept"})
        base = f"{request.url.scheme}://{request.url.netloc}/{name}"
        api = f"{base}/ckan/api/3"
        told = {
            "title": f"{self.parts.areas[name].words.en}: CKAN Action API",
            "version": 3,
            "api": api,
            "actions": {one: f"{api}/action/{one}" for one in ACTIONS},
            "documentation": f"{base}/developers",
        }
        return _reply(200, told, {"vary": "accept"})

    async def version(self, request: Request) -> Response:
        """Which version of the API is spoken."""
        if str(request.path_params["area"]) not in self.parts.areas:
            return _said(404, {"__type": "Not Found Error", "message": "Not found: area"}, "")
        return _reply(200, {"version": 3})

    async def answer(self, request: Request) -> Response:
        """Answer one action."""
        name = str(request.path_params["action"])
        base = f"{request.url.scheme}://{request.url.netloc}/{request.path_params['area']}"
        help_at = f"{base}/ckan/api/3/action/help_show?name={name[:60]}"
        try:
            action = ACTIONS.get(name)
            if action is None:
                raise Refusal(400, "Bad Request", message=f"Bad request - Action name not known: {name[:60]}")
            desk = await self._desk(request, base)
            result: Any = action.run(desk)
            result = await result if inspect.isawaitable(result) else result
        except Refusal as no:
            return _said(no.status, {"__type": no.kind, **no.said}, help_at)
        except Problem as problem:
            may_not = problem.code in ("Unauthorized", "Forbidden")
            kind = "Authorization Error" if may_not else "Validation Error"
            status = 403 if may_not else 409 if problem.status in (400, 403) else problem.status
            return _said(status, {"__type": kind, "message": problem.detail}, help_at)
        except StoreAway as away:
            said = {"__type": "Service Unavailable", "message": away.detail(writes=False)}
            return _said(503, said, help_at, {"retry-after": str(RETRY_AFTER_S)})
        return _reply(200, {"help": help_at, "success": True, "result": result})

    async def _desk(self, request: Request, base: str) -> Desk:
        name = str(request.path_params["area"])
        area = self.parts.areas.get(name)
        if area is None:
            raise Refusal(404, "Not Found Error", message=f"Not found: area {name[:60]}")
        # a key that is none is refused; what is open is the same for whoever asks, so who it is makes no difference
        await self.parts.who(_keys(request), name)
        city = self.parts.city(name)
        catalogue = await city.catalogue()
        return Desk(
            area=area,
            city=city,
            index=self.index(name, catalogue),
            now=self.parts.now(),
            base=base,
            version=self.parts.version,
            asked=await _asked(request),
        )


def _keys(request: Request) -> dict[str, str]:
    """What says who asks, as the node knows it: clients of CKAN send a bare key as Authorization or X-CKAN-API-Key."""
    told = {name: value for name in _KEYS if (value := request.headers.get(name))}
    bare = told.pop("x-ckan-api-key", "")
    if " " not in told.get("authorization", " "):
        bare = told.pop("authorization")
    return {"x-api-key": bare, **told} if bare else told


async def _asked(request: Request) -> dict[str, Any]:
    """The parameters: of the query, and of a body as JSON or as a form, which goes before it. A repeated one is a list."""
    query = request.query_params
    asked: dict[str, Any] = {
        name: values[0] if len(values := query.getlist(name)) == 1 else Repeated(values) for name in query
    }
    if request.method == "GET":
        return asked
    body = await request.body()
    if len(body) > BODY_MAX_BYTES:
        raise invalid("data", f"is longer than {BODY_MAX_BYTES} bytes")
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        form = await request.form(max_fields=100, max_files=0)
        sent = {name: [str(value) for value in form.getlist(name)] for name in form}
        return asked | {name: each[0] if len(each) == 1 else Repeated(each) for name, each in sent.items()}
    if not body.strip():
        return asked
    try:
        told: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError) as wrong:
        raise Refusal(
            400, "Bad Request", message="Bad request - JSON Error: Error decoding JSON data"
        ) from wrong
    if not isinstance(told, dict):
        raise Refusal(
            400, "Bad Request", message="Bad request - JSON Error: Request data JSON must be an object"
        )
    return asked | cast(dict[str, Any], told)


def _said(
    status: int, error: Mapping[str, Any], help_at: str, headers: Mapping[str, str] | None = None
) -> Response:
    return _reply(status, {"help": help_at, "success": False, "error": error}, headers)


def _reply(status: int, document: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    return Response(
        msgspec.json.encode(document), status, {**_HEADERS, **(headers or {})}, "application/json"
    )
