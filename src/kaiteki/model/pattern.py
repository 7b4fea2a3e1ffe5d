"""Regular expressions that users send: POSIX extended style, with a cost that cannot run away.

Python's engine backtracks, so what could cost more than a small polynomial is refused: look-around, back-references,
and a repeat around anything that itself repeats or branches. (Source: ETSI GS CIM 009 V1.9.1 clause 4.9, IEEE 1003.2.)
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from kaiteki.model.problem import Problem

PATTERN_LENGTH_MAX: Final = 512
"""Characters of one expression."""
REPEATS_MAX: Final = 4
"""Unbounded repeats of one expression: the exponent of its worst cost."""
REPEAT_COUNT_MAX: Final = 100
"""The largest number inside `{m,n}`."""
SEARCHED_LENGTH_MAX: Final = 4096
"""Characters of a text that are looked at."""

_POSIX_CLASSES: Final = {
    "[:alpha:]": r"^\W\d_",
    "[:digit:]": r"0-9",
    "[:space:]": r"\s",
    "[:upper:]": "A-Z",
    "[:lower:]": "a-z",
    "[:punct:]": r"!-/:-@\[-`{-~",
    "[:xdigit:]": "0-9A-Fa-f",
}
_TOKEN: Final = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?|\(|\)|\||\{\d*,?\d*\}|[*+?]|.", re.DOTALL)
_COUNTED: Final = re.compile(r"\{(\d*)(,?)(\d*)\}")


@lru_cache(maxsize=512)
def read_pattern(text: str, field: str = "q") -> re.Pattern[str]:
    """Compile an expression; raises BadRequestData when it is malformed, TooComplexQuery when its cost may run away."""
    if len(text) > PATTERN_LENGTH_MAX:
        raise Problem("TooComplexQuery", f"a pattern may have up to {PATTERN_LENGTH_MAX} characters", field)
    translated = text
    for name, members in _POSIX_CLASSES.items():
        translated = translated.replace(f"[{name}]", f"[{members}]")
        if not members.startswith("^"):
            translated = translated.replace(name, members)
    _check_cost(translated, field)
    try:
        return re.compile(translated)
    except (re.error, RecursionError, OverflowError) as error:
        raise Problem(
            "BadRequestData", f"the pattern {text!r} is not a regular expression: {error}", field
        ) from None


def found_in(pattern: str, text: str) -> bool:
    """Whether the expression matches somewhere in the text (anchors `^` and `$` bind it to the ends)."""
    return read_pattern(pattern).search(text[:SEARCHED_LENGTH_MAX]) is not None


def _check_cost(text: str, field: str) -> None:
    """Walk the tokens, with one flag per open group: does it hold something that repeats or branches?"""
    groups: list[bool] = [False]
    closed = False
    unbounded = 0
    for token in _TOKEN.findall(text):
        if token == "(?" or (len(token) == 2 and token[0] == "\\" and token[1] in "123456789"):
            raise Problem("TooComplexQuery", "a pattern has no look-around and no back-references", field)
        if token == "(":
            groups.append(False)
        elif token == ")":
            inner = groups.pop() if len(groups) > 1 else False
            groups[-1] = groups[-1] or inner
            closed = inner
            continue
        elif token == "|":
            groups[-1] = True
        elif token in ("*", "+") or _COUNTED.fullmatch(token):
            unbounded += _repeats_without_end(token, field)
            if closed or unbounded > REPEATS_MAX:
                raise Problem("TooComplexQuery", "the repeats of the pattern may cost too much", field)
            groups[-1] = True
        elif token == "?":
            groups[-1] = True
        closed = False


def _repeats_without_end(token: str, field: str) -> bool:
    counted = _COUNTED.fullmatch(token)
    if counted is None:
        return True
    low, comma, high = counted.groups()
    if max(int(low or 0), int(high or 0)) > REPEAT_COUNT_MAX:
        raise Problem("TooComplexQuery", f"a pattern repeats up to {REPEAT_COUNT_MAX} times", field)
    return bool(comma) and not high
