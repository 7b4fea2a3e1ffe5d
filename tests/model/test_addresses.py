"""Addresses in other ways of writing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaiteki.model.addresses import prefecture_of, spellings, town_of

KEPT = (
    "静岡県焼津市本町2-16-32",
    "焼津市本町2-16-32",
    "本町2丁目16番32号",
    "本町二丁目16番32号",
    "静岡県焼津市本町２－１６－３２",
    "焼津市本町二丁目16-32",
    "本町２丁目16-32",
    "焼津市本町２丁目１６番３２号",
    "本町二丁目１６番３２号",
    "本町２丁目１６－３２",
)


@pytest.mark.parametrize("kept", KEPT)
@pytest.mark.parametrize(
    "typed",
    [
        "本町2丁目16番32号",
        "焼津市本町二丁目１６－３２",
        "静岡県 焼津市 本町2−16−32",
        "本町２ー１６ー３２",
        "本町2丁目",
        "本町",
    ],
)
def test_an_address_is_found_however_both_are_written(kept: str, typed: str) -> None:
    assert any(kept.startswith(one) for one in spellings(typed, "焼津市", "静岡県"))


def test_what_lies_elsewhere_is_not_meant() -> None:
    ways = spellings("本町2丁目16番32号", "焼津市", "静岡県")
    for other in ("静岡県焼津市本町1-16-32", "本町12-16-32", "栄町2-16-32", "本町2-16-31"):
        assert not any(other.startswith(one) for one in ways)
    assert not any("本町20-1".startswith(one) for one in spellings("本町2丁目", "焼津市", "静岡県"))
    assert any(
        "焼津市浜当目1375番地2".startswith(one) for one in spellings("浜当目1375-2", "焼津市", "静岡県")
    )


@given(st.text(max_size=100), st.sampled_from(["", "焼津市"]))
def test_any_text_has_some_spellings(text: str, city: str) -> None:
    ways = spellings(text, city, "静岡県")
    assert 1 <= len(ways) <= 40 and len(set(ways)) == len(ways)


def test_prefectures_by_code() -> None:
    assert (prefecture_of("222127"), prefecture_of("121002")) == ("静岡県", "千葉県")
    assert (prefecture_of("990000"), prefecture_of("")) == ("", "")


@pytest.mark.parametrize(
    ("text", "town"),
    [
        ("千葉市中央区千葉港1-1", "中央区千葉港"),
        ("千葉県千葉市中央区中央三丁目１０番８号", "中央区中央"),
        ("本町２丁目", "本町"),
        ("千葉駅", ""),
        ("", ""),
    ],
)
def test_the_town_of_an_address_is_what_stands_before_its_numbers(text: str, town: str) -> None:
    assert town_of(text, "千葉市", "千葉県") == town
