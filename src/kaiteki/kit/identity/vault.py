"""Seals the secrets of one-time codes, so that who reads the store cannot make codes. Read late (main/late), for the library's sake."""

from __future__ import annotations

import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE_BYTES: Final = 12
KEY_BYTES: Final = 32


def seal(secret: bytes, account_id: str, plain: bytes) -> bytes:
    """The plain bytes under a key from the secret of the node (HKDF, AES-256-GCM), bound to an account: nonce, then ciphertext."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(_key(secret)).encrypt(nonce, plain, account_id.encode())


def unseal(secret: bytes, account_id: str, sealed: bytes) -> bytes | None:
    """What was sealed for this account; None for what was not, or under another secret."""
    try:
        return AESGCM(_key(secret)).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], account_id.encode())
    except (InvalidTag, ValueError):
        return None


def _key(secret: bytes) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, None, b"kaiteki secrets of one-time codes").derive(secret)
