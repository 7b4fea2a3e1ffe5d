"""`kaiteki run`: one node in one process, until it is told to stop."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import uvloop
from rich.console import Console

from kaiteki.api.server import serve
from kaiteki.main.clock import PassingClock
from kaiteki.main.log import start_log
from kaiteki.main.node import Node, open_node
from kaiteki.main.outside import PAST_DAYS, SAMPLES, TELLING_S, close_samples, tell_time, world_beside
from kaiteki.main.settings import Settings


async def _run(settings: Settings, console: Console) -> None:
    async with open_node(settings) as node, _outside(node) as password:

        def say_where() -> None:
            console.print(f"[bold]Kaiteki[/bold] serves {', '.join(settings.cities)}")
            for city in settings.cities:
                console.print(f"  {settings.url}/{city}")
            console.print(f"  NGSI-LD {settings.url}/ngsi-ld/v1   OpenAPI {settings.url}/openapi.json")
            if settings.open:
                console.print("  [yellow]--open: everybody on this machine may do everything[/yellow]")
            if password:
                _say_world(console, password)
            console.print("Stop with Ctrl+C.")

        await serve(node.front, settings.address, settings.port, say_where)
    console.print("Stopped; all that was accepted is kept.")


@asynccontextmanager
async def _outside(node: Node) -> AsyncGenerator[str]:
    """The simulated world beside a node that wants one; yields the password of its sample accounts, else nothing."""
    joined = node.joined
    if not isinstance(joined.clock, PassingClock):
        await close_samples(joined.store.accounts)
        yield ""
        return
    await tell_time(joined.clock, joined.store.events)
    async with world_beside(joined.settings, joined.identity, joined.clock) as password:
        yield password


def _say_world(console: Console, password: str) -> None:
    logins = ", ".join(sample.login for sample in SAMPLES)
    console.print(f"  A simulated world lives here. Sample accounts: {logins}; password: {password}")
    console.print(f"  A new city tells its last {PAST_DAYS} days first; that takes about {TELLING_S} s.")


def run_node(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM."""
    start_log()
    uvloop.run(_run(settings, Console()))
