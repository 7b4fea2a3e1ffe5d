"""No page is forgotten by the walk: which pages there are is read from the manifests and the routes."""

from __future__ import annotations

from pathlib import Path

from looks import Look
from walk import WALKS, declared
from walker import meant, page_at

from kaiteki.model.words import LANGUAGES

FILES = "test_walk_"
OK = 200
ALL_MEANT = {one for part in WALKS for one in meant(part, set())}
GOES = "await walk_part(walked_town, part)"


def test_every_page_has_a_row_in_the_walk() -> None:
    assert sorted(page for rows in WALKS.values() for page in rows) == sorted(set(declared()))
    rows = {page: states for part in WALKS.values() for page, states in part.items()}
    looks = [(page, look) for page, states in rows.items() for look in states if isinstance(look, Look)]
    elsewhere = [(page, look.path) for page, look in looks if page_at(look.path) != page]
    assert elsewhere == []


def test_every_part_of_the_walk_is_gone_by_the_file_of_its_name() -> None:
    files = {file.stem.removeprefix(FILES): file for file in Path(__file__).parent.glob(FILES + "*.py")}
    assert set(files) == set(WALKS)
    assert [name for name, file in files.items() if GOES not in file.read_text(encoding="utf-8")] == []


def test_every_page_that_opens_is_judged_in_every_language() -> None:
    """Further states and refusals are looked at in one language each; the first state of a page in all of them."""
    rows = {page: states for part in WALKS.values() for page, states in part.items()}
    opens = {
        page
        for page, states in rows.items()
        if any(not isinstance(state, Look) or state.status == OK for state in states)
    }
    partly = {page for page in opens for language in LANGUAGES if (page, language) not in ALL_MEANT}
    assert partly == set()
