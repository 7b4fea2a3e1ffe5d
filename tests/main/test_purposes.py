"""Nothing is kept of people without a purpose, a ground of the law and a word on who gets it."""

from __future__ import annotations

from kaiteki.kit.engine import KIT
from kaiteki.kit.purposes import register, uncovered, words_of_item
from kaiteki.main.parts import SERVICES

EVERY = (*SERVICES, KIT)


def test_every_attribute_of_a_personal_type_has_a_purpose() -> None:
    assert list(uncovered(EVERY)) == []


def test_every_purpose_says_its_ground_and_who_gets_the_data() -> None:
    bare = [
        one.name for one in register(EVERY) if one.purpose.ground is None or one.purpose.recipients is None
    ]
    assert bare == []


def test_what_holds_personal_data_says_whose_they_are_and_how_they_were_taken() -> None:
    bare = [
        one.name
        for one in register(EVERY)
        if one.purpose.items and (one.purpose.people is None or one.purpose.source is None)
    ]
    assert bare == []


def test_every_item_of_a_purpose_is_kept_by_a_service_and_has_words() -> None:
    unknown = [
        item for one in register(EVERY) for item in one.purpose.items if words_of_item(EVERY, item) is None
    ]
    assert unknown == []


def test_every_purpose_speaks_three_languages() -> None:
    texts = [
        words
        for one in register(EVERY)
        for words in (
            one.purpose.words,
            one.purpose.ground,
            one.purpose.recipients,
            one.purpose.people,
            one.purpose.source,
        )
        if words is not None
    ]
    assert [words.ja for words in texts if not (words.ja and words.en and words.easy)] == []
