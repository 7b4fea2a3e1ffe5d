"""Taking out of older copies who was erased since: each is brought back for a moment, the erasures are done again, and it is copied anew
under its old moment; then the pieces that only the old one needed go.

Killed at any moment it is begun again: a copy is replaced once the new one is whole, and what is done is not done twice.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from kaiteki.main.copies.disk import lay
from kaiteki.main.copies.keeping import clear_away
from kaiteki.main.copies.marks import COPIES_NAME, Noted, noted
from kaiteki.main.copies.origin import Origin
from kaiteki.main.copies.repository import Copy, Repository
from kaiteki.main.copies.taking import keep_ring
from kaiteki.main.copies.tree import Told, plant
from kaiteki.stores.sqlite import FOLDER_MODE

NOTHING_DEAD: Final = 1.0
REPOSITORIES_MAX: Final = 100


def behind(repository: Repository, newest: int) -> list[tuple[Path, Copy]]:
    """The copies that still hold somebody who was erased, oldest first."""
    return [(path, copy) for path, copy in repository.copies()[0] if copy.erased < newest]


def cleanse(repository: Repository, origin: Origin, say: Callable[[Copy], None], told: Told) -> int:
    """Cleanse all copies that are behind the ring of a city; how many there were.

    `say` hears of each before it is begun. Raises CannotCopy, Damaged, NoKek, OSError; what was done by then is done.
    """
    newest = origin.newest_erasure()
    with repository.adding():
        keep_ring(repository, origin)
        old = behind(repository, newest)
        for path, copy in old:
            say(copy)
            _cleanse_one(repository, origin, (path, copy, newest), told)
    if old:
        with repository.alone():
            clear_away(repository, [copy for _, copy in repository.copies()[0]], NOTHING_DEAD)
    return len(old)


def _cleanse_one(repository: Repository, origin: Origin, which: tuple[Path, Copy, int], told: Told) -> None:
    path, copy, newest = which
    if not any(
        (one.at, one.node) == (copy.at, copy.node) and one.erased >= newest
        for _, one in repository.copies()[0]
    ):
        shelf = repository.shelf()
        try:
            files = origin.cleansed(repository, copy, shelf, told)
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
    repository.forget([path])


def note(repository: Repository, data: Path) -> None:
    """Write down in a data folder that a repository holds copies of it, so that who erases people knows where else they are."""
    copies = repository.copies()[0]
    if copies:
        known = noted(data) | {
            str(repository.folder.resolve()): Noted(
                copies[-1][1].at, min(one.erased for _, one in copies), repository.marking
            )
        }
        data.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        newest_first = sorted(known.items(), key=lambda one: -one[1].at)[:REPOSITORIES_MAX]
        lay(data / COPIES_NAME, msgspec.json.encode(dict(newest_first)))


def owing(origin: Origin) -> dict[str, Noted]:
    """The repositories whose copies still hold somebody who was erased, as far as is known in the folder of a city."""
    known = noted(origin.data)
    newest = origin.newest_erasure() if known else 0
    return {folder: one for folder, one in known.items() if one.erased < newest}
