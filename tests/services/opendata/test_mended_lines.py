"""Whatever repairs a file gets, each of its rows leads to the line of the original: rows that move, go, are parted or stand there once a year."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

import msgspec
import openpyxl
import pytest
from delivered import after, asked, keep, one_of, send_on
from hypothesis import given
from hypothesis import strategies as st
from importing_hall import Hall, ask_of, source
from places_files import PARKS as PLACES
from test_lineage import all_of, document

from kaiteki.kit.pages import Shown
from kaiteki.model.decision import Accepted, Refused
from kaiteki.services.opendata.intake.bringing import BringIn, bring_in
from kaiteki.services.opendata.intake.delivery import (
    AcceptRepairs,
    Delivery,
    TakeFile,
    accept_repairs,
    pack,
    take_file,
)
from kaiteki.services.opendata.intake.written import lines_of_table, write_exactly
from kaiteki.services.opendata.lineage.model import SourceFile
from kaiteki.services.opendata.lineage.pages import show_lineage
from kaiteki.services.opendata.model import DataSet
from kaiteki.services.opendata.readability import reading
from kaiteki.services.opendata.readability.reading import read_file
from kaiteki.services.opendata.readability.repairs.mending import REPAIRS, mend
from kaiteki.services.opendata.reading.text import read_text
from kaiteki.services.opendata.standard.table import is_known

ALL = tuple(name for name, one in REPAIRS.items() if not one.offered)
NOTE = "※ 面積は概数です"
HEAD = ["名称", "面積（㎡）", "設備", "2023年", "2024年", "備考"]
CELLS = st.sampled_from(
    ["", "1,200㎡", "900㎡（約）", "３５０", "トイレ・遊具", "－", "あ\nい", "令和5年4月1日", "東京"]
)
BODY = st.lists(
    st.one_of(st.lists(CELLS, min_size=5, max_size=5), st.just([]), st.just([""] * 6)), min_size=3, max_size=9
)


class Sown(msgspec.Struct, frozen=True):
    """A table in which every record bears a mark of its own, as text; on which line each begins; those with more than the mark in them."""

    text: str
    lines: dict[str, int]
    records: set[str]


def sow(above: Sequence[list[str]], body: Sequence[list[str]], below: Sequence[list[str]]) -> Sown:
    """A file of rows above the headings, records (a mark before their cells), and rows below."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    lines, records = dict[str, int](), set[str]()
    for row in above:
        writer.writerow(row)
    writer.writerow(HEAD)
    for number, row in enumerate(body):
        line = out.getvalue().count("\n") + 1
        if len(row) == 5:
            mark = f"点{number:03}"
            lines[mark] = line
            records |= {mark} if any(row) else set()
            writer.writerow([mark, *row])
        else:
            writer.writerow(row)
    for row in below:
        writer.writerow(row)
    return Sown(out.getvalue(), lines, records)


@given(
    st.lists(st.sampled_from([["公園の一覧"], [""], ["作成：公園課", "", "2026年"]]), max_size=3),
    BODY,
    st.lists(st.sampled_from([[""], [NOTE]]), max_size=2),
    st.frozensets(st.sampled_from(list(REPAIRS))),
)
def test_every_row_of_a_mended_table_leads_to_the_line_where_its_record_began(
    above: list[list[str]], body: list[list[str]], below: list[list[str]], accepted: frozenset[str]
) -> None:
    sown = sow(above, body, below)
    sheets = read_file(source("t.csv", sown.text.encode()))
    for chosen in (accepted, None):
        whole = mend(sheets, chosen)
        met: set[str] = set()
        for sheet in whole.sheets:
            assert len(sheet.lines) == len(sheet.cells)
            told = dict(lines_of_table(sheet))
            rows = _rows_of(write_exactly(sheet))
            assert list(told) == [begin for begin, _ in rows]
            for (begin, cells), line in zip(rows, sheet.lines, strict=True):
                assert told[begin] == line
                marks = [cell for cell in cells if cell in sown.lines]
                assert all(sown.lines[mark] == line for mark in marks)
                met.update(marks)
        # (a row of which one cell is filled may be a note, and goes to the notes)
        assert sown.records <= met


def _rows_of(content: bytes) -> list[tuple[int, list[str]]]:
    """The rows of a CSV, each with the line on which it begins."""
    reader = csv.reader(io.StringIO(content.decode(), newline=""))
    found: list[tuple[int, list[str]]] = []
    begin = 1
    for row in reader:
        found.append((begin, row))
        begin = reader.line_num + 1
    return found


def test_years_and_tables_below_each_other_keep_their_lines() -> None:
    years = "地区,2023年,2024年,2025年\n港区,1,2,3\n丘区,4,5,6\n"
    (sheet,) = mend(read_file(source("t.csv", years.encode())), frozenset({"years"})).sheets
    assert (sheet.cells[0][-1], sheet.lines) == ("値", (1, 2, 2, 2, 3, 3, 3))
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = "一覧"
    for row in (
        ["公園の一覧"],
        [],
        ["名称", "面積"],
        ["港公園", 10],
        ["丘公園", 20],
        [],
        ["名称", "定員"],
        ["会館", 30],
        ["公民館", 40],
    ):
        page.append(row)
    page.merge_cells("A1:B1")
    kept = io.BytesIO()
    book.save(kept)
    whole = mend(read_file(source("t.xlsx", kept.getvalue())))
    assert [(one.of or one.name, one.lines) for one in whole.sheets] == [
        ("一覧", (3, 4, 5)),
        ("一覧", (7, 8, 9)),
    ]


