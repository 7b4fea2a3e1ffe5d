"""What every answer of the site carries, whoever made it: headers that keep browsers from misunderstanding it, cookies of this host alone.

Cookies of the node are called `__Host-…` over HTTPS: browsers take such a name from this host only, over HTTPS only, so no neighbour
below the same domain can lay one for us. Applications inside see and set the short name.

A page of another origin that wants to read with a key or a condition asks first (a preflight, https://fetch.spec.whatwg.org/#cors-preflight-fetch):
to read it may always try, without cookies; whether it sees the answer, the answer says. Nothing is written that way.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from kaiteki.api.bridge import ASGIApp, Message

OWN_COOKIE: Final = b"kaiteki_"
HOST_PREFIX: Final = b"__Host-"
APART: Final = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"
"""The policy of what is no page and no script: opened by itself, it may do nothing and belongs to no origin."""
ACTIVE: Final = (b"text/html", b"text/javascript", b"application/javascript")
"""Kinds whose policy is the business of who makes them."""
ALWAYS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
)
OVER_HTTPS: Final = (
    (b"strict-transport-security", b"max-age=31536000; includeSubDomains"),
    (b"cross-origin-opener-policy", b"same-origin"),
)
"""Over plain HTTP browsers ignore them, and a node in a closed network may have no certificate."""

PREFLIGHT: Final = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-methods", b"GET, HEAD"),
    (
        b"access-control-allow-headers",
        b"Accept, Accept-Language, Authorization, If-Modified-Since, If-None-Match, Kaiteki-Purpose, Range, X-API-Key, X-CKAN-API-Key",
    ),
    (b"access-control-max-age", b"600"),
)
READS: Final = (b"GET", b"HEAD")

Pair = tuple[bytes, bytes]


class Harbour:
    """Stands around the site of a node (ASGI)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(
        self,
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        https = scope["scheme"] == "https"
        if https:
            scope = {**scope, "headers": [_short(pair) for pair in scope["headers"]]}

        async def out(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": equipped(message.get("headers", ()), https)}
            await send(message)

        if _is_preflight(scope):
            await out({"type": "http.response.start", "status": 204, "headers": list(PREFLIGHT)})
            await out({"type": "http.response.body", "body": b""})
            return
        await self._app(scope, receive, out)


def _is_preflight(scope: Message) -> bool:
    """Whether a browser asks for a page of another origin whether that may read here."""
    if scope["method"] != "OPTIONS":
        return False
    said = {name.lower(): value for name, value in scope["headers"]}
    return b"origin" in said and said.get(b"access-control-request-method", b"").upper() in READS


def equipped(headers: list[Pair], https: bool) -> list[Pair]:
    """The headers of an answer with all that it has to carry; what an application has said itself stays."""
    said = {name.lower(): value for name, value in headers}
    kind = said.get(b"content-type", b"").partition(b";")[0].strip().lower()
    added = dict(ALWAYS)
    added[b"cross-origin-resource-policy"] = b"cross-origin" if _for_others(said, kind) else b"same-origin"
    if https:
        added.update(OVER_HTTPS)
    kept = [
        (name, host_cookie(value) if https and name == b"set-cookie" else value) for name, value in headers
    ]
    if kind not in ACTIVE:
        kept = [pair for pair in kept if pair[0].lower() != b"content-security-policy"]
        added[b"content-security-policy"] = APART.encode()
        said.pop(b"content-security-policy", None)
    return [*kept, *((name, value) for name, value in added.items() if name not in said)]


def _for_others(said: dict[bytes, bytes], kind: bytes) -> bool:
    """Whether pages of others may show it: pictures and what is open to all. Cookies do not come along there (SameSite)."""
    return kind.startswith(b"image/") or said.get(b"access-control-allow-origin") == b"*"


def host_cookie(value: bytes) -> bytes:
    """A cookie of ours that is set, as one of this host over HTTPS."""
    if not value.startswith(OWN_COOKIE):
        return value
    named = HOST_PREFIX + value
    parts = {part.strip().lower() for part in named.split(b";")[1:]}
    return named if b"secure" in parts else named + b"; Secure"


def _short(pair: Pair) -> Pair:
    """A header with our cookies by their short names; those that came without the prefix are not ours and are left out."""
    name, value = pair
    if name.lower() != b"cookie":
        return pair
    kept: list[bytes] = []
    for cookie in (one.strip() for one in value.split(b";")):
        if cookie.startswith(HOST_PREFIX + OWN_COOKIE):
            kept.append(cookie.removeprefix(HOST_PREFIX))
        elif not cookie.startswith(OWN_COOKIE):
            kept.append(cookie)
    return name, b"; ".join(kept)
