"""A receiver of notifications on this machine: a real HTTP server in a thread, which may be away for a while."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from waiting import LONG_S


class Ear:
    """What was heard, in the order of arrival. While `is_away`, every notification gets 503."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        self.is_away = False
        self.uri = ""
        self._news = threading.Condition()

    def take(self, body: bytes) -> int:
        """One notification; the answer is the status."""
        with self._news:
            if self.is_away:
                return 503
            self.heard.append(json.loads(body))
            self._news.notify_all()
        return 204

    def values(self) -> list[tuple[str, int]]:
        """Entity and value of each notification of one Property `n`."""
        with self._news:
            return [(one["data"][0]["id"], one["data"][0]["n"]["value"]) for one in self.heard]

    def first(self) -> dict[str, Any]:
        """The first notification, once it is there."""
        with self._news:
            assert self._news.wait_for(lambda: self.heard, LONG_S)
            return self.heard[0]

    def wait_for(self, wanted: set[tuple[str, int]]) -> None:
        """Wait until all of these were heard; TimeoutError names some that were not."""
        with self._news:
            done = self._news.wait_for(lambda: wanted <= set(self._pairs()), LONG_S)
            if not done:
                raise TimeoutError(f"never heard: {sorted(wanted - set(self._pairs()))[:5]}")

    def _pairs(self) -> list[tuple[str, int]]:
        return [(one["data"][0]["id"], one["data"][0]["n"]["value"]) for one in self.heard]


@contextmanager
def listening() -> Iterator[Ear]:
    """An ear while it listens."""
    ear = Ear()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            status = ear.take(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing is logged."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    ear.uri = f"http://127.0.0.1:{server.server_port}/n"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield ear
    finally:
        server.shutdown()
        server.server_close()
        thread.join(LONG_S)
