"""A data folder that one service of 市民参画 wrote, before it became several, opens as it was: each record, each address, who is whose."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from kaiteki.main.parts import SERVICES
from node_under_test import NodeUnderTest, start_node, stop_node

KEPT = Path(__file__).with_name("kept") / "participation.tar.xz"
"""A folder of the sample area as Kaiteki wrote it on 2026-11-24, and `told.json`: what its services declared and answered then."""


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
    """Types, commands, addresses of pages, purposes, and what an erasure empties: all that were there are there."""
    service = next(one for one in SERVICES if one.name == "participation")
    now = {
        "types": {one.name for one in service.types},
        "commands": {one.name for one in service.commands},
        "pages": {one.path for one in service.pages},
        "purposes": set(service.purposes),
        "jobs": {one.name for one in service.jobs},
        "surveys": {one.name for one in service.surveys},
    }
    lost = {kind: set(told["declared"][kind]) - names for kind, names in now.items()}
    assert lost == {kind: set[str]() for kind in now}
    emptied = [[one.type, *one.fields] for one in service.erase]
    assert [one for one in told["declared"]["erase"] if one not in emptied] == []


def test_every_record_says_what_it_said(kept: NodeUnderTest, told: dict[str, Any]) -> None:
    """To staff and to whose it is: sealed words open to the same people, under the ids by which they were known."""
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
    """Who commented has one more on the same draft, who proposed withdraws it, a vote is taken in under the next number."""

    def asked(step: str, form: dict[str, Any], who: str) -> dict[str, Any]:
        done = kept.ask("POST", f"/demo/services/participation/{step}", form, told["bearers"][who])
        assert done.status == 200, (step, done.body)
        return done.json()

    known = told["known"]
    draft, proposal = (
        f"urn:ngsi-ld:Consultation:{known['consultation']}",
        f"urn:ngsi-ld:Proposal:{known['proposal']}",
    )
    said = asked("say_opinion", {"id": draft, "text": "木かげもふやしてください。"}, "walker")
    assert said["n"] == 5
    book = kept.ask(
        "GET", "/ngsi-ld/v1/entities?type=OpinionBook&options=keyValues", headers=told["bearers"]["walker"]
    ).json()
    assert [one["sent"] for one in book] == [[known["consultation"]] * 2]
    assert asked("withdraw_proposal", {"id": proposal}, "walker")["status"] == "withdrawn"
    asked("remove_vote", vote_of(known["budget"]), "office")


def test_what_the_area_decided_holds(kept: NodeUnderTest, told: dict[str, Any]) -> None:
    """Offices, wards and days stand in the one file of the area, `services/participation.toml`."""

    def asked(step: str, form: dict[str, Any], who: str) -> tuple[int, list[str]]:
        done = kept.ask("POST", f"/demo/services/participation/{step}", form, told["bearers"][who])
        return done.status, [one["field"] for one in done.json().get("faults", ())]

    draft = {
        "title": "公園の案",
        "kind": "plan",
        "about": "案です。",
        "opens_on": "2026-12-01",
        "closes_on": "2027-01-10",
    }
    proposal = {"title": "花を植える", "text": "駅の前に花を植えてください。", "ward": "990027"}
    assert asked("prepare", {**draft, "office": "parks"}, "office")[0] == 200
    assert asked("prepare", {**draft, "office": "nobody"}, "office") == (422, ["office"])
    assert asked("make_proposal", proposal, "walker")[0] == 200
    assert asked("make_proposal", {**proposal, "ward": "nowhere"}, "walker") == (422, ["ward"])


def vote_of(number: str) -> dict[str, str]:
    return {"id": f"urn:ngsi-ld:BudgetVote:{number}", "why": "票に重複がありました。"}


@pytest.mark.parametrize(
    "page",
    [
        "participation",
        "participation/comments/{consultation}",
        "participation/proposals/{project}",
        "participation/budgets/{budget}",
        "participation/budgets/{budget_off}",
    ],
)
def test_pages_open_at_their_addresses(kept: NodeUnderTest, told: dict[str, Any], page: str) -> None:
    assert kept.ask("GET", "/demo/" + page.format(**told["known"])).status == 200
