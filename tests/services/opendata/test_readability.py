"""The thirty rules: each is broken by the table that is made for it, and by nothing else; what is clean is said to be so."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from importing_hall import Hall, source
from openpyxl.drawing.image import Image as SheetImage
from openpyxl.styles import PatternFill
from PIL import Image

from kaiteki.kit import views
from kaiteki.main.imports.files import find_sources
from kaiteki.services.opendata.importing import read_tables, slug_of
from kaiteki.services.opendata.readability.judging import Judged, Known, judge
from kaiteki.services.opendata.readability.reading import read_file
from kaiteki.services.opendata.readability.report import Readability, judged_of
from kaiteki.services.opendata.readability.rules import rules
from kaiteki.services.opendata.reading.source import Unreadable

CLEAN = "名称,件数（件）,開設日\n図書館,12,2024-04-01\n公民館,3,2023-05-01\n体育館,0,2022-06-01\n"
BROKEN = {
    "L1-02": ["名称,人数（人）", "本町,5", "港町,6", "", "施設,台数（台）", "図書館,3", "公民館,4"],
    "L1-03": ["名称,,人数（人）", "本町,,5", ",,", "港町,,6"],
    "L1-04": ["名称,人数（人）", "本町,5", "港町,6", "", "※令和の調査による,"],
    "L1-05": ["名称,列2,", "本町,5,あ", "港町,6,い"],
    "L1-06": ["名　称,人数（人）", " 本町,5", "港　町,6"],
    "L1-07": ["名称,設備", "本町,机;椅子", "港町,机、椅子、黒板"],
    "L1-08": ["名称,会社", "本町,㈱見本", "港町,①番館"],
    "L1-14": ["名称,備考", '本町,"店\n屋"', "港町,店"],
    "L1-15": ["名称,人数（人）", "本町,1,200", "港町,6"],
    "L2-01": ["名称,人数", "本町,1200人", '港町,"3,400"', "丘町,12※1", "畑町,▲5"],
    "L2-02": ["地区,名称", "本町,図書館", "〃,公民館"],
    "L2-03": ["名称,人数,人数", "本町,5,6", "港町,6,7"],
    "L2-04": ["名称,駐車場", *(f"施設{n},○" for n in range(8)), "港町,〇"],
    "L2-05": ["名称,業種", "本町,その他（染物）", "港町,小売"],
    "L3-01": ["市の施設の一覧,", "名称,人数（人）", "本町,5"],
    "L3-03": ["名称,人数（人）", "本町,5", "港町,x", "丘町,8"],
    "L3-04": ["名称,ごみの量", "本町,5", "港町,6"],
    "L3-05": ["名称,開設", "本町,令和6年4月1日", "港町,平成2年1月8日"],
    "L3-06": ["都道府県名,名称", "静岡,本町", "静岡県,港町"],
    "L3-09": ["名称,2022年,2023年,2024年", "本町,5,6,7", "港町,6,7,8"],
}
ALSO = {"L1-05": {"L3-04"}, "L3-01": {"L1-04"}}
"""Rules that the same table cannot but break too: nobody knows the unit of numbers without a name; a title stands above and outside."""


def verdict_on(lines: list[str], known: Known | None = None) -> Judged:
    """The verdict on a CSV of lines."""
    return judge(read_file(source("t.csv", ("\n".join(lines) + "\n").encode())), known)


def broken(judged: Judged) -> set[str]:
    """The rules that are broken."""
    return {one.rule for one in judged.verdicts if one.state == "broken"}


def test_the_rules_are_the_thirty_in_their_three_levels() -> None:
    ids = [f"L1-{n:02}" for n in range(1, 16)] + [f"L2-{n:02}" for n in range(1, 7)]
    assert list(rules()) == ids + [f"L3-{n:02}" for n in range(1, 10)]
    assert {rule.level for rule in rules().values()} == {1, 2, 3}
    assert [rule.id for rule in rules().values() if not rule.judged] == ["L1-09", "L3-02"]
    assert all(
        words.ja and words.en and words.easy for rule in rules().values() for words in (rule.words, rule.mend)
    )


def test_a_clean_table_has_all_points() -> None:
    judged = judge(read_file(source("t.csv", CLEAN.encode())))
    assert (judged.score, judged.grade, judged.levels, broken(judged)) == (100, "A", (100, 100, 100), set())
    assert judged.verdict("L1-12").state == "other_form"
    assert judged.verdict("L1-09").state == "people"


@pytest.mark.parametrize("rule", BROKEN)
def test_each_rule_is_broken_by_its_table_and_no_other_is(rule: str) -> None:
    assert broken(verdict_on(BROKEN[rule])) == {rule} | ALSO.get(rule, set())


def test_places_are_named_with_what_stands_there() -> None:
    (found,) = verdict_on(BROKEN["L2-05"]).verdict("L2-05").examples
    assert (found.at, found.what, found.value) == ("B2", "other", "その他（染物）")
    assert [f.at for f in verdict_on(BROKEN["L2-01"]).verdict("L2-01").examples] == ["B2", "B3", "B4", "B5"]


def test_points_are_those_of_the_severity_once_for_each_rule() -> None:
    assert verdict_on(BROKEN["L1-06"]).levels == (90, 100, 100)
    assert verdict_on(BROKEN["L2-04"]).levels == (100, 60, 100)
    assert verdict_on(BROKEN["L3-04"]).levels == (100, 100, 90)
    fatal = verdict_on(BROKEN["L2-01"])
    assert (fatal.levels, fatal.score, fatal.grade) == ((100, 0, 100), 66, "C")


def test_what_is_known_beside_the_file_is_judged_only_when_it_is_known() -> None:
    lines = CLEAN.splitlines()
    before = Known(("名称", "人数", "面積", "備考"), (("source", True), ("licence", False)))
    judged = verdict_on(lines, before)
    assert broken(judged) == {"L3-07", "L3-08"}
    assert [one.value for one in judged.verdict("L3-08").examples] == ["licence"]
    assert verdict_on(lines).verdict("L3-08").state == "people"


def test_headings_over_two_rows_are_two_faults_and_no_data() -> None:
    judged = verdict_on(["地区,人口,,世帯", ",男（人）,女（人）,数（世帯）", "本町,5,6,7", "港町,1,2,3"])
    assert broken(judged) == {"L2-03", "L3-01"}


def workbook(change: Any) -> Judged:
    """The verdict on a workbook with the clean table after a change."""
    book = openpyxl.Workbook()
    sheet: Any = book.active
    for line in CLEAN.splitlines():
        name, count, day = line.split(",")
        sheet.append([name, int(count) if count.isdigit() else count, day])
    change(sheet)
    file = io.BytesIO()
    book.save(file)
    return judge(read_file(source("t.xlsx", file.getvalue())))


def _draw(sheet: Any) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (4, 4)).save(picture, "PNG")
    sheet.add_image(SheetImage(picture), "E2")


def _colour(sheet: Any) -> None:
    sheet["B3"].fill = PatternFill("solid", fgColor="FFFF0000")


def _hide(sheet: Any) -> None:
    sheet.row_dimensions[3].hidden = True
    sheet.column_dimensions["B"].hidden = True


def _merge(sheet: Any) -> None:
    sheet.merge_cells("A3:A4")


def _compute(sheet: Any) -> None:
    sheet["B4"] = "=B2+B3"


def _quote(sheet: Any) -> None:
    sheet["B3"] = "3"


LOOKS = {
    "L1-10": (_draw, ["E2"]),
    "L1-11": (_colour, ["B3"]),
    "L1-12": (_merge, ["A3:A4"]),
    "L1-13": (_hide, ["3", "B"]),
    "L2-01": (_quote, ["B3"]),
    "L2-06": (_compute, ["B4"]),
}


def test_a_clean_workbook_has_all_points() -> None:
    assert broken(workbook(lambda sheet: None)) == set()


@pytest.mark.parametrize("rule", LOOKS)
def test_what_a_reader_of_values_passes_over_is_found_in_a_workbook(rule: str) -> None:
    change, places = LOOKS[rule]
    judged = workbook(change)
    assert broken(judged) == {rule}
    assert [found.at for found in judged.verdict(rule).examples] == places


def test_what_is_no_table_is_refused_and_other_forms_keep_the_first_rule() -> None:
    with pytest.raises(Unreadable):
        read_file(source("plan.pdf", b"%PDF-1.4"))
    assert judge(read_file(source("a.geojson", b"{}"))).levels == (100, None, None)


async def test_an_import_keeps_the_verdict_beside_the_data_set() -> None:
    hall = Hall()
    await hall.bring(source("aed.csv", "NO,名称,住所\n1,㈱見本,本町1\n2,市役所,本町2\n".encode()))
    rows = await hall.store.entities.load(hall.area, [f"urn:ngsi-ld:Readability:{slug(hall)}"])
    (row,) = rows.values()
    kept = views.read(Readability, row.entity())
    # no source and no licence were told
    assert (kept.score, broken(judged_of(kept))) == (93, {"L1-08", "L3-08"})
    assert [found.at for found in kept.examples] == ["B2", "", ""]


def slug(hall: Hall) -> str:
    """The slug of the only table that was brought."""
    one = source("aed.csv", "NO,名称,住所\n".encode())
    return slug_of(one, read_tables(one)[0])


@pytest.mark.shared
def test_every_table_of_a_town_is_judged(shared_data: Path) -> None:
    judged = [judge(read_file(one)) for one in find_sources([shared_data / "yaizu"]) if one.suffix == ".csv"]
    assert len(judged) == 63
    assert sum(1 for one in judged if one.score == 100) >= 25
    assert all(one.verdict("L1-01").state == "kept" for one in judged)
