"""A sign-in at a provider, by the authorization code flow alone: where the browser is sent, and what is made of what it brings back.

Every step is bound to the one before: `state` to the browser (its cookie), `iss` and the address to the provider (RFC 9207), the code to the
verifier (PKCE S256), the token to the nonce.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

import msgspec

from kaiteki.kit.providers.asking import Asking, ProviderFailed
from kaiteki.kit.providers.client_proof import ClientProof
from kaiteki.kit.providers.configuration import Endpoints, Provider
from kaiteki.kit.providers.keys import KeysOfOthers
from kaiteki.kit.providers.tokens import (
    LEEWAY_S,
    Wanted,
    check_at_hash,
    check_id_token,
    heads_of,
    signed_claims,
)
from kaiteki.model.instant import Instant

PENDING_S: Final = 600
"""How long somebody may take at the provider."""
METADATA_KEPT_S: Final = 3600
STATE_BYTES: Final = 32
ANSWER_LENGTH_MAX: Final = 4096
NAME_LENGTH_MAX: Final = 100
_SECOND: Final = 1_000_000


class Aim(msgspec.Struct, frozen=True):
    """What a sign-in is for: where it leads, the account to which somebody who is signed in wants to link the provider, and the level
    that a page wants of somebody who has to show once more who they are (0: nobody asks for that)."""

    following: str = ""
    account_id: str = ""
    step: int = 0


class Pending(msgspec.Struct, frozen=True):
    """A sign-in that began."""

    area: str
    provider: str
    state: str
    nonce: str
    verifier: str
    until: Instant
    aim: Aim = Aim()

    @property
    def begun_at(self) -> Instant:
        """When the browser was sent away."""
        return Instant(self.until - PENDING_S * _SECOND)


class NotShownAnew(ProviderFailed):
    """A provider vouches for somebody, but not that they showed once more who they are."""

    def __init__(self, why: str, aim: Aim) -> None:
        super().__init__(why)
        self.aim = aim


class Known(msgspec.Struct, frozen=True):
    """Whom a provider vouches for. (issuer, subject) is who it is; the name is only shown. `shown_at` is when they showed it there
    (0: it does not say; None: now)."""

    issuer: str
    subject: str
    name: str
    assurance: int
    shown_at: Instant | None = None

    @property
    def value(self) -> str:
        """Under what the credential of kind `subject` is kept."""
        return f"{self.issuer} {self.subject}"


class Metadata(msgspec.Struct, frozen=True):
    """What is used of a provider's discovery document (OpenID Connect Discovery 1.0, RFC 8414)."""

    issuer: str
    endpoints: Endpoints
    says_iss: bool = False


