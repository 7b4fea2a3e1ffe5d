"""Checks a feed whole before it is published: files, columns, values, references, days, the order of stops and times. Pure.

    zip ─► members that the formats name ─► rows, once, file by file ─► faults, each with file, line and field ─► none: it is published

A feed with a fault is refused as a whole: planners of journeys show wrong times of what they can half read.
"""

from __future__ import annotations

import csv
import datetime
import io
import re
import zipfile
from array import array
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final

import msgspec

from kaiteki.services.opendata.reading.archive import BROKEN_ARCHIVE, check_archive
from kaiteki.services.opendata.reading.source import Issue, Source, shorten
from kaiteki.services.opendata.transit.files import FILES, REFERRED, REQUIRED, REQUIRED_JP, FeedColumn

FAULTS_MAX: Final = 100
"""Faults after which nobody reads on."""
UNPACKED_MAX_BYTES: Final = 300_000_000
ROWS_MAX: Final = 2_000_000
"""Rows of all files together."""
LINE_LENGTH_MAX: Final = 100_000
_ENUM: Final = re.compile(r"(to|one)(\d)")
_TIME: Final = re.compile(r"(\d{1,3}):([0-5]\d):([0-5]\d)")
_COLOUR: Final = re.compile(r"[0-9A-Fa-f]{6}")
_NOWHERE: Final = 0xFFFFF
"""A time that is not said, in seconds; no time of a service day is so late."""


class FeedInfo(msgspec.Struct, frozen=True):
    """What a feed says of itself: publisher, version, and the days (ISO 8601) it speaks of; empty where it says nothing."""

    publisher: str = ""
    version: str = ""
    since: str = ""
    until: str = ""


class Verdict(msgspec.Struct, frozen=True):
    """What was found in a feed: why it is refused (nothing: it may be published), what to know of it, what it says of itself."""

    faults: tuple[Issue, ...] = ()
    notes: tuple[Issue, ...] = ()
    info: FeedInfo = FeedInfo()


class _Enough(Exception):
    """So many faults that nobody reads on."""


def check_feed(source: Source) -> Verdict:
    """Look through a feed."""
    checking = _Checking()
    try:
        with source.open() as file:
            check_archive(file, UNPACKED_MAX_BYTES)
            with zipfile.ZipFile(file) as feed:
                checking.feed(feed)
    except _Enough:
        checking.faults.append(Issue("gtfs_more_faults", level="refused"))
    except (*BROKEN_ARCHIVE, csv.Error) as error:
        checking.faults.append(Issue("broken_zip", value=shorten(str(error)), level="refused"))
    return Verdict(tuple(checking.faults), tuple(checking.notes), checking.info)


