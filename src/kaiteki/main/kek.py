"""Where the key-encryption key of a node is: a file of the operator or a credential of systemd, else a file made in the data folder.

The file is JSON, `{"<name>": "<64 hex digits>", …}`; the last key wraps, the others may still unwrap. It belongs into no copy of the data.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import msgspec
import typer

from kaiteki.broker import ciphering
from kaiteki.broker.keyring import Keys
from kaiteki.ports.clock import Clock
from kaiteki.ports.keys import KeyRing, UnknownKek
from kaiteki.stores.store import Store

KEK_NAME: Final = "kek.json"
KEK_VARIABLE: Final = "KAITEKI_KEK_FILE"
CREDENTIALS_VARIABLE: Final = "CREDENTIALS_DIRECTORY"
"""Where systemd puts what `LoadCredential=kaiteki.kek:…` names."""
CREDENTIAL: Final = "kaiteki.kek"
KEK_BYTES: Final = 32


class HeldKek:
    """Key-encryption keys in the memory of the process; see ports.keys. `read` looks whether there are newer ones."""

    def __init__(self, read: Callable[[], Mapping[str, str]]) -> None:
        self._read = read
        self._keys: dict[str, bytes] = {}
        self._newest = ""

    @property
    def name(self) -> str:
        """Of the key that wraps."""
        self._look()
        return self._newest

    async def wrap(self, key: bytes, bound: bytes) -> tuple[str, bytes]:
        """Wrap by the newest key."""
        self._look()
        return self._newest, ciphering.seal(self._keys[self._newest], key, bound)

    async def unwrap(self, wrapped: bytes, bound: bytes, kek: str) -> bytes:
        """Unwrap by the key that wrapped."""
        if kek not in self._keys:
            self._look()
        secret = self._keys.get(kek)
        if secret is None:
            raise UnknownKek(kek)
        try:
            return ciphering.unseal(secret, wrapped, bound)
        except ciphering.Unsealable:
            raise UnknownKek(kek) from None

    def _look(self) -> None:
        self._keys = {name: bytes.fromhex(text) for name, text in self._read().items()}
        self._newest = next(reversed(self._keys))


def new_kek() -> dict[str, str]:
    """A new key with its name, which follows from it."""
    made = os.urandom(KEK_BYTES)
    return {f"kek-{hashlib.sha256(b'name' + made).hexdigest()[:12]}": made.hex()}


def read_kek(path: Path) -> dict[str, str]:
    """The keys in a file; raises BadParameter, which a command says in its words."""
    try:
        keys = msgspec.json.decode(path.read_bytes(), type=dict[str, str])
        if keys and all(len(bytes.fromhex(text)) == KEK_BYTES for text in keys.values()):
            return keys
    except (OSError, ValueError) as wrong:
        raise typer.BadParameter(f"{path} cannot be read as key-encryption keys: {wrong}") from wrong
    raise typer.BadParameter(f"{path} holds no key-encryption key of {KEK_BYTES} bytes")


def write_kek(path: Path, keys: Mapping[str, str]) -> None:
    """Put keys into a file, whole or not at all, for its owner alone."""
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(msgspec.json.format(msgspec.json.encode(keys)) + b"\n")
        out.flush()
        os.fsync(out.fileno())
    part.replace(path)


def given_kek() -> Path | None:
    """The file that the operator names, or systemd hands over; None where neither does."""
    named, folder = os.environ.get(KEK_VARIABLE, ""), os.environ.get(CREDENTIALS_VARIABLE, "")
    if named:
        return Path(named)
    credential = Path(folder) / CREDENTIAL
    return credential if folder and credential.is_file() else None


def made_kek(path: Path) -> Path:
    """The file of a data folder, made when there is none; of two processes that start at once one makes it."""
    if not path.exists():
        part = path.with_name(f"{path.name}.{os.getpid()}")
        write_kek(part, new_kek())
        try:
            os.link(part, path)
        except FileExistsError:
            # the other one was sooner; its key is the one that counts
            return path
        finally:
            part.unlink()
    return path


async def open_kek(data: Path, ring: KeyRing, in_database: bool) -> HeldKek:
    """The key-encryption key of a node; one in a database without one that was given shares that of the ring."""
    given = given_kek()
    if not in_database:
        path = given or made_kek(data / KEK_NAME)
        return HeldKek(lambda: read_kek(path))
    shared = await ring.shared_kek(new_kek())
    return HeldKek(lambda: {**shared, **(read_kek(given) if given else {})})


async def open_keys(data: Path, store: Store, clock: Clock, in_database: bool) -> Keys:
    """The keys of a node over the ring of its store."""
    return Keys(store.keys, await open_kek(data, store.keys, in_database), clock)


async def rotate(path: Path, keys: Keys) -> int:
    """Wrap all keys by a new key-encryption key and drop the old ones; how many. Begun again it goes on where it was stopped."""
    held = read_kek(path)
    if len(held) == 1:
        held |= new_kek()
        write_kek(path, held)
    done = await keys.rewrap()
    # whoever read the file just before may have kept a key wrapped by the old one meanwhile
    done += await keys.rewrap()
    newest = next(reversed(held))
    write_kek(path, {newest: held[newest]})
    return done
