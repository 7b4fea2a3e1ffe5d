"""A line between a browser and a node that loses answers: the node has kept what was sent, and the browser hears nothing."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from waiting import LONG_S

NOT_PASSED = {"connection", "transfer-encoding", "keep-alive"}


class UnsteadyLine:
    """Forwards to a node. `loses` is asked with the path and the count of each POST whether its answer gets lost."""

    def __init__(self, target: str) -> None:
        self.target = urlsplit(target).netloc
        self.loses: Callable[[str, int], bool] = lambda path, count: False
        self.posts: list[str] = []
        self.lost = 0
        self._lock = threading.Lock()
        self.url = ""

    def pass_on(self, handler: BaseHTTPRequestHandler) -> None:
        """One request to the node, and its answer back unless the line loses it."""
        length = int(handler.headers.get("content-length") or 0)
        body = handler.rfile.read(length) if length else None
        connection = http.client.HTTPConnection(self.target, timeout=LONG_S)
        try:
            headers = {
                name: value for name, value in handler.headers.items() if name.lower() not in NOT_PASSED
            }
            connection.request(handler.command, handler.path, body, headers)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        if handler.command == "POST" and self._is_lost(handler.path):
            handler.close_connection = True
            return
        handler.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in (*NOT_PASSED, "content-length"):
                handler.send_header(name, value)
        handler.send_header("content-length", str(len(content)))
        # a browser that leaves a page hears no answer either
        with suppress(ConnectionError):
            handler.end_headers()
            handler.wfile.write(content)

    def _is_lost(self, path: str) -> bool:
        with self._lock:
            self.posts.append(path)
            lost = self.loses(path, len(self.posts))
            self.lost += lost
            return lost


@contextmanager
def unsteady_line(target: str) -> Iterator[UnsteadyLine]:
    """A line to the node at `target` on a port of its own, until the block ends."""
    line = UnsteadyLine(target)

    class Passing(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            line.pass_on(self)

        def do_POST(self) -> None:
            line.pass_on(self)

        def log_message(self, format: str, *args: Any) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Passing)
    server.daemon_threads = True
    line.url = f"http://127.0.0.1:{server.server_port}"
    running = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    running.start()
    try:
        yield line
    finally:
        server.shutdown()
        server.server_close()
        running.join(LONG_S)
