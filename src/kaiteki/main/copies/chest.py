"""What makes the contents of a repository unreadable to others: names that tell nothing, ciphertext that cannot be changed."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import zlib
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_LENGTH_BYTES: Final = 32
NAME_LENGTH_BYTES: Final = 32
NONCE_LENGTH_BYTES: Final = 12
SQUEEZED, PLAIN = b"\x01", b"\x00"
SQUEEZED_AT_MOST: Final = 0.9
"""What a content must shrink to for being kept squeezed: below that the time to unpack it is worth more than the room."""


class Damaged(Exception):
    """What lies in a repository is not what was put there, or is there no more."""


class Chest:
    """Names, seals and opens contents with the key of a repository (AES-256-GCM, keyed BLAKE2b).

    A nonce is random, so one key is good for 2^32 contents (NIST SP 800-38D): 250 terabytes of pieces.
    """

    def __init__(self, key: bytes) -> None:
        self._naming = hmac.digest(key, b"kaiteki copies: names of contents", "sha256")
        self._cipher = AESGCM(hmac.digest(key, b"kaiteki copies: contents", "sha256"))
        self._cuts = hmac.digest(key, b"kaiteki copies: where contents are cut", "sha256")

    def bytes_for_cuts(self, count: int) -> bytes:
        """So many bytes, the same for this key each time: where contents are cut must tell nothing to who has no key."""
        return hashlib.shake_256(self._cuts).digest(count)

    def name(self, content: bytes) -> bytes:
        """The name of a content: the same for the same content, and meaningless to who has no key."""
        return hashlib.blake2b(content, key=self._naming, digest_size=NAME_LENGTH_BYTES).digest()

    def seal(self, content: bytes, place: bytes) -> bytes:
        """The content, squeezed where that pays, and readable only as what stands at that place."""
        squeezed = zlib.compress(content, 1)
        pays = len(squeezed) < len(content) * SQUEEZED_AT_MOST
        nonce = secrets.token_bytes(NONCE_LENGTH_BYTES)
        return nonce + self._cipher.encrypt(nonce, SQUEEZED + squeezed if pays else PLAIN + content, place)

    def open(self, sealed: bytes, place: bytes) -> bytes:
        """What was sealed for that place; raises Damaged for everything else."""
        nonce, body = sealed[:NONCE_LENGTH_BYTES], sealed[NONCE_LENGTH_BYTES:]
        try:
            opened = self._cipher.decrypt(nonce, body, place)
        except (InvalidTag, ValueError) as wrong:
            raise Damaged("it is not what was put there") from wrong
        return zlib.decompress(opened[1:]) if opened[:1] == SQUEEZED else opened[1:]
