"""Posting letters over connections that stay open: one request at a time on each, nothing waits for a thread.

A client with more comforts costs several times as much for each letter (docs/performance.md). The rules of addresses are those of the
guarded client: all addresses of a host are checked when a connection is made, and the connection goes to a checked one.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple, cast

from kaiteki.main.addresses import PORTS, checked_url, trusted
from kaiteki.main.resolving import LookUp, Resolver, look_up
from kaiteki.ports.outgoing import Letter, Unreachable

CONNECTIONS_MAX: Final = 64
"""Connections to one receiver in the name of one area; one is made when all others wait for answers."""
RECEIVERS_MAX: Final = 10_000
"""Receivers whose connections are counted; those without any are forgotten beyond."""
IDLE_MAX: Final = 256
"""Connections that are kept open without work, to all receivers together; the one that rests longest is closed."""
SWEEP_S: Final = 0.05
"""How exactly time limits are kept."""
HEAD_SIZE_MAX_BYTES: Final = 16_384
BODY_SIZE_MAX_BYTES: Final = 65_536
"""How much of an answer is read so that its connection can be used again; of longer answers only the status counts."""
_END: Final = b"\r\n\r\n"


class Receiver(NamedTuple):
    """Who is written to, in whose name."""

    area: str
    scheme: str
    host: str
    port: int


class _Line(asyncio.Protocol):
    """One connection: a request goes out, the status of its answer comes back."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._answered: asyncio.Future[int] | None = None
        self._read = b""
        self._status = 0
        self._left = -1
        self.is_open = False
        self.until_s = 0.0
        """By when the answer has to be there."""
        self.is_late = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self.is_open = True

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_open = False
        self._answer(0)

    def ask(self, request: bytes) -> asyncio.Future[int]:
        """Send a request; the status of the answer comes when it is whole, 0 when the connection ends before."""
        self._read, self._status, self._left = b"", 0, -1
        self._answered = asyncio.get_running_loop().create_future()
        if self._transport is not None and self.is_open:
            self._transport.write(request)
        else:
            self._answer(0)
        return self._answered

    def data_received(self, data: bytes) -> None:
        """Read on: the head first, then as much as it says. What nobody asked for ends the connection."""
        if self._answered is None or self._answered.done():
            self.close()
        elif self._left > 0:
            self._left -= len(data)
        else:
            self._read += data
            while self._left < 0 and self._read_head():
                pass
        if self._left == 0 or (self._left < 0 and self._status):
            self._answer(self._status)

    def _read_head(self) -> bool:
        """Read a head, if it is whole; whether another one may follow at once (after an interim answer)."""
        end = self._read.find(_END)
        if end < 0:
            if len(self._read) > HEAD_SIZE_MAX_BYTES:
                self.close()
            return False
        head, self._read = self._read[:end].lower(), self._read[end + len(_END) :]
        first = head[: head.find(b"\r\n")] if b"\r\n" in head else head
        word = first[9:12]
        if not first.startswith(b"http/1.") or not word.isdigit():
            self.close()
            return False
        status = int(word)
        if status < 200:
            return True
        length = 0 if status in (204, 304) else _length(head)
        stays = len(self._read) <= length <= BODY_SIZE_MAX_BYTES
        if not stays or b"\r\nconnection: close" in head or first.startswith(b"http/1.0"):
            self.close()
        self._status, self._left = status, length - len(self._read) if stays and self.is_open else 0
        return False

    def _answer(self, status: int) -> None:
        if self._answered is not None and not self._answered.done():
            self._answered.set_result(status)

    def close(self) -> None:
        """End the connection; who waits for an answer hears of it."""
        self.is_open = False
        if self._transport is not None:
            self._transport.close()


@lru_cache(maxsize=4096)
def _length(head: bytes) -> int:
    """The length that a head tells, -1 when it tells none."""
    place = head.find(b"\r\ncontent-length:")
    if place < 0 or b"\r\ntransfer-encoding:" in head:
        return -1
    end = head.find(b"\r\n", place + 2)
    told = head[place + 17 : end if end >= 0 else len(head)].strip()
    return int(told) if told.isdigit() and len(told) < 12 else -1


@lru_cache(maxsize=4096)
def _addressed(url: str, headers: tuple[tuple[str, str], ...], method: str) -> tuple[str, str, int, bytes]:
    """Scheme, host and port of an address, and the head of a request up to the length of the body."""
    parts = checked_url(url)
    host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    shown = f"[{host}]" if ":" in host else host
    named = shown if port == PORTS[parts.scheme] else f"{shown}:{port}"
    lines = [f"{method} {path} HTTP/1.1", f"host: {named}", *(f"{name}: {value}" for name, value in headers)]
    return parts.scheme, host, port, ("\r\n".join(lines) + "\r\ncontent-length: ").encode("ascii", "replace")


