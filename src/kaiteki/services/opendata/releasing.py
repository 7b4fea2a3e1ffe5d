"""Numbers of people before they are told: a table of single people becomes a table of counts in which nobody can be found (decision 33).

The rule makes the table itself out of what it is given, so that nothing is released that did not pass it. Of the people nothing is kept.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections import Counter
from typing import Annotated, Final

import msgspec

from kaiteki.kit.forms import Label
from kaiteki.kit.manifest import EntityType, State
from kaiteki.kit.views import CREATED_AT, fresh_id
from kaiteki.model.access import STAFF
from kaiteki.model.decision import Accepted, Asked, Fault, Refused
from kaiteki.model.instant import Instant
from kaiteki.model.release import (
    MINIMA,
    TOTAL,
    NotReleasable,
    Released,
    alone,
    anonymity,
    diversity,
    release,
    tabulated,
)
from kaiteki.model.words import Words

TEXT_LENGTH_MAX: Final = 60_000
PEOPLE_MAX: Final = 5_000
HIDDEN: Final = "x"
NAME: Final = "StatisticsRelease"
CLASSES: Final = {
    "health": Words(
        "要配慮（健康など。10人未満を隠す）", "Needs care, such as health (fewer than 10 are hidden)"
    ),
    "people": Words("人（5人未満を隠す）", "People (fewer than 5 are hidden)"),
}
_UNREADABLE: Final = Words(
    "見出しの行と1人1行の表（CSV、UTF-8かShift_JIS、60KB・5,000人まで）を選んでください。",
    "Choose a CSV table with a header and a row for each person (UTF-8 or Shift_JIS, up to 60 KB and 5,000 people).",
)
_COLUMN: Final = Words(
    "表にある、別々の列を選んでください。", "Choose columns of the table, each another one."
)
_CLASS: Final = Words("データの区分を選んでください。", "Choose the class of the data.")
_UNSAFE: Final = Words(
    "この表は、隠しても人数を計算できてしまうため公開できません。区分をまとめてください。",
    "This table cannot be released: small numbers could be computed from the others. Merge some of the groups.",
)


class StatisticsRelease(msgspec.Struct, frozen=True):
    """A table of counts that was released, and what was looked at for it. `cells` go row by row, with `x` where a number is hidden."""

    id: str
    title: str = ""
    data_class: str = ""
    minimum: int = 0
    people: int = 0
    k: int = 0
    different: int = 0
    quasi: tuple[str, ...] = ()
    sensitive: str = ""
    rows: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    cells: tuple[str, ...] = ()
    hidden: int = 0
    hidden_small: int = 0
    digest: str = ""
    decided_at: Annotated[Instant, CREATED_AT] = Instant(0)


class Release(msgspec.Struct, frozen=True):
    """Release the counts of people by two columns of a table; `above` is the column with the district of each row, if any."""

    text: Annotated[str, Label(Words("表（CSV）", "Table (CSV)")), msgspec.Meta(max_length=TEXT_LENGTH_MAX)]
    title: Annotated[
        str, Label(Words("表の名前", "Name of the table")), msgspec.Meta(min_length=1, max_length=100)
    ]
    data_class: Annotated[
        str, Label(Words("データの区分", "Class of the data"), choices=tuple(CLASSES.items()))
    ]
    down: Annotated[str, Label(Words("たてに並べる列", "Column for the rows")), msgspec.Meta(max_length=200)]
    across: Annotated[
        str, Label(Words("よこに並べる列", "Column for the columns")), msgspec.Meta(max_length=200)
    ]
    above: Annotated[
        str, Label(Words("まとめる列（地区など）", "Column of districts")), msgspec.Meta(max_length=200)
    ] = ""
    quasi: tuple[str, ...] = ()
    sensitive: Annotated[
        str, Label(Words("知られたくない列", "Sensitive column")), msgspec.Meta(max_length=200)
    ] = ""


RELEASES: Final = EntityType(
    name=NAME,
    view=StatisticsRelease,
    words=Words("公開した集計", "Released statistics", "みんなに 見（み）せる 数（かず）"),
    title="title",
    columns=("title", "data_class", "people", "k", "hidden", "decided_at"),
    labels={
        "title": Words("表の名前", "Name"),
        "data_class": Words("データの区分", "Class of the data"),
        "minimum": Words("示す最少の人数", "Least number that is shown"),
        "people": Words("人数", "People"),
        "k": Words("k（同じ組み合わせの最少人数）", "k (people of the rarest combination)"),
        "different": Words("l（知られたくない値の種類）", "l (different sensitive values)"),
        "quasi": Words("人を絞り込める列", "Quasi-identifiers"),
        "sensitive": Words("知られたくない列", "Sensitive column"),
        "rows": Words("行", "Rows"),
        "columns": Words("列", "Columns"),
        "cells": Words("値", "Numbers"),
        "hidden": Words("隠した値", "Hidden numbers"),
        "hidden_small": Words("少ないために隠した値", "Hidden because they are small"),
        "digest": Words("元の表の要約値（SHA-256）", "SHA-256 of the table"),
        "decided_at": Words("決めた日時", "Decided"),
    },
    roles=(STAFF,),
)


class Looked(msgspec.Struct, frozen=True):
    """What there is to see of a table before it is released."""

    people: int
    k: int
    different: int
    rare: dict[tuple[str, ...], int]
    shown: Released
    rows: tuple[str, ...]
    columns: tuple[str, ...]

    def cells(self) -> tuple[str, ...]:
        """Row by row, `x` where a number is hidden."""
        places = [(row, column) for row in self.rows for column in self.columns]
        return tuple(
            HIDDEN if (value := self.shown.numbers[place]) is None else str(value) for place in places
        )


def people_of(text: str) -> tuple[tuple[str, ...], list[dict[str, str]]] | Refused:
    """The header and the people of a table; refused where it is none."""
    try:
        reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff"), newline=None))
        header = tuple(name for name in reader.fieldnames or () if name)
        people = [{name: (row.get(name) or "").strip() for name in header} for row in reader]
    except csv.Error:
        return _refuse("text", _UNREADABLE)
    too_many = len(people) > PEOPLE_MAX or len(text) > TEXT_LENGTH_MAX or len(set(header)) < len(header)
    return _refuse("text", _UNREADABLE) if too_many or len(header) < 2 or not people else (header, people)


def look(form: Release) -> Looked | Refused:
    """What would be released of a table, and how well people are hidden in what it was made of."""
    read = people_of(form.text)
    if isinstance(read, Refused):
        return read
    header, people = read
    if form.data_class not in CLASSES:
        return _refuse("data_class", _CLASS)
    named = [one for one in (form.down, form.across, form.above) if one]
    if len(set(named)) < len(named) or not {form.down, form.across, *named, *form.quasi} <= set(header):
        return _refuse("down", _COLUMN)
    # a blank would be taken for the row of totals
    counts = Counter((one[form.down] or "—", one[form.across] or "—") for one in people)
    parents = {one[form.down] or "—": one[form.above] or "—" for one in people} if form.above else {}
    if set(parents.values()) & {row for row, _ in counts}:
        return _refuse("above", _COLUMN)
    try:
        numbers = tabulated(counts, parents)
        shown = release(numbers, MINIMA[form.data_class])
    except NotReleasable:
        return _refuse("down", _UNSAFE)
    quasi = [tuple(one[name] for name in form.quasi or (form.down, form.across)) for one in people]
    secret = [one.get(form.sensitive, "") for one in people]
    return Looked(
        people=len(people),
        k=anonymity(quasi),
        different=diversity(zip(quasi, secret, strict=True)) if form.sensitive else 0,
        rare=alone(quasi, MINIMA[form.data_class]),
        shown=shown,
        rows=(*dict.fromkeys(one.place[0] for one in numbers if one.place[0]), TOTAL),
        columns=(*sorted({one.place[1] for one in numbers} - {TOTAL}), TOTAL),
    )


def release_statistics(state: State, form: Release, asked: Asked) -> Accepted | Refused:
    """Keep the table as it may be told, and what was looked at for it."""
    looked = look(form)
    if isinstance(looked, Refused):
        return looked
    kept = StatisticsRelease(
        id=fresh_id(NAME, asked),
        title=form.title,
        data_class=form.data_class,
        minimum=MINIMA[form.data_class],
        people=looked.people,
        k=looked.k,
        different=looked.different,
        quasi=form.quasi or (form.down, form.across),
        sensitive=form.sensitive,
        rows=looked.rows,
        columns=looked.columns,
        cells=looked.cells(),
        hidden=len(looked.shown.hidden),
        hidden_small=len(looked.shown.primary),
        digest=hashlib.sha256(form.text.encode()).hexdigest(),
    )
    return Accepted(writes=(kept,), answer={"id": kept.id})


def _refuse(field: str, words: Words) -> Refused:
    return Refused("invalid", (Fault(field, "invalid", words),))
