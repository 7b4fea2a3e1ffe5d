"""XLSX with its looks: merged cells, hidden rows and columns, formulas, colours, and what is drawn above the cells (ECMA-376)."""

from __future__ import annotations

import posixpath
import warnings
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, Final, cast
from xml.etree import ElementTree

import openpyxl

from kaiteki.services.opendata.readability.sheet import ROWS_MAX, Drawn, Place, Sheet, is_numeral, pad
from kaiteki.services.opendata.reading.archive import check_archive
from kaiteki.services.opendata.reading.source import CELLS_MAX, Issue, Source, Unreadable
from kaiteki.services.opendata.reading.workbook import BROKEN, show

UNPACKED_MAX_BYTES: Final = 15_000_000
"""A workbook is held in memory whole to be judged; a larger one is refused before it is opened."""
SHEETS_MAX: Final = 50
DRAWN_MAX: Final = 200
_DRAWING: Final = "{http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing}"
_TEXT: Final = "{http://schemas.openxmlformats.org/drawingml/2006/main}t"
_MAIN: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_ID: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_SORTS: Final = {"pic": "picture", "sp": "shape", "cxnSp": "shape", "grpSp": "shape", "graphicFrame": "chart"}


def read_sheets(source: Source, rows_max: int = ROWS_MAX) -> tuple[Sheet, ...]:
    """The sheets that hold anything. Raises Unreadable for what is no workbook, and for one that is too large."""
    try:
        with source.open() as file:
            check_archive(file, UNPACKED_MAX_BYTES, xml=True)
            values, formulas = _load(file, True), _load(file, False)
            drawn = _drawings(file)
        names = [str(sheet.title) for sheet in values.worksheets][:SHEETS_MAX]
        found = [_sheet((values[name], formulas[name]), drawn.get(name, ()), rows_max) for name in names]
    except BROKEN as error:
        raise Unreadable(Issue("broken_workbook", value=str(error), level="refused")) from error
    sheets = tuple(sheet for sheet in found if sheet.cells or sheet.drawn)
    if not any(sheet.cells for sheet in sheets):
        raise Unreadable(Issue("empty_file", level="refused"))
    return sheets


