"""The command line: `kaiteki run` and what else a town hall does with a node."""

from __future__ import annotations

from typing import Annotated

import typer

from kaiteki.main.bench.command import bench
from kaiteki.main.import_command import ImportCommand
from kaiteki.main.options import DATA_DEFAULT, DataOption
from kaiteki.main.people import user_app
from kaiteki.main.run import run_node
from kaiteki.main.settings import CITIES_DEFAULT, HOST_DEFAULT, PORT_DEFAULT, Settings
from kaiteki.main.upkeep import audit_app, backup, doctor, restore

app = typer.Typer(help="Kaiteki (快・適): a city OS with the services that people use.", no_args_is_help=True)
app.add_typer(user_app, name="user")

CityOption = Annotated[
    list[str] | None,
    typer.Option("--city", envvar="KAITEKI_CITY", help="Area to serve; may be given more than once."),
]


@app.callback()
def kaiteki() -> None:
    """One program for a city: data plane, services, portal."""


@app.command()
def run(
    city: CityOption = None,
    data: DataOption = DATA_DEFAULT,
    port: Annotated[int, typer.Option(envvar="KAITEKI_PORT", min=1, max=65535)] = PORT_DEFAULT,
    host: Annotated[str, typer.Option(envvar="KAITEKI_HOST", help="Address to listen on.")] = HOST_DEFAULT,
    world: Annotated[
        bool, typer.Option("--world", help="Let a simulated small world live in the city.")
    ] = False,
    world_speed: Annotated[
        float, typer.Option(min=0.1, max=100_000, help="Seconds that the world lives in each second.")
    ] = 1.0,
    open_: Annotated[
        bool, typer.Option("--open", help="No access control; listens on this machine only.")
    ] = False,
) -> None:
    """Serve the areas until Ctrl+C."""
    run_node(
        Settings(
            data=data,
            cities=tuple(city or CITIES_DEFAULT),
            host=host,
            port=port,
            open=open_,
            world=world,
            world_speed=world_speed,
        )
    )


app.command("import")(ImportCommand())
app.command()(bench)
app.command()(backup)
app.command()(restore)
app.command()(doctor)
app.add_typer(audit_app, name="audit")
