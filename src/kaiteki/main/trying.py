"""Sends an example of the page for developers to this very node, as anybody would: no cookie, no key, no address, at most so much."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from starlette.applications import Starlette

from kaiteki.api.exchange import Ask, Handler, Reply
from kaiteki.api.problems import refuse
from kaiteki.model.problem import Problem
from kaiteki.portal.examples import SHOWN_MAX, Tried, Try

TAKEN_MAX_BYTES: Final = 4 * SHOWN_MAX
"""What is taken of an answer before it is closed: so many characters of Japanese at least."""
TIMEOUT_S: Final = 10.0


class _Body:
    """The body of an example."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    async def __call__(self) -> bytes:
        return self._content

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._content


class Trial:
    """Tries examples. `planes` are the raw handlers by the first part of their paths; `site` answers all other paths."""

    def __init__(self, planes: Mapping[str, Handler], site: Callable[[], Starlette]) -> None:
        self._planes = planes
        self._site = site

    async def __call__(self, one: Try, origin: str) -> Tried:
        """The beginning of what the node answers; 504 where it took longer than TIMEOUT_S."""
        path, _, query = one.target.partition("?")
        headers = {name.lower(): value for name, value in one.headers.items()} | {
            "host": urlsplit(origin).netloc
        }
        plane = self._planes.get(path[1:].partition("/")[0])
        try:
            async with asyncio.timeout(TIMEOUT_S):
                if plane is None:
                    return await self._of_site(one, headers, urlsplit(origin).scheme)
                ask = Ask(one.method, unquote(path), query, headers, _Body(one.body.encode()))
                return _tried(await _answered(plane, ask))
        except TimeoutError:
            return Tried(504, "text/plain", "", False)

    async def _of_site(self, one: Try, headers: dict[str, str], scheme: str) -> Tried:
        """Ask the site, and take no more of its answer than is shown."""
        path, _, query = one.target.partition("?")
        scope: dict[str, Any] = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": one.method, "scheme": scheme,
            "path": unquote(path), "raw_path": path.encode(), "query_string": query.encode(), "root_path": "",
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "client": None, "server": ("localhost", 80),
        }  # fmt: skip
        told, taken, enough = dict[str, Any](), bytearray(), asyncio.Event()
        sent = False

        async def receive() -> dict[str, Any]:
            nonlocal sent
            if sent:
                await enough.wait()
                return {"type": "http.disconnect"}
            sent = True
            return {"type": "http.request", "body": one.body.encode(), "more_body": False}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                told.update(message)
                return
            taken.extend(message.get("body", b""))
            if not message.get("more_body") or len(taken) > TAKEN_MAX_BYTES:
                enough.set()

        answering = asyncio.create_task(self._site()(scope, receive, send))
        waiting = asyncio.create_task(enough.wait())
        try:
            await asyncio.wait((answering, waiting), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (answering, waiting):
                task.cancel()
            failed, _ = await asyncio.gather(answering, waiting, return_exceptions=True)
        if isinstance(failed, Exception):
            raise failed
        kind = dict(told.get("headers", ())).get(b"content-type", b"").decode("latin-1")
        return tried(int(told.get("status", 500)), kind, bytes(taken))


async def _answered(plane: Handler, ask: Ask) -> Reply:
    try:
        return await plane(ask)
    except Problem as problem:
        return refuse(problem)


def _tried(reply: Reply) -> Tried:
    return tried(reply.status, dict(reply.headers).get("content-type", ""), reply.body)


def tried(status: int, media_type: str, body: bytes) -> Tried:
    """The beginning of an answer as text; what is cut in the middle of a letter ends before it."""
    text = body[:TAKEN_MAX_BYTES].decode("utf-8-sig", errors="ignore")
    return Tried(status, media_type, text[:SHOWN_MAX], len(body) > TAKEN_MAX_BYTES or len(text) > SHOWN_MAX)
