"""`kaiteki restore`: a data folder or a database out of a repository of copies, or out of a plain folder as they were made before."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from kaiteki.main.copies.bringing import bring_back
from kaiteki.main.copies.database import Database, bring_back_database
from kaiteki.main.copies.disk import UNFINISHED
from kaiteki.main.copies.folder import Folder
from kaiteki.main.copies.laying import begin, finish
from kaiteki.main.copies.origin import CannotCopy, Origin
from kaiteki.main.copies.repository import Copy, Repository, is_repository
from kaiteki.main.copies.taking import keep_ring
from kaiteki.main.copies.tree import Told
from kaiteki.main.copies.words import KeyFileOption, in_words, moment, opened, progress, size, told
from kaiteki.main.options import DATA_DEFAULT, DataOption
from kaiteki.main.stores import named_store
from kaiteki.main.upkeep import need_data, stop
from kaiteki.stores.sqlite import FILE_NAME, FOLDER_MODE
from kaiteki.stores.sqlite.upkeep import faults_of


def restore(
    source: Annotated[Path, typer.Argument(help="A repository of copies.", exists=True, file_okay=False)],
    at: Annotated[str, typer.Option(help="The newest copy not after this time, like 2026-11-22T10:00.")] = "",
    town: Annotated[
        str,
        typer.Option(
            help="The data folder of the town as it is now, or the address of its database: its ring of keys, which knows who was erased since, is taken first."
        ),
    ] = "",
    key_file: KeyFileOption = None,
    data: DataOption = DATA_DEFAULT,
) -> None:
    """Make a data folder from a copy, or, where KAITEKI_STORE names one, fill an empty database. Nothing that is there is written over."""
    address = named_store()
    if data.exists() and not address:
        raise stop(f"{data} is there already; move it away first.")
    if not is_repository(source):
        if address:
            raise stop(
                f"{source} is no repository of copies. A dump is brought back by pg_restore (docs/guide/postgresql.md)."
            )
        _restore_folder(source, data, town)
        return
    until = moment(at) if at else None
    with in_words():
        repository = opened(source, key_file)
        with repository.reading():
            copy = _newest(repository, until)
            if town:
                _renew_ring(repository, copy, town)
            with progress("Restoring", copy.size_bytes) as hear:
                target = _bring(repository, copy, data, hear)
    typer.echo(f"Restored {target} as it was at {told(copy.at):%Y-%m-%d %H:%M:%S} ({size(copy.size_bytes)}).")
    with in_words():
        _say_erasures(repository, town)


def _bring(repository: Repository, copy: Copy, data: Path, hear: Told) -> str:
    """Bring a copy back into the database that is named, else into a folder; what was made."""
    if not named_store():
        bring_back(repository, copy, data, hear)
        return str(data)
    if bring_back_database(repository, copy, named_store(), data, hear):
        return f"the database, and {data},"
    return f"the database (not {data}, which is there already)"


def _renew_ring(repository: Repository, copy: Copy, town: str) -> None:
    """Let the ring of the town as it is now be the one beside the copies. Raises CannotCopy where it is of another town, or older."""
    if "://" in town:
        origin: Origin = Database(town, Path())
    else:
        need_data(Path(town))
        origin = Folder(Path(town))
    if (origin.name(), origin.source) != (copy.node or origin.name(), copy.source):
        raise CannotCopy(f"{town} is not the town of these copies ({copy.node}).")
    if origin.newest_erasure() < max(one.erased for _, one in repository.copies()[0]):
        raise CannotCopy(
            f"The ring of keys in {town} is older than these copies: it would bring back who was erased since."
        )
    keep_ring(repository, origin)


def _say_erasures(repository: Repository, town: str) -> None:
    """Say up to when it is known who was erased, and what to do where there may have been more."""
    ring_at, marks = repository.ring_at(), repository.marks()
    until = f"{told(ring_at):%Y-%m-%d %H:%M:%S}" if ring_at is not None else "no moment"
    typer.echo(
        f"Who was erased until {until} (the ring of keys beside the copies) or is marked there (erasures marked by the node: {len(marks)}) is erased in it."
    )
    if not town:
        typer.echo(
            "Whoever was erased later, by a node that could not reach the copies, IS IN IT AGAIN. Is the town as it was still there? Remove what was"
            " restored, and run this again with --town and its folder (or the address of its database) before a node runs on it."
        )


def _newest(repository: Repository, until: int | None) -> Copy:
    """The newest copy that is not after a moment; stops where there is none."""
    found, unreadable = repository.copies()
    for name in unreadable:
        typer.echo(f"copies/{name} cannot be read and is passed over")
    fit = [copy for _, copy in found if until is None or copy.at <= until]
    if not fit:
        first = f"; the first one is of {told(found[0][1].at):%Y-%m-%d %H:%M:%S}" if found else ""
        raise stop(f"There is no copy of that time{first}.")
    return fit[-1]


def _restore_folder(source: Path, data: Path, town: str) -> None:
    """From a plain folder, as `backup` made it before there were repositories."""
    if town:
        raise stop(
            "--town is for repositories; with a plain folder see docs/guide/backups.md (`kaiteki erase --again`)."
        )
    if source.suffix == UNFINISHED or not (source / FILE_NAME).is_file():
        raise stop(f"{source} is no copy that backup made and finished.")
    faults = faults_of(source / FILE_NAME)
    if faults:
        raise stop("The copy is damaged: " + "; ".join(faults))
    unfinished = begin(data)
    shutil.copytree(source, unfinished, dirs_exist_ok=True)
    unfinished.chmod(FOLDER_MODE)
    finish(unfinished, data)
    typer.echo(f"Restored {source} to {data}.")
    typer.echo(
        "Whoever was erased after this folder was made IS IN IT AGAIN: lay the newest keys.db and kek.json of the town into it and run"
        f" `kaiteki erase --again --data {data}` before a node runs on it (docs/guide/backups.md)."
    )
