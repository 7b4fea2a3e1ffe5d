"""The protocol itself, spoken by the library `mcp`: streamable HTTP without sessions. Read when the first request comes."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Any

import mcp_types as types
import msgspec
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel.server import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.requests import Request

from kaiteki.api.bridge import Message
from kaiteki.api.mcp.doors import City, Visitor
from kaiteki.api.mcp.offers import INSTRUCTIONS, NAME, TOOLS, schema_of, use
from kaiteki.model.problem import Problem
from kaiteki.ports.outage import StoreAway

BODY_SIZE_MAX_BYTES = 200_000


class Speaker:
    """Answers requests of the protocol about a city."""

    def __init__(self, city: City, version: str) -> None:
        server = Server(
            NAME,
            version=version,
            instructions=INSTRUCTIONS,
            on_list_tools=_list,
            on_call_tool=self._call,
        )
        self._city = city
        self._manager = StreamableHTTPSessionManager(
            server, json_response=True, stateless=True, max_request_body_size=BODY_SIZE_MAX_BYTES
        )

    def at_work(self) -> AbstractAsyncContextManager[None]:
        """The speaker while it can answer."""
        return self._manager.run()

    async def __call__(self, scope: Message, receive: Any, send: Any) -> None:
        """Answer one request (ASGI)."""
        await self._manager.handle_request(scope, receive, send)

    async def _call(
        self, context: ServerRequestContext[Any, Any], params: types.CallToolRequestParams
    ) -> types.CallToolResult:
        request = context.request
        headers = dict(request.headers) if isinstance(request, Request) else {}
        try:
            answer = await use(Visitor(self._city, headers), params.name, params.arguments or {})
        except Problem as problem:
            return types.CallToolResult(
                content=[types.TextContent(type="text", text=f"{problem.code}: {problem.detail}")],
                is_error=True,
            )
        except StoreAway as away:
            told = f"ServiceUnavailable: {away.detail(writes=False)}"
            return types.CallToolResult(content=[types.TextContent(type="text", text=told)], is_error=True)
        text = msgspec.json.encode(answer).decode()
        return types.CallToolResult(
            content=[types.TextContent(type="text", text=text)], structured_content=answer
        )


async def _list(
    context: ServerRequestContext[Any, Any], params: types.PaginatedRequestParams | None
) -> types.ListToolsResult:
    hints = types.ToolAnnotations(read_only_hint=True, open_world_hint=False)
    return types.ListToolsResult(
        tools=[
            types.Tool(
                name=tool.name,
                title=tool.title,
                description=tool.description,
                input_schema=schema_of(tool),
                annotations=hints,
            )
            for tool in TOOLS
        ]
    )
