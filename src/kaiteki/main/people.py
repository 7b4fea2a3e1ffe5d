"""`kaiteki user`: accounts of people and machines, their roles and passwords."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec
import typer
from rich.console import Console
from rich.table import Column, Table

from kaiteki.api.oauth.assertions import CLIENT
from kaiteki.kit.identity import Identity
from kaiteki.kit.providers.asking import ProviderFailed
from kaiteki.kit.providers.keys import read_keys
from kaiteki.main.cities import BadCity, known_cities, load_city, load_service_settings
from kaiteki.main.clock import SystemClock
from kaiteki.main.meant import LISTED_PER_PAGE, UNNAMED, accounts_meant, say_candidates, shown
from kaiteki.main.options import DATA_DEFAULT, AreaOption, DataOption
from kaiteki.main.parts import SERVICES
from kaiteki.main.passwords import equip
from kaiteki.main.sealing import open_sealed
from kaiteki.main.secret import proposed_secret
from kaiteki.main.stores import named_store
from kaiteki.model.access import ADMIN, AUDITOR, RESIDENT, STAFF, Kind
from kaiteki.model.decision import Refused
from kaiteki.model.instant import format_instant
from kaiteki.ports.accounts import Account, Grant, kind_of
from kaiteki.ports.credentials import Credential, Credentials

T = TypeVar("T")
user_app = typer.Typer(help="Accounts of people and machines.", no_args_is_help=True)

LoginArgument = Annotated[str, typer.Argument(help="The login.")]
AccountArgument = Annotated[
    str, typer.Argument(help="The login, the id, or the name of a program.", metavar="ACCOUNT")
]
RoleOption = Annotated[str, typer.Option("--role", help="staff, admin, auditor, or a role of a service.")]
OfficeOption = Annotated[str, typer.Option("--office", help="Code of the office in which the role holds.")]


def _with_register(data: Path, work: Callable[[Identity], Awaitable[T]]) -> T:
    return _with_store(data, lambda register, _credentials: work(register))


def _with_store(data: Path, work: Callable[[Identity, Credentials], Awaitable[T]]) -> T:
    async def run() -> T:
        clock = SystemClock()
        store, _ = await open_sealed(data, clock, named_store())
        try:
            secret = await store.sharing.secret(proposed_secret(data))
            register = Identity(store.accounts, store.credentials, clock, secret)
            equip(register)
            return await work(register, store.credentials)
        finally:
            await store.entities.close()

    return asyncio.run(run())


def _stop(words: str) -> typer.Exit:
    Console(stderr=True).print(words)
    return typer.Exit(1)


def _known_role(role: str) -> str:
    """A role that something heeds. Raises BadParameter for one that would open nothing."""
    known = {ADMIN, AUDITOR, STAFF, RESIDENT, *(one for service in SERVICES for one in service.roles)}
    if role not in known:
        raise typer.BadParameter(f"there is no role {role}; there are {', '.join(sorted(known))}")
    return role


def _known_area(area: str) -> str:
    """An area that this machine knows, or `*`. Raises BadParameter for a role that would hold nowhere."""
    try:
        return area if area == "*" else load_city(area).name
    except BadCity as wrong:
        raise typer.BadParameter(str(wrong)) from wrong


def _known_office(area: str, office: str) -> str:
    """An office that a service has in an area, or for `*` in some area. Raises BadParameter for one in which nothing would be seen."""
    areas = known_cities() if area == "*" else (area,)
    known = {
        code
        for service in SERVICES
        if service.offices is not None and service.settings is not None
        for one in areas
        for code in service.offices(load_service_settings(one, service.name, service.settings))
    }
    if office and office not in known:
        raise typer.BadParameter(f"there is no office {office}; there are {', '.join(sorted(known))}")
    return office


def _known_grant(city: str, role: str, office: str) -> Grant:
    area = _known_area(city)
    return Grant(area, _known_role(role), _known_office(area, office))


def _why(refused: Refused) -> str:
    faults = "; ".join(fault.words.en for fault in refused.faults)
    return faults or refused.code.replace("_", " ")


async def _known(register: Identity, login: str) -> Account:
    meant = await accounts_meant(register.accounts, login)
    if len(meant) > 1:
        raise _stop(say_candidates(login, meant))
    if not meant:
        raise _stop(f"There is no account with the login, the id or the name {shown(login)}.")
    return meant[0]


@user_app.command()
def add(
    login: LoginArgument,
    name: Annotated[str, typer.Option("--name", help="What others read.")] = "",
    role: Annotated[list[str] | None, typer.Option("--role", help="May be given more than once.")] = None,
    city: AreaOption = "*",
    data: DataOption = DATA_DEFAULT,
    machine: Annotated[bool, typer.Option("--machine", help="A program: prints its bearer token.")] = False,
    device: Annotated[bool, typer.Option("--device", help="A device: prints its bearer token.")] = False,
    organisation: Annotated[bool, typer.Option("--organisation", help="A firm or an association.")] = False,
) -> None:
    """Add an account. The password is asked for (or read from standard input when that is no terminal)."""
    area = _known_area(city)
    grants = [Grant(area, _known_role(one)) for one in role or ()]
    if machine + device + organisation > 1:
        raise typer.BadParameter("an account is of one kind")
    if machine or device:
        of_kind: Kind = "device" if device else "machine"
        made = _with_register(
            data, lambda register: register.register_machine(name or login, grants, of_kind)
        )
        if isinstance(made, Refused):
            raise _stop(_why(made))
        account, token = made
        Console(stderr=True).print(
            f"Added the {of_kind} {shown(account.name)} ({account.id}). Its token, shown this once:"
        )
        typer.echo(token)
        return
    password = _ask_password()

    async def add_person(register: Identity) -> Account | Refused:
        made = await register.register(login, name or login, password, grants)
        if isinstance(made, Account) and organisation:
            made = msgspec.structs.replace(made, kind="organisation")
            await register.accounts.put(made)
        return made

    kept = _with_register(data, add_person)
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

    async def collect(register: Identity) -> list[tuple[Account, list[str]]]:
        found: list[Account] = []
        while page := await register.accounts.list(found[-1].login if found else "", LISTED_PER_PAGE):
            found += page
        # the register is in the order of the marks by which it finds logins
        found.sort(key=lambda account: account.login)
        return [(account, _marks(account) + await _factors(register, account)) for account in found]

    # who is to be locked out is named by the whole login: the other columns give way to it
    table = Table(Column("login", no_wrap=True), "name", "roles", Column("since", no_wrap=True), "")
    for account, marks in _with_register(data, collect):
        table.add_row(
            shown(account.login),
            shown(account.name),
            ", ".join(_say(grant) for grant in account.grants),
            format_instant(account.created_at)[:10],
            ", ".join(marks),
        )
    Console().print(table)


async def _factors(register: Identity, account: Account) -> list[str]:
    """By what an account is known besides a password."""
    passkeys = len(await register.passkeys.of(account.id))
    codes = await register.second.is_on(account.id)
    counted = f"{passkeys} passkey{'s' if passkeys > 1 else ''}" if passkeys else ""
    return [mark for mark in (counted, "codes" if codes else "") if mark]


def _marks(account: Account) -> list[str]:
    """What is to be known of an account: what it is if it is no person, and why it may not be what it seems."""
    kind = kind_of(account)
    state = "disabled" if account.disabled else "sample" if account.sample else ""
    return [mark for mark in ("" if kind == "person" else kind, state) if mark]


def _say(grant: Grant) -> str:
    return f"{grant.role}@{grant.area}" + (f"/{grant.office}" if grant.office else "")


@user_app.command()
def grant(
    login: AccountArgument,
    role: RoleOption,
    city: AreaOption = "*",
    office: OfficeOption = "",
    data: DataOption = DATA_DEFAULT,
    revoke: Annotated[bool, typer.Option("--revoke", help="Take the role away.")] = False,
) -> None:
    """Give an account a role in an area, or take it away."""
    wanted = Grant(city, role, office) if revoke else _known_grant(city, role, office)

    async def change(register: Identity) -> Account:
        account = await _known(register, login)
        others = tuple(one for one in account.grants if one != wanted)
        changed = msgspec.structs.replace(account, grants=others if revoke else (*others, wanted))
        await register.accounts.put(changed)
        return changed

    changed = _with_register(data, change)
    typer.echo(f"{changed.login}: {', '.join(_say(one) for one in changed.grants) or 'no roles'}")


@user_app.command()
def passwd(login: AccountArgument, data: DataOption = DATA_DEFAULT) -> None:
    """Set a password; all sessions of the account end."""
    password = _ask_password()

    async def change(register: Identity) -> Account | Refused:
        account = await _known(register, login)
        if kind_of(account) not in UNNAMED:
            raise _stop(f"{account.id} is a {kind_of(account)}: it has a token and no password.")
        return await register.set_password(account, password)

    changed = _with_register(data, change)
    if isinstance(changed, Refused):
        raise _stop(_why(changed))
    typer.echo(f"Changed the password of {changed.login}.")


@user_app.command("forget-factors")
def forget_factors(login: AccountArgument, data: DataOption = DATA_DEFAULT) -> None:
    """Forget the passkeys, the app and the codes on paper of somebody who lost them; all sessions of the account end."""

    async def forget(register: Identity) -> tuple[Account, int]:
        account = await _known(register, login)
        passkeys = await register.passkeys.of(account.id)
        for own in passkeys:
            await register.passkeys.remove(account.id, own.id)
        had_codes = await register.second.is_on(account.id)
        await register.second.switch_off(account.id)
        for session in await register.sessions(account.id):
            await register.accounts.end(session.token_hash)
        return account, len(passkeys) + had_codes

    account, gone = _with_register(data, forget)
    way = "" if account.password_hash else " There is no password: set one with `kaiteki user passwd`."
    typer.echo(f"{account.login}: {gone} second {'factor' if gone == 1 else 'factors'} forgotten.{way}")


@user_app.command()
def disable(
    login: AccountArgument,
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


@user_app.command()
def key(
    login: AccountArgument,
    file: Annotated[
        Path, typer.Argument(help="Its public keys: a JWK set, or one JWK.", dir_okay=False, exists=True)
    ],
    data: DataOption = DATA_DEFAULT,
) -> None:
    """Give a program public keys, so that it asks for tokens by what it signs (private_key_jwt) and without its secret."""
    try:
        told = msgspec.json.decode(file.read_bytes(), type=dict[str, Any])
        keys = told if "keys" in told else {"keys": [told]}
        count = len(read_keys(keys))
    except (msgspec.DecodeError, ProviderFailed) as wrong:
        raise _stop(f"{file} is no JWK set: {wrong}") from wrong
    if count == 0 or any("d" in one for one in keys["keys"]):
        raise _stop("Public keys for signatures are needed (RSA, EC or Ed25519), and nothing private.")

    async def keep(register: Identity, credentials: Credentials) -> Account:
        account = await _known(register, login)
        await credentials.put(Credential(CLIENT, account.id, account.id, msgspec.json.encode(keys)))
        return account

    account = _with_store(data, keep)
    typer.echo(f"{account.id} has {count} {'key' if count == 1 else 'keys'}.")
