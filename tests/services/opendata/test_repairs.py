"""The laws of repair: the score never falls, twice is as good as once, no value is lost, each can be taken back."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from importing_hall import source
from test_readability import BROKEN, CLEAN, broken

from kaiteki.main.imports.files import find_sources
from kaiteki.services.opendata.readability.columns import folded
from kaiteki.services.opendata.readability.judging import judge
from kaiteki.services.opendata.readability.reading import read_file
from kaiteki.services.opendata.readability.repairs.mending import REPAIRS, mend
from kaiteki.services.opendata.readability.repairs.places import parts_of
from kaiteki.services.opendata.readability.sheet import Drawn, Sheet
from kaiteki.services.opendata.readability.texts import DITTO, iso_day, spell, western
from kaiteki.services.opendata.standard.table import fold, is_known

OUT_OF_REACH = {"L1-05", "L3-04"}
"""What no program mends: a heading that says nothing, a unit that stands nowhere."""


def sheet_of(lines: list[str]) -> Sheet:
    """The sheet of a CSV of lines."""
    return read_file(source("t.csv", ("\n".join(lines) + "\n").encode()))[0]


def mended(lines: list[str], *accepted: str) -> list[tuple[str, ...]]:
    """The cells of the first table after some repairs, or all."""
    return list(mend([sheet_of(lines)], frozenset(accepted) if accepted else None).sheets[0].cells)


def words_of(text: str, day: bool = True) -> list[str]:
    """What a cell says, however it is written: its words and its figures; a day as ISO 8601 or as it stands."""
    bare = re.sub(r"(?<=\d),(?=\d{3})", "", western((day and iso_day(text)) or spell(text)))
    bare = re.sub(
        r"(k?)m2|平方(キロ)?メ-トル",
        lambda m: f"{m[1] or (m[2] and 'k') or ''}m",
        " ".join(folded(part) for part in bare.split()),
    )
    return re.findall(r"\d+|[^\W\d_]+", bare)


def lost(before: tuple[Sheet, ...], after: tuple[Sheet, ...]) -> list[str]:
    """The cells some word of which stands nowhere afterwards."""
    texts = [cell for sheet in after for row in sheet.cells for cell in row]
    texts += [note for sheet in after for note in sheet.notes]
    left = "\n".join(" ".join(words_of(text)) + "\n" + "".join(words_of(text)) for text in texts)
    cells = [cell for sheet in before for row in sheet.cells for cell in row if cell.strip() not in DITTO]
    as_it_stood = "\n".join(folded(text) for text in texts)
    return [
        cell
        for cell in cells
        if folded(cell) not in as_it_stood
        and not any(all(_stands(word, left) for word in words_of(cell, day)) for day in (True, False))
    ]


def _stands(word: str, left: str) -> bool:
    """Whether a word is left, or both parts of it: 人以上 is 人 in the heading and 以上 in the notes."""
    return any(word[:at] in left and word[at:] in left for at in range(len(word)))


def hold_the_laws(before: tuple[Sheet, ...]) -> tuple[Sheet, ...]:
    """Score, idempotence and loss of a repair of everything, and what came of it."""
    once = mend(before)
    assert judge(once.sheets).score >= judge(before).score
    again = mend(once.sheets)
    assert again.sheets == once.sheets
    assert [step.repair for step in again.steps if not REPAIRS[step.repair].offered] == []
    assert lost(before, once.sheets) == []
    return once.sheets


@pytest.mark.parametrize("rule", BROKEN)
def test_what_breaks_one_rule_is_mended(rule: str) -> None:
    before = (sheet_of(BROKEN[rule]),)
    judged = judge(hold_the_laws(before))
    assert broken(judged) <= (OUT_OF_REACH if rule in OUT_OF_REACH | {"L3-09"} else set())
    assert judged.score >= 93


def test_each_repair_shows_what_stood_there_and_what_stands_there_now() -> None:
    (step,) = mend([sheet_of(["名称,開設", "本町,令和6年4月1日", "港町,2020-03-01"])]).steps
    assert (step.repair, [(c.at, c.before, c.after) for c in step.changes]) == (
        "western",
        [("B2", "令和6年4月1日", "2024-04-01")],
    )


def test_numbers_lose_their_units_to_the_heading_and_their_notes_to_a_column() -> None:
    assert mended(["名称,ごみの量", '本町,"1,200kg"', "港町,30kg※1", "丘町,▲2t"]) == [
        ("名称", "ごみの量（kg）", "ごみの量_注"),
        ("本町", "1200", ""),
        ("港町", "30", "※1"),
        ("丘町", "-2", "t"),
    ]


def test_what_is_said_beside_a_number_goes_into_the_column_of_notes() -> None:
    lines = [
        "名称,備蓄数（個）",
        "本町,約800",
        '港町,"1,500（うち乾パン500）"',
        "丘町,△300",
        "畑町,100以上",
        "森町,1※工事中",
    ]
    assert mended(lines) == [
        ("名称", "備蓄数（個）", "備蓄数（個）_注"),
        ("本町", "800", "約"),
        ("港町", "1500", "(うち乾パン500)"),
        ("丘町", "-300", ""),
        ("畑町", "100", "以上"),
        ("森町", "1", "※工事中"),
    ]


def test_a_note_keeps_a_day_that_does_not_exist_as_it_stood() -> None:
    assert mended(["名称,点検日", "本町,令和6年13月1日", "港町,令和6年4月1日", "丘町,令和5年3月2日"]) == [
        ("名称", "点検日", "点検日_注"),
        ("本町", "", "令和6年13月1日"),
        ("港町", "2024-04-01", ""),
        ("丘町", "2023-03-02", ""),
    ]


def test_a_comma_in_one_name_is_part_of_the_name() -> None:
    one = ["倉庫名,備蓄数", '"港倉庫, 第二",3', "丘倉庫,4", "畑倉庫,5"]
    assert mended(one)[1] == ("港倉庫, 第二", "3")
    lists = ["設備名,備蓄数", '"机,いす",3', '"机,棚",4', "棚,5"]
    assert mended(lists)[0] == ("設備名1", "設備名2", "備蓄数")


def test_a_column_whose_every_number_has_a_remark_is_one_of_text() -> None:
    lines = ["名称,席", "本町,46人（1Fの広場）", "港町,12（外）"]
    assert mended(lines) == [tuple(line.split(",")) for line in lines]


def test_a_merged_title_becomes_one_note_and_is_told_once() -> None:
    before = Sheet(
        (("公園トイレ一覧", "", ""), ("名称", "区", "個数（個）"), ("本町", "北区", "5"), ("港町", "", "6")),
        "xlsx",
        merged=((0, 0, 0, 2), (2, 1, 3, 1)),
    )
    hold_the_laws((before,))
    whole = mend([before])
    (after,) = whole.sheets
    assert (after.notes, after.cells[-1]) == (("公園トイレ一覧",), ("港町", "北区", "6"))
    assert [(one.at, one.before, one.after) for one in whole.steps[0].changes] == [
        ("A1:C1", "公園トイレ一覧", "公園トイレ一覧"),
        ("B4", "", "北区"),
    ]


def test_a_heading_that_states_another_unit_keeps_the_one_of_the_cells() -> None:
    assert mended(["名称,広さ（m2）", "本町,3ha", "港町,4ha"])[1] == ("本町", "3", "ha")


def test_years_go_down_and_headings_of_two_rows_become_one() -> None:
    assert mended(["地区,令和4年,令和5年,令和6年", "本町,5,6,7"]) == [
        ("地区", "年", "値"),
        ("本町", "2022年", "5"),
        ("本町", "2023年", "6"),
        ("本町", "2024年", "7"),
    ]
    assert mended(["地区,人口,,世帯", ",男（人）,女（人）,数（世帯）", "本町,5,6,7"])[0] == (
        "地区",
        "人口_男（人）",
        "人口_女（人）",
        "世帯_数（世帯）",
    )


def test_what_is_not_accepted_is_not_done_and_is_still_shown() -> None:
    lines = ["名称,駐車場", *(f"施設{n},○" for n in range(8)), " 港町,〇"]
    whole = mend([sheet_of(lines)], frozenset({"blanks"}))
    assert [step.repair for step in whole.steps] == ["blanks", "choices"]
    assert whole.sheets[0].cells[-1] == ("港町", "〇")
    assert mend([sheet_of(lines)], frozenset()).sheets[0].cells == sheet_of(lines).cells


def test_a_workbook_becomes_text_with_all_that_was_drawn_and_merged() -> None:
    before = Sheet(
        (("名称", "人数（人）"), ("本町", "5"), ("", "6"), ("港町", "7")),
        "xlsx",
        merged=((1, 0, 2, 0),),
        hidden_rows=(3,),
        drawn=(Drawn("shape", (0, 4), "令和の調べ"), Drawn("picture", (1, 4))),
        marked=(((3, 1), "塗り FFFF0000"),),
        formulas=frozenset({(3, 1)}),
        as_text=frozenset({(2, 1)}),
    )
    hold_the_laws((before,))
    (after,) = mend([before]).sheets
    assert after.cells == (
        ("名称", "人数（人）", "見た目の区別"),
        ("本町", "5", ""),
        ("本町", "6", ""),
        ("港町", "7", "人数（人）：塗り FFFF0000"),
    )
    assert (after.format, after.notes) == ("csv", ("令和の調べ", "（画像：E2）"))
    assert judge([after]).score == 100


def test_positions_and_addresses_are_mended_only_where_somebody_asks() -> None:
    lines = ["名称,住所,緯度,経度", "本町,静岡県焼津市宗高88,138.3,34.8"]
    assert mended(lines) == [tuple(line.split(",")) for line in lines]
    assert mended(lines, "positions")[1][2:] == ("34.8", "138.3")
    assert mended(lines, "addresses")[1][2:6] == ("静岡県", "焼津市", "宗高", "88")


@pytest.mark.parametrize(
    ("address", "parts"),
    [
        ("静岡県焼津市宗高88", ("静岡県", "焼津市", "宗高", "88")),
        ("焼津市中港２丁目5番13号", ("", "焼津市", "中港", "２丁目5番13号")),
        ("三重県四日市市諏訪町1-5", ("三重県", "四日市市", "諏訪町", "1-5")),
        ("千葉県千葉市中央区千葉港1番1号", ("千葉県", "千葉市中央区", "千葉港", "1番1号")),
        ("北海道虻田郡倶知安町北1条東3", ("北海道", "虻田郡倶知安町", "北", "1条東3")),
        ("東京都千代田区霞が関一丁目3", ("東京都", "千代田区", "霞が関", "一丁目3")),
        ("港の北側", None),
    ],
)
def test_addresses_are_parted_or_left_alone(address: str, parts: tuple[str, ...] | None) -> None:
    assert parts_of(address) == parts


CELLS = st.sampled_from(
    [
        "",
        " ",
        "本町",
        "港　町",
        "㈱見本",
        "①番",
        "5",
        "５",
        "1,200",
        "32,500㎡",
        "12人",
        "3※1",
        "約800",
        "2021-13-45",
        "令和6年2月30日",
        "#REF!",
        "#N/A",
        "合計",
        "=1+1",
        "不明です",
        "54-626-1111",
        "1,500（うち5）",
        "100人以上",
        "x",
        "-",
        "〃",
        "○",
        "〇",
        "有",
        "令和6年4月1日",
        "2020/3/1",
        "H2.5.10",
        "その他（染物）",
        "机;椅子",
        "机、椅子、棚",
        "店\n屋",
        "※注",
        "静岡",
        "0",
        "令和5年度",
        "令和5年",
        "2023年",
        "2024",
        "20240230",
        "机;2021-13-45",
        "#N/A;5",
        "12人、約800",
        "▲7",
    ]
)
HEADS = st.sampled_from(
    [
        "名称",
        "人数",
        "面積（㎡）",
        "開設日",
        "駐車場",
        "業種",
        "設備",
        "都道府県名",
        "備考",
        "",
        "2022年",
        "令和5年",
        "2024年",
        "量",
        "名称",
        "電話番号",
        "ID",
        "年度",
        "年月日",
        "設備_注",
    ]
)


@st.composite
def tables(draw: st.DrawFn) -> tuple[Sheet, ...]:
    """Tables of a few columns in which everything may stand anywhere, with a title above or a note below, now and then."""
    width = draw(st.integers(2, 6))
    heads = [draw(HEADS) for _ in range(width)]
    rows = draw(st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1, max_size=8))
    title = [["市の表", *[""] * (width - 1)]] if draw(st.booleans()) else []
    text = io.StringIO()
    csv.writer(text).writerows([*title, heads, *rows])
    return read_file(source("t.csv", text.getvalue().encode()))


@given(tables())
@settings(max_examples=300, deadline=None, derandomize=True)
def test_the_laws_hold_for_tables_in_which_anything_stands(before: tuple[Sheet, ...]) -> None:
    hold_the_laws(before)


@pytest.mark.parametrize(
    "lines",
    [
        # a day that does not exist among numbers is one stray among them, before and after they are bare
        ["業種,量", *["a,32500㎡"] * 3, "b,令和6年2月30日"],
        # the last of the days is still one of an era when the others were none
        ["名称,年度", "本町,H2.5.10", "港町,2021-13-45"],
        # what a list held is looked at as any other value
        ["ID,設備", "1,机;2021-13-45", "2,#N/A;5"],
        # the column behind the first was made of it: nothing was left out
        ["設備,数（個）,名称", "5,1,a", "#N/A,2,b", "机;椅子,3,c", "#N/A,4,d"],
        # an error stands in the place of a number: the column is one of numbers with it and without
        ["名称,量", "本町,5", "港町,#N/A"],
        # a sign for the value above is no text among numbers
        ["業種,量,種,駐車場", "不明です,20240230,〃,〃", ",〃,,不明です"],
        # two ways of writing one choice are one value when days are counted
        ["名称,駐車場", "a,令和6年2月30日", "b,〇", "c,〇", "d,○", "e,○", "f,○"],
        # a year of an era and its Western one are one value when days are counted
        ["名称,年度", "a,令和5年", "b,2023年", "c,令和6年2月30日"],
        # two headings become the same when their years are Western
        ["区,令和5年,2023年", "本町,5,6"],
    ],
)
def test_what_was_found_by_tables_in_which_anything_stands(lines: list[str]) -> None:
    hold_the_laws((sheet_of(lines),))


def test_a_clean_table_stays_as_it_is() -> None:
    before = read_file(source("t.csv", CLEAN.encode()))
    after = mend(before)
    assert (after.sheets[0].cells, after.steps) == (before[0].cells, ())


def test_every_table_of_a_town_is_mended_to_95_and_more(shared_data: Path) -> None:
    files = [one for one in find_sources([shared_data / "yaizu"]) if one.suffix == ".csv"]
    assert len(files) == 63
    for one in files:
        before = read_file(one)
        after = hold_the_laws(before)
        assert judge(after).score >= 95, one.label
        known = {fold(head) for head in before[0].cells[0] if is_known(head)}
        assert known <= {fold(head) for head in after[0].cells[0]}, one.label
