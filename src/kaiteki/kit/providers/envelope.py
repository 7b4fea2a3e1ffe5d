"""What a browser carries for this node and may neither read nor change: sealed with AES-256-GCM, for one purpose and one holder."""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES: Final = 12
ENVELOPE_LENGTH_MAX: Final = 4000
"""Browsers keep cookies up to 4096 bytes."""


class Envelope:
    """Seals and opens texts; the key follows from the secret of the node and the purpose."""

    def __init__(self, secret: bytes, purpose: str) -> None:
        self._purpose = purpose
        self._cipher = AESGCM(hmac.digest(secret, f"envelope of {purpose}".encode(), "sha256"))

    def seal(self, content: bytes, holder: str) -> str:
        """The content, fit for a cookie; it opens for the same holder only."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, content, f"{self._purpose} {holder}".encode())
        return base64.urlsafe_b64encode(nonce + sealed).decode().rstrip("=")

    def open(self, sealed: str, holder: str) -> bytes | None:
        """The content, None for what was not sealed here for this holder."""
        if len(sealed) > ENVELOPE_LENGTH_MAX:
            return None
        try:
            raw = base64.urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4))
            return self._cipher.decrypt(
                raw[:NONCE_BYTES], raw[NONCE_BYTES:], f"{self._purpose} {holder}".encode()
            )
        except (binascii.Error, ValueError, InvalidTag):
            return None
