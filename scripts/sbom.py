"""Write what a release of Kaiteki consists of, as CycloneDX 1.6: run-time packages of uv.lock, web assets and the face model in the package.

`make sbom` runs it; it needs no network. Licences are those of the installed packages, or what `docs/security/licences.toml` knows by hand.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, Property, XsUri
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import LicenseExpression
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL

ROOT = Path(__file__).parents[1]
LICENCES = ROOT / "docs" / "security" / "licences.toml"
VENDOR = ROOT / "src" / "kaiteki" / "portal" / "static" / "vendor" / "manifest.json"
PACKAGE = "kaiteki"
SHA_384_LENGTH_BYTES = 48
Table = dict[str, Any]


def locked() -> list[Table]:
    """All packages of the lock file."""
    return tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]


def known_licences() -> Table:
    """What is known by hand."""
    return tomllib.loads(LICENCES.read_text(encoding="utf-8"))


def run_time(packages: list[Table]) -> list[Table]:
    """The packages that a node may need when it runs: of all extras, in all versions that the lock names, without those of development."""
    by_name: dict[str, list[Table]] = {}
    for package in packages:
        by_name.setdefault(package["name"], []).append(package)
    (own,) = by_name[PACKAGE]
    waiting = [{"name": PACKAGE, "extra": list(own.get("optional-dependencies", {}))}]
    seen: set[tuple[str, str]] = set()
    while waiting:
        wanted = waiting.pop()
        for extra in ("", *wanted.get("extra", ())):
            if (wanted["name"], extra) in seen:
                continue
            seen.add((wanted["name"], extra))
            for package in by_name[wanted["name"]]:
                needs = (
                    package.get("optional-dependencies", {}).get(extra, ())
                    if extra
                    else package.get("dependencies", ())
                )
                waiting.extend(needs)
    names = {name for name, _ in seen} - {PACKAGE}
    return [package for package in packages if package["name"] in names]


def licence_of(name: str, known: Table) -> str:
    """The licence of a package in SPDX; empty where nobody knows it."""
    if name in known["known"]:
        return str(known["known"][name]["licence"])
    try:
        told = distribution(name).metadata
    except PackageNotFoundError:
        return ""
    said = str(told.get("License-Expression") or told.get("License") or "").strip()
    return {"MIT License": "MIT", "MIT license": "MIT", "BSD": "BSD-3-Clause"}.get(said, said)


def refused(name: str, licence: str, known: Table) -> str:
    """Why a package may not be part of a release; empty where it may."""
    if name in known["refused"]:
        return str(known["refused"][name])
    if not licence:
        return "nobody knows its licence"
    if licence in known["allowed"]:
        return ""
    ways = [re.split(r"\s+AND\s+", way) for way in re.split(r"\s+OR\s+", licence.strip("()"))]
    fit = any(all(part in known["allowed"] for part in way) for way in ways)
    return "" if fit else f"{licence} is not on the list"


def components(known: Table) -> Iterator[Component]:
    """Everything that a release consists of beside its own code."""
    for package in run_time(locked()):
        name, version = package["name"], package["version"]
        files = [*package.get("wheels", ()), *([package["sdist"]] if "sdist" in package else ())]
        purl = PackageURL("pypi", None, name, version)
        yield Component(
            name=name,
            version=version,
            type=ComponentType.LIBRARY,
            bom_ref=str(purl),
            purl=purl,
            licenses=[LicenseExpression(licence_of(name, known))],
            external_references=[_file(purl, file) for file in files],
            properties=[Property(name="kaiteki:inside", value=known["inside"][name])]
            if name in known["inside"]
            else [],
        )
    yield from _vendored(known)


def _file(purl: PackageURL, file: Table) -> ExternalReference:
    algorithm, _, digest = file["hash"].partition(":")
    name = file["url"].rpartition("/")[2]
    told = PackageURL("pypi", None, purl.name, purl.version, {"file_name": name})
    return ExternalReference(
        type=ExternalReferenceType.DISTRIBUTION,
        url=XsUri(str(told)),
        hashes=[HashType(alg=HashAlgorithm(f"SHA-{algorithm.removeprefix('sha')}"), content=digest)],
    )


def _vendored(known: Table) -> Iterator[Component]:
    """Web assets by the integrity manifest, and what else lies in the package."""
    assets = json.loads(VENDOR.read_text(encoding="utf-8"))
    for name, told in known["vendored"].items():
        mine = {path: text for path, text in assets.items() if path.partition("@")[0] == name}
        version = told.get("version") or next(iter(mine)).partition("@")[2].partition("/")[0]
        files = {path: _sha_384(text) for path, text in mine.items()}
        files |= {
            path: hashlib.sha384((ROOT / path).read_bytes()).hexdigest() for path in told.get("files", ())
        }
        purl = PackageURL.from_string(told["purl"].format(version=version))
        yield Component(
            name=name,
            version=version,
            type=ComponentType(told["kind"]),
            bom_ref=f"vendored:{name}@{version}",
            purl=purl,
            licenses=[LicenseExpression(told["licence"])],
            components=[
                Component(
                    name=path,
                    type=ComponentType.FILE,
                    bom_ref=f"file:{path}",
                    hashes=[HashType(alg=HashAlgorithm.SHA_384, content=digest)],
                )
                for path, digest in files.items()
            ],
        )


def _sha_384(integrity: str) -> str:
    """A hash as web pages write it (`sha384-` and base64), in hexadecimal digits."""
    kind, _, digest = integrity.partition("-")
    found = base64.b64decode(digest)
    if kind != "sha384" or len(found) != SHA_384_LENGTH_BYTES:
        raise ValueError(f"{integrity} is no SHA-384")
    return found.hex()


def whole() -> Bom:
    """The list of parts of a release."""
    known = known_licences()
    (own,) = (package for package in locked() if package["name"] == PACKAGE)
    bom = Bom()
    parts = list(components(known))
    bom.metadata.component = Component(
        name=PACKAGE,
        version=own["version"],
        type=ComponentType.APPLICATION,
        bom_ref=PACKAGE,
        licenses=[LicenseExpression("Apache-2.0")],
    )
    for part in parts:
        bom.components.add(part)
    bom.register_dependency(bom.metadata.component, parts)
    return bom


def main() -> None:
    """Write the list into the folder that is named, `dist` where none is."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "dist"
    folder.mkdir(parents=True, exist_ok=True)
    bom = whole()
    version = bom.metadata.component.version if bom.metadata.component else ""
    target = folder / f"kaiteki-{version}.cdx.json"
    target.write_text(
        make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string(indent=1) + "\n",
        encoding="utf-8",
    )
    sys.stdout.write(f"{len(bom.components)} components: {target}\n")


if __name__ == "__main__":
    main()
