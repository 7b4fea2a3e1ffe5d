"""`kaiteki run`: one node in one process, until it is told to stop."""

from __future__ import annotations

import uvloop
from rich.console import Console

from kaiteki.api.server import serve
from kaiteki.main.log import start_log
from kaiteki.main.node import open_node
from kaiteki.main.settings import Settings


async def _run(settings: Settings, console: Console) -> None:
    async with open_node(settings) as node:

        def say_where() -> None:
            console.print(f"[bold]Kaiteki[/bold] serves {', '.join(settings.cities)}")
            for city in settings.cities:
                console.print(f"  {settings.url}/{city}")
            console.print(f"  NGSI-LD {settings.url}/ngsi-ld/v1   OpenAPI {settings.url}/openapi.json")
            if settings.open:
                console.print("  [yellow]--open: everybody on this machine may do everything[/yellow]")
            console.print("Stop with Ctrl+C.")

        await serve(node.front, settings.address, settings.port, say_where)
    console.print("Stopped; all that was accepted is kept.")


def run_node(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM."""
    start_log()
    uvloop.run(_run(settings, Console()))
