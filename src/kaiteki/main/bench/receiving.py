"""A receiver of notifications as a process of its own: it answers at once, and tells how many came and how late.

Each body carries the moment at which its change was asked for as the value of one Property, in seconds since 1970.
"""

from __future__ import annotations

import os
import select
import socket
import time
from collections.abc import Generator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection

from kaiteki.main.bench.load import READ_SIZE_BYTES, Measured

ANSWER = b"HTTP/1.1 204 No Content\r\n\r\n"
_LENGTH = b"content-length: "
_VALUE = b'"value":'
TELL_TIMEOUT_S = 120.0


class Receiver:
    """The far side of a receiver process: where it listens, and what it has counted."""

    def __init__(self, port: int, line: Connection) -> None:
        self.uri = f"http://127.0.0.1:{port}/n"
        self._line = line

    def begin(self) -> None:
        """Forget what came so far."""
        self._line.send("begin")
        self._line.recv()

    def end(self) -> Measured:
        """What came since `begin`: notifications per second, and the times from asking to arrival."""
        self._line.send("end")
        if not self._line.poll(TELL_TIMEOUT_S):
            raise TimeoutError("the receiver does not answer")
        return self._line.recv()


@contextmanager
def receiving(core: int) -> Generator[Receiver]:
    """A receiver on a free port of this machine and one core."""
    context = get_context("fork")
    near, far = context.Pipe()
    server = socket.create_server(("127.0.0.1", 0), backlog=256)
    process = context.Process(target=_serve, args=(server, far, core), daemon=True)
    process.start()
    try:
        yield Receiver(server.getsockname()[1], near)
    finally:
        process.terminate()
        process.join()
        server.close()


def _serve(server: socket.socket, line: Connection, core: int) -> None:
    os.sched_setaffinity(0, {core})
    poll, lines, times_s, began_s = (
        select.epoll(),
        dict[int, tuple[socket.socket, bytes]](),
        list[float](),
        0.0,
    )
    poll.register(server.fileno(), select.EPOLLIN)
    poll.register(line.fileno(), select.EPOLLIN)
    while True:
        for handle, _ in poll.poll():
            if handle == server.fileno():
                taken, _ = server.accept()
                taken.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                lines[taken.fileno()] = (taken, b"")
                poll.register(taken.fileno(), select.EPOLLIN)
            elif handle == line.fileno():
                word = line.recv()
                line.send(_sum_up(times_s, time.time() - began_s) if word == "end" else None)
                times_s, began_s = list[float](), time.time()
            else:
                taken, read = lines[handle]
                part = taken.recv(READ_SIZE_BYTES)
                if not part:
                    poll.unregister(handle)
                    taken.close()
                    del lines[handle]
                else:
                    lines[handle] = (taken, _answer(taken, read + part, times_s))


def _answer(taken: socket.socket, read: bytes, times_s: list[float]) -> bytes:
    """Answer every request that is whole; the rest of what was read."""
    while (head := read.find(b"\r\n\r\n")) >= 0:
        place = read[:head].lower().find(_LENGTH) + len(_LENGTH)
        end = head + 4 + int(read[place : read.index(b"\r", place)])
        if len(read) < end:
            break
        value = read.index(_VALUE, head) + len(_VALUE)
        stop = min(place for place in (read.find(sign, value) for sign in (b",", b"}")) if place >= 0)
        times_s.append(time.time() - float(read[value:stop]))
        taken.sendall(ANSWER)
        read = read[end:]
    return read


def _sum_up(times_s: list[float], took_s: float) -> Measured:
    late_s = sorted(times_s) or [0.0]
    return Measured(
        per_second=len(times_s) / took_s,
        p50_ms=late_s[len(late_s) // 2] * 1000,
        p95_ms=late_s[len(late_s) * 95 // 100] * 1000,
        p99_ms=late_s[len(late_s) * 99 // 100] * 1000,
        answers=len(times_s),
        refused=0,
    )
