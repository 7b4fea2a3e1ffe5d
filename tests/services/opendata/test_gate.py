"""The gate of an import: nothing of a table that may speak of people comes in before somebody says of each column why it may, or leaves it out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from importing_hall import Hall, counts, source

from kaiteki.kit import views
from kaiteki.kit.person_names import SURNAMES
from kaiteki.main.imports.files import find_sources
from kaiteki.main.imports.runner import Options
from kaiteki.model.query import Query
from kaiteki.services.opendata import importing
from kaiteki.services.opendata.intake.clearance import Clearance, decide, issue_of
from kaiteki.services.opendata.intake.privacy import Doubt, Gate
from kaiteki.services.opendata.model import ImportRun
from kaiteki.services.opendata.reading.source import Source, Unreadable

PEOPLE = "申請者氏名,住所,電話番号,生年月日,内容\n見本 太郎,本町1,054-111-2222,1980-01-02,道の穴\n見本 花子,本町2,054-111-3333,1990-03-04,街灯\n"
GIVEN = ("太郎", "花子", "健", "美咲", "一郎", "さくら", "翔太", "恵", "由美子", "ひろし")
WITHOUT = {"生年月日": "-", "電話番号": "-"}
CLEARED = {"申請者氏名": "公表された役員の一覧", "住所": "事務所の住所"}


def people(text: str = PEOPLE) -> Source:
    return source("people.csv", text.encode())


async def kept(hall: Hall) -> list[Any]:
    """Everything that stands in the city."""
    return [row.entity() for row in (await hall.store.entities.find(hall.area, Query(limit=1000))).rows]


async def run_of(hall: Hall) -> ImportRun:
    (one,) = [views.read(ImportRun, one) for one in await kept(hall) if ":ImportRun:" in one.id]
    return one


def told(hall: Hall) -> list[tuple[str, str, str]]:
    """Column, sort and value of what the screen heard of people."""
    return [
        (one.column, one.code.removeprefix("people_"), one.value)
        for _, one in hall.screen.issues
        if one.code.startswith("people_")
    ]


async def test_nothing_of_a_table_of_people_comes_in_and_no_value_is_told() -> None:
    hall = Hall()
    (done,) = await hall.bring(people())
    assert (done.tally, done.fault is not None, await kept(hall)) == (None, True, [])
    lines = "2 行 / lines (2, 3)"
    assert told(hall) == [
        ("申請者氏名", "name", lines),
        ("生年月日", "birth", lines),
        ("住所", "home", lines),
        ("電話番号", "phone", lines),
    ]
    assert not [word for word in ("太郎", "1980", "054-111", "本町") if word in str(hall.screen.issues)]


async def test_what_is_cleared_comes_in_with_its_reason_and_what_is_left_out_does_not() -> None:
    hall = Hall()
    (done,) = await hall.bring(people(), options=Options(columns=WITHOUT, cleared=CLEARED))
    assert counts(done) == (2, 2, 0, 0, 0)
    run = await run_of(hall)
    at = run.cleared[0].at
    assert at > 0
    assert (run.looked, set(run.cleared)) == (
        3,
        {
            Clearance("申請者氏名", "name", 2, CLEARED["申請者氏名"], at=at),
            Clearance("住所", "home", 2, CLEARED["住所"], at=at),
        },
    )
    everything = str(await kept(hall))
    assert "見本 太郎" in everything and "1980-01-02" not in everything and "054-111" not in everything


async def test_what_was_cleared_is_not_asked_again_and_what_is_new_is() -> None:
    hall = Hall()
    await hall.bring(people(), options=Options(columns=WITHOUT, cleared=CLEARED))
    (again,) = await hall.bring(people(), options=Options(columns=WITHOUT))
    assert counts(again) == (2, 0, 0, 2, 0)
    assert {one.reason for one in (await run_of(hall)).cleared} == set(CLEARED.values())
    (new,) = await hall.bring(people(), options=Options(columns={"電話番号": "-"}))
    assert (new.fault is not None, told(hall)) == (True, [("生年月日", "birth", "2 行 / lines (2, 3)")])
    assert "1980-01-02" not in str(await kept(hall))


async def test_a_row_far_down_holds_a_table_back_as_well() -> None:
    hall = Hall()
    rows = "".join(f"{n},施設{n},本町\n" for n in range(20_500))
    one = source("places.csv", f"ID,名称,備考\n{rows}9,店,090-1234-5678\n".encode())
    (done,) = await hall.bring(one)
    assert (done.fault is not None, told(hall)) == (True, [("備考", "mobile", "1 行 / line (20502)")])
    assert await kept(hall) == []


async def test_the_names_beside_a_file_are_looked_at_too() -> None:
    hall = Hall()
    beside = {"attributes.csv": "original_name,display_name\nF1,氏名\n".encode()}
    await hall.bring(source("t.csv", "F1,F2\n見本 太郎,x\n".encode(), beside))
    assert [(column, sort) for column, sort, _ in told(hall)] == [("F1", "name")]


async def test_numbers_under_which_places_want_to_be_called_are_no_personal_data() -> None:
    hall = Hall()
    (shops,) = await hall.bring(source("shops.csv", "名称,電話番号\n港の店,090-1234-5678\n".encode()))
    assert counts(shops)[:2] == (1, 1)
    for text in (
        "氏名,電話番号\n見本 太郎,090-1234-5678\n",
        "番号,電話番号\n1,090-1234-5678\n",
        "名称,個人の携帯\n店,090-1234-5678\n",
        "名前,性別\n見本 太郎,男\n",
    ):
        (done,) = await hall.bring(source("t.csv", text.encode()))
        assert done.fault is not None, text


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("番号,コード\n1,123456789018\n2,１２３４５６７８９０１８\n", [("コード", "my_number")]),
        ("番号,備考\n1,番号は1234-5678-9018です\n", [("備考", "my_number")]),
        (
            "番号,名称,住所,備考\n1,山田太郎,本町1,要介護3\n2,鈴木花子,本町2,\n",
            [("名称", "name"), ("住所", "home")],
        ),
        (
            "番号,名称,管理者,連絡先\n1,第一集会所,山田 太郎,043-222-1234\n2,第二集会所,第二町内会,043-222-1235\n",
            [("管理者", "name"), ("連絡先", "phone")],
        ),
        ("名称,備考\n港の店,連絡先は山田太郎 090-1234-5678 まで\n", [("備考", "mobile")]),
        ("番号,備考\n1,夜は090-1234-5678へ\n", [("備考", "mobile")]),
        ("個人番号\n1234 5678 9018\n", [("個人番号", "my_number")]),
        ("番号,備考\n1,０８０−１１１１−２２２２\n2,+81 90 1234 5678\n", [("備考", "mobile")]),
        ("お名前,おところ\n見本 次郎,本町1\n", [("お名前", "name"), ("おところ", "home")]),
        ("番号,名称,人数\n1,10代,2\n2,20代,1\n3,30代,55\n", [("人数", "small")]),
        ("名称,備考\n港の店,予約は090-1234-5678へ\n", []),
        ("名称,長さ\n小川第四,12.123456789018\n石川町,1.5\n大島新田,2\n小林建設,3\n小泉タクシー,4\n", []),
    ],
)
async def test_people_show_themselves_whatever_their_columns_are_called(
    text: str, held: list[tuple[str, str]]
) -> None:
    hall = Hall()
    (done,) = await hall.bring(source("t.csv", text.encode()))
    assert ([(column, sort) for column, sort, _ in told(hall)], done.fault is not None) == (held, bool(held))


@given(
    st.lists(st.tuples(st.sampled_from(sorted(SURNAMES)), st.sampled_from(GIVEN)), min_size=1, max_size=9),
    st.sampled_from(("", " ", "\u3000")),
    st.sampled_from(("", "様", "さん")),
)
def test_a_column_in_which_every_fifth_cell_is_a_person_is_one_of_names(
    people: list[tuple[str, str]], apart: str, title: str
) -> None:
    gate = Gate({0: "項目1"})
    cells = [surname + apart + given_name + title for surname, given_name in people]
    for line, cell in enumerate([*cells, *(["本町"] * (4 * len(cells)))], start=2):
        gate.see(line, [(0, cell)])
    assert [(doubt.sort, doubt.count) for doubt in gate.doubts()] == [("name", len(cells))]


def test_a_reason_is_for_its_column_and_what_was_cleared_before_for_its_sort() -> None:
    doubts = (Doubt("name", "氏名", 20, tuple(range(10))), Doubt("home", "住所", 1, (2,)))
    assert [one.column for one in decide(2, doubts, {"氏名": "公表"}, ()).held] == ["住所"]
    before = (Clearance("住所", "home", 1, "事務所"), Clearance("氏名", "birth", 1, "別"))
    assert [one.column for one in decide(2, doubts, {}, before).held] == ["氏名"]
    assert decide(2, doubts, {}, (), "役員の一覧").held == ()
    assert issue_of(doubts[0]).value == "20 行 / lines (0, 1, 2, 3, 4, 5, 6, 7, 8, 9…)"


def test_no_table_of_a_real_town_is_held_back(shared_data: Path) -> None:
    looked, tables = 0, 0
    for one in find_sources([shared_data / "yaizu"]):
        try:
            read = importing.read_tables(one)
        except Unreadable:
            continue
        for table in read:
            guessed = importing.guess_table(one, table, "", None)
            gate = importing.gate_of(table, guessed)
            importing.survey(table, guessed, lambda rows: None, gate)
            assert gate.doubts() == (), one.label
            looked, tables = looked + gate.looked, tables + 1
    print(f"{looked} columns of {tables} tables")
    assert tables >= 147 and looked > 2_000
