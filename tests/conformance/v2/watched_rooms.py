"""Rooms of NGSI v2 and subscriptions to them, as several cases of this folder need them."""

import asyncio
from collections.abc import Callable
from typing import Any

from conformance.watched_town import WatchedTown

URL = "http://receiver.example:5000/notify"


async def subscribed(
    town: WatchedTown,
    notification: dict[str, Any] | None = None,
    condition: dict[str, Any] | None = None,
    **members: Any,
) -> str:
    """The path of a new subscription to rooms."""
    headers = {name: members.pop(name) for name in ("fiware_servicepath",) if name in members}
    document = {
        "subject": {"entities": [{"idPattern": ".*", "type": "Room"}], "condition": condition or {}},
        "notification": {"http": {"url": URL}, **(notification or {})},
        **members,
    }
    reply = await town.did("POST", "/v2/subscriptions", document, **headers)
    assert reply.status == 201
    return dict(reply.headers)["location"]


async def room(town: WatchedTown, **values: Any) -> None:
    await town.did("POST", "/v2/entities?options=keyValues", {"id": "Room1", "type": "Room", **values})


async def put(town: WatchedTown, **values: Any) -> None:
    await town.did("PATCH", "/v2/entities/Room1/attrs?options=keyValues", values)


async def until(town: WatchedTown, path: str, holds: Callable[[Any], bool]) -> Any:
    """A document once it is as it should become."""
    for _ in range(500):
        shown = await town.shown(path)
        if holds(shown):
            return shown
        await asyncio.sleep(0.01)
    raise AssertionError(path)
