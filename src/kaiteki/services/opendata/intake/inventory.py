"""The town's inventory of its data (データマップ): what there is, who keeps it, whether it is open and why not; as CSV and XLSX both ways.

A row is an entity; its id comes of title and office, so that a file brought in again renews the rows that stand. Rows that are not
in a file stay, unless whoever brings it says that it is the whole: an inventory is often kept in several files, one for each office.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, cast

import msgspec
import openpyxl

from kaiteki.kit.forms import Label
from kaiteki.kit.manifest import EVERYTHING, EntityType, State
from kaiteki.model.decision import Accepted, Asked, Fault, Refused
from kaiteki.model.spreadsheet import SheetWriter
from kaiteki.model.words import Words
from kaiteki.services.opendata.intake.delivery import PACKED_MAX, bytes_source, unpack
from kaiteki.services.opendata.intake.refusal import WORDS as REFUSALS
from kaiteki.services.opendata.intake.refusal import find_refusal
from kaiteki.services.opendata.readability.reading import TEXTS, WORKBOOKS, read_file
from kaiteki.services.opendata.readability.sheet import Sheet, body, layout_of
from kaiteki.services.opendata.readability.texts import iso_day
from kaiteki.services.opendata.reading.source import Unreadable
from kaiteki.services.opendata.standard.table import fold
from kaiteki.services.opendata.values import narrow, read_flag

NAME: Final = "DataMapEntry"
ROWS_MAX: Final = 500
"""Rows of one file; more are brought in with several."""
FAULTS_MAX: Final = 20
CELL_MAX: Final = 500
GONE_MAX: Final = 1000
COLUMNS: Final[Mapping[str, Words]] = {
    "title": Words("データ名", "Title", "データの 名前（なまえ）"),
    "office": Words("担当課", "Office", "かかり"),
    "contact": Words("連絡先", "Contact", "れんらくさき"),
    "rhythm": Words("更新頻度", "Rhythm", "いつ かわるか"),
    "form": Words("形式", "Format", "ファイルの かたち"),
    "licence": Words("利用条件", "Licence", "使（つか）う きまり"),
    "is_open": Words("公開", "Open", "出（だ）して いるか"),
    "reason": Words("非公開の理由", "Why it is not open", "出（だ）さない わけ"),
    "next_release": Words("次の公開予定日", "Next release", "つぎの 日（ひ）"),
}
"""The columns of the file by field, in their order; a file may name them in Japanese or English, in any order."""
OPEN, CLOSED = "○", "×"
OPEN_WORDS: Final = frozenset(("公開", "公開中", "公開済", "公開済み", "オープン", "open", "public"))
CLOSED_WORDS: Final = frozenset(("非公開", "未公開", "公開しない", "closed", "not open", "private"))
"""What is written for ○ and × besides all that says yes and no (○, 有, はい, 可, 1)."""
ASKED_FOR: Final[Mapping[str, Words]] = {
    "title": Words("データの名前を書いてください。", "write the title of the data.", "データの 名前（なまえ）を 書（か）いて ください。"),
    "office": Words("担当課の名前を書いてください。", "write the name of the office.", "かかりの 名前（なまえ）を 書（か）いて ください。"),
    "is_open": Words("「公開」か「非公開」（○か×、はい・いいえ、可・不可でも）と書いてください。", "write 公開 (open) or 非公開 (not open); ○ or ×, yes or no will do.", "「公開（こうかい）」か 「非公開（ひこうかい）」と 書（か）いて ください。"),
    "reason": Words("公開しないデータには、その理由を書いてください。", "say why it is not open.", "出（だ）さない わけを 書（か）いて ください。"),
    "next_release": Words("日付（2027-04-01、令和9年4月1日など）を書くか、空欄にしてください。", "write a day such as 2027-04-01, or leave it blank.", "日（ひ）を 2027-04-01の ように 書（か）いて ください。"),
}  # fmt: skip
"""What a column takes, told where it holds something else."""


class DataMapEntry(msgspec.Struct, frozen=True):
    """One row: data that the town keeps, open or not. `next_release` is a day (ISO 8601)."""

    id: str
    title: str = ""
    office: str = ""
    contact: str = ""
    rhythm: str = ""
    form: str = ""
    licence: str = ""
    is_open: bool = False
    reason: str = ""
    next_release: str = ""


class KeepInventory(msgspec.Struct, frozen=True):
    """Bring rows in from a file: its name, and its bytes packed with zlib and written in base64. `gone` are rows that go unless they are in it."""

    file_name: Annotated[
        str, msgspec.Meta(min_length=1, max_length=200), Label(Words("ファイル名", "File name"))
    ]
    content: Annotated[
        str, msgspec.Meta(min_length=1, max_length=PACKED_MAX), Label(Words("内容", "Content"))
    ]
    gone: Annotated[
        tuple[str, ...],
        msgspec.Meta(max_length=GONE_MAX),
        Label(Words("なければ消す行", "Rows to remove unless they are in the file")),
    ] = ()


def needed_for_inventory(form: KeepInventory, asked: Asked) -> tuple[str, ...]:
    """The rows that the file names, which may stand already, and those that may go."""
    content = unpack(form.content)
    source = bytes_source(form.file_name, content or b"")
    if content is None or source.suffix not in (*TEXTS, *WORKBOOKS):
        return form.gone
    try:
        read = read_rows(read_file(source)[0])
    except Unreadable:
        # the rule says so
        return form.gone
    return tuple(dict.fromkeys((*form.gone, *(one.id for one in read if isinstance(one, DataMapEntry)))))


def keep_inventory(state: State, form: KeepInventory, asked: Asked) -> Accepted | Refused:
    """Keep the rows of a file, all or none of them."""
    content = unpack(form.content)
    source = bytes_source(form.file_name, content or b"")
    if content is None:
        return _refused([REFUSALS["too_large"]])
    if source.suffix not in (*TEXTS, *WORKBOOKS):
        return _refused(
            [
                Words(
                    "CSVかExcel（.xlsx）を選んでください。",
                    "Please choose a CSV or Excel (.xlsx) file.",
                    "CSVか Excelを えらんで ください。",
                )
            ]
        )
    refusal = find_refusal(source)
    if refusal is not None:
        return _refused([refusal])
    read = read_rows(read_file(source)[0])
    faults = [one for one in read if isinstance(one, Words)]
    rows = [one for one in read if isinstance(one, DataMapEntry)]
    if faults or not rows:
        return _refused(
            faults or [Words("行がありません。", "There are no rows.", "行（ぎょう）が ありません。")]
        )
    kept = {row.id: row for row in rows}
    gone = tuple(one for one in form.gone if one not in kept and isinstance(state.get(one), DataMapEntry))
    return Accepted(writes=tuple(kept.values()), deletes=gone, answer={"rows": len(kept), "gone": len(gone)})


def read_rows(sheet: Sheet) -> list[DataMapEntry | Words]:
    """The rows of a sheet, and what is wrong with it in words: a column that is missing, and row by row."""
    layout = layout_of(sheet)
    named = {fold(text): field for field, words in COLUMNS.items() for text in (words.ja, words.en, field)}
    columns = {named[fold(head)]: at for at, head in enumerate(layout.heads) if fold(head) in named}
    if missing := [
        words
        for field, words in COLUMNS.items()
        if field in ("title", "office", "is_open") and field not in columns
    ]:
        return [
            Words(
                f"「{one.ja}」の列がありません。",
                f"There is no column “{one.en}”.",
                f"「{one.ja}」の 列（れつ）が ありません。",
            )
            for one in missing
        ]
    rows = [(at, cells) for at, cells in body(sheet, layout) if any(cell.strip() for cell in cells)]
    if len(rows) > ROWS_MAX:
        return [
            Words(f"{ROWS_MAX}行までです。", f"At most {ROWS_MAX} rows.", f"{ROWS_MAX}行（ぎょう）まで。")
        ]
    return [
        _row(at + 1, {field: cells[c].strip()[:CELL_MAX] for field, c in columns.items()})
        for at, cells in rows
    ]


def _row(line: int, told: Mapping[str, str]) -> DataMapEntry | Words:
    """One row; or what is wrong with it, with its line."""
    is_open = _read_open(told["is_open"])
    day = told.get("next_release", "")
    wrong = next(
        (
            field
            for field, is_wrong in (
                ("title", not told["title"]),
                ("office", not told["office"]),
                ("is_open", is_open is None),
                ("reason", is_open is False and not told.get("reason")),
                ("next_release", bool(day) and not iso_day(day)),
            )
            if is_wrong
        ),
        None,
    )
    if wrong is not None or is_open is None:
        field = wrong or "is_open"
        words, asked = COLUMNS[field], ASKED_FOR[field]
        value = f"「{told[field]}」" if told.get(field) else ""
        return Words(
            f"{line}行目の「{words.ja}」{value}：{asked.ja}",
            f"Line {line}, “{words.en}” {value}: {asked.en}",
            f"{line}行目（ぎょうめ）の「{words.ja}」{value}：{asked.say('ja-easy')}",
        )
    digest = hashlib.sha256(f"{told['title']}\n{told['office']}".encode()).hexdigest()[:20]
    fields: dict[str, Any] = {
        **told,
        "is_open": is_open,
        "next_release": iso_day(day) if day else "",
    }
    return DataMapEntry(id=f"urn:ngsi-ld:{NAME}:{digest}", **fields)


def _read_open(text: str) -> bool | None:
    """Whether a row is open, by what stands in its column; None for what says neither."""
    word = narrow(text).strip().lower()
    if word in OPEN_WORDS:
        return True
    if word in CLOSED_WORDS:
        return False
    flag = read_flag(text)
    return bool(flag[0]) if flag is not None else None


def _refused(faults: Sequence[Words]) -> Refused:
    return Refused("invalid", tuple(Fault("file", "invalid", one) for one in faults[:FAULTS_MAX]))


def rows_of(entries: Sequence[DataMapEntry], language: str = "ja") -> list[list[str]]:
    """The inventory as rows of text with its headings."""
    rows = [[words.say(language) for words in COLUMNS.values()]]
    for one in entries:
        told = msgspec.structs.asdict(one) | {"is_open": OPEN if one.is_open else CLOSED}
        rows.append([str(told[field]) for field in COLUMNS])
    return rows


def write_csv(entries: Sequence[DataMapEntry]) -> bytes:
    """The inventory as CSV, UTF-8 with BOM; no cell is a formula."""
    text = io.StringIO()
    SheetWriter(text).writerows(rows_of(entries))
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def write_xlsx(entries: Sequence[DataMapEntry]) -> bytes:
    """The inventory as a workbook of one sheet; every cell is text, so none is a formula."""
    book = cast(Any, openpyxl).Workbook()
    sheet = book.active
    for at, row in enumerate(rows_of(entries), start=1):
        for column, text in enumerate(row, start=1):
            cell = sheet.cell(at, column)
            cell.value, cell.data_type = text, "s"
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


ENTRIES: Final = EntityType(
    name=NAME,
    raw=EVERYTHING,
    view=DataMapEntry,
    words=Words("データ一覧", "Inventory of data", "データの 一覧（いちらん）"),
    title="title",
    columns=("title", "office", "is_open", "next_release"),
    desk="opendata/inventory",
    labels=dict(COLUMNS),
)
