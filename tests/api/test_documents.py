"""JSON bodies are read with limits, and refused with the place of what is wrong."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaiteki.api.documents import JSON_DEPTH_MAX, read_json
from kaiteki.model.problem import Problem

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(VALUES)
def test_json_is_read_as_it_was_written(value: object) -> None:
    assert read_json(json.dumps(value).encode()) == value


def nested(levels: int, opening: str = "[", closing: str = "]", core: str = "") -> bytes:
    return (opening * levels + core + closing * levels).encode()


@pytest.mark.parametrize(("opening", "closing", "core"), [("[", "]", ""), ('{"a":', "}", "1")])
def test_json_may_be_as_deep_as_the_limit_and_no_deeper(opening: str, closing: str, core: str) -> None:
    assert read_json(nested(JSON_DEPTH_MAX, opening, closing, core)) is not None
    for levels in (JSON_DEPTH_MAX + 1, 2000, 100_000):
        with pytest.raises(Problem) as refused:
            read_json(nested(levels, opening, closing, core))
        assert (refused.value.code, refused.value.field) == ("BadRequestData", "body")


def test_a_wide_document_is_not_a_deep_one() -> None:
    assert len(read_json(json.dumps([[]] * 1000).encode())) == 1000


@pytest.mark.parametrize(
    ("body", "place"),
    [(b'{"a": 1,}', "byte 8"), (b"\xff", "byte 0"), (b'["\xff"]', "body"), (b"", "body"), (b"NaN", "byte 0")],
)
def test_what_is_not_json_is_refused_with_its_place(body: bytes, place: str) -> None:
    with pytest.raises(Problem) as refused:
        read_json(body)
    assert refused.value.code == "InvalidRequest"
    assert place in refused.value.detail
