"""A manifest that leaves open what of people is sealed is refused when it is read."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from kaiteki.kit.manifest import EntityType
from kaiteki.model.words import Words

CARD = Words("カード", "Card", "カード")
WHY = Words("並べるため", "Lists are ordered by it", "ならべる ため")


class Card(msgspec.Struct, frozen=True):
    """Somebody's card."""

    id: str
    holder: str
    name: str = ""
    day: str = ""


WHOLE: dict[str, Any] = {
    "personal": True,
    "holder": "holder",
    "sealed": ("name",),
    "sought": {"name": "folded"},
    "unsealed": {"holder": WHY, "day": WHY},
}


def declared(**given: Any) -> EntityType:
    return EntityType("Card", Card, CARD, **given)


def test_a_personal_type_speaks_for_each_attribute() -> None:
    assert declared(**WHOLE).unsealed["day"] is WHY
    assert declared().unsealed == {}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({**WHOLE, "unsealed": {"holder": WHY}}, "neither sealed nor unsealed with a reason: day"),
        ({**WHOLE, "sealed": (), "sought": {}}, "neither sealed nor unsealed with a reason: name"),
        ({"personal": True}, "neither sealed nor unsealed with a reason: day, holder, name"),
        ({**WHOLE, "sealed": ("name", "day")}, "both sealed and unsealed: day"),
        ({**WHOLE, "unsealed": {"holder": WHY, "day": Words("", "")}}, "without a reason in words: day"),
        ({**WHOLE, "sealed": ("name", "nmae")}, "no attribute of its view: nmae"),
        ({**WHOLE, "sought": {"day": "exact"}}, "sought and not sealed: day"),
        ({"data_class": "personal"}, "is not personal=True: personal"),
    ],
)
def test_what_is_left_open_is_refused_by_name(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match="the manifest of Card: ") as refused:
        declared(**given)
    assert said in str(refused.value)
