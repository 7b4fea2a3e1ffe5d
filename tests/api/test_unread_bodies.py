"""Whoever is refused with a body under way hears the answer, and the connection serves the next request unless the answer says that it ends."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterator
from contextlib import closing

import pytest

from kaiteki.api.exchange import REST_SIZE_MAX_BYTES
from node_under_test import NodeUnderTest
from waiting import LONG_S

ROUNDS = 12
REFUSALS = range(400, 500)
REFUSED: dict[str, tuple[str, str, dict[str, str], range]] = {
    "packed": ("POST", "/ngsi-ld/v1/entities", {"Content-Encoding": "gzip"}, range(415, 416)),
    "no JSON": ("POST", "/ngsi-ld/v1/entities", {"Content-Type": "text/plain"}, range(415, 416)),
    "packed for v2": ("POST", "/v2/entities", {"Content-Encoding": "gzip"}, range(415, 416)),
    "no such resource": ("POST", "/ngsi-ld/v1/nowhere", {}, range(404, 405)),
    "no such method": ("PUT", "/ngsi-ld/v1/types", {}, range(405, 406)),
    "a read with a body": ("GET", "/ngsi-ld/v1/types", {}, range(200, 201)),
    "a page that is not there": ("POST", "/demo/nowhere", {}, REFUSALS),
    "a page that takes nothing": ("POST", "/demo", {}, REFUSALS),
    "assistants": ("POST", "/mcp", {"Content-Type": "text/plain"}, REFUSALS),
}


def chunks(size_bytes: int) -> Iterator[bytes]:
    """A body in chunks of 64 kB."""
    for start in range(0, size_bytes, 65_536):
        yield b"x" * min(65_536, size_bytes - start)


def talk(node: NodeUnderTest) -> http.client.HTTPConnection:
    """A connection that does not open itself again."""
    line = http.client.HTTPConnection("127.0.0.1", node.port, timeout=LONG_S)
    line.connect()
    line.auto_open = 0
    return line


@pytest.mark.parametrize("size_bytes", [1_000, 100_000, 400_000, 3_000_000])
@pytest.mark.parametrize("name", REFUSED)
def test_the_next_request_is_answered(open_node: NodeUnderTest, name: str, size_bytes: int) -> None:
    method, path, headers, status = REFUSED[name]
    sent = {"Content-Type": "application/json", **headers}
    with closing(talk(open_node)) as line:
        for _ in range(ROUNDS):
            line.request(method, path, b"x" * size_bytes, sent)
            refused = line.getresponse()
            refused.read()
            assert refused.status in status and refused.getheader("connection") is None, name
            line.request("GET", "/health/live")
            reply = line.getresponse()
            assert (reply.status, reply.read()) == (200, b'{"status":"up"}')


def test_who_sends_in_chunks_and_too_much_hears_it(open_node: NodeUnderTest) -> None:
    with closing(talk(open_node)) as line:
        line.request(
            "POST",
            "/ngsi-ld/v1/entities",
            chunks(5_000_000),
            {"Content-Type": "application/json"},
            encode_chunked=False,
        )
        reply = line.getresponse()
        assert reply.status == 413 and b"PayloadTooLarge" in reply.read()


def test_who_sends_more_than_is_read_for_nothing_hears_that_the_connection_ends(
    open_node: NodeUnderTest,
) -> None:
    """The answer begins at once; what arrives until it was heard resets nothing."""
    head = (
        "POST /ngsi-ld/v1/entities HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Content-Length: {REST_SIZE_MAX_BYTES + 1}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", open_node.port), LONG_S) as line:
        line.sendall(head.encode() + b"x" * 20_000_000)
        answer = http.client.HTTPResponse(line)
        answer.begin()
        assert (answer.status, answer.getheader("connection")) == (413, "close")
        assert b"PayloadTooLarge" in answer.read()


def test_who_asks_before_sending_is_refused_without_a_body(open_node: NodeUnderTest) -> None:
    head = (
        "POST /ngsi-ld/v1/entities HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        "Content-Encoding: gzip\r\nExpect: 100-continue\r\nContent-Length: 100000\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", open_node.port), LONG_S) as line:
        line.sendall(head.encode())
        answer = b"".join(iter(lambda: line.recv(65_536), b"")).lower()
    assert answer.startswith(b"http/1.1 415") and b"\r\nconnection: close" in answer
