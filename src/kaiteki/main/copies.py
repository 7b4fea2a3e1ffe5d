"""`kaiteki backup` and `kaiteki restore`: a data folder as it was at one moment, whole or not there at all.

Both work in a folder beside their target (`<name>.part`), which gets its name when everything is in it. So a command that was
killed leaves nothing that looks like a copy or like the data of a node.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Annotated, Final

import typer

from kaiteki.main.options import DATA_DEFAULT, DataOption
from kaiteki.main.secret import SECRET_NAME
from kaiteki.main.stores import named_store
from kaiteki.main.upkeep import need_data, stop
from kaiteki.stores.sqlite import FILE_NAME, FILES_FOLDER, FOLDER_MODE, RECEIVED_FOLDER
from kaiteki.stores.sqlite.upkeep import back_up, faults_of

UNFINISHED: Final = ".part"
"""The end of names that are being written, of folders as of files."""


def backup(
    target: Annotated[Path, typer.Argument(help="A new folder for the copy.", file_okay=False)],
    data: DataOption = DATA_DEFAULT,
) -> None:
    """Copy the data as they are at one moment; the node may go on meanwhile."""
    if named_store():
        raise stop(
            "The city is kept in a database, which has a tool for this: pg_dump --format=custom --file=TARGET ADDRESS"
            " (docs/guide/postgresql.md). The data folder holds nothing that it needs."
        )
    need_data(data)
    if target.exists():
        raise stop(f"{target} is there already; a copy goes into a new folder.")
    copy = _begin(target)
    # files that go while the database is copied are in it still, those that come are in it already: looked at before and after
    _copy_files(data, copy)
    back_up(data / FILE_NAME, copy / FILE_NAME)
    _copy_files(data, copy)
    if (data / SECRET_NAME).is_file():
        shutil.copy2(data / SECRET_NAME, copy / SECRET_NAME)
    _finish(copy, target)
    typer.echo(f"Copied {data} to {target}.")


def restore(
    source: Annotated[Path, typer.Argument(help="A folder that backup made.", exists=True, file_okay=False)],
    data: DataOption = DATA_DEFAULT,
) -> None:
    """Make a data folder from a copy. The folder must not be there yet, so that nothing is lost."""
    if named_store():
        raise stop(
            "The city is kept in a database: bring a copy back with pg_restore into a new one (docs/guide/postgresql.md)."
        )
    if data.exists():
        raise stop(f"{data} is there already; move it away first.")
    if source.suffix == UNFINISHED or not (source / FILE_NAME).is_file():
        raise stop(f"{source} is no copy that backup made and finished.")
    faults = faults_of(source / FILE_NAME)
    if faults:
        raise stop("The copy is damaged: " + "; ".join(faults))
    unfinished = _begin(data)
    shutil.copytree(source, unfinished, dirs_exist_ok=True)
    unfinished.chmod(FOLDER_MODE)
    _finish(unfinished, data)
    typer.echo(f"Restored {source} to {data}.")


def _begin(target: Path) -> Path:
    """An empty folder beside the target; what a killed command left there goes."""
    unfinished = target.with_name(target.name + UNFINISHED)
    if unfinished.exists():
        shutil.rmtree(unfinished)
    unfinished.mkdir(mode=FOLDER_MODE, parents=True)
    return unfinished


def _finish(unfinished: Path, target: Path) -> None:
    """Give the folder its name once all of it is on disk."""
    os.sync()
    unfinished.replace(target)


def _copy_files(data: Path, copy: Path) -> None:
    """Copy the kept and the received files that the copy has not yet. Their names are their content, so none changes."""
    for name in (FILES_FOLDER, RECEIVED_FOLDER):
        for file in (data / name).rglob("*"):
            there = copy / file.relative_to(data)
            if file.suffix == UNFINISHED or there.exists() or not file.is_file():
                continue
            there.parent.mkdir(parents=True, exist_ok=True)
            try:
                shutil.copy2(file, there)
            except FileNotFoundError:
                # a received photo that was developed meanwhile: its picture is a kept file
                there.unlink(missing_ok=True)
