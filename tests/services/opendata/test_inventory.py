"""The inventory of data: what goes out comes back in the same, in both forms; a file with a fault changes nothing."""

from __future__ import annotations

from typing import Any

import pytest

from kaiteki.model.access import Person
from kaiteki.model.decision import Accepted, Asked, Refused
from kaiteki.model.instant import Instant
from kaiteki.services.opendata.intake.delivery import pack
from kaiteki.services.opendata.intake.inventory import (
    ROWS_MAX,
    DataMapEntry,
    KeepInventory,
    keep_inventory,
    write_csv,
    write_xlsx,
)

TABLE = """データ一覧,,,,,,,,
担当課,データ名,公開,非公開の理由,次の公開予定日,形式,更新頻度,利用条件,連絡先
公園課,公園一覧,○,,令和9年4月1日,CSV,毎年,CC BY 4.0,054-000-0000
税務課,課税台帳,×,個人情報のため,,システム,毎日,,
公園課,遊具の点検,×,=準備中,,Excel,毎月,,
"""
ASKED = Asked("demo", Instant(1), 1, Person("acc"))


def brought(content: bytes, name: str = "map.csv", **more: Any) -> Accepted | Refused:
    """What becomes of a file."""
    state: dict[str, Any] = more.pop("state", {})
    return keep_inventory(state, KeepInventory(name, pack(content), **more), ASKED)


def rows(done: Accepted | Refused) -> list[DataMapEntry]:
    """The rows that are kept."""
    assert isinstance(done, Accepted), done
    return [one for one in done.writes if isinstance(one, DataMapEntry)]


def test_a_file_of_the_town_hall_is_read_by_its_headings() -> None:
    parks, taxes, toys = rows(brought(TABLE.encode("cp932")))
    assert (parks.title, parks.office, parks.is_open, parks.next_release) == (
        "公園一覧",
        "公園課",
        True,
        "2027-04-01",
    )
    assert (taxes.is_open, taxes.reason, toys.reason) == (False, "個人情報のため", "=準備中")


@pytest.mark.parametrize(
    ("word", "is_open"),
    [("公開", True), ("公開中", True), ("非公開", False), ("未公開", False), ("Open", True)],
)
def test_open_or_not_is_told_by_the_words_of_the_column(word: str, is_open: bool) -> None:
    (parks, *_) = rows(brought(TABLE.replace("○,,", f"{word},庁内のみ,", 1).encode()))
    assert parks.is_open is is_open


def test_a_file_that_cannot_be_read_says_why() -> None:
    for content, name, words in ((b"", "a.csv", "空です"), (b"a,b\n", "a.xlsx", "中身は文字の表")):
        done = brought(content, name)
        assert isinstance(done, Refused) and words in done.faults[0].words.ja


@pytest.mark.parametrize(("write", "name"), [(write_csv, "a.csv"), (write_xlsx, "a.xlsx")])
def test_what_goes_out_comes_back_the_same(write: Any, name: str) -> None:
    before = rows(brought(TABLE.encode()))[:2]
    assert rows(brought(write(before), name)) == before


def test_no_cell_that_goes_out_is_a_formula() -> None:
    toys = rows(brought(TABLE.encode()))[2:]
    assert ",=準備中" not in write_csv(toys).decode()
    assert rows(brought(write_xlsx(toys), "a.xlsx")) == toys


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("×,個人情報のため", "×,"), "4行目の「非公開の理由」：公開しないデータには、その理由を"),
        (("○", "たぶん"), "3行目の「公開」「たぶん」：「公開」か「非公開」（○か×"),
        (("令和9年4月1日", "来年"), "3行目の「次の公開予定日」「来年」：日付（2027-04-01"),
        (("公園一覧,○", ",○"), "3行目の「データ名」：データの名前を"),
        (("担当課,データ名", "課,データ名"), "「担当課」の列がありません"),
    ],
)
def test_a_file_with_a_fault_changes_nothing_and_says_where(change: tuple[str, str], words: str) -> None:
    done = brought(TABLE.replace(*change, 1).encode())
    assert isinstance(done, Refused)
    assert words in done.faults[0].words.ja


def test_too_much_and_no_table_are_refused() -> None:
    long = "担当課,データ名,公開\n" + "".join(f"課,表{n},○\n" for n in range(ROWS_MAX + 1))
    for content, name in ((long.encode(), "a.csv"), (b"%PDF", "a.pdf"), (b"", "a.csv"), (b"x", "a.xlsx")):
        assert isinstance(brought(content, name), Refused), name


def test_rows_that_are_not_in_the_whole_go_and_no_others() -> None:
    first, second, third = rows(brought(TABLE.encode()))
    short = "\n".join(TABLE.splitlines()[:4]).encode()
    state = {one.id: one for one in (first, second, third)}
    done = brought(short, state=state, gone=(first.id, third.id, "urn:ngsi-ld:DataSet:x"))
    assert isinstance(done, Accepted) and done.deletes == (third.id,)
    again = brought(short, state=state)
    assert isinstance(again, Accepted) and again.deletes == ()
