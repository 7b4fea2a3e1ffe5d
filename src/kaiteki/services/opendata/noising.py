"""Counts, sums and means of people with noise: what one person may change is bounded first, then noise hides that much (decision 33).

Two tables are neighbours when one has the rows of one person more. Groups are named beforehand, never taken out of the table: a group
that stands there because of one person would tell of them. The noise is discrete Laplace, so the loss is ε and δ is 0.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Final, Literal, TypeAlias

import msgspec

from kaiteki.model.decision import Noise, Refused
from kaiteki.model.release import CELLS_MAX, TOTAL
from kaiteki.model.words import Words
from kaiteki.services.opendata.budgets import MILLI
from kaiteki.services.opendata.people_table import COLUMN, Row, counted, cut_to, group_of, refuse

Measure: TypeAlias = Literal["count", "sum", "mean"]
GROUPS_MAX: Final = 100
VALUE_MAX: Final = 1_000_000
SURE: Final = 0.95
HIDDEN: Final = "x"
_GROUPS: Final = Words(
    "区分を1行に1つ、重ならないように書いてください（全部の値で2,000まで）。",
    "Write one group on each line, none twice (up to 2,000 numbers in all).",
)
_BOUNDS: Final = Words(
    "下限を上限より小さくしてください（どちらも百万まで）。",
    "The lower bound must be below the upper one (neither beyond a million).",
)
_LITTLE: Final = Words("平均には、0.002以上のεが要ります。", "A mean needs an ε of at least 0.002.")
_ONE_WAY: Final = Words(
    "合計と平均は、たての列だけで分けられます。", "Sums and means are told by the column for the rows alone."
)


class Question(msgspec.Struct, frozen=True):
    """What is asked of a table of people. `low` and `high` bound the value of a row; `person` names whose row it is."""

    measure: Measure
    down: str
    across: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    value: str
    low: int
    high: int
    person: str
    rows_max: int
    epsilon_milli: int

    @property
    def changed_by(self) -> int:
        """How much the rows of one person change the counts, or the sums, all together."""
        return self.rows_max * (1 if self.measure == "count" else max(abs(self.low), abs(self.high)))


class Noisy(msgspec.Struct, frozen=True):
    """A table that may be told. Cells go row by row; 19 of 20 are at most `margin` away from what is true, None: not known."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[str, ...]
    margin: int | None


def wrong(question: Question, header: Sequence[str]) -> Refused | None:
    """Why a question cannot be asked of a table; None when it can."""
    needed = [question.down, question.across, question.person]
    needed += [question.value] if question.measure != "count" else []
    named = [one for one in needed if one]
    if not question.down or len(set(named)) < len(named) or not set(named) <= set(header):
        return refuse("down", COLUMN)
    if question.measure != "count" and not question.value:
        return refuse("value", COLUMN)
    if question.measure != "count" and question.across:
        return refuse("across", _ONE_WAY)
    for field, groups, wanted in (
        ("groups_down", question.rows, True),
        ("groups_across", question.columns, bool(question.across)),
    ):
        if len(set(groups)) < len(groups) or wanted != bool(groups) or len(groups) > GROUPS_MAX:
            return refuse(field, _GROUPS)
    if (len(question.rows) + 1) * (len(question.columns) + 1) > CELLS_MAX:
        return refuse("groups_down", _GROUPS)
    bounds = -VALUE_MAX <= question.low < question.high <= VALUE_MAX
    if question.measure != "count" and not bounds:
        return refuse("low", _BOUNDS)
    return refuse("epsilon", _LITTLE) if question.measure == "mean" and question.epsilon_milli < 2 else None


def asked_of(question: Question, people: Sequence[Row]) -> str:
    """What was asked of whom, as a digest: the order of rows and columns that are not looked at make no difference."""
    used = [one for one in (question.down, question.across, question.value, question.person) if one]
    rows = sorted([row[name] for name in used] for row in people)
    return hashlib.sha256(msgspec.json.encode([question, rows])).hexdigest()


