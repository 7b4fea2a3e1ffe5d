"""A data folder that one service of city points wrote, before it became several, opens as it was: each record, each address, who is whose."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from kaiteki.main.parts import POINTS
from node_under_test import NodeUnderTest, start_node, stop_node

KEPT = Path(__file__).with_name("kept") / "points.tar.xz"
"""A folder of the sample area as Kaiteki wrote it on 2026-11-24, and `told.json`: what its service declared and answered then."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("kept")
    with tarfile.open(KEPT) as packed:
        packed.extractall(home, filter="data")
    return home


@pytest.fixture(scope="module")
def told(folder: Path) -> dict[str, Any]:
    return msgspec.json.decode((folder / "told.json").read_bytes())


@pytest.fixture(scope="module")
def kept(folder: Path) -> Iterator[NodeUnderTest]:
    node = start_node(folder / "data", areas=("demo",))
    yield node
    stop_node(node)


def test_nothing_that_others_know_of_it_has_another_name(told: dict[str, Any]) -> None:
    """Types, commands, addresses of pages, purposes, reactions, settings, and what an erasure empties: all that were there are there."""
    assert POINTS.settings is not None
    now = {
        "types": {one.name for one in POINTS.types},
        "commands": {one.name for one in POINTS.commands},
        "pages": {one.path for one in POINTS.pages},
        "purposes": set(POINTS.purposes),
        "jobs": {one.name for one in POINTS.jobs},
        "reactions": {one.on for one in POINTS.reactions},
        "settings": {one.name for one in msgspec.structs.fields(POINTS.settings)},
    }
    lost = {kind: set(told["declared"][kind]) - names for kind, names in now.items()}
    assert lost == {kind: set[str]() for kind in now}
    emptied = [[one.type, *one.fields] for one in POINTS.erase]
    assert [one for one in told["declared"]["erase"] if one not in emptied] == []


def test_every_record_says_what_it_said(kept: NodeUnderTest, told: dict[str, Any]) -> None:
    """To staff and to whose it is: sealed lots, reasons and codes open to the same people, under the ids by which they were known."""
    for kind, seen in told["seen"].items():
        found = [
            kept.ask(
                "GET",
                f"/ngsi-ld/v1/entities?type={kind}&limit=100&options=keyValues",
                headers=told["bearers"][who],
            ).json()
            for who in ("office", "walker")
        ]
        assert found == seen, kind


def test_people_go_on_with_what_is_theirs(kept: NodeUnderTest, told: dict[str, Any]) -> None:
    """The account has its number still, a grant is taken back, a ticket is taken once, and more is given and given on."""

    def asked(step: str, form: dict[str, Any], who: str) -> tuple[int, Any]:
        done = kept.ask("POST", f"/demo/services/points/{step}", form, told["bearers"][who])
        return done.status, done.json()

    known = told["known"]
    assert asked("open", {}, "walker") == (200, {"number": known["number"]})
    given = asked("grant", {"campaign": known["campaign"], "number": known["number"]}, "office")
    before = next(one for one in told["seen"]["PointAccount"][0] if one["number"] == known["number"])
    assert (given[0], given[1]["balance"]) == (200, before["balance"] + 50)
    back = {"id": known["grant"], "campaign": known["campaign"], "why": "重複でした。"}
    account = f"urn:ngsi-ld:PointAccount:{known['number']}"
    assert asked("take_back", {**back, "point_account": account}, "office")[1]["amount"] == 50
    assert asked("donate", {"recipient": known["recipient"], "amount": 5}, "walker")[0] == 200
    taken = [asked("redeem", {"code": known["code"]}, "office") for _ in range(2)]
    assert [status for status, _ in taken] == [200, 409]
    assert taken[0][1] == {"id": known["order"], "reward": known["ticket"]}


@pytest.mark.parametrize("page", ["points", "points/donate", "points/exchange"])
def test_pages_open_at_their_addresses(kept: NodeUnderTest, page: str) -> None:
    assert kept.ask("GET", f"/demo/{page}").status == 200
