"""GTFS: stops and routes of a feed as tables; routes with their shapes, names with their translations."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import IO, Final

import msgspec

from kaiteki.model.entity import Json
from kaiteki.services.opendata.reading.archive import BROKEN_ARCHIVE, check_archive
from kaiteki.services.opendata.reading.source import Issue, Row, Source, Table, Unreadable

SHAPE_POINTS_MAX: Final = 5_000_000
"""Points of shapes.txt that are read; they are held while the routes are read."""
LINES_PER_ROUTE_MAX: Final = 50
LINE_LENGTH_MAX: Final = 1_000_000
"""Characters of one line."""
UNPACKED_MAX_BYTES: Final = 4_000_000_000
RAIL_TYPES: Final = {"0", "1", "2", "5", "6", "7", "12"}
"""route_type of trams, metros, railways, cable cars, funiculars and monorails (GTFS reference, routes.txt)."""


def read_gtfs(source: Source) -> list[Table]:
    """The stops and the routes of a feed. Raises Unreadable when the zip is broken or holds no stops.txt."""
    with _telling(), source.open() as file:
        check_archive(file, UNPACKED_MAX_BYTES)
        members = set(zipfile.ZipFile(file).namelist())
    if "stops.txt" not in members:
        raise Unreadable(Issue("no_stops", level="refused"))
    kind = "railway" if _is_rail(source, members) else "bus"
    tables = [_stops(source, members, kind)]
    if "routes.txt" in members:
        tables.append(_routes(source, members, kind))
    return tables


@contextmanager
def _telling() -> Generator[None]:
    """Says of a damaged archive that it is one, wherever in it the damage lies."""
    try:
        yield
    except (*BROKEN_ARCHIVE, csv.Error) as error:
        raise Unreadable(Issue("broken_zip", value=str(error), level="refused")) from error


def _text(content: IO[bytes]) -> Iterator[str]:
    """The lines of a member; a line that never ends is cut, so that it does not fill the memory."""
    text = io.TextIOWrapper(content, "utf-8-sig", errors="replace", newline="")
    while line := text.readline(LINE_LENGTH_MAX):
        yield line


def _whole(rows: Iterator[Row]) -> Iterator[Row]:
    """Rows, and a broken one where the archive breaks off."""
    line = 0
    try:
        for row in rows:
            line = row.line
            yield row
    except Unreadable as error:
        yield Row(line + 1, {}, broken=msgspec.structs.replace(error.issue, line=line + 1))


def _lines(source: Source, member: str) -> Iterator[tuple[int, dict[str, str]]]:
    with (
        _telling(),
        source.open() as file,
        zipfile.ZipFile(file) as feed,
        feed.open(member) as content,
    ):
        reader = csv.DictReader(_text(content))
        for record in reader:
            yield (
                reader.line_num,
                {str(name): cell or "" for name, cell in record.items() if isinstance(cell, str)},
            )


def _header(source: Source, member: str) -> tuple[str, ...]:
    with (
        _telling(),
        source.open() as file,
        zipfile.ZipFile(file) as feed,
        feed.open(member) as content,
    ):
        first = next(csv.reader(_text(content)), list[str]())
    return tuple(name.strip() for name in first)


def _is_rail(source: Source, members: set[str]) -> bool:
    if "routes.txt" not in members:
        return False
    kinds = {record.get("route_type", "") for _, record in _lines(source, "routes.txt")}
    return bool(kinds) and kinds <= RAIL_TYPES


def _translations(source: Source, members: set[str]) -> dict[tuple[str, str], str]:
    """(text, language) -> translation, of the old GTFS-JP form (trans_id) and the present one (field_value)."""
    if "translations.txt" not in members:
        return {}
    found: dict[tuple[str, str], str] = {}
    for _, record in _lines(source, "translations.txt"):
        text = record.get("field_value") or record.get("trans_id") or record.get("record_id") or ""
        language = record.get("language") or record.get("lang") or ""
        found[(text, language.lower())] = record.get("translation", "")
    return found


def _stops(source: Source, members: set[str], kind: str) -> Table:
    words = _translations(source, members)
    header = (*_header(source, "stops.txt"), "nameKana", "nameEn")

    def rows() -> Iterator[Row]:
        for line, record in _lines(source, "stops.txt"):
            name = record.get("stop_name", "")
            kana = words.get((name, "ja-hrkt"), "")
            yield Row(line, {**record, "nameKana": kana, "nameEn": words.get((name, "en"), "")})

    return Table(header, lambda: _whole(rows()), part=f"{kind} stops.txt", encoding="utf-8")


def _routes(source: Source, members: set[str], kind: str) -> Table:
    header = (*_header(source, "routes.txt"), "agency_name")

    def rows() -> Iterator[Row]:
        agencies = _agencies(source, members)
        lines = _route_lines(source) if {"shapes.txt", "trips.txt"} <= members else {}
        for line, record in _lines(source, "routes.txt"):
            only = next(iter(agencies.values())) if len(agencies) == 1 else ""
            agency = agencies.get(record.get("agency_id", ""), only)
            paths = lines.get(record.get("route_id", ""))
            geometry: dict[str, Json] | None = None
            if paths:
                geometry = {"type": "MultiLineString", "coordinates": paths}
            yield Row(line, {**record, "agency_name": agency}, geometry)

    return Table(header, lambda: _whole(rows()), part=f"{kind} routes.txt", encoding="utf-8")


def _agencies(source: Source, members: set[str]) -> dict[str, str]:
    if "agency.txt" not in members:
        return {}
    return {a.get("agency_id", ""): a.get("agency_name", "") for _, a in _lines(source, "agency.txt")}


def _route_lines(source: Source) -> dict[str, list[list[list[float]]]]:
    """Route id -> its distinct shapes as lines of [longitude, latitude]."""
    used: dict[str, dict[str, None]] = {}
    for _, trip in _lines(source, "trips.txt"):
        shapes = used.setdefault(trip.get("route_id", ""), {})
        if trip.get("shape_id") and len(shapes) < LINES_PER_ROUTE_MAX:
            shapes[trip["shape_id"]] = None
    points: dict[str, list[tuple[int, float, float]]] = {}
    for count, (_, point) in enumerate(_lines(source, "shapes.txt")):
        if count >= SHAPE_POINTS_MAX:
            break
        try:
            step = (
                int(point["shape_pt_sequence"]),
                float(point["shape_pt_lon"]),
                float(point["shape_pt_lat"]),
            )
        except (KeyError, ValueError):
            continue
        points.setdefault(point.get("shape_id", ""), []).append(step)
    lines = {
        shape: [[longitude, latitude] for _, longitude, latitude in sorted(steps)]
        for shape, steps in points.items()
        if len(steps) > 1
    }
    return {route: [lines[s] for s in shapes if s in lines] for route, shapes in used.items()}
