"""A zip: a feed of public transport (GTFS), or shapefiles with what belongs to them, each layer a table.

A member is unpacked into memory when it is opened, so what all of them unpack to has a limit. Names that do not say that they are UTF-8 are
CP932, as the programs of the country write them.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from functools import partial
from typing import BinaryIO, Final

import msgspec

from kaiteki.services.opendata.reading.archive import BROKEN_ARCHIVE, MEMBERS_MAX, check_archive
from kaiteki.services.opendata.reading.gtfs import read_gtfs
from kaiteki.services.opendata.reading.shapes import read_shapes
from kaiteki.services.opendata.reading.source import Issue, Open, Source, Table, Unreadable

SUFFIX: Final = ".zip"
UNPACKED_MAX_BYTES: Final = 200_000_000
"""Bytes to which the shapefiles of a zip unpack at most; larger ones are imported unpacked."""
LAYERS_MAX: Final = 100
STOPS: Final = "stops.txt"


def read_zip(source: Source) -> list[Table]:
    """The stops and routes of a feed, or the layers of shapefiles. Raises Unreadable where it is neither."""
    names = names_in(source)
    if STOPS in names:
        return read_gtfs(source)
    layers = [name for name in names if _is_layer(name)]
    if not layers:
        raise Unreadable(Issue("no_stops", level="refused"))
    if len(layers) > LAYERS_MAX:
        raise Unreadable(Issue("too_many_layers", value=str(len(layers)), level="refused"))
    try:
        with source.open() as file:
            check_archive(file, UNPACKED_MAX_BYTES)
    except BROKEN_ARCHIVE as error:
        raise Unreadable(Issue("broken_zip", value=str(error), level="refused")) from error
    parts = _parts(layers)
    return [table for name in layers for table in _layer(source, name, names, parts[name])]


def is_feed(source: Source) -> bool:
    """Whether a file is a zip with the stops of a feed in it."""
    return source.suffix == SUFFIX and STOPS in names_in(source)


def names_in(source: Source) -> list[str]:
    """The names of the files in a zip, in their order. Raises Unreadable."""
    try:
        with source.open() as file, _opened(file) as archive:
            members = archive.infolist()
            if len(members) > MEMBERS_MAX:
                raise zipfile.BadZipFile(f"more than {MEMBERS_MAX} members")
            return [one.filename for one in members if not one.is_dir()]
    except BROKEN_ARCHIVE as error:
        raise Unreadable(Issue("broken_zip", value=str(error), level="refused")) from error


def _is_layer(name: str) -> bool:
    # (what a Mac puts beside each file is no layer)
    return name.lower().endswith(".shp") and not name.startswith("__MACOSX/")


def _opened(file: BinaryIO) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(file, metadata_encoding="cp932")
    except UnicodeDecodeError:
        file.seek(0)
        return zipfile.ZipFile(file)


def _parts(layers: list[str]) -> dict[str, str]:
    """What each layer is called beside the others: its stem, where two have the same one its path; nothing where there is one alone."""
    if len(layers) == 1:
        return {layers[0]: ""}
    stems = [_stem(name) for name in layers]
    return {
        name: stem if stems.count(stem) == 1 else name.rpartition(".")[0]
        for name, stem in zip(layers, stems, strict=True)
    }


def _stem(name: str) -> str:
    return name.rpartition("/")[2].rpartition(".")[0]


def _layer(source: Source, name: str, names: list[str], part: str) -> list[Table]:
    """The table of a shapefile, read with the files of its stem in its folder."""
    folder, _, base = name.rpartition("/")
    beside: dict[str, Open] = {
        one.rpartition("/")[2]: _opener(source, one)
        for one in names
        if one.rpartition("/")[0] == folder and _stem(one) == _stem(name)
    }
    inner = Source(f"{source.label}!{name}", base, source.folder, beside[base], beside)
    return [msgspec.structs.replace(table, part=part, unit="number") for table in read_shapes(inner)]


def _opener(source: Source, name: str) -> Callable[[], BinaryIO]:
    return partial(_unpack, source, name)


def _unpack(source: Source, name: str) -> BinaryIO:
    """A member, from its start. Raises Unreadable where the archive is damaged there."""
    try:
        with source.open() as file, _opened(file) as archive:
            return io.BytesIO(archive.read(name))
    except BROKEN_ARCHIVE as error:
        raise Unreadable(Issue("broken_zip", value=str(error), level="refused")) from error
