"""What an area says of its counters is checked when it is read, and what the project brings along is whole."""

from __future__ import annotations

import msgspec
import pytest

from kaiteki.main.cities import load_service_settings
from kaiteki.model.instant import Instant, parse_instant
from kaiteki.model.words import Words
from kaiteki.services.counter.settings import Hours, Matter, Office, Settings, Window

NAME = Words("市役所", "Hall", "しやくしょ")
MATTERS = (Matter("move", "A", NAME),)
WINDOWS = (Window("1", ("move",)),)
MATTERS_SHOWN = 4


def at(text: str) -> Instant:
    """A moment in Japan."""
    found = parse_instant(f"{text}:00+09:00")
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-11-24T08:59", False),
        ("2026-11-24T09:00", True),
        ("2026-11-24T16:59", True),
        ("2026-11-24T17:00", False),
        ("2026-11-22T10:00", False),
        ("2026-11-23T10:00", False),
    ],
    ids=["before", "opens", "until", "closes", "a Sunday", "a day off"],
)
def test_an_office_is_open_on_its_days_and_hours_in_japan(moment: str, is_open: bool) -> None:
    hours = Hours("09:00", "17:00", shut=("2026-11-23",))
    assert hours.is_open(at(moment)) is is_open


@pytest.mark.parametrize(
    "given",
    [
        {"opens": "17:00", "closes": "09:00"},
        {"opens": "9:00"},
        {"closes": "24:30"},
        {"shut": ("2026-02-30",)},
    ],
)
def test_hours_that_cannot_be_are_refused(given: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError, match=r"day|24:00"):
        msgspec.convert(given, Hours)


def test_an_office_that_cannot_be_told_apart_is_refused() -> None:
    with pytest.raises(ValueError, match="prefixes"):
        Office("hall", NAME, Hours(), (*MATTERS, Matter("tax", "A", NAME)), WINDOWS)
    with pytest.raises(ValueError, match="windows name"):
        Office("hall", NAME, Hours(), MATTERS, (Window("1", ("tax",)),))
    office = Office("hall", NAME, Hours(), MATTERS, WINDOWS)
    with pytest.raises(ValueError, match="another code"):
        Settings((office, office))
    with pytest.raises(ValueError, match="desk"):
        Settings((Office("desk", NAME, Hours(), MATTERS, WINDOWS),))


@pytest.mark.parametrize(("area", "offices"), [("chiba", 6), ("kashiwa", 1), ("demo", 2), ("yaizu", 0)])
def test_what_the_areas_bring_along_is_whole_and_says_what_is_a_sample(area: str, offices: int) -> None:
    told = load_service_settings(area, "counter", Settings).offices
    assert len(told) == offices
    for office in told:
        assert office.sample
        assert len(office.matters) == MATTERS_SHOWN
        assert {code for window in office.windows for code in window.matters} == {
            matter.code for matter in office.matters
        }
        for words in (office.words, *(matter.words for matter in office.matters)):
            assert words.ja
            assert words.en
            assert words.easy
