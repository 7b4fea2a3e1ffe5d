"""A client of WebSockets that sends whatever bytes it is given (RFC 6455), and reads what comes back."""

from __future__ import annotations

import base64
import socket
import struct
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from waiting import LONG_S

CONTINUED, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
KEY: Final = base64.b64encode(b"sixteen bytes !!").decode()
MASK: Final = b"\x0f\xf0\xa5\x5a"
READ_BYTES: Final = 65_536
HEAD_MAX_BYTES: Final = 20_000


def frame(
    kind: int, body: bytes = b"", *, end: bool = True, mask: bytes | None = MASK, reserved: int = 0
) -> bytes:
    """One frame as a client sends it; `reserved` are the three bits RSV1 to RSV3."""
    first = (0x80 if end else 0) | reserved << 4 | kind
    return (
        bytes([first]) + length(len(body), masked=mask is not None) + (masked(body, mask) if mask else body)
    )


def length(count: int, *, masked: bool = True, wide: int = 0) -> bytes:
    """The length of a body as it stands in a frame, in 7, 16 or 64 bits (or in `wide` bits, whatever it is)."""
    bit = 0x80 if masked else 0
    if wide == 64 or (not wide and count > 0xFFFF):
        return bytes([bit | 127]) + struct.pack(">Q", count)
    if wide == 16 or (not wide and count > 125):
        return bytes([bit | 126]) + struct.pack(">H", count)
    return bytes([bit | count])


def masked(body: bytes, mask: bytes) -> bytes:
    """The mask, and the body under it."""
    times = len(body) // len(mask) + 1
    under = int.from_bytes(body) ^ int.from_bytes((mask * times)[: len(body)])
    return mask + under.to_bytes(len(body))


class Told(NamedTuple):
    """A frame that came back."""

    kind: int
    body: bytes

    @property
    def code(self) -> int:
        """The code of a frame that closes; 0 where there is none."""
        return struct.unpack(">H", self.body[:2])[0] if self.kind == CLOSE and len(self.body) >= 2 else 0


class Line:
    """One connection, asked for a WebSocket at once. `status` is how that was answered, `headers` what came with it."""

    def __init__(
        self, port: int, path: str, more: Mapping[str, str] | None = None, after: bytes = b""
    ) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=LONG_S)
        told = {"Host": f"127.0.0.1:{port}", "Upgrade": "websocket", "Connection": "Upgrade"}
        told |= {"Sec-WebSocket-Key": KEY, "Sec-WebSocket-Version": "13", **(more or {})}
        lines = [
            f"GET {path} HTTP/1.1",
            *(f"{name}: {value}" for name, value in told.items() if value),
            "",
            "",
        ]
        self._read = b""
        self.send("\r\n".join(lines).encode() + after)
        while b"\r\n\r\n" not in self._read and len(self._read) < HEAD_MAX_BYTES and self._more():
            pass
        head, _, self._read = self._read.partition(b"\r\n\r\n")
        self.headers = head.decode("latin-1").lower()
        self.status = int(head.split(b" ")[1]) if head.startswith(b"HTTP/1.1 ") else 0

    def send(self, data: bytes) -> bool:
        """Send bytes; False where the other end is gone."""
        try:
            self.socket.sendall(data)
        except OSError:
            return False
        return True

    def told(self) -> Iterator[Told]:
        """The frames that come, until the connection ends."""
        while True:
            found = self._frame()
            if found is not None:
                yield found
            elif not self._more():
                return

    def end(self) -> int:
        """Read to the end of the connection; the code with which it was closed, 0 where it just ended."""
        return max((one.code for one in self.told()), default=0)

    def close(self) -> None:
        """Hang up."""
        self.socket.close()

    def _more(self) -> bool:
        try:
            part = self.socket.recv(READ_BYTES)
        except ConnectionError:
            return False
        self._read += part
        return bool(part)

    def _frame(self) -> Told | None:
        if len(self._read) < 2:
            return None
        assert not self._read[1] & 0x80, "a server masks nothing"
        count, begins = self._read[1] & 0x7F, 2
        if count >= 126:
            begins = 4 if count == 126 else 10
            if len(self._read) < begins:
                return None
            count = int.from_bytes(self._read[2:begins])
        if len(self._read) < begins + count:
            return None
        found = Told(self._read[0] & 0x0F, self._read[begins : begins + count])
        self._read = self._read[begins + count :]
        return found
