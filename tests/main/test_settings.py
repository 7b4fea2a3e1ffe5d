"""How a node divides what it may remember."""

import pytest

from kaiteki.main.settings import Settings


@pytest.mark.parametrize("memory_mb", [8, 16, 128, 65_536])
def test_all_that_may_be_remembered_is_given_out_and_no_more(memory_mb: int) -> None:
    settings = Settings(memory_mb=memory_mb)
    parts = (settings.pages_bytes, settings.forms_bytes, settings.answers_bytes)
    assert sum(parts) == memory_mb * 1_000_000
    assert parts[0] == sum(parts[1:])


def test_without_a_word_a_node_remembers_what_its_documentation_says() -> None:
    settings = Settings()
    assert (settings.pages_bytes, settings.forms_bytes, settings.answers_bytes) == (
        64_000_000,
        48_000_000,
        16_000_000,
    )