class _Checking:
    """A feed while it is read."""

    def __init__(self) -> None:
        self.faults: list[Issue] = []
        self.notes: list[Issue] = []
        self.info = FeedInfo()
        self._values: dict[str, set[str]] = {name: set() for name in REFERRED}
        self._services: set[str] = set()
        self._stops: dict[str, tuple[array[int], array[int]]] = {}
        """Of each trip its stops, packed as number, arrival and departure, and the lines on which they stand."""
        self._later: list[tuple[int, str, FeedColumn, str]] = []
        self._rows = 0

    def feed(self, feed: zipfile.ZipFile) -> None:
        """Look through all members."""
        members = {one.filename for one in feed.infolist()}
        there = {name for name in FILES if f"{name}.txt" in members}
        for other in sorted(members - {f"{name}.txt" for name in FILES}):
            self._fault("gtfs_unknown_file", other)
        is_japanese = any(name.endswith("_jp") for name in there)
        for name in (*REQUIRED, *(REQUIRED_JP if is_japanese else ())):
            if name not in there:
                self._fault("gtfs_file_missing", f"{name}.txt")
        if not there & {"calendar", "calendar_dates"}:
            self._fault("gtfs_file_missing", "calendar.txt")
        for name in FILES:
            if name in there:
                self._file(feed, name)
        self._check_order()

    def _fault(self, code: str, file: str, line: int = 0, column: str = "", value: str = "") -> None:
        where = f"{file} {column}".strip()
        self.faults.append(Issue(code, line, where, shorten(value), "refused"))
        if len(self.faults) >= FAULTS_MAX:
            raise _Enough

    def _file(self, feed: zipfile.ZipFile, name: str) -> None:
        """Look through one member."""
        file, known = f"{name}.txt", FILES[name]
        with feed.open(file) as content:
            text = io.TextIOWrapper(content, "utf-8-sig", errors="strict", newline="")
            try:
                reader = csv.reader(_lines(text), strict=True)
                head = [one.strip() for one in next(reader, list[str]())]
                if not self._head(file, head, known):
                    return
                self._read(name, head, reader)
            except (UnicodeDecodeError, csv.Error) as error:
                self._fault("gtfs_unreadable", file, 0, "", str(error))

    def _head(self, file: str, head: Sequence[str], known: Sequence[FeedColumn]) -> bool:
        names = {column.name for column in known}
        for twice in {one for one in head if head.count(one) > 1}:
            self._fault("gtfs_twice", file, 1, twice)
        missing = [column.name for column in known if column.is_filled and column.name not in head]
        for one in missing:
            self._fault("gtfs_column_missing", file, 1, one)
        self.notes += [
            Issue("gtfs_unknown_column", 1, f"{file} {one}", level="note") for one in head if one not in names
        ]
        return not missing

    def _read(self, name: str, head: Sequence[str], reader: Iterator[list[str]]) -> None:
        file, keys = f"{name}.txt", set[tuple[str, ...]]()
        columns = [column for column in FILES[name] if column.name in head]
        key = [column.name for column in columns if column.is_key]
        for number, cells in enumerate(reader, start=2):
            if not cells:
                continue
            self._rows += 1
            if self._rows > ROWS_MAX:
                self._fault("gtfs_too_large", file, number)
                raise _Enough
            if len(cells) != len(head):
                self._fault("gtfs_cells", file, number, "", str(len(cells)))
                continue
            row = dict(zip(head, (one.strip() for one in cells), strict=True))
            self._check_cells(file, number, row, columns)
            if key:
                told = tuple(row[one] for one in key)
                if told in keys:
                    self._fault("gtfs_twice", file, number, key[-1], " ".join(told))
                keys.add(told)
            self._note(name, number, row)
        for number, file, column, cell in self._later:
            if cell not in self._values[column.refers]:
                self._fault("gtfs_reference", file, number, column.name, cell)
        self._later.clear()

    def _check_cells(
        self, file: str, number: int, row: Mapping[str, str], columns: Sequence[FeedColumn]
    ) -> None:
        for column in columns:
            cell = row[column.name]
            if not cell:
                if column.is_filled:
                    self._fault("gtfs_value_missing", file, number, column.name)
                continue
            if not is_of(column.kind, cell):
                self._fault("gtfs_value_wrong", file, number, column.name, cell)
            if column.refers.startswith(file.removesuffix("txt")):
                # what stands further below in the same file is not read yet
                self._later.append((number, file, column, cell))
            elif column.refers and cell not in self._values[column.refers]:
                self._fault("gtfs_reference", file, number, column.name, cell)

    def _note(self, name: str, number: int, row: Mapping[str, str]) -> None:
        """Remember what others refer to, and check what a row says as a whole."""
        for one in REFERRED:
            file, _, column = one.partition(".")
            if file == name and row.get(column):
                self._values[one].add(row[column])
        if name in ("calendar", "calendar_dates"):
            self._services.add(row["service_id"])
        if name == "calendar" and row["start_date"] > row["end_date"]:
            self._fault("gtfs_order", "calendar.txt", number, "end_date", row["end_date"])
        elif name == "trips" and row["service_id"] not in self._services:
            self._fault("gtfs_reference", "trips.txt", number, "service_id", row["service_id"])
        elif name == "stops":
            self._check_stop(number, row)
        elif name == "routes" and not (row.get("route_short_name") or row.get("route_long_name")):
            self._fault("gtfs_value_missing", "routes.txt", number, "route_long_name")
        elif name == "stop_times":
            self._note_time(number, row)
        elif name == "feed_info":
            self._note_info(number, row)

    def _check_stop(self, number: int, row: Mapping[str, str]) -> None:
        """A stop, a station and an entrance have a name and a place (location_type 0, 1, 2)."""
        if row.get("location_type", "") in ("", "0", "1", "2"):
            for column in ("stop_name", "stop_lat", "stop_lon"):
                if not row.get(column):
                    self._fault("gtfs_value_missing", "stops.txt", number, column)

    def _note_time(self, number: int, row: Mapping[str, str]) -> None:
        sequence = row["stop_sequence"]
        times = [seconds_of(row.get(name, "")) for name in ("arrival_time", "departure_time")]
        if sequence.isdigit() and len(sequence) < 7:
            packed, lines = self._stops.setdefault(row["trip_id"], (array("q"), array("q")))
            packed.append((int(sequence) << 40) | (times[0] << 20) | times[1])
            lines.append(number)

    def _check_order(self) -> None:
        """Times of a trip do not go back, no two stops have one number, the first and the last have times."""
        for trip, (packed, lines) in self._stops.items():
            steps = sorted(zip(packed, lines, strict=True))
            for (one, _), (two, line) in pairwise(steps):
                if one >> 40 == two >> 40:
                    self._fault("gtfs_twice", "stop_times.txt", line, "stop_sequence", trip)
            said = [
                (seconds, line)
                for one, line in steps
                for seconds in ((one >> 20) & _NOWHERE, one & _NOWHERE)
                if seconds != _NOWHERE
            ]
            for (before, _), (after, line) in pairwise(said):
                if after < before:
                    self._fault("gtfs_order", "stop_times.txt", line, "arrival_time", trip)
            (first, first_line), (last, last_line) = steps[0], steps[-1]
            if first & _NOWHERE == _NOWHERE:
                self._fault("gtfs_value_missing", "stop_times.txt", first_line, "departure_time", trip)
            if (last >> 20) & _NOWHERE == _NOWHERE:
                self._fault("gtfs_value_missing", "stop_times.txt", last_line, "arrival_time", trip)

    def _note_info(self, number: int, row: Mapping[str, str]) -> None:
        since, until = row.get("feed_start_date", ""), row.get("feed_end_date", "")
        if since and until and since > until:
            self._fault("gtfs_order", "feed_info.txt", number, "feed_end_date", until)
        days = [f"{one[:4]}-{one[4:6]}-{one[6:]}" if is_of("date", one) else "" for one in (since, until)]
        self.info = FeedInfo(row["feed_publisher_name"], row.get("feed_version", ""), days[0], days[1])


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    """Lines; one that never ends is refused, so that it does not fill the memory."""
    while line := text.readline(LINE_LENGTH_MAX):
        if len(line) >= LINE_LENGTH_MAX:
            raise csv.Error("a line has no end")
        yield line


