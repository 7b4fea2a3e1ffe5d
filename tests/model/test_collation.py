"""Orders of texts by name (ETSI GS CIM 009 V1.9.1 clause 4.23.3)."""

from __future__ import annotations

import pytest

from kaiteki.model.collation import Collation, collated, read_collation
from kaiteki.model.problem import Problem


def ordered(name: str, *texts: str) -> list[str]:
    collation = read_collation(name)
    return sorted(texts, key=lambda text: collated(text, collation))


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("root", ["apple", "Äpfel", "Banane", "äz", "zoo"]),
        ("de-u-co-phonebk", ["Ad", "Äd", "Af", "Ag"]),
        ("und-u-kn-true", ["stop 2", "stop 10", "stop 10a"]),
        ("und", ["stop 10", "stop 10a", "stop 2"]),
        ("ja", ["A", "あお", "アオバ", "かき", "がく", "きや", "きゃく", "亜", "一", "千葉", "中央"]),
    ],
)
def test_texts_come_in_the_order_of_a_language(name: str, wanted: list[str]) -> None:
    if name == "root":
        wanted = ["Äpfel", "apple", "äz", "Banane", "zoo"]
    assert ordered(name, *reversed(wanted)) == wanted


def test_strength_says_what_makes_texts_different() -> None:
    levels = {level: read_collation(f"und-u-ks-level{level}") for level in (1, 2, 3)}
    equal = {level: collated("Café", one) == collated("cafe", one) for level, one in levels.items()}
    assert equal == {1: True, 2: False, 3: False}
    assert collated("CAFÉ", levels[2]) == collated("café", levels[2])
    assert read_collation("en-u-ks-level1-kn") == Collation("en", 1, True)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("xx!!", "BadRequestData"),
        ("", "BadRequestData"),
        ("sv", "OperationNotSupported"),
        ("ja-u-co-phonebk", "OperationNotSupported"),
        ("und-u-xx-y", "OperationNotSupported"),
    ],
)
def test_what_is_not_known_is_refused(name: str, code: str) -> None:
    with pytest.raises(Problem) as refused:
        read_collation(name)
    assert (refused.value.code, refused.value.field) == (code, "collation")
