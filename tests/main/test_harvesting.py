"""Fetching by rhythm, against a real server on loopback with the guarded client: only what is new comes, nothing whole is replaced by half."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from kaiteki.kit import views
from kaiteki.main.cities import load_city
from kaiteki.main.harvesting import Harvest, unfetched
from kaiteki.main.imports.targets import LocalTarget
from kaiteki.main.intake import Intake
from kaiteki.main.outgoing import GuardedClient
from kaiteki.model.access import Person
from kaiteki.model.decision import Accepted, Asked
from kaiteki.model.instant import Instant
from kaiteki.services.opendata.intake.bringing import BringIn, bring_in
from kaiteki.services.opendata.intake.clearing import Clear, clear
from kaiteki.services.opendata.intake.delivery import BYTES_MAX, Delivery
from kaiteki.services.opendata.intake.harvest import (
    HOUR_US,
    DeclareSource,
    FetchNow,
    HarvestSource,
    Switch,
    declare_source,
    fail,
    fetch_now,
    switch_source,
)
from kaiteki.services.opendata.model import DataSet
from kaiteki.stores.memory import open_memory
from town import TownClock

ROWS = [f"{n},公園{n},区{n},35.{n:02},141.0{n % 10}" for n in range(1, 21)]


def table(rows: list[str], head: str = "ID,公園名,所在地,緯度,経度") -> bytes:
    """A CSV of parks."""
    return ("\n".join([head, *rows]) + "\n").encode()


class Shelf:
    """What stands at an address, and the requests that came."""

    def __init__(self) -> None:
        self.content, self.status, self.has_tag = table(ROWS), 200, True
        self.asked: list[tuple[str, str, int]] = []
        self.url = self.leads = ""

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        """Answer one request as a plain web server does."""
        tag = f'"{hashlib.sha256(self.content).hexdigest()[:8]}"' if self.has_tag else ""
        status, body, headers = self.status, self.content, {"ETag": tag} if tag else {}
        if request.path == "/moved.csv":
            status, body, headers = 302, b"", {"Location": "/parks.csv"}
        elif request.path == "/away.csv":
            status, body, headers = 302, b"", {"Location": self.leads}
        elif request.path == "/round.csv":
            status, body, headers = 302, b"", {"Location": "/round.csv"}
        elif request.path.startswith("/api/3/action/resource_show"):
            body = json.dumps({"success": True, "result": {"url": "/parks.csv"}}).encode()
        elif tag and request.headers.get("If-None-Match") == tag:
            status, body = 304, b""
        self.asked.append((request.path, request.headers.get("If-None-Match", ""), status))
        request.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(body)


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    """A web server on loopback."""
    kept = Shelf()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kept.answer(self)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    kept.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield kept
    finally:
        server.shutdown()
        server.server_close()


class Town:
    """A town that fetches and brings in, with the guarded client; 127.0.0.1 is a host of its own."""

    def __init__(self) -> None:
        self.clock = TownClock()
        self.store = open_memory(self.clock)
        self.client = GuardedClient(receivers={"demo": frozenset({"127.0.0.1"})})
        entities = self.store.entities
        self.target = LocalTarget(entities, self.clock, "demo")
        self.harvest = Harvest(entities, self.client, self.clock, ("demo",))
        self.intake = Intake(entities, self.clock, {"demo": load_city("demo")})

    async def declare(self, url: str) -> str:
        """Declare a source at an address; its id."""
        done = declare_source(
            {}, DeclareSource("公園", url, "parks.csv", "24", "隣の市", "CC BY 4.0"), self.asked()
        )
        assert isinstance(done, Accepted)
        await self.target.keep(done.writes)
        return done.writes[0].id  # pyright: ignore

    def asked(self) -> Asked:
        """A decision at the desk."""
        return Asked("demo", self.clock.now(), 5, Person("acc-desk"))

    async def turn(self, source: str, hours: int = 0) -> HarvestSource:
        """Let hours pass, fetch what is due and bring in what came; the source afterwards."""
        self.clock.pass_s(hours * 3600 + 1)
        await self.harvest.run_due()
        await self.intake.run_due()
        kept = await self.target.get(HarvestSource, source)
        assert kept is not None
        return kept

    async def data_set(self, source: HarvestSource) -> DataSet:
        """The data set that a source feeds."""
        delivery = await self.target.get(Delivery, source.delivery)
        assert delivery is not None and delivery.data_set
        kept = await self.target.get(DataSet, delivery.data_set)
        assert kept is not None
        return kept


@pytest.fixture
async def town() -> Any:
    """A town without any data."""
    opened = Town()
    yield opened
    await opened.client.close()


async def test_a_file_comes_in_once_and_again_only_when_it_changed(shelf: Shelf, town: Town) -> None:
    source = await town.declare(f"{shelf.url}/parks.csv")
    first = await town.turn(source)
    assert (first.result, first.rows, (await town.data_set(first)).records) == ("new", 20, 20)
    assert (await town.data_set(first)).source == "隣の市"
    assert (await town.turn(source, 1)).result == "new" and len(shelf.asked) == 1
    again = await town.turn(source, 24)
    assert (again.result, shelf.asked[-1][2], again.delivery) == ("unchanged", 304, first.delivery)
    shelf.content = table([*ROWS, "21,新公園,区21,35.5,141.5"])
    changed = await town.turn(source, 24)
    assert (changed.result, (await town.data_set(changed)).records) == ("new", 21)


async def test_a_server_without_tags_is_told_by_the_digest(shelf: Shelf, town: Town) -> None:
    shelf.has_tag = False
    source = await town.declare(f"{shelf.url}/parks.csv")
    first = await town.turn(source)
    again = await town.turn(source, 24)
    assert (shelf.asked[-1][2], again.result, again.delivery) == (200, "unchanged", first.delivery)
    assert await unfetched(town.store.entities) == []


async def test_half_a_file_is_held_back_and_what_stands_stays(shelf: Shelf, town: Town) -> None:
    source = await town.declare(f"{shelf.url}/parks.csv")
    whole = await town.turn(source)
    shelf.content = table(ROWS[:15])
    half = await town.turn(source, 24)
    assert (half.result, half.rows) == ("held", 20)
    held = await town.target.get(Delivery, half.delivery)
    assert held is not None and [doubt.column for doubt in held.doubts] == ["20 → 15"]
    assert (await town.data_set(whole)).records == 20
    done = clear(
        {held.id: held}, Clear(held.id, ("clear",), ("公園が廃止されたので公開してよい",)), town.asked()
    )
    assert isinstance(done, Accepted)
    await town.target.keep(done.writes)
    await town.intake.run_due()
    assert (await town.data_set(half)).records == 15


async def test_what_was_cleared_for_a_source_is_not_asked_again(shelf: Shelf, town: Town) -> None:
    head = "ID,公園名,所在地,緯度,経度,連絡先"
    shelf.content = table([f"{row},090-1234-5678" for row in ROWS], head)
    source = await town.declare(f"{shelf.url}/parks.csv")
    first = await town.turn(source)
    held = await town.target.get(Delivery, first.delivery)
    assert held is not None and (held.state, [doubt.sort for doubt in held.doubts]) == ("held", ["mobile"])
    done = clear(
        {held.id: held}, Clear(held.id, ("clear",), ("管理会社の番号なので公開してよい",)), town.asked()
    )
    assert isinstance(done, Accepted)
    (decided,) = done.writes
    assert isinstance(decided, Delivery)
    done = bring_in({held.id: decided}, BringIn(held.id, "見本市", "CC-BY-4.0"), town.asked())
    assert isinstance(done, Accepted)
    await town.target.keep(done.writes)
    for number in (1, 2):
        shelf.content = table([f"{row},090-1234-567{number}" for row in ROWS], head)
        assert (await town.turn(source, 24)).result == "new"


@pytest.mark.parametrize(
    ("path", "change", "why"),
    [
        ("/parks.csv", {"status": 500}, "status:500"),
        ("/parks.csv", {"content": b"x" * (BYTES_MAX + 1)}, "unreachable:"),
        ("/parks.csv", {"content": b"\x00\x01\x02" * 100}, "not_text"),
        ("/round.csv", {}, "redirects"),
    ],
)
async def test_failures_are_said_and_tried_later_and_later_and_nothing_is_replaced(
    shelf: Shelf, town: Town, path: str, change: dict[str, Any], why: str
) -> None:
    source = await town.declare(shelf.url + path)
    for name, value in change.items():
        setattr(shelf, name, value)
    first = await town.turn(source)
    assert (first.result, first.why.startswith(why), first.failures, first.delivery) == (
        "failed",
        True,
        1,
        "",
    )
    second = await town.turn(source, 1)
    waits = [(one.next_at or 0) - (one.fetched_at or 0) for one in (first, second)]
    assert (second.failures, waits) == (2, [300_000_000, 600_000_000])
    (line,) = await unfetched(town.store.entities)
    assert second.url in line and "2 times" in line and why in line


async def test_catalogues_and_redirects_lead_to_the_file(shelf: Shelf, town: Town) -> None:
    for path in ("/moved.csv", "/api/3/action/resource_show?id=parks"):
        source = await town.declare(shelf.url + path)
        assert (await town.turn(source)).rows == 20
    assert [path for path, _, _ in shelf.asked][-1] == "/parks.csv"


async def test_a_private_address_that_is_not_the_towns_own_is_never_asked(shelf: Shelf) -> None:
    town = Town()
    town.harvest = Harvest(town.store.entities, GuardedClient(), town.clock, ("demo",))
    source = await town.declare(f"{shelf.url}/parks.csv")
    told = await town.turn(source)
    assert (told.result, told.why.startswith("unreachable:"), shelf.asked) == ("failed", True, [])


def test_a_source_waits_no_longer_than_its_rhythm_and_is_fetched_when_staff_say_so() -> None:
    one = HarvestSource("urn:x", every_hours=1, failures=50)
    tired = fail(one, "status:500", Instant(0))
    assert (tired.next_at, tired.failures) == (HOUR_US, 20)
    asked = Asked("demo", Instant(77), 1, Person("acc"))
    done = fetch_now({"urn:x": tired}, FetchNow("urn:x"), asked)
    assert (
        isinstance(done, Accepted)
        and views.write(done.writes[0], None, Instant(0), "HarvestSource") is not None
    )
    (due,) = done.writes
    assert isinstance(due, HarvestSource) and due.next_at == 77
    stopped = switch_source({"urn:x": due}, Switch("urn:x"), asked)
    assert isinstance(stopped, Accepted)
    (off,) = stopped.writes
    assert isinstance(off, HarvestSource) and not off.is_active
    assert not isinstance(fetch_now({"urn:x": off}, FetchNow("urn:x"), asked), Accepted)
