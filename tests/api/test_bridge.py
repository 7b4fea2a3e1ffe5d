"""The bridge to the site: answers in parts go out as a stream, and one that began is never followed by another answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from granian.rsgi import ProtocolClosed
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Mount
from structlog.testing import capture_logs

from kaiteki.api.bridge import Message
from kaiteki.api.exchange import Ask, Reply
from kaiteki.api.front import Front, Hot
from kaiteki.api.proxies import Proxies
from kaiteki.api.rsgi import Exchange
from kaiteki.api.tally import Tally


class _Scope(msgspec.Struct, frozen=True):
    method: str = "GET"
    path: str = "/demo/places.csv"
    query_string: str = ""
    headers: Mapping[str, str] = {}
    client: str = "192.0.2.1:4000"
    proto: str = "http"
    http_version: str = "1.1"
    server: str = "localhost:80"
    scheme: str = "http"


class Reader:
    """A reader at the other end; `answers` are the answers that began.

    It may leave when so many parts have come, or hang up, so that the next part finds nobody.
    """

    def __init__(self, leaves_after: int | None = None, hangs_up_after: int | None = None) -> None:
        self.answers: list[tuple[str, int]] = []
        self.parts: list[bytes] = []
        self._leaves_after = leaves_after
        self._hangs_up_after = hangs_up_after

    async def __call__(self) -> bytes:
        return b""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in ():
            yield chunk

    async def client_disconnect(self) -> None:
        while self._leaves_after is None or len(self.parts) < self._leaves_after:
            await _turn()

    def response_empty(self, status: int, headers: Sequence[tuple[str, str]]) -> None:
        self.answers.append(("empty", status))

    def response_bytes(self, status: int, headers: Sequence[tuple[str, str]], body: bytes) -> None:
        self.answers.append(("whole", status))

    def response_stream(self, status: int, headers: Sequence[tuple[str, str]]) -> Reader:
        self.answers.append(("stream", status))
        return self

    async def send_bytes(self, data: bytes) -> None:
        if self._hangs_up_after is not None and len(self.parts) >= self._hangs_up_after:
            raise ProtocolClosed
        self.parts.append(data)
        await _turn()


async def _turn() -> None:
    await asyncio.sleep(0)


def site(parts: int, fails: bool = False) -> Any:
    """A site that answers everything in so many parts, and then fails."""

    async def made() -> AsyncIterator[bytes]:
        for number in range(parts):
            yield str(number).encode()
            await _turn()
        if fails:
            raise LookupError("the rest cannot be read")

    async def answer(scope: Message, receive: Any, send: Any) -> None:
        await StreamingResponse(made())(scope, receive, send)

    return answer


@pytest.mark.parametrize(
    ("reader", "fails", "parts", "told"),
    [
        (Reader(), False, {5}, []),
        (Reader(leaves_after=2), False, {2, 3, 4}, []),
        (Reader(hangs_up_after=2), False, {2}, []),
        (Reader(), True, {5}, ["broken off"]),
    ],
    ids=["read whole", "left", "hung up", "failed under way"],
)
async def test_a_stream_is_the_only_answer_however_it_ends(
    reader: Reader, fails: bool, parts: set[int], told: list[str]
) -> None:
    tally = Tally()
    with capture_logs() as logs:
        await Front({}, site(5, fails), tally).__rsgi__(_Scope(), reader)
    assert reader.answers == [("stream", 200)]
    assert len(reader.parts) in parts
    assert dict(tally.answers) == {("pages", "GET", 200): 1}
    assert [entry["event"] for entry in logs if entry["log_level"] == "error"] == told


class Quitter(Reader):
    """Somebody who hangs up in the middle of the body."""

    async def __call__(self) -> bytes:
        raise ProtocolClosed

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b'{"id":'
        raise ProtocolClosed


async def _reads_whole(scope: Message, receive: Any, send: Any) -> None:
    await PlainTextResponse(await Request(scope, receive).body())(scope, receive, send)


async def _reads_as_far_as_it_comes(scope: Message, receive: Any, send: Any) -> None:
    with suppress(ClientDisconnect):
        await Request(scope, receive).body()
    await PlainTextResponse("this cannot be read", 400)(scope, receive, send)


async def _read(ask: Ask) -> Reply:
    return Reply(201, [], await ask.body())


async def _read_soon(proto: Exchange) -> Reply:
    return Reply(201, [], await proto())


@pytest.mark.parametrize(
    "page", [_reads_whole, _reads_as_far_as_it_comes, Starlette(routes=[Mount("/", _reads_whole)])]
)
@pytest.mark.parametrize(
    "hot",
    [
        {},
        {"demo": Hot(_read)},
        {"demo": Hot(_read, soon=lambda _, proto: _read_soon(proto))},
    ],
    ids=["page", "handler", "soon"],
)
@pytest.mark.parametrize("headers", [{}, {"content-length": "100"}], ids=["in chunks", "whole"])
async def test_who_hangs_up_in_the_middle_of_a_body_is_counted_and_no_fault(
    page: Any, hot: dict[str, Hot], headers: dict[str, str]
) -> None:
    tally = Tally()
    with capture_logs() as logs:
        await Front(hot, page, tally).__rsgi__(_Scope("POST", headers=headers), Quitter())
    assert dict(tally.answers) == {("demo" if hot else "pages", "POST", 499): 1}
    assert not [entry for entry in logs if entry["log_level"] in ("warning", "error")]


async def test_what_fails_before_its_first_part_is_a_failure() -> None:
    reader = Reader()
    await Front({}, site(0, fails=True), Tally()).__rsgi__(_Scope(), reader)
    assert reader.answers == [("whole", 500)]


async def test_a_request_comes_from_who_stands_behind_the_proxy() -> None:
    """Behind a proxy that the operator names, each sender counts for themselves; without one the header says nothing."""
    seen: list[Any] = []

    async def app(scope: Message, receive: Any, send: Any) -> None:
        seen.append(scope["client"])
        await PlainTextResponse("ok")(scope, receive, send)

    asked = _Scope(headers={"x-forwarded-for": "198.51.100.9, 203.0.113.7"})
    for proxies in (None, Proxies(("192.0.2.0/24",))):
        await Front({}, app, Tally(), proxies).__rsgi__(asked, Reader())
    assert seen == [("192.0.2.1", 4000), ("203.0.113.7", 4000)]
