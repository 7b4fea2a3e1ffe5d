"""Asking context sources: checked addresses, limits of size and time, no redirects, connections that stay open."""

import json
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec
import pytest

from kaiteki.main.outgoing import GuardedClient
from kaiteki.ports.outgoing import Question, Unreachable
from waiting import LONG_S

QUESTION = Question("demo", "GET", "", (("Accept", "application/json"), ("Via", "1.1 here")), b"", 5.0, 1000)


@contextmanager
def answering() -> Iterator[str]:
    """A source that tells what it was asked; `/large`, `/moved` and `/slow` do what they say."""
    stopped = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            sent = self.rfile.read(int(self.headers.get("content-length", 0)))
            told = [self.command, self.path, self.headers["via"], sent.decode(), self.client_address[1]]
            body = b"x" * 1001 if self.path == "/large" else json.dumps(told).encode()
            if self.path == "/slow":
                stopped.wait(LONG_S)
            self.send_response(302 if self.path == "/moved" else 200)
            self.send_header("Location", "/elsewhere")
            self.send_header("X-Twice", "one")
            self.send_header("X-Twice", "two")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            self.answer()

        def do_PATCH(self) -> None:
            self.answer()

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing is logged."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        stopped.set()
        server.shutdown()
        server.server_close()
        thread.join(LONG_S)


@pytest.fixture
async def client() -> AsyncIterator[GuardedClient]:
    asking = GuardedClient(receivers={"demo": frozenset({"127.0.0.1", "localhost"})})
    yield asking
    await asking.close()


def question(url: str, **members: Any) -> Question:
    return msgspec.structs.replace(QUESTION, url=url, **members)


async def test_a_request_goes_as_it_is_and_its_connection_stays_open(client: GuardedClient) -> None:
    with answering() as here:
        path = "/a%2Fb/urn:x?q=a%3D%3D%22b%22&type=A"
        first = await client.ask(question(here + path))
        second = await client.ask(question(f"{here}/p", method="PATCH", body=b"{}"))
        (one, other) = (json.loads(answered.body) for answered in (first, second))
        assert (one[:4], other[:4]) == (["GET", path, "1.1 here", ""], ["PATCH", "/p", "1.1 here", "{}"])
        assert one[4] == other[4]
        assert (first.status, first.headers["x-twice"]) == (200, "one")


async def test_redirects_are_not_followed(client: GuardedClient) -> None:
    with answering() as here:
        assert (await client.ask(question(f"{here}/moved"))).status == 302


@pytest.mark.parametrize("path", ["/large", "/slow"])
async def test_what_is_too_large_or_too_slow_is_unreachable(client: GuardedClient, path: str) -> None:
    with answering() as here, pytest.raises(Unreachable):
        await client.ask(question(here + path, timeout_s=0.2))


async def test_hosts_of_an_own_network_are_asked_in_the_name_of_their_area_alone(
    client: GuardedClient,
) -> None:
    with answering() as here:
        for url in (here, here.replace("127.0.0.1", "localhost")):
            assert (await client.ask(question(f"{url}/a"))).status == 200
            with pytest.raises(Unreachable, match="not on the public network"):
                await client.ask(question(f"{url}/a", area="chiba"))


async def test_nobody_there_is_unreachable(client: GuardedClient) -> None:
    for url in ("http://127.0.0.1:1/", "ftp://127.0.0.1/", "http://no.such.host.invalid/"):
        with pytest.raises(Unreachable):
            await client.ask(question(url))
