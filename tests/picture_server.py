"""A small web server on the loopback whose pages a test lays out: what the guarded client meets outside."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@contextmanager
def pictures_at(pages: Mapping[str, bytes | str | int]) -> Iterator[str]:
    """The address of a server: bytes are sent, a text is where it redirects to, a number is a status."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = pages.get(self.path, 404)
            if isinstance(page, bytes):
                self.send_response(200)
                self.send_header("content-type", "text/html")
                self.send_header("content-length", str(len(page)))
                self.end_headers()
                self.wfile.write(page)
            elif isinstance(page, str):
                self.send_response(302)
                self.send_header("location", page)
                self.end_headers()
            else:
                self.send_response(page)
                self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
