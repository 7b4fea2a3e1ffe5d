"""A push as its service takes it: the body encrypted for one browser (RFC 8291, 8188), the sender named (VAPID, RFC 8292), the headers (RFC 8030).

Pure but for the library that encrypts, which draws the salt and the key of each message itself.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import math
from collections.abc import Callable
from typing import Final, cast
from urllib.parse import urlsplit

import http_ece
import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwk, jwt

from kaiteki.model.instant import Instant

TTL_MAX_S: Final = 28 * 86_400
"""What the push services of browser makers keep at most."""
BODY_SIZE_MAX_BYTES: Final = 3_993
"""The plain text that fits a body of 4,096 bytes, which every push service takes (RFC 8291, 4)."""
VAPID_S: Final = 12 * 3600
"""How long a token of the sender is good; the RFC allows a day (RFC 8292, 2)."""
KEY_LENGTH_BYTES: Final = 65
AUTH_LENGTH_BYTES: Final = 16
TOPIC_BYTES: Final = 24
"""Give the 32 signs that a Topic may have at most (RFC 8030, 5.4)."""
_SECOND: Final = 1_000_000
_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of the group of P-256 (FIPS 186-5; SP 800-186, 3.2.1.3)."""


class Glance(msgspec.Struct, frozen=True):
    """What a push says: nothing of a person. `open` is the address of the message, `tag` what takes the place of what on a screen."""

    title: str
    body: str
    open: str
    tag: str
    lang: str
    urgent: bool = False


class Parcel(msgspec.Struct, frozen=True):
    """A request to a push service."""

    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Sender:
    """Who sends: its key of P-256, made of the secret of the node, and an address at which its operator is reached (`mailto:`, `https:`)."""

    def __init__(self, secret: bytes, contact: str) -> None:
        # more bits than the order has, so that every key is as likely as another (FIPS 186-5, A.2.1)
        drawn = hashlib.shake_256(b"key of the sender of pushes" + secret).digest(48)
        self._private = ec.derive_private_key(int.from_bytes(drawn) % (_ORDER - 1) + 1, ec.SECP256R1())
        self._signing = jwk.ECKey.import_key(self._private)
        self._contact = contact
        self._tokens: dict[str, tuple[Instant, str]] = {}

    @property
    def public_key(self) -> str:
        """The key that a browser subscribes to (`applicationServerKey`): an uncompressed point, base64url."""
        point = self._private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return _text_of(point)

    def authorization(self, endpoint: str, now: Instant) -> str:
        """The header that says who sends; a token for each push service, for half of its time."""
        parts = urlsplit(endpoint)
        audience = f"{parts.scheme}://{parts.netloc}"
        until, token = self._tokens.get(audience, (Instant(0), ""))
        if now >= until:
            claims = {"aud": audience, "exp": now // _SECOND + VAPID_S, "sub": self._contact}
            token = jwt.encode({"typ": "JWT", "alg": "ES256"}, claims, self._signing)
            if len(self._tokens) >= SERVICES_MAX:
                self._tokens.clear()
            self._tokens[audience] = (Instant(now + VAPID_S * _SECOND // 2), token)
        return f"vapid t={token}, k={self.public_key}"


SERVICES_MAX: Final = 200
"""Push services of which a token is remembered; there are four that matter."""


def parcel(
    said: Glance, to: tuple[str, str, str], sender: Sender, now: Instant, lasts_s: float | None
) -> Parcel:
    """A push to (endpoint, p256dh, auth) as it is posted; it is worth being shown for so many seconds, None: for as long as may be.

    `now` is the time of the machine, by which the other side reads the token. Raises ValueError for keys that no browser made and for too
    many words.
    """
    endpoint, p256dh, auth = to
    plain = msgspec.json.encode(said)
    if len(plain) > BODY_SIZE_MAX_BYTES:
        raise ValueError(f"a push of {len(plain)} bytes")
    # the end of its time is rounded down: what is over is not shown
    ttl_s = TTL_MAX_S if lasts_s is None else min(TTL_MAX_S, max(0, math.floor(lasts_s)))
    headers = (
        ("TTL", str(ttl_s)),
        ("Urgency", "high" if said.urgent else "normal"),
        ("Topic", topic_of(said.tag)),
        ("Authorization", sender.authorization(endpoint, now)),
        ("Content-Encoding", "aes128gcm"),
        ("Content-Type", "application/octet-stream"),
    )
    return Parcel(endpoint, headers, _sealed(plain, p256dh, auth))


def topic_of(tag: str) -> str:
    """The Topic of a tag: 32 signs that say nothing of it."""
    return _text_of(hashlib.sha256(tag.encode()).digest()[:TOPIC_BYTES])


def is_key_of_browser(p256dh: str, auth: str) -> bool:
    """Whether a key and a secret are such as browsers make: a point of P-256, and 16 bytes."""
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _bytes_of(p256dh, KEY_LENGTH_BYTES))
        return len(_bytes_of(auth, AUTH_LENGTH_BYTES)) == AUTH_LENGTH_BYTES
    except (ValueError, UnsupportedAlgorithm):
        return False


def _sealed(plain: bytes, p256dh: str, auth: str) -> bytes:
    """The body in aes128gcm, under a key of this message alone."""
    # the library states no types
    encrypt = cast("Callable[..., bytes]", http_ece.encrypt)  # pyright: ignore[reportUnknownMemberType]
    return encrypt(
        plain,
        private_key=ec.generate_private_key(ec.SECP256R1()),
        dh=_bytes_of(p256dh, KEY_LENGTH_BYTES),
        auth_secret=_bytes_of(auth, AUTH_LENGTH_BYTES),
        version="aes128gcm",
    )


def _bytes_of(text: str, length: int) -> bytes:
    try:
        found = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        found = b""
    if len(found) != length:
        raise ValueError(f"not {length} bytes in base64url")
    return found


def _text_of(some: bytes) -> str:
    return base64.urlsafe_b64encode(some).rstrip(b"=").decode()
