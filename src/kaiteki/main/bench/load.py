"""A load generator: many connections of one core to one server, each asks again when its answer is whole.

Raw sockets and epoll, because a comfortable client would be the slower side. No pipelining: one request per connection is
under way, as real clients do.
"""

from __future__ import annotations

import select
import socket
from collections.abc import Callable, Generator, Iterable, Sequence
from itertools import islice
from time import perf_counter

import msgspec

READ_SIZE_BYTES = 1 << 18
ANSWER_TIMEOUT_S = 120.0


class Measured(msgspec.Struct, frozen=True):
    """What a run of requests gave. Times in milliseconds from the last byte sent to the last byte read."""

    per_second: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    answers: int
    refused: int
    example: str = ""


class _Line:
    """One connection and the answer that is on its way."""

    __slots__ = ("asked_s", "read", "socket", "wanted")

    def __init__(self, host: str, port: int) -> None:
        self.socket = socket.create_connection((host, port), timeout=ANSWER_TIMEOUT_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.read = b""
        self.wanted = 0
        self.asked_s = 0.0

    def ask(self, request: bytes, now_s: float) -> None:
        self.read = b""
        self.wanted = 0
        self.asked_s = now_s
        self.socket.sendall(request)

    def hear(self) -> bool:
        """Read what is there; whether the answer is whole."""
        part = self.socket.recv(READ_SIZE_BYTES)
        if not part:
            raise ConnectionError("the server closed the connection")
        self.read = part if not self.read else self.read + part
        if not self.wanted:
            head = self.read.find(b"\r\n\r\n")
            if head < 0:
                return False
            place = self.read.find(b"content-length: ", 0, head)
            length = int(self.read[place + 16 : self.read.index(b"\r", place)]) if place >= 0 else 0
            self.wanted = head + 4 + length
        return len(self.read) >= self.wanted


def request(method: str, path: str, body: bytes = b"", headers: Sequence[tuple[str, str]] = ()) -> bytes:
    """One HTTP/1.1 request as bytes."""
    lines = [f"{method} {path} HTTP/1.1", "host: bench", *(f"{name}: {value}" for name, value in headers)]
    if body:
        lines.append(f"content-length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def send_each(address: tuple[str, int], requests: Iterable[bytes]) -> Generator[bytes]:
    """Ask one thing after another on one connection, each once; the answers as bytes, heads included."""
    line = _Line(*address)
    try:
        for one in requests:
            line.ask(one, perf_counter())
            while not line.hear():
                pass
            yield line.read
    finally:
        line.socket.close()


def send_all(address: tuple[str, int], requests: Iterable[bytes], connections: int) -> None:
    """Ask each thing once over many connections, in no order; raises RuntimeError for a refusal."""
    left = iter(requests)
    lines: dict[int, _Line] = {}
    poll = select.epoll()
    try:
        for one in islice(left, connections):
            line = _Line(*address)
            lines[line.socket.fileno()] = line
            poll.register(line.socket.fileno(), select.EPOLLIN)
            line.ask(one, perf_counter())
        busy = len(lines)
        while busy:
            for handle, _ in poll.poll(ANSWER_TIMEOUT_S):
                line = lines[handle]
                if not line.hear():
                    continue
                if line.read[9:10] >= b"4":
                    raise RuntimeError(line.read[-300:].decode("utf-8", "replace"))
                following = next(left, None)
                if following is None:
                    busy -= 1
                else:
                    line.ask(following, perf_counter())
    finally:
        poll.close()
        for line in lines.values():
            line.socket.close()


def drive(
    address: tuple[str, int], following: Callable[[], bytes], connections: int, seconds: float
) -> Measured:
    """Ask as fast as the answers come, `following()` gives each next request, until the time is over and one has come; refusals (status over 399) are counted."""
    lines = {line.socket.fileno(): line for line in (_Line(*address) for _ in range(connections))}
    poll = select.epoll()
    times_s: list[float] = []
    refused, example = 0, b""
    began_s = perf_counter()
    try:
        for handle, line in lines.items():
            poll.register(handle, select.EPOLLIN)
            line.ask(following(), perf_counter())
        while (now_s := perf_counter()) - began_s < seconds or not times_s:
            ready = poll.poll(ANSWER_TIMEOUT_S)
            if not ready:
                raise TimeoutError(f"no answer came within {ANSWER_TIMEOUT_S} s")
            for handle, _ in ready:
                line = lines[handle]
                if not line.hear():
                    continue
                now_s = perf_counter()
                times_s.append(now_s - line.asked_s)
                if line.read[9:10] >= b"4":
                    refused, example = refused + 1, line.read
                line.ask(following(), now_s)
    finally:
        poll.close()
        for line in lines.values():
            line.socket.close()
    return _sum_up(times_s, perf_counter() - began_s, refused, example)


def _sum_up(times_s: list[float], took_s: float, refused: int, example: bytes) -> Measured:
    times_s.sort()
    return Measured(
        per_second=len(times_s) / took_s,
        p50_ms=times_s[len(times_s) // 2] * 1000,
        p95_ms=times_s[len(times_s) * 95 // 100] * 1000,
        p99_ms=times_s[len(times_s) * 99 // 100] * 1000,
        answers=len(times_s),
        refused=refused,
        example=example[-300:].decode("utf-8", "replace"),
    )
