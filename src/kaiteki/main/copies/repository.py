"""A repository of copies: a folder with its locked key, files of pieces, a small file for each copy, and the newest ring of personal keys.

`repository.json` the locked key · `packs/` pieces · `copies/` what each copy consists of · `ring` keys of persons · `ring-at` when they were read
`erased` marks of erasures since then · `lock`
"""

from __future__ import annotations

import fcntl
import hmac
import os
import secrets
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

import msgspec

from kaiteki.main.copies.chest import Chest, Damaged
from kaiteki.main.copies.disk import lay, settle_folder, sweep
from kaiteki.main.copies.holding import held
from kaiteki.main.copies.lock import COST, Cost, Locked, lock, new_key, unlock
from kaiteki.main.copies.marks import marks_in
from kaiteki.main.copies.packs import Shelf
from kaiteki.model.instant import Instant
from kaiteki.ports.keys import Tombstone
from kaiteki.stores.sqlite import FOLDER_MODE

DESCRIPTION: Final = "repository.json"
PACKS: Final = "packs"
COPIES: Final = "copies"
RING: Final = "ring"
LOCK: Final = "lock"
RING_LOCK: Final = "ring-lock"
FORM: Final = "kaiteki copies 1"
_RING_PLACE: Final = b"ring of keys"
RING_AT: Final = "ring-at"
_RING_AT_PLACE: Final = b"when the ring of keys was read"


class NoRepository(Exception):
    """The folder is not what a repository looks like."""


class Description(msgspec.Struct, frozen=True):
    """What everybody may read of a repository."""

    form: Literal["kaiteki copies 1"]
    locked: Locked


class Copy(msgspec.Struct, frozen=True):
    """One copy: the state of a node at a moment. `root` names all that is in it, so it is the digest of the whole."""

    at: Instant
    node: str
    version: str
    root: bytes
    files: int
    size_bytes: int
    added_bytes: int
    source: str = "folder"
    erased: int = 0
    """The number of the newest erasure that the data know of; who was erased behind it is still in them."""


_COPY: Final = msgspec.msgpack.Decoder(Copy)


