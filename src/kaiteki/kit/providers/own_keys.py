"""The keys with which a node signs what it says to others, one for each quarter of a year. They follow from the secret of the node.

So all nodes on one store have the same keys, and nothing else has to be kept: the secret lies in the data folder, for its owner alone. The
key of the quarter before, of this one and of the next are published, so that whoever keeps them knows each new key beforehand.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any, Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jwk

from kaiteki.kit.providers.client_proof import Signing
from kaiteki.model.instant import Instant

EPOCH_S: Final = 90 * 86_400
_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""The number of points of P-256 (FIPS 186-5)."""


def epoch_of(now: Instant) -> int:
    """The number of the quarter."""
    return now // 1_000_000 // EPOCH_S


def signing_key(secret: bytes, epoch: int) -> Signing:
    """The private key of a quarter (ES256); its kid is its thumbprint (RFC 7638)."""
    key = _key(secret, epoch)
    return Signing(key, key.thumbprint())


def public_keys(secret: bytes, now: Instant) -> Mapping[str, Any]:
    """The JWK set that others check signatures with."""
    present = epoch_of(now)
    keys = [_key(secret, epoch) for epoch in (present - 1, present, present + 1)]
    return {
        "keys": [
            {**key.as_dict(private=False), "kid": key.thumbprint(), "use": "sig", "alg": "ES256"}
            for key in keys
        ]
    }


def _key(secret: bytes, epoch: int) -> jwk.ECKey:
    seed = hmac.digest(secret, f"signing key {epoch}".encode(), hashlib.sha512)
    # 512 bits over an order of 256: no key is more likely than another (FIPS 186-5 A.2.1)
    made = ec.derive_private_key(int.from_bytes(seed) % (_ORDER - 1) + 1, ec.SECP256R1())
    pem = made.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return jwk.ECKey.import_key(pem)
