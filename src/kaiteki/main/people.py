"""`kaiteki user`: accounts of people and machines, their roles and passwords."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec
import typer
from rich.console import Console
from rich.table import Column, Table

from kaiteki.kit.identity import Identity, tidy_login
from kaiteki.main.cities import BadCity, load_city
from kaiteki.main.clock import SystemClock
from kaiteki.main.options import DATA_DEFAULT, AreaOption, DataOption
from kaiteki.main.parts import SERVICES
from kaiteki.main.stores import open_store
from kaiteki.model.access import ADMIN, RESIDENT, STAFF
from kaiteki.model.decision import Refused
from kaiteki.model.instant import format_instant
from kaiteki.ports.accounts import Account, Grant

LISTED_PER_PAGE = 200
T = TypeVar("T")
user_app = typer.Typer(help="Accounts of people and machines.", no_args_is_help=True)

LoginArgument = Annotated[str, typer.Argument(help="The login.")]
RoleOption = Annotated[str, typer.Option("--role", help="staff, admin, or a role of a service.")]
OfficeOption = Annotated[str, typer.Option("--office", help="Code of the office in which the role holds.")]


def _with_register(data: Path, work: Callable[[Identity], Awaitable[T]]) -> T:
    async def run() -> T:
        clock = SystemClock()
        store = await open_store(data, clock)
        try:
            return await work(Identity(store.accounts, clock))
        finally:
            await store.entities.close()

    return asyncio.run(run())


def _stop(words: str) -> typer.Exit:
    Console(stderr=True).print(words)
    return typer.Exit(1)


def _known_role(role: str) -> str:
    """A role that something heeds. Raises BadParameter for one that would open nothing."""
    known = {ADMIN, STAFF, RESIDENT, *(one for service in SERVICES for one in service.roles)}
    if role not in known:
        raise typer.BadParameter(f"there is no role {role}; there are {', '.join(sorted(known))}")
    return role


def _known_area(area: str) -> str:
    """An area that this machine knows, or `*`. Raises BadParameter for a role that would hold nowhere."""
    try:
        return area if area == "*" else load_city(area).name
    except BadCity as wrong:
        raise typer.BadParameter(str(wrong)) from wrong


def _why(refused: Refused) -> str:
    faults = "; ".join(fault.words.en for fault in refused.faults)
    return faults or refused.code.replace("_", " ")


async def _known(register: Identity, login: str) -> Account:
    account = await register.accounts.by_login(tidy_login(login))
    if account is None:
        raise _stop(f"There is no account with the login {login}.")
    return account


@user_app.command()
def add(
    login: LoginArgument,
    name: Annotated[str, typer.Option("--name", help="What others read.")] = "",
    role: Annotated[list[str] | None, typer.Option("--role", help="May be given more than once.")] = None,
    city: AreaOption = "*",
    data: DataOption = DATA_DEFAULT,
    machine: Annotated[bool, typer.Option("--machine", help="A program: prints its bearer token.")] = False,
) -> None:
    """Add an account. The password is asked for (or read from standard input when that is no terminal)."""
    area = _known_area(city)
    grants = [Grant(area, _known_role(one)) for one in role or ()]
    if machine:
        made = _with_register(data, lambda register: register.register_machine(name or login, grants))
        if isinstance(made, Refused):
            raise _stop(_why(made))
        account, token = made
        Console(stderr=True).print(
            f"Added the machine {account.name} ({account.id}). Its token, shown this once:"
        )
        typer.echo(token)
        return
    password = _ask_password()
    kept = _with_register(data, lambda register: register.register(login, name or login, password, grants))
    if isinstance(kept, Refused):
        raise _stop(_why(kept))
    typer.echo(f"Added {kept.login}.")


def _ask_password() -> str:
    stdin = typer.get_text_stream("stdin")
    if stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    return stdin.readline().rstrip("\n")


@user_app.command("list")
def list_accounts(data: DataOption = DATA_DEFAULT) -> None:
    """Show all accounts, in the order of their logins."""

    async def collect(register: Identity) -> list[Account]:
        found: list[Account] = []
        while page := await register.accounts.list(found[-1].login if found else "", LISTED_PER_PAGE):
            found += page
        return found

    # who is to be locked out is named by the whole login: the other columns give way to it
    table = Table(Column("login", no_wrap=True), "name", "roles", Column("since", no_wrap=True), "")
    for account in _with_register(data, collect):
        table.add_row(
            account.login,
            account.name,
            ", ".join(_say(grant) for grant in account.grants),
            format_instant(account.created_at)[:10],
            "disabled" if account.disabled else "sample" if account.sample else "",
        )
    Console().print(table)


def _say(grant: Grant) -> str:
    return f"{grant.role}@{grant.area}" + (f"/{grant.office}" if grant.office else "")


@user_app.command()
def grant(
    login: LoginArgument,
    role: RoleOption,
    city: AreaOption = "*",
    office: OfficeOption = "",
    data: DataOption = DATA_DEFAULT,
    revoke: Annotated[bool, typer.Option("--revoke", help="Take the role away.")] = False,
) -> None:
    """Give an account a role in an area, or take it away."""
    wanted = Grant(city, role, office) if revoke else Grant(_known_area(city), _known_role(role), office)

    async def change(register: Identity) -> Account:
        account = await _known(register, login)
        others = tuple(one for one in account.grants if one != wanted)
        changed = msgspec.structs.replace(account, grants=others if revoke else (*others, wanted))
        await register.accounts.put(changed)
        return changed

    changed = _with_register(data, change)
    typer.echo(f"{changed.login}: {', '.join(_say(one) for one in changed.grants) or 'no roles'}")


@user_app.command()
def passwd(login: LoginArgument, data: DataOption = DATA_DEFAULT) -> None:
    """Set a password; all sessions of the account end."""
    password = _ask_password()

    async def change(register: Identity) -> Account | Refused:
        return await register.set_password(await _known(register, login), password)

    changed = _with_register(data, change)
    if isinstance(changed, Refused):
        raise _stop(_why(changed))
    typer.echo(f"Changed the password of {changed.login}.")


@user_app.command()
def disable(
    login: LoginArgument,
    data: DataOption = DATA_DEFAULT,
    undo: Annotated[bool, typer.Option("--undo", help="Let the account sign in again.")] = False,
) -> None:
    """Lock an account out without forgetting what it did."""

    async def change(register: Identity) -> Account:
        account = await _known(register, login)
        changed = msgspec.structs.replace(account, disabled=not undo)
        await register.accounts.put(changed)
        return changed

    changed = _with_register(data, change)
    typer.echo(f"{changed.login} is {'enabled' if undo else 'disabled'}.")
