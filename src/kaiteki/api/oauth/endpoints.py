"""The addresses of OAuth: tokens for programs (RFC 6749) and for other cities (RFC 8693), revocation (RFC 7009), metadata (RFC 8414), keys."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeAlias
from urllib.parse import parse_qsl, unquote_plus

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kaiteki.api.oauth.assertions import Assertions
from kaiteki.api.oauth.cities import Cities
from kaiteki.api.oauth.gate import TokenGate, claimed
from kaiteki.api.oauth.refusals import NO_STORE, OAuthRefused
from kaiteki.api.oauth.tokens import LIFE_S, AccessTokens, Held, holds
from kaiteki.kit.identity import Identity
from kaiteki.kit.providers.client_proof import ASSERTION_TYPE
from kaiteki.kit.providers.own_keys import public_keys
from kaiteki.model.access import ANYONE
from kaiteki.model.entity import Json
from kaiteki.ports.accounts import Account, kind_of
from kaiteki.ports.clock import Clock

FORM_SIZE_MAX_BYTES: Final = 32_000
FIELDS_MAX: Final = 30
FORM_TYPE: Final = "application/x-www-form-urlencoded"
CREDENTIALS: Final = "client_credentials"
EXCHANGE: Final = "urn:ietf:params:oauth:grant-type:token-exchange"
TOKEN_TYPES: Final = frozenset(
    {"urn:ietf:params:oauth:token-type:jwt", "urn:ietf:params:oauth:token-type:id_token"}
)
ACCESS_TOKEN: Final = "urn:ietf:params:oauth:token-type:access_token"
KEY_MARK: Final = "kaiteki_"
KEYS_KEPT_S: Final = 3600
WRONG: Final = frozenset({"invalid_client", "invalid_grant"})
"""Refusals of whoever is not who they say they are."""

Form = Mapping[str, str]


class Parts(msgspec.Struct, frozen=True):
    """What the addresses work with. `issuer` is the public address of the node, `roles` are those that there are."""

    issuer: str
    areas: tuple[str, ...]
    roles: frozenset[str]
    identity: Identity
    tokens: AccessTokens
    assertions: Assertions
    cities: Cities
    clock: Clock
    secret: bytes
    gate: TokenGate


def oauth_routes(parts: Parts) -> list[Route]:
    """The routes of a node."""

    async def token(request: Request) -> Response:
        return await _counted(parts, request, _grant)

    async def revoke(request: Request) -> Response:
        return await _counted(parts, request, _revoke)

    async def metadata(_request: Request) -> Response:
        return _public(_metadata(parts.issuer))

    async def keys(_request: Request) -> Response:
        return _public(public_keys(parts.secret, parts.clock.now()))

    return [
        Route("/oauth/token", token, methods=["POST"]),
        Route("/oauth/revoke", revoke, methods=["POST"]),
        Route("/.well-known/oauth-authorization-server", metadata, methods=["GET"]),
        Route("/.well-known/jwks.json", keys, methods=["GET"]),
    ]


Do: TypeAlias = Callable[[Parts, Request, Form], Awaitable[Json]]


async def _counted(parts: Parts, request: Request, do: Do) -> Response:
    """Do what a form asks for, for whoever does not ask too often."""
    gate, address = parts.gate, request.client.host if request.client else ""
    try:
        form = await _form(request)
        client = claimed(form, _basic_name(request.headers.get("authorization")))
        again_s = gate.wait_s(address, client)
        if again_s:
            raise OAuthRefused("temporarily_unavailable", f"please ask again in {again_s} seconds", again_s)
        done = await do(parts, request, form)
    except OAuthRefused as refused:
        if refused.error in WRONG:
            gate.failed(address)
        return refused.answer()
    gate.succeeded(address, client)
    return _json(done)


async def _revoke(parts: Parts, request: Request, form: Form) -> Json:
    client = await _client(parts, request, form)
    if "token" not in form:
        raise OAuthRefused("invalid_request", "token is missing")
    await parts.tokens.revoke(form["token"], client.id)
    return {}


async def _form(request: Request) -> Form:
    """The fields of a form, each once. Raises OAuthRefused (invalid_request)."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM_TYPE:
        raise OAuthRefused("invalid_request", f"send a form: {FORM_TYPE}")
    read = bytearray()
    async for chunk in request.stream():
        read += chunk
        if len(read) > FORM_SIZE_MAX_BYTES:
            raise OAuthRefused("invalid_request", f"a form has at most {FORM_SIZE_MAX_BYTES} bytes")
    try:
        pairs = parse_qsl(read.decode("ascii"), strict_parsing=bool(read), max_num_fields=FIELDS_MAX)
    except (ValueError, UnicodeError):
        raise OAuthRefused("invalid_request", "the form cannot be read") from None
    form = dict(pairs)
    if len(form) != len(pairs):
        raise OAuthRefused("invalid_request", "a field stands twice")
    return form


