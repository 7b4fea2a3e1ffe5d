"""Taking out of older copies who was erased since: each is brought back for a moment, the erasures are done again, and it is copied anew
under its old moment; then the pieces that only the old one needed go.

Killed at any moment it is begun again: a copy is replaced once the new one is whole, and what is done is not done twice.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from kaiteki.main.copies.bringing import pour
from kaiteki.main.copies.disk import lay
from kaiteki.main.copies.keeping import clear_away
from kaiteki.main.copies.repository import Copy, Repository
from kaiteki.main.copies.taking import (
    COPIES_NAME,
    Taking,
    Told,
    files_before,
    keep_ring,
    newest_erasure,
    workplace,
)
from kaiteki.main.copies.tree import plant
from kaiteki.model.instant import Instant
from kaiteki.stores.sqlite import FOLDER_MODE
from kaiteki.stores.sqlite.ring import erased_in

NOTHING_DEAD: Final = 1.0
REPOSITORIES_MAX: Final = 100


class Noted(msgspec.Struct, frozen=True):
    """A repository that holds copies of a data folder: when the newest was taken, and up to which erasure all of them are cleansed."""

    at: Instant
    erased: int


def behind(repository: Repository, newest: int) -> list[tuple[Path, Copy]]:
    """The copies that still hold somebody who was erased, oldest first."""
    return [(path, copy) for path, copy in repository.copies()[0] if copy.erased < newest]


def cleanse(repository: Repository, data: Path, say: Callable[[Copy], None], told: Told) -> int:
    """Cleanse all copies that are behind the ring of a data folder, which has room for one of them; how many there were.

    `say` hears of each before it is begun. Raises Damaged, NoKek, OSError; what was done by then is done.
    """
    newest = newest_erasure(data)
    with repository.adding():
        keep_ring(repository, data)
        old = behind(repository, newest)
        for path, copy in old:
            say(copy)
            _cleanse_one(repository, data, (path, copy, newest), told)
    if old:
        with repository.alone():
            clear_away(repository, [copy for _, copy in repository.copies()[0]], NOTHING_DEAD)
    return len(old)


def _cleanse_one(repository: Repository, data: Path, which: tuple[Path, Copy, int], told: Told) -> None:
    path, copy, newest = which
    if not any(
        (one.at, one.node) == (copy.at, copy.node) and one.erased >= newest
        for _, one in repository.copies()[0]
    ):
        work = workplace(data)
        shelf = repository.shelf()
        try:
            town, apart = work / "town", work / "apart"
            for folder in (town, apart):
                folder.mkdir(mode=FOLDER_MODE)
            pour(repository, copy, town, told)
            files = Taking(town, shelf, files_before(copy, shelf), told).take(apart)
            root = plant(files, shelf)
            shelf.flush()
            sizes = sum(leaf.size for leaf in files.values())
            repository.keep(
                msgspec.structs.replace(
                    copy,
                    root=root,
                    files=len(files),
                    size_bytes=sizes,
                    added_bytes=shelf.written_bytes,
                    erased=newest,
                )
            )
        finally:
            shelf.abandon()
            shutil.rmtree(work)
    repository.forget([path])


def note(repository: Repository, data: Path) -> None:
    """Write down in a data folder that a repository holds copies of it, so that who erases people knows where else they are."""
    copies = repository.copies()[0]
    if copies:
        known = noted(data) | {
            str(repository.folder.resolve()): Noted(copies[-1][1].at, min(one.erased for _, one in copies))
        }
        newest_first = sorted(known.items(), key=lambda one: -one[1].at)[:REPOSITORIES_MAX]
        lay(data / COPIES_NAME, msgspec.json.encode(dict(newest_first)))


def noted(data: Path) -> dict[str, Noted]:
    """The repositories that are known to hold copies of a data folder, by their folders."""
    file = data / COPIES_NAME
    return msgspec.json.decode(file.read_bytes(), type=dict[str, Noted]) if file.is_file() else {}


def owing(data: Path) -> dict[str, Noted]:
    """The repositories whose copies still hold somebody who was erased, as far as is known in the data folder."""
    newest = max((one.number for one in erased_in(data)), default=0)
    return {folder: one for folder, one in noted(data).items() if one.erased < newest}
