"""What is secret is taken out of a line of the log before it is written: values of fields that are called so, and texts that look so."""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping
from typing import Any, Final, cast

MASKED: Final = "[secret]"
TEXT_LENGTH_MAX: Final = 20_000
"""Characters of a value that are written; tracebacks are longer than most."""
DEPTH_MAX: Final = 6
SECRET_FIELDS: Final = re.compile(
    r"pass(word|phrase|wd)|secret|token|authorization|cookie|credential|api_?key|assertion|otp|totp|private"
    r"|code_verifier|nonce|receiver_?info|\bkey\b|csrf|(?:\b|_)pin\b",
    re.IGNORECASE,
)
"""Names of fields whose values are never written."""
_NAMES: Final = (
    r"pass(?:word|phrase|wd)?|pwd|(?:client_?|node_?)?secret|(?:access_|refresh_|id_|session_|subject_|actor_)?token|api_?key"
    r"|authorization|x-auth-token|code|code_verifier|client_assertion|assertion|otp|totp|csrf|set-cookie|cookie|kaiteki_session|pin"
)
SHAPES: Final = (
    (
        re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)", re.DOTALL),
        MASKED,
    ),
    (re.compile(r"\b(bearer|basic)\s+[\w.~+/=-]{6,}", re.IGNORECASE), rf"\1 {MASKED}"),
    (re.compile(r"\beyJ[\w-]{5,}\.[\w-]{5,}\.[\w-]*"), MASKED),
    (re.compile(r"(\b[a-z][a-z0-9+.-]*://)[^\s/@'\"]*@", re.IGNORECASE), rf"\1{MASKED}@"),
    (
        re.compile(
            rf"""((?:\b|_)(?:{_NAMES})["']?\s*[=:]\s*)(?:"[^"]*"|'[^']*'|[^\s&,;"'}})\]]+)""", re.IGNORECASE
        ),
        rf"\1{MASKED}",
    ),
    (re.compile(r"\$argon2(?:id|i|d)\$[\w$+/=,.-]+"), MASKED),
)
"""Texts that look like a secret, with what is written in their place: keys, bearer tokens, JWTs, passwords in addresses, `password=…`, hashes."""


def mask_secrets(_logger: object, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A processor of structlog: the line without its secrets."""
    for name, value in line.items():
        line[name] = MASKED if SECRET_FIELDS.search(name) and value else masked(value)
    return line


def masked(value: Any, depth: int = 0) -> Any:
    """A value without its secrets; what is nested deeper than the limit is left out."""
    if isinstance(value, str):
        return mask_text(value)
    if isinstance(value, int | float | None):
        return value
    if depth >= DEPTH_MAX:
        return "…"
    if isinstance(value, Mapping):
        found = cast(Mapping[object, object], value)
        return {
            str(name): MASKED if SECRET_FIELDS.search(str(name)) else masked(inner, depth + 1)
            for name, inner in found.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [masked(one, depth + 1) for one in cast(list[object], value)]
    return mask_text(str(value))


def mask_text(text: str) -> str:
    """A text without what looks like a secret in it."""
    text = text if len(text) <= TEXT_LENGTH_MAX else text[:TEXT_LENGTH_MAX] + "…"
    for shape, instead in SHAPES:
        text = shape.sub(instead, text)
    return text
