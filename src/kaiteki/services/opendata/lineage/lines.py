"""The lines of a file packed: which record each line became, in the order of the file, in a few bytes each.

A record is told as `[step ]tail`: how many lines below the one before it stands (left out for 1), and what its id has behind
`urn:ngsi-ld:<type>:` (where that begins with the slug of the table, `:` stands for it). Ids that count compress to two or three bytes.
Where all are hashes, they are kept as such (`hashed`): eight bytes each, found without unpacking. A part ends at PART_BYTES of that text,
so that writing and reading hold one part in memory.
"""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from kaiteki.services.opendata.lineage.hashed import LEVEL, MARK, line_of, pack_hashes, text_of
from kaiteki.services.opendata.lineage.model import LinesOf, SourceFile, lines_id, lines_view

PART_BYTES: Final = 400_000
"""Bytes of the text of one part; 20,000 records and more."""
_STEPS: Final = re.compile(r"^(\d+) ", re.MULTILINE)
Placed = tuple[int, str]
"""A line of a file, and the id of its record."""


class Head(msgspec.Struct, frozen=True):
    """What the ids of the records of a table begin with."""

    record_type: str
    slug: str

    def tail(self, entity_id: str) -> str:
        """What tells an id from others of its table."""
        rest = entity_id.removeprefix(f"urn:ngsi-ld:{self.record_type}:")
        own = f"{self.slug}:"
        return ":" + rest.removeprefix(own) if rest.startswith(own) else rest

    def id(self, tail: str) -> str:
        """The id that a tail stands for."""
        rest = f"{self.slug}{tail}" if tail.startswith(":") else tail
        return f"urn:ngsi-ld:{self.record_type}:{rest}"


def head_of(file: SourceFile) -> Head:
    """What the ids of the records of a file begin with."""
    return Head(file.record_type, file.slug)


class Writer:
    """Packs the lines of a file as its records are made, in the order of their lines; a part is handed out as soon as it is full."""

    def __init__(self, source_file: str, head: Head) -> None:
        self._source_file, self._head = source_file, head
        self.parts = 0
        self._begin()

    def _begin(self) -> None:
        self._told = bytearray()
        self._first = self._last = self._count = 0

    def add(self, line: int, entity_id: str) -> LinesOf | None:
        """Note a record; the part that is full with it."""
        step = line - self._last
        told = (
            ("" if step == 1 and self._count else f"{step} ") + self._head.tail(entity_id) + "\n"
        ).encode()
        self._first = self._first or line
        self._last, self._count = line, self._count + 1
        self._told += told
        return self.end() if len(self._told) >= PART_BYTES else None

    def end(self) -> LinesOf | None:
        """The part that was begun; None where nothing is in it."""
        if not self._count:
            return None
        self.parts += 1
        text = bytes(self._told)
        packed = base64.b64encode(pack_hashes(text) or zlib.compress(text, LEVEL)).decode()
        made = lines_view(self._head.record_type)(
            lines_id(self._source_file, self.parts),
            self._source_file,
            self._first,
            self._last,
            self._count,
            lines=packed,
        )
        self._begin()
        return made


def read_lines(part: LinesOf, head: Head) -> Iterator[Placed]:
    """Line and record, in the order of the file."""
    line = 0
    packed = _packed(part)
    for told in (text_of(packed) if packed.startswith(MARK) else _text(packed)).splitlines():
        step, gap, tail = told.partition(" ")
        line += int(step) if gap else 1
        yield line, head.id(tail if gap else step)


def line_in(part: LinesOf, head: Head, record: str) -> int | None:
    """The line of a record in a part, of several the last; None where it is in none.

    The text is looked through for it, and only steps are read: a twentieth of the time that reading it line by line takes.
    """
    tail = head.tail(record)
    if head.id(tail) != record or record.split() != [record]:
        return None
    packed = _packed(part)
    if packed.startswith(MARK):
        return line_of(packed, tail)
    text = f"\n{_text(packed)}"
    at = max(text.rfind(f"\n{tail}\n"), text.rfind(f" {tail}\n"))
    if at < 0:
        return None
    until = text[1 : text.index("\n", at + 1)]
    steps = _STEPS.findall(until)
    return until.count("\n") + 1 - len(steps) + sum(map(int, steps))


def _packed(part: LinesOf) -> bytes:
    return base64.b64decode(part.lines or part.packed)


def _text(packed: bytes) -> str:
    """The text of a part: no longer than a writer makes them, whatever was packed."""
    return zlib.decompressobj().decompress(packed, 2 * PART_BYTES).decode()


def keep_only(part: LinesOf, head: Head, wanted: Callable[[str], bool]) -> LinesOf | None:
    """A part with the lines of some records alone; None where there is none of them, the same part where all are."""
    placed = [one for one in read_lines(part, head) if wanted(one[1])]
    if len(placed) == part.count:
        return part
    writer = Writer(part.source_file, head)
    for line, entity_id in placed:
        writer.add(line, entity_id)
    made = writer.end()
    return msgspec.structs.replace(made, id=part.id) if made is not None else None
