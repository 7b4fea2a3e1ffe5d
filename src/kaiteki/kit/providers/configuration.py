"""What an area says of the providers of identity that people may sign in with: `cities/<area>/identity.toml`.

Secrets never stand there: they come from the environment or from a file that it names (`secret_variable`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final, Literal, TypeAlias
from urllib.parse import urlsplit

import msgspec

from kaiteki.model.access import ANYONE, RESIDENT
from kaiteki.model.words import Words

ALGORITHMS: Final = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519"}
)
"""Signatures that may be allowed. All are made with a private key: `none` and the HS family can never be named."""
ALGORITHMS_DEFAULT: Final = ("RS256", "PS256", "ES256", "Ed25519")
PROVIDERS_MAX: Final = 20
DIGITAL_AUTH_APP: Final = "digital-auth-app"
DIGITAL_AUTH_SCOPES: Final = frozenset({"openid", "name", "address", "birthdate", "gender", "sign"})
"""What デジタル認証アプリ knows; anything else is refused there."""
DIGITAL_AUTH_ACR: Final = "aal3 crl"
"""The card is read with its PIN, and its certificate is looked up in the list of revoked ones."""
ASSURANCE_MAX: Final = 3
_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,30}")

Auth: TypeAlias = Literal["client_secret_basic", "private_key_jwt"]
"""How this node says at the token endpoint that it is the client."""
Profile: TypeAlias = Literal["standard", "digital-auth-app"]


class Endpoints(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The addresses of a provider that has no discovery document, given by hand."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str = ""
    end_session_endpoint: str = ""


class Provider(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A provider that people of an area may sign in with.

    `name` stands in addresses, `words` is what people call it. `assurance` is what a sign-in there is worth (1 to 3); `acr` says it by the
    `acr` of the token, where the provider tells one. `own_hosts` are hosts (also `host:port`) in the network of the town hall: only
    they may have a private address or be reached by http. `userinfo`: the name is asked for where the token has none.
    """

    name: str
    issuer: str
    client_id: str
    words: Words
    profile: Profile = "standard"
    scopes: tuple[str, ...] = ("openid",)
    auth: Auth = "client_secret_basic"
    algorithms: tuple[str, ...] = ALGORITHMS_DEFAULT
    acr_values: str = ""
    assurance: int = 1
    acr: Mapping[str, int] = {}
    endpoints: Endpoints | None = None
    userinfo: bool = False
    own_hosts: tuple[str, ...] = ()

    @property
    def asked_acr(self) -> str:
        """The `acr_values` that are asked for."""
        return DIGITAL_AUTH_ACR if self.profile == DIGITAL_AUTH_APP else self.acr_values

    @property
    def asks_anew(self) -> bool:
        """Whether it is asked to have somebody show once more who they are, and has to say when they did.

        デジタル認証アプリ names neither `prompt` nor `max_age`: there the card is read at each sign-in.
        """
        return self.profile != DIGITAL_AUTH_APP

    def worth(self, acr: str) -> int:
        """The assurance of a sign-in whose token tells this `acr` (empty: it tells none)."""
        if self.profile == DIGITAL_AUTH_APP:
            # every sign-in there reads the card; only a token that says less is worth less
            return ASSURANCE_MAX if not acr or "aal3" in acr.split() else 1
        return self.acr.get(acr, self.assurance)

    def reaches(self, url: str) -> bool:
        """Whether an address may belong to this provider: https, or a host of the own network."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            return False
        own = host in self.own_hosts or f"{host}:{port}" in self.own_hosts
        return (
            bool(host)
            and parts.username is None
            and (parts.scheme == "https" or (own and parts.scheme == "http"))
        )


class SecondFactor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who of an area must show two factors: those who hold one of the roles. `reason` is what they are told, in the words of the area."""

    required_for: tuple[str, ...] = ()
    reason: Words | None = None


class IdentityOfArea(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file `identity.toml` of an area."""

    providers: tuple[Provider, ...] = ()
    second_factor: SecondFactor = SecondFactor()


def secret_variable(area: str, name: str) -> str:
    """The variable of the environment that holds the secret of a provider; with `_FILE` behind it, one that names a file."""
    return "KAITEKI_SECRET_" + re.sub(r"[^A-Z0-9]", "_", f"{area}_{name}".upper())


def faults_of_providers(told: IdentityOfArea) -> list[str]:
    """What is wrong with the providers of an area, one sentence each."""
    names = [provider.name for provider in told.providers]
    faults = [f"providers: {name} stands twice" for name in sorted(set(names)) if names.count(name) > 1]
    if len(names) > PROVIDERS_MAX:
        faults.append(f"providers: at most {PROVIDERS_MAX}")
    wrong = sorted({ANYONE, RESIDENT} & set(told.second_factor.required_for))
    faults += [
        f"second_factor: {role} is nobody's office: only roles that are given can want it" for role in wrong
    ]
    return faults + [f"providers.{one.name}: {fault}" for one in told.providers for fault in _faults_of(one)]


def _faults_of(provider: Provider) -> Iterator[str]:
    if not _NAME.fullmatch(provider.name):
        yield "a name has small letters, digits and hyphens"
    if not provider.client_id:
        yield "client_id is missing"
    if "?" in provider.issuer or "#" in provider.issuer:
        yield "an issuer has no query and no fragment"
    if "openid" not in provider.scopes:
        yield "scopes: openid must be among them"
    refused = sorted(set(provider.algorithms) - ALGORITHMS)
    if refused or not provider.algorithms:
        yield f"algorithms: {', '.join(refused) or 'none'}; allowed are {', '.join(sorted(ALGORITHMS))}"
    levels = (provider.assurance, *provider.acr.values())
    if any(not 1 <= level <= ASSURANCE_MAX for level in levels):
        yield f"assurance is 1 to {ASSURANCE_MAX}"
    ends = provider.endpoints
    for url in (provider.issuer, *(msgspec.structs.astuple(ends) if ends else ())):
        if url and not provider.reaches(url):
            yield f"{url}: only https, or a host of own_hosts"
    if provider.profile == DIGITAL_AUTH_APP:
        yield from _faults_of_digital_auth(provider)


def _faults_of_digital_auth(provider: Provider) -> Iterator[str]:
    unknown = sorted(set(provider.scopes) - DIGITAL_AUTH_SCOPES)
    if unknown:
        yield f"scopes: デジタル認証アプリ knows no {', '.join(unknown)}"
    if provider.acr_values not in ("", DIGITAL_AUTH_ACR):
        yield f"acr_values: this profile asks for {DIGITAL_AUTH_ACR}"