class Repository:
    """A repository that was unlocked. Work on it stands inside `reading`, `adding` or `alone`."""

    def __init__(self, folder: Path, key: bytes) -> None:
        self.folder = folder
        self.chest = Chest(key)
        self._key = key

    @contextmanager
    def reading(self) -> Generator[None]:
        """While pieces are read or added; nobody removes any meanwhile."""
        with held(self.folder / LOCK, fcntl.LOCK_SH):
            yield

    @contextmanager
    def adding(self) -> Generator[None]:
        """As `reading`; what killed commands left half written is removed first, where nobody else is at work."""
        if _alone(self.folder):
            with held(self.folder / LOCK, fcntl.LOCK_EX):
                sweep(self.folder)
        with self.reading():
            yield

    @contextmanager
    def alone(self) -> Generator[None]:
        """While something is removed or the lock is changed: waits for all others."""
        with held(self.folder / LOCK, fcntl.LOCK_EX):
            sweep(self.folder)
            yield

    def shelf(self) -> Shelf:
        """The pieces as they are now."""
        return Shelf(self.folder / PACKS, self.chest)

    def copies(self) -> tuple[list[tuple[Path, Copy]], list[str]]:
        """All copies, oldest first, and the names of those that cannot be read."""
        found: list[tuple[Path, Copy]] = []
        unreadable: list[str] = []
        for path in (self.folder / COPIES).iterdir():
            if path.suffix:
                continue
            try:
                found.append((path, _COPY.decode(self.chest.open(path.read_bytes(), _place(path)))))
            except Damaged:
                unreadable.append(path.name)
        return sorted(found, key=lambda pair: (pair[1].at, pair[0].name)), unreadable

    def keep(self, copy: Copy) -> Path:
        """Let a copy be seen, all of whose pieces are on disk."""
        moment = datetime.fromtimestamp(copy.at / 1e6, UTC).strftime("%Y-%m-%dT%H%M%SZ")
        path = self.folder / COPIES / f"{moment}-{secrets.token_hex(4)}"
        lay(path, self.chest.seal(msgspec.msgpack.encode(copy), _place(path)))
        return path

    def forget(self, paths: list[Path]) -> None:
        """Remove copies; their pieces stay until they are cleared away."""
        for path in paths:
            path.unlink()
        settle_folder(self.folder / COPIES)

    @contextmanager
    def with_ring(self) -> Generator[None]:
        """While a ring is read and kept: one after another."""
        with held(self.folder / RING_LOCK, fcntl.LOCK_EX):
            yield

    def keep_ring(self, content: bytes, at: Instant) -> bool:
        """Let this ring of personal keys, read at or after a moment, be the only one; whether it is another one than before."""
        file = self.folder / RING
        changed = not file.exists() or self.ring() != content
        if changed:
            lay(file, self.chest.seal(content, _RING_PLACE))
        lay(self.folder / RING_AT, self.chest.seal(msgspec.msgpack.encode(at), _RING_AT_PLACE))
        return changed

    def ring_at(self) -> Instant | None:
        """Up to when the ring knows who was erased: when it was read, at least when the newest copy was taken. Raises Damaged."""
        file = self.folder / RING_AT
        try:
            read = [msgspec.msgpack.decode(self.chest.open(file.read_bytes(), _RING_AT_PLACE), type=int)]
        except FileNotFoundError:
            # no copy was taken since an older Kaiteki
            read = []
        known = [*read, *(copy.at for _, copy in self.copies()[0])]
        return Instant(max(known)) if known else None

    @property
    def marking(self) -> bytes:
        """What seals marks of erasures here: made from the key, and no way back to it."""
        return hmac.digest(self._key, b"kaiteki copies: marks of erasures", "sha256")

    def marks(self) -> Sequence[Tombstone]:
        """The erasures that a node marked since the ring was read, or before. Raises Damaged."""
        return marks_in(self.folder, self.marking)

    def ring(self) -> bytes | None:
        """The newest ring of personal keys; None where none was kept. Raises Damaged."""
        file = self.folder / RING
        try:
            return self.chest.open(file.read_bytes(), _RING_PLACE) if file.exists() else None
        except Damaged as wrong:
            raise Damaged(f"the ring of personal keys is damaged: {wrong}") from wrong

    def lock_anew(self, passphrase: bytes) -> None:
        """From now on another passphrase opens the repository; no piece is written again."""
        _describe(self.folder, lock(self._key, passphrase))


def is_repository(folder: Path) -> bool:
    """Whether a folder is a repository."""
    return (folder / DESCRIPTION).is_file()


def make_repository(folder: Path, passphrase: bytes, cost: Cost = COST) -> None:
    """Make an empty repository, in a new folder or an empty one; one that is there already stays. Raises NoRepository."""
    if folder.exists() and any(one.name != LOCK for one in folder.iterdir()) and not is_repository(folder):
        raise NoRepository(f"{folder} is there already and is no repository of copies; name a new folder")
    folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    with held(folder / LOCK, fcntl.LOCK_EX):
        if is_repository(folder):
            return
        for name in (PACKS, COPIES):
            (folder / name).mkdir(mode=FOLDER_MODE, exist_ok=True)
        _describe(folder, lock(new_key(), passphrase, cost))


def open_repository(folder: Path, passphrase: bytes) -> Repository:
    """Unlock a repository; raises NoRepository, WrongPassphrase or Damaged."""
    if not is_repository(folder):
        raise NoRepository(f"{folder} is no repository of copies")
    try:
        described = msgspec.json.decode((folder / DESCRIPTION).read_bytes(), type=Description)
    except msgspec.DecodeError as wrong:
        raise Damaged(f"{folder / DESCRIPTION} cannot be read: {wrong}") from wrong
    return Repository(folder, unlock(described.locked, passphrase))


def _describe(folder: Path, locked: Locked) -> None:
    described = Description(FORM, locked)
    lay(folder / DESCRIPTION, msgspec.json.format(msgspec.json.encode(described)))


def _place(path: Path) -> bytes:
    return b"copy " + path.name.encode()


def _alone(folder: Path) -> bool:
    handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(handle)
    return True
