"""What `/openapi.json` says of the addresses of OAuth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kaiteki.model.entity import Json

TAG: Final = "OAuth"
_TEXT: Final[Json] = {"type": "string", "maxLength": 4000}
_REFUSED: Final[Json] = {
    "application/json": {
        "schema": {
            "type": "object",
            "required": ["error"],
            "properties": {"error": {"type": "string"}, "error_description": {"type": "string"}},
        }
    }
}
_OPEN: Final[Json] = [{}]
_CLIENT: Final = ("client_id", "client_secret", "client_assertion_type", "client_assertion")


def _posted(name: str, summary: str, fields: tuple[str, ...], needed: str, answer: Json) -> Json:
    return {
        "post": {
            "operationId": name,
            "tags": [TAG],
            "summary": summary,
            "security": _OPEN,
            "requestBody": {
                "required": True,
                "content": {
                    "application/x-www-form-urlencoded": {
                        "schema": {
                            "type": "object",
                            "required": [needed],
                            "properties": dict.fromkeys((*fields, *_CLIENT), _TEXT),
                        }
                    }
                },
            },
            "responses": {
                "200": {"description": "Done", "content": {"application/json": {"schema": answer}}},
                "400": {"description": "Refused (RFC 6749 5.2)", "content": _REFUSED},
                "401": {"description": "The client is not known", "content": _REFUSED},
                "429": {"description": "Asked too often (Retry-After)", "content": _REFUSED},
            },
        }
    }


def _told(name: str, summary: str, needed: str) -> Json:
    shape: Json = {"type": "object", "required": [needed]}
    return {
        "get": {
            "operationId": name,
            "tags": [TAG],
            "summary": summary,
            "security": _OPEN,
            "responses": {
                "200": {"description": "Found", "content": {"application/json": {"schema": shape}}}
            },
        }
    }


def describe_oauth() -> Mapping[str, Json]:
    """A part of the document: tags and paths."""
    token: Json = {
        "type": "object",
        "required": ["access_token", "token_type", "expires_in"],
        "properties": {"access_token": {"type": "string"}, "token_type": {"const": "Bearer"}},
    }
    exchange = ("subject_token", "subject_token_type", "requested_token_type", "audience")
    return {
        "tags": [
            {
                "name": TAG,
                "description": "Tokens for programs and for other cities / プログラムと他市のためのトークン",
            }
        ],
        "paths": {
            "/oauth/token": _posted(
                "token",
                "A short-lived token: client credentials (RFC 6749), or exchange of an assertion (RFC 8693)",
                ("grant_type", "scope", *exchange),
                "grant_type",
                token,
            ),
            "/oauth/revoke": _posted(
                "revoke", "End a token (RFC 7009)", ("token", "token_type_hint"), "token", {"type": "object"}
            ),
            "/.well-known/oauth-authorization-server": _told(
                "oauthMetadata", "Metadata (RFC 8414)", "token_endpoint"
            ),
            "/.well-known/jwks.json": _told("nodeKeys", "The public keys of this node (RFC 7517)", "keys"),
        },
    }
