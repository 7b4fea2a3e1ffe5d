"""Columns and types are guessed with a reason, and what a person says goes before the guess."""

from __future__ import annotations

import csv
import re
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st
from importing_hall import source

from kaiteki.model.decision import Accepted, Asked, Refused
from kaiteki.services.opendata import standard
from kaiteki.services.opendata.importing import guess_table, read_tables
from kaiteki.services.opendata.mapping import Choice, Guess, header_key
from kaiteki.services.opendata.model import CorrectMapping, ImportMapping, KeptChoice, record_view
from kaiteki.services.opendata.naming import Keys, Naming
from kaiteki.services.opendata.rules import correct_mapping
from kaiteki.services.opendata.standard.table import StandardType, fold, standard_types
from kaiteki.services.opendata.values import READERS
from town import CLERK, MORNING

READING = re.compile(r"（[ぁ-ゖァ-ヶー・、]+）")
UNREAD = re.compile(r"[一-龯々](?![一-龯々]|（[ぁ-ゖァ-ヶー])")
"""A run of kanji without its reading behind it."""
EASY_LABEL_MAX = 30
"""Characters of a label without its readings."""


def guess(name: str, text: str, **beside: str) -> Guess:
    """What a CSV file is taken for."""
    others = {key.replace("_", "."): value.encode() for key, value in beside.items()}
    one = source(name, text.encode(), others)
    (table,) = read_tables(one)
    return guess_table(one, table, "", None)


def test_the_standard_tables_are_whole() -> None:
    for kind in standard_types().values():
        items = {item.key: item for item in kind.items}
        assert len(items) == len(kind.items)
        assert {item.kind for item in kind.items} - {"緯度", "経度"} <= set(READERS)
        assert set(kind.columns) <= {item.name for item in kind.items}, kind.name
        assert kind.title in {item.name for item in kind.items}
        assert all((kind.words.ja, kind.words.en, kind.words.easy))
        assert record_view(kind.name)(id="urn:ngsi-ld:x:y").details == {}


@pytest.mark.parametrize("name", list(standard_types()))
def test_every_example_of_the_standard_is_valid(name: str) -> None:
    items = [item for item in standard_types()[name].items if item.example and item.kind in READERS]
    assert [item.label for item in items if READERS[item.kind](item.example) is None] == []


@pytest.mark.parametrize("kind", [kind for kind in standard_types().values() if "place" in kind.plays])
def test_every_item_of_a_place_is_said_to_residents(kind: StandardType) -> None:
    """In easy words with a reading after all kanji, and in English words, no two items of a place alike."""
    items = [item for item in kind.items if not item.flag]
    assert [item.label for item in items if not item.words.easy] == []
    assert [item.label for item in kind.items if UNREAD.search(item.words.easy)] == []
    assert [item.label for item in items if len(READING.sub("", item.words.easy)) > EASY_LABEL_MAX] == []
    for said in ("ja-easy", "en"):
        labels = [item.words.say(said) for item in kind.items]
        assert sorted({label for label in labels if labels.count(label) > 1}) == []
    assert [item.words.en for item in kind.items if "." in item.words.en] == []


def test_every_row_of_words_is_of_an_item() -> None:
    text = files(standard).joinpath("words.csv").read_text("utf-8")
    rows = [row["項目名"] for row in csv.DictReader(text.splitlines())]
    labels = {item.label for kind in standard_types().values() for item in kind.items}
    assert (len(rows), set(rows) - labels) == (len(set(rows)), set())


def test_a_table_of_the_standard_is_known_by_its_header() -> None:
    found = guess(
        "x.csv", "NO,名称,住所,緯度,経度,設置位置,小児対応設備の有無\n1,市役所,本町1,35.6,140.1,1階,有\n"
    )
    assert (found.type, found.reason) == ("AED", "header")
    assert {choice.column: choice.item for choice in found.choices} == {
        "NO": "identifier",
        "名称": "name",
        "住所": "fullAddress",
        "緯度": "latitude",
        "経度": "longitude",
        "設置位置": "installationPosition",
        "小児対応設備の有無": "pediatricSupport",
    }


def test_columns_are_known_by_a_file_beside_by_likeness_and_by_content() -> None:
    rows = "".join(f"{n},35.6{n},140.1{n},043-245-51{n}\n" for n in range(10, 14))
    found = guess(
        "公園一覧.csv",
        "f1,f2,f3,f4\n" + rows,
        attributes_csv="original_name,display_name,label_flag\nf1,公園名,\n",
    )
    assert [(choice.item, choice.reason) for choice in found.choices] == [
        ("name", "beside"),
        ("latitude", "content"),
        ("longitude", "content"),
        ("contactPointPhoneNumber", "content"),
    ]
    slip = guess("a.csv", "名称,利用可能日時特記事項など\n図書館,休み\n")
    assert [choice.column for choice in slip.choices] == ["名称", "利用可能日時特記事項など"]


