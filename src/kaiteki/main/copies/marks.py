"""Marks of erasures: whom a town erased since its last copy, laid beside the copies by its node, which has no passphrase.

What seals them is made from the key of the repository and kept where copies are written down in the data folder (`copies.json`): it opens
nothing else, and whoever has the repository alone can neither read a mark nor make one. A restore and a cleansing obey them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from kaiteki.main.copies.chest import Chest, Damaged
from kaiteki.main.copies.disk import lay
from kaiteki.main.copies.holding import held
from kaiteki.model.instant import Instant
from kaiteki.ports.keys import Tombstone

COPIES_NAME: Final = "copies.json"
"""Where the repositories that hold copies of a folder are written down, for who erases people in it."""
MARKS: Final = "erased"
MARKS_LOCK: Final = "erased-lock"
_PLACE: Final = b"marks of erasures"
_LIST: Final = msgspec.msgpack.Decoder(list[Tombstone])


class Noted(msgspec.Struct, frozen=True):
    """A repository that holds copies of a data folder: when the newest was taken, up to which erasure all of them are cleansed, what
    seals marks there (empty where an older Kaiteki wrote it down)."""

    at: Instant
    erased: int
    marking: bytes = b""


def noted(data: Path) -> dict[str, Noted]:
    """The repositories that are known to hold copies of a data folder, by their folders."""
    file = data / COPIES_NAME
    return msgspec.json.decode(file.read_bytes(), type=dict[str, Noted]) if file.is_file() else {}


def marks_in(folder: Path, marking: bytes) -> Sequence[Tombstone]:
    """The erasures that are marked in a repository, in the order in which they were laid; raises Damaged."""
    file = folder / MARKS
    if not file.is_file():
        return ()
    try:
        return _LIST.decode(Chest(marking).open(file.read_bytes(), _PLACE))
    except (Damaged, msgspec.DecodeError) as wrong:
        raise Damaged(f"the marks of erasures ({MARKS}) cannot be read: {wrong}") from wrong


def lay_marks(folder: Path, marking: bytes, erasures: Sequence[Tombstone]) -> int:
    """Mark erasures in a repository, beside those that are marked there; how many are new. Raises Damaged, OSError."""
    with held(folder / MARKS_LOCK):
        before = marks_in(folder, marking)
        new = unmarked(erasures, before)
        if new:
            lay(folder / MARKS, Chest(marking).seal(msgspec.msgpack.encode([*before, *new]), _PLACE))
        return len(new)


def unmarked(erasures: Sequence[Tombstone], known: Sequence[Tombstone]) -> list[Tombstone]:
    """The erasures of people, some id of whom is in none of the known ones: an erasure that is done again names ids one by one."""
    gone = {root for one in known for root in one.who.split()}
    return [one for one in erasures if not gone.issuperset(one.who.split())]


def mark(data: Path, erasures: Sequence[Tombstone]) -> Mapping[str, str]:
    """Mark the erasures of a town in all repositories that its folder knows; why not, for those where it could not be done."""
    away: dict[str, str] = {}
    for folder, one in noted(data).items():
        if not one.marking:
            away[folder] = "an older Kaiteki took the copies; the next copy makes it known"
            continue
        try:
            lay_marks(Path(folder), one.marking, erasures)
        except (OSError, Damaged) as wrong:
            away[folder] = str(wrong)
    return away