class RelyingParty:
    """One provider of one area, as this node uses it. `callback` is the exact address to which the browser comes back."""

    def __init__(self, provider: Provider, asking: Asking, proof: ClientProof, callback: str) -> None:
        self.provider: Final = provider
        self._asking = asking
        self._proof = proof
        self._callback = callback
        self._metadata: Metadata | None = None
        self._read_at = Instant(0)
        self._keys = KeysOfOthers(self._fetch_keys)

    async def begin(self, area: str, aim: Aim, now: Instant) -> tuple[str, Pending]:
        """Where the browser goes, and what must be remembered until it is back. Raises ProviderFailed."""
        metadata = await self._told(now)
        state, nonce, verifier = (secrets.token_urlsafe(STATE_BYTES) for _ in range(3))
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=")
        asked = {
            "response_type": "code",
            "client_id": self.provider.client_id,
            "redirect_uri": self._callback,
            "scope": " ".join(self.provider.scopes),
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge.decode(),
            "code_challenge_method": "S256",
        }
        if self.provider.asked_acr:
            asked["acr_values"] = self.provider.asked_acr
        if aim.step and self.provider.asks_anew:
            # Core 3.1.2.1: with max_age the provider has to say when (auth_time), and only that proves that prompt was heard
            asked |= {"prompt": "login", "max_age": "0"}
        until = Instant(now + PENDING_S * _SECOND)
        pending = Pending(area, self.provider.name, state, nonce, verifier, until, aim)
        address = metadata.endpoints.authorization_endpoint
        return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}", pending

    async def finish(self, pending: Pending, answer: Mapping[str, str], now: Instant) -> Known:
        """Whom the provider vouches for. Raises ProviderFailed; nothing is known then."""
        metadata = await self._told(now)
        self._check_answer(pending, answer, metadata, now)
        tokens = await self._redeem(answer["code"], pending.verifier, metadata, now)
        id_token, access_token = tokens.get("id_token"), tokens.get("access_token")
        if not isinstance(id_token, str):
            raise ProviderFailed("the provider sent no ID token")
        claims = await signed_claims(id_token, self._keys, self.provider.algorithms, now)
        check_id_token(claims, Wanted(metadata.issuer, self.provider.client_id, pending.nonce), now)
        access = access_token if isinstance(access_token, str) else ""
        check_at_hash(claims, access, heads_of(id_token).alg)
        subject = str(claims["sub"])
        name = _name_in(claims) or await self._name_at(metadata, subject, access)
        acr = claims.get("acr")
        worth = self.provider.worth(acr if isinstance(acr, str) else "")
        return Known(metadata.issuer, subject, name, worth, self._shown_at(claims, pending))

    def _shown_at(self, claims: Mapping[str, Any], pending: Pending) -> Instant | None:
        """When somebody showed there who they are (`Known.shown_at`). Raises NotShownAnew where that was asked for and is not told."""
        told = claims.get("auth_time")
        if told is None:
            shown_at = Instant(0) if self.provider.asks_anew else None
        else:
            shown_at = Instant(int(told) * _SECOND)
        if pending.aim.step and shown_at is not None and shown_at < pending.begun_at - LEEWAY_S * _SECOND:
            why = "the provider does not say when" if told is None else "it was before it was asked for"
            raise NotShownAnew(f"nobody showed anew who they are: {why} (auth_time)", pending.aim)
        return shown_at

    async def leave(self, now: Instant) -> str:
        """Where somebody signs out at the provider, empty where it offers that nowhere. Raises ProviderFailed."""
        address = (await self._told(now)).endpoints.end_session_endpoint
        back = self._callback.partition("/sign-in/")[0] + "/"
        asked = urlencode({"client_id": self.provider.client_id, "post_logout_redirect_uri": back})
        return f"{address}{'&' if '?' in address else '?'}{asked}" if address else ""

    def _check_answer(
        self, pending: Pending, answer: Mapping[str, str], metadata: Metadata, now: Instant
    ) -> None:
        state, issuer = answer.get("state", ""), answer.get("iss")
        if now > pending.until:
            raise ProviderFailed("the sign-in took too long")
        if pending.provider != self.provider.name or not hmac.compare_digest(
            state.encode(), pending.state.encode()
        ):
            raise ProviderFailed("the answer is to another request (state)")
        if issuer != metadata.issuer and (issuer is not None or metadata.says_iss):
            raise ProviderFailed("the answer is of another provider (iss)")
        if "error" in answer:
            raise ProviderFailed(f"the provider said no: {answer['error'][:60]!a}")
        if not 0 < len(answer.get("code", "")) <= ANSWER_LENGTH_MAX:
            raise ProviderFailed("the provider sent no code")

    async def _redeem(self, code: str, verifier: str, metadata: Metadata, now: Instant) -> Mapping[str, Any]:
        fields, headers = self._proof.give(metadata.issuer, now)
        form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", self._callback),
            ("code_verifier", verifier),
            *fields,
        ]
        status, tokens = await self._asking.send(metadata.endpoints.token_endpoint, form, tuple(headers))
        if status != 200:
            raise ProviderFailed(f"the code was not taken ({status}): {str(tokens.get('error'))[:60]!a}")
        return tokens

    async def _name_at(self, metadata: Metadata, subject: str, access_token: str) -> str:
        """The name that the userinfo endpoint tells; empty where it is not asked. Raises ProviderFailed."""
        address = metadata.endpoints.userinfo_endpoint
        if not (self.provider.userinfo and address and access_token):
            return ""
        told = await self._asking.read(address, (("authorization", f"Bearer {access_token}"),))
        if told.get("sub") != subject:
            raise ProviderFailed("userinfo speaks of somebody else")
        return _name_in(told)

    async def _told(self, now: Instant) -> Metadata:
        """The metadata of the provider, kept for METADATA_KEPT_S. Raises ProviderFailed."""
        provider = self.provider
        if provider.endpoints is not None:
            return Metadata(provider.issuer, provider.endpoints)
        if self._metadata is None or now - self._read_at > METADATA_KEPT_S * _SECOND:
            address = provider.issuer.rstrip("/") + "/.well-known/openid-configuration"
            self._metadata = _read_metadata(await self._asking.read(address), provider)
            self._read_at = now
        return self._metadata

    async def _fetch_keys(self) -> Mapping[str, Any]:
        address = self._metadata.endpoints if self._metadata else self.provider.endpoints
        if address is None:
            raise ProviderFailed("the keys of the provider are not known")
        return await self._asking.read(address.jwks_uri)


def _name_in(claims: Mapping[str, Any]) -> str:
    name = claims.get("name")
    return name.strip()[:NAME_LENGTH_MAX] if isinstance(name, str) and name.isprintable() else ""


def _read_metadata(document: Mapping[str, Any], provider: Provider) -> Metadata:
    """Raises ProviderFailed for a document of another issuer, or with an address where the provider may have none."""
    if document.get("issuer") != provider.issuer:
        raise ProviderFailed("the discovery document is of another issuer")
    told = {name: document.get(name) or "" for name in Endpoints.__struct_fields__}
    try:
        ends = msgspec.convert(told, Endpoints)
    except msgspec.ValidationError:
        raise ProviderFailed("the discovery document lacks what is needed") from None
    needed = (ends.authorization_endpoint, ends.token_endpoint, ends.jwks_uri)
    if not all(needed) or not all(provider.reaches(url) for url in msgspec.structs.astuple(ends) if url):
        raise ProviderFailed("the discovery document names an address that may not be used")
    methods = document.get("code_challenge_methods_supported", ["S256"])
    if not isinstance(methods, list) or "S256" not in methods:
        raise ProviderFailed("the provider knows no PKCE with S256")
    return Metadata(
        provider.issuer, ends, document.get("authorization_response_iss_parameter_supported") is True
    )
