"""How this node shows a token endpoint that it is the client: a secret in the Authorization header, or a signed assertion (RFC 7523)."""

from __future__ import annotations

import base64
import secrets
from typing import Final
from urllib.parse import quote

import msgspec
from joserfc import jwk, jwt
from joserfc.errors import JoseError

from kaiteki.kit.providers.configuration import Provider
from kaiteki.model.instant import Instant

ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_LIFE_S: Final = 60
_BY_KIND: Final = {"RSA": "RS256", "EC": "ES256", "OKP": "Ed25519"}
_CURVES: Final = {"P-384": "ES384", "P-521": "ES512"}


class BadSecret(Exception):
    """The secret of a provider cannot be used; the message says what it must be, never what it is."""


class Signing:
    """A private key and the algorithm that goes with it. Nothing of the key is ever shown."""

    def __init__(self, key: jwk.Key, kid: str = "") -> None:
        self._key = key
        told = key.as_dict(private=False)
        self.algorithm: Final = _CURVES.get(str(told.get("crv")), _BY_KIND.get(str(told["kty"]), ""))
        self.kid: Final = kid or str(told.get("kid") or "")

    def sign(self, claims: dict[str, object]) -> str:
        """A signed token with these claims."""
        header = {"alg": self.algorithm, "typ": "JWT", **({"kid": self.kid} if self.kid else {})}
        return jwt.encode(header, claims, self._key, algorithms=[self.algorithm])


def read_private_key(text: str) -> Signing:
    """A private key as PEM or as JWK. Raises BadSecret."""
    kinds = ("RSA", "EC", "OKP")
    try:
        if text.lstrip().startswith("{"):
            told = msgspec.json.decode(text, type=dict[str, str | list[str]])
            found = [jwk.import_key(told)] if told.get("kty") in kinds else []
        else:
            found = [key for kind in kinds if (key := _from_pem(text, kind)) is not None]
    except (msgspec.DecodeError, JoseError, ValueError):
        found = []
    if not found or not found[0].is_private:
        raise BadSecret("a private key is needed, as PEM or JWK (RSA, EC or Ed25519)")
    return Signing(found[0])


def _from_pem(text: str, kind: str) -> jwk.Key | None:
    try:
        return jwk.JWKRegistry.import_key(text, kind)
    except (JoseError, ValueError, TypeError):
        return None


class ClientProof:
    """The proof of one client at one provider."""

    def __init__(self, provider: Provider, secret: str) -> None:
        """Raises BadSecret."""
        if not secret:
            raise BadSecret("a secret is needed there, or in the file that the same name with _FILE says")
        self._client = provider.client_id
        self._secret = secret
        self._signing = read_private_key(secret) if provider.auth == "private_key_jwt" else None

    def give(self, audience: str, now: Instant) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
        """What goes into the form and into the headers of a request to a token endpoint."""
        if self._signing is None:
            pair = f"{quote(self._client, safe='')}:{quote(self._secret, safe='')}"
            return [], [("authorization", f"Basic {base64.b64encode(pair.encode()).decode()}")]
        issued = now // 1_000_000
        assertion = self._signing.sign(
            {
                "iss": self._client,
                "sub": self._client,
                "aud": audience,
                "jti": secrets.token_urlsafe(16),
                "iat": issued,
                "exp": issued + ASSERTION_LIFE_S,
            }
        )
        return [
            ("client_assertion_type", ASSERTION_TYPE),
            ("client_assertion", assertion),
            ("client_id", self._client),
        ], []
