"""What is noticed in the contents of a table: each kind by the table that is made for it, and nothing in a clean one; repairs undo it."""

from __future__ import annotations

from pathlib import Path

import pytest
from importing_hall import Hall, source

from kaiteki.kit import views
from kaiteki.main.imports.files import find_sources
from kaiteki.services.opendata.importing import read_tables, slug_of
from kaiteki.services.opendata.readability.contents.kinds import KINDS
from kaiteki.services.opendata.readability.contents.notices import notice
from kaiteki.services.opendata.readability.judging import judge
from kaiteki.services.opendata.readability.reading import read_file
from kaiteki.services.opendata.readability.repairs.mending import REPAIRS, mend
from kaiteki.services.opendata.readability.report import (
    READABILITY,
    KeptNotice,
    Readability,
    judged_of,
)
from kaiteki.services.opendata.readability.sheet import Sheet

STORES = (
    "番号,名称,所在地,緯度,経度,設置年月日,面積（m2）,備蓄数（個）\n"
    '1,本町倉庫,本町1,35.6073,140.1063,2020-04-01,12,"1,200"\n'
    "2,港倉庫,港町1,35.6074,140.1064,2021-13-45,15,約800\n"
    '3,丘倉庫,丘町1,35.6075,140.1065,2020-04-02,16,"1,500（うち乾パン500）"\n'
    "４,川倉庫,川町1,３５．６０７３,140.1066,2020-04-03,10,900\n"
    "5,森倉庫,森町1,35.6077,140.1067,2020-04-04,11,△300\n"
    "５,浜倉庫,浜町1,140.1068,35.6078,2020-04-05,14,-\n"
    "7,谷倉庫,谷町1,35.6079,140.1069,2020-04-06,15,=1+1\n"
    "8,,橋町1,0,0,2020-04-07,16,10\n"
    '合計,,,,,,109,"5,000"\n'
)
"""A list of stores of a town with a plain fault in nearly each row."""
CASES = {
    "error": ("名称,人数（人）\n本町,5\n港町,#REF!\n丘町,7\n森町,8\n", {"B3": "#REF!"}),
    "cut_off": ("名称,開設日\n本町,2020-04-01\n港町,########\n", {"B3": "########"}),
    "formula": ("名称,内訳\n本町,甲\n港町,=SUM(A1:A3)\n", {"B3": "=SUM(A1:A3)"}),
    "no_such_day": ("名称,開設日\n本町,2020-02-30\n港町,令和6年4月31日\n丘町,2020-02-29\n", {"B2": "2020-02-30", "B3": "令和6年4月31日"}),
    "not_a_day": ("名称,開設日\n本町,2020-04-01\n港町,2020-04-02\n丘町,2020-04-03\n森町,近日\n", {"B5": "近日"}),
    "text_in_numbers": ("名称,人数（人）\n本町,5\n港町,調査中\n丘町,7\n森町,8\n", {"B3": "調査中"}),
    "number_in_text": ("名称,駐車場\n" + "".join(f"施設{n},{'有無'[n % 2]}\n" for n in range(12)) + "公園,1\n", {"B14": "1"}),
    "mixed": ("名称,台数\n" + "".join(f"施設{n},{n + 5 if n % 2 else '多数'}\n" for n in range(12)), {"B": "台数（6 / 12）"}),
    "full_width": ("名称,電話番号\n本町,０５４－６２６\n港町,054-626-1111\n", {"B2": "０５４－６２６"}),
    "lost_zero": (
        "市区町村コード,名称,電話番号,郵便番号\n11002,本町,11-222-3333,600001\n011002,港町,011-222-3333,0600001\n",
        {"A2": "11002", "C2": "11-222-3333", "D2": "600001"},
    ),
    "outside_japan": ("名称,緯度,経度\n本町,0,0\n", {"B2": "0, 0"}),
    "swapped": ("名称,緯度,経度\n本町,139.7,35.6\n", {"B2": "139.7, 35.6"}),
    "no_position": ("名称,緯度,経度\n本町,北の方,139.7\n", {"B2": "北の方"}),
    "total": ("地区,世帯数\n本町,5\n港町,7\n合　計,12\n", {"A4": "合 計"}),
    "key_twice": ("ID,名称\n1,本町\n2,港町\n3,丘町\n4,川町\n4,森町\n", {"A6": "4（A5）"}),
    "nameless": ("名称,区,世帯数\n本町,北,5\n港町,北,7\n丘町,南,7\n川町,南,7\n,東,9\n", {"A6": "東"}),
}  # fmt: skip
CLEAN = (
    "ID,名称,区分,開設日,終了予定,世帯数,電話番号,緯度,経度,備考\n"
    "A-1,時計台,設計,2024-02-29,,12,054-626-1111,34.86,138.3,=LOVE の公演\n"
    "A-2,109,会計,2023-04-01,未定,7,0120-456-789,34.87,138.31,#1 の店\n"
    "A-3,本町会計課,統計,2022-04-01,,0,110,34.88,138.32,１階\n"
)


