"""The files of a copy as pieces: a long file is a list of pieces, a folder is a piece that lists what is in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

import msgspec

from kaiteki.main.copies.chest import Damaged
from kaiteki.main.copies.packs import Shelf

PIECE_SIZE_BYTES: Final = 65_536
"""Sixteen pages of SQLite: a multiple of every page size, so that a page that did not change lies in a piece that may not have."""
LISTED_MAX: Final = 512
"""Pieces that one list names; a file of more has several, so that what did not change in it is listed once."""


Told = Callable[[int], None]
"""Hears how many bytes more are done."""


class Leaf(msgspec.Struct, frozen=True, tag="file"):
    """A file: its name in its folder, size, rights, and the pieces that name its content's pieces."""

    name: str
    size: int
    mode: int
    lists: tuple[bytes, ...]


class Branch(msgspec.Struct, frozen=True, tag="folder"):
    """A folder within a folder, and the piece that lists it."""

    name: str
    listing: bytes


_LISTING: Final = msgspec.msgpack.Decoder(list[Leaf | Branch])
_NAMES: Final = msgspec.msgpack.Decoder(list[bytes])


class Lists:
    """A long content in the making: its pieces as they come, and the pieces that list them."""

    def __init__(self, shelf: Shelf) -> None:
        self.size = 0
        self._shelf = shelf
        self._lists: list[bytes] = []
        self._names: list[bytes] = []

    def add(self, piece: bytes) -> None:
        """Keep the piece that follows."""
        self.size += len(piece)
        self._names.append(self._shelf.put(piece))
        if len(self._names) == LISTED_MAX:
            self._list()

    def finish(self) -> tuple[bytes, ...]:
        """The pieces that list all of it."""
        if self._names:
            self._list()
        return tuple(self._lists)

    def _list(self) -> None:
        self._lists.append(self._shelf.put(msgspec.msgpack.encode(self._names)))
        self._names = []


def cut(content: Iterable[bytes], shelf: Shelf) -> tuple[int, tuple[bytes, ...]]:
    """Keep contents that follow one another: how long they are together, and the pieces that list their pieces."""
    lists = Lists(shelf)
    for one in content:
        lists.add(one)
    return lists.size, lists.finish()


def plant(files: Mapping[str, Leaf], shelf: Shelf) -> bytes:
    """Keep the listings of files by their paths (`/` between folders); the name of the topmost one."""
    listing: list[Leaf | Branch] = []
    below: dict[str, dict[str, Leaf]] = {}
    for path, leaf in sorted(files.items()):
        folder, between, rest = path.partition("/")
        if between:
            below.setdefault(folder, {})[rest] = leaf
        else:
            listing.append(leaf)
    listing += [Branch(folder, plant(inside, shelf)) for folder, inside in below.items()]
    return shelf.put(msgspec.msgpack.encode(listing))


def leaves(root: bytes, shelf: Shelf, path: str = "") -> Iterator[tuple[str, Leaf]]:
    """The files below a listing with their paths; raises Damaged."""
    for one in _LISTING.decode(shelf.get(root)):
        if one.name in ("", ".", "..") or "/" in one.name:
            raise Damaged(f"{one.name!r} is no name of a file")
        if isinstance(one, Leaf):
            yield path + one.name, one
        else:
            yield from leaves(one.listing, shelf, f"{path}{one.name}/")


def pieces_of(leaf: Leaf, shelf: Shelf) -> Iterator[bytes]:
    """The names of the pieces of a file, in order; raises Damaged."""
    for listed in leaf.lists:
        yield from _NAMES.decode(shelf.get(listed))


def reached(root: bytes, shelf: Shelf, known: set[bytes]) -> None:
    """Add all names that a listing needs to those that are known; what is known already is not looked through again. Raises Damaged."""
    if root in known:
        return
    known.add(root)
    for one in _LISTING.decode(shelf.get(root)):
        if isinstance(one, Branch):
            reached(one.listing, shelf, known)
            continue
        for listed in one.lists:
            if listed not in known:
                known.add(listed)
                known.update(_NAMES.decode(shelf.get(listed)))
