"""`kaiteki erase`: everything that is known of a person goes, and the keys that open it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

from kaiteki.kit.erasing import STEPS, Erasing, Order
from kaiteki.kit.erasures import Erased
from kaiteki.main.clock import SystemClock
from kaiteki.main.copies.cleansing import owing
from kaiteki.main.copies.command import city_of, cleanse_and_say
from kaiteki.main.copies.marks import mark
from kaiteki.main.copies.words import SCRATCH_VARIABLE, KeyFileOption, in_words, opened
from kaiteki.main.meant import accounts_meant, say_candidates
from kaiteki.main.options import DATA_DEFAULT, DataOption
from kaiteki.main.replaying import open_erasing, sound_areas
from kaiteki.main.stores import clear_database, named_store
from kaiteki.main.upkeep import need_data, stop
from kaiteki.model.access import device_holder
from kaiteki.model.instant import format_instant
from kaiteki.ports.keys import Tombstone
from kaiteki.stores.store import Store

DONE: Final = {
    "closed": "The account is closed; nobody can sign in with it any more.",
    "emptied": "What services say of this person in records of others is emptied.",
    "gone": "What this person holds is deleted, with its past.",
    "photos": "Photos that nobody else sent are deleted.",
    "left": "Subscriptions, ways to sign in and the account are deleted.",
    "keys": "The keys are destroyed.",
}
"""What is said after each step."""


def erase(
    who: Annotated[
        str, typer.Argument(help="The login or the id of an account, or the id of a browser or of a device.")
    ] = "",
    ground: Annotated[
        str, typer.Option(help="Why: kept with the tombstone. Name nobody in it.")
    ] = "本人の請求",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask whether it is meant.")] = False,
    again: Annotated[
        bool,
        typer.Option(
            "--again",
            help="Nobody new: do all erasures that the ring of keys knows of once more, after older data were brought back.",
        ),
    ] = False,
    vacuum: Annotated[
        bool,
        typer.Option(
            "--vacuum",
            help="PostgreSQL: write all tables anew, after it or alone, so that its files hold nothing of deleted rows; nodes wait for each table.",
        ),
    ] = False,
    key_file: KeyFileOption = None,
    data: DataOption = DATA_DEFAULT,
) -> None:
    """Erase a person: what they hold with its past, what services say of them, account, keys. It cannot be undone, not from a copy either.

    Stopped or killed on the way, it goes on when it is run again, for whomever: that is said first.
    """
    if not named_store():
        need_data(data)
    for unsound in sound_areas()[1]:
        typer.echo(unsound, err=True)
    if again:
        typer.echo(f"{asyncio.run(_again(data))} erasures were done once more in these data.")
    elif who or not vacuum:
        _person(data, who, ground, sure=yes)
        _copies(data, key_file)
    if vacuum:
        _vacuum()


def _person(data: Path, who: str, ground: str, *, sure: bool) -> None:
    """Erase whoever is named, and say what went; stops where nobody is."""
    if not who:
        raise typer.BadParameter(
            "name a login, or the id of an account, a browser or a device", param_hint="who"
        )
    if not sure and not typer.confirm(f"Erase everything that is known of {who}? This cannot be undone."):
        raise stop("Nothing was erased.")
    erased = asyncio.run(_erase(data, who, ground))
    if erased is None:
        raise stop(f"There is nobody with the login or id {who}, and no erasure of them under way.")
    for one in erased:
        _say(one)


def _say(erased: Erased) -> None:
    typer.echo(
        f"Erased: {erased.gone} records, {erased.emptied} records of services emptied, {erased.photos} photos,"
        f" {erased.subscriptions} subscriptions, {erased.keys} keys."
    )
    for one in erased.kept:
        ground_words = f", {one.ground.ja}" if one.ground is not None else ""
        typer.echo(
            f"Kept, because the law says so: {one.count} × {one.type.ja} ({one.purpose.ja}{ground_words}), {one.keep_days} days."
        )


def _copies(data: Path, key_file: Path | None) -> None:
    """Take the person out of the copies that are known, where their passphrase is at hand; say where else the person is."""
    origin = city_of(data, os.environ.get(SCRATCH_VARIABLE, ""))
    mark(data, origin.erasures())
    for folder, one in owing(origin).items():
        if key_file is not None and Path(folder).is_dir():
            with in_words():
                unlocked = opened(Path(folder), key_file)
            cleanse_and_say(unlocked, origin)
            continue
        typer.echo(
            f"The copies in {folder} (the newest of {format_instant(one.at)}) still hold this person, whom a restore erases again: the next copy there takes them"
            f" out of all, or at once: kaiteki backup cleanse {folder}"
        )
    if named_store():
        typer.echo(
            "Dumps by pg_dump from before still hold this person, and the files of PostgreSQL the bytes of deleted rows until `kaiteki erase --vacuum`:"
            " docs/guide/postgresql.md says what to do."
        )
    typer.echo(
        "What was carried elsewhere (exports, copies of copies, papers, what subscribers were sent) nobody can reach from here:"
        " docs/guide/backups.md lists it."
    )


def _vacuum() -> None:
    """Clear the files of the database of what was deleted; say what only its administrator can do."""
    if not named_store():
        raise stop("The data folder holds nothing of deleted rows: --vacuum is for PostgreSQL.")
    done: list[str] = []

    def hear(table: str) -> None:
        done.append(table)
        typer.echo(f"{table} is written anew.", err=True)

    left = asyncio.run(clear_database(named_store(), hear))
    typer.echo(f"{len(done)} tables are written anew: they hold nothing of deleted rows.")
    typer.echo(
        "Let an administrator of the server run these too, in psql; samples of columns and the write-ahead log keep older bytes:"
    )
    for statement in left:
        typer.echo(f"{statement};")


async def _erase(data: Path, who: str, ground: str) -> Sequence[Erased] | None:
    """What was done, an erasure that had stopped before included; None where nobody is meant."""
    async with open_erasing(data, named_store()) as (erasing, store):
        resumed = await _resume(erasing)
        ids = await _ids(erasing, store, who)
        if ids is None:
            return resumed or None
        order = Order("operator", ground, SystemClock().now())
        return [*resumed, await erasing.erase(ids, order, _hear)]


async def _resume(erasing: Erasing) -> Sequence[Erased]:
    """Go on with what was stopped, and say so."""
    for one in await erasing.under_way():
        typer.echo(
            f"An erasure of {format_instant(one.at)} (ordered by {one.by}) was stopped before its end: the account is closed, and what"
            " was done then is done. It goes on now, to the end."
        )
    return await erasing.resume(_hear)


async def _ids(erasing: Erasing, store: Store, who: str) -> tuple[str, ...] | None:
    """The ids of whoever is meant."""
    meant = await accounts_meant(store.accounts, who)
    if len(meant) > 1:
        raise stop(say_candidates(who, meant))
    if meant:
        return await erasing.ids_of(meant[0].id)
    for ids in ((who,), (device_holder(who),)):
        if await erasing.knows(ids):
            return ids
    return None


async def _again(data: Path) -> int:
    async with open_erasing(data, named_store()) as (erasing, store):
        known: Sequence[Tombstone] = await store.keys.tombstones()
        return await erasing.replay(known)


def _hear(step: str) -> None:
    """A step that is done, with its place among all; before the end of the last nothing is lost by being stopped."""
    typer.echo(f"{STEPS.index(step) + 1}/{len(STEPS)}  {DONE[step]}")
