"""Bringing a copy back into a folder, and making sure that one could be."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import msgspec

from kaiteki.main.copies.chest import Damaged
from kaiteki.main.copies.database import NO_SCRATCH, SOURCE, faults_of_copy
from kaiteki.main.copies.laying import begin, finish, lay_leaf
from kaiteki.main.copies.marks import unmarked
from kaiteki.main.copies.origin import CannotCopy
from kaiteki.main.copies.packs import Shelf
from kaiteki.main.copies.repository import Copy, Repository
from kaiteki.main.copies.taking import lay_ring, named_by_content
from kaiteki.main.copies.tree import Told, leaves, reached
from kaiteki.main.replaying import replay
from kaiteki.stores.sqlite import FILE_NAME
from kaiteki.stores.sqlite.ring import erased_in
from kaiteki.stores.sqlite.upkeep import faults_of

FAULTS_TOLD_MAX: Final = 50


def bring_back(repository: Repository, copy: Copy, target: Path, told: Told) -> None:
    """Make the data folder of a copy, joined with the newest ring of keys: who was erased since is erased in it again.

    Every piece is checked; raises Damaged or NoKek, and then there is no folder.
    """
    unfinished = begin(target)
    try:
        pour(repository, copy, unfinished, told)
        faults = faults_of(unfinished / FILE_NAME)
        if faults:
            raise Damaged("the copy was brought back, but is not sound: " + "; ".join(faults))
        finish(unfinished, target)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def pour(repository: Repository, copy: Copy, folder: Path, told: Told) -> int:
    """Lay the files of a copy and the newest ring into a folder, and erase there who was erased since, by the ring or by marks; how many. Raises Damaged, NoKek."""
    if copy.source == SOURCE:
        raise CannotCopy(
            "This copy is one of a database: name an empty one in KAITEKI_STORE to bring it back into (docs/guide/postgresql.md)."
        )
    shelf = repository.shelf()
    try:
        for path, leaf in leaves(copy.root, shelf):
            lay_leaf(leaf, folder / path, shelf, told)
    except msgspec.DecodeError as wrong:
        raise Damaged(f"a listing cannot be read: {wrong}") from wrong
    ring = repository.ring()
    if ring is not None:
        lay_ring(ring, folder)
    erased = erased_in(folder)
    since = [one for one in erased if one.number > copy.erased]
    marked = unmarked(repository.marks(), erased)
    return asyncio.run(replay(folder, since, marked=marked)) if since or marked else 0


def faults_in(repository: Repository, work: Path | None, scratch: str, told: Told) -> list[str]:
    """What is wrong with a repository, one line each: reads every piece, looks that no copy lacks one, brings the newest copy back and checks it.

    Into a folder in `work`, or, where it is one of a database, into the one at the address `scratch`. Raises CannotCopy where none is named.
    """
    copies, unreadable = repository.copies()
    if copies and copies[-1][1].source == SOURCE and not scratch:
        raise CannotCopy(NO_SCRATCH)
    shelf = repository.shelf()
    faults = [f"copies/{name} cannot be read" for name in unreadable]
    faults += [f"packs/{name}: its table is damaged; its pieces are lost" for name in shelf.unreadable]
    sound = _sound_pieces(shelf, faults, told)
    for path, copy in copies:
        lost = _lost(copy, shelf, sound)
        if lost:
            faults.append(f"copies/{path.name} cannot be brought back whole: {lost}")
    if not faults and copies:
        newest = copies[-1][1]
        if newest.source == SOURCE:
            faults += faults_of_copy(repository, newest, scratch)
        else:
            faults += _tried(repository, newest, work)
    return faults


def _sound_pieces(shelf: Shelf, faults: list[str], told: Told) -> set[bytes]:
    """The names of the pieces that are what they are called; the others are told."""
    sound: set[bytes] = set()
    for path, row in shelf.everything():
        try:
            content = shelf.read(path, row)
            if shelf.chest.name(content) == row.name:
                sound.add(row.name)
            else:
                faults.append(f"piece {row.name.hex()[:16]} in packs/{path.name} is not what it is called")
        except Damaged as wrong:
            if len(faults) < FAULTS_TOLD_MAX:
                faults.append(str(wrong))
        told(row.length)
    return sound


def _lost(copy: Copy, shelf: Shelf, sound: set[bytes]) -> str:
    """Why a copy is not whole; empty when it is."""
    needed: set[bytes] = set()
    try:
        reached(copy.root, shelf, needed)
    except (Damaged, msgspec.DecodeError) as wrong:
        return str(wrong)
    missing = len(needed - sound)
    return f"{missing} of its pieces are damaged or missing" if missing else ""


def _tried(repository: Repository, copy: Copy, work: Path | None) -> list[str]:
    """Bring a copy back into a folder that goes again, and look at it as `doctor` would."""
    with TemporaryDirectory(prefix="kaiteki-verify-", dir=work) as folder:
        target = Path(folder) / "data"
        try:
            bring_back(repository, copy, target, lambda _: None)
        except Damaged as wrong:
            return [str(wrong)]
        return list(_misnamed(target))


def _misnamed(target: Path) -> Iterable[str]:
    """The kept files whose content is not what their name says."""
    for file in target.rglob("*"):
        path = file.relative_to(target).as_posix()
        if file.is_file() and named_by_content(path):
            named = file.parent.name + file.name
            if hashlib.sha256(file.read_bytes()).hexdigest() != named:
                yield f"{path} holds something else than its name says"
