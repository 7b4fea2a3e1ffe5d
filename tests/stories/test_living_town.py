"""`kaiteki run --world`: a town that lives at once, in which one may sign in from the first second; it ends with its node."""

from __future__ import annotations

import re
import select
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from node_under_test import NodeUnderTest, start_node, stop_node

TRIES = 600
HOUR = timedelta(hours=1)
instant_of = datetime.fromisoformat
PAUSE_S = 0.1


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeUnderTest]:
    running = start_node(tmp_path_factory.mktemp("town") / "data", "--world", areas=("demo",))
    yield running
    if running.process.poll() is None:
        stop_node(running)


def _until(holds: Callable[[], bool]) -> bool:
    """Whether something comes to hold within TRIES times PAUSE_S."""
    for _ in range(TRIES):
        if holds():
            return True
        select.select([], [], [], PAUSE_S)
    return False


def _told(town: NodeUnderTest, status: str) -> int:
    answer = town.ask("GET", f"/demo/open311/v2/requests.json?status={status}")
    return len(answer.json()) if answer.status == 200 else 0


def _longest(town: NodeUnderTest) -> timedelta:
    """How long the longest report took that is closed; some are passed on to others within minutes."""
    past = town.ask("GET", "/demo/open311/v2/requests.json?status=closed").json()
    return max(instant_of(one["updated_datetime"]) - instant_of(one["requested_datetime"]) for one in past)


def _sign_in(town: NodeUnderTest) -> str:
    """The cookies of a sample account that has signed in on the page, as a browser sends them."""
    page = town.ask("GET", "/demo/sign-in")
    browser = page.headers["set-cookie"].partition(";")[0]
    token = re.search(rb'name="csrf" value="([0-9a-f]+)"', page.body)
    assert token
    form = b"csrf=" + token[1] + b"&login=hanako&password=kaiteki-sample"
    kind = {"content-type": "application/x-www-form-urlencoded", "cookie": browser, "origin": town.url}
    signed = town.ask("POST", "/demo/sign-in", form, kind)
    assert signed.status == 303, signed.body
    return "; ".join([browser, *re.findall(r"(?:^|, )([a-z_-]+=[^;, ]+)", signed.headers["set-cookie"])])


def _is_ahead(town: NodeUnderTest) -> list[tuple[str, str]]:
    """What was observed later than the clock of the city stood when it was kept; nothing, if time is told well."""
    kept = "/ngsi-ld/v1/entities?type=WeatherObserved,Device&options=sysAttrs&limit=100"
    entities: list[dict[str, Any]] = town.ask("GET", kept).json()
    values: list[dict[str, Any]] = [
        value for entity in entities for value in entity.values() if isinstance(value, dict)
    ]
    times = [(str(one["observedAt"]), str(one["modifiedAt"])) for one in values if "observedAt" in one]
    return [(seen, now) for seen, now in times if instant_of(seen) > instant_of(now)]


def test_a_new_town_lives_while_one_is_signed_in(town: NodeUnderTest) -> None:
    cookies = _sign_in(town)
    assert _until(lambda: bool(town.ask("GET", "/ngsi-ld/v1/entities?type=WeatherObserved").json()))
    ahead: list[tuple[str, str]] = []

    def lives() -> bool:
        ahead.extend(_is_ahead(town))
        return _told(town, "open") >= 3 and _told(town, "closed") >= 1

    assert _until(lives)
    assert ahead == [], "nothing is later than the present of the city"
    assert _until(lambda: _longest(town) > HOUR), "however slow this machine tells it, in the town days go by"
    weather = town.ask("GET", "/ngsi-ld/v1/entities?type=WeatherObserved&limit=1")
    assert len(weather.json()) == 1
    home = town.ask("GET", "/demo/my", headers={"cookie": cookies})
    assert home.status == 200, "the session outlives days that are told in seconds"
    assert "見本 花子" in home.body.decode()


def test_the_world_ends_with_its_node(town: NodeUnderTest) -> None:
    children = Path(f"/proc/{town.process.pid}/task/{town.process.pid}/children").read_text("ascii").split()
    worlds = [child for child in children if b"kaiteki.world" in Path(f"/proc/{child}/cmdline").read_bytes()]
    assert len(worlds) == 1
    assert stop_node(town) == 0
    assert not Path(f"/proc/{worlds[0]}").exists()
