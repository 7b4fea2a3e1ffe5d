"""A lot is found however it is written, two lots are never taken for one, and keys stand in the order of the numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaiteki.model.lots import Lot, fold_town, key_of, near, read_lots, read_typed

TOWNS = (
    "本町",
    "長者町",
    "三番町",
    "五十海",
    "セーター町",
    "小川",
    "焼津",
    "霞が関",
    "四ノ宮",
    "八楠",
    "十文字",
)
KANJI = "〇一二三四五六七八九"
BEFORE = ("静岡県", "焼津市")
towns = st.sampled_from(TOWNS)
numbers = st.integers(1, 9999)
lots = st.builds(lambda first, rest: Lot((first, *rest)), numbers, st.lists(numbers, max_size=2))


def kanji(number: int) -> str:
    """A number below 10,000 as it is read aloud: 1203 is 千二百三."""
    parts = zip((1000, 100, 10), "千百十", strict=True)
    told = "".join(
        ("" if number // unit % 10 == 1 else KANJI[number // unit % 10]) + sign
        for unit, sign in parts
        if number // unit % 10
    )
    return told + (KANJI[number % 10] if number % 10 else "")


def wide(text: str) -> str:
    return text.translate({ord(sign): ord(sign) + 0xFEE0 for sign in "0123456789-"})


def ways(lot: Lot) -> list[str]:
    """A lot as people write it."""
    first, *rest = map(str, lot.numbers)
    plain = "-".join((first, *rest))
    tail = "の".join(rest)
    written = [
        plain,
        wide(plain),
        plain.replace("-", "−"),
        plain.replace("-", "ー"),
        f"{first}番{tail}",
        f"{first}番地{'の' if rest else ''}{tail}",
    ]
    spoken = list(map(kanji, lot.numbers))
    return [
        *written,
        f"{first}番地 {tail}",
        f"{spoken[0]}番{'の'.join(spoken[1:])}",
        f"{first}ノ{'ノ'.join(rest)}" if rest else first,
    ]


@given(
    towns,
    lots,
    st.sampled_from(("", "大字")),
    st.sampled_from(("", "焼津市", "静岡県焼津市", "静岡県 焼津市 ")),
    st.data(),
)
def test_every_way_of_writing_a_lot_finds_it(
    town: str, lot: Lot, large: str, before: str, data: st.DataObject
) -> None:
    way = data.draw(st.sampled_from(ways(lot)))
    readings = read_typed(f"{before}{large}{town}{way}", BEFORE)
    assert key_of(fold_town(town), lot) in [one.key for one in readings]


@given(towns, st.integers(1, 30), lots, st.data())
def test_every_way_of_writing_a_quarter_finds_it(
    town: str, quarter: int, lot: Lot, data: st.DataObject
) -> None:
    written = data.draw(
        st.sampled_from(
            (
                f"{quarter}丁目",
                f"{kanji(quarter)}丁目",
                wide(f"{quarter}丁目"),
                f"{quarter}-",
                f"{quarter}丁目 ",
            )
        )
    )
    way = data.draw(st.sampled_from(ways(lot)[:4] if written.endswith("-") else ways(lot)))
    readings = read_typed(f"{town}{written}{way}", BEFORE)
    assert key_of(fold_town(town, f"{kanji(quarter)}丁目"), lot) in [one.key for one in readings]


@given(lots, st.sampled_from(("", "甲", "乙", "イ", "ハ")))
def test_what_a_map_writes_is_read_in_every_spelling(lot: Lot, sign: str) -> None:
    folded = sign.translate(str.maketrans("イハ", "いは"))
    for way in ways(lot):
        assert read_lots(sign + way) == (Lot(lot.numbers, folded),)


@given(st.lists(lots, min_size=2, max_size=8, unique=True))
def test_keys_stand_in_the_order_of_their_numbers_and_no_two_lots_share_one(several: list[Lot]) -> None:
    keys = {one.numbers: key_of("本町", one) for one in several}
    assert sorted(keys) == sorted(keys, key=lambda one: keys[one])
    assert len(set(keys.values())) == len(several)


@given(lots, st.lists(lots, max_size=8))
def test_the_nearest_lots_come_first(wanted: Lot, others: list[Lot]) -> None:
    away = [abs(one.numbers[0] - wanted.numbers[0]) for one in near(wanted, others)]
    assert away == sorted(away)
    assert set(near(wanted, others)) == set(others)


@pytest.mark.parametrize(
    "text", ["道-1", "水-2-1", "無番地", "地区外1", "別図001", "", "本町16", "16-", "1-2-3-4-5-6"]
)
def test_what_is_no_lot_is_none(text: str) -> None:
    assert read_lots(text) == ()


@pytest.mark.parametrize(
    "text",
    [
        *("図書館", "本町二丁目", "焼津駅", "", "   ", "本町", "1" * 200, "本町" * 60 + "1"),
        *(
            "054-626-1111",
            "０５４−６２６−１１１１",
            "(054)626-1111",
            "+81-54-626-1111",
            "0546261111",
            "626-1111",
        ),
        *("425-8502", "52383256", "16"),
    ],
)
def test_words_without_a_lot_are_read_as_none(text: str) -> None:
    assert read_typed(text) == ()


@given(st.text(max_size=120))
def test_whatever_is_typed_is_read_without_a_fault(text: str) -> None:
    for one in read_typed(text, BEFORE):
        assert one.key == key_of(one.town, one.lot)
    for lot in read_lots(text):
        assert read_lots(lot.code) == (lot,)


def test_a_lot_is_told_in_the_words_of_a_register() -> None:
    assert [Lot(numbers).words for numbers in ((16,), (16, 3), (16, 3, 2))] == ["16番", "16番3", "16番3の2"]
    assert (Lot((16, 3), "甲").words, Lot((16, 3), "甲").code) == ("甲16番3", "甲16-3")


def test_three_numbers_are_first_a_quarter_and_two_are_first_a_lot_and_its_branch() -> None:
    assert [one.key for one in read_typed("本町2-16-3")] == [
        "本町2丁目 00016-00003",
        "本町 00002-00016-00003",
    ]
    assert [one.key for one in read_typed("本町16-3")] == ["本町 00016-00003", "本町16丁目 00003"]
    assert [one.key for one in read_typed("本町16番地3")] == ["本町 00016-00003"]
