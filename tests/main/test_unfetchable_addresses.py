"""Addresses that can never be fetched are refused where they are entered; one that leads astray says where it led."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from test_harvesting import Shelf, shelf, town
from test_harvesting import Town as HarvestingTown

from kaiteki.kit.engine import Asking
from kaiteki.main.node import open_node
from kaiteki.main.outgoing import GuardedClient
from kaiteki.main.settings import Settings
from kaiteki.model.access import STAFF, Person
from kaiteki.model.decision import Accepted, Asked, Refused
from kaiteki.model.instant import Instant
from kaiteki.services.opendata.catalogues.listing import declare_catalogue
from kaiteki.services.opendata.catalogues.model import DeclareCatalogue
from kaiteki.services.opendata.intake.harvest import DeclareSource, declare_source
from kaiteki.services.opendata.intake.harvest_desk import WHYS, reason

__all__ = ["shelf", "town"]

NEVER = (
    "http://127.0.0.1:8392/a.csv",
    "http://localhost/a.csv",
    "http://192.168.1.5/a.csv",
    "http://[::1]/a.csv",
    "https://data.example.jp:22/a.csv",
    "https://me:secret@data.example.jp/a.csv",
)


def guarded(*receivers: str) -> Asked:
    """A decision at the desk of an area that knows some hosts as its own."""
    client = GuardedClient(receivers={"demo": frozenset(receivers)})
    return Asked("demo", Instant(1), 5, Person("acc-desk"), forbids=partial(client.forbids, "demo"))


@pytest.mark.parametrize("url", NEVER)
def test_what_can_never_be_fetched_is_refused_at_its_field(url: str) -> None:
    asked = guarded()
    for done in (
        declare_source({}, DeclareSource("公園", url, "parks.csv"), asked),
        declare_catalogue({}, DeclareCatalogue("隣の市", url), asked),
    ):
        assert isinstance(done, Refused)
        (fault,) = done.faults
        assert (fault.field, fault.code) == ("url", "forbidden")
        assert fault.words.ja and fault.words.en and fault.words.easy


def test_a_host_that_the_area_knows_as_its_own_is_taken_and_so_is_the_public_network() -> None:
    for url in ("http://127.0.0.1:8392/a.csv", "https://data.example.jp/a.csv"):
        form = DeclareSource("公園", url, "parks.csv")
        assert isinstance(declare_source({}, form, guarded("127.0.0.1")), Accepted)


async def test_a_node_asks_its_guarded_client_whoever_enters_the_address(tmp_path: Path) -> None:
    form = {"title": "公園", "url": NEVER[0], "file_name": "parks.csv"}
    asking = Asking("demo", Person("acc-desk", "desk", frozenset({STAFF}), frozenset({"*"})))
    async with open_node(Settings(data=tmp_path / "data", cities=("demo",))) as node:
        refused = await node.joined.engine.run("opendata.declare_source", form, asking)
    assert isinstance(refused, Refused), refused
    assert [(one.field, one.code) for one in refused.faults] == [("url", "forbidden")]


async def test_an_address_that_leads_to_one_that_is_not_reached_says_where(
    shelf: Shelf, town: HarvestingTown
) -> None:
    shelf.leads = "http://me:secret@10.1.2.3/parks.csv?key=1"
    source = await town.declare(f"{shelf.url}/away.csv")
    told = await town.turn(source)
    assert (told.result, told.why) == ("failed", "redirected:http://10.1.2.3/parks.csv")
    for language in ("ja", "ja-easy", "en"):
        said = reason(told.why, language)
        assert said == f"{WHYS['redirected'].say(language)} http://10.1.2.3/parks.csv"
    assert "not on the public network" not in said
