"""Deliveries: what staff decide about a file, what holds it back, and what becomes of it in the town."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Any

import msgspec
import pytest
from delivered import WHY, after, asked, clearing, keep, one_of, send_on
from hypothesis import given
from hypothesis import strategies as st
from importing_hall import Hall, source

from kaiteki.kit import views
from kaiteki.kit.views import expand_name
from kaiteki.main.imports.targets import LocalTarget
from kaiteki.model.access import Person
from kaiteki.model.decision import Accepted, Refused
from kaiteki.model.query import Query, TypeIs
from kaiteki.services.opendata.intake.bringing import BringIn, bring_in
from kaiteki.services.opendata.intake.clearing import Clear, clear
from kaiteki.services.opendata.intake.delivery import (
    BYTES_MAX,
    AcceptRepairs,
    Delivery,
    Discard,
    TakeFile,
    accept_repairs,
    discard,
    pack,
    take_file,
    unpack,
)
from kaiteki.services.opendata.intake.privacy import Doubt, doubts_of, is_my_number
from kaiteki.services.opendata.intake.written import write_exactly, write_table
from kaiteki.services.opendata.model import DataSet, ImportRun, record_view
from kaiteki.services.opendata.readability.reading import read_file
from kaiteki.services.opendata.readability.repairs.mending import REPAIRS
from kaiteki.services.opendata.readability.sheet import Sheet
from kaiteki.services.opendata.reading.text import read_text
from kaiteki.services.opendata.settings import Settings

PARKS = '公園の一覧\nID,公園名,所在地,緯度,経度,面積（㎡）\n1,港公園,港区1,35.35,141.02,"32,500㎡"\n2,丘　公　園,丘区2,35.37,141.06,900㎡\n'
COMPOUND = bytes.fromhex("D0CF11E0A1B11AE1") + bytes(512)
PEOPLE = "申請者氏名,住所,生年月日\n見本 太郎,本町1,1980-01-02\n見本 花子,本町2,1990-03-04\n"
ALL = tuple(name for name, one in REPAIRS.items() if not one.offered)


def taken(text: str, name: str = "parks.csv") -> Delivery:
    """A file that was taken in."""
    done = take_file({}, TakeFile(name, pack(text.encode())), asked())
    assert isinstance(done, Accepted)
    (one,) = done.writes
    assert isinstance(one, Delivery)
    return one


def test_a_file_is_kept_byte_for_byte_and_only_where_it_is_a_table() -> None:
    one = taken(PARKS)
    assert (unpack(one.content), one.state, one.size_bytes) == (PARKS.encode(), "open", len(PARKS.encode()))
    for name, content in (
        ("plan.pdf", pack(b"%PDF")),
        ("t.csv", "no base64 !"),
        ("t.csv", pack(b"")),
        ("t.csv", pack(b"a,b\n" * (BYTES_MAX // 4 + 1))),
        ("t.xlsx", pack(b"no workbook")),
    ):
        assert isinstance(take_file({}, TakeFile(name, content), asked()), Refused), name


def _zip_with(name: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, "x")
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("t.csv", b"", "空です"),
        ("t.csv", b"\xef\xbb\xbf\r\n", "空です"),
        ("t.csv", _zip_with("xl/workbook.xml"), "中身は Excel です"),
        ("t.csv", _zip_with("a.csv"), "中身は ZIP です"),
        ("t.xlsx", _zip_with("xl/workbook.xml"), "壊れていて"),
        ("t.xlsx", "名称,数\n本町,5\n".encode("cp932"), "中身は文字の表です"),
        ("t.xlsx", COMPOUND + "EncryptedPackage".encode("utf-16-le"), "パスワード"),
        ("t.xlsx", COMPOUND, "古い形"),
        ("t.csv", b"%PDF-1.7", "PDF"),
        ("t.csv", "ID,名称\n".encode(), "データの行がありません"),
        ("t.csv", b"a,b\n" * (BYTES_MAX // 4 + 1), "大きすぎます（5MBまで）"),
    ],
)
def test_a_refusal_says_why_and_what_to_do(name: str, content: bytes, words: str) -> None:
    done = take_file({}, TakeFile(name, pack(content)), asked())
    assert isinstance(done, Refused)
    (fault,) = done.faults
    assert words in fault.words.ja and fault.words.en and fault.words.easy


def test_repairs_are_accepted_and_taken_back_and_unknown_ones_are_none() -> None:
    one = after(accept_repairs, taken(PARKS), AcceptRepairs("x", ("numbers", "notes", "nothing")))
    assert one.accepted == ("notes", "numbers")
    assert after(accept_repairs, one, AcceptRepairs("x", ("notes",))).accepted == ("notes",)
    assert after(accept_repairs, one, AcceptRepairs("x")).accepted == ()


def test_people_hold_a_file_back_until_somebody_says_why_it_may_be_published() -> None:
    one = after(bring_in, taken(PEOPLE), BringIn("x", "見本市", "CC BY 4.0"))
    assert (one.state, {doubt.sort for doubt in one.doubts}) == ("held", {"name", "birth", "home"})
    assert "太郎" not in str(one.doubts)
    assert isinstance(bring_in({one.id: one}, BringIn(one.id, "見本市", "CC-BY-4.0"), asked()), Refused)
    cleared = after(clear, one, clearing(one))
    # what becomes public is shown once more; then it goes on its way, and nothing is asked again
    assert (cleared.state, cleared.reason, cleared.decided_by) == ("open", WHY, "acc-desk")
    assert after(bring_in, cleared, BringIn("x", "見本市", "CC BY 4.0")).state == "asked"
    # what is mended differently is looked at anew
    assert after(accept_repairs, one, AcceptRepairs("x", ("blanks",))).state == "open"
    gone = after(discard, one, Discard("x"))
    assert (gone.state, gone.content) == ("discarded", "")


def test_each_doubt_is_decided_by_itself_and_individual_numbers_are_only_left_out() -> None:
    one = after(
        bring_in, taken("番号,氏名,個人番号\n1,見本 太郎,123456789018\n"), BringIn("x", "見本市", "CC-BY-4.0")
    )
    sorts = [doubt.sort for doubt in one.doubts]
    assert sorted(sorts) == ["my_number", "name"]

    def decided(**said: tuple[str, str]) -> Any:
        chosen = [said.get(sort, ("", "")) for sort in sorts]
        form = Clear(one.id, tuple(each[0] for each in chosen), tuple(each[1] for each in chosen))
        return clear({one.id: one}, form, asked())

    for wrong in (
        {},
        {"name": ("clear", WHY)},
        {"name": ("clear", "a"), "my_number": ("leave_out", "")},
        {"name": ("clear", WHY), "my_number": ("clear", WHY)},
    ):
        assert isinstance(decided(**wrong), Refused), wrong
    done = decided(name=("clear", WHY), my_number=("leave_out", ""))
    assert isinstance(done, Accepted)
    (settled,) = done.writes
    assert isinstance(settled, Delivery)
    assert (settled.state, settled.without, [(c.column, c.reason) for c in settled.cleared]) == (
        "open",
        ("個人番号",),
        [("氏名", WHY)],
    )


def test_a_column_that_is_doubted_twice_has_one_fate() -> None:
    table = "番号,氏名,電話番号\n" + "".join(
        f"{n},見本 {name},090-1234-567{n}\n" for n, name in enumerate(["太郎", "花子", "次郎"])
    )
    one = after(bring_in, taken(table), BringIn("x", "見本市", "CC-BY-4.0"))
    twice = [n for n, doubt in enumerate(one.doubts) if doubt.column == "電話番号"]
    assert len(twice) == 2, one.doubts
    chosen = ["leave_out" if n == twice[0] else "clear" for n in range(len(one.doubts))]
    refused = clear({one.id: one}, Clear(one.id, tuple(chosen), (WHY,) * len(chosen)), asked())
    assert isinstance(refused, Refused)
    assert [fault.field for fault in refused.faults] == [f"decision-{twice[1]}"]
    assert after(clear, one, clearing(one, leave=("電話番号",))).without == ("電話番号",)


def test_an_area_may_want_somebody_else_to_decide() -> None:
    one = after(bring_in, taken(PEOPLE), BringIn("x", "見本市", "CC-BY-4.0"))
    here = msgspec.structs.replace(asked(), settings=Settings(second_person=True))
    assert one.taken_by == here.person.account_id
    assert isinstance(clear({one.id: one}, clearing(one), here), Refused)
    other = msgspec.structs.replace(here, person=Person("acc-other"))
    assert isinstance(clear({one.id: one}, clearing(one), other), Accepted)


async def test_a_column_that_is_left_out_is_in_no_record_and_the_others_are() -> None:
    hall = Hall()
    table = "番号,氏名,備考\n1,見本 太郎,桜の木\n2,見本 花子,松の木\n"
    held = after(bring_in, taken(table), BringIn("x", "見本市", "CC-BY-4.0"))
    intake = await keep(hall, send_on(held, leave=("氏名",)))
    assert (await intake.run_due(), (await one_of(hall, Delivery, held.id)).state) == (1, "in")
    wanted = Query(limit=100)
    kept = [row.entity() for row in (await hall.store.entities.find(hall.area, wanted)).rows]
    records = [str(one.attributes) for one in kept if "Delivery" not in one.id]
    assert any("桜の木" in one for one in records) and not any("太郎" in one for one in records)


def test_what_is_on_its_way_or_in_is_changed_by_nobody() -> None:
    one = after(bring_in, taken(PARKS), BringIn("x", "見本市", "CC-BY-4.0"))
    assert one.state == "asked"
    for rule, form in (
        (accept_repairs, AcceptRepairs(one.id)),
        (bring_in, BringIn(one.id, "見本市", "CC-BY-4.0")),
        (clear, clearing(one)),
        (discard, Discard(one.id)),
    ):
        assert isinstance(rule({one.id: one}, form, asked()), Refused)
        assert isinstance(rule({}, form, asked()), Refused)


DOUBTFUL: Mapping[str, tuple[list[str], set[tuple[str, str]]]] = {
    "my number": (
        ["番号,地区", "123456789018,本町", "021345678902,港町", "111111111118,丘町"],
        {("my_number", "番号")},
    ),
    "mobile": (["名称,連絡先", "店,090-1234-5678"], {("mobile", "連絡先")}),
    "mail": (["名称,連絡先", "店,taro@gmail.com"], {("mail", "連絡先")}),
    "applicant": (["利用者番号,内容", "A123,道の穴"], {("account", "利用者番号")}),
    "small": (["地区,年代,人数", "本町,20代,2", "本町,30代,15"], {("small", "人数")}),
    "shop": (["名称,代表電話,メール,開設年月日", "店,054-626-1111,office@city.example.jp,2020-01-01"], set()),
    "toilets": (["名称,男性トイレ総数", "公園,2"], set()),
    "groups": (["地区,年代,人数", "本町,20代,3", "本町,30代,0"], set()),
    "codes": (["番号,名称", "123456789010,店", "123456789011,店", "123456789012,店"], set()),
}


@pytest.mark.parametrize("name", DOUBTFUL)
def test_what_may_speak_of_people_is_told_by_sort_and_column(name: str) -> None:
    lines, expected = DOUBTFUL[name]
    (sheet,) = read_file(source("t.csv", ("\n".join(lines) + "\n").encode()))
    assert {(doubt.sort, doubt.column) for doubt in doubts_of(sheet)} == expected


def test_the_check_digit_of_the_individual_number() -> None:
    # the weights of 省令 5 条 from the highest digit on
    weights = (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
    for number in ("12345678901", "02134567890", "99999999999", "11111111111"):
        rest = sum(int(digit) * weight for digit, weight in zip(number, weights, strict=True)) % 11
        digit = 0 if rest <= 1 else 11 - rest
        assert [n for n in range(10) if is_my_number(f"{number}{n}")] == [digit]
    assert not is_my_number("１２３４５６７８９０１８")


async def test_a_mended_file_comes_in_and_its_original_stays() -> None:
    hall = Hall()
    one = after(
        bring_in,
        after(accept_repairs, taken(PARKS), AcceptRepairs("x", ALL)),
        BringIn("x", "見本市", "CC BY 4.0"),
    )
    intake = await keep(hall, one)
    assert (await intake.run_due(), await intake.run_due()) == (1, 0)
    told = await one_of(hall, Delivery, one.id)
    assert (told.state, unpack(told.content)) == ("in", PARKS.encode())
    data_set = await one_of(hall, DataSet, told.data_set)
    assert (data_set.records, data_set.source, data_set.readability, data_set.title) == (
        2,
        "見本市",
        100,
        "parks",
    )
    found = await hall.store.entities.find(hall.area, _parks())
    names = sorted(views.read(record_view("Park"), row.entity()).name for row in found.rows)
    assert names == ["丘公園", "港公園"]


def _parks() -> Any:
    return Query(types=TypeIs(expand_name("Park")), limit=10)


async def test_what_is_held_back_does_not_come_in() -> None:
    hall = Hall()
    one = after(bring_in, taken(PEOPLE), BringIn("x", "見本市", "CC-BY-4.0"))
    intake = await keep(hall, one)
    assert await intake.run_due() == 0
    assert (await one_of(hall, Delivery, one.id)).state == "held"
    assert [doubt for doubt in one.doubts if doubt == Doubt("birth", "生年月日", 2, (2, 3))]


async def test_a_file_that_was_cleared_comes_in_with_the_reason_and_so_does_the_next_one_of_its_source() -> (
    None
):
    hall = Hall()
    held = after(bring_in, taken(PEOPLE), BringIn("x", "見本市", "CC-BY-4.0"))
    intake = await keep(hall, send_on(held))
    assert (await intake.run_due(), (await one_of(hall, Delivery, held.id)).state) == (1, "in")
    data_set = (await one_of(hall, Delivery, held.id)).data_set
    run = await one_of(hall, ImportRun, data_set.replace(":DataSet:", ":ImportRun:"))
    assert {(one.column, one.sort, one.reason) for one in run.cleared} == {
        ("申請者氏名", "name", WHY),
        ("生年月日", "birth", WHY),
        ("住所", "home", WHY),
    }
    # the next file of a source brings the doubts that were cleared before, and no reason of its own
    other = msgspec.structs.replace(held, id=f"{held.id}-2", file_name="other.csv", state="asked")
    await keep(hall, other)
    assert (await intake.run_due(), (await one_of(hall, Delivery, other.id)).state) == (1, "in")


async def test_what_nobody_looked_at_is_looked_at_on_the_way_in() -> None:
    hall = Hall()
    whole = PARKS.partition("\n")[2] + "3,山公園,丘区3,35.36,141.03,090-1234-5678\n"
    for doubts, reason, state in (
        ((), "", "failed"),
        ((Doubt("fewer", "20 → 3", 17),), "減ってよい", "failed"),
        ((Doubt("mobile", "面積（㎡）", 1, (4,)),), "公表", "in"),
    ):
        one = msgspec.structs.replace(taken(whole), state="asked", doubts=doubts, reason=reason)
        intake = await keep(hall, one)
        assert await intake.run_due() == 1
        told = await one_of(hall, Delivery, one.id)
        assert (told.state, "携帯電話" in told.fault) == (state, state == "failed")
        await LocalTarget(hall.store.entities, hall.clock, hall.area).remove([one.id])


async def test_a_file_that_cannot_be_brought_in_says_why() -> None:
    hall = Hall()
    broken = Delivery("urn:ngsi-ld:Delivery:x", "t.csv", "asked", content=pack(b"\x00\x01\x02\x03" * 50))
    intake = await keep(hall, broken)
    assert await intake.run_due() == 1
    told = await one_of(hall, Delivery, broken.id)
    assert (told.state, told.fault != "") == ("failed", True)


def test_the_table_for_the_importer_is_the_sheet_cell_by_cell() -> None:
    (sheet,) = read_file(source("t.csv", '名称,値\n=1+1,"a,b"\n'.encode()))
    (table,) = read_text(source("t.csv", write_exactly(sheet)), lambda name: False)
    assert (table.header, [list(row.cells.values()) for row in table.rows()]) == (
        ("名称", "値"),
        [["=1+1", "a,b"]],
    )


@given(st.lists(st.text("=+-@'1a", min_size=1, max_size=5), min_size=1, max_size=4))
def test_a_saved_table_that_is_delivered_again_says_what_it_said(texts: list[str]) -> None:
    """An apostrophe that keeps a spreadsheet from running a cell is taken off on every way in, and none is added by a round."""
    cells = (("名称", "値"), *((f"公園{at}", text) for at, text in enumerate(texts)))
    for _ in range(2):
        (sheet,) = read_file(source("t.csv", write_table(Sheet(cells))))
        assert sheet.cells == cells
        for written in (write_table(sheet), write_exactly(sheet)):
            (table,) = read_text(source("t.csv", written), lambda name: False)
            assert [tuple(row.cells.values()) for row in table.rows()] == list(cells[1:])
