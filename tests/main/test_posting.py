"""The postman: checked addresses, connections that stay open, time limits; whatever a receiver answers, the next letter goes out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from kaiteki.broker.outlets import LANES
from kaiteki.main.posting import Postman
from kaiteki.main.resolving import Resolver
from kaiteki.ports.outgoing import Letter, Unreachable

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Post:
    """A receiver that answers each request by the next of its answers; None ends the connection without a word."""

    def __init__(self) -> None:
        self.connections = 0
        self.requests: list[bytes] = []
        self.answer: Callable[[int], bytes | None] = lambda number: OK
        self.port = 0
        self.together = asyncio.Barrier(1)
        """How many requests are answered at once, when all of them are there."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self.connections += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = next(
                    int(line[16:]) for line in head.split(b"\r\n") if line.startswith(b"content-length: ")
                )
                self.requests.append(head + await reader.readexactly(length))
                answer = self.answer(len(self.requests))
                await self.together.wait()
                if answer is None:
                    break
                writer.write(answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            self.connections += 0
        finally:
            writer.close()

    def letter(self, host: str = "127.0.0.1", area: str = "demo", timeout_s: float = 5.0) -> Letter:
        """A letter to this receiver."""
        return Letter(area, f"http://{host}:{self.port}/n?a=b", (("x-key", "k"),), b'{"a": 1}', timeout_s)


@asynccontextmanager
async def posting() -> AsyncIterator[tuple[Post, Postman]]:
    """A receiver, and a postman who may write to it in the name of demo."""
    post = Post()
    server = await asyncio.start_server(post.serve, "127.0.0.1", 0)
    post.port = server.sockets[0].getsockname()[1]
    postman = Postman({"demo": frozenset({f"127.0.0.1:{post.port}"})})
    try:
        yield post, postman
    finally:
        postman.close()
        server.close()
        await server.wait_closed()
        await asyncio.sleep(0)


async def test_as_many_letters_are_under_way_as_an_endpoint_has_lanes() -> None:
    async with posting() as (post, postman):
        post.together = asyncio.Barrier(LANES)
        sent = await asyncio.gather(*(postman.send(post.letter()) for _ in range(2 * LANES)))
        assert sent == [200] * (2 * LANES)
        assert post.connections == LANES


async def test_letters_go_out_whole_over_one_connection() -> None:
    async with posting() as (post, postman):
        for _ in range(3):
            assert await postman.send(post.letter()) == 200
        assert post.connections == 1
        assert post.requests[0] == (
            b"POST /n?a=b HTTP/1.1\r\nhost: 127.0.0.1:%d\r\nx-key: k\r\ncontent-length: 8\r\n\r\n" % post.port
            + b'{"a": 1}'
        )


@pytest.mark.parametrize(
    ("answer", "status", "connections"),
    [
        (OK, 200, 1),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204, 1),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, 200, 1),
        (b"HTTP/1.1 302 Found\r\nlocation: http://10.0.0.1/\r\ncontent-length: 0\r\n\r\n", 302, 1),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", 200, 2),
        (b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok", 200, 2),
        (b"HTTP/1.0 500 Oops\r\ncontent-length: 0\r\n\r\n", 500, 2),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 999999999\r\n\r\n" + b"x" * 1000, 200, 2),
        (OK + b"more than was told", 200, 2),
    ],
)
async def test_whatever_is_answered_the_next_letter_goes_out(
    answer: bytes, status: int, connections: int
) -> None:
    async with posting() as (post, postman):
        post.answer = lambda number: answer if number == 1 else OK
        assert await postman.send(post.letter()) == status
        assert await postman.send(post.letter()) == 200
        assert post.connections == connections


@pytest.mark.parametrize("answer", [b"SSH-2.0-OpenSSH\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"x" * 20_000, None])
async def test_what_is_no_answer_is_unreachable(answer: bytes | None) -> None:
    async with posting() as (post, postman):
        post.answer = lambda number: answer
        with pytest.raises(Unreachable):
            await postman.send(post.letter())


async def test_a_connection_that_ended_meanwhile_is_made_again() -> None:
    async with posting() as (post, postman):
        post.answer = lambda number: None if number == 2 else OK
        assert await postman.send(post.letter()) == 200
        assert await postman.send(post.letter()) == 200
        assert (post.connections, len(post.requests)) == (2, 3)


async def test_late_answers_are_not_waited_for() -> None:
    async with posting() as (post, postman):
        post.answer = lambda number: b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n"
        with pytest.raises(Unreachable, match=r"longer than 0\.1 seconds"):
            await postman.send(post.letter(timeout_s=0.1))


async def test_only_public_addresses_and_those_of_the_area() -> None:
    async with posting() as (post, postman):
        for letter in (post.letter("localhost"), post.letter(area="chiba")):
            with pytest.raises(Unreachable, match="not on the public network"):
                await postman.send(letter)
        assert post.requests == []
        for url in ("http://nowhere.invalid/", "ftp://example.org/", "http://user@example.org/"):
            with pytest.raises(Unreachable):
                await postman.send(Letter("demo", url, (), b"", 5.0))


async def test_nobody_listens() -> None:
    async with posting() as (post, postman):
        letter = post.letter()
    with pytest.raises(Unreachable, match="cannot be reached"):
        await postman.send(letter)
    postman.close()


@pytest.mark.parametrize(
    ("url", "forbidden"),
    [
        ("http://10.0.0.1/n", True),
        ("https://[::1]:8443/n", True),
        ("http://localhost:9000", True),
        ("mqtt://192.168.1.2/topic", True),
        ("http://169.254.169.254/latest", True),
        ("http://192.168.7.7:9000/n", False),
        ("http://192.168.7.7:9001/n", True),
        ("http://1.1.1.1/n", False),
        ("http://receiver.example/n", False),
        ("http://[::1", True),
        ("", False),
    ],
)
def test_what_will_never_be_reached_is_known_before(url: str, forbidden: bool) -> None:
    resolver = Resolver({"demo": frozenset({"192.168.7.7:9000"})})
    assert resolver.forbids("demo", url) is forbidden
    assert resolver.forbids("chiba", url) is (forbidden or "192.168.7.7" in url)