def test_an_unknown_table_is_still_taken() -> None:
    found = guess("農園.csv", "甲,乙\n1,2\n")
    assert (found.type, [choice.item for choice in found.choices]) == ("OpenDataRecord", ["", ""])


def test_names_are_folded_as_people_vary_them() -> None:
    assert fold("都道府県コ―ド又は市区町村コ―ド") == fold("都道府県コード又は市区町村コード")
    assert fold("名称＿カナ") == fold("名称_カナ") == fold("名称 (カナ)")


@given(st.permutations(["名称", "住所", "緯度", "経度"]))
def test_the_key_of_a_header_does_not_know_its_order(header: list[str]) -> None:
    assert header_key(header) == header_key(["名称", "住所", "緯度", "経度"])


ASKED = Asked("demo", MORNING, 1, CLERK)
KEPT = ImportMapping(
    "urn:ngsi-ld:ImportMapping:1",
    "施設",
    "PublicFacility",
    False,
    (KeptChoice("甲"), KeptChoice("乙", "name")),
)


def test_a_person_corrects_a_mapping() -> None:
    form = CorrectMapping(KEPT.id, "Park", ("甲", "乙"), ("name", "-"))
    done = correct_mapping({KEPT.id: KEPT}, form, ASKED)
    assert isinstance(done, Accepted)
    assert done.writes == (
        ImportMapping(
            KEPT.id,
            "施設",
            "Park",
            True,
            (KeptChoice("甲", "name", 1.0, "told"), KeptChoice("乙", "-", 1.0, "told")),
        ),
    )


@pytest.mark.parametrize(
    ("form", "code"),
    [
        (CorrectMapping("urn:ngsi-ld:ImportMapping:2"), "not_found"),
        (CorrectMapping(KEPT.id, "Palace"), "invalid"),
        (CorrectMapping(KEPT.id, "Park", ("甲",), ("throne",)), "invalid"),
    ],
)
def test_a_correction_that_means_nothing_is_refused(form: CorrectMapping, code: str) -> None:
    done = correct_mapping({KEPT.id: KEPT}, form, ASKED)
    assert isinstance(done, Refused)
    assert done.code == code


STORES = "番号,倉庫名,備蓄数\n1,港倉庫,20\n2,丘倉庫,30\n3,畑倉庫,40\n"


@pytest.mark.parametrize("heading", ["倉庫名", "資材庫名称"])
def test_the_only_heading_that_ends_like_a_name_is_the_name(heading: str) -> None:
    found = guess("備え一覧.csv", STORES.replace("倉庫名", heading))
    assert [(one.item, one.reason) for one in found.choices if one.column == heading] == [("name", "heading")]


@pytest.mark.parametrize(
    "text",
    [
        STORES.replace("備蓄数", "品物名"),  # two of them: nobody knows which
        STORES.replace("倉庫名", "名称").replace("備蓄数", "倉庫名"),  # another column is the name
        STORES.replace("丘倉庫", "").replace("畑倉庫", ""),  # hardly filled
        STORES.replace("丘", "港").replace("畑", "港"),  # a kind: it says the same everywhere
        *(STORES.replace("倉庫名", other) for other in ("担当者名", "所管課名", "種類名", "大字名", "英語名", "倉庫")),
    ],
)  # fmt: skip
def test_a_heading_that_may_name_something_else_is_not_the_name(text: str) -> None:
    assert [one for one in guess("備え一覧.csv", text).choices if one.reason == "heading"] == []


def test_a_name_by_its_own_heading_is_no_part_of_the_ids_that_stand() -> None:
    """A data set of before, of which no column was the name, keeps the ids of its rows when one is now."""
    table = "倉庫名,緯度,経度\n港倉庫,35.35,141.05\n丘倉庫,35.36,141.06\n"
    (read,) = read_tables(source("備え一覧.csv", table.encode()))
    found = guess("備え一覧.csv", table)
    before = Guess(found.type, 1.0, "none", tuple(Choice("倉庫名") if one.item == "name" else one for one in found.choices))  # fmt: skip
    assert found.columns_of("name") == ["倉庫名"]
    for keys in (Keys(), Keys(True), Keys(True, ("倉庫名",))):
        now, then = Naming(found, keys), Naming(before, keys)
        for row in read.rows():
            assert now.identity(row) == then.identity(row)
            assert now.full(row, "identifier=1") == then.full(row, "identifier=1")
