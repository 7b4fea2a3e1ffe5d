"""Regular expressions that users send, matched in time that grows with the text alone.

Python's own engine goes back and tries again, so that a short expression can cost years. Here an expression becomes an
automaton that reads each character once. Source of the syntax: IEEE 1003.2 extended expressions, as ETSI GS CIM 009
V1.9.1 clause 4.9 wants them; the classes of Perl (digits, words, blanks) and the prefix `(?i)` are understood too.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from kaiteki.model.expression import Begin, Branch, Chain, CharSet, Node, Repeat, read_expression
from kaiteki.model.problem import Problem

PATTERN_LENGTH_MAX: Final = 512
"""Characters of one expression."""
STEPS_MAX: Final = 400
"""Steps of one automaton; repeats with a number count as often as they say."""
STATES_MAX: Final = 500
"""Sets of steps that an automaton remembers; it starts again with an empty memory beyond."""

_MATCH: Final = 0
"""The step that means: found."""


class _State:
    """A set of steps at which a reading can be, and where each character leads from there."""

    __slots__ = ("following", "found", "steps")

    def __init__(self, steps: frozenset[int]) -> None:
        self.steps = steps
        self.found = _MATCH in steps
        self.following: dict[str, _State] = {}


class Pattern:
    """A compiled expression. It is found in a text when it matches somewhere; `^` and `$` bind it to the ends."""

    def __init__(self, tree: Node, folded: bool, field: str) -> None:
        self._folded = folded
        self._field = field
        self._tests: dict[int, CharSet] = {}
        self._ways: dict[int, tuple[int, ...]] = {_MATCH: ()}
        self._begins: set[int] = set()
        self._ends: set[int] = set()
        self._first = self._build(tree, _MATCH)
        self._states: dict[frozenset[int], _State] = {}
        self._again = self._closed([self._first], False, False)

    def search(self, text: str) -> bool:
        """Whether the expression matches somewhere in the text."""
        if self._folded:
            text = text.lower()
        state = self._state(self._closed([self._first], True, False))
        for char in text:
            if state.found:
                return True
            state = state.following.get(char) or self._advance(state, char)
        return state.found or _MATCH in self._closed(state.steps, not text, True)

    def _advance(self, state: _State, char: str) -> _State:
        reached = [
            way
            for step in state.steps
            if (test := self._tests.get(step)) is not None and test.holds(char)
            for way in self._ways[step]
        ]
        following = self._state(self._closed(reached, False, False) | self._again)
        state.following[char] = following
        return following

    def _state(self, steps: frozenset[int]) -> _State:
        known = self._states.get(steps)
        if known is None:
            if len(self._states) >= STATES_MAX:
                self._states.clear()
            known = self._states[steps] = _State(steps)
        return known

    def _closed(self, steps: Iterable[int], at_begin: bool, at_end: bool) -> frozenset[int]:
        """The steps that read a character (or wait for the end) reachable without reading one."""
        seen: set[int] = set()
        waiting = list(steps)
        kept: set[int] = set()
        while waiting:
            step = waiting.pop()
            if step in seen:
                continue
            seen.add(step)
            if step == _MATCH or step in self._tests:
                kept.add(step)
            elif step in self._begins:
                waiting.extend(self._ways[step] if at_begin else ())
            elif step in self._ends:
                kept.add(step)
                waiting.extend(self._ways[step] if at_end else ())
            else:
                waiting.extend(self._ways[step])
        return frozenset(kept)

    def _step(self, *ways: int) -> int:
        if len(self._ways) >= STEPS_MAX:
            raise Problem("TooComplexQuery", "the pattern is too complex", self._field)
        step = len(self._ways)
        self._ways[step] = ways
        return step

    def _build(self, node: Node, after: int) -> int:
        """The first step of a part of the expression that goes on with the step `after`."""
        if isinstance(node, CharSet):
            step = self._step(after)
            self._tests[step] = node
            return step
        if isinstance(node, Chain):
            for part in reversed(node.parts):
                after = self._build(part, after)
            return after
        if isinstance(node, Branch):
            return self._step(*(self._build(part, after) for part in node.parts))
        if isinstance(node, Repeat):
            return self._build_repeat(node, after)
        step = self._step(after)
        (self._begins if isinstance(node, Begin) else self._ends).add(step)
        return step

    def _build_repeat(self, node: Repeat, after: int) -> int:
        if node.most is None:
            loop = self._step()
            self._ways[loop] = (self._build(node.part, loop), after)
            first = loop
        else:
            first = after
            for _ in range(node.most - node.least):
                first = self._step(self._build(node.part, first), after)
        for _ in range(node.least):
            first = self._build(node.part, first)
        return first


@lru_cache(maxsize=512)
def read_pattern(text: str, field: str = "q") -> Pattern:
    """Compile an expression. Raises BadRequestData when it is malformed, TooComplexQuery beyond the limits."""
    if len(text) > PATTERN_LENGTH_MAX:
        raise Problem("TooComplexQuery", f"a pattern has up to {PATTERN_LENGTH_MAX} characters", field)
    folded = text.startswith("(?i)")
    return Pattern(read_expression(text[4:].lower() if folded else text, field), folded, field)


def found_in(pattern: str, text: str) -> bool:
    """Whether the expression matches somewhere in the text."""
    return read_pattern(pattern).search(text)
