"""Fetch the browser libraries that scripts/assets/package-lock.json pins and lay the few files that are used into the project.

`make vendor` runs it; it needs Node and the network. The files are committed, so nothing else does. The same lock gives the same bytes.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
LOCK = ROOT / "scripts" / "assets"
PORTAL = ROOT / "src" / "kaiteki" / "portal" / "static" / "vendor"
TESTS = ROOT / "tests" / "portal" / "vendor"
FETCH_TIMEOUT_S = 300
FILES: dict[str, tuple[Path, tuple[str, ...]]] = {
    "maplibre-gl": (
        PORTAL,
        ("dist/maplibre-gl.mjs", "dist/maplibre-gl-worker.mjs", "dist/maplibre-gl.css", "LICENSE.txt"),
    ),
    "htmx.org": (PORTAL, ("dist/htmx.min.js", "LICENSE")),
    "@digital-go-jp/design-tokens": (TESTS, ("dist/tokens.css", "LICENSE")),
    "axe-core": (TESTS, ("axe.min.js", "LICENSE", "LICENSE-3RD-PARTY.txt")),
}
"""Which files of a package go where; the licence always goes with them."""


def fetch(folder: Path) -> None:
    """Install the locked packages into a folder, running none of their scripts."""
    for name in ("package.json", "package-lock.json"):
        shutil.copy(LOCK / name, folder / name)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    subprocess.run(command, cwd=folder, check=True, timeout=FETCH_TIMEOUT_S)


def lay(modules: Path) -> None:
    """Copy the listed files to `<place>/<name>@<version>/` and drop what lay there before."""
    for place in (PORTAL, TESTS):
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
    for package, (place, files) in FILES.items():
        version = json.loads((modules / package / "package.json").read_text(encoding="utf-8"))["version"]
        target = place / f"{package.rsplit('/', 1)[-1]}@{version}"
        target.mkdir()
        for file in files:
            shutil.copyfile(modules / package / file, target / Path(file).name)


def integrity(file: Path) -> str:
    """The SHA-384 of a file as browsers check it."""
    return "sha384-" + base64.b64encode(hashlib.sha384(file.read_bytes()).digest()).decode()


def write_manifest(place: Path) -> None:
    """`manifest.json`: every file below a place with its hash."""
    files = sorted(file for file in place.rglob("*") if file.is_file() and file.name != "manifest.json")
    hashes = {file.relative_to(place).as_posix(): integrity(file) for file in files}
    (place / "manifest.json").write_text(json.dumps(hashes, indent=2) + "\n", encoding="utf-8")


def main() -> None:
    """Fetch, lay, write the manifests."""
    with tempfile.TemporaryDirectory() as name:
        fetch(Path(name))
        lay(Path(name) / "node_modules")
    for place in (PORTAL, TESTS):
        write_manifest(place)
    sys.stdout.write("vendored: " + ", ".join(FILES) + "\n")


if __name__ == "__main__":
    main()
