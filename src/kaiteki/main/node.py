"""One node, whole: stores, plane, services, api, portal and adapters, joined."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import msgspec
from starlette.applications import Starlette

from kaiteki.api.front import Front
from kaiteki.api.health import health_routes
from kaiteki.api.metrics import Tally
from kaiteki.main.settings import Settings


class Node(msgspec.Struct, frozen=True):
    """A running node: what answers its requests."""

    settings: Settings
    front: Front


@asynccontextmanager
async def open_node(settings: Settings) -> AsyncGenerator[Node]:
    """Join the parts of a node; on leaving, what was accepted is kept and the files are let go."""
    settings.data.mkdir(parents=True, exist_ok=True)
    tally = Tally()
    site = Starlette(routes=[*health_routes({}, tally)])
    yield Node(settings, Front({}, site, tally))
