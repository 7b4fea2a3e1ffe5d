"""Tables as workbooks of spreadsheets (XLSX: ECMA-376-1, Office Open XML): one sheet, a line of headings that stays, every cell a text.

The few parts that a workbook must have are written here: the same table is the same file to the byte, as its ETag says (openpyxl puts the
moment of writing into each), in a fifth of the time. No cell is a formula: texts stand within the sheet (`inlineStr`, 18.18.11).
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

from kaiteki.adapters.tables.staging import Staged, text_of, through_a_file
from kaiteki.kit.tables import Table

TEXT_LENGTH_MAX: Final = 32_767
"""Characters that a cell holds; what is longer ends with an ellipsis."""
_HEAD: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATED: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"
PARTS: Final = {
    "[Content_Types].xml": f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/></Types>',
    "_rels/.rels": f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_RELATED}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_RELATED}">'
    '<sheets><sheet name="データ" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_RELATED}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}
"""All parts but the sheet."""
_BEGIN: Final = (
    f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
    '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetData>'
)
_END: Final = "</sheetData></worksheet>"
_NO_XML: Final = re.compile("[^\t\n\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML 1.0 holds."""
_CODED: Final = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
"""What readers would take for a coded character (`_x000D_`, 22.4.2.4)."""
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


def write_xlsx(table: Table) -> AsyncGenerator[bytes, None]:
    """A table as a workbook; its places are left out, so put them into columns."""
    return through_a_file(table, "xlsx", make_xlsx)


def make_xlsx(staged: Staged, path: Path) -> None:
    """Write the file. Blocks; raises OSError where the disk is full."""
    with zipfile.ZipFile(path, "w") as book:
        for name, text in PARTS.items():
            book.writestr(_part(name), text)
        with book.open(_part("xl/worksheets/sheet1.xml"), "w") as sheet:
            sheet.write(_BEGIN.encode() + _row([column.title for column in staged.columns]))
            for row in staged.read():
                cells = [row.get(column.name) for column in staged.columns]
                sheet.write(_row(["" if cell is None else text_of(cell) for cell in cells]))
            sheet.write(_END.encode())


def _part(name: str) -> zipfile.ZipInfo:
    """A part of the package; always of the same moment."""
    part = zipfile.ZipInfo(name, _EPOCH)
    part.compress_type = zipfile.ZIP_DEFLATED
    return part


def _row(cells: Sequence[str]) -> bytes:
    """A row; cells that say nothing have no text."""
    return ("<row>" + "".join(_cell(one) if one else "<c/>" for one in cells) + "</row>").encode()


def _cell(text: str) -> str:
    plain = _NO_XML.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    if len(plain) > TEXT_LENGTH_MAX:
        plain = plain[: TEXT_LENGTH_MAX - 1] + "…"
    told = escape(_CODED.sub("_x005F_", plain))
    return f'<c t="inlineStr"><is><t xml:space="preserve">{told}</t></is></c>'
