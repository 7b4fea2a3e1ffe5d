"""Reads the folders of data that areas are: `cities/<name>/city.toml`, `cities/<name>/services/<service>.toml`, and rows of
settings that lie in files of a folder of their own (`cities/<name>/layers/*.toml`).

A folder is looked for in `KAITEKI_CITIES` (folders separated by `:`), beside the project, and in the installed package.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

import kaiteki
from kaiteki.kit.providers.configuration import IdentityOfArea, faults_of_providers
from kaiteki.kit.providers.partners import PartnersOfArea, faults_of_partners
from kaiteki.kit.rulings.policies import SUFFIX, Policies, read_policies
from kaiteki.model.area import Area, faults_of_area

FILE_SIZE_MAX_BYTES: Final = 5_000_000
_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,39}")
S = TypeVar("S")
FILES_MAX: Final = 200
"""Files of a folder of rows."""
ROWS: Final = {"maps": "layers"}
"""By service the folder whose files hold rows of its settings, under the name of the folder: there are many, and each office has its own."""


class BadCity(Exception):
    """The data of an area cannot be served; the message names the file and every fault."""


def city_folders() -> tuple[Path, ...]:
    """Where areas are looked for, first found first taken."""
    package = Path(kaiteki.__file__).parent
    return (*own_folders(), package.parents[1] / "cities", package / "cities")


def own_folders() -> tuple[Path, ...]:
    """The folders of areas that the operator names."""
    return tuple(Path(folder) for folder in os.environ.get("KAITEKI_CITIES", "").split(os.pathsep) if folder)


def find_city(name: str) -> Path:
    """The folder of an area; raises BadCity when there is none."""
    if not _NAME.fullmatch(name):
        raise BadCity(f"{name!r} is no name of an area: small letters, digits and hyphens")
    for folder in city_folders():
        if (folder / name / "city.toml").is_file():
            return folder / name
    known = ", ".join(known_cities()) or "none"
    gone = "".join(
        f"; {folder}, which it names, is no folder" for folder in own_folders() if not folder.is_dir()
    )
    raise BadCity(
        f"there is no area {name} (known: {known}); KAITEKI_CITIES may name a folder of areas{gone}"
    )


def known_cities() -> tuple[str, ...]:
    """The names of all areas that could be served."""
    return tuple(
        sorted({file.parent.name for folder in city_folders() for file in folder.glob("*/city.toml")})
    )


def load_city(name: str) -> Area:
    """The data of an area, checked; raises BadCity."""
    file = find_city(name) / "city.toml"
    area = _convert(file, {**_read(file), "name": name}, Area)
    faults = faults_of_area(area)
    if faults:
        raise BadCity(f"{file}: " + "; ".join(faults))
    return area


def load_service_settings(name: str, service: str, shape: type[S]) -> S:
    """What an area decides about a service, in the service's own shape (its defaults where the area says nothing)."""
    file = find_city(name) / "services" / f"{service}.toml"
    told: Mapping[str, Any] = _read(file) if file.is_file() else {}
    rows = ROWS.get(service, "")
    if rows and rows not in told:
        told = {**told, rows: _rows_of(file.parents[1] / rows, rows)}
    place = file.parents[1] if file.is_file() else file.parents[1] / rows
    return _convert(place if rows else file, told, shape)


def _rows_of(folder: Path, name: str) -> list[Any]:
    """The rows of all files of a folder, in the order of their names; each file is a list of `[[name]]`."""
    files = sorted(folder.glob("*.toml"))
    if len(files) > FILES_MAX:
        raise BadCity(f"{folder}: more than {FILES_MAX} files")
    rows: list[Any] = []
    for file in files:
        told = _read(file)
        if set(told) != {name} or not isinstance(told[name], list):
            raise BadCity(f"{file}: holds a list of [[{name}]] and nothing else")
        rows += told[name]
    return rows


def load_identity(name: str) -> IdentityOfArea:
    """The providers of identity of an area (`identity.toml`; none where it has no such file), checked; raises BadCity."""
    file = find_city(name) / "identity.toml"
    told = _convert(file, _read(file) if file.is_file() else {}, IdentityOfArea)
    faults = faults_of_providers(told)
    if faults:
        raise BadCity(f"{file}: " + "; ".join(faults))
    return told


def load_policies(names: Iterable[str]) -> dict[str, Policies]:
    """The policies of the areas that have some of their own (`cities/<name>/policies/*.cedar`), with the generic ones; raises BadPolicy."""
    folders = {name: find_city(name) / "policies" for name in names}
    return {name: read_policies(folder) for name, folder in folders.items() if any(folder.glob(f"*{SUFFIX}"))}


def load_partners(name: str) -> PartnersOfArea:
    """The nodes of other cities that an area trusts (`partners.toml`; none where it has no such file), checked; raises BadCity."""
    file = find_city(name) / "partners.toml"
    told = _convert(file, _read(file) if file.is_file() else {}, PartnersOfArea)
    faults = faults_of_partners(told)
    if faults:
        raise BadCity(f"{file}: " + "; ".join(faults))
    return told


def _read(file: Path) -> Mapping[str, Any]:
    if file.stat().st_size > FILE_SIZE_MAX_BYTES:
        raise BadCity(f"{file}: larger than {FILE_SIZE_MAX_BYTES} bytes")
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadCity(f"{file}: {error}") from error


def _convert(file: Path, document: Mapping[str, Any], shape: type[S]) -> S:
    try:
        return msgspec.convert(document, shape)
    except msgspec.ValidationError as error:
        raise BadCity(f"{file}: {error}") from error
