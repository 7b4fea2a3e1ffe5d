"""The key with which a node signs how its log stands: Ed25519, made once, kept in the data folder for its owner alone.

`log.keys` lists the public halves of all keys that there were, a line each: the first, then each with the signature of the one before it (`rotate`), with
the word of the operator (`trust`: another node on the same store), or with nothing: made where the one before was gone, as in a folder that was brought back
from a copy, which holds `log.keys` and not `log.key`. The newest head stands beside them in `log.head`, with its key, so that heads cannot be taken out of
the store unseen.
"""

from __future__ import annotations

import os
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kaiteki.model.checkpoint import read_verifier_key, verifier_key

KEY_NAME: Final = "log.key"
PUBLIC_NAME: Final = "log.keys"
HEAD_NAME: Final = "log.head"
BY_OPERATOR: Final = "operator"
_OWNER: Final = 0o600


class KnownKey(msgspec.Struct, frozen=True):
    """A key that may have signed heads here; `vouched`: the key before it, or the operator, says so."""

    name: str
    public: bytes
    vouched: bool


class LogKey:
    """A key that signs under a name; the newest head is remembered in its folder."""

    def __init__(self, data: Path, name: str, key: Ed25519PrivateKey) -> None:
        self.name = name
        self._data = data
        self._key = key

    @property
    def public(self) -> bytes:
        """Its public half, 32 bytes."""
        return self._key.public_key().public_bytes_raw()

    def sign(self, text: bytes) -> bytes:
        """A signature of 64 bytes."""
        return self._key.sign(text)

    def remembered(self) -> tuple[str, bytes] | None:
        """The newest head, as `remembered_head` reads it."""
        return remembered_head(self._data)

    def remember(self, note: str, public: bytes) -> None:
        """Keep a head in `<data>/log.head`: whoever is killed meanwhile leaves the one before."""
        text = f"{verifier_key(self.name, public)}\n{note}"
        unfinished = self._data / f"{HEAD_NAME}.part"
        unfinished.unlink(missing_ok=True)
        _write(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER), text)
        unfinished.replace(self._data / HEAD_NAME)
        folder = os.open(self._data, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def remembered_head(data: Path) -> tuple[str, bytes] | None:
    """The note in `<data>/log.head` and the public key that checks it; None where there is none, ValueError for what cannot be read."""
    file = data / HEAD_NAME
    if not file.is_file():
        return None
    key, _, note = file.read_text(encoding="utf-8").partition("\n")
    return note, read_verifier_key(key)[1]


def log_key(data: Path, name: str) -> LogKey:
    """The key in `<data>/log.key`, made when there is none; of two processes that start at once one makes it."""
    file = data / KEY_NAME
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER)
    except FileExistsError:
        seed = bytes.fromhex(file.read_text(encoding="ascii"))
        return LogKey(data, name, Ed25519PrivateKey.from_private_bytes(seed))
    key = Ed25519PrivateKey.generate()
    _write(handle, key.private_bytes_raw().hex())
    made = LogKey(data, name, key)
    _tell(data, verifier_key(made.name, made.public))
    return made


def replace_key(data: Path, name: str) -> LogKey:
    """Another key in the place of the present one, whose public half stays in `log.keys`."""
    before, key = log_key(data, name), Ed25519PrivateKey.generate()
    unfinished = data / f"{KEY_NAME}.part"
    unfinished.unlink(missing_ok=True)
    _write(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER), key.private_bytes_raw().hex())
    made = LogKey(data, name, key)
    line = verifier_key(made.name, made.public)
    _tell(data, f"{line} {b64encode(before.sign(_handed_on(line))).decode('ascii')}")
    unfinished.replace(data / KEY_NAME)
    return made


def trust_key(data: Path, key: str) -> bool:
    """Take a key, as `verifier_key` writes it, for one that may sign here; whether it was not known yet. ValueError for what is none."""
    name, public = read_verifier_key(key)
    if any(one.public == public for one in known_keys(data)):
        return False
    _tell(data, f"{verifier_key(name, public)} {BY_OPERATOR}")
    return True


def known_keys(data: Path) -> list[KnownKey]:
    """The keys of a folder, oldest first. ValueError for a list that is damaged, or a signature in it that is not of the key before."""
    file = data / PUBLIC_NAME
    known: list[KnownKey] = []
    own: list[bytes] = []
    for line in file.read_text(encoding="ascii").splitlines() if file.is_file() else ():
        told, _, how = line.partition(" ")
        name, public = read_verifier_key(told)
        known.append(KnownKey(name, public, vouched=not own or bool(how)))
        if how == BY_OPERATOR:
            continue
        # a change that was broken off leaves a key that never signed: whichever own key came before may hand on
        signed = b64decode(how, validate=True)
        if signed and not any(is_signed(one, signed, _handed_on(told)) for one in own):
            raise ValueError(f"the key {told} is not signed by one before it")
        own.append(public)
    return known


def _handed_on(line: str) -> bytes:
    return f"kaiteki: the next key of the log\n{line}\n".encode()


def is_signed(public: bytes, signed: bytes, text: bytes) -> bool:
    """Whether a text was signed by the key of a public half."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signed, text)
    except (InvalidSignature, ValueError):
        return False
    return True


def _tell(data: Path, line: str) -> None:
    """Add a line to the list of all keys that there ever were."""
    handle = os.open(data / PUBLIC_NAME, os.O_WRONLY | os.O_CREAT | os.O_APPEND, _OWNER)
    _write(handle, line + "\n")


def _write(handle: int, text: str) -> None:
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