async def brought(hall: Hall, name: str, content: bytes, accepted: Sequence[str] = ALL) -> DataSet:
    """The data set of a delivered file with its repairs."""
    done = take_file({}, TakeFile(name, pack(content)), asked())
    assert isinstance(done, Accepted)
    (one,) = done.writes
    assert isinstance(one, Delivery)
    one = after(
        bring_in,
        after(accept_repairs, one, AcceptRepairs("x", tuple(accepted))),
        BringIn("x", "見本市", "CC-BY-4.0"),
    )
    await (await keep(hall, one)).run_due()
    told = await one_of(hall, Delivery, one.id)
    assert told.state == "in", told.fault
    found = await one_of(hall, DataSet, told.data_set)
    assert isinstance(found, DataSet)
    return found


PARKS = '公園の一覧\n\nID,公園名,所在地,緯度,経度,面積（㎡）\n1,港公園,"港区\n1",35.35,141.02,"32,500㎡"\n\n2,丘　公　園,丘区2,35.37,141.06,900㎡\n※ 概数\n'


async def test_a_record_of_a_mended_delivery_leads_to_its_line_in_the_original_and_back() -> None:
    hall = Hall()
    found = await brought(hall, "parks.csv", PARKS.encode())
    (file,) = await all_of(hall, SourceFile)
    assert (file.unit, file.read, bool(file.repairs)) == ("line", 2, True)
    slug = found.id.rpartition(":")[2]
    for number, line in ((1, 4), (2, 7)):
        record = f"urn:ngsi-ld:Park:{slug}:{number}"
        page = await show_lineage(ask_of(hall, {"id": found.id}, {"record": record}))
        assert isinstance(page, Shown) and f"の{line}行目から" in page.values["result"]["text"]
        back = await show_lineage(ask_of(hall, {"id": found.id}, {"line": str(line)}))
        assert isinstance(back, Shown) and back.values["lines"][0][1]["href"].endswith(f":{number}")
        told = {one["@id"]: one for one in (await document(hall, record=record))["@graph"]}
        assert told[told[record]["wasDerivedFrom"]]["position"] == str(line)
    none = await show_lineage(ask_of(hall, {"id": found.id}, {"line": "1"}))
    assert isinstance(none, Shown) and not none.values["result"]["found"]


async def test_a_record_of_a_mended_workbook_leads_to_its_sheet_and_row() -> None:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = "公園"
    for row in (["公園の一覧"], [], ["公園名", "緯度", "経度"], *([name, y, x] for name, x, y in PLACES)):
        page.append(row)
    page.merge_cells("A1:C1")
    kept = io.BytesIO()
    book.save(kept)
    hall = Hall()
    found = await brought(hall, "parks.xlsx", kept.getvalue())
    (file,) = await all_of(hall, SourceFile)
    assert (file.unit, file.part, file.kept) == ("row", "公園", 3)
    shown = await show_lineage(ask_of(hall, {"id": found.id}))
    assert isinstance(shown, Shown) and [row[0] for row in shown.values["lines"]] == [
        "4行目",
        "5行目",
        "6行目",
    ]


async def test_a_table_that_is_too_long_to_be_mended_comes_in_whole_as_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = "".join(f"{n},公園{n},区{n},35.{n},141.{n}\n" for n in range(10, 40))
    content = ("ID,公園名,所在地,緯度,経度\n" + rows).encode()
    monkeypatch.setattr(reading, "HELD_MAX", 20)
    hall = Hall()
    found = await brought(hall, "parks.csv", content, ())
    (file,) = await all_of(hall, SourceFile)
    assert (found.records, file.unit, file.digest) == (30, "line", file.files[0].digest)
    done = take_file({}, TakeFile("parks.csv", pack(content)), asked())
    assert isinstance(done, Accepted)
    (one,) = done.writes
    assert isinstance(one, Delivery)
    chosen = after(accept_repairs, one, AcceptRepairs("x", ("blanks",)))
    assert isinstance(
        bring_in({chosen.id: chosen}, BringIn(chosen.id, "見本市", "CC-BY-4.0"), asked()), Refused
    )
    # people far below the first rows hold it back all the same
    far = ("申請者氏名,内容\n" + ",あ\n" * 40 + "見本 太郎,い\n").encode()
    done = take_file({}, TakeFile("far.csv", pack(far)), asked())
    assert isinstance(done, Accepted)
    (one,) = done.writes
    assert isinstance(one, Delivery)
    sent = after(bring_in, one, BringIn("x", "見本市", "CC-BY-4.0"))
    intake = await keep(hall, sent)
    await intake.run_due()
    held = await one_of(hall, Delivery, sent.id)
    assert (sent.state, held.state, [doubt.column for doubt in held.doubts]) == (
        "asked",
        "held",
        ["申請者氏名"],
    )
    await (await keep(hall, send_on(held))).run_due()
    assert (await one_of(hall, Delivery, sent.id)).state == "in"


def test_the_lines_of_a_file_are_those_that_an_import_counts() -> None:
    one = source("t.csv", PARKS.encode())
    (sheet,) = read_file(one)
    (table,) = read_text(one, is_known)
    assert [row.line for row in table.rows()] == [4, 7, 8]
    assert [line for line, cells in zip(sheet.lines, sheet.cells, strict=True) if "公" in cells[1]] == [
        3,
        4,
        7,
    ]
