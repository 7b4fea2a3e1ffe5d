"""The cells that a repair tells of are those of the file that somebody delivered, whatever the repairs before it moved."""

from __future__ import annotations

from kaiteki.services.opendata.readability.repairs.mending import REPAIRS, mend
from kaiteki.services.opendata.readability.sheet import Sheet

FILE = (
    ("防災倉庫一覧", "", "", ""),
    ("", "", "", ""),
    ("倉庫名", "設備", "点検日", "備蓄数"),
    ("港倉庫", "水;毛布", "2024-04-01", "20"),
    ("丘倉庫", "水;缶", "令和6年13月1日", "30"),
    ("畑倉庫", "毛布;缶", "2024-05-01", "調査中"),
    ("森倉庫", "水;毛布", "2024-06-01", "40個"),
    ("川倉庫", "水", "令和6年7月1日", "50"),
    ("浜倉庫", "水", "2024-08-01", "60"),
)
"""A title, a blank row and a column of lists: three repairs move what the later ones tell of."""


def told(*sheets: Sheet) -> dict[str, dict[str, str]]:
    """Repair -> place -> what stood there, when everything is accepted."""
    steps = mend(sheets, frozenset(REPAIRS)).steps
    return {step.repair: {one.at: one.before for one in step.changes} for step in steps}


def test_a_change_is_named_by_the_cell_of_the_file() -> None:
    found = told(Sheet(FILE))
    assert {"lists", "days", "strays", "western", "numbers"} <= found.keys()
    assert found["days"] == {"C5": "令和6年13月1日"}
    assert found["strays"] == {"D6": "調査中"}
    assert found["western"] == {"C8": "令和6年7月1日"}
    assert "D7" in found["numbers"]


def test_every_cell_that_is_named_holds_in_the_file_what_is_told_of_it() -> None:
    for changes in told(Sheet(FILE)).values():
        for at, before in changes.items():
            row = int(at.lstrip("ABCD")) - 1
            cells = FILE[row] if at[0].isdigit() else (FILE[row]["ABCD".index(at[0])],)
            assert " ".join(cell for cell in cells if cell) == before or before in cells, at


def test_a_workbook_names_its_sheets_and_a_text_file_its_one_none() -> None:
    one = Sheet((("名称", "開設"), ("本町", "令和6年4月1日"), ("港町", "2020-03-01")), name="施設")
    two = Sheet((("名称", "開設"), ("丘町", "2020-03-01"), ("畑町", "令和5年4月1日")), name="公園")
    assert told(one, two)["western"] == {"施設!B2": "令和6年4月1日", "公園!B3": "令和5年4月1日"}
    # two tables of one sheet stand in that sheet
    (lower,) = (told(Sheet((*one.cells, ("", ""), ("", ""), *two.cells)))["western"],)
    assert lower == {"B2": "令和6年4月1日", "B8": "令和5年4月1日"}


def test_what_stands_in_a_column_that_a_repair_added_is_named_by_its_heading() -> None:
    rows = (("地区", "令和4年", "令和5年", "令和6年"), ("本町", "5", "7個", "6"), ("港町", "6", "8", "9"))
    steps = {step.repair: [one.at for one in step.changes] for step in mend([Sheet(rows)]).steps}
    assert steps["years"] == ["B1", "C1", "D1"]
    assert "値 2" in steps["numbers"]
