"""The public keys of others (JWK sets): read with limits, kept for a while, fetched anew when a token names one that is not among them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

from joserfc import jwk
from joserfc.errors import JoseError

from kaiteki.kit.providers.asking import ProviderFailed
from kaiteki.model.entity import is_array, is_object
from kaiteki.model.instant import Instant

KEYS_MAX: Final = 32
KEPT_S: Final = 3600
"""How long keys are believed without another look."""
AGAIN_S: Final = 30
"""An unknown key is looked for at most so often, so that nobody can make this node ask without end."""
RSA_BITS_MIN: Final = 2048
_SECOND: Final = 1_000_000
_CURVES: Final = {
    "P-256": ("ES256",),
    "P-384": ("ES384",),
    "P-521": ("ES512",),
    "Ed25519": ("Ed25519",),
}
_RSA: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")

Fetch = Callable[[], Awaitable[Mapping[str, Any]]]
"""Fetches a JWK set. Raises ProviderFailed."""


class PublicKey:
    """One key to check signatures with, and the algorithms that it can be for."""

    def __init__(self, kid: str, key: jwk.Key, algorithms: tuple[str, ...]) -> None:
        self.kid: Final = kid
        self.key: Final = key
        self.algorithms: Final = algorithms


def read_keys(document: Mapping[str, Any]) -> tuple[PublicKey, ...]:
    """The keys of a JWK set that are for signatures; symmetric, weak and unknown ones are passed over.

    Raises ProviderFailed for what is no set, or one of more than KEYS_MAX keys.
    """
    listed = document.get("keys")
    if not is_array(listed) or len(listed) > KEYS_MAX:
        raise ProviderFailed(f"a set of keys is a list of at most {KEYS_MAX}")
    return tuple(key for one in listed if is_object(one) and (key := _read_key(one)) is not None)


def _read_key(told: Mapping[str, Any]) -> PublicKey | None:
    kind = told.get("kty")
    if kind not in ("RSA", "EC", "OKP") or told.get("use", "sig") != "sig":
        return None
    possible = _RSA if kind == "RSA" else _CURVES.get(str(told.get("crv")), ())
    algorithms = tuple(name for name in possible if told.get("alg") in (None, name))
    public = {name: told[name] for name in ("kty", "crv", "n", "e", "x", "y") if name in told}
    try:
        key = jwk.import_key(public)
        bits = getattr(key.public_key, "key_size", RSA_BITS_MIN)
    except (JoseError, ValueError, TypeError, KeyError):
        # the library looks up curves that there may not be
        return None
    if not algorithms or (kind == "RSA" and bits < RSA_BITS_MIN):
        return None
    return PublicKey(str(told.get("kid") or ""), key, algorithms)


def choose_key(keys: Sequence[PublicKey], kid: str, algorithm: str) -> PublicKey | None:
    """The key that a signature names; without a name the only one that fits."""
    fitting = [key for key in keys if algorithm in key.algorithms and kid in ("", key.kid)]
    return fitting[0] if fitting and (kid or len(fitting) == 1) else None


class KeysOfOthers:
    """The key set of one issuer, kept for KEPT_S."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._keys: tuple[PublicKey, ...] = ()
        self._fetched_at: Instant | None = None
        self._tried_at = Instant(0)

    async def find(self, kid: str, algorithm: str, now: Instant) -> PublicKey:
        """The key of a signature. Raises ProviderFailed when there is none, also after another look."""
        if self._fetched_at is None or now - self._fetched_at > KEPT_S * _SECOND:
            await self._renew(now)
        found = choose_key(self._keys, kid, algorithm)
        if found is None and now - self._tried_at > AGAIN_S * _SECOND:
            await self._renew(now)
            found = choose_key(self._keys, kid, algorithm)
        if found is None:
            raise ProviderFailed("the signature names a key that the issuer does not publish")
        return found

    async def _renew(self, now: Instant) -> None:
        self._tried_at = now
        self._keys = read_keys(await self._fetch())
        self._fetched_at = now
