"""What keeps forms and cookies honest: signatures, tokens against forged forms, response headers, a limit on posts."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections import OrderedDict
from typing import Final

import msgspec

from kaiteki.model.instant import Instant

SESSION_COOKIE: Final = "kaiteki_session"
BROWSER_COOKIE: Final = "kaiteki_browser"
NOTE_COOKIE: Final = "kaiteki_note"
CSRF_FIELD: Final = "csrf"
NOTE_LENGTH_MAX: Final = 200
PERMISSIONS: Final = (
    "geolocation=(self), publickey-credentials-get=(self), publickey-credentials-create=(self), "
    + ", ".join(
        f"{power}=()"
        for power in (
            *(
                "accelerometer",
                "autoplay",
                "camera",
                "display-capture",
                "encrypted-media",
                "gyroscope",
                "hid",
            ),
            *(
                "magnetometer",
                "microphone",
                "midi",
                "payment",
                "screen-wake-lock",
                "serial",
                "usb",
                "xr-spatial-tracking",
            ),
        )
    )
)
"""What pages may ask a browser for: where somebody is, and a passkey."""
POSTS_PER_MINUTE_MAX: Final = 30
"""Posts of one browser."""
POSTS_PER_ADDRESS_MAX: Final = 400
"""Posts of one address in a minute: a school class behind one address works at the same time, a flood does not get through."""
SIGN_INS_PER_MINUTE_MAX: Final = 10
"""Posts of one address, whatever browsers it has, to each of the pages by which people come in."""
ADDRESSES_MAX: Final = 10_000
_SIGNATURE_LENGTH: Final = 32
_SALT_LENGTH: Final = 16
_TOKEN_LENGTH: Final = _SALT_LENGTH + 3 * _SIGNATURE_LENGTH


class Signer:
    """Signs texts with the secret of the node (HMAC-SHA-256), each for one purpose."""

    def __init__(self, secret: bytes) -> None:
        """`secret`: at least 32 random bytes, the same after a restart."""
        if len(secret) < 32:
            raise ValueError("the secret of the portal needs at least 32 bytes")
        self._secret = secret

    def mark(self, purpose: str, text: str) -> str:
        """The signature of a text for a purpose, 32 hex digits."""
        message = f"{purpose}\n{text}".encode()
        return hmac.new(self._secret, message, hashlib.sha256).hexdigest()[:_SIGNATURE_LENGTH]

    def seal(self, purpose: str, text: str) -> str:
        """The text with its signature, fit for a cookie."""
        return f"{base64.urlsafe_b64encode(text.encode()).decode()}.{self.mark(purpose, text)}"

    def open(self, purpose: str, sealed: str | None) -> str | None:
        """The text of `seal`, None when it is not ours."""
        body, _, mark = (sealed or "").rpartition(".")
        try:
            text = base64.urlsafe_b64decode(body.encode()).decode()
        except (binascii.Error, UnicodeError):
            return None
        return (
            text if text and hmac.compare_digest(mark.encode(), self.mark(purpose, text).encode()) else None
        )

    def token(self, holder: str, browser: str = "", account: str = "") -> str:
        """A token for the forms of whoever holds a session or a browser id, 112 hex digits, another one at each call.

        It says too for which browser and which account the page was made: by that nothing is done, but what was typed finds back to
        them when the session is over (`pages.unsent`). Pages go out compressed: a secret that is the same in each of them could be
        found out by their lengths (BREACH).
        """
        salt = secrets.token_hex(_SALT_LENGTH // 2)
        marks = (self.mark("csrf", salt + holder), self.mark("form of a browser", salt + browser))
        return salt + "".join(marks) + self.reader(salt, browser, account)

    def reader(self, salt: str, browser: str, account: str) -> str:
        """The mark of an account (empty: of nobody) in a browser."""
        return self.mark("form of an account", f"{salt}{browser}\n{account}")

    def drawn_for(self, browser: str, token: str) -> tuple[str, str] | None:
        """The salt of a token of a page that was made for a browser, and the mark of its reader; None for any other."""
        parts = (_SALT_LENGTH, _SALT_LENGTH + _SIGNATURE_LENGTH, _SALT_LENGTH + 2 * _SIGNATURE_LENGTH)
        salt, mark, reader = token[: parts[0]], token[parts[1] : parts[2]], token[parts[2] :]
        ours = hmac.compare_digest(mark.encode(), self.mark("form of a browser", salt + browser).encode())
        return (salt, reader) if ours and len(token) == _TOKEN_LENGTH else None

    def is_token(self, holder: str, token: str) -> bool:
        """Whether a form's token belongs to whoever sends it (session token or browser id)."""
        salt, mark = token[:_SALT_LENGTH], token[_SALT_LENGTH : _SALT_LENGTH + _SIGNATURE_LENGTH]
        return len(token) == _TOKEN_LENGTH and hmac.compare_digest(
            mark.encode(), self.mark("csrf", salt + holder).encode()
        )


def safe_headers(tiles: str = "") -> dict[str, str]:
    """Headers of every page. `tiles` is the origin of a base map that the operator chose."""
    outside = f" {tiles}" if tiles else ""
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; manifest-src 'self'; "
        f"img-src 'self' blob: data:{outside}; connect-src 'self'{outside}; worker-src 'self' blob:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
    )
    return {
        "content-security-policy": policy,
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",
        "x-frame-options": "DENY",
        "permissions-policy": PERMISSIONS,
    }


class _Minute(msgspec.Struct):
    """How many posts an address sent in the minute that began then."""

    began_s: int
    count: int = 0


class PostLimit:
    """Counts posts per address and minute; the oldest addresses are forgotten beyond ADDRESSES_MAX."""

    def __init__(self) -> None:
        self._minutes: OrderedDict[str, _Minute] = OrderedDict()

    def passes(self, address: str, now: Instant, limit: int = POSTS_PER_MINUTE_MAX) -> bool:
        """Whether the address may post once more."""
        minute_s = now // 1_000_000 // 60 * 60
        kept = self._minutes.get(address)
        if kept is None or kept.began_s != minute_s:
            kept = _Minute(minute_s)
            self._minutes[address] = kept
        self._minutes.move_to_end(address)
        if len(self._minutes) > ADDRESSES_MAX:
            self._minutes.popitem(last=False)
        kept.count += 1
        return kept.count <= limit
