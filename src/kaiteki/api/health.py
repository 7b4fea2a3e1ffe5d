"""Whether the node lives and can do its work, for whoever watches over it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from importlib.metadata import version
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kaiteki.api.metrics import Figures, Metrics
from kaiteki.api.problems import AGAIN
from kaiteki.api.tally import Tally
from kaiteki.model.entity import Json
from kaiteki.ports.outage import StoreAway

SPEAKS: Final = ("NGSI-LD 1.9.1", "NGSI v2")
"""The protocols of the data plane."""
ORION: Final = "4.0.0"
"""The Orion whose NGSI v2 the face at /v2 speaks. Its clients look for it in /version before their first request."""
NOT_FOR_YOU: Final = (
    "The figures are for this machine and for whom the operator names (docs/guide/watching-a-node.md).\n"
)
Check = Callable[[], Awaitable[bool]]
"""Whether one part of the node can do its work now."""


async def _readiness(checks: Mapping[str, Check]) -> Response:
    """Whether every part can do its work, and why not."""
    parts: dict[str, bool] = {}
    reasons: dict[str, str] = {}
    for name, check in checks.items():
        try:
            parts[name] = await check()
        except StoreAway as away:
            parts[name], reasons[name] = False, away.detail(writes=False)
    is_ready = all(parts.values())
    told: Json = {"status": "ready" if is_ready else "not ready", "parts": parts}
    body = msgspec.json.encode({**told, "reasons": reasons} if reasons else told)
    headers = {"cache-control": "no-store", **({} if is_ready else dict([AGAIN]))}
    return Response(body, 200 if is_ready else 503, headers, media_type="application/json")


def health_routes(
    checks: Mapping[str, Check],
    tally: Tally,
    figures: Callable[[], Awaitable[Figures]],
    may_watch: Callable[[str, str], bool],
) -> list[Route]:
    """`/health/ready` (503 with the names of the parts that fail, and why) and `/metrics`. `/health/live` is the front's own. `/version` is where clients of Orion
    look whether anybody is there.

    `figures()` is what the parts of the node say of themselves; `may_watch` says by address and Authorization for whom it is.
    """

    async def ready(_request: Request) -> Response:
        return await _readiness(checks)

    shown = Metrics(tally)

    async def metrics(request: Request) -> Response:
        address = request.client.host if request.client else ""
        if not may_watch(address, request.headers.get("authorization", "")):
            return Response(NOT_FOR_YOU, 403, media_type="text/plain")
        reply = shown.exposition(await figures())
        return Response(reply.body, reply.status, dict(reply.headers))

    own = version("kaiteki")
    told_version: Json = {
        "kaiteki": {"version": own},
        "orion": {"version": f"{ORION}+kaiteki.{own}"},
        "speaks": SPEAKS,
    }
    versions = msgspec.json.encode(told_version)

    async def say_version(_request: Request) -> Response:
        return Response(versions, media_type="application/json")

    return [
        Route("/health/ready", ready),
        Route("/metrics", metrics),
        Route("/version", say_version),
    ]
