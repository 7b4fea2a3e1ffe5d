"""Nothing is kept of people without a purpose, a ground of the law and a word on who gets it, and nothing in clear without a reason."""

from __future__ import annotations

from kaiteki.kit.engine import KIT
from kaiteki.kit.manifest import unsaid
from kaiteki.kit.purposes import readable, register, uncovered, words_of_item
from kaiteki.kit.views import slots
from kaiteki.main.parts import SERVICES
from kaiteki.model.instant import Instant
from kaiteki.model.values import plain

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


def test_every_attribute_of_a_personal_type_is_sealed_or_says_why_not() -> None:
    personal = [one for service in EVERY for one in service.types if one.personal]
    assert {one.name for one in personal} == {one.name for one, _ in readable(EVERY)} and personal
    assert [unsaid(one) for one in personal if unsaid(one)] == []
    told = [words for _, lines in readable(EVERY) for line in lines for words in line]
    assert [words.ja for words in told if not (words.ja and words.en and words.easy)] == []


def test_what_holds_words_of_people_is_sealed() -> None:
    """Lists, objects and texts in languages have no reason to stand in clear, but for lists of numbers of helpers; beside texts and moments
    (which say their own reasons) there are numbers, choices and yes or no, by which messages are found and counted."""
    open_ = {
        (one.name, slot.field): slot.kind
        for service in EVERY
        for one in service.types
        for slot in slots(one.view)
        if one.personal and slot.field in one.unsealed and plain(slot.hint) not in (str, Instant)
    }
    # whether a letter is urgent; how often a code was tried and sent; how far a delivery is, and of what kind; with how many before one
    # wants to be told of one's turn, and the marks of what was told; whether points wait for somebody who has not begun
    assert open_ == {
        ("Consent", "helpers"): "Property",
        ("PointAccount", "balance"): "Property",
        ("PointAccount", "waits"): "Property",
        ("PointTransfer", "amount"): "Property",
        ("PointOrder", "amount"): "Property",
        ("Message", "urgent"): "Property",
        ("ContactPoint", "tries"): "Property",
        ("ContactPoint", "codes"): "Property",
        ("MessageDelivery", "state"): "Property",
        ("MessageDelivery", "what"): "Property",
        ("MessageDelivery", "more"): "Property",
        ("MessageDelivery", "attempts"): "Property",
        ("CounterBell", "ahead"): "Property",
        ("CounterBell", "travel_min"): "Property",
        ("CounterBell", "told"): "Property",
    }
