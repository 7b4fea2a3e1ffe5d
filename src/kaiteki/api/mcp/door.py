"""`/mcp`: the protocol is read when it is first wanted, so that a node that nobody asks by it pays nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

import structlog
from starlette.responses import PlainTextResponse
from starlette.routing import BaseRoute, Route

from kaiteki.api.bridge import ASGIApp, Message
from kaiteki.api.mcp.doors import City

PATH: Final = "/mcp"
SPEAKING: Final = "kaiteki.api.mcp.speaking"
"""The module that needs the library."""
MISSING: Final = "This node has no library for the Model Context Protocol. Whoever runs it installs it with: pip install 'kaiteki[mcp]'\n"
SPOKEN_BY_POST: Final = (
    "Assistants ask here by POST (Model Context Protocol, streamable HTTP without sessions).\n"
)


class McpDoor:
    """The ASGI application at the path. The tools are at work from the first request until the node stops."""

    def __init__(self, city: Callable[[], City], version: str) -> None:
        self._city = city
        self._version = version
        self._speaker: ASGIApp | None = None
        self._opening = asyncio.Lock()
        self._working: asyncio.Task[None] | None = None

    async def __call__(self, scope: Message, receive: Any, send: Any) -> None:
        """Answer one request."""
        if find_spec("mcp") is None:
            await PlainTextResponse(MISSING, 501)(scope, receive, send)
            return
        if scope["method"] in ("GET", "HEAD", "DELETE"):
            # without sessions there is nothing to listen to, and nothing to end
            await PlainTextResponse(SPOKEN_BY_POST, 405, {"allow": "POST"})(scope, receive, send)
            return
        async with self._opening:
            if self._speaker is None:
                self._speaker = await self._open()
        await self._speaker(scope, receive, send)

    async def _open(self) -> ASGIApp:
        """Read the library beside the work of the node, and let the tools work in a task of their own."""
        speaking = await asyncio.to_thread(import_module, SPEAKING)
        speaker: Any = speaking.Speaker(self._city(), self._version)
        ready = asyncio.Event()

        async def work() -> None:
            async with speaker.at_work():
                ready.set()
                await asyncio.Event().wait()

        self._working = asyncio.create_task(work(), name="mcp")
        await ready.wait()
        structlog.get_logger("kaiteki.mcp").info("assistants may ask", path=PATH)
        return speaker


def mcp_routes(city: Callable[[], City], version: str) -> list[BaseRoute]:
    """The route of the tools."""
    return [Route(PATH, McpDoor(city, version), include_in_schema=False)]
