"""Near-duplicates: a text is alike to itself, a small change stays alike, other texts are not, and groups are the same in any order of reading."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from kaiteki.services.consultations.likeness import BINS, groups, likeness, sketch

PARK = "駅前の公園をふやす計画に賛成します。子どもが安全に遊べる場所と、日かげのあるベンチを作ってください。"
ROAD = "市道の歩道が狭く、車いすで通れません。計画では先に歩道を広げ、段差をなくすべきだと考えます。"
TEXT = st.text(st.characters(categories=("L", "N", "P", "Z")), max_size=80)


def test_what_is_nearly_the_same_is_found_and_what_is_not_is_left() -> None:
    told = {
        1: PARK,
        2: ROAD,
        3: PARK.replace("賛成します", "大賛成です"),
        4: PARK + "よろしくお願いします。",
        5: ROAD.replace("。", " "),
    }
    assert groups({n: sketch(text) for n, text in told.items()}) == {1: 1, 2: 2, 3: 1, 4: 1, 5: 2}


@given(TEXT)
def test_a_text_is_alike_to_itself_whatever_its_width_and_blanks(text: str) -> None:
    told = sketch(text)
    assert len(told) == BINS
    assert likeness(told, sketch(" ".join(text))) in (0.0, 1.0)
    assert likeness(told, told) == (1.0 if any(mark >= 0 for mark in told) else 0.0)


@given(TEXT, TEXT)
def test_likeness_is_a_share_and_the_same_both_ways(one: str, other: str) -> None:
    a, b = sketch(one), sketch(other)
    assert 0 <= likeness(a, b) <= 1 and likeness(a, b) == likeness(b, a)


@settings(max_examples=50)
@given(st.lists(st.sampled_from([PARK, ROAD, PARK[:30], "はい", "", ROAD + PARK]), max_size=12))
def test_everybody_is_in_the_group_of_an_earlier_one_that_is_its_own(texts: list[str]) -> None:
    sketches = {n: sketch(text) for n, text in enumerate(texts, start=1)}
    first = groups(sketches)
    assert first.keys() == sketches.keys()
    assert all(leader <= n and first[leader] == leader for n, leader in first.items())
    assert all(
        first[n] == first[m]
        for n in first
        for m in first
        if texts[n - 1] == texts[m - 1] and sketch(texts[n - 1]) != sketch("")
    )
