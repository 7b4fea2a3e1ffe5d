"""CSV and other delimited text: encoding, delimiter and header row are found, rows are streamed."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Iterator
from typing import BinaryIO, Final

from kaiteki.model.spreadsheet import spreadsheet_plain
from kaiteki.services.opendata.reading.source import (
    CELLS_MAX,
    Issue,
    Open,
    Row,
    Source,
    Table,
    Unreadable,
    name_columns,
    shorten,
)

HEAD_ROWS_MAX: Final = 30
"""Rows among which the header is looked for (titles, notes and blank lines stand above it)."""
BLOCK_BYTES: Final = 1 << 16
SAMPLE_BYTES: Final = 1 << 20
"""Bytes at the beginning of a file that say whether it is text at all."""
CONTROLS_SHARE_MAX: Final = 0.01
UNDECODABLE_SHARE_MAX: Final = 0.1
"""Shares of the characters of a sample: a slip in one row is told with that row, what is broken all over is no text."""
SLIPS_SHARE_MAX: Final = 0.05
"""What may be lost for each character beyond ASCII that is read as UTF-8; of other encodings far more is lost."""
LETTERS_OF_UTF8_MIN: Final = 4
"""Kana and kanji in lines that are UTF-8: from so many on it is no chance."""
_LOST: Final = "\ufffd"
_CONTROLS: Final = frozenset(chr(code) for code in (*range(32), 127)) - frozenset("\t\n\v\f\r\x1a")


def find_encoding(opened: Open) -> tuple[str, tuple[Issue, ...]]:
    """The encoding of a whole file: UTF-8 with or without BOM, UTF-16 by its BOM, else CP932 (Shift_JIS).

    A file that is UTF-8 but for a few slips is UTF-8: CP932 would often read it whole, and nothing of it right.
    """
    with opened() as file:
        head = file.read(4)
        if head.startswith(codecs.BOM_UTF8):
            return "utf-8-sig", ()
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16", ()
        file.seek(0)
        if _decodes(file, "utf-8"):
            return "utf-8", ()
        sample = _sample(opened, "utf-8")
        lost = sample.count(_LOST)
        right = len(sample) - len(sample.encode("ascii", "ignore")) - lost
        if lost < SLIPS_SHARE_MAX * right:
            return "utf-8", (Issue("undecodable"),)
        file.seek(0)
        if _decodes(file, "cp932"):
            return "cp932", ()
    return "cp932", (Issue("undecodable"),)


def need_text(opened: Open, encoding: str) -> None:
    """Raises Unreadable, with the line, for a file that is no text: a picture, an archive, a table of another program."""
    sample = _sample(opened, encoding)
    controls = [at for at, mark in enumerate(sample) if mark in _CONTROLS]
    lost = [at for at, mark in enumerate(sample) if mark == _LOST]
    for found, share_max in ((controls, CONTROLS_SHARE_MAX), (lost, UNDECODABLE_SHARE_MAX)):
        if len(found) > share_max * len(sample):
            line = sample.count("\n", 0, found[0]) + 1
            raise Unreadable(Issue("not_text", line, level="refused"))


def need_one_encoding(opened: Open) -> None:
    """Raises Unreadable, with the line where it changes, for a file in CP932 some lines of which are UTF-8: read as CP932 these would be whole,
    and nothing of them right (「名称」 becomes 「蜷咲ｧｰ」). Lines in CP932 are UTF-8 by chance where they are short, so several letters count."""
    found: dict[bool, int] = {}
    letters = 0
    with opened() as file:
        number = 1
        while part := file.readline(BLOCK_BYTES):
            if not part.isascii():
                count = _letters_of_utf8(part)
                letters += count
                found.setdefault(count > 0, number)
            number += part.endswith(b"\n")
    if len(found) > 1 and letters >= LETTERS_OF_UTF8_MIN:
        raise Unreadable(Issue("mixed_encodings", max(found.values()), level="refused"))


def _letters_of_utf8(part: bytes) -> int:
    """How many kana and kanji a line holds as UTF-8; 0 where it is none."""
    try:
        return sum("\u3000" <= mark <= "\u9fff" for mark in part.decode())
    except UnicodeDecodeError:
        return 0


def _sample(opened: Open, encoding: str) -> str:
    """The beginning of a file, with `_LOST` for what cannot be decoded; half a character at its end is left out."""
    with opened() as file:
        return codecs.getincrementaldecoder(encoding)("replace").decode(file.read(SAMPLE_BYTES))


def _decodes(file: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while block := file.read(BLOCK_BYTES):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def find_delimiter(lines: list[str]) -> str:
    """The delimiter that cuts the first lines into the most cells: comma, tab or semicolon."""
    return max((",", "\t", ";"), key=lambda mark: sum(line.count(mark) for line in lines))


def find_header(rows: list[list[str]], known: Callable[[str], bool]) -> int:
    """The index of the header row: the one with the most known names, else the first full row without numbers."""
    hits = [sum(1 for cell in row if cell.strip() and known(cell)) for row in rows]
    best = max(range(len(rows)), key=lambda at: hits[at], default=0)
    if hits and hits[best] >= 2:
        return best
    width = max((_filled(row) for row in rows), default=0)
    for at, row in enumerate(rows):
        if _filled(row) >= max(1, 0.6 * width) and not any(_is_number(cell) for cell in row):
            return at
    return next((at for at, row in enumerate(rows) if _filled(row)), 0)


def _filled(row: list[str]) -> int:
    return sum(1 for cell in row if cell.strip())


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def read_text(source: Source, known: Callable[[str], bool]) -> list[Table]:
    """The one table of a delimited text file. Raises Unreadable when there is no header row."""
    encoding, notes = find_encoding(source.open)
    need_text(source.open, encoding)
    if encoding == "cp932":
        need_one_encoding(source.open)
    with _text(source.open, encoding) as text:
        lines = [line for _, line in zip(range(HEAD_ROWS_MAX), text, strict=False)]
    delimiter = find_delimiter(lines)
    head = _cut(lines, delimiter)
    at = find_header(head, known) if head else 0
    if not head or not _filled(head[at]):
        raise Unreadable(Issue("empty_file", level="refused"))
    if len(head[at]) > CELLS_MAX:
        raise Unreadable(Issue("too_many_columns", value=str(len(head[at])), level="refused"))
    header = name_columns(as_meant(head[at]))
    if at:
        notes += (Issue("header_found_below", line=at + 1, level="note"),)

    def rows() -> Iterator[Row]:
        with _text(source.open, encoding) as text:
            yield from cut_rows(text, delimiter, header, at)

    return [Table(header, rows, encoding=encoding, notes=notes)]


def _text(opened: Open, encoding: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(opened(), encoding=encoding, errors="replace", newline="")


def _cut(lines: list[str], delimiter: str) -> list[list[str]]:
    rows: list[list[str]] = []
    try:
        rows.extend(csv.reader(lines, delimiter=delimiter))
    except csv.Error:
        return rows
    return rows


def cut_rows(text: Iterator[str], delimiter: str, header: tuple[str, ...], header_at: int) -> Iterator[Row]:
    """The records below a header. Blank rows are left out, rows that do not fit the header are marked as broken.

    So is the last record where the text seems to end half-way (`_is_cut_off`).
    """
    lines = _Lines(text)
    reader = csv.reader(lines, delimiter=delimiter)
    number, first = -1, 1
    held: tuple[list[str], int] | None = None
    raw: list[str] = []
    is_ragged = False
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            if held is not None:
                yield _fit(*held, header)
            yield Row(first, {}, broken=Issue("broken_text", first, value=str(error), level="refused"))
            return
        number, line, first = number + 1, first, reader.line_num + 1
        record = lines.taken()
        if number <= header_at or not _filled(cells):
            continue
        if held is not None:
            is_ragged = is_ragged or len(held[0]) < len(header)
            yield _fit(*held, header)
        held, raw = (cells, line), record
    if held is None:
        return
    last = _fit(*held, header)
    if last.broken is None and _is_cut_off(raw, delimiter, len(held[0]) < len(header), is_ragged):
        fault = Issue("cut_off", held[1], value=shorten(delimiter.join(held[0])), level="refused")
        last = Row(last.line, last.cells, broken=fault)
    yield last


class _Lines:
    """The lines of a text; what a record was read from is at hand."""

    def __init__(self, text: Iterator[str]) -> None:
        self._text = text
        self._read: list[str] = []

    def __iter__(self) -> Iterator[str]:
        for line in self._text:
            self._read.append(line)
            yield line

    def taken(self) -> list[str]:
        """The lines that were read since the last time."""
        read, self._read = self._read, []
        return read


def _is_cut_off(lines: list[str], delimiter: str, is_short: bool, is_ragged: bool) -> bool:
    """Whether a text ends half-way: within quotation marks, or with a record that lacks columns though no other does.

    In a table with short rows everywhere, the last one may be short as well, unless its line does not end.
    """
    try:
        list(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error as error:
        if "end of data" in str(error):
            return True
    return is_short and (not is_ragged or not lines[-1].endswith(("\n", "\r")))


def as_meant(cells: list[str]) -> list[str]:
    """Cells without the apostrophe that keeps spreadsheets from running them."""
    return [spreadsheet_plain(cell) if cell[:1] == "'" else cell for cell in cells]


def _fit(cells: list[str], line: int, header: tuple[str, ...]) -> Row:
    kept = dict(zip(header, as_meant(cells), strict=False))
    if len(cells) > len(header) and _filled(cells[len(header) :]):
        fault = Issue("too_many_cells", line, value=f"{len(cells)} > {len(header)}", level="refused")
        return Row(line, kept, broken=fault)
    if any("\ufffd" in cell for cell in cells):
        column = next(name for name, cell in kept.items() if "\ufffd" in cell)
        return Row(line, kept, broken=Issue("undecodable", line, column, level="refused"))
    return Row(line, kept)