def _load(file: BinaryIO, data_only: bool) -> Any:
    file.seek(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return cast(Any, openpyxl).load_workbook(file, data_only=data_only)


def _sheet(loaded: tuple[Any, Any], drawn: tuple[Drawn, ...], rows_max: int) -> Sheet:
    values, formulas = loaded
    rows: list[list[str]] = []
    as_text: set[Place] = set()
    wide = min(values.max_column, CELLS_MAX)
    for row, cells in enumerate(values.iter_rows(max_row=min(values.max_row, rows_max), max_col=wide)):
        rows.append([show_raw(cell.value) for cell in cells])
        as_text |= {
            (row, at)
            for at, cell in enumerate(cells)
            if isinstance(cell.value, str) and is_numeral(cell.value)
        }
    while rows and not any(rows[-1]):
        rows.pop()
    merged = tuple(
        sorted(
            (one.min_row - 1, one.min_col - 1, one.max_row - 1, one.max_col - 1)
            for one in values.merged_cells.ranges
            if one.min_row <= len(rows)
        )
    )
    hidden = sorted(number - 1 for number, one in values.row_dimensions.items() if one.hidden)
    return Sheet(
        pad(rows),
        "xlsx",
        str(values.title),
        "xlsx",
        merged,
        tuple(row for row in hidden if row < len(rows)),
        tuple(_hidden_columns(values, wide)),
        drawn,
        _marked(values, len(rows), wide) if len(rows) > 1 else (),
        _formulas(formulas, wide),
        frozenset(as_text),
        more=values.max_row > rows_max,
        lines=tuple(range(1, len(rows) + 1)),
    )


def show_raw(value: Any) -> str:
    """A cell as text with the blanks at its ends, which are judged."""
    return value.replace("\r\n", "\n").replace("_x000D_", "") if isinstance(value, str) else show(value)


def _hidden_columns(values: Any, wide: int) -> Iterator[int]:
    for one in values.column_dimensions.values():
        if one.hidden and one.min is not None:
            yield from range(one.min - 1, min(one.max, wide))


def _formulas(formulas: Any, wide: int) -> frozenset[Place]:
    rows = formulas.iter_rows(max_row=min(formulas.max_row, ROWS_MAX), max_col=wide)
    return frozenset(
        (row, at) for row, cells in enumerate(rows) for at, cell in enumerate(cells) if cell.data_type == "f"
    )


def _marked(values: Any, height: int, wide: int) -> tuple[tuple[Place, str], ...]:
    """Filled cells below the first row whose colour, bold or struck type is not that of most of their column, and not of a whole row
    or column: stripes of rows, headings and totals tell nothing apart within a column."""
    mixed: dict[Place, str] = {}
    columns: dict[int, Counter[str]] = {}
    for row, cells in enumerate(values.iter_rows(min_row=2, max_row=height, max_col=wide), start=1):
        filled = {(row, at): _look(cell) for at, cell in enumerate(cells) if cell.value is not None}
        for (_, at), look in filled.items():
            columns.setdefault(at, Counter())[look] += 1
        if len(set(filled.values())) > 1:
            mixed |= filled
    usual = {at: looks.most_common(1)[0][0] for at, looks in columns.items()}
    return tuple((place, look) for place, look in mixed.items() if look and look != usual[place[1]])


def _look(cell: Any) -> str:
    """How a cell looks, in words of its own; empty for plain ones."""
    parts: list[str] = []
    if cell.fill is not None and cell.fill.fill_type == "solid":
        colour = cell.fill.fgColor
        parts.append(f"塗り {colour.rgb if colour.type == 'rgb' else f'{colour.type} {colour.value}'}")
    font = cell.font
    if font is not None:
        if font.b:
            parts.append("太字")
        if font.strike:
            parts.append("取消線")
        if font.color is not None and font.color.type == "rgb" and font.color.rgb != "FF000000":
            parts.append(f"文字色 {font.color.rgb}")
    return "・".join(parts)


def _drawings(file: BinaryIO) -> Mapping[str, tuple[Drawn, ...]]:
    """What is drawn, by sheet name: by the relationships of the package (ECMA-376 part 2), as openpyxl leaves out shapes."""
    file.seek(0)
    found: dict[str, tuple[Drawn, ...]] = {}
    with zipfile.ZipFile(file) as archive:
        book = _targets(archive, "xl/workbook.xml")
        for sheet in ElementTree.fromstring(archive.read("xl/workbook.xml")).iter(f"{_MAIN}sheet"):
            path = book.get(str(sheet.get(_ID)), "")
            drawn: list[Drawn] = []
            for target in _targets(archive, path).values():
                if "/drawings/drawing" in target and target in archive.namelist():
                    drawn += _drawn(ElementTree.fromstring(archive.read(target)))
            found[str(sheet.get("name"))] = tuple(drawn[:DRAWN_MAX])
    return found


def _targets(archive: zipfile.ZipFile, path: str) -> dict[str, str]:
    """What a part of the package leads to, by relationship id."""
    folder, _, name = path.rpartition("/")
    relations = f"{folder}/_rels/{name}.rels"
    if relations not in archive.namelist():
        return {}
    found: dict[str, str] = {}
    for one in ElementTree.fromstring(archive.read(relations)):
        target = str(one.get("Target", ""))
        whole = target.removeprefix("/") if target.startswith("/") else posixpath.join(folder, target)
        found[str(one.get("Id"))] = posixpath.normpath(whole)
    return found


def _drawn(root: ElementTree.Element) -> Iterator[Drawn]:
    for anchor in root:
        corner = anchor.find(f"{_DRAWING}from")
        row = int(corner.findtext(f"{_DRAWING}row", "0")) if corner is not None else 0
        at = int(corner.findtext(f"{_DRAWING}col", "0")) if corner is not None else 0
        sort = next((name for tag, name in _SORTS.items() if anchor.find(f"{_DRAWING}{tag}") is not None), "")
        text = "".join(one.text or "" for one in anchor.iter(_TEXT)).strip()
        if sort:
            yield Drawn(sort, (row, at), text)
