"""Subscriptions of an Orion, brought into a running node in the name of the account that imports (decision 20).

A subscription is told what its owner may see, so it needs one: it goes over HTTP, and not into the store of this machine.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import aiohttp
import msgspec

from kaiteki.main.imports.orion import (
    PAGE_ENTITIES,
    Origin,
    address_of,
    broker_session,
    is_address,
    is_subscription,
    read_page,
)
from kaiteki.main.imports.runner import Outcome, Screen
from kaiteki.main.imports.targets import NoTarget
from kaiteki.model.entity import Json, is_array, is_object
from kaiteki.services.opendata.quality import Tally
from kaiteki.services.opendata.reading.source import Issue

SUBSCRIPTIONS_MAX: Final = 100_000
_TOLD: Final = frozenset(
    {
        "timesSent",
        "lastNotification",
        "lastFailure",
        "lastFailureReason",
        "lastSuccess",
        "lastSuccessCode",
        "failsCounter",
    }
)
"""What a broker says of the sending."""
_DEFAULTS: Final[dict[str, Json]] = {"attrs": [], "onlyChangedAttrs": False, "covered": False}
"""Members that are shown whether they were said or not; one of these values says nothing."""


async def bring_subscriptions(path: Path, where: Origin, node: Origin, url: str, screen: Screen) -> Outcome:
    """Bring in the subscriptions of a broker or file. `node` and `url` are the node that gets them. Raises NoTarget.

    Those that stand there already with the same subject and notification, and those that have expired, are left as they are.
    """
    title = f"{path.name if not is_address(path) else address_of(path)} (subscriptions)"
    found = await _found(path, where)
    tally = Tally()
    screen.begin(title, len(found))
    async with broker_session(node) as session:
        address = f"{url.rstrip('/')}/v2/subscriptions"
        known = {_sense(one) for one in await _listed(session, address)} if found else set[bytes]()
        for number, one in enumerate(found, start=1):
            tally.read += 1
            wanted = _wanted(one)
            if wanted is None or _sense(wanted) in known:
                tally.unchanged += 1
            elif (why := await _make(session, address, wanted)) is None:
                known.add(_sense(wanted))
                tally.created += 1
            else:
                issue = Issue("remote_refused", number, value=why, level="refused")
                tally.note(issue)
                screen.issue(title, issue)
            screen.step(1)
    return Outcome(title, title, tally=tally)


async def _found(path: Path, where: Origin) -> list[Json]:
    if is_address(path):
        async with broker_session(where) as session:
            return await _listed(session, f"{address_of(path)}/v2/subscriptions")
    return await asyncio.to_thread(_of_file, path)


def _of_file(path: Path) -> list[Json]:
    try:
        told: Json = msgspec.json.decode(path.read_bytes())
    except msgspec.DecodeError:
        # who brings in the entities of the file says so
        return []
    return [one for one in (told if is_array(told) else [told]) if is_subscription(one)]


async def _listed(session: aiohttp.ClientSession, url: str) -> list[Json]:
    found: list[Json] = []
    while len(found) < SUBSCRIPTIONS_MAX:
        page: Sequence[Json] = await read_page(session, url, len(found), {})
        found += page
        if len(page) < PAGE_ENTITIES:
            break
    return found


def _wanted(one: Json) -> dict[str, Json] | None:
    """The document to make a subscription of, None for one that is over."""
    if not is_object(one) or one.get("status") == "expired":
        return None
    notification = one.get("notification")
    said = (
        {name: value for name, value in notification.items() if name not in _TOLD}
        if is_object(notification)
        else {}
    )
    wanted = {name: value for name, value in one.items() if name not in ("id", "status")}
    if one.get("status") in ("inactive", "oneshot"):
        wanted["status"] = one["status"]
    return {**wanted, "notification": said}


def _sense(one: Json) -> bytes:
    """Equal for subscriptions with the same subject and notification."""
    wanted = _wanted(one) or {}
    notification = {
        name: value
        for name, value in wanted.get("notification", {}).items()
        if name not in _DEFAULTS or value != _DEFAULTS[name]
    }
    subject = wanted.get("subject", {})
    told: dict[str, Json] = subject.get("condition") or {}
    condition = {name: value for name, value in told.items() if value not in ([], True)}
    return msgspec.json.encode(
        [{**subject, "condition": condition}, {"attrsFormat": "normalized", **notification}], order="sorted"
    )


async def _make(session: aiohttp.ClientSession, url: str, document: dict[str, Json]) -> str | None:
    """Make a subscription; why not, where it is refused. Raises NoTarget where the node will have none."""
    try:
        async with session.post(url, json=document) as answer:
            status, content = answer.status, await answer.read()
    except (aiohttp.ClientError, TimeoutError) as error:
        raise NoTarget(f"No node answers at {url} ({error or type(error).__name__}).") from error
    if status == 201:
        return None
    try:
        told: Json = msgspec.json.decode(content)
    except msgspec.DecodeError:
        told = None
    why = str(told.get("description")) if is_object(told) else f"the answer was {status}"
    if status in (401, 403):
        raise NoTarget(f"The node takes no subscriptions of this account: {why}")
    return why