def margin_of(changed_by: int, epsilon_milli: int) -> int:
    """The least distance within which 19 of 20 noisy numbers are."""
    q = math.exp(-float(Fraction(epsilon_milli, MILLI * changed_by)))
    return max(0, math.ceil(math.log((1 - SURE) * (1 + q) / 2) / math.log(q)) - 1)


def left_out(question: Question, people: Sequence[Row]) -> int:
    """How many rows no named group holds, or that are more than one person may have."""
    kept = cut_to(people, question.person, question.rows_max)
    return len(people) - sum(_is_in(question, one) for one in kept)


def exact(question: Question, people: Sequence[Row]) -> Noisy:
    """The same table without noise: for the eyes of who has the people anyway."""
    return noisy(question, people, lambda values, changed_by, epsilon_milli: values)


def noisy(question: Question, people: Sequence[Row], draw: Noise) -> Noisy:
    """The table with noise. Everything after the draw is worked out of noisy numbers alone."""
    kept = [one for one in cut_to(people, question.person, question.rows_max) if _is_in(question, one)]
    if question.measure == "count":
        return _counts(question, kept, draw)
    numbers = [(group_of(one, question.down), _number(one[question.value])) for one in kept]
    inside = [
        (group, min(max(one, question.low), question.high)) for group, one in numbers if one is not None
    ]
    sums = [sum(one for group, one in inside if group == row) for row in question.rows]
    rows, columns = (*question.rows, TOTAL), (TOTAL,)
    if question.measure == "sum":
        drawn = draw(sums, question.changed_by, question.epsilon_milli)
        cells = tuple(str(one) for one in (*drawn, sum(drawn)))
        return Noisy(rows, columns, cells, margin_of(question.changed_by, question.epsilon_milli))
    half = question.epsilon_milli // 2
    counts = [sum(group == row for group, _ in inside) for row in question.rows]
    drawn = draw(sums, question.changed_by, question.epsilon_milli - half)
    of_them = draw(counts, question.rows_max, half)
    pairs = [*zip(drawn, of_them, strict=True), (sum(drawn), sum(of_them))]
    return Noisy(rows, columns, tuple(_mean(question, one, count) for one, count in pairs), None)


def _is_in(question: Question, row: Row) -> bool:
    across = group_of(row, question.across)
    return group_of(row, question.down) in question.rows and (not across or across in question.columns)


def _counts(question: Question, kept: Sequence[Row], draw: Noise) -> Noisy:
    columns = question.columns or (TOTAL,)
    counts = counted(kept, question.down, question.across)
    places = [(row, column) for row in question.rows for column in columns]
    drawn = draw([counts.get(place, 0) for place in places], question.changed_by, question.epsilon_milli)
    told = dict(zip(places, drawn, strict=True))
    shown = columns if columns == (TOTAL,) else (*columns, TOTAL)
    cells = [
        _shown(
            sum(told[place] for place in places if row in (place[0], TOTAL) and column in (place[1], TOTAL))
        )
        for row in (*question.rows, TOTAL)
        for column in shown
    ]
    return Noisy(
        (*question.rows, TOTAL), shown, tuple(cells), margin_of(question.changed_by, question.epsilon_milli)
    )


def _shown(count: int) -> str:
    """A count as it is told: noise may have taken it below 0, which nobody would understand."""
    return str(max(0, count))


def _mean(question: Question, noisy_sum: int, noisy_count: int) -> str:
    if noisy_count < 1:
        return HIDDEN
    return f"{min(max(noisy_sum / noisy_count, question.low), question.high):.1f}"


def _number(text: str) -> int | None:
    """The whole number nearest to a cell; None where there is none."""
    try:
        found = float(text)
    except ValueError:
        return None
    return round(found) if math.isfinite(found) else None


def method_of(question: Question, margin: int | None) -> Mapping[str, str | int]:
    """How a noisy table was made, for programs."""
    told: dict[str, str | int] = {
        "mechanism": "discrete Laplace",
        "measure": question.measure,
        "neighbours": "the rows of one person added or removed",
        "delta": "0",
        "rows_per_person_max": question.rows_max,
        "changed_by": question.changed_by,
    }
    if question.measure != "count":
        told |= {"low": question.low, "high": question.high}
    return told | ({} if margin is None else {"margin_95": margin})
