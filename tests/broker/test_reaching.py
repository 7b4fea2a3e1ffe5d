"""Addresses that nothing can be sent to are refused when they are named, on both faces."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.neighbours import Neighbours, source
from conformance.watched_town import WatchedTown
from kaiteki.stores.memory import open_memory
from ports.sample import SteppingClock

BAD = (
    "http://there.example:99999/x",
    "http://there.example:0/x",
    "http://there.example:no/x",
    "http://[::1/x",
)


@pytest.fixture
def here() -> WatchedTown:
    return Neighbours().add("here.example", open_memory(SteppingClock()))


def subscription(uri: str) -> dict[str, Any]:
    return {"type": "Subscription", "entities": [{"type": "A"}], "notification": {"endpoint": {"uri": uri}}}


def told_by_v2(url: str, how: str = "http") -> dict[str, Any]:
    return {"subject": {"entities": [{"id": "A"}]}, "notification": {how: {"url": url}}}


def provided_by_v2(url: str) -> dict[str, Any]:
    return {"dataProvided": {"entities": [{"id": "A", "type": "B"}]}, "provider": {"http": {"url": url}}}


@pytest.mark.parametrize("url", BAD)
async def test_an_address_with_a_port_that_there_is_not_is_refused(here: WatchedTown, url: str) -> None:
    for path, document, field in (
        ("/csourceRegistrations", source() | {"endpoint": url}, "endpoint"),
        ("/subscriptions", subscription(url), "notification.endpoint.uri"),
        ("/csourceSubscriptions", subscription(url), "notification.endpoint.uri"),
        ("/v2/registrations", provided_by_v2(url), "provider.http.url"),
        ("/v2/subscriptions", told_by_v2(url), ""),
        ("/v2/subscriptions", told_by_v2(url, "httpCustom"), ""),
    ):
        reply = await here.ask("POST", path, document)
        told = json.loads(reply.body)
        assert reply.status == 400, (path, told)
        assert field in told.get("detail", told.get("description", "")), (path, told)


@pytest.mark.parametrize(
    "url", ["http://there.example:65535/x", "http://there.example/x", "http://there.example:/"]
)
async def test_other_addresses_are_taken(here: WatchedTown, url: str) -> None:
    assert (await here.ask("POST", "/csourceRegistrations", source() | {"endpoint": url})).status == 201
    assert (await here.ask("POST", "/subscriptions", subscription(url))).status == 201
    changed = {"notification": {"endpoint": {"uri": BAD[0]}}}
    shown = json.loads((await here.ask("GET", "/subscriptions")).body)
    assert (await here.ask("PATCH", f"/subscriptions/{shown[0]['id']}", changed)).status == 400
    filled = told_by_v2("http://${id}.example:${port}/x", "httpCustom")
    assert (await here.ask("POST", "/v2/subscriptions", filled)).status == 201