def sheet_of(text: str) -> Sheet:
    """The sheet of a CSV."""
    return read_file(source("t.csv", text.encode()))[0]


def noticed(text: str) -> dict[str, dict[str, str]]:
    """Kind -> the places with what stands there."""
    return {one.kind: {found.at: found.value for found in one.examples} for one in notice([sheet_of(text)])}


@pytest.mark.parametrize("kind", CASES)
def test_each_kind_is_noticed_in_its_table_and_in_it_nothing_else(kind: str) -> None:
    text, places = CASES[kind]
    assert noticed(text) == {kind: places}


def test_every_kind_has_a_table_words_in_three_languages_and_a_repair_that_there_is() -> None:
    assert CASES.keys() == KINDS.keys()
    for kind in KINDS.values():
        assert all(words.ja and words.en and words.easy for words in (kind.words, kind.mend))
        assert not kind.repair or kind.repair in REPAIRS


def test_in_a_clean_table_nothing_is_noticed() -> None:
    assert noticed(CLEAN) == {}


def test_every_fault_of_a_list_of_stores_is_told_with_its_place() -> None:
    assert noticed(STORES) == {
        "formula": {"H8": "=1+1"},
        "no_such_day": {"F3": "2021-13-45"},
        "text_in_numbers": {"H8": "=1+1"},
        "full_width": {"A5": "４", "A7": "５", "D5": "３５．６０７３"},
        "outside_japan": {"D9": "0, 0"},
        "swapped": {"D7": "140.1068, 35.6078"},
        "total": {"A10": "合計"},
        "key_twice": {"A7": "５（A6）"},
        "nameless": {"B9": "8"},
    }


@pytest.mark.parametrize("rows", ["5,ベンチ5号\n5,ベンチ6号\n", "5,甲\n6,乙\n5,丙\n"])
def test_a_key_that_stands_twice_is_told_however_short_the_table_is(rows: str) -> None:
    assert "key_twice" in noticed(f"ID,名称\n{rows}")


def test_the_points_are_those_of_the_thirty_rules_alone() -> None:
    text = CASES["total"][0].replace("\u3000", "")
    assert (judge([sheet_of(text)]).score, noticed(text).keys()) == (100, {"total"})


def test_repairs_take_out_what_is_safe_to_take_out_and_keep_what_stood_there() -> None:
    chosen = frozenset(name for name in REPAIRS if name != "addresses")
    (after,) = mend([sheet_of(STORES)], chosen).sheets
    assert after.cells[0][5:9] == ("設置年月日", "設置年月日_注", "面積（m2）", "備蓄数（個）")
    assert after.cells[2][5:7] == ("", "2021-13-45")
    assert [row[8:11] for row in after.cells[1:9]] == [
        ("1200", "", ""),
        ("800", "", "約"),
        ("1500", "", "(うち乾パン500)"),
        ("900", "", ""),
        ("-300", "", ""),
        ("", "-", ""),
        ("", "", "=1+1"),
        ("10", "", ""),
    ]
    assert len(after.cells) == 9
    assert {one.kind for one in notice([after])} == {"outside_japan", "key_twice", "nameless"}


def test_what_takes_rows_or_words_away_is_done_only_where_somebody_asks() -> None:
    after = mend([sheet_of(STORES)]).sheets[0]
    assert after.cells[-1][0] == "合計"
    assert {one.kind for one in notice([after])} >= {"total", "text_in_numbers", "swapped"}


def test_zeros_come_back_and_digits_become_half_width() -> None:
    text, _ = CASES["lost_zero"]
    assert mend([sheet_of(text)]).sheets[0].cells[1] == ("011002", "本町", "011-222-3333", "0600001")
    text, _ = CASES["full_width"]
    assert mend([sheet_of(text)]).sheets[0].cells[1][1] == "054-626"


async def test_an_import_keeps_how_often_and_for_staff_where() -> None:
    hall = Hall()
    file = source("倉庫.csv", STORES.encode())
    await hall.bring(file)
    (row,) = (
        await hall.store.entities.load(
            hall.area, [f"urn:ngsi-ld:Readability:{slug_of(file, read_tables(file)[0])}"]
        )
    ).values()
    kept = views.read(Readability, row.entity())
    assert KeptNotice("total", 1) in kept.noticed and KeptNotice("full_width", 3) in kept.noticed
    assert judged_of(kept).noticed == notice([sheet_of(STORES)])
    assert "noticed" in READABILITY.public and "examples" not in READABILITY.public


def test_in_the_tables_of_a_town_little_is_noticed_and_what_is_stands_there(shared_data: Path) -> None:
    found = [
        one
        for file in find_sources([shared_data / "yaizu"])
        if file.suffix == ".csv"
        for one in notice(read_file(file))
    ]
    counts: dict[str, int] = {}
    for one in found:
        counts[one.kind] = counts.get(one.kind, 0) + one.count
    # looked at by hand, one by one: each is what it is said to be
    assert counts == {"text_in_numbers": 72, "full_width": 4, "error": 1, "key_twice": 1}
