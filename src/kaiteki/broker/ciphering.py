"""Sealing bytes: AES-256-GCM (NIST SP 800-38D), 96-bit random nonces, bound to what they are for; blind marks: HMAC-SHA-256.

This module is read when something is first sealed or opened (main.late), because the library is dear to load.
"""

from __future__ import annotations

import hmac
import os
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16
CIPHERS_MAX: Final = 4096
"""Ciphers with their keys laid out that are kept at hand."""


class Unsealable(Exception):
    """The key is another one, the bytes were changed, or they were sealed for something else."""


@lru_cache(maxsize=CIPHERS_MAX)
def _cipher(key: bytes) -> AESGCM:
    return AESGCM(key)


def forget_ciphers() -> None:
    """Let go of what is kept of keys that may be destroyed."""
    _cipher.cache_clear()


def make_key() -> bytes:
    """A new random key."""
    return os.urandom(KEY_BYTES)


def seal(key: bytes, plain: bytes, bound: bytes) -> bytes:
    """Nonce, ciphertext and tag."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + _cipher(key).encrypt(nonce, plain, bound)


def unseal(key: bytes, sealed: bytes, bound: bytes) -> bytes:
    """What was sealed with the key for the same; raises Unsealable."""
    if len(sealed) < NONCE_BYTES + TAG_BYTES:
        raise Unsealable
    try:
        return _cipher(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound)
    except InvalidTag:
        raise Unsealable from None


def blind_mark(key: bytes, bound: bytes, text: str) -> bytes:
    """16 bytes that are the same for the same text under the same key and binding, and tell nothing else of it."""
    own = hmac.digest(key, b"blind\x00" + bound, "sha256")
    return hmac.digest(own, text.encode("utf-8", "surrogatepass"), "sha256")[:16]
