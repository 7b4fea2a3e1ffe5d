"""What is vendored is what the lock names, whole and unchanged; colours are those of the design tokens."""

import base64
import hashlib
import json
import re
from pathlib import Path

import pytest

from kaiteki.portal.assets import STATIC, Assets

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
VENDORED = (STATIC / "vendor", HERE / "vendor")
SIZE_MAX_BYTES = 2_000_000
SHELL_SIZE_MAX_BYTES = 60_000


@pytest.mark.parametrize("place", VENDORED)
def test_vendored_files_are_those_of_the_manifest(place: Path) -> None:
    wanted = json.loads((place / "manifest.json").read_text(encoding="utf-8"))
    found = {
        file.relative_to(place).as_posix(): "sha384-"
        + base64.b64encode(hashlib.sha384(file.read_bytes()).digest()).decode()
        for file in sorted(place.rglob("*"))
        if file.is_file() and file.name != "manifest.json"
    }
    assert found == wanted
    assert sum(file.stat().st_size for file in place.rglob("*") if file.is_file()) < SIZE_MAX_BYTES


def test_the_lock_names_the_vendored_versions_and_no_registry() -> None:
    lock = json.loads((ROOT / "scripts" / "assets" / "package-lock.json").read_text(encoding="utf-8"))
    assert [name for name, row in lock["packages"].items() if "resolved" in row] == []
    locked = {
        f"{name.rsplit('/', 1)[-1]}@{row['version']}"
        for name, row in lock["packages"].items()
        if "version" in row
    }
    laid = {folder.name for place in VENDORED for folder in place.iterdir() if folder.is_dir()}
    assert laid <= locked and len(laid) == 4


def test_each_vendored_package_has_its_licence() -> None:
    for place in VENDORED:
        packages = [folder for folder in place.iterdir() if folder.is_dir()]
        assert packages, place
        for folder in packages:
            assert list(folder.glob("LICENSE*")), folder.name


def test_colours_are_values_of_the_design_tokens() -> None:
    tokens = (
        (next((HERE / "vendor").glob("design-tokens@*")) / "tokens.css").read_text(encoding="utf-8").lower()
    )
    known = {_full(colour) for colour in re.findall(r"#[0-9a-f]{3,8}\b", tokens)}
    sheet = (STATIC / "kaiteki.css").read_text(encoding="utf-8").lower()
    own = {"--key-hover", "--area-soft", "--ground", "--good-soft", "--warn-soft", "--bad-soft", "--paper"}
    named = dict(re.findall(r"(--[a-z0-9-]+):\s*(#[0-9a-f]{3,6})", sheet))
    assert {name: c for name, c in named.items() if name not in own and _full(c) not in known} == {}


def _full(colour: str) -> str:
    return "#" + "".join(part * 2 for part in colour[1:]) if len(colour) == 4 else colour


def test_text_colours_have_enough_contrast() -> None:
    sheet = (STATIC / "kaiteki.css").read_text(encoding="utf-8").lower()
    named = {name: _full(c) for name, c in re.findall(r"--([a-z0-9-]+):\s*(#[0-9a-f]{3,6})", sheet)}
    pairs = [(ink, "paper") for ink in ("ink", "ink-2", "ink-3", "key", "good", "warn", "bad")]
    pairs += [
        ("good", "good-soft"),
        ("warn", "warn-soft"),
        ("bad", "bad-soft"),
        ("key", "key-soft"),
        ("ink-3", "ground"),
    ]
    assert {pair: ratio for pair in pairs if (ratio := _contrast(named[pair[0]], named[pair[1]])) < 4.5} == {}


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_addresses_change_with_the_content(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text("a{}", encoding="utf-8")
    before = Assets(tmp_path).address("a.css")
    (tmp_path / "a.css").write_text("b{}", encoding="utf-8")
    assert before != Assets(tmp_path).address("a.css")
    assert Assets().address("vendor/maplibre-gl/maplibre-gl.css").startswith("/static/vendor/maplibre-gl@")


def test_the_shell_is_small() -> None:
    assets = Assets()
    shell = [assets.find(name) for name in ("kaiteki.css", "kaiteki.js", "icon.svg")]
    assert sum(len(asset.content) for asset in shell if asset) < SHELL_SIZE_MAX_BYTES
