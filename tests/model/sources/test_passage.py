"""Through whom a request came, and how far it goes (clauses 4.3.6.4, 6.3.18)."""

import pytest

from kaiteki.model.sources.passage import HOPS_MAX, Passage, read_via
from kaiteki.model.terms.compiling import core_context


@pytest.mark.parametrize(
    ("header", "names"),
    [
        (None, ()),
        ("", ()),
        ("1.1 a", ("a",)),
        ("1.1 a, 1.0 b (a comment), HTTP/1.1 c.example:80", ("a", "b", "c.example:80")),
        ("nonsense, 1.1 a", ("a",)),
    ],
)
def test_the_nodes_before_are_read(header: str | None, names: tuple[str, ...]) -> None:
    assert read_via(header) == names


def test_a_request_goes_on_with_its_whole_way_and_not_too_far() -> None:
    passage = Passage("demo", "here", core_context(), ("a", "b"))
    assert (passage.onward, read_via(passage.onward), passage.is_loop) == (
        "1.1 a, 1.1 b, 1.1 here",
        ("a", "b", "here"),
        False,
    )
    for via in (("a", "here"), tuple(f"n{number}" for number in range(HOPS_MAX))):
        assert Passage("demo", "here", core_context(), via).is_loop
