"""Whatever a client sends over a WebSocket: the connection ends or goes on, others are answered, no memory is lost and no stream is left open."""

from __future__ import annotations

import json
import os
import struct
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Final

import pytest

from fuzz.frames import BINARY, CLOSE, CONTINUED, PING, PONG, TEXT, Line, Told, frame, length
from fuzz.mutating import mutate
from kaiteki.api.ngsi_ld.streams import OWN_MAX
from kaiteki.api.sockets import HEARD_BYTES_MAX, HEARD_MAX
from node_under_test import NodeUnderTest, start_node, stop_node
from waiting import LONG_S

INPUTS: Final = int(os.environ.get("KAITEKI_FUZZ_INPUTS", "20")) * 25
SEED: Final = os.environ.get("KAITEKI_FUZZ_SEED", "0")
GROWTH_MAX_MB: Final = 160
"""What a node may grow by: what Granian allows one message (64 MiB), twice, since Python gets it as well, and what allocators keep."""
MIB: Final = 1 << 20
BOMB: Final = zlib.compress(bytes(20 * MIB), 9)[2:-4]

GOES_ON: Final = {
    "nothing": b"",
    "a text": frame(TEXT, "知らせ".encode()),
    "an empty text": frame(TEXT),
    "bytes": frame(BINARY, bytes(range(256))),
    "a text in three parts": frame(TEXT, b"a", end=False)
    + frame(CONTINUED, b"b", end=False)
    + frame(CONTINUED, b"c"),
    "a letter cut in two parts": frame(TEXT, b"\xe7\x9f", end=False) + frame(CONTINUED, b"\xa5"),
    "a ping between two parts": frame(TEXT, b"a", end=False) + frame(PING, b"?") + frame(CONTINUED, b"b"),
    "empty parts": frame(TEXT, end=False) + frame(CONTINUED, end=False) * 50 + frame(CONTINUED),
    "a pong that nobody asked for": frame(PONG, b"x" * 125),
    "a mask of zeros": frame(TEXT, b"a", mask=bytes(4)),
    "half a frame": frame(TEXT, b"abc")[:-2],
    "the first byte of a frame": frame(TEXT, b"abc")[:1],
    "a length of 7 bits in 64": bytes([0x81]) + length(1, wide=64) + b"\0\0\0\0a",
}
"""What a stream does not mind."""
ENDS: Final = {
    "a part of nothing": frame(CONTINUED, b"a"),
    "a text within a text": frame(TEXT, b"a", end=False) + frame(TEXT, b"b"),
    "no mask": frame(TEXT, b"a", mask=None),
    "no mask on a ping": frame(PING, b"a", mask=None),
    "a ping of 126 bytes": frame(PING, b"x" * 126),
    "a ping of 70,000 bytes": frame(PING, b"x" * 70_000),
    "a ping in parts": frame(PING, b"a", end=False),
    "a close in parts": frame(CLOSE, b"\x03\xe8", end=False),
    "a text that is not UTF-8": frame(TEXT, b"\xff\xfe"),
    "a surrogate": frame(TEXT, b"\xed\xa0\x80"),
    "half a letter at the end": frame(TEXT, b"\xe7\x9f", end=False) + frame(CONTINUED, b""),
    "a close": frame(CLOSE),
    "a close with half a code": frame(CLOSE, b"\x03"),
    "a close with a reason that is not UTF-8": frame(CLOSE, b"\x03\xe8\xff"),
    "a close of 126 bytes": frame(CLOSE, b"\x03\xe8" + b"x" * 124),
    "what follows a close": frame(CLOSE, b"\x03\xe8") + frame(TEXT, b"a") * 10,
    "a length of 2^63": bytes([0x82]) + length(1 << 63, wide=64) + b"abcd",
    "a length of 2^64 - 1": bytes([0x82]) + length((1 << 64) - 1, wide=64) + b"abcd",
    "a length of 17 MiB": bytes([0x82]) + length(17 * MIB) + b"abcd",
    "parts of 70 MiB": frame(BINARY, bytes(MIB), end=False) + frame(CONTINUED, bytes(MIB), end=False) * 69,
    "a message that is larger than what is heard": frame(BINARY, bytes(HEARD_BYTES_MAX + 1)),
    "messages that are larger together": frame(BINARY, bytes(HEARD_BYTES_MAX // 8)) * 9,
    "more messages than are heard": frame(TEXT, b"a") * (HEARD_MAX + 1),
    "a compressed text": frame(TEXT, zlib.compress(b"a")[2:-4], reserved=4),
    "a compressed bomb": frame(BINARY, BOMB, reserved=4),
    **{f"bit {bit} that nobody agreed on": frame(TEXT, b"a", reserved=bit) for bit in (1, 2)},
    **{
        f"a kind that there is not ({kind})": frame(kind, b"a")
        for kind in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)
    },
    **{
        f"a close with {code}": frame(CLOSE, struct.pack(">H", code))
        for code in (0, 999, 1000, 1001, 1004, 1005, 1006, 1015, 2999, 3000, 4999, 5000, 65_535)
    },
}
"""What ends a connection."""
HANDSHAKES: Final = {
    "no key": {"Sec-WebSocket-Key": ""},
    "a key that is none": {"Sec-WebSocket-Key": "x"},
    "a long key": {"Sec-WebSocket-Key": "A" * 5000},
    "no version": {"Sec-WebSocket-Version": ""},
    "version 8": {"Sec-WebSocket-Version": "8"},
    "a version that is no number": {"Sec-WebSocket-Version": "13, 8; x"},
    "another upgrade": {"Upgrade": "h2c"},
    "no connection": {"Connection": "keep-alive"},
    "extensions": {"Sec-WebSocket-Extensions": "permessage-deflate; server_max_window_bits=99, x-a; b=\"c"},
    "sub-protocols": {"Sec-WebSocket-Protocol": "a, b,, c"},
    "a page of another origin": {"Origin": "http://[town.example", "Cookie": "kaiteki_session=x"},
}  # fmt: skip
"""Ways of asking for a WebSocket."""


class Town:
    """A node with a subscription that is read by WebSockets."""

    def __init__(self, node: NodeUnderTest) -> None:
        self.node, self._count = node, 0
        told = {"endpoint": {"uri": "urn:kaiteki:stream"}}
        made = node.ask(
            "POST",
            "/ngsi-ld/v1/subscriptions",
            {"type": "Subscription", "entities": [{"type": "Lamp"}], "notification": told},
        )
        self.path = f"{made.headers['location']}/stream"

    def opened(self, after: bytes = b"") -> Line:
        """An opened stream; one that has just ended may still be counted, so it is tried until that is over."""
        until = time.monotonic() + LONG_S
        while True:
            line = Line(self.node.port, self.path, after=after)
            if line.status == 101:
                return line
            line.close()
            assert line.status == 429 and time.monotonic() < until, line.headers

    def line(self, after: bytes = b"") -> tuple[Line, Iterator[Told]]:
        """An opened stream, behind its first message."""
        line = self.opened(after)
        told = line.told()
        assert set(json.loads(next(told).body)) == {"id"}
        return line, told

    def goes_on(self, told: Iterator[Told]) -> bool:
        """Whether a stream tells of what happens now."""
        self._count += 1
        lamp = f"urn:ngsi-ld:Lamp:{self._count}"
        self.node.ask("POST", "/ngsi-ld/v1/entities", {"id": lamp, "type": "Lamp", "watts": 1})
        return any(one.kind == TEXT and lamp.encode() in one.body for one in told)

    @property
    def memory_mb(self) -> float:
        """What the node has in memory."""
        status = Path(f"/proc/{self.node.process.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:")) / 1024

    def none_is_left(self) -> None:
        """As many streams as one account may have can be opened: those that ended are not counted any more."""
        opened = [self.opened() for _ in range(OWN_MAX)]
        for one in opened:
            one.close()


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    node = start_node(tmp_path_factory.mktemp("frames") / "data", "--open", areas=("demo",))
    yield Town(node)
    stop_node(node)


