"""One-time codes: those of an app (TOTP, RFC 6238 over RFC 4226) and those on paper for whoever lost the app."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias
from urllib.parse import quote, urlencode

STEP_S: Final = 30
DIGITS: Final = 6
DRIFT_STEPS: Final = 1
"""How many steps the clock of a phone may be ahead or behind."""
SECRET_BYTES: Final = 20
PAPER_CODES: Final = 10
PAPER_LENGTH: Final = 12
PAPER_SIGNS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Signs that nobody mistakes for one another (Crockford): 12 of them are 60 bits."""
Mark: TypeAlias = Callable[[str, str], Awaitable[str]]
"""(scope, code) -> under what a code on paper is kept: slow, and salted by its scope."""
_READ_AS: Final = str.maketrans("OIL", "011")


def code_at(secret: bytes, step: int, digits: int = DIGITS) -> str:
    """The code of a step of time (RFC 4226, 5.3, with HMAC-SHA-1 as every app has it)."""
    mac = hmac.digest(secret, step.to_bytes(8, "big"), "sha1")
    at = mac[-1] & 0x0F
    number = int.from_bytes(mac[at : at + 4], "big") & 0x7FFFFFFF
    return str(number % 10**digits).zfill(digits)


def step_of(secret: bytes, code: str, now_s: int) -> int | None:
    """The step of time whose code this is, around now; None for a wrong one. Every step is looked at, so that time tells nothing."""
    here, found = now_s // STEP_S, None
    for step in range(here - DRIFT_STEPS, here + DRIFT_STEPS + 1):
        if hmac.compare_digest(code_at(secret, step).encode(), code.encode()):
            found = step
    return found


def new_secret() -> bytes:
    """A secret for an app."""
    return secrets.token_bytes(SECRET_BYTES)


def as_text(secret: bytes) -> str:
    """The secret as it is typed into an app, in fours."""
    plain = base64.b32encode(secret).decode().rstrip("=")
    return " ".join(plain[at : at + 4] for at in range(0, len(plain), 4))


def address(secret: bytes, who: str, site: str) -> str:
    """The address that the QR code holds (otpauth), by which the app names the account and the site."""
    asked = {"secret": as_text(secret).replace(" ", ""), "issuer": site, "digits": DIGITS, "period": STEP_S}
    return f"otpauth://totp/{quote(f'{site}:{who}', safe='')}?{urlencode(asked, quote_via=quote)}"


def new_paper_code() -> str:
    """A code to be kept on paper, in fours with lines between."""
    drawn = "".join(secrets.choice(PAPER_SIGNS) for _ in range(PAPER_LENGTH))
    return "-".join(drawn[at : at + 4] for at in range(0, PAPER_LENGTH, 4))


def tidy_code(code: str) -> str:
    """A code as it was meant: without spaces and lines, in capitals, with what looks alike read as digits."""
    return "".join(code.split()).replace("-", "").upper().translate(_READ_AS)


def paper_mark(code: str) -> str:
    """Under which a code on paper was kept before marks were slow."""
    return hashlib.sha256(b"code on paper\x00" + tidy_code(code).encode()).hexdigest()
