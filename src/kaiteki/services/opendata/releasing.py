"""Numbers of people before they are told: a table of single people becomes a table of numbers in which nobody can be found (decision 33).

Three ways: what is small is hidden, everything is rounded, or noise is added out of a budget. The rule makes the table itself out of what
it is given, so that nothing is released that did not pass it. Of the people nothing is kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec

from kaiteki.kit.manifest import State
from kaiteki.kit.views import fresh_id
from kaiteki.model.decision import Accepted, Asked, Fault, Refused
from kaiteki.model.instant import Instant
from kaiteki.model.release import (
    MINIMA,
    TOTAL,
    NotReleasable,
    Number,
    Released,
    alone,
    anonymity,
    diversity,
    release,
    tabulated,
)
from kaiteki.model.rounding import rounded
from kaiteki.model.words import Words
from kaiteki.services.opendata.budgets import PrivacyBudget, Spend, milli_of, spend, told_before
from kaiteki.services.opendata.noising import (
    HIDDEN,
    Noisy,
    Question,
    asked_of,
    exact,
    left_out,
    margin_of,
    method_of,
    noisy,
    wrong,
)
from kaiteki.services.opendata.people_table import COLUMN, Row, counted, group_of, people_of, refuse
from kaiteki.services.opendata.release_forms import (
    BASES_OF,
    CLASSES,
    NAME,
    PUBLISHED,
    WITHDRAWN,
    PublishAgain,
    Release,
    StatisticsRelease,
    Withdraw,
)

_CLASS = Words("データの区分を選んでください。", "Choose the class of the data.")
_BASE = Words("この区分では、10に丸めてください。", "Numbers of this class are rounded to multiples of 10.")
_BUDGET = Words(
    "ノイズを加えるには、データセットの予算を選んでください。なければ先に予算を決めます。",
    "Choose the budget of the data set; where there is none, decide on one first.",
)
_EPSILON = Words("0.001以上のεを入れてください。", "Enter an ε of at least 0.001.")
_UNSAFE = Words(
    "この表は、隠しても人数を計算できてしまうため公開できません。区分をまとめてください。",
    "This table cannot be released: small numbers could be computed from the others. Merge some of the groups.",
)
NO_NOISE = Words(
    "このサーバーではノイズを加えられません。管理者が「pip install 'kaiteki[privacy]'」で追加できます。",
    "This node cannot draw noise. Who runs it adds that by: pip install 'kaiteki[privacy]'",
    "この サーバーでは できません。「pip install 'kaiteki[privacy]'」が いります。",
)


class Looked(msgspec.Struct, frozen=True):
    """What there is to see of a table before it is released. `cells` are those that would be told (with noise: nothing is drawn, so
    none), `true` those that only the officer sees. `moved` says how far numbers are from the truth, `margin` how far noise will be."""

    people: int
    k: int
    different: int
    rare: dict[tuple[str, ...], int]
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    true: tuple[str, ...]
    cells: tuple[str, ...] = ()
    shown: Released | None = None
    moved: tuple[int, ...] = ()
    margin: int | None = None
    left_out: int = 0

    @property
    def hidden(self) -> int:
        """How many numbers are not told."""
        return len(self.shown.hidden) if self.shown else 0

    @property
    def small(self) -> int:
        """How many of them because they are small."""
        return len(self.shown.primary) if self.shown else 0


def look(form: Release, rows_max: int = 1) -> Looked | Refused:
    """What would be released of a table, and how well people are hidden in what it was made of. Draws no noise."""
    read = people_of(form.text)
    if isinstance(read, Refused):
        return read
    header, people = read
    if form.data_class not in CLASSES:
        return refuse("data_class", _CLASS)
    if not {form.down, *form.quasi} <= set(header):
        return refuse("down", COLUMN)
    seen = (
        _noise_ahead(form, header, people, rows_max)
        if form.mechanism == "noise"
        else _counts(form, header, people)
    )
    if isinstance(seen, Refused):
        return seen
    quasi = [tuple(one[name] for name in form.quasi or _told_by(form)) for one in people]
    secret = [one.get(form.sensitive, "") for one in people]
    return msgspec.structs.replace(
        seen,
        people=len(people),
        k=anonymity(quasi),
        different=diversity(zip(quasi, secret, strict=True)) if form.sensitive else 0,
        rare=alone(quasi, MINIMA[form.data_class]),
    )


def _told_by(form: Release) -> tuple[str, ...]:
    return tuple(one for one in (form.down, form.across) if one)


def _counts(form: Release, header: tuple[str, ...], people: list[dict[str, str]]) -> Looked | Refused:
    """A table of counts in which what is small is hidden, or everything is rounded."""
    named = [one for one in (form.down, form.across, form.above) if one]
    if not form.across or len(set(named)) < len(named) or not set(named) <= set(header):
        return refuse("down", COLUMN)
    counts = counted(people, form.down, form.across)
    parents = {group_of(one, form.down): group_of(one, form.above) for one in people} if form.above else {}
    if set(parents.values()) & {row for row, _ in counts}:
        return refuse("above", COLUMN)
    try:
        numbers = tabulated(counts, parents)
        return _rounded(form, numbers) if form.mechanism == "round" else _suppressed(form, numbers)
    except NotReleasable:
        return refuse("down", _UNSAFE)


def _laid_out(numbers: tuple[Number, ...]) -> Looked:
    """A table with its totals last, as it is."""
    rows = (*dict.fromkeys(one.place[0] for one in numbers if one.place[0]), TOTAL)
    columns = (*sorted({one.place[1] for one in numbers} - {TOTAL}), TOTAL)
    true = {one.place: str(one.value) for one in numbers}
    cells = tuple(true[row, column] for row in rows for column in columns)
    return Looked(0, 0, 0, {}, rows, columns, cells)


def _suppressed(form: Release, numbers: tuple[Number, ...]) -> Looked:
    shown, laid = release(numbers, MINIMA[form.data_class]), _laid_out(numbers)
    told = [shown.numbers[row, column] for row in laid.rows for column in laid.columns]
    cells = tuple(HIDDEN if one is None else str(one) for one in told)
    return msgspec.structs.replace(laid, cells=cells, shown=shown)


def _rounded(form: Release, numbers: tuple[Number, ...]) -> Looked | Refused:
    if form.base not in BASES_OF[form.data_class]:
        return refuse("base", _BASE)
    told, laid = rounded(numbers, form.base), _laid_out(numbers)
    cells = tuple(str(told[row, column]) for row in laid.rows for column in laid.columns)
    moved = tuple(abs(told[one.place] - one.value) for one in numbers)
    return msgspec.structs.replace(laid, cells=cells, moved=moved)


def question_of(form: Release, rows_max: int) -> Question:
    """What a form asks of its table with noise."""
    counts = form.measure == "count"
    return Question(
        measure=form.measure,
        down=form.down,
        across=form.across,
        rows=form.groups_down,
        columns=form.groups_across if form.across else (),
        value="" if counts else form.value,
        low=0 if counts else form.low,
        high=0 if counts else form.high,
        person=form.person,
        rows_max=rows_max,
        epsilon_milli=milli_of(form.epsilon),
    )


def _noise_ahead(
    form: Release, header: tuple[str, ...], people: list[dict[str, str]], rows_max: int
) -> Looked | Refused:
    """The table without noise, and how much there will be; to show a noisy one would already tell something."""
    question = question_of(form, rows_max)
    bad = wrong(question, header)
    if bad is not None:
        return bad
    if not question.epsilon_milli:
        return refuse("epsilon", _EPSILON)
    true = exact(question, people)
    margin = None if question.measure == "mean" else margin_of(question.changed_by, question.epsilon_milli)
    lost = left_out(question, people)
    return Looked(0, 0, 0, {}, true.rows, true.columns, true.cells, margin=margin, left_out=lost)


def needed_for_release(form: Release, asked: Asked) -> tuple[str, ...]:
    """The budget that is to be spent."""
    return (form.budget,) if form.mechanism == "noise" and form.budget else ()


def release_statistics(state: State, form: Release, asked: Asked) -> Accepted | Refused:
    """Keep the table as it may be told, and what was looked at for it; with noise its price goes off the budget in the same write."""
    if form.mechanism == "noise":
        return _release_with_noise(state, form, asked)
    looked = look(form)
    if isinstance(looked, Refused):
        return looked
    rounds = form.mechanism == "round"
    kept = StatisticsRelease(
        id=fresh_id(NAME, asked),
        title=form.title,
        data_class=form.data_class,
        state=PUBLISHED,
        mechanism=form.mechanism,
        minimum=0 if rounds else MINIMA[form.data_class],
        base=form.base if rounds else 0,
        rows=looked.rows,
        columns=looked.columns,
        cells=looked.cells,
        method={"mechanism": "controlled rounding"} if rounds else {"mechanism": "cell suppression", "secondary": "exact"},
        people=looked.people,
        k=looked.k,
        different=looked.different,
        quasi=form.quasi or _told_by(form),
        sensitive=form.sensitive,
        hidden=looked.hidden,
        hidden_small=looked.small,
        digest=hashlib.sha256(form.text.encode()).hexdigest(),
        told_at=asked.now,
    )  # fmt: skip
    return Accepted(writes=(kept,), answer={"id": kept.id})


def _release_with_noise(state: State, form: Release, asked: Asked) -> Accepted | Refused:
    budget = state.get(form.budget)
    if not isinstance(budget, PrivacyBudget):
        return refuse("budget", _BUDGET)
    looked, read = look(form, budget.rows_per_person_max), people_of(form.text)
    if isinstance(looked, Refused):
        return looked
    if isinstance(read, Refused):
        return read
    people: list[Row] = [*read[1]]
    question = question_of(form, budget.rows_per_person_max)
    digest = asked_of(question, people)
    before = told_before(budget, digest)
    if before is not None:
        return Accepted(answer={"id": before.release, "again": True})
    if asked.noise is None:
        return Refused("invalid", (Fault("mechanism", "unavailable", NO_NOISE),))
    release_id = fresh_id(NAME, asked)
    one = Spend(asked.now, question.epsilon_milli, release_id, form.title, digest)
    after = spend(budget, one)
    if isinstance(after, Refused):
        return after
    told = noisy(question, people, asked.noise)
    return Accepted(
        writes=(after, _noisy_release(form, asked, question, (release_id, told))), answer={"id": release_id}
    )


def unaffordable(form: Release, budget: PrivacyBudget, people: Sequence[Row]) -> Refused | None:
    """Why the budget does not reach for a table that was looked at; None where it does, or where it was answered before."""
    question = question_of(form, budget.rows_per_person_max)
    digest = asked_of(question, [*people])
    if told_before(budget, digest) is not None:
        return None
    said = spend(budget, Spend(Instant(0), question.epsilon_milli, "", form.title, digest))
    return said if isinstance(said, Refused) else None


def _noisy_release(
    form: Release, asked: Asked, question: Question, kept: tuple[str, Noisy]
) -> StatisticsRelease:
    """Of what is true nothing is kept: no number of people, no k, no digest by which a guess at the table could be checked."""
    release_id, told = kept
    return StatisticsRelease(
        id=release_id,
        title=form.title,
        data_class=form.data_class,
        state=PUBLISHED,
        mechanism=form.mechanism,
        measure=form.measure,
        epsilon_milli=question.epsilon_milli,
        margin=told.margin,
        rows=told.rows,
        columns=told.columns,
        cells=told.cells,
        method=dict(method_of(question, told.margin)),
        budget=form.budget,
        told_at=asked.now,
    )


def withdraw(state: State, form: Withdraw, asked: Asked) -> Accepted | Refused:
    """Take a released table back: nobody but staff sees its numbers from now on. What was told cannot be untold, so no budget comes back."""
    kept = state.get(form.id)
    if not isinstance(kept, StatisticsRelease):
        return Refused("not_found")
    if kept.state == WITHDRAWN:
        return Refused("conflict")
    after = msgspec.structs.replace(kept, state=WITHDRAWN, cells=(), held_back=kept.cells, why=form.why)
    return Accepted(writes=(after,), answer={"id": kept.id})


def publish_again(state: State, form: PublishAgain, asked: Asked) -> Accepted | Refused:
    """Show a table that was taken back, with the very same numbers."""
    kept = state.get(form.id)
    if not isinstance(kept, StatisticsRelease):
        return Refused("not_found")
    if kept.state != WITHDRAWN:
        return Refused("conflict")
    after = msgspec.structs.replace(kept, state=PUBLISHED, cells=kept.held_back, held_back=(), why="")
    return Accepted(writes=(after,), answer={"id": kept.id})
