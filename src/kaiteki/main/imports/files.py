"""The files that a path stands for, each with the files beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Final

from kaiteki.main.imports.lines import SUFFIX
from kaiteki.services.opendata.cadastre.elements import HEAD_BYTES, begins_like_map
from kaiteki.services.opendata.importing import READERS
from kaiteki.services.opendata.reading.source import Source
from kaiteki.services.opendata.titles import ATTRIBUTES

MAP_SUFFIX: Final = ".xml"
FILES_MAX: Final = 100_000
"""Files of one import."""


def find_sources(paths: Sequence[Path]) -> list[Source]:
    """The data files below the paths, by folder and name. A .dbf belongs to its .shp; attributes.csv is no data, nor is XML that is no map."""
    found: list[Source] = []
    for path in paths:
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and (path.is_file() or _is_data(file)):
                found.append(source_of(file))
            if len(found) > FILES_MAX:
                raise ValueError(f"more than {FILES_MAX} files")
    return found


def empty_folders(paths: Sequence[Path]) -> list[Path]:
    """Folders that hold files, but none with data."""
    return [
        folder
        for path in paths
        if path.is_dir()
        for folder in sorted([path, *(below for below in path.rglob("*") if below.is_dir())])
        if any(folder.iterdir()) and not any(_is_data(file) or file.is_dir() for file in folder.iterdir())
    ]


def _is_data(file: Path) -> bool:
    suffix = file.suffix.lower()
    if suffix == ".dbf" and any(_shapes_of(file)):
        return False
    if suffix == MAP_SUFFIX:
        with file.open("rb") as opened:
            return begins_like_map(opened.read(HEAD_BYTES))
    return (
        (suffix in READERS or suffix == SUFFIX)
        and file.name != ATTRIBUTES
        and not file.name.startswith((".", "~$"))
    )


def _shapes_of(file: Path) -> Iterator[Path]:
    return (
        other for other in file.parent.iterdir() if other.stem == file.stem and other.suffix.lower() == ".shp"
    )


def source_of(file: Path) -> Source:
    """A file as the readers see it."""
    folder = file.resolve().parent
    beside = {other.name: _opener(other) for other in folder.iterdir() if other.is_file()}
    return Source(label=str(file), name=file.name, folder=folder.name, open=_opener(file), beside=beside)


def _opener(file: Path) -> Callable[[], BinaryIO]:
    return lambda: file.open("rb")
