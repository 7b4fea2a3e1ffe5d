"""Laws of words: three languages, and gaps that are filled, with what goes with one and with another number."""

from __future__ import annotations

import pytest

from kaiteki.model.words import LANGUAGES, Words, fill

FOLLOWERS = Words("{n}人が待っています", "{n} {n|person follows|people follow} it", "{n}人（にん）です")


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (0, "0 people follow it"),
        (1, "1 person follows it"),
        ("1", "1 person follows it"),
        (2, "2 people follow it"),
        ("1,001", "1,001 people follow it"),
        (1.0, "1.0 people follow it"),
    ],
)
def test_english_says_one_and_other_numbers_differently(number: float | str, said: str) -> None:
    assert FOLLOWERS.fill("en", n=number) == said
    assert FOLLOWERS.fill("ja", n=number) == f"{number}人が待っています"


def test_each_number_of_a_sentence_has_its_own_words() -> None:
    told = "{total} {total|report|reports} at {n} {n|place|places}"
    assert fill(told, total=3, n=1) == "3 reports at 1 place"


def test_a_gap_without_a_value_is_a_bug() -> None:
    for language in LANGUAGES:
        with pytest.raises(KeyError):
            FOLLOWERS.fill(language, m=1)


def test_what_is_not_translated_is_said_in_japanese_and_known_to_be_so() -> None:
    told = Words("注意", "")
    assert [told.say(one) for one in LANGUAGES] == ["注意", "注意", "注意"]
    assert [told.has(one) for one in LANGUAGES] == [True, False, False]
    assert Words("AED", "AED").has("en") and not Words("注意", "注意").has("en")
