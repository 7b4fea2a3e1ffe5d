"""The real shelters of two cities, brought in beside a running node, are found by name, distance and hazard on every face."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from node_under_test import NodeUnderTest, start_node, stop_node

CITIES = {"chiba": ("121002", 363, 270), "kashiwa": ("122173", 146, 112)}
"""File number, emergency evacuation sites and shelters of each city, as the files hold them."""


@pytest.fixture(scope="module")
def shelters(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Iterator[NodeUnderTest]:
    """A running node into which both cities were imported from outside its process."""
    node = start_node(tmp_path_factory.mktemp("shelters"), areas=tuple(CITIES))
    for city, (number, sites, homes) in CITIES.items():
        files = sorted(str(file) for file in (shared_data / "shelters").glob(f"{number}-*.json"))
        done = node.command("import", *files, "--city", city)
        assert done.returncode == 0, done.stdout + done.stderr
        assert str(sites + homes) in done.stdout
    yield node
    stop_node(node)


def asked(node: NodeUnderTest, city: str, query: str) -> list[dict[str, object]]:
    """Entities of a city in simplified form."""
    answer = node.ask(
        "GET",
        f"/ngsi-ld/v1/entities?options=keyValues,sysAttrs&limit=1000&{query}",
        headers={"NGSILD-Tenant": city},
    )
    assert answer.status == 200, answer.body
    found: list[dict[str, object]] = answer.json()
    return found


def test_every_record_is_in(shelters: NodeUnderTest) -> None:
    for city, (_, sites, homes) in CITIES.items():
        assert len(asked(shelters, city, "type=EvacuationSite")) == sites
        assert len(asked(shelters, city, "type=Shelter")) == homes


def test_a_second_import_changes_nothing(shelters: NodeUnderTest, shared_data: Path) -> None:
    before = asked(shelters, "kashiwa", "type=Shelter")
    file = str(shared_data / "shelters" / "122173-evacuation.json")
    assert shelters.command("import", file, "--city", "kashiwa").returncode == 0
    assert asked(shelters, "kashiwa", "type=Shelter") == before


def test_found_by_name_distance_and_hazard_in_the_api(shelters: NodeUnderTest) -> None:
    named = asked(shelters, "chiba", "type=Shelter&q=" + quote('name=="稲丘小学校"'))
    assert [one["name"] for one in named] == ["稲丘小学校"]
    near = "type=Shelter&georel=near;maxDistance==1000&geometry=Point&coordinates="
    close = asked(shelters, "chiba", near + quote("[140.088013,35.632606]"))
    assert "稲丘小学校" in [one["name"] for one in close]
    assert 0 < len(close) < CITIES["chiba"][2]
    flood = asked(shelters, "kashiwa", "type=EvacuationSite&q=" + quote('hazards=="flood"'))
    assert 0 < len(flood) < CITIES["kashiwa"][1]


def test_found_on_the_page_as_geojson_and_by_open311(shelters: NodeUnderTest) -> None:
    page = shelters.ask(
        "GET", "/chiba/places?hazard=earthquake&near=35.632606,140.088013&q=" + quote("稲丘小学校")
    ).body.decode()
    assert "稲丘小学校" in re.sub("<[^>]+>", "", page)
    collection = shelters.ask(
        "GET",
        "/ngsi-ld/v1/entities?type=Shelter&limit=1000",
        headers={"NGSILD-Tenant": "kashiwa", "Accept": "application/geo+json"},
    ).json()
    assert collection["type"] == "FeatureCollection"
    assert len(collection["features"]) == CITIES["kashiwa"][2]
    places = shelters.ask("GET", "/chiba/open311/v2/places.json?kind=shelter&q=" + quote("稲丘小学校")).json()
    assert "稲丘小学校" in [one["name"] for one in places]
