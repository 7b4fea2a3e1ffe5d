"""Released numbers of people as an entity, and the forms by which they are released, taken back and shown again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal

import msgspec

from kaiteki.kit.forms import Label
from kaiteki.kit.manifest import EntityType
from kaiteki.kit.views import CREATED_AT
from kaiteki.model.access import STAFF
from kaiteki.model.instant import Instant
from kaiteki.model.words import Words
from kaiteki.services.opendata.budgets import EPSILON_PATTERN
from kaiteki.services.opendata.noising import GROUPS_MAX, VALUE_MAX, Measure
from kaiteki.services.opendata.people_table import TEXT_LENGTH_MAX

NAME: Final = "StatisticsRelease"
PUBLISHED: Final = "published"
WITHDRAWN: Final = "withdrawn"
STATES: Final = {
    PUBLISHED: Words("公開中", "Published", "見（み）せて います"),
    WITHDRAWN: Words("取り下げ", "Withdrawn", "やめました"),
}
CLASSES: Final = {
    "health": Words(
        "要配慮（健康など。10人未満を隠す）",
        "Needs care, such as health (fewer than 10 are hidden)",
        "健康（けんこう）などの データ",
    ),
    "people": Words("人（5人未満を隠す）", "People (fewer than 5 are hidden)", "ほかの 人（ひと）の データ"),
}
Mechanism = Literal["suppress", "round", "noise"]
MECHANISMS: Final[Mapping[str, tuple[Words, Words]]] = {
    "suppress": (
        Words("少ない数を隠す", "Hide small numbers", "すくない 数（かず）を かくす"),
        Words(
            "少ない人数と、そこから計算で分かる値だけを「x」にします。ほかの数は正確です。",
            "Small numbers, and what would give them away, become “x”. All others are exact.",
            "すくない 数（かず）は「x」に なります。",
        ),
    ),
    "round": (
        Words("丸める", "Round", "まるい 数（かず）に する"),
        Words(
            "すべての数を3・5・10の倍数にします。合計も合います。",
            "Every number becomes a multiple of 3, 5 or 10, and sums still fit.",
            "ぜんぶの 数（かず）を 3・5・10の ばいに します。",
        ),
    ),
    "noise": (
        Words("ノイズを加える（差分プライバシー）", "Add noise (differential privacy)", "すこし ちがう 数（かず）に する"),
        Words(
            "すべての数に偶然の誤差を加えます。何度公開しても守れるように、データセットごとの予算から使います。",
            "Every number gets an error by chance, paid out of the budget of the data set, so that many releases stay safe.",
            "ぜんぶの 数（かず）を すこし かえます。よさんを つかいます。",
        ),
    ),
}  # fmt: skip
BASES_OF: Final = {"health": (10,), "people": (3, 5, 10)}
"""What the numbers of a class of data may be rounded to: never so finely that a number is told that would have to be hidden by far."""
MEASURES: Final[Mapping[str, Words]] = {
    "count": Words("人数", "Number of people", "人（ひと）の 数（かず）"),
    "sum": Words("値の合計", "Sum of values", "ぜんぶ たした 数（かず）"),
    "mean": Words("値の平均", "Mean of values", "へいきん"),
}


class StatisticsRelease(msgspec.Struct, frozen=True):
    """Released numbers, how they were made, and what was looked at for them.

    `cells` go row by row, with `x` where a number is hidden; empty while it is withdrawn, when they stand in `held_back`.
    What an officer looked at (`people`, `k` …) is not public, and with noise not kept at all.
    """

    id: str
    title: str = ""
    data_class: str = ""
    state: str = PUBLISHED
    mechanism: str = "suppress"
    measure: str = "count"
    minimum: int = 0
    base: int = 0
    epsilon_milli: int = 0
    margin: int | None = None
    rows: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    cells: tuple[str, ...] = ()
    method: dict[str, str | int] = {}
    told_at: Instant | None = None
    held_back: tuple[str, ...] = ()
    why: str = ""
    budget: str = ""
    people: int = 0
    k: int = 0
    different: int = 0
    quasi: tuple[str, ...] = ()
    sensitive: str = ""
    hidden: int = 0
    hidden_small: int = 0
    digest: str = ""
    decided_at: Annotated[Instant, CREATED_AT] = Instant(0)


class Release(msgspec.Struct, frozen=True):
    """Release numbers of people by one or two columns of a table; `above` is the column with the district of each row, if any.

    With noise: the groups that are told, the budget that is spent, ε; for sums and means the column of values and its bounds.
    """

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
    ] = ""
    above: Annotated[
        str, Label(Words("まとめる列（地区など）", "Column of districts")), msgspec.Meta(max_length=200)
    ] = ""
    quasi: tuple[str, ...] = ()
    sensitive: Annotated[
        str, Label(Words("知られたくない列", "Sensitive column")), msgspec.Meta(max_length=200)
    ] = ""
    mechanism: Mechanism = "suppress"
    base: Annotated[int, Label(Words("丸める数", "Base of rounding")), msgspec.Meta(ge=3, le=10)] = 5
    measure: Measure = "count"
    value: Annotated[str, Label(Words("値の列", "Column of values")), msgspec.Meta(max_length=200)] = ""
    low: Annotated[int, Label(Words("下限", "Lower bound")), msgspec.Meta(ge=-VALUE_MAX, le=VALUE_MAX)] = 0
    high: Annotated[int, Label(Words("上限", "Upper bound")), msgspec.Meta(ge=-VALUE_MAX, le=VALUE_MAX)] = 0
    person: Annotated[
        str,
        Label(Words("だれの行かを示す列", "Column that says whose a row is")),
        msgspec.Meta(max_length=200),
    ] = ""
    groups_down: Annotated[
        tuple[str, ...], Label(Words("たての区分", "Groups of the rows")), msgspec.Meta(max_length=GROUPS_MAX)
    ] = ()
    groups_across: Annotated[
        tuple[str, ...],
        Label(Words("よこの区分", "Groups of the columns")),
        msgspec.Meta(max_length=GROUPS_MAX),
    ] = ()
    budget: Annotated[str, Label(Words("予算", "Budget")), msgspec.Meta(max_length=200)] = ""
    epsilon: Annotated[
        str, Label(Words("使うε", "ε to spend")), msgspec.Meta(max_length=6, pattern=f"{EPSILON_PATTERN}|^$")
    ] = ""  # fmt: skip


class Withdraw(msgspec.Struct, frozen=True):
    """Take a released table back."""

    id: str
    why: Annotated[str, Label(Words("理由", "Why", "どうして")), msgspec.Meta(min_length=1, max_length=300)]


class PublishAgain(msgspec.Struct, frozen=True):
    """Show a table again that was taken back."""

    id: str


def _codes(settings: object) -> Mapping[str, Mapping[str, Words]]:
    ways = {name: words for name, (words, _) in MECHANISMS.items()}
    return {"state": STATES, "mechanism": ways, "measure": MEASURES, "data_class": CLASSES}


RELEASES: Final = EntityType(
    name=NAME,
    view=StatisticsRelease,
    words=Words("公開した集計", "Released statistics", "みんなに 見（み）せる 数（かず）"),
    title="title",
    columns=("title", "state", "mechanism", "data_class", "people", "k", "hidden", "decided_at"),
    labels={
        "title": Words("表の名前", "Name", "なまえ"),
        "data_class": Words("データの区分", "Class of the data", "どんな データ"),
        "state": Words("状態", "State", "いま"),
        "mechanism": Words("守り方", "Method", "まもりかた"),
        "measure": Words("数の種類", "What is told", "なにの 数（かず）"),
        "minimum": Words("示す最少の人数", "Least number that is shown", "見（み）せる いちばん すくない 数（かず）"),
        "base": Words("丸めた数", "Base of rounding", "まるめた 数（かず）"),
        "epsilon_milli": Words("ε（1000分の1）", "ε (thousandths)", "ε（1000ぶんの1）"),
        "margin": Words("誤差の幅（20回に19回）", "Margin (19 of 20)", "ちがいの はば"),
        "method": Words("方法（機械用）", "Method (for programs)", "やりかた"),
        "told_at": Words("公開した日時", "Published", "見（み）せた とき"),
        "held_back": Words("取り下げた値", "Numbers held back", "見（み）せない 数（かず）"),
        "why": Words("取り下げた理由", "Why it was withdrawn", "やめた わけ"),
        "budget": Words("使った予算", "Budget", "つかった よさん"),
        "people": Words("人数", "People", "人（ひと）の 数（かず）"),
        "k": Words("k（同じ組み合わせの最少人数）", "k (people of the rarest combination)", "k"),
        "different": Words("l（知られたくない値の種類）", "l (different sensitive values)", "l"),
        "quasi": Words("人を絞り込める列", "Quasi-identifiers", "人（ひと）が わかる 列（れつ）"),
        "sensitive": Words("知られたくない列", "Sensitive column", "知（し）られたく ない 列（れつ）"),
        "rows": Words("行", "Rows", "ぎょう"),
        "columns": Words("列", "Columns", "れつ"),
        "cells": Words("値", "Numbers", "数（かず）"),
        "hidden": Words("隠した値", "Hidden numbers", "かくした 数（かず）"),
        "hidden_small": Words("少ないために隠した値", "Hidden because they are small", "すくないから かくした 数（かず）"),
        "digest": Words("元の表の要約値（SHA-256）", "SHA-256 of the table", "もとの 表（ひょう）の しるし"),
        "decided_at": Words("決めた日時", "Decided", "きめた とき"),
    },
    roles=(STAFF,),
    public=(
        *("title", "data_class", "state", "mechanism", "measure", "minimum", "base", "epsilon_milli", "margin"),
        *("rows", "columns", "cells", "method", "told_at"),
    ),
    public_past=(),
    page="statistics/{id}",
    desk="opendata/release/{id}",
    plays=frozenset({"released_table"}),
    codes=_codes,
)  # fmt: skip
