"""`kaiteki erase`: everything that is known of a person goes, and the keys that open it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from kaiteki.kit.engine import Engine
from kaiteki.kit.erasing import Erased, Order
from kaiteki.main.cities import BadCity, known_cities, load_city
from kaiteki.main.clock import SystemClock
from kaiteki.main.known_people import erasing_over
from kaiteki.main.options import DATA_DEFAULT, DataOption
from kaiteki.main.parts import SERVICES, settings_of_services
from kaiteki.main.sealing import open_sealed
from kaiteki.main.stores import named_store
from kaiteki.main.upkeep import need_data, stop


def erase(
    who: Annotated[str, typer.Argument(help="The login or the id of an account, or the id of a browser.")],
    ground: Annotated[
        str, typer.Option(help="Why: kept with the tombstone. Name nobody in it.")
    ] = "本人の請求",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask whether it is meant.")] = False,
    data: DataOption = DATA_DEFAULT,
) -> None:
    """Erase a person: what they hold with its past, what services say of them, account, keys. It cannot be undone, not from a copy either."""
    if not named_store():
        need_data(data)
    if not yes and not typer.confirm(f"Erase everything that is known of {who}? This cannot be undone."):
        raise stop("Nothing was erased.")
    erased = asyncio.run(_erase(data, who, ground))
    if erased is None:
        raise stop(f"There is nobody with the login or id {who}, and no erasure of them under way.")
    typer.echo(
        f"Erased: {erased.gone} records, {erased.emptied} records of services emptied, {erased.photos} photos,"
        f" {erased.subscriptions} subscriptions, {erased.keys} keys."
    )
    typer.echo(
        "In copies they are erased with the next copy, or at once: kaiteki backup keys FOLDER (docs/guide/backups.md)."
    )
    for one in erased.kept:
        ground_words = f", {one.ground.ja}" if one.ground is not None else ""
        typer.echo(
            f"Kept, because the law says so: {one.count} × {one.type.ja} ({one.purpose.ja}{ground_words}), {one.keep_days} days."
        )


async def _erase(data: Path, who: str, ground: str) -> Erased | None:
    clock = SystemClock()
    store, seals = await open_sealed(data, clock, named_store())
    try:
        areas = {name: load_city(name) for name in _sound_cities()}
        engine = Engine(store.entities, clock, SERVICES, settings_of_services(areas))
        erasing = erasing_over(engine, seals, store)
        await erasing.resume()
        account = await store.accounts.by_login(who) or await store.accounts.by_id(who)
        ids = await erasing.ids_of(account.id) if account is not None else (who,)
        if account is None and not await erasing.knows(ids):
            return None
        return await erasing.erase(ids, Order("operator", ground, clock.now()))
    finally:
        await store.entities.close()


def _sound_cities() -> list[str]:
    """The areas whose folder can be read; one that cannot has no settings that count."""
    sound: list[str] = []
    for name in known_cities():
        try:
            sound.append(load_city(name).name)
        except BadCity as bad:
            typer.echo(f"{name} is passed by: {bad}", err=True)
    return sound
