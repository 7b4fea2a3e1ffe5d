"""Lines of the log to a syslog server (RFC 5424): by UDP (RFC 5426), TCP (RFC 6587) or TLS (RFC 5425), beside the work of the node."""

from __future__ import annotations

import queue
import re
import socket
import ssl
import sys
import threading
from datetime import UTC, datetime
from typing import Final, Literal
from urllib.parse import urlsplit

import msgspec

WAITING_MAX_LINES: Final = 10_000
DATAGRAM_MAX_BYTES: Final = 8192
CONNECT_TIMEOUT_S: Final = 5.0
PAUSE_S: Final = 2.0
"""What is waited after a failure before the server is tried again."""
LEAVE_TIMEOUT_S: Final = 2.0
FACILITY: Final = 16
"""local0"""
SEVERITIES: Final = {"critical": 2, "error": 3, "warning": 4, "info": 6, "debug": 7}
PORTS: Final = {"syslog": 514, "syslog+tcp": 601, "syslog+tls": 6514}
_FORBIDDEN: Final = re.compile(r"[^\x21-\x7e]")


class BadTarget(ValueError):
    """What was named is no address of a syslog server."""


class Target(msgspec.Struct, frozen=True):
    """A syslog server."""

    kind: Literal["syslog", "syslog+tcp", "syslog+tls"]
    host: str
    port: int


def parse_target(text: str) -> Target:
    """`syslog://host:port` (UDP), `syslog+tcp://…` or `syslog+tls://…`; raises BadTarget."""
    try:
        told = urlsplit(text)
        port = told.port or PORTS.get(told.scheme, 0)
    except ValueError as wrong:
        raise BadTarget(f"{text}: {wrong}") from wrong
    for kind in ("syslog", "syslog+tcp", "syslog+tls"):
        if told.scheme == kind and told.hostname and not told.path.strip("/") and told.username is None:
            return Target(kind, told.hostname, port)
    raise BadTarget(
        "a log goes to syslog://host:port (UDP), syslog+tcp://host:port or syslog+tls://host:port"
    )


def entry(line: str, severity: int, at: datetime, process: int) -> bytes:
    """One message: the line as it is in the log, in UTF-8 with its mark, after the header of RFC 5424."""
    host = _FORBIDDEN.sub("", socket.gethostname())[:255] or "-"
    when = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    head = f"<{FACILITY * 8 + severity}>1 {when} {host} kaiteki {process} - - "
    return head.encode("ascii") + b"\xef\xbb\xbf" + line.encode("utf-8", "replace")


class Sender:
    """Sends messages in the background, in order. Nobody waits for the server: what does not fit into the queue is lost, and counted."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._waiting: queue.Queue[bytes | None] = queue.Queue(WAITING_MAX_LINES)
        self._lost = 0
        self._socket: socket.socket | None = None
        self._leaving = threading.Event()
        self._thread = threading.Thread(target=self._run, name="syslog", daemon=True)
        self._thread.start()

    def send(self, message: bytes) -> None:
        """Hand a message over; returns at once."""
        try:
            self._waiting.put_nowait(message)
        except queue.Full:
            self._lost += 1

    def leave(self) -> None:
        """Send what waits, for a moment at most."""
        self._leaving.set()
        self.send_last()
        self._thread.join(LEAVE_TIMEOUT_S)

    def send_last(self) -> None:
        """Say that nothing comes any more."""
        try:
            self._waiting.put_nowait(None)
        except queue.Full:
            self._lost += 1

    def _run(self) -> None:
        try:
            self._send_all()
        finally:
            self._let_go()

    def _send_all(self) -> None:
        while (message := self._waiting.get()) is not None:
            while not self._sent(message):
                if self._leaving.wait(PAUSE_S):
                    return
            if self._lost:
                lost, self._lost = self._lost, 0
                told = msgspec.json.encode({"event": "lines of the log were lost", "count": lost}).decode()
                self._sent(entry(told, SEVERITIES["warning"], datetime.now(UTC), 0))

    def _let_go(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _sent(self, message: bytes) -> bool:
        try:
            if self._socket is None:
                self._socket = self._connected()
            if self._target.kind == "syslog":
                self._socket.send(message[:DATAGRAM_MAX_BYTES])
            else:
                self._socket.sendall(str(len(message)).encode() + b" " + message)
        except OSError as failed:
            self._let_go()
            # the log itself is what does not work: standard error is what is left
            print(f"syslog {self._target.host}:{self._target.port}: {failed}", file=sys.stderr, flush=True)
            return self._target.kind == "syslog"
        return True

    def _connected(self) -> socket.socket:
        target = self._target
        if target.kind == "syslog":
            family, kind, protocol, _, address = socket.getaddrinfo(
                target.host, target.port, type=socket.SOCK_DGRAM
            )[0]
            made = socket.socket(family, kind, protocol)
            made.connect(address)
            return made
        made = socket.create_connection((target.host, target.port), CONNECT_TIMEOUT_S)
        if target.kind == "syslog+tls":
            return ssl.create_default_context().wrap_socket(made, server_hostname=target.host)
        return made