async def _grant(parts: Parts, request: Request, form: Form) -> Json:
    scope = tuple(dict.fromkeys(form.get("scope", "").split()))
    match form.get("grant_type"):
        case "client_credentials":
            client = await _client(parts, request, form)
            if not holds(client, scope, parts.roles):
                raise OAuthRefused("invalid_scope", "a scope names roles that the account holds")
            return await _issue(parts, client.id, Held(parts.tokens.lasting(), scope), scope)
        case "urn:ietf:params:oauth:grant-type:token-exchange":
            return await _exchange(parts, form, scope)
        case None:
            raise OAuthRefused("invalid_request", "grant_type is missing")
        case _:
            raise OAuthRefused("unsupported_grant_type", f"there are {CREDENTIALS} and {EXCHANGE}")


async def _exchange(parts: Parts, form: Form, scope: tuple[str, ...]) -> Json:
    if form.get("subject_token_type") not in TOKEN_TYPES or "subject_token" not in form:
        raise OAuthRefused("invalid_request", "subject_token is a signed token (subject_token_type …:jwt)")
    if form.get("requested_token_type", ACCESS_TOKEN) != ACCESS_TOKEN or "actor_token" in form:
        raise OAuthRefused("invalid_request", "an access token is issued; who acts is told in the claim act")
    area = form.get("audience") or (parts.areas[0] if len(parts.areas) == 1 else "")
    if area not in parts.areas:
        raise OAuthRefused("invalid_target", "audience is the name of an area of this node")
    times = (parts.clock.now(), parts.tokens.lasting())
    held = await parts.cities.exchange(area, form["subject_token"], scope, times)
    account_id = held.person.account_id if held.person is not None else ""
    roles = tuple(sorted(held.person.roles - {ANYONE})) if held.person is not None else ()
    told = await _issue(parts, account_id, held, roles)
    return {**told, "issued_token_type": ACCESS_TOKEN}


async def _issue(parts: Parts, account_id: str, held: Held, scope: tuple[str, ...]) -> Json:
    token = await parts.tokens.issue(account_id, held)
    told: dict[str, Json] = {"access_token": token, "token_type": "Bearer", "expires_in": LIFE_S}
    return {**told, **({"scope": " ".join(scope)} if scope else {})}


async def _client(parts: Parts, request: Request, form: Form) -> Account:
    """The program that asks: by one way of showing it, not by two. Raises OAuthRefused (invalid_client)."""
    header = request.headers.get("authorization")
    ways = [header is not None, "client_secret" in form, "client_assertion" in form]
    if sum(ways) != 1:
        raise OAuthRefused(
            "invalid_client", "a client shows itself by its secret or by an assertion, in one way"
        )
    if "client_assertion" in form:
        if form.get("client_assertion_type") != ASSERTION_TYPE:
            raise OAuthRefused("invalid_client", f"client_assertion_type is {ASSERTION_TYPE}")
        account = await parts.assertions.client(form["client_assertion"], parts.clock.now())
        if form.get("client_id", account.id) != account.id:
            raise OAuthRefused("invalid_client", "client_id is another one than in the assertion")
        return account
    name, secret = (
        _basic(header) if header is not None else (form.get("client_id", ""), form["client_secret"])
    )
    bearer = secret if secret.startswith(f"{KEY_MARK}{name}_") else f"{KEY_MARK}{name}_{secret}"
    found = await parts.identity.machine(bearer)
    if found is None or found.id != name or kind_of(found) == "person":
        raise OAuthRefused("invalid_client", "the client or its secret is not known here")
    return found


def _basic_name(header: str | None) -> str:
    """Whom a header names as the client, empty where it names nobody."""
    try:
        return _basic(header)[0] if header is not None else ""
    except OAuthRefused:
        return ""


def _basic(header: str) -> tuple[str, str]:
    """RFC 6749 2.3.1: both parts are form-encoded inside of Basic. Raises OAuthRefused (invalid_client)."""
    scheme, _, told = header.partition(" ")
    try:
        name, colon, secret = base64.b64decode(told.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        colon = name = secret = ""
    if scheme.lower() != "basic" or not colon:
        raise OAuthRefused(
            "invalid_client", "Authorization is Basic with the id and the secret of the client"
        )
    return unquote_plus(name), unquote_plus(secret)


def _metadata(issuer: str) -> dict[str, Any]:
    ways = ["client_secret_basic", "client_secret_post", "private_key_jwt"]
    signatures = ["ES256", "ES384", "ES512", "PS256", "PS384", "PS512", "RS256", "Ed25519"]
    return {
        "issuer": issuer,
        "token_endpoint": f"{issuer}/oauth/token",
        "token_endpoint_auth_methods_supported": ways,
        "token_endpoint_auth_signing_alg_values_supported": signatures,
        "revocation_endpoint": f"{issuer}/oauth/revoke",
        "revocation_endpoint_auth_methods_supported": ways,
        "revocation_endpoint_auth_signing_alg_values_supported": signatures,
        "grant_types_supported": [CREDENTIALS, EXCHANGE],
        "response_types_supported": [],
        "jwks_uri": f"{issuer}/.well-known/jwks.json",
    }


def _json(document: Json) -> Response:
    return Response(msgspec.json.encode(document), 200, NO_STORE, media_type="application/json")


def _public(document: Mapping[str, Any]) -> Response:
    headers = {"cache-control": f"public, max-age={KEYS_KEPT_S}", "access-control-allow-origin": "*"}
    return Response(msgspec.json.encode(document), 200, headers, media_type="application/json")
