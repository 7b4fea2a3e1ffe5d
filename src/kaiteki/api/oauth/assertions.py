"""Signed assertions: of a program that has a key instead of a secret (RFC 7523), of the node of another city (RFC 8693). Each is good once."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from kaiteki.api.oauth.refusals import OAuthRefused
from kaiteki.kit.identity import Identity
from kaiteki.kit.providers.asking import ProviderFailed
from kaiteki.kit.providers.keys import KeysOfOthers
from kaiteki.kit.providers.partners import Partner
from kaiteki.kit.providers.spent import Spent
from kaiteki.kit.providers.tokens import (
    LEEWAY_S,
    SUBJECT_LENGTH_MAX,
    TOKEN_LENGTH_MAX,
    check_times,
    signed_claims,
)
from kaiteki.model.entity import is_array, is_object
from kaiteki.model.instant import Instant
from kaiteki.ports.accounts import Account
from kaiteki.ports.credentials import Credentials

ALGORITHMS: Final = ("ES256", "ES384", "ES512", "PS256", "PS384", "PS512", "RS256", "Ed25519")
LIFE_MAX_S: Final = 300
"""How long an assertion may be good."""
JTI_LENGTH_MAX: Final = 200
CLIENT: Final = "client"
"""The kind of credentials that are public keys of programs: the value is the id of the account, the body its JWK set."""
_SECOND: Final = 1_000_000


class Assertions:
    """Checks assertions that are meant for this node; `audiences` are its names."""

    def __init__(self, identity: Identity, credentials: Credentials, audiences: tuple[str, ...]) -> None:
        self._identity = identity
        self._credentials = credentials
        self._audiences = audiences
        self._spent = Spent(credentials)

    async def client(self, assertion: str, now: Instant) -> Account:
        """The account of the program that signed. Raises OAuthRefused (invalid_client)."""
        try:
            client_id = unproven(assertion).get("sub")
            account = await self._identity.accounts.by_id(str(client_id))
            kept = await self._credentials.get(CLIENT, str(client_id)) if account is not None else None
            if account is None or account.disabled or kept is None or kept.account_id != account.id:
                raise ProviderFailed("the client has no key here")

            async def fetch() -> Mapping[str, Any]:
                return msgspec.json.decode(kept.body)

            claims = await signed_claims(assertion, KeysOfOthers(fetch), ALGORITHMS, now)
            if claims.get("iss") != account.id or claims.get("sub") != account.id:
                raise ProviderFailed("iss and sub are the id of the client")
            await self._use(claims, account.id, now)
        except ProviderFailed as failed:
            raise OAuthRefused("invalid_client", f"client_assertion: {failed}") from None
        return account

    async def partner(
        self, partner: Partner, keys: KeysOfOthers, token: str, now: Instant
    ) -> Mapping[str, Any]:
        """What the node of another city says. Raises OAuthRefused (invalid_request, as RFC 8693 wants it)."""
        try:
            claims = await signed_claims(token, keys, ALGORITHMS, now)
            subject = claims.get("sub")
            if claims.get("iss") != partner.issuer:
                raise ProviderFailed("the assertion is of another issuer")
            if not isinstance(subject, str) or not 0 < len(subject) <= SUBJECT_LENGTH_MAX:
                raise ProviderFailed("the assertion names nobody")
            await self._use(claims, partner.issuer, now)
        except ProviderFailed as failed:
            raise OAuthRefused("invalid_request", f"subject_token: {failed}") from None
        return claims

    async def _use(self, claims: Mapping[str, Any], issuer: str, now: Instant) -> None:
        """Check audience and times, and use the assertion up. Raises ProviderFailed."""
        audience: Any = claims.get("aud")
        named = audience if is_array(audience) else [audience]
        if not any(one in self._audiences for one in named):
            raise ProviderFailed("the assertion is for somebody else (aud)")
        check_times(claims, now)
        if claims["exp"] - claims["iat"] > LIFE_MAX_S:
            raise ProviderFailed(f"an assertion is good for at most {LIFE_MAX_S} seconds")
        jti = claims.get("jti")
        if not isinstance(jti, str) or not 0 < len(jti) <= JTI_LENGTH_MAX:
            raise ProviderFailed("an assertion has a jti")
        # as long as its times would let it be used again
        until = Instant((int(claims["exp"]) + 2 * LEEWAY_S) * _SECOND)
        if not await self._spent.spend(f"assertion {issuer} {jti}", until, now):
            raise ProviderFailed("the assertion was used before")


def unproven(token: str) -> Mapping[str, Any]:
    """What a token says, before anything of it is believed. Raises ProviderFailed."""
    parts = token.split(".")
    if len(parts) != 3 or len(token) > TOKEN_LENGTH_MAX:
        raise ProviderFailed("this is no signed token")
    try:
        told = msgspec.json.decode(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (msgspec.DecodeError, binascii.Error, ValueError, RecursionError):
        told = None
    if not is_object(told):
        raise ProviderFailed("this is no signed token")
    return told
