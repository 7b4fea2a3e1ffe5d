"""What an address of the site says to a method that it does not know: 405, and which it knows (RFC 9110, 15.5.6)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route

from kaiteki.api.bridge import Message
from kaiteki.api.problems import refuse_method

READ: Final = frozenset({"GET", "HEAD"})
PAGES: Final = READ | {"POST"}
"""What the pages of a portal are asked by: they are read, and their forms are sent."""


class UnknownMethods(BaseRoute):
    """Stands behind `routes` and before the pages, and refuses what none of them does. Reading goes by, so that it costs nothing."""

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        self._routes = tuple(one for one in routes if isinstance(one, Route) and one.methods is not None)

    def matches(self, scope: Message) -> tuple[Match, Message]:
        """Whether the path knows other methods than this one, or is that of a page, which nobody puts or deletes."""
        if scope["type"] != "http" or scope["method"] in READ:
            return Match.NONE, {}
        known = {
            method
            for route in self._routes
            if route.matches(scope)[0] is Match.PARTIAL
            for method in route.methods or ()
        }
        if not known and scope["method"] in PAGES:
            return Match.NONE, {}
        return Match.FULL, {"known": known or PAGES}

    async def handle(
        self,
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        """Refuse."""
        request = Request(scope)
        allowed = ", ".join(sorted(scope["known"]))
        said = refuse_method(
            request.method, request.url.path, allowed, [("access-control-allow-origin", "*")]
        )
        await Response(said.body, said.status, dict(said.headers))(scope, receive, send)
