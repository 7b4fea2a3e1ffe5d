"""`kaiteki policies`: of the areas that are known, and of a town that is there and may be running."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kaiteki.main.cities import find_city
from kaiteki.main.cli import app
from node_under_test import NodeUnderTest, start_node, stop_node

WELLS = """
@id("wells are public")
permit (principal, action in [Action::"read", Action::"readPast"], resource in Type::"Well");
@id("but their owner")
forbid (principal, action == Action::"read", resource == Attribute::"Well.owner") when { !context.held };
"""
SLIPS = """
@id("a slip of the pen")
permit (principal, action == Action::"read", resource in Type::"Wel");
@id("an attribute that there is not")
forbid (principal, action == Action::"read", resource == Attribute::"Well.ownr");
@id("somebody who is gone")
forbid (principal == Person::"acc-gone", action == Action::"read", resource);
"""
ENTITIES = "/ngsi-ld/v1/entities"


def said(*words: str, code: int = 0) -> str:
    """What the command says, in this process."""
    done = CliRunner().invoke(app, ["policies", *words])
    assert done.exit_code == code, done.output
    return " ".join((done.output + done.stderr).split())


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of areas that an operator names, with one area and its policies."""
    shutil.copytree(find_city("demo"), tmp_path / "cities" / "demo")
    (tmp_path / "cities" / "demo" / "policies").mkdir(exist_ok=True)
    (tmp_path / "cities" / "demo" / "policies" / "wells.cedar").write_text(WELLS)
    monkeypatch.setenv("KAITEKI_CITIES", str(tmp_path / "cities"))
    return tmp_path / "cities" / "demo" / "policies"


@pytest.fixture
def running(folder: Path, tmp_path: Path) -> Iterator[NodeUnderTest]:
    """A node of that area, with a well and a pump."""
    node = start_node(tmp_path / "data", areas=("demo",))
    token = node.command("user", "add", "sensor", "--machine", "--role", "staff").stdout.strip()
    bearer = {"authorization": f"Bearer {token}"}
    for document in (
        {"id": "urn:ngsi-ld:Well:1", "type": "Well", "depth": 12, "owner": "somebody"},
        {"id": "urn:ngsi-ld:Pump:1", "type": "Pump", "watts": 5},
    ):
        assert node.ask("POST", ENTITIES, document, bearer).status == 201
    yield node
    if node.process.poll() is None:
        stop_node(node)


def test_a_town_is_checked_against_what_it_holds_while_it_runs(running: NodeUnderTest, folder: Path) -> None:
    data = ("--data", str(running.data))
    plain = said(*data)
    assert "All policies can be used." in plain and "read other policies" not in plain
    assert "demo: 1 of the type Pump: no service declares it and no policy names it" in plain
    assert "Well" not in plain
    # who reads what of a type that programs wrote
    told = said(*data, "--type", "Well")
    assert "anyone" in told and "reads" in told and "(wells are public)" in told and "but their owner" in told
    assert "wells are public" not in said(*data, "--type", "Pump")
    assert "no service keeps Lamp" in said(*data, "--type", "Lamp", code=2)

    (folder / "slips.cedar").write_text(SLIPS)
    slips = said(*data)
    assert "policies name the type Wel, of which there is nothing" in slips
    assert "policies name the attribute Well.ownr, which no Well has" in slips
    assert "policies name the account acc-gone, which there is not" in slips
    assert "demo: the node that runs has read other policies than these" in slips
    doctor = running.command("doctor").stdout
    assert "Note: policies of demo: the node that runs has read other policies than these" in doctor
    # a node that stands still reads them when it starts
    assert stop_node(running) == 0
    assert "read other policies" not in said(*data)


def test_what_a_node_could_not_use_is_a_fault(
    running: NodeUnderTest, folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    data = ("--data", str(running.data))
    (folder / "broken.cedar").write_text("permit (principal")
    assert "broken.cedar" in said(*data, code=1) and "broken.cedar" in said(*data, "--city", "demo", code=1)
    (folder / "broken.cedar").unlink()
    # policies of an area that the town does not hold are none of its business
    shutil.copytree(folder.parent, folder.parents[1] / "elsewhere")
    (folder.parents[1] / "elsewhere" / "policies" / "broken.cedar").write_text("permit (principal")
    assert "All policies can be used." in said(*data) and "broken.cedar" in said(code=1)
    assert "holds nothing of elsewhere; it has demo" in said(*data, "--city", "elsewhere", code=1)


def test_an_area_without_a_folder_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(find_city("demo"), tmp_path / "cities" / "nowhere")
    monkeypatch.setenv("KAITEKI_CITIES", str(tmp_path / "cities"))
    node = start_node(tmp_path / "data", "--open", areas=("nowhere",))
    node.ask("POST", ENTITIES, {"id": "urn:ngsi-ld:Pump:1", "type": "Pump", "watts": 5})
    assert "All policies can be used." in said("--data", str(tmp_path / "data"))
    monkeypatch.delenv("KAITEKI_CITIES")
    for more in ((), ("--city", "nowhere")):
        told = said("--data", str(tmp_path / "data"), *more, code=1)
        assert "the town holds data of nowhere, but there is no area nowhere" in told and "1 to mend." in told
    stop_node(node)
    assert "There are no data of a node in" in said("--data", str(tmp_path / "none"), code=1)
