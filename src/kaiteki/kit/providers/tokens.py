"""Signed tokens of others (JWT): whether the signature and every claim hold. What is not checked is not believed."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Collection, Mapping
from typing import Any, Final

import msgspec
from joserfc import jws, jwt
from joserfc.errors import JoseError

from kaiteki.kit.providers.asking import ProviderFailed
from kaiteki.kit.providers.keys import KeysOfOthers
from kaiteki.model.entity import is_array
from kaiteki.model.instant import Instant

TOKEN_LENGTH_MAX: Final = 16_000
LEEWAY_S: Final = 60
"""By how much the clocks of two servers may differ."""
AGE_MAX_S: Final = 600
"""How old a token may be that was made just now."""
SUBJECT_LENGTH_MAX: Final = 255


class Wanted(msgspec.Struct, frozen=True):
    """What an ID token must say."""

    issuer: str
    audience: str
    nonce: str


class Heads(msgspec.Struct):
    """The header of a token, as far as it is looked at before the signature is checked."""

    alg: str = ""
    kid: str = ""


def heads_of(token: str) -> Heads:
    """Which algorithm and key a token names. Raises ProviderFailed for what is no signed token."""
    first = token.partition(".")[0]
    if len(token) > TOKEN_LENGTH_MAX or token.count(".") != 2:
        raise ProviderFailed("the token is no signed token")
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(first + "=" * (-len(first) % 4)), type=Heads)
    except (msgspec.DecodeError, binascii.Error, ValueError):
        raise ProviderFailed("the header of the token cannot be read") from None


async def signed_claims(
    token: str, keys: KeysOfOthers, algorithms: Collection[str], now: Instant
) -> Mapping[str, Any]:
    """The claims of a token whose signature holds, made by one of the algorithms. Raises ProviderFailed."""
    heads = heads_of(token)
    if heads.alg not in algorithms:
        raise ProviderFailed(f"the token is signed by {heads.alg[:20]!r}, which is not allowed")
    found = await keys.find(heads.kid, heads.alg, now)
    try:
        return jwt.decode(
            token, found.key, registry=jws.JWSRegistry(algorithms=[heads.alg], strict_check_header=False)
        ).claims
    except (JoseError, ValueError) as wrong:
        raise ProviderFailed(f"the signature of the token does not hold: {type(wrong).__name__}") from None


def check_times(claims: Mapping[str, Any], now: Instant, age_max_s: int = AGE_MAX_S) -> None:
    """Raises ProviderFailed for a token that is over, of the future, older than `age_max_s`, or without its times."""
    now_s = now / 1_000_000
    issued, expires, begins = (_number(claims.get(name)) for name in ("iat", "exp", "nbf"))
    if expires is None or expires + LEEWAY_S <= now_s:
        raise ProviderFailed("the token is over")
    if issued is None or issued > now_s + LEEWAY_S or (begins is not None and begins > now_s + LEEWAY_S):
        raise ProviderFailed("the token is of the future")
    if issued + age_max_s + LEEWAY_S < now_s:
        raise ProviderFailed("the token was issued too long ago")


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def check_id_token(claims: Mapping[str, Any], wanted: Wanted, now: Instant) -> None:
    """The checks of OpenID Connect Core 3.1.3.7 behind the signature. Raises ProviderFailed for the first that fails."""
    audience = claims.get("aud")
    audiences: Any = [audience] if isinstance(audience, str) else audience
    subject = claims.get("sub")
    if claims.get("iss") != wanted.issuer:
        raise ProviderFailed("the token is of another issuer")
    if not is_array(audiences) or wanted.audience not in audiences:
        raise ProviderFailed("the token is for another client")
    party = claims.get("azp")
    if party != wanted.audience and (party is not None or len(audiences) > 1):
        raise ProviderFailed("the token was made for another party")
    check_times(claims, now)
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not hmac.compare_digest(nonce.encode(), wanted.nonce.encode()):
        raise ProviderFailed("the token answers another request (nonce)")
    if (
        not isinstance(subject, str)
        or not 0 < len(subject) <= SUBJECT_LENGTH_MAX
        or not subject.isprintable()
    ):
        raise ProviderFailed("the token names nobody")
    told = claims.get("auth_time", 0)
    if _number(told) is None or not 0 <= told <= now / 1_000_000 + LEEWAY_S:
        raise ProviderFailed("auth_time is no time that has been")


def check_at_hash(claims: Mapping[str, Any], access_token: str, algorithm: str) -> None:
    """Raises ProviderFailed when the token speaks of another access token (`at_hash`, Core 3.1.3.6)."""
    told = claims.get("at_hash")
    if told is None:
        return
    kind = hashlib.sha512 if algorithm == "Ed25519" else getattr(hashlib, f"sha{algorithm[2:]}")
    digest = kind(access_token.encode()).digest()
    half = base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()
    if not isinstance(told, str) or not hmac.compare_digest(told.encode(), half.encode()):
        raise ProviderFailed("the token speaks of another access token (at_hash)")
