"""What the back office shows of any service has words: fields, choices, states; nothing is read as it stands in the code."""

from __future__ import annotations

from kaiteki.kit.backoffice import label
from kaiteki.kit.backoffice.asking import filters_of
from kaiteki.kit.backoffice.wording import shown
from kaiteki.kit.engine import KIT
from kaiteki.kit.views import slots
from kaiteki.main.parts import SERVICES

TYPES = [(service, declared) for service in (*SERVICES, KIT) for declared in service.types]


def test_every_field_that_is_shown_has_words() -> None:
    bare = [
        f"{declared.name}.{slot.field}"
        for _, declared in TYPES
        for slot in shown(declared)
        if label(declared, slot).ja == slot.short
    ]
    assert bare == []


def test_what_is_hidden_as_workings_exists() -> None:
    unknown = [
        (declared.name, declared.workings - {slot.field for slot in slots(declared.view)})
        for _, declared in TYPES
        if declared.workings - {slot.field for slot in slots(declared.view)}
    ]
    assert unknown == []


def test_every_choice_of_a_filter_has_words() -> None:
    bare = [
        f"{declared.name}.{one.name}={code}"
        for service, declared in TYPES
        for one in filters_of(
            declared,
            declared.codes(service.settings() if service.settings else None) if declared.codes else {},
        )
        for code, words in one.choices
        if words.ja == code
    ]
    assert bare == []
