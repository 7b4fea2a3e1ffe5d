"""Laws of numbers: what people write is understood as the number that they mean."""

from __future__ import annotations

import pytest

from kaiteki.kit.numbering import YEARS_BACK, numbers_meant
from town import MORNING


@pytest.mark.parametrize("text", ["R-2025-00017", "r-2025-17", " Ｒ-２０２５-００１７ ", "2025-00017"])
def test_a_whole_number_is_meant_however_it_is_written(text: str) -> None:
    assert numbers_meant("R", text, MORNING) == ("R-2025-00017",)


@pytest.mark.parametrize("text", ["00017", "17", "０００１７"])
def test_a_bare_number_is_looked_for_from_this_year_back(text: str) -> None:
    meant = numbers_meant("R", text, MORNING)
    assert meant[:2] == ("R-2026-00017", "R-2025-00017")
    assert len(meant) == YEARS_BACK + 1


@pytest.mark.parametrize("text", ["", "17番", "L-2025-17", "R-25-17", "1234567890", "-17"])
def test_other_words_are_no_number(text: str) -> None:
    assert numbers_meant("R", text, MORNING) == ()