def is_of(kind: str, cell: str) -> bool:
    """Whether a cell that says something says what its column holds."""
    if (one := _ENUM.fullmatch(kind)) is not None:
        return len(cell) == 1 and cell.isdigit() and int(one[1] == "one") <= int(cell) <= int(one[2])
    match kind:
        case "text":
            return True
        case "date":
            return _is_day(cell)
        case "time":
            return seconds_of(cell) != _NOWHERE
        case "colour":
            return _COLOUR.fullmatch(cell) is not None
        case "whole":
            return cell.isascii() and cell.isdigit() and len(cell) < 10
        case _:
            number = _number(cell)
            most = {"latitude": 90.0, "longitude": 180.0}.get(kind)
            return number is not None and (most is None or -most <= number <= most)


def _number(cell: str) -> float | None:
    try:
        number = float(cell)
    except ValueError:
        return None
    return number if abs(number) < 1e15 else None


def _is_day(cell: str) -> bool:
    if len(cell) != 8 or not (cell.isascii() and cell.isdigit()):
        return False
    try:
        datetime.date(int(cell[:4]), int(cell[4:6]), int(cell[6:]))
    except ValueError:
        return False
    return True


def seconds_of(cell: str) -> int:
    """A time of a service day (which may pass 24:00:00) in seconds; _NOWHERE where it is none."""
    found = _TIME.fullmatch(cell)
    if found is None:
        return _NOWHERE
    seconds = int(found[1]) * 3600 + int(found[2]) * 60 + int(found[3])
    return min(seconds, _NOWHERE)
