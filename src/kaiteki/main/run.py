"""`kaiteki run`: one node in one process, until it is told to stop."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
from typing import Annotated, Any, Final

import msgspec
import typer
import uvloop

from kaiteki.api.proxies import BadProxy, Proxies
from kaiteki.api.server import serve
from kaiteki.main import outside
from kaiteki.main.cities import BadCity
from kaiteki.main.claims import Taken, claim_folder, need_free
from kaiteki.main.clock import PassingClock
from kaiteki.main.hsm.kek import watch_token
from kaiteki.main.late import catch_up, once_read
from kaiteki.main.log import say_end, start_log
from kaiteki.main.map_tiles import check_tiles
from kaiteki.main.node import Node, open_node
from kaiteki.main.options import DATA_DEFAULT, Command, DataOption
from kaiteki.main.policies_of_town import note_policies
from kaiteki.main.samples import SAMPLES, close_samples
from kaiteki.main.scanning import BadScanner
from kaiteki.main.settings import (
    CITIES_DEFAULT,
    HOST_DEFAULT,
    MEMORY_MB_DEFAULT,
    PORT_DEFAULT,
    Settings,
)
from kaiteki.main.stores import STORE_VARIABLE
from kaiteki.main.syslog import BadTarget, Target, parse_target
from kaiteki.main.ticket_topics import BadMachines, machines_of
from kaiteki.portal.tiles import BadTiles
from kaiteki.ports.outage import KeysAway

FIRST_ANSWERS_S = 0.3
"""What the first requests have to themselves before the rest is read."""
COLLECTED_EVERY: Final = (20_000, 20, 20)
"""How many new objects are collected at once, how often the older ones with them, how often all. What a write leaves (its event, the
state that subscribers are told of) is kept for a while and then let go without cycles, so that looking at all of it often finds nothing."""
CityOption = Annotated[
    list[str] | None,
    typer.Option("--city", envvar="KAITEKI_CITY", help="Area to serve; may be given more than once."),
]


async def _run(settings: Settings) -> None:
    async with open_node(settings) as node, _outside(node) as password:

        def say_where() -> None:
            typer.echo(f"{typer.style('Kaiteki', bold=True)} serves {', '.join(settings.cities)}")
            for city in settings.cities:
                typer.echo(f"  {settings.url}/{city}")
            typer.echo(f"  NGSI-LD {settings.url}/ngsi-ld/v1   OpenAPI {settings.url}/openapi.json")
            if not node.joined.cities.darkroom.hides_faces:
                typer.secho("  faces in photos are not hidden: kaiteki[faces] is not installed", fg="yellow")
            if settings.open:
                typer.secho("  --open: everybody on this machine may do everything", fg="yellow")
            if password:
                _say_world(password)
            typer.echo("Stop with Ctrl+C.")
            later.append(asyncio.create_task(_catch_up(node)))

        later: list[asyncio.Task[None]] = []

        def let_readers_go() -> None:
            node.joined.telling.watchers.closed = True

        await serve(node.front, settings.address, settings.port, say_where, let_readers_go)
    typer.echo("Stopped; all that was accepted is kept.")


async def _catch_up(node: Node) -> None:
    """Once the node answers: put together and read what nobody has asked for yet, so that nobody will wait for it."""
    await asyncio.sleep(FIRST_ANSWERS_S)
    node.site.built()
    await catch_up()
    # what stands now stays: it is looked through no more
    gc.freeze()


@asynccontextmanager
async def _outside(node: Node) -> AsyncGenerator[str]:
    """The simulated world beside a node that wants one; yields the password of its sample accounts, else nothing."""
    joined = node.joined
    if not isinstance(joined.clock, PassingClock):
        await close_samples(joined.store.accounts)
        yield ""
        return
    await outside.tell_time(joined.clock, joined.store.events)
    async with outside.world_beside(joined.settings, joined.identity, joined.clock) as password:
        yield password


def _say_world(password: str) -> None:
    logins = ", ".join(sample.login for sample in SAMPLES)
    typer.echo(f"  A simulated world lives here. Sample accounts: {logins}; password: {password}")
    typer.echo(
        f"  A new city tells its last {outside.PAST_DAYS} days first; that takes about {outside.TELLING_S} s."
    )


def _proxies(named: str) -> tuple[str, ...]:
    """The proxies of a text with spaces between them, each of them an address or a network."""
    proxies = tuple(named.split())
    try:
        Proxies(proxies)
    except BadProxy as wrong:
        raise typer.BadParameter(str(wrong), param_hint="KAITEKI_PROXIES") from wrong
    return proxies


def _target(named: str) -> Target | None:
    """The syslog server of a text, None where none is named; raises BadParameter."""
    try:
        return parse_target(named) if named else None
    except BadTarget as wrong:
        raise typer.BadParameter(str(wrong), param_hint="--log-to") from wrong


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """The options of the command line, with the words of its help."""

    city: CityOption = None
    data: DataOption = DATA_DEFAULT
    store: Annotated[
        str,
        typer.Option(
            "--store",
            envvar=STORE_VARIABLE,
            help="postgresql://… keeps the city in this database, for several nodes.",
        ),
    ] = ""
    port: Annotated[int, typer.Option(envvar="KAITEKI_PORT", min=1, max=65535)] = PORT_DEFAULT
    host: Annotated[str, typer.Option(envvar="KAITEKI_HOST", help="Address to listen on.")] = HOST_DEFAULT
    world: Annotated[bool, typer.Option("--world", help="Let a simulated small world live in the city.")] = (
        False
    )
    world_speed: Annotated[
        float, typer.Option(min=0.1, max=100_000, help="Seconds that the world lives in each second.")
    ] = 1.0
    memory_mb: Annotated[
        int,
        typer.Option(
            envvar="KAITEKI_MEMORY_MB",
            min=8,
            max=65_536,
            help="Megabytes for what the node remembers of what it read and answered.",
        ),
    ] = MEMORY_MB_DEFAULT
    public_url: Annotated[
        str,
        typer.Option(
            envvar="KAITEKI_PUBLIC_URL",
            help="Where other nodes find this one, like https://data.example.org.",
        ),
    ] = ""
    log_to: Annotated[
        str,
        typer.Option(
            "--log-to",
            envvar="KAITEKI_LOG_TO",
            help="A syslog server beside standard error: syslog://host:514, syslog+tcp://… or syslog+tls://….",
        ),
    ] = ""
    open_: Annotated[
        bool, typer.Option("--open", help="No access control; listens on this machine only.")
    ] = False


HERE: Final = (HOST_DEFAULT, "localhost", "::1")
"""Addresses that only this machine reaches."""


class RunCommand(Command):
    """Serve the areas until Ctrl+C."""

    def __call__(self, **arguments: Any) -> None:
        """Run a node."""
        gc.set_threshold(*COLLECTED_EVERY)
        told = Told(**arguments)
        if told.open_ and told.host not in HERE:
            raise typer.BadParameter(
                f"--open asks nobody who they are, so it listens on this machine only; leave out --host {told.host}",
                param_hint="--host",
            )
        once_read("structlog", partial(start_log, target=_target(told.log_to)))
        sys.excepthook = say_end
        settings = Settings(
            data=told.data,
            store=told.store,
            cities=tuple(told.city or CITIES_DEFAULT),
            host=told.host,
            proxies=_proxies(os.environ.get("KAITEKI_PROXIES", "")),
            port=told.port,
            public_url=told.public_url,
            open=told.open_,
            world=told.world,
            world_speed=told.world_speed,
            memory_mb=told.memory_mb,
        )
        try:
            check_tiles(settings.cities, os.environ)
            machines_of(os.environ, settings.cities)
            need_free(settings.address, settings.port)
            with claim_folder(settings.data):
                watch_token()
                note_policies(settings.data, () if settings.open else settings.cities)
                uvloop.run(_run(settings))
        except (BadCity, BadMachines, BadScanner, BadTiles, Taken) as wrong:
            raise typer.BadParameter(str(wrong)) from wrong
        except KeysAway as away:
            # nobody could sign in, and whether sample accounts are closed could not be seen: whoever watches the node starts it again
            typer.echo(f"Not started: {away}", err=True)
            raise typer.Exit(1) from away


run: Final = RunCommand(Told)
