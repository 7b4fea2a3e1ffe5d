"""Granian, in this process, on this event loop: one worker, RSGI. The choice of the server stays in this module."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable

from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server

from kaiteki.api.front import Front

BACKLOG_MAX_CONNECTIONS = 1024
HEADER_READ_TIMEOUT_MS = 30_000


async def serve(
    front: Front,
    host: str,
    port: int,
    started: Callable[[], None] | None = None,
    stopping: Callable[[], None] | None = None,
) -> None:
    """Answer requests until SIGINT or SIGTERM arrives; returns when the requests under way are answered.

    `stopping` is called when the signal arrives, so that answers without end come to one.
    """
    server = Server(
        front,
        address=host,
        port=port,
        interface=Interfaces.RSGI,
        backlog=BACKLOG_MAX_CONNECTIONS,
        log_enabled=False,
        websockets=True,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_READ_TIMEOUT_MS),
    )
    if started is not None:
        server.on_startup(started)
    loop = asyncio.get_running_loop()

    def stop() -> None:
        if stopping is not None:
            stopping()
        server.stop()

    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop)
    await server.serve()
