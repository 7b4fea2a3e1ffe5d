"""Where the key-encryption key of a node is: a file of the operator or a credential of systemd, else a file made in the data folder.

The file is JSON, `{"<name>": "<64 hex digits>", …}`; the last key wraps, the others may still unwrap. It belongs into no copy of the data.
In the place of a key may stand `"token": "pkcs11"`: then the keys are in the token that the environment names (main.hsm).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec
import typer

from kaiteki.broker import ciphering
from kaiteki.broker.keyring import Keys
from kaiteki.main.hsm.kek import TokenKek, named_token
from kaiteki.main.hsm.settings import MODULE_VARIABLE
from kaiteki.ports.clock import Clock
from kaiteki.ports.keys import Kek, KeptKey, KeyRing, UnknownKek
from kaiteki.ports.outage import KeysAway
from kaiteki.stores.store import Store

KEK_NAME: Final = "kek.json"
KEK_VARIABLE: Final = "KAITEKI_KEK_FILE"
CREDENTIALS_VARIABLE: Final = "CREDENTIALS_DIRECTORY"
"""Where systemd puts what `LoadCredential=kaiteki.kek:…` names."""
CREDENTIAL: Final = "kaiteki.kek"
KEK_BYTES: Final = 32
TOKEN: Final = "token"
"""The name that stands in the file for the keys of a token."""
BY_TOKEN: Final = {TOKEN: "pkcs11"}
IN_TOKEN: Final = "hsm-"
"""What names of keys in a token begin with."""
NOT_NAMED: Final = f"the keys of persons are wrapped by a key in a token, and {MODULE_VARIABLE} names none (docs/guide/hsm.md)"


class HeldKek:
    """Key-encryption keys in the memory of the process; see ports.keys. `read` looks whether there are newer ones.

    Where it says so, or a key was wrapped there, the token is asked.
    """

    def __init__(self, read: Callable[[], Mapping[str, str]], token: Kek | None = None) -> None:
        self._read = read
        self._token = token
        self._keys: dict[str, bytes] = {}
        self._newest = ""

    @property
    def at_once(self) -> int:
        """As the token, where there is one."""
        return 1 if self._token is None else self._token.at_once

    async def name(self) -> str:
        """Of the key that wraps."""
        self._look()
        return await self._asked().name() if self._newest == TOKEN else self._newest

    async def wrap(self, key: bytes, bound: bytes) -> tuple[str, bytes]:
        """Wrap by the newest key."""
        self._look()
        if self._newest == TOKEN:
            return await self._asked().wrap(key, bound)
        return self._newest, ciphering.seal(self._keys[self._newest], key, bound)

    async def unwrap(self, wrapped: bytes, bound: bytes, kek: str) -> bytes:
        """Unwrap by the key that wrapped."""
        if kek.startswith(IN_TOKEN):
            return await self._asked().unwrap(wrapped, bound, kek)
        if kek not in self._keys:
            self._look()
        secret = self._keys.get(kek)
        if secret is None:
            raise UnknownKek(kek)
        try:
            return ciphering.unseal(secret, wrapped, bound)
        except ciphering.Unsealable:
            raise UnknownKek(kek) from None

    def _asked(self) -> Kek:
        if self._token is None:
            raise KeysAway(NOT_NAMED)
        return self._token

    def _look(self) -> None:
        held = self._read()
        self._keys = {name: bytes.fromhex(text) for name, text in held.items() if name != TOKEN}
        self._newest = list(held)[-1]


def new_kek() -> dict[str, str]:
    """A new key with its name, which follows from it."""
    made = os.urandom(KEK_BYTES)
    return {f"kek-{hashlib.sha256(b'name' + made).hexdigest()[:12]}": made.hex()}


def read_kek(path: Path) -> dict[str, str]:
    """The keys in a file; raises BadParameter, which a command says in its words."""
    try:
        keys = msgspec.json.decode(path.read_bytes(), type=dict[str, str])
        if keys and all(
            {name: text} == BY_TOKEN or len(bytes.fromhex(text)) == KEK_BYTES for name, text in keys.items()
        ):
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


def made_kek(path: Path, *, by_token: bool = False) -> Path:
    """The file of a data folder, made when there is none; of two processes that start at once one makes it."""
    if not path.exists():
        part = path.with_name(f"{path.name}.{os.getpid()}")
        write_kek(part, BY_TOKEN if by_token else new_kek())
        try:
            os.link(part, path)
        except FileExistsError:
            # the other one was sooner; its key is the one that counts
            return path
        finally:
            part.unlink()
    return path


async def open_kek(data: Path, ring: KeyRing, in_database: bool) -> HeldKek:
    """The key-encryption key of a node; one in a database without one that was given shares that of the ring, or uses the token."""
    given, token = given_kek(), named_token()
    if not in_database:
        path = given or _kek_of_folder(data / KEK_NAME, await ring.list(limit=1), token)
        return HeldKek(lambda: read_kek(path), token)
    shared = await ring.shared_kek(new_kek())
    own = BY_TOKEN if token is not None else {}
    return HeldKek(lambda: {**shared, **(read_kek(given) if given else own)}, token)


def _kek_of_folder(path: Path, first: Sequence[KeptKey], token: TokenKek | None) -> Path:
    """The file of a data folder; raises BadParameter rather than make a new key beside keys that a token wraps."""
    if token is None and not path.exists() and any(key.kek.startswith(IN_TOKEN) for key in first):
        raise typer.BadParameter(NOT_NAMED)
    return made_kek(path, by_token=token is not None)


async def open_keys(data: Path, store: Store, clock: Clock, in_database: bool) -> Keys:
    """The keys of a node over the ring of its store."""
    return Keys(store.keys, await open_kek(data, store.keys, in_database), clock)


async def rotate(path: Path, keys: Keys, told: Callable[[int], None] | None = None) -> int:
    """Wrap all keys by a new key-encryption key and drop the old ones; how many. Begun again it goes on where it was stopped.

    Where a token wraps, the new key is to be in it before.
    """
    held = read_kek(path)
    if len(held) == 1 and TOKEN not in held:
        held |= new_kek()
        write_kek(path, held)
    return await settle(path, keys, told)


async def move(path: Path, keys: Keys, *, to_token: bool, told: Callable[[int], None] | None = None) -> int:
    """Have the token wrap all keys, or a new key in the file; as `rotate`."""
    held = read_kek(path)
    newest = next(reversed(held))
    if to_token and newest != TOKEN:
        # another process may read the file at any moment: what wraps stands last, whatever stood there before
        write_kek(path, {name: text for name, text in held.items() if name != TOKEN} | BY_TOKEN)
    elif not to_token and newest == TOKEN:
        write_kek(path, held | new_kek())
    return await settle(path, keys, told)


async def settle(path: Path, keys: Keys, told: Callable[[int], None] | None = None) -> int:
    """Wrap all keys by what stands last in the file, then drop the rest of it; how many were wrapped."""
    done = await keys.rewrap(told)
    # whoever read the file just before may have kept a key wrapped by the old one meanwhile
    done += await keys.rewrap(told)
    held = read_kek(path)
    newest = next(reversed(held))
    write_kek(path, {newest: held[newest]})
    return done