class Postman:
    """Posts letters. `own` are the hosts (also `host:port`) of each area that are written to whatever their address is."""

    def __init__(self, own: Mapping[str, frozenset[str]], finds: LookUp = look_up) -> None:
        self.resolver = Resolver(own, finds)
        self._slots: dict[Receiver, asyncio.Semaphore] = {}
        self._idle: OrderedDict[_Line, Receiver] = OrderedDict()
        self._busy: set[_Line] = set()
        self._sweep: asyncio.TimerHandle | None = None
        self._resting: dict[Receiver, list[_Line]] = {}

    async def send(self, letter: Letter) -> int:
        """Post a letter; the status of the answer. Raises Unreachable."""
        scheme, host, port, head = _addressed(letter.url, letter.headers, letter.method)
        receiver = Receiver(letter.area, scheme, host, port)
        request = b"".join((head, str(len(letter.body)).encode(), _END, letter.body))
        until_s = asyncio.get_running_loop().time() + letter.timeout_s
        slots = self._slots.get(receiver)
        if slots is None:
            if len(self._slots) >= RECEIVERS_MAX:
                self._slots = {
                    one: held for one, held in self._slots.items() if held.locked() or one in self._resting
                }
            slots = self._slots[receiver] = asyncio.Semaphore(CONNECTIONS_MAX)
        try:
            async with slots:
                line = self._rested(receiver)
                status = 0 if line is None else await self._on(line, receiver, request, until_s)
                if not status:
                    # a connection that rested may be closed by the other side just then; a new one is tried once
                    async with asyncio.timeout_at(until_s):
                        line = await self._connect(receiver)
                    status = await self._on(line, receiver, request, until_s)
        except TimeoutError:
            raise Unreachable(f"{host} took longer than {letter.timeout_s:g} seconds") from None
        except (OSError, UnicodeError) as error:
            raise Unreachable(f"{host} cannot be reached: {type(error).__name__}") from None
        if not status:
            raise Unreachable(f"{host} ended the connection without an answer")
        return status

    async def _on(self, line: _Line, receiver: Receiver, request: bytes, until_s: float) -> int:
        line.until_s = until_s
        self._busy.add(line)
        if self._sweep is None:
            self._sweep = asyncio.get_running_loop().call_later(SWEEP_S, self._end_late)
        try:
            status = await line.ask(request)
        except asyncio.CancelledError:
            line.close()
            raise
        finally:
            self._busy.discard(line)
        if line.is_late:
            raise TimeoutError
        if line.is_open:
            self._rest(line, receiver)
        else:
            line.close()
        return status

    def _end_late(self) -> None:
        """End the connections whose answers are late. One timer for all costs less than one for each request."""
        loop = asyncio.get_running_loop()
        for line in [line for line in self._busy if line.until_s <= loop.time()]:
            line.is_late = True
            line.close()
        self._sweep = loop.call_later(SWEEP_S, self._end_late) if self._busy else None

    def _rested(self, receiver: Receiver) -> _Line | None:
        """A connection to a receiver that is open and has nothing to do."""
        resting = self._resting.get(receiver)
        while resting:
            line = resting.pop()
            if self._idle.pop(line, None) is not None and line.is_open:
                return line
            line.close()
        return None

    def _rest(self, line: _Line, receiver: Receiver) -> None:
        self._idle[line] = receiver
        self._resting.setdefault(receiver, []).append(line)
        if len(self._idle) > IDLE_MAX:
            oldest, its = self._idle.popitem(last=False)
            self._resting[its].remove(oldest)
            if not self._resting[its]:
                del self._resting[its]
            oldest.close()

    async def _connect(self, receiver: Receiver) -> _Line:
        """A connection to a receiver, to an address that was checked."""
        address = await self.resolver.checked_address(receiver.area, receiver.host, receiver.port)
        secure = receiver.scheme == "https"
        _, line = await asyncio.get_running_loop().create_connection(
            _Line,
            address,
            receiver.port,
            ssl=await asyncio.to_thread(trusted) if secure else None,
            server_hostname=receiver.host if secure else None,
        )
        return line

    def close(self) -> None:
        """Let go of all connections that rest."""
        if self._sweep is not None:
            self._sweep.cancel()
        for line in self._idle:
            line.close()
        self._idle.clear()
        self._resting.clear()
