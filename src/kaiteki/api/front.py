"""The front of the node: one RSGI handler that gives hot paths to raw handlers and all others to the Starlette site."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from time import perf_counter
from typing import cast

import msgspec
import structlog
from granian._granian import RSGIProtocolClosed

from kaiteki.api.bridge import HUNG_UP_STATUS, ASGIApp, BrokenOff, serve_asgi
from kaiteki.api.exchange import PATH_LENGTH_MAX, QUERY_LENGTH_MAX, SAFE, Ask, Handler, Headers, Reply
from kaiteki.api.limits import NEVER, Limits
from kaiteki.api.problems import AGAIN, FAILED, problem_of, refuse
from kaiteki.api.proxies import Proxies
from kaiteki.api.rsgi import Exchange, Scope, Socket
from kaiteki.api.sockets import ask_of_socket, flow_by_socket, refusal
from kaiteki.api.tally import Tally
from kaiteki.api.turned_away import EVENTS, TurnedAway
from kaiteki.api.unread import NOTHING_LEFT, settle
from kaiteki.api.uses import ASSISTANTS, READ, Uses
from kaiteki.model.problem import Problem
from kaiteki.ports.outage import StoreAway

LIVE = Reply(
    200, [("content-type", "application/json"), ("cache-control", "no-store"), *SAFE], b'{"status":"up"}'
)
"""The constant answer of /health/live; `kaiteki bench` takes it as the limit of the machine."""

NOWHERE = Reply(404, [])
"""The answer to a WebSocket where there is none."""

HUNG_UP = Reply(HUNG_UP_STATUS, [])
"""What is counted where whoever asked hung up in the middle of the body; nobody reads it, and it is no fault of the node."""

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
TENANTS = {"ngsi-ld": "ngsild-tenant", "v2": "fiware-service"}
"""The header by which a request to a surface names its area."""
_TELLING = frozenset({"POST", "PUT", "PATCH"})
"""Methods whose body was read where they went well."""


def _never(_scope: Scope, _exchange: Exchange) -> None:
    """The answer of a surface that has no quicker way."""


class Hot(msgspec.Struct, frozen=True):
    """A surface with raw handlers: `at_once` answers what needs no task, or None; then `soon` may (its answer is awaited); then `handler` does."""

    handler: Handler
    at_once: Callable[[Scope, Exchange], Reply | None] = _never
    soon: Callable[[Scope, Exchange], Awaitable[Reply] | None] = _never


class Front:
    """Answers every request of a node. `hot` are the surfaces with raw handlers, by the first segment of their paths.

    Of what `proxies` hand on, they say from whom it comes; without them that is the other end of the connection.
    """

    def __init__(
        self,
        hot: Mapping[str, Hot],
        site: ASGIApp,
        tally: Tally,
        proxies: Proxies | None = None,
        limits: Limits | None = None,
    ) -> None:
        self._proxies = proxies or Proxies()
        self._limits = limits
        self._gap = limits.gap() if limits is not None else NEVER
        self._left = self._gap
        self._hot = dict(hot)
        self._site = site
        self._tally = tally
        self.uses: Uses | None = None
        """Who counts how much is used; None: nobody does."""
        self.turned_away: TurnedAway | None = None
        """Who tells the log of refusals; None: nobody does."""

    async def __rsgi__(self, scope: Scope, proto: Exchange | Socket) -> None:
        """One request. Nothing that happens here ends a connection without an answer."""
        if scope.proto == "ws":
            await self._serve_socket(scope, cast(Socket, proto))
        else:
            await self._serve(scope, cast(Exchange, proto))

    async def _serve_socket(self, scope: Scope, socket: Socket) -> None:
        """One WebSocket: the surface answers as it would a GET."""
        surface = scope.path.split("/", 2)[1] if scope.path.startswith("/") else ""
        hot, ask = self._hot.get(surface), ask_of_socket(scope)
        reply = await self._turn_away(scope) or refusal(ask)
        if reply is None:
            reply = await self._ask(hot.handler, ask) if hot is not None else NOWHERE
        status = reply.status if reply.parts is None else 101
        self._tally.answers[(surface if hot is not None else "pages", "GET", status)] += 1
        if self.uses is not None and status == 101:
            use = self.uses.of_stream(scope.headers.get(TENANTS["ngsi-ld"]))
            if use is not None:
                use.count += 1
        await flow_by_socket(reply, socket)

    async def _turn_away(self, scope: Scope) -> Reply | None:
        """The refusal of a WebSocket that is asked for too often: asking counts as any request does."""
        self._left -= 1
        refused = self._look(scope) if self._left <= 0 else None
        if refused is not None or self._limits is None:
            return refused
        try:
            admitted = await self._limits.admit(scope)
        except StoreAway as away:
            return refuse(problem_of(away, scope.method), [AGAIN])
        return admitted if isinstance(admitted, Reply) else None

    async def _serve(self, scope: Scope, proto: Exchange) -> None:
        path = scope.path
        if path == "/health/live":
            proto.response_bytes(LIVE.status, LIVE.headers, LIVE.body)
            return
        surface = path[1:].partition("/")[0] if path[:1] == "/" else ""
        hot = self._hot.get(surface)
        self._left -= 1
        if self._left <= 0 and (refused := self._look(scope)) is not None:
            self._count(scope, surface if hot is not None else "pages", "other", refused.status)
            left = await settle(scope, proto, refused.status)
            proto.response_bytes(refused.status, [*refused.headers, *left.headers, *SAFE], refused.body)
            await left.linger()
            return
        if hot is None:
            await self._serve_site(scope, proto, path)
            return
        method = scope.method
        left = NOTHING_LEFT
        reply = self._at_once(hot, scope, proto)
        if reply is None:
            reply = await self._answer(hot, scope, proto)
            if reply.status >= 400 or method not in _TELLING:
                left = await settle(scope, proto, reply.status)
        self._count(scope, surface, method if method in _METHODS else "other", reply.status)
        use = reply.use
        if use is not None:
            use.count += 1
        elif self.uses is not None and reply.status == 200 and method in READ:
            self._use_of_plane(self.uses, scope, surface, path)
        headers = [*reply.headers, *left.headers, *SAFE]
        if reply.parts is not None and method != "HEAD":
            await _flow(reply.parts, proto, reply.status, headers)
        elif method == "HEAD" or not reply.body:
            proto.response_empty(reply.status, headers)
        else:
            proto.response_bytes(reply.status, headers, reply.body)
        await left.linger()

    def _count(self, scope: Scope, surface: str, method: str, status: int) -> None:
        """Count an answer; the log is told of who was turned away."""
        self._tally.answers[(surface, method, status)] += 1
        if status in EVENTS and self.turned_away is not None:
            self.turned_away.tell(scope, surface, status)

    def _use_of_plane(self, uses: Uses, scope: Scope, surface: str, path: str) -> None:
        """Count what was read from the data plane; a POST reads where it asks."""
        if scope.method == "GET" or path.endswith("/query"):
            tenant = scope.headers.get(TENANTS.get(surface, ""))
            use = uses.of_plane(surface, tenant, path, scope.query_string)
            if use is not None:
                use.count += 1

    def _look(self, scope: Scope) -> Reply | None:
        """Count this request and those before it by the address that asks; the refusal where it asks too often."""
        if self._limits is None:
            return None
        refused = self._limits.look(scope, self._gap)
        self._gap = self._left = self._limits.gap()
        return refused

    def _at_once(self, hot: Hot, scope: Scope, proto: Exchange) -> Reply | None:
        try:
            return hot.at_once(scope, proto)
        except Exception:
            # what is answered at once has no handler around it: a bug ends here as it does in `_ask`
            return _failed(scope.method, scope.path)

    async def _answer(self, hot: Hot, scope: Scope, proto: Exchange) -> Reply:
        try:
            admitted = await self._limits.admit(scope) if self._limits is not None else ()
        except StoreAway as away:
            return refuse(problem_of(away, scope.method), [AGAIN])
        if isinstance(admitted, Reply):
            return admitted
        reply = await self._answer_admitted(hot, scope, proto)
        return msgspec.structs.replace(reply, headers=[*reply.headers, *admitted]) if admitted else reply

    async def _answer_admitted(self, hot: Hot, scope: Scope, proto: Exchange) -> Reply:
        try:
            soon = hot.soon(scope, proto)
            if soon is not None:
                return await soon
        except StoreAway as away:
            return refuse(problem_of(away, scope.method), [AGAIN])
        except RSGIProtocolClosed:
            return HUNG_UP
        except Exception:
            # a bug of a handler ends here: the log has it, the caller gets a refusal
            return _failed(scope.method, scope.path)
        ask = Ask(scope.method, scope.path, scope.query_string, scope.headers, proto, scope.client)
        return await self._ask(hot.handler, ask)

    async def _ask(self, handler: Handler, ask: Ask) -> Reply:
        if len(ask.path) > PATH_LENGTH_MAX or len(ask.query) > QUERY_LENGTH_MAX:
            return refuse(Problem("UriTooLong", f"at most {PATH_LENGTH_MAX} + {QUERY_LENGTH_MAX} characters"))
        try:
            return await handler(ask)
        except Problem as problem:
            return refuse(problem)
        except StoreAway as away:
            return refuse(problem_of(away, ask.method), [AGAIN])
        except RSGIProtocolClosed:
            return HUNG_UP
        except Exception:
            # the same for what is answered later
            return _failed(ask.method, ask.path)

    async def _serve_site(self, scope: Scope, proto: Exchange, path: str) -> None:
        began_s, failed = perf_counter(), FAILED
        try:
            admitted = await self._limits.admit(scope) if self._limits is not None else ()
            if isinstance(admitted, Reply):
                status, failed = 0, admitted
            else:
                status = await serve_asgi(self._site, scope, proto, self._proxies, admitted)
        except BrokenOff as broken:
            structlog.get_logger("kaiteki.front").exception("broken off", method=scope.method, path=path)
            status = broken.status
        except StoreAway as away:
            status, failed = 0, refuse(problem_of(away, scope.method), [AGAIN])
        except Exception:
            # a bug of a page that it could not answer itself; nothing is sent yet, so the caller gets a refusal
            structlog.get_logger("kaiteki.front").exception("unexpected", method=scope.method, path=path)
            status = 0
        if status == 0:
            left = await settle(scope, proto, failed.status)
            proto.response_bytes(failed.status, [*failed.headers, *left.headers, *SAFE], failed.body)
            await left.linger()
            status = failed.status
        method = scope.method if scope.method in _METHODS else "other"
        self._count(scope, "pages", method, status)
        if self.uses is not None and status == 200 and method in READ:
            use = self.uses.of_site(path)
            if use is not None and (method == "GET" or use.way == ASSISTANTS):
                use.count += 1
        structlog.get_logger("kaiteki.front").debug(
            "answered", method=method, path=path, status=status, took_s=perf_counter() - began_s
        )


def _failed(method: str, path: str) -> Reply:
    """The one place where a bug ends: the log has it whole, the caller gets no inner word."""
    structlog.get_logger("kaiteki.front").exception("unexpected", method=method, path=path)
    return FAILED


async def _flow(parts: AsyncGenerator[bytes], proto: Exchange, status: int, headers: Headers) -> None:
    """Answer in parts until they end or their reader leaves."""
    try:
        stream = proto.response_stream(status, headers)
        async for part in parts:
            await stream.send_bytes(part)
    except RSGIProtocolClosed:
        structlog.get_logger("kaiteki.front").debug("the reader of a stream left")
    except Exception:
        # the status has left already: the stream ends early, the log says why
        structlog.get_logger("kaiteki.front").exception("broken off")
    finally:
        await parts.aclose()
