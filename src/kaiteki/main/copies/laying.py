"""Laying the files of a copy into a folder, which has its name when all of it is there."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

from kaiteki.main.copies.chest import Damaged
from kaiteki.main.copies.disk import UNFINISHED
from kaiteki.main.copies.packs import Shelf
from kaiteki.main.copies.tree import Leaf, Told, pieces_of
from kaiteki.stores.sqlite import FOLDER_MODE


def begin(target: Path) -> Path:
    """An empty folder beside the target; what a killed command left there goes."""
    unfinished = target.with_name(target.name + UNFINISHED)
    if unfinished.exists():
        shutil.rmtree(unfinished)
    unfinished.mkdir(mode=FOLDER_MODE, parents=True)
    return unfinished


def lay_leaf(leaf: Leaf, file: Path, shelf: Shelf, told: Told) -> None:
    """Write a file of a copy, for its owner alone; raises Damaged."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("xb") as out:
        os.fchmod(out.fileno(), leaf.mode & stat.S_IRWXU)
        for name in pieces_of(leaf, shelf):
            piece = shelf.get(name)
            out.write(piece)
            told(len(piece))
        if out.tell() != leaf.size:
            raise Damaged(f"{file.name} has another length than it had")


def finish(unfinished: Path, target: Path) -> None:
    """Give the folder its name once all of it is on disk."""
    os.sync()
    unfinished.replace(target)
