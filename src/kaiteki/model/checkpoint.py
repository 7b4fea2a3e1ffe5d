"""What is signed of a log: how long it is and its root, as C2SP tlog-checkpoint says, in a note as C2SP signed-note says.

https://github.com/C2SP/C2SP/blob/main/tlog-checkpoint.md · https://github.com/C2SP/C2SP/blob/main/signed-note.md
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from hashlib import sha256
from typing import Final

import msgspec

from kaiteki.model.instant import Instant, format_instant, parse_instant
from kaiteki.model.merkle import HASH_BYTES

NOTE_MAX: Final = 10_000
"""Characters of a note that is read."""
ED25519: Final = b"\x01"
"""The kind of signature, as signed-note numbers them."""
KEY_BYTES: Final = 32
_SIGNED: Final = re.compile("\u2014 ([^ \n]+) ([A-Za-z0-9+/=]+)\n")
_TIME: Final = "time "


class Checkpoint(msgspec.Struct, frozen=True):
    """A log of so many lines whose tree has this root; `origin` is its name, `at` when that was so."""

    origin: str
    size: int
    root: bytes
    at: Instant

    @property
    def text(self) -> str:
        """What is signed."""
        root = b64encode(self.root).decode("ascii")
        return f"{self.origin}\n{self.size}\n{root}\n{_TIME}{format_instant(self.at)}\n"


class Signature(msgspec.Struct, frozen=True):
    """Who signed, by which key, what."""

    name: str
    key_id: bytes
    signed: bytes


class Note(msgspec.Struct, frozen=True):
    """A checkpoint as it was read, with its signatures."""

    checkpoint: Checkpoint
    signatures: tuple[Signature, ...]


def key_id(name: str, public: bytes) -> bytes:
    """By which four bytes a key is found among others."""
    return sha256(name.encode() + b"\n" + ED25519 + public).digest()[:4]


def verifier_key(name: str, public: bytes) -> str:
    """A public key as it is given to those who check."""
    return f"{name}+{key_id(name, public).hex()}+{b64encode(ED25519 + public).decode('ascii')}"


def read_verifier_key(text: str) -> tuple[str, bytes]:
    """The name and the key of what `verifier_key` wrote; ValueError for another text."""
    name, _, rest = text.strip().partition("+")
    told, _, coded = rest.partition("+")
    key = b64decode(coded, validate=True)
    if len(key) != 1 + KEY_BYTES or key[:1] != ED25519 or told != key_id(name, key[1:]).hex():
        raise ValueError("this is no key of a log")
    return name, key[1:]


def note_of(checkpoint: Checkpoint, signatures: tuple[Signature, ...]) -> str:
    """The note over a checkpoint."""
    lines = (
        f"\u2014 {one.name} {b64encode(one.key_id + one.signed).decode('ascii')}\n" for one in signatures
    )
    return f"{checkpoint.text}\n{''.join(lines)}"


def read_note(text: str) -> Note:
    """A checkpoint with its signatures, none of which is checked; ValueError for a text that is none."""
    if len(text) > NOTE_MAX:
        raise ValueError("a note is shorter")
    signed, blank, listed = text.partition("\n\n")
    signatures = tuple(_signature(*found) for found in _SIGNED.findall(listed))
    if not blank or not signatures or _SIGNED.sub("", listed):
        raise ValueError("this is no signed note")
    origin, size, root, *more = signed.split("\n")
    told = next((line for line in more if line.startswith(_TIME)), "")
    at = parse_instant(told.removeprefix(_TIME))
    if at is None:
        raise ValueError("this note does not say of when it is")
    checkpoint = Checkpoint(origin, int(size), b64decode(root, validate=True), at)
    if checkpoint.text != signed + "\n" or len(checkpoint.root) != HASH_BYTES:
        raise ValueError("this note is over no checkpoint of such a log")
    return Note(checkpoint, signatures)


def _signature(name: str, coded: str) -> Signature:
    told = b64decode(coded, validate=True)
    return Signature(name, told[:4], told[4:])
