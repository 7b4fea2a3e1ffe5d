"""Taking a copy of a city while its node goes on, and what of a data folder belongs into it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Final

import msgspec

from kaiteki.main.clock import SystemClock
from kaiteki.main.copies.chest import Damaged
from kaiteki.main.copies.disk import UNFINISHED
from kaiteki.main.copies.marks import COPIES_NAME
from kaiteki.main.copies.origin import CannotCopy, Origin
from kaiteki.main.copies.packs import Shelf
from kaiteki.main.copies.repository import Copy, Repository
from kaiteki.main.copies.tree import PIECE_SIZE_BYTES, Leaf, Told, cut, leaves, plant
from kaiteki.main.kek import KEK_NAME
from kaiteki.main.log_key import HEAD_NAME, KEY_NAME
from kaiteki.main.policies_of_town import READ_NAME
from kaiteki.main.secret import SECRET_NAME, node_name, node_secret
from kaiteki.main.trust_notes import COPIED_NAME
from kaiteki.stores.sqlite import FILES_FOLDER, FOLDER_MODE, RECEIVED_FOLDER
from kaiteki.stores.sqlite.ring import RING_NAME, write_ring
from kaiteki.stores.sqlite.upkeep import snapshot
from kaiteki.stores.sqlite.wiping import LAYERS_FOLDER

RING_FILES: Final = (RING_NAME, KEK_NAME)
"""The ring of personal keys and the key that wraps them, where that lies here: in no copy, and only the newest is kept beside them."""
BESIDE_SQLITE: Final = ("-wal", "-shm", "-journal")
SQLITE_BEGINS: Final = b"SQLite format 3\0"
RIGHTS: Final = 0o777
RING_MODE: Final = 0o600
SPARE_SPACE_BYTES: Final = 200_000_000


class Taking:
    """One copy in the making."""

    def __init__(self, data: Path, shelf: Shelf, before: dict[str, Leaf], told: Told) -> None:
        """`before`: the files of the copy before this one."""
        self._data = data
        self._shelf = shelf
        self._before = before
        self._told = told
        self._leaves: dict[str, Leaf] = {}
        self._databases: list[Path] = []

    def take(self, work: Path) -> dict[str, Leaf]:
        """The files of the folder by their paths, as they are at one moment; `work` is an empty folder for what is in between.

        A kept file that goes while the databases are set apart is in them still, one that comes is in them already: looked at
        before and after.
        """
        self._look()
        databases = self._databases
        set_apart = [work / str(number) for number, _ in enumerate(databases)]
        for file, apart in zip(databases, set_apart, strict=True):
            snapshot(file, apart)
        self._look()
        for file, apart in zip(databases, set_apart, strict=True):
            self._cut(file, apart)
        return self._leaves

    def _look(self) -> None:
        """Keep the files that were not met yet; the databases are only noted."""
        self._databases = []
        for file in sorted(self._data.rglob("*")):
            path = file.relative_to(self._data).as_posix()
            if not belongs(path) or path in self._leaves or file.is_symlink() or not file.is_file():
                continue
            try:
                if is_sqlite(file):
                    self._databases.append(file)
                elif not self._unchanged(path, file):
                    self._cut(file, file)
            except FileNotFoundError:
                # a received photo that was developed meanwhile: its picture is a kept file
                continue

    def _unchanged(self, path: str, file: Path) -> bool:
        """Whether the name of a file is its content and it was in the copy before: then it is not read again."""
        known = self._before.get(path)
        if not named_by_content(path) or known is None or known.size != file.stat().st_size:
            return False
        if not all(map(self._shelf.has, known.lists)):
            return False
        self._leaves[path] = known
        self._told(known.size)
        return True

    def _cut(self, file: Path, source: Path) -> None:
        path = file.relative_to(self._data).as_posix()
        mode = file.stat().st_mode & RIGHTS
        size, lists = cut(read_pieces(source, self._told), self._shelf)
        self._leaves[path] = Leaf(file.name, size, mode, lists)


def read_pieces(file: Path, told: Told) -> Iterator[bytes]:
    """A file in pieces of one size."""
    with file.open("rb") as source:
        while piece := source.read(PIECE_SIZE_BYTES):
            yield piece
            told(len(piece))


def take_copy(repository: Repository, origin: Origin, told: Told) -> Copy:
    """Add a copy of a city to a repository and bring the ring of personal keys up to date.

    All that was answered before `Copy.at` is in it. Raises CannotCopy, OSError where the disk takes no more; then the repository
    is as it was.
    """
    copies, _ = repository.copies()
    node = origin.name()
    newest = copies[-1][1] if copies else None
    if newest is not None and newest.node not in ("", node):
        raise CannotCopy(
            f"The repository holds copies of another node ({newest.node}); this one is {node or 'without a name yet'}."
            " Each node has a repository of its own."
        )
    shelf = repository.shelf()
    at = SystemClock().now()
    erased = origin.newest_erasure()
    try:
        files = origin.take(newest, shelf, told)
        root = plant(files, shelf)
        shelf.flush()
        keep_ring(repository, origin)
        sizes = sum(leaf.size for leaf in files.values())
        copy = Copy(
            at,
            node,
            version("kaiteki"),
            root,
            len(files),
            sizes,
            shelf.written_bytes,
            source=origin.source,
            erased=erased,
        )
        repository.keep(copy)
        origin.data.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        (origin.data / COPIED_NAME).touch(mode=RING_MODE)
    finally:
        shelf.abandon()
    return copy


def name_of(data: Path) -> str:
    """The name of the node of a folder; empty where none has run on it yet."""
    return node_name(node_secret(data)) if (data / SECRET_NAME).is_file() else ""


def size_of(data: Path) -> int:
    """The bytes that a copy of a folder reads, as far as can be told before."""
    total = 0
    for file in data.rglob("*"):
        if belongs(file.relative_to(data).as_posix()) and file.is_file():
            try:
                total += file.stat().st_size
            except FileNotFoundError:
                continue
    return total


def keep_ring(repository: Repository, origin: Origin) -> bool:
    """Bring the ring of personal keys of a repository up to date; whether it was another one.

    Read after the data that were sealed with it, so that no key is missing; of two at once none brings an older ring back.
    """
    with repository.with_ring():
        at = SystemClock().now()
        ring = origin.ring()
        return ring is not None and repository.keep_ring(ring, at)


def ring_of(data: Path) -> bytes | None:
    """The ring of personal keys of a folder at this moment, as `lay_ring` takes it; None where there is none."""
    if not (data / RING_NAME).is_file():
        return None
    found: dict[str, bytes] = {}
    work = workplace(data)
    try:
        write_ring(data, work / RING_NAME)
        found[RING_NAME] = (work / RING_NAME).read_bytes()
        if (data / KEK_NAME).is_file():
            found[KEK_NAME] = (data / KEK_NAME).read_bytes()
    finally:
        shutil.rmtree(work)
    return msgspec.msgpack.encode(found)


def lay_ring(ring: bytes, folder: Path) -> None:
    """Put a ring of personal keys into a folder, for its owner alone."""
    for name, content in msgspec.msgpack.decode(ring, type=dict[str, bytes]).items():
        if name in RING_FILES:
            (folder / name).touch(mode=RING_MODE)
            (folder / name).write_bytes(content)


def belongs(path: str) -> bool:
    """Whether a file of a data folder belongs into a copy: not what is half written, what SQLite lays beside its files,
    the ring of keys, layers of the map that were put in order, where copies are, the newest head of the log, which may be signed after the store was copied, the key that
    signs it, nor which policies the node has read."""
    if path.startswith((*RING_FILES, f"{LAYERS_FOLDER}/")) or path.endswith(BESIDE_SQLITE):
        return False
    if path in (HEAD_NAME, KEY_NAME, COPIED_NAME, COPIES_NAME, READ_NAME):
        return False
    return not any(part.endswith(UNFINISHED) for part in path.split("/"))


def named_by_content(path: str) -> bool:
    """Whether the name of a file says what is in it, so that it never changes."""
    return path.startswith((f"{FILES_FOLDER}/", f"{RECEIVED_FOLDER}/"))


def is_sqlite(file: Path) -> bool:
    """Whether a file is a database of SQLite."""
    with file.open("rb") as opened:
        return opened.read(len(SQLITE_BEGINS)) == SQLITE_BEGINS


def files_before(newest: Copy | None, shelf: Shelf) -> dict[str, Leaf]:
    """The files of the copy before; where it is damaged everything is read anew."""
    try:
        return dict(leaves(newest.root, shelf)) if newest else {}
    except (Damaged, msgspec.DecodeError):
        return {}


def need_room(data: Path) -> None:
    """Setting the database apart may not fill the disk that the city lives on."""
    needed = sum(file.stat().st_size for file in data.glob("*.sqlite*")) + SPARE_SPACE_BYTES
    free = shutil.disk_usage(data).free
    if free < needed:
        raise CannotCopy(
            f"The disk of {data} has {free / 1e6:,.0f} MB free; a copy needs {needed / 1e6:,.0f} MB of it for a while."
        )


def workplace(data: Path) -> Path:
    """A new folder inside the data folder, so that nothing readable lies elsewhere; what killed commands left there goes."""
    for left in data.glob(f"copying-*{UNFINISHED}"):
        process = left.name.split("-")[1]
        if process.isdecimal() and not Path(f"/proc/{process}").exists():
            shutil.rmtree(left, ignore_errors=True)
    number = len(list(data.glob(f"copying-{os.getpid()}-*")))
    work = data / f"copying-{os.getpid()}-{number}-{UNFINISHED}"
    work.mkdir(mode=0o700)
    return work
