"""Copies of a city in PostgreSQL: each table is a file of the copy, beside them what lies in the folder of a node.

`database/described` what the tables are · `database/<table>` its rows (COPY, binary) · `folder/…` the files of the node's own folder
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

from kaiteki.main.copies.chest import Damaged
from kaiteki.main.copies.cutting import Cutter
from kaiteki.main.copies.laying import begin, finish, lay_leaf
from kaiteki.main.copies.marks import unmarked
from kaiteki.main.copies.origin import CannotCopy
from kaiteki.main.copies.packs import Shelf
from kaiteki.main.copies.repository import Copy, Repository
from kaiteki.main.copies.taking import RIGHTS, RING_MODE, belongs, is_sqlite, named_by_content, read_pieces
from kaiteki.main.copies.tree import Leaf, Lists, Told, cut, leaves, pieces_of
from kaiteki.main.replaying import replay
from kaiteki.main.secret import node_name
from kaiteki.main.stores import clear_database, copying_of, faults_of_unfinished, unfinished_too
from kaiteki.ports.keys import Tombstone

SOURCE: Final = "database"
TABLES: Final = "database/"
DESCRIBED: Final = "described"
FOLDER: Final = "folder/"
NO_SCRATCH: Final = (
    "A copy of a database is looked into by bringing it back for a moment: name an empty database that this may fill and empty again, with"
    " --scratch or KAITEKI_SCRATCH_STORE (docs/guide/postgresql.md says how to make it)."
)


Found = TypeVar("Found")


class ShelfFailed(Exception):
    """The repository failed, not the database: the cause says how."""


class Database:
    """The city at an address, and the folder of a node on it. `scratch` is the address of an empty database for copies that are cleansed."""

    source = SOURCE

    def __init__(self, address: str, data: Path, scratch: str = "") -> None:
        self.data = data
        self._address = address
        self._scratch = scratch
        self._copying = copying_of(address)

    def name(self) -> str:
        """Of the node, by its secret in the database."""
        secret = self._outline().secret
        return node_name(secret) if secret else ""

    def newest_erasure(self) -> int:
        """The number of the newest erasure in the ring of the database."""
        return int(self._outline().erased)

    def erasures(self) -> Sequence[Tombstone]:
        """By the ring of the database."""
        erased: Sequence[Tombstone] = asyncio.run(self._copying.read_ring(self._address)).tombstones
        return [one for one in erased if one.who]

    def size(self) -> int:
        """The bytes of the tables in the database, which are somewhat more than those that are read."""
        return int(self._outline().size_bytes)

    def _outline(self) -> Any:
        return asyncio.run(self._copying.outline(self._address))

    def ring(self) -> bytes | None:
        """The ring in the database."""
        return msgspec.msgpack.encode(asyncio.run(self._copying.read_ring(self._address)))

    def take(self, newest: Copy | None, shelf: Shelf, told: Told) -> dict[str, Leaf]:
        """The tables at one moment, and the files of the folder."""
        tables = _to_the_end(_tables(self._copying, self._address, shelf, told))
        return {**tables, **self._beside(shelf, told)}

    def cleansed(self, repository: Repository, copy: Copy, shelf: Shelf, told: Told) -> dict[str, Leaf]:
        """Brought back into the scratch database, which is empty again at the end."""
        if not self._scratch:
            raise CannotCopy(f"Older copies still hold who was erased since. {NO_SCRATCH}")
        kept = {path: leaf for path, leaf in leaves(copy.root, shelf) if path.startswith(FOLDER)}

        async def again() -> dict[str, Leaf]:
            async with _for_a_moment(repository, copy, self._scratch, told) as copying:
                return await _tables(copying, self._scratch, shelf, told)

        return {**_to_the_end(again()), **kept}

    def _beside(self, shelf: Shelf, told: Told) -> dict[str, Leaf]:
        """The files of the folder that are of a node on a database: no city in a file, and nothing of one."""
        found: dict[str, Leaf] = {}
        for file in sorted(self.data.rglob("*")) if self.data.is_dir() else ():
            path = file.relative_to(self.data).as_posix()
            if not belongs(path) or named_by_content(path) or file.is_symlink() or not file.is_file():
                continue
            try:
                if not is_sqlite(file):
                    size, lists = cut(read_pieces(file, told), shelf)
                    found[FOLDER + path] = Leaf(file.name, size, file.stat().st_mode & RIGHTS, lists)
            except FileNotFoundError:
                # a file that its node replaced meanwhile by another one, as with heads of the log
                continue
        return found


def bring_back_database(repository: Repository, copy: Copy, address: str, data: Path, told: Told) -> bool:
    """Fill an empty database from a copy, joined with the newest ring: who was erased since is erased in it again. Whether `data`, which
    was not there, has the files of the folder of the node.

    Every piece is checked; nodes are refused until all is done. Raises CannotCopy, Damaged, NoKek, UnusableStore.
    """

    async def bring() -> bool:
        copying = copying_of(address)
        async with copying.alone_in(address):
            if await _pour(repository, copy, address, told):
                # else the files of the database would hold in dead rows whom the copy still knew
                await clear_database(address, lambda _: None)
            faults = await faults_of_unfinished(address)
            if faults:
                raise Damaged("the copy was brought back, but is not sound: " + "; ".join(faults))
            laid = _lay_folder(repository, copy, data, told)
            await copying.finish(address)
            return laid

    return _to_the_end(bring())


def faults_of_copy(repository: Repository, copy: Copy, scratch: str) -> list[str]:
    """What is wrong with a copy, found by bringing it back into a scratch database, which is empty again at the end. Raises UnusableStore."""

    async def look() -> list[str]:
        async with _for_a_moment(repository, copy, scratch, lambda _: None):
            return await faults_of_unfinished(scratch)

    try:
        return _to_the_end(look())
    except Damaged as wrong:
        return [str(wrong)]


def _to_the_end(work: Coroutine[Any, Any, Found]) -> Found:
    """Run it; what failed in the repository is told as what it is."""
    try:
        return asyncio.run(work)
    except ShelfFailed as failed:
        raise failed.__cause__ or failed from None


@asynccontextmanager
async def _for_a_moment(repository: Repository, copy: Copy, scratch: str, told: Told) -> AsyncGenerator[Any]:
    """A copy in a scratch database; nobody else is at work in it."""
    copying = copying_of(scratch)
    async with copying.alone_in(scratch):
        try:
            await _pour(repository, copy, scratch, told)
            yield copying
        finally:
            await copying.drop_unfinished(scratch)


async def _tables(copying: Any, address: str, shelf: Shelf, told: Told) -> dict[str, Leaf]:
    """Keep the tables of a database as they are at one moment."""
    found: dict[str, Leaf] = {}
    async with copying.open_moment(address) as moment:
        described = msgspec.msgpack.encode(moment.described)
        with _of_the_shelf():
            size, lists = cut([described], shelf)
        found[TABLES + DESCRIBED] = Leaf(DESCRIBED, size, RING_MODE, lists)
        for table in moment.described.tables:
            kept = Lists(shelf)
            cutter = Cutter(shelf.chest)
            await moment.tell(table, _keeping(cutter, kept, told))
            with _of_the_shelf():
                for piece in cutter.finish():
                    kept.add(piece)
                found[TABLES + table.name] = Leaf(table.name, kept.size, RING_MODE, kept.finish())
    return found


def _keeping(cutter: Cutter, kept: Lists, told: Told) -> Callable[[bytes], None]:
    """Who hears the rows of a table and keeps them in pieces."""

    def hear(content: bytes) -> None:
        with _of_the_shelf():
            for piece in cutter.feed(content):
                kept.add(piece)
        told(len(content))

    return hear


@contextmanager
def _of_the_shelf() -> Generator[None]:
    """What fails in it failed in the repository: a database raises the same errors."""
    try:
        yield
    except OSError as wrong:
        raise ShelfFailed from wrong


async def _pour(repository: Repository, copy: Copy, address: str, told: Told) -> int:
    """Fill an empty database, and erase in it who was erased since the copy; how many. It stays unfinished."""
    if copy.source != SOURCE:
        raise CannotCopy(
            "This copy is one of a data folder: bring it back into a folder, without KAITEKI_STORE."
        )
    copying, shelf = copying_of(address), repository.shelf()
    with _of_the_shelf():
        found = dict(leaves(copy.root, shelf))
        kept = repository.ring()
        marks = repository.marks()
    try:
        described = msgspec.msgpack.decode(
            b"".join(_content(found, DESCRIBED, shelf)), type=copying.Described
        )
        ring = msgspec.msgpack.decode(kept, type=copying.Ring) if kept is not None else None
    except msgspec.DecodeError as wrong:
        raise Damaged(f"a listing cannot be read: {wrong}") from wrong

    async def rows(table: Any) -> AsyncGenerator[bytes]:
        with _of_the_shelf():
            for piece in _content(found, table.name, shelf):
                yield piece
                told(len(piece))

    await copying.bring_back(address, described, rows, ring)
    erased: Sequence[Tombstone] = ring.tombstones if ring else []
    since = [one for one in erased if one.who and one.number > copy.erased]
    marked = unmarked(marks, erased)
    if not since and not marked:
        return 0
    with unfinished_too():
        return await replay(Path(), since, address, marked=marked)


def _content(found: dict[str, Leaf], name: str, shelf: Shelf) -> Generator[bytes]:
    """The pieces of a table, all of them; raises Damaged."""
    leaf = found.get(TABLES + name)
    if leaf is None:
        raise Damaged(f"{TABLES}{name} is missing")
    size = 0
    for piece in pieces_of(leaf, shelf):
        content = shelf.get(piece)
        size += len(content)
        yield content
    if size != leaf.size:
        raise Damaged(f"{TABLES}{name} has another length than it had")


def _lay_folder(repository: Repository, copy: Copy, data: Path, told: Told) -> bool:
    """Make the folder of a node where there is none; whether it was made."""
    if data.exists():
        return False
    shelf = repository.shelf()
    unfinished = begin(data)
    try:
        for path, leaf in leaves(copy.root, shelf):
            if path.startswith(FOLDER):
                lay_leaf(leaf, unfinished / path.removeprefix(FOLDER), shelf, told)
        finish(unfinished, data)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return True
