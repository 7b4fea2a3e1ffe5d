"""Regular expressions: the same answers as Python's engine where both understand them, and never its running time."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kaiteki.model.pattern import found_in, read_pattern
from kaiteki.model.problem import Problem

atoms = st.sampled_from(
    ["a", "b", "c", ".", "[ab]", "[^a]", "[a-b]", r"\d", r"\w", "^", "$", "(?:ab)", r"\."]
)


def repeats(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    times = st.sampled_from(["", "*", "+", "?", "{2}", "{1,2}", "{1,}"])
    return st.one_of(
        st.tuples(inner, times).map(lambda pair: f"({pair[0]}){pair[1]}"),
        st.lists(inner, min_size=1, max_size=3).map("".join),
        st.lists(inner, min_size=2, max_size=3).map("|".join),
    )


expressions = st.recursive(atoms, repeats, max_leaves=6)


@settings(max_examples=150, deadline=None)
@given(expressions, st.text("abc.1", max_size=8))
def test_finds_what_python_finds(expression: str, text: str) -> None:
    assert found_in(expression, text) == (re.search(expression.replace("$", r"\Z"), text) is not None)


@pytest.mark.parametrize(
    ("expression", "text", "found"),
    [
        ("[[:alpha:]]+[[:digit:]]$", "Lamp7", True),
        ("[[:upper:]]", "lamp", False),
        ("^urn:ngsi-ld:Lamp:.*", "urn:ngsi-ld:Lamp:7", True),
        ("(?i)ＬＡＭＰ|lamp", "LAMP", True),
        ("^$", "", True),
        ("千葉.*公園", "千葉市中央公園前", True),
        ("[]a]", "]", True),
        ("[a-]", "-", True),
        (r"\t", "\t", True),
        ("a{2,3}$", "aa", True),
        ("^a{2,3}$", "aaaa", False),
        ("a*?b", "aab", True),
        ("", "anything", True),
    ],
)
def test_understands_posix_and_usual_escapes(expression: str, text: str, found: bool) -> None:
    assert found_in(expression, text) is found


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        ("(", "BadRequestData"),
        (")", "BadRequestData"),
        ("*a", "BadRequestData"),
        ("[a", "BadRequestData"),
        ("[z-a]", "BadRequestData"),
        ("[[:moon:]]", "BadRequestData"),
        ("a{3,2}", "BadRequestData"),
        ("a\\", "BadRequestData"),
        ("(?=a)", "TooComplexQuery"),
        (r"(a)\1", "TooComplexQuery"),
        ("a{200}{200}", "TooComplexQuery"),
        ("(" * 20 + "a" + ")" * 20, "TooComplexQuery"),
        ("a" * 600, "TooComplexQuery"),
    ],
)
def test_refuses_what_is_malformed_or_costly(expression: str, code: str) -> None:
    with pytest.raises(Problem) as refused:
        read_pattern(expression)
    assert refused.value.code == code


@pytest.mark.parametrize("expression", ["(a+)+$", "(a|a)*b", "(a|aa)+$", ".*.*.*.*x", "(.*a){12}b"])
def test_costly_expressions_read_each_character_once(expression: str) -> None:
    assert found_in(expression, "a" * 20_000 + "!") is False
