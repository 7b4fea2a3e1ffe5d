"""What a server can do to whoever asks it: lead elsewhere, drip, swell, unpack, never end. All of it on this machine."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, Final

import pytest

from kaiteki.main import outgoing
from kaiteki.main.outgoing import GuardedClient
from kaiteki.ports.outgoing import Answered, Letter, Question, Unreachable
from waiting import LONG_S

SIZE_MAX_BYTES: Final = 100_000
NAME: Final = "public.example"
_HEAD: Final = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
_BOMB: Final = gzip.compress(b" " * 5_000_000 + b"{}", 1)


class Hostile:
    """A server on the loopback that does what the path says. `asked` are the first lines of requests, `left` tells that somebody hung up."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.left = asyncio.Event()
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        try:
            line, *_ = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            self.asked.append(line)
            await self._answer(line.split()[1], writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            self.left.set()
        finally:
            writer.close()

    async def _answer(self, path: str, writer: asyncio.StreamWriter) -> None:
        fixed = {
            "/ok": _HEAD + b"content-length: 2\r\n\r\n{}",
            "/round": b"HTTP/1.1 302 Found\r\nlocation: /round\r\ncontent-length: 0\r\n\r\n",
            "/inside": b"HTTP/1.1 302 Found\r\nlocation: http://127.1:%d/ok\r\ncontent-length: 0\r\n\r\n"
            % self.port,
            "/file": b"HTTP/1.1 302 Found\r\nlocation: file:///etc/passwd\r\ncontent-length: 0\r\n\r\n",
            "/packed": _HEAD + b"content-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(_BOMB) + _BOMB,
            "/large": _HEAD + b"content-length: 100001\r\n\r\n" + b" " * 100_001,
            "/deep": _HEAD + b"content-length: 100000\r\n\r\n" + b"[" * 100_000,
            "/none": b"",
            "/noise": b"\x00\xff" * 5000 + b"\r\n\r\n",
        }
        if path in fixed:
            writer.write(fixed[path])
            await writer.drain()
            return
        drips = {
            "/slow-head": (b"HTTP/1.1 200 OK\r\n", b"x-a: b\r\n", 0.01),
            "/slow-body": (_HEAD + b"content-length: 99999\r\n\r\n", b" ", 0.01),
            "/endless": (
                _HEAD + b"transfer-encoding: chunked\r\n\r\n",
                b"4000\r\n" + b" " * 0x4000 + b"\r\n",
                0,
            ),
            "/heads": (b"HTTP/1.1 200 OK\r\n", b"x-a: " + b"b" * 60_000 + b"\r\n", 0),
        }
        first, then, pause_s = drips[path]
        writer.write(first)
        while True:
            writer.write(then)
            await writer.drain()
            await asyncio.sleep(pause_s)


@asynccontextmanager
async def hostile() -> AsyncIterator[Hostile]:
    """The server while it runs."""
    server = Hostile()
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
        await listening.wait_closed()


@pytest.fixture
async def client(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[GuardedClient]:
    """A client whose look-up finds everything on this machine; one name is known as the own."""
    monkeypatch.setattr(outgoing, "TIMEOUT_S", LONG_S)
    monkeypatch.setattr(outgoing, "TOTAL_TIMEOUT_S", LONG_S)
    own = frozenset({NAME})
    guarded = GuardedClient(own, {"demo": own}, lambda host, port: ["127.0.0.1"])
    yield guarded
    await guarded.close()


def asking(url: str) -> Question:
    """A question with limits."""
    return Question("demo", "GET", url, (), b"", 0.25, SIZE_MAX_BYTES)


ENDLESS: Final = ("/none", "/slow-head", "/slow-body", "/endless")
BAD: Final = (*("/packed", "/large", "/none", "/noise", "/slow-head", "/slow-body", "/endless", "/heads"),)


@pytest.mark.parametrize("path", [*BAD, "/round", "/inside", "/file", "/deep"])
async def test_no_document_comes_of_it(
    client: GuardedClient, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if path in ENDLESS:
        # nothing but time ends these
        monkeypatch.setattr(outgoing, "TIMEOUT_S", 0.3)
        monkeypatch.setattr(outgoing, "TOTAL_TIMEOUT_S", 0.4)
    async with hostile() as there, asyncio.timeout(LONG_S):
        with pytest.raises(Unreachable):
            await client.fetch_json(f"http://{NAME}:{there.port}{path}")
        if path in ("/slow-head", "/slow-body", "/endless") and there.asked:
            await there.left.wait()
        # where nothing but time ends it, a slow machine may not even have asked
        asked = range(2) if path in ENDLESS else [outgoing.REDIRECTS_MAX + 1 if path == "/round" else 1]
        assert len(there.asked) in asked


@pytest.mark.parametrize("path", BAD)
async def test_no_answer_of_a_source_comes_of_it(client: GuardedClient, path: str) -> None:
    async with hostile() as there, asyncio.timeout(LONG_S):
        with pytest.raises(Unreachable):
            await client.ask(asking(f"http://{NAME}:{there.port}{path}"))


@pytest.mark.parametrize("path", ["/none", "/noise", "/slow-head", "/heads"])
async def test_no_letter_waits_for_it(client: GuardedClient, path: str) -> None:
    async with hostile() as there, asyncio.timeout(LONG_S):
        with pytest.raises(Unreachable):
            await client.send(Letter("demo", f"http://{NAME}:{there.port}{path}", (), b"{}", 0.25))


async def test_redirects_of_sources_and_receivers_are_not_followed(client: GuardedClient) -> None:
    async with hostile() as there:
        url = f"http://{NAME}:{there.port}/inside"
        assert (await client.ask(asking(url))).status == 302
        assert await client.send(Letter("demo", url, (), b"{}", 1.0)) == 302
        assert len(there.asked) == 2


Doing = Callable[[GuardedClient, str], Coroutine[Any, Any, bytes | int | Answered]]
WAYS: Final[dict[str, Doing]] = {
    "fetch": lambda client, url: client.fetch_bytes(url, "*/*", SIZE_MAX_BYTES),
    "ask": lambda client, url: client.ask(asking(url)),
    "send": lambda client, url: client.send(Letter("demo", url, (), b"{}", 0.25)),
    "publish": lambda client, url: client.send(Letter("demo", f"mqtt{url[4:]}/t", (), b"{}", 0.25)),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "answers",
    [
        (["2d00::1"], ["127.0.0.1"]),
        (["2d00::1", "127.0.0.1"],),
        (["127.0.0.1"],),
        (["::ffff:127.0.0.1"],),
        ([],),
    ],
)
async def test_an_answer_that_changes_leads_nowhere(
    monkeypatch: pytest.MonkeyPatch, way: str, answers: tuple[list[str], ...]
) -> None:
    """The first look-up tells an address of the public network (where nobody is), any further one this machine."""
    monkeypatch.setattr(outgoing, "TIMEOUT_S", 0.3)
    monkeypatch.setattr("kaiteki.main.resolving.PORTS_ALLOWED", range(65536))
    looked: list[str] = []

    def finds(host: str, port: int) -> list[str]:
        looked.append(host)
        return answers[min(len(looked), len(answers)) - 1]

    client = GuardedClient(finds=finds)
    async with hostile() as there, asyncio.timeout(LONG_S):
        with pytest.raises(Unreachable):
            await WAYS[way](client, f"http://changing.example:{there.port}/ok")
        assert there.asked == []
        assert set(looked) == {"changing.example"}
    await client.close()


@pytest.mark.parametrize("way", ["fetch", "ask", "send"])
async def test_proxies_of_the_environment_are_not_asked(
    monkeypatch: pytest.MonkeyPatch, client: GuardedClient, way: str
) -> None:
    async with hostile() as there, hostile() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "https_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        await WAYS[way](client, f"http://{NAME}:{there.port}/ok")
        assert (proxy.asked, len(there.asked)) == ([], 1)
