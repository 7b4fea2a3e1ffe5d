"""What is asked for below the OGC API where nothing is: refused as all its addresses refuse, not by a page of the portal.

It is no address of its own, so no description names it; sending something there is refused by those who know the methods.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import Receive, Scope, Send

from kaiteki.adapters.ogc.bound import PREFIX
from kaiteki.model.problem import Problem

NAMED_MAX: Final = 120
"""Characters of the path that the refusal repeats."""


class Nowhere(BaseRoute):
    """Stands behind the addresses of the API, and hands what is read below it and matches none of them to `answer`."""

    def __init__(self, answer: Callable[[Request], Awaitable[Response]]) -> None:
        self._route = Route(f"{PREFIX}/{{rest:path}}", answer, methods=["GET"])

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether something below the API is read."""
        match, told = self._route.matches(scope)
        return (match, told) if match is Match.FULL else (Match.NONE, {})

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse it."""
        await self._route.handle(scope, receive, send)


def problem_of(request: Request) -> Problem:
    """There is nothing at the path."""
    return Problem(
        "ResourceNotFound", f"there is nothing at {str(request.path_params['rest'])[:NAMED_MAX]} here"
    )
