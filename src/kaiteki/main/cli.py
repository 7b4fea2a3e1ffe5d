"""The command line: `kaiteki run` and what else a town hall does with a node. Each command is read when it is called."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final, cast

import typer
from typer.core import TyperGroup
from typer.main import get_command

from kaiteki.main.late import let_wait
from kaiteki.ports.outage import StoreAway

COMMANDS: Final = {
    "run": ("kaiteki.main.run", "run"),
    "import": ("kaiteki.main.import_command", "import_command"),
    "export": ("kaiteki.main.export_command", "export"),
    "tiles": ("kaiteki.main.tiles_command", "tiles"),
    "counts": ("kaiteki.main.counts", "counts"),
    "bench": ("kaiteki.main.bench.command", "bench"),
    "waits": ("kaiteki.main.bench.waits_told", "waits"),
    "backup": ("kaiteki.main.copies.command", "backup_app"),
    "restore": ("kaiteki.main.copies.restoring", "restore"),
    "doctor": ("kaiteki.main.upkeep", "doctor"),
    "erase": ("kaiteki.main.erase_command", "erase"),
    "keys": ("kaiteki.main.keys_command", "keys_app"),
    "policies": ("kaiteki.main.policies_command", "policies"),
    "token": ("kaiteki.main.token_command", "token"),
    "audit": ("kaiteki.main.audit_command", "audit_app"),
    "user": ("kaiteki.main.people", "user_app"),
}
"""By name: the module of a command and what in it is the command (a function) or the group of commands (an app)."""


class Commands(TyperGroup):
    """What can be called by name; its module is read then."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Their names, in the order of the table."""
        return list(COMMANDS)

    def invoke(self, ctx: Any) -> Any:
        """Run a command; where what it needs is away, that is said in words (exit code 1)."""
        try:
            return super().invoke(ctx)
        except StoreAway as away:
            typer.echo(str(away), err=True)
            raise typer.Exit(1) from away

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of a name, its module read by now; None for a name that is none."""
        named = COMMANDS.get(cmd_name)
        if named is None:
            return None
        let_wait()
        module, attribute = named
        found: Any = getattr(import_module(module), attribute)
        holder = typer.Typer(callback=_hold, add_completion=False)
        if isinstance(found, typer.Typer):
            holder.add_typer(found, name=cmd_name)
        else:
            holder.command(cmd_name)(found)
        return cast(TyperGroup, get_command(holder)).get_command(ctx, cmd_name)


def _hold() -> None:
    """Make a group out of what holds one command."""


app = typer.Typer(
    cls=Commands,
    help="Kaiteki (快・適): a city OS with the services that people use.",
    no_args_is_help=True,
    # what a bug shows of a process may hold no values of its variables: they may be passwords
    pretty_exceptions_show_locals=False,
)


@app.callback()
def kaiteki() -> None:
    """One program for a city: data plane, services, portal."""
