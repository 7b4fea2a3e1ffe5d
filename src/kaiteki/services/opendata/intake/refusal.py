"""Why a file is no table that can be taken in, and what to do about it: told by its first bytes, its name and its rows. Pure.

Signatures: PDF `%PDF-` (ISO 32000), ZIP `PK\\3\\4` (APPNOTE.TXT 4.3.7), compound files of old Office and of locked workbooks `D0CF11E0A1B11AE1`
([MS-CFB] 2.2; a locked workbook keeps its content in the stream EncryptedPackage, [MS-OFFCRYPTO] 2.3.4.4).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from kaiteki.model.words import Words
from kaiteki.services.opendata.quality import WORDS as ISSUES
from kaiteki.services.opendata.readability.reading import TEXTS, WORKBOOKS, read_file
from kaiteki.services.opendata.readability.sheet import Sheet, body, layout_of
from kaiteki.services.opendata.reading.source import Source, Unreadable

LOOKED_AT_BYTES: Final = 1 << 20
"""Of a compound file: its directory, which names the stream of a locked workbook, lies within."""
_PDF: Final = b"%PDF-"
_ZIP: Final = b"PK\x03\x04"
_COMPOUND: Final = bytes.fromhex("D0CF11E0A1B11AE1")
_LOCKED: Final = "EncryptedPackage".encode("utf-16-le")
_WORKBOOK: Final = b"xl/"
WORDS: Final = {
    "empty": Words("ファイルは空です。データを入れて保存し直してください。", "The file is empty. Please save it again with its data.", "ファイルが からです。データを 入（い）れて ください。"),
    "no_rows": Words("見出しだけで、データの行がありません。データのあるファイルを選んでください。", "There are headings and no rows. Please choose a file with data.", "データの 行（ぎょう）が ありません。データの ある ファイルを えらんで ください。"),
    "is_workbook": Words("名前は CSV ですが、中身は Excel です。名前の最後を .xlsx に替えるか、Excel で「CSV UTF-8」として保存し直してください。", "The name says CSV, but it is an Excel workbook. Let its name end with .xlsx, or save it in Excel as “CSV UTF-8”.", "なかみは Excelです。名前（なまえ）の さいごを .xlsx に して ください。"),
    "is_text": Words("名前は Excel（.xlsx）ですが、中身は文字の表です。名前の最後を .csv に替えるか、Excel で開いて .xlsx で保存し直してください。", "The name says Excel (.xlsx), but it is text. Let its name end with .csv, or open it in Excel and save it as .xlsx.", "なかみは CSVです。名前（なまえ）の さいごを .csv に して ください。"),
    "is_locked": Words("パスワードの付いた Excel です。パスワードを外して保存し直してください。", "The workbook is locked by a password. Please save it without one.", "パスワードが あります。パスワードを なくして ください。"),
    "is_old": Words("古い形の Excel（.xls）です。Excel で開いて .xlsx で保存し直してください。", "This is an old Excel file (.xls). Please open it in Excel and save it as .xlsx.", "ふるい Excelです。.xlsx で のこして ください。"),
    "is_pdf": Words("中身は PDF です。表のもとになった Excel か CSV を選んでください。", "This is a PDF. Please choose the Excel or CSV file that it was made of.", "なかみは PDFです。Excelか CSVを えらんで ください。"),
    "is_zip": Words("中身は ZIP です。取り出した CSV か Excel を選んでください。", "This is a zip. Please choose the CSV or Excel file in it.", "なかみは ZIPです。なかの CSVか Excelを えらんで ください。"),
    "broken_workbook": Words("Excel（.xlsx）が壊れていて読めません。Excel で開けるか確かめ、保存し直してください。", "The workbook is broken. Please see whether Excel opens it, and save it again.", "Excelが こわれて います。もういちど のこして ください。"),
    "too_large": Words("ファイルが大きすぎます（5MBまで）。行を分けて2つ以上のファイルにするか、担当者が kaiteki import で取り込みます。", "The file is too large (up to 5 MB). Please part its rows into several files; larger ones come in with kaiteki import.", "ファイルが 大（おお）きすぎます（5MBまで）。わけて ください。"),
}  # fmt: skip
"""Why, and what to do, by code."""
_CODES: Final = {"empty_file": "empty"}
"""What readers call it, where it is not called so here."""


def find_refusal(source: Source) -> Words | None:
    """Why a CSV or workbook cannot be taken in; None where it is a table with rows."""
    form = form_of(source)
    if form:
        return WORDS[form]
    try:
        sheets = read_file(source)
    except Unreadable as error:
        return words_of(error)
    return None if has_rows(sheets) else WORDS["no_rows"]


def words_of(error: Unreadable) -> Words:
    """What a person reads of a file that could not be read as a table."""
    return WORDS.get(_CODES.get(error.issue.code, error.issue.code)) or ISSUES[error.issue.code]


def form_of(source: Source) -> str:
    """A code of WORDS where the bytes of a file are none of what its name says; empty where they may be."""
    with source.open() as file:
        head = file.read(LOOKED_AT_BYTES)
    if not head.strip(b"\xef\xbb\xbf\x00 \t\r\n\x1a"):
        return "empty"
    if head.startswith(_COMPOUND):
        return "is_locked" if _LOCKED in head else "is_old"
    if head.startswith(_PDF):
        return "is_pdf"
    if source.suffix in TEXTS and head.startswith(_ZIP):
        return "is_workbook" if _WORKBOOK in head else "is_zip"
    is_text = not head.startswith(_ZIP) and b"\0" not in head
    return "is_text" if source.suffix in WORKBOOKS and is_text else ""


def has_rows(sheets: Sequence[Sheet]) -> bool:
    """Whether something stands below the headings of a sheet."""
    return any(
        any(cell.strip() for cell in cells) for sheet in sheets for _, cells in body(sheet, layout_of(sheet))
    )
