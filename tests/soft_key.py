"""An authenticator in software: makes passkeys (ES256, attestation none) and signs with them, as a device would."""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import Any, Final

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn import base64url_to_bytes
from webauthn.helpers import bytes_to_base64url

PRESENT, VERIFIED, WITH_KEY = 0x01, 0x04, 0x40
AAGUID: Final = bytes(16)


class SoftKey:
    """One device at one site. `count` is its count of signatures; `flags` is what it says of who holds it."""

    def __init__(self, origin: str = "http://localhost") -> None:
        self.origin = origin
        self.count = 0
        self.flags = PRESENT | VERIFIED
        self.id = secrets.token_bytes(16)
        self._key = ec.generate_private_key(ec.SECP256R1())

    def make(self, options: dict[str, Any]) -> str:
        """The answer to `navigator.credentials.create`."""
        said = _client_data("webauthn.create", options["challenge"], self.origin)
        point = self._key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}
        attested = AAGUID + len(self.id).to_bytes(2, "big") + self.id + cbor2.dumps(cose)
        data = self._data(options["rp"]["id"], self.flags | WITH_KEY) + attested
        statement = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        return self._answer({"clientDataJSON": said, "attestationObject": statement})

    def show(self, options: dict[str, Any]) -> str:
        """The answer to `navigator.credentials.get`."""
        self.count += 1
        said = _client_data("webauthn.get", options["challenge"], self.origin)
        data = self._data(options["rpId"], self.flags)
        signature = self._key.sign(data + hashlib.sha256(said).digest(), ec.ECDSA(SHA256()))
        return self._answer({"clientDataJSON": said, "authenticatorData": data, "signature": signature})

    def _data(self, rp_id: str, flags: int) -> bytes:
        return hashlib.sha256(rp_id.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _answer(self, response: dict[str, bytes]) -> str:
        own = bytes_to_base64url(self.id)
        said = {name: bytes_to_base64url(value) for name, value in response.items()}
        return json.dumps({"id": own, "rawId": own, "type": "public-key", "response": said})


def options_of(challenge: Any) -> dict[str, Any]:
    """What the device is asked with, out of what the node says."""
    return json.loads(challenge.options)


def _client_data(kind: str, challenge: str, origin: str) -> bytes:
    plain = bytes_to_base64url(base64url_to_bytes(challenge))
    return json.dumps({"type": kind, "challenge": plain, "origin": origin, "crossOrigin": False}).encode()
