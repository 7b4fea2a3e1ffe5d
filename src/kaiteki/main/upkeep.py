"""Looking after a data folder: what is wrong with it."""

from __future__ import annotations

import asyncio
import shutil
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from kaiteki.kit.failures import set_aside
from kaiteki.main.cities import BadCity, known_cities, load_city
from kaiteki.main.clock import SystemClock
from kaiteki.main.faces import find_faces
from kaiteki.main.harvesting import unfetched
from kaiteki.main.kek_state import kek_state
from kaiteki.main.options import DATA_DEFAULT, DataOption
from kaiteki.main.policies_of_town import sound_policies, unread
from kaiteki.main.slowness import behind, long_log, slow_disk, sync_ms
from kaiteki.main.stores import look_at_database, named_store, open_store
from kaiteki.main.trust_notes import OTHERS, bare_staff, notes_of_folder, plain_data
from kaiteki.ports.subscriptions import Backlog
from kaiteki.stores.sqlite import FILE_NAME
from kaiteki.stores.sqlite.thorough import doubts_of
from kaiteki.stores.sqlite.upkeep import faults_of

SOURCES_AT_ONCE = 1000
FREE_SPACE_MIN_BYTES = 1_000_000_000
FACES_FOUND = "Faces in photos are hidden automatically."
FACES_NOT_FOUND = "Note: faces in photos are NOT hidden automatically, because kaiteki[faces] is not installed; the desk must look at each photo."


def need_data(data: Path) -> None:
    """Stop with clear words where a folder holds no data of a node."""
    if not (data / FILE_NAME).is_file():
        raise stop(f"There are no data of a node in {data}. Name the folder of the node: --data FOLDER.")


def doctor(
    thorough: Annotated[
        bool,
        typer.Option(
            "--thorough",
            help="Look at every document, index entry, version and change as well: some minutes for a million documents.",
        ),
    ] = False,
    data: DataOption = DATA_DEFAULT,
) -> None:
    """Say what keeps a node on this folder from doing its work; exit code 1 when there is something."""
    if thorough and named_store():
        raise stop("--thorough is for a data folder; PostgreSQL checks itself (pg_amcheck, data checksums).")
    if not named_store():
        need_data(data)
    faults: list[str] = []
    for name in known_cities():
        try:
            load_city(name)
        except BadCity as bad:
            faults.append(str(bad))
    faults += sound_policies(known_cities())[1]
    faults += _database_faults(data) if named_store() else _folder_faults(data)
    faults += _looked_through(data) if thorough else []
    for fault in faults:
        typer.echo(fault)
    typer.echo(FACES_FOUND if find_faces() else FACES_NOT_FOUND)
    for note in [] if named_store() else notes_of_folder(data):
        typer.echo(f"Note: {note}")
    for note in unread(data, known_cities()):
        typer.echo(f"Note: policies of {note}")
    if data.is_dir() and stat.S_IMODE(data.stat().st_mode) & OTHERS:
        typer.echo(
            f"Note: others on this machine may look into {data}; `chmod 700 {data}` keeps it for its owner."
        )
    typer.echo("All is well." if not faults else f"{len(faults)} to mend.")
    raise typer.Exit(1 if faults else 0)


def _folder_faults(data: Path) -> list[str]:
    """What is wrong with the file of a data folder and the disk that it is on."""
    unsound = faults_of(data / FILE_NAME)
    faults = [f"{data / FILE_NAME}: {fault}" for fault in unsound] or _left_over(data)
    taken_ms = sync_ms(data)
    typer.echo(f"A write takes {taken_ms:.1f} ms on this disk.")
    faults += [*slow_disk(taken_ms), *long_log(data / FILE_NAME)]
    free = shutil.disk_usage(data).free
    if free < FREE_SPACE_MIN_BYTES:
        faults.append(f"only {free / 1e6:.0f} MB are free on the disk")
    return faults


def _looked_through(data: Path) -> list[str]:
    """What does not fit in the file of a folder, document by document and change by change."""
    with Progress(console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("documents and changes", total=None)
        doubts = doubts_of(data / FILE_NAME, lambda count: progress.advance(bar, count))
    return [f"{data / FILE_NAME}: {doubt}" for doubt in doubts]


def _database_faults(data: Path) -> list[str]:
    """What is wrong with the named database; says what it is."""
    told, unsound = asyncio.run(look_at_database(named_store()))
    for line in told:
        typer.echo(line)
    return unsound or _left_over(data)


def _left_over(data: Path) -> list[str]:
    """What a sound node could not do and left to people, one line each."""
    failed = [
        f"{area}: {count} pieces of automatic work failed and wait for people (type Failure)"
        for area, count in asyncio.run(_set_aside(data)).items()
    ]
    unsent = [
        f"{one.area}: {one.dead} notifications of {one.subscription_id} could not be sent; POST …/deadLetters sends them again"
        for one in asyncio.run(_backlogs(data))
        if one.dead
    ]
    return [
        *failed,
        *unsent,
        *asyncio.run(_silent(data)),
        *asyncio.run(_unfetched(data)),
        *asyncio.run(_behind(data)),
        *asyncio.run(_trust(data)),
    ]


async def _trust(data: Path) -> list[str]:
    """What of people stands in clear; says which accounts of staff a password alone opens."""
    store = await open_store(data, SystemClock())
    try:
        for note in await bare_staff(store):
            typer.echo(f"Note: {note}")
        state = await kek_state(data, store.keys, bool(named_store()))
        for note in state.notes():
            typer.echo(f"Note: {note}")
        return [*await plain_data(store), *state.faults()]
    finally:
        await store.entities.close()


async def _behind(data: Path) -> list[str]:
    store = await open_store(data, SystemClock())
    try:
        return await behind(store)
    finally:
        await store.entities.close()


async def _silent(data: Path) -> list[str]:
    """The context sources that failed when they were asked last, one line each."""
    store = await open_store(data, SystemClock())
    silent: list[str] = []
    try:
        after = ("", "")
        while page := await store.sources.list(after, SOURCES_AT_ONCE):
            silent += [
                f"{kept.area}: the context source {kept.registration.id} at {kept.registration.endpoint} failed last:"
                f" {kept.standing.reason}"
                for kept in page
                if kept.standing.status == "failed"
            ]
            after = page[-1].key
    finally:
        await store.entities.close()
    return silent


async def _unfetched(data: Path) -> list[str]:
    store = await open_store(data, SystemClock())
    try:
        return await unfetched(store.entities)
    finally:
        await store.entities.close()


async def _set_aside(data: Path) -> dict[str, int]:
    store = await open_store(data, SystemClock())
    try:
        return await set_aside(store.entities)
    finally:
        await store.entities.close()


async def _backlogs(data: Path) -> Sequence[Backlog]:
    store = await open_store(data, SystemClock())
    try:
        return await store.subscriptions.backlogs()
    finally:
        await store.entities.close()


def stop(words: str) -> typer.Exit:
    """Say why a command cannot go on; the answer is to be raised (exit code 1)."""
    Console(stderr=True).print(words)
    return typer.Exit(1)
