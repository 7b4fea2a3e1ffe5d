"""A node shares neither its data folder nor its port, and says so; what cannot be served is said without a trace."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from node_under_test import KAITEKI, NodeUnderTest, start_node, stop_node
from waiting import LONG_S


def refused(*words: str) -> str:
    """What a command says when it refuses."""
    done = subprocess.run([*KAITEKI, *words], capture_output=True, text=True, check=False, timeout=LONG_S)
    assert done.returncode == 2, done
    said = " ".join((done.stdout + done.stderr).replace("│", " ").split())
    assert "Traceback" not in said
    return said


def test_a_second_node_on_the_same_port_is_refused(open_node: NodeUnderTest, tmp_path: Path) -> None:
    port = open_node.url.rpartition(":")[2]
    assert f"port {port}" in refused(
        "run", "--city", "demo", "--port", port, "--data", str(tmp_path / "other")
    )
    assert not (tmp_path / "other").exists()


def test_a_second_node_on_the_same_data_is_refused_until_the_first_has_ended(tmp_path: Path) -> None:
    first = start_node(tmp_path / "data", "--open")
    try:
        said = refused("run", "--city", "demo", "--port", "65431", "--data", str(first.data))
        assert "another node runs" in said
    finally:
        first.kill()
    assert stop_node(start_node(first.data, "--open")) == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("run", "--city", "zork", "--port", "65432"), "there is no area zork"),
        (("run", "--city", "demo", "--port", "65432", "--data", "/proc/zork"), "cannot be used"),
    ],
)
def test_what_cannot_be_served_is_said(words: tuple[str, ...], said: str, tmp_path: Path) -> None:
    given = words if "--data" in words else (*words, "--data", str(tmp_path / "data"))
    assert said in refused(*given)


def test_a_base_map_that_cannot_be_shown_is_said_before_a_node_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAITEKI_BASE_MAP", str(tmp_path / "none.pmtiles"))
    # (the terminal's width parts the text anywhere, by how long the folder is)
    said = refused("run", "--city", "demo", "--port", "65433", "--data", str(tmp_path / "data")).replace(
        " ", ""
    )
    assert "none.pmtilescannotberead" in said
    assert not (tmp_path / "data").exists()


def test_a_role_that_opens_nothing_is_refused(tmp_path: Path) -> None:
    said = refused("user", "add", "robo", "--machine", "--role", "nonsense", "--data", str(tmp_path))
    assert "there is no role nonsense" in said


def test_an_export_to_nowhere_is_refused(open_node: NodeUnderTest) -> None:
    said = refused("export", "/nonexistent/x.ndjson", "--city", "demo", "--data", str(open_node.data))
    assert "there is no folder" in said
