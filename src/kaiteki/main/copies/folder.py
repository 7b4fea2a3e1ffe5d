"""Copies of a data folder: its files, the databases among them as they are at one moment."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from kaiteki.main.copies.bringing import pour
from kaiteki.main.copies.packs import Shelf
from kaiteki.main.copies.repository import Copy, Repository
from kaiteki.main.copies.taking import (
    Taking,
    files_before,
    name_of,
    need_room,
    ring_of,
    size_of,
    workplace,
)
from kaiteki.main.copies.tree import Leaf, Told
from kaiteki.ports.keys import Tombstone
from kaiteki.stores.sqlite import FOLDER_MODE
from kaiteki.stores.sqlite.ring import erased_in


class Folder:
    """A data folder, which has room for its database once more."""

    source = "folder"

    def __init__(self, data: Path) -> None:
        self.data = data

    def name(self) -> str:
        """Of the node, by the secret in the folder."""
        return name_of(self.data)

    def newest_erasure(self) -> int:
        """The number of the newest erasure in the ring of the folder."""
        return max((one.number for one in erased_in(self.data)), default=0)

    def erasures(self) -> Sequence[Tombstone]:
        """By the ring of the folder."""
        return erased_in(self.data)

    def size(self) -> int:
        """The bytes of the files that belong into a copy."""
        return size_of(self.data)

    def ring(self) -> bytes | None:
        """The ring in the folder."""
        return ring_of(self.data)

    def take(self, newest: Copy | None, shelf: Shelf, told: Told) -> dict[str, Leaf]:
        """The files; what in between lies in the folder is gone at the end."""
        need_room(self.data)
        work = workplace(self.data)
        try:
            return Taking(self.data, shelf, files_before(newest, shelf), told).take(work)
        finally:
            shutil.rmtree(work)

    def cleansed(self, repository: Repository, copy: Copy, shelf: Shelf, told: Told) -> dict[str, Leaf]:
        """Brought back inside the folder for a moment."""
        work = workplace(self.data)
        try:
            town, apart = work / "town", work / "apart"
            for folder in (town, apart):
                folder.mkdir(mode=FOLDER_MODE)
            pour(repository, copy, town, told)
            return Taking(town, shelf, files_before(copy, shelf), told).take(apart)
        finally:
            shutil.rmtree(work)
