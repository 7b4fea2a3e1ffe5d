"""GeoJSON, streamed: the features of a collection are cut out one by one, so a file of any size takes constant memory."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, BinaryIO, Final, cast

import msgspec

from kaiteki.services.opendata.reading.source import (
    CELLS_MAX,
    FEATURE_BYTES_MAX,
    Issue,
    Open,
    Row,
    Source,
    Table,
    Unreadable,
)

BLOCK_BYTES: Final = 1 << 16
HEADER_FEATURES_MAX: Final = 1_000
"""Features whose properties make the header; later new ones still come with their rows."""

_MARK: Final = re.compile(rb'["{}\[\]]')
_TEXT: Final = re.compile(rb'(?:[^"\\]++|\\.)*+"', re.DOTALL)
"""The rest of a string behind its opening quotation mark, up to and with the closing one."""
_FEATURES: Final = re.compile(rb'"features"\s*:\s*\[')
_CRS: Final = re.compile(rb'"crs"\s*:\s*\{[^{}]*\{[^{}]*"name"\s*:\s*"([^"]{1,200})"')


def cut_objects(opened: Open) -> Iterator[tuple[int, bytes]]:
    """(line, text) of each object in the array `features`, or in a bare array, or of each line (GeoJSON Lines).

    Raises Unreadable when an object is larger than FEATURE_BYTES_MAX or the file ends inside one.
    """
    with opened() as file:
        buffer = file.read(BLOCK_BYTES).removeprefix(b"\xef\xbb\xbf")
        found = _FEATURES.search(buffer)
        while found is None and len(buffer) < FEATURE_BYTES_MAX and (more := file.read(BLOCK_BYTES)):
            buffer += more
            found = _FEATURES.search(buffer)
        start = found.end() if found else 0
        line = 1 + buffer.count(b"\n", 0, start)
        yield from _Cutter(buffer[start:], line).cut(file)


class _Cutter:
    """Finds where each top-level object begins and ends; strings and escapes are stepped over."""

    def __init__(self, buffer: bytes, line: int) -> None:
        self.buffer, self.line = buffer, line
        self.at, self.begin, self.depth, self.counted = 0, -1, 0, 0

    def cut(self, file: BinaryIO) -> Iterator[tuple[int, bytes]]:
        while True:
            mark = _MARK.search(self.buffer, self.at)
            text = _TEXT.match(self.buffer, mark.end()) if mark and mark.group() == b'"' else None
            if mark is None or (mark.group() == b'"' and text is None):
                self.at = mark.start() if mark else len(self.buffer)
                if not self._refill(file):
                    break
                continue
            self.at = text.end() if text else mark.end()
            if text is None and (done := self._step(mark.group(), mark.start())):
                yield done
            elif self.depth < 0:
                return
        if self.depth > 0:
            raise Unreadable(Issue("broken_json", self.line, level="refused"))

    def _refill(self, file: BinaryIO) -> bool:
        """Forget what is done and read on; the block grows with a large object, so its cost stays linear."""
        keep = self.begin if self.begin >= 0 else self.at
        if len(self.buffer) - keep > FEATURE_BYTES_MAX:
            raise Unreadable(Issue("feature_too_large", self.line, level="refused"))
        more = file.read(max(BLOCK_BYTES, len(self.buffer) - keep))
        self._count(keep)
        self.buffer = self.buffer[keep:] + more
        self.at, self.counted = self.at - keep, 0
        self.begin = 0 if self.begin >= 0 else -1
        return bool(more)

    def _count(self, upto: int) -> int:
        self.line += self.buffer.count(b"\n", self.counted, upto)
        self.counted = upto
        return self.line

    def _step(self, mark: bytes, start: int) -> tuple[int, bytes] | None:
        if mark in b"{[":
            if self.begin < 0 and mark == b"{":
                self.begin, self.depth = start, 0
            self.depth += 1 if self.begin >= 0 else 0
        elif mark in b"}]":
            self.depth -= 1
            if self.depth == 0 and self.begin >= 0:
                line, text = self._count(self.begin), self.buffer[self.begin : self.at]
                self.begin = -1
                return line, text
        return None


def find_crs(opened: Open) -> str:
    """The named coordinate system of an old GeoJSON file (`crs` member in its head), empty for longitude and latitude."""
    with opened() as file:
        found = _CRS.search(file.read(BLOCK_BYTES))
    name = found.group(1).decode("utf-8", "replace") if found else ""
    if not name or name.upper().endswith(("CRS84", ":4326")):
        return ""
    return "EPSG:" + name.rsplit(":", 1)[1] if "EPSG" in name.upper() else name


def read_geojson(source: Source) -> list[Table]:
    """The one table of a GeoJSON file. Raises Unreadable when it holds no feature at all."""
    header: dict[str, None] = {}
    for count, row in enumerate(_rows(source.open)):
        header.update(dict.fromkeys(row.cells))
        if count >= HEADER_FEATURES_MAX:
            break
    else:
        if not header and next(_rows(source.open), None) is None:
            raise Unreadable(Issue("empty_file", level="refused"))
    if len(header) > CELLS_MAX:
        raise Unreadable(Issue("too_many_columns", value=str(len(header)), level="refused"))
    return [Table(tuple(header), lambda: _rows(source.open), crs=find_crs(source.open), encoding="utf-8")]


def _rows(opened: Open) -> Iterator[Row]:
    """Every feature; where the text breaks off, the rest is one broken row."""
    try:
        for line, text in cut_objects(opened):
            yield _read(line, text)
    except Unreadable as error:
        yield Row(error.issue.line, {}, broken=error.issue)


def _read(line: int, text: bytes) -> Row:
    try:
        feature: Any = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return Row(line, {}, broken=Issue("broken_json", line, value=str(error), level="refused"))
    return _row(line, cast(dict[str, Any], feature))


def _row(line: int, feature: dict[str, Any]) -> Row:
    if feature.get("type") != "Feature":
        return Row(line, feature)
    properties: Any = feature.get("properties") or {}
    geometry: Any = feature.get("geometry")
    if not isinstance(properties, dict) or not isinstance(geometry, dict | None):
        return Row(line, {}, broken=Issue("broken_json", line, level="refused"))
    cells = dict(cast(dict[str, Any], properties))
    if "id" in feature and feature["id"] is not None and "id" not in cells:
        cells["id"] = feature["id"]
    return Row(line, cells, cast("dict[str, Any] | None", geometry))
