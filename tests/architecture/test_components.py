"""What a release consists of: listed whole, with hashes, under licences that a city may use."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

import sbom

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The list as `make sbom` writes it."""
    folder = tmp_path_factory.mktemp("dist")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("sys.argv", ["sbom.py", str(folder)])
        sbom.main()
    (file,) = folder.iterdir()
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


def test_the_list_of_parts_is_cyclonedx_and_whole(listed: dict[str, Any]) -> None:
    # each address costs the validator a tenth of a second; all are made by one function, so those of one part stand for them
    first, *others = sorted(
        listed["components"], key=lambda one: len(one.get("externalReferences", ())) or 99
    )
    lean = [
        first,
        *({name: value for name, value in one.items() if name != "externalReferences"} for one in others),
    ]
    assert "externalReferences" in first
    assert (
        JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps({**listed, "components": lean}))
        is None
    )
    assert (listed["bomFormat"], listed["specVersion"]) == ("CycloneDX", "1.6")
    wanted = {(one["name"], one["version"]) for one in sbom.run_time(sbom.locked())}
    vendored = set(sbom.known_licences()["vendored"])
    told = {(one["name"], one["version"]) for one in listed["components"]}
    assert {pair for pair in told if pair[0] not in vendored} == wanted
    assert {name for name, _ in told - wanted} == vendored
    assert {"starlette", "apsw", "asyncpg", "onnxruntime", "cedarpy"} <= {name for name, _ in wanted}
    assert not {"pytest", "cyclonedx-bom", "playwright", "hypothesis"} & {name for name, _ in wanted}


def test_every_part_has_the_hashes_of_its_files(listed: dict[str, Any]) -> None:
    locked = {
        file["hash"].partition(":")[2]
        for one in sbom.run_time(sbom.locked())
        for file in (*one.get("wheels", ()), *([one["sdist"]] if "sdist" in one else ()))
    }
    told: set[str] = set()
    for one in listed["components"]:
        hashes = [
            two for file in one.get("externalReferences", one.get("components", ())) for two in file["hashes"]
        ]
        assert hashes, one["name"]
        told.update(two["content"] for two in hashes if two["alg"] == "SHA-256")
    assert told == locked


def test_what_is_vendored_is_what_lies_in_the_package(listed: dict[str, Any]) -> None:
    files = {two["name"] for one in listed["components"] for two in one.get("components", ())}
    assert files == {
        *json.loads(sbom.VENDOR.read_text(encoding="utf-8")),
        "src/kaiteki/main/centerface/centerface.onnx",
        "src/kaiteki/kit/identity/common/passwords.bin",
        "src/kaiteki/services/maps/sheets/font/BIZUDPGothic-Regular.ttf",
    }


def test_every_licence_is_on_the_list() -> None:
    known = sbom.known_licences()
    wrong = {
        one["name"]: why
        for one in sbom.run_time(sbom.locked())
        if (why := sbom.refused(one["name"], sbom.licence_of(one["name"], known), known))
    }
    assert wrong == {}


def test_what_is_known_by_hand_is_still_needed() -> None:
    """A row for a package that is gone is misleading."""
    names = {one["name"] for one in sbom.run_time(sbom.locked())}
    known = sbom.known_licences()
    assert {name for name in (*known["known"], *known["inside"]) if name not in names} == set()
    assert all(row["licence"] and row["source"] for row in known["known"].values())


@pytest.mark.parametrize(
    ("name", "licence"),
    [
        ("thing", "GPL-3.0-only"),
        ("thing", "AGPL-3.0-or-later"),
        ("thing", "LGPL-2.1-only"),
        ("thing", "MIT AND GPL-2.0-only"),
        ("thing", ""),
        ("thing", "Proprietary"),
        ("pymerkle", "MIT"),
        ("wapiti3", "MIT"),
    ],
)
def test_what_a_city_could_not_use_is_refused(name: str, licence: str) -> None:
    assert sbom.refused(name, licence, sbom.known_licences())


def test_a_choice_of_licences_is_taken_where_one_of_them_fits() -> None:
    known = sbom.known_licences()
    assert sbom.refused("thing", "EPL-2.0 OR BSD-3-Clause", known) == ""
    assert sbom.refused("thing", "BSD-3-Clause AND 0BSD AND MIT AND Zlib AND CC0-1.0", known) == ""