@pytest.mark.parametrize("name", GOES_ON)
def test_what_a_stream_does_not_mind(town: Town, name: str) -> None:
    line, told = town.line()
    assert line.send(GOES_ON[name]) and town.goes_on(told)
    line.close()


@pytest.mark.parametrize("name", ENDS)
def test_what_ends_a_connection(town: Town, name: str) -> None:
    line, _ = town.line()
    line.send(ENDS[name])
    assert line.end() in (0, 1000, 1001, 1002, 1007, 1009, *range(3000, 5000))
    line.close()


@pytest.mark.parametrize("name", HANDSHAKES)
def test_ways_of_asking(town: Town, name: str) -> None:
    line = Line(town.node.port, town.path, HANDSHAKES[name])
    assert line.status in (101, 200, 400, 403, 426), line.headers
    # nothing is ever agreed on that packs what is sent
    assert "sec-websocket-extensions" not in line.headers
    line.close()


def test_a_ping_is_answered_between_what_is_told(town: Town) -> None:
    line, told = town.line(after=frame(PING, b"early"))
    line.send(frame(PING, b"late"))
    found = [next(told) for _ in range(2)]
    assert [one.body for one in found if one.kind == PONG] == [b"early", b"late"]
    assert town.goes_on(told)
    line.close()


def test_a_flood_of_pings_that_nobody_reads_the_answers_of(town: Town) -> None:
    line, _ = town.line()
    line.socket.settimeout(1.0)
    flood, sent = frame(PING, b"x" * 125) * 500, 0
    while sent < 40 and line.send(flood):
        sent += 1
    assert town.node.ask("GET", "/health/live").status == 200
    line.close()


def test_a_frame_that_comes_byte_by_byte(town: Town) -> None:
    line, told = town.line()
    for byte in frame(TEXT, b"slowly", end=False) + frame(CONTINUED, b"!"):
        assert line.send(bytes([byte]))
    assert town.goes_on(told)
    line.close()


def test_random_frames(town: Town) -> None:
    random = Random(f"frames{SEED}")
    seeds = [one for one in (*GOES_ON.values(), *ENDS.values()) if 0 < len(one) < 60_000]
    words = (b"\x81\x80", b"\x88\x80", b"\x89\xfe", b"\x82\xff", b"\x00\x80", b"\x7f", b"\xc1")
    for _ in range(INPUTS):
        town.opened(after=mutate(seeds, words, random)).close()
    assert town.node.ask("GET", "/health/live").status == 200


def test_afterwards_the_node_is_as_it_was(tmp_path: Path) -> None:
    node = start_node(tmp_path / "data", "--open", areas=("demo",))
    try:
        fresh = Town(node)
        for rounds in range(3):
            for data in ENDS.values():
                line, _ = fresh.line()
                line.send(data)
                line.end()
                line.close()
            if rounds == 0:
                began_mb = fresh.memory_mb
        assert fresh.memory_mb - began_mb < GROWTH_MAX_MB
        fresh.none_is_left()
        line, told = fresh.line()
        assert fresh.goes_on(told)
        line.close()
        log = (tmp_path / "data.log").read_text()
        assert "Traceback" not in log and "panicked" not in log and "unexpected" not in log, log[-2000:]
    finally:
        stop_node(node)
