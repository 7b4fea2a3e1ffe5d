"""A second area needs no line of code: a folder of data is enough for pages, reports, Open311 and NGSI-LD."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from node_under_test import start_node, stop_node

ROOT = Path(__file__).parents[2]
CITY = """
code = "131016"
words = { ja = "新しいまち", en = "New Town", easy = "あたらしい まち" }
summary = { ja = "きのうできた", en = "Made yesterday", easy = "きのう できた" }
hall = { ja = "新しいまち役場", en = "New Town Hall", easy = "あたらしい まちの 役場" }
accent = "#8a3b12"
centre = [139.75, 35.69]
bbox = [139.7, 35.6, 139.8, 35.7]
plane = 9
"""


def test_a_folder_is_a_city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cities" / "new-town").mkdir(parents=True)
    (tmp_path / "cities" / "new-town" / "city.toml").write_text(CITY, encoding="utf-8")
    monkeypatch.setenv("KAITEKI_CITIES", str(tmp_path / "cities"))
    node = start_node(tmp_path / "data", areas=("new-town",))
    try:
        home = node.ask("GET", "/new-town")
        assert home.status == 200 and "新しいまち" in home.body.decode()
        said = "ベンチがこわれています"
        report = {"category": "other", "latitude": 35.65, "longitude": 139.75, "description": said}
        sent = node.ask("POST", "/new-town/services/reports/submit", report)
        assert sent.status == 200, sent.body
        listed = node.ask("GET", "/new-town/open311/v2/requests.json").json()
        assert [one["description"] for one in listed] == [said]
        found = node.ask("GET", "/ngsi-ld/v1/entities?type=Report&options=keyValues").json()
        assert [one["description"] for one in found] == [said]
        assert node.ask("GET", "/chiba").status == 404
    finally:
        stop_node(node)


def test_no_line_of_code_names_a_city() -> None:
    """Only data, the default of the command line and the words of people name a city."""
    found = subprocess.run(
        ["git", "grep", "-nE", r"== *\"(chiba|kashiwa)\"|if .*(chiba|kashiwa)", "--", "src/*.py"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert found.stdout == ""
