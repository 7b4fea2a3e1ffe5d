"""Budgets of privacy: what may be told of the people of a data set with noise, all releases together, and what was told (decision 33).

ε is counted in thousandths, in whole numbers: pure ε adds up, so sums are exact. A budget is spent in the same transaction in which the
noisy table is kept, before anybody sees it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Annotated, Final

import msgspec

from kaiteki.kit.forms import Label
from kaiteki.kit.manifest import EntityType, State
from kaiteki.kit.views import CREATED_AT
from kaiteki.model.access import STAFF
from kaiteki.model.decision import Accepted, Asked, Fault, Refused
from kaiteki.model.instant import Instant
from kaiteki.model.words import Words

NAME: Final = "PrivacyBudget"
MILLI: Final = 1000
EPSILON_MAX_MILLI: Final = 10 * MILLI
"""The most that a budget may grant: with more, noise hides nobody."""
EPSILON_PATTERN: Final = r"^\d{1,2}(\.\d{1,3})?$"
SPENDS_MAX: Final = 300
GRANTS_MAX: Final = 50
ROWS_MAX: Final = 100

_BETWEEN: Final = Words("0.001から10までの数を入れてください。", "Enter a number from 0.001 to 10.")
_FULL: Final = Words(
    "この予算には、これ以上記録できません。次の期間の予算を決めてください。",
    "No more can be recorded with this budget. Decide on one for the next period.",
)
_OTHER_ROWS: Final = Words(
    "すでに使った予算では、1人の行の数は変えられません。",
    "The rows of a person cannot be changed once something of the budget is spent.",
)


class Granted(msgspec.Struct, frozen=True):
    """How much was granted: when, in all, decided by whom, why."""

    at: Instant
    epsilon_milli: int
    decided_by: str
    why: str


class Spend(msgspec.Struct, frozen=True):
    """What a release cost. `question` is what was asked of which table (SHA-256): who asks the same again gets the same release."""

    at: Instant
    epsilon_milli: int
    release: str
    title: str
    question: str


class PrivacyBudget(msgspec.Struct, frozen=True):
    """What noisy releases of the people of a data set may cost in a period, and have cost.

    `rows_per_person_max`: how many rows of a table of this data set may be of one person; more are left out.
    """

    id: str
    data_set: str = ""
    period: str = ""
    granted_milli: int = 0
    spent_milli: int = 0
    left_milli: int = 0
    rows_per_person_max: int = 1
    decided_by: str = ""
    grants: tuple[Granted, ...] = ()
    spends: tuple[Spend, ...] = ()
    made_at: Annotated[Instant, CREATED_AT] = Instant(0)


class GrantBudget(msgspec.Struct, frozen=True):
    """Decide how much noisy releases of a data set and period may cost; again for more."""

    data_set: Annotated[
        str, Label(Words("データセット", "Data set", "データ")), msgspec.Meta(min_length=1, max_length=100)
    ]
    period: Annotated[
        str,
        Label(
            Words("期間", "Period", "いつの データ"),
            Words("例：2026年度", "Such as fiscal 2026", "れい：2026年度（ねんど）"),
        ),
        msgspec.Meta(min_length=1, max_length=40),
    ]
    epsilon: Annotated[
        str,
        Label(
            Words("予算（ε）の合計", "Budget (ε) in all", "ぜんぶの よさん（ε）"),
            Words("1は厳しい値です。10まで。", "1 is strict; up to 10.", "1は きびしいです。10まで。"),
        ),
        msgspec.Meta(max_length=6, pattern=EPSILON_PATTERN),
    ]
    decided_by: Annotated[
        str,
        Label(
            Words("決めた会議や役職", "Decided by", "きめた 人（ひと）の しごと"),
            Words(
                "個人の名前は書かないでください。",
                "A board or an office, not a name.",
                "名前（なまえ）は 書（か）きません。",
            ),
        ),
        msgspec.Meta(min_length=1, max_length=100),
    ]
    why: Annotated[str, Label(Words("理由", "Why", "どうして")), msgspec.Meta(min_length=1, max_length=300)]
    rows_per_person_max: Annotated[
        int,
        Label(Words("1人の行の数（最大）", "Rows of one person at most", "1人（ひとり）の 行（ぎょう）の 数（かず）")),
        msgspec.Meta(ge=1, le=ROWS_MAX),
    ] = 1  # fmt: skip


BUDGETS: Final = EntityType(
    name=NAME,
    view=PrivacyBudget,
    words=Words("プライバシーの予算", "Privacy budgets", "プライバシーの よさん"),
    title="data_set",
    columns=("data_set", "period", "granted_milli", "spent_milli", "left_milli", "decided_by", "made_at"),
    labels={
        "data_set": Words("データセット", "Data set", "データ"),
        "period": Words("期間", "Period", "いつの データ"),
        "granted_milli": Words("予算（ε、1000分の1）", "Granted (thousandths of ε)", "よさん（εの 1000ぶんの1）"),
        "spent_milli": Words("使った分（同）", "Spent (likewise)", "つかった ぶん"),
        "left_milli": Words("残り（同）", "Left (likewise)", "のこり"),
        "rows_per_person_max": Words("1人の行の数（最大）", "Rows of one person at most", "1人（ひとり）の 行（ぎょう）の 数（かず）"),
        "decided_by": Words("決めた会議や役職", "Decided by", "きめた 人（ひと）の しごと"),
        "grants": Words("決定の記録", "Decisions", "きめた きろく"),
        "spends": Words("使った記録", "What was spent", "つかった きろく"),
        "made_at": Words("始めた日時", "Begun", "はじめた とき"),
    },
    roles=(STAFF,),
    desk="opendata/budgets",
)  # fmt: skip


def milli_of(epsilon: str) -> int:
    """ε in thousandths out of a text of EPSILON_PATTERN, exactly; 0 for any other text."""
    whole, _, part = epsilon.partition(".")
    if not (whole + part).isdecimal() or not (whole + part).isascii() or len(part) > 3 or len(whole) > 2:
        return 0
    return int(whole or "0") * MILLI + int(part.ljust(3, "0"))


def epsilon_of(milli: int) -> str:
    """ε as people write it."""
    whole, part = divmod(milli, MILLI)
    return f"{whole}.{part:03d}".rstrip("0").rstrip(".")


def budget_id(area: str, data_set: str, period: str) -> str:
    """The id of the budget of a data set and period: one for both, so that two cannot be granted beside each other."""
    name = hashlib.sha256("\n".join((area, data_set.strip(), period.strip())).encode()).hexdigest()[:24]
    return f"urn:ngsi-ld:{NAME}:{name}"


def needed_for_grant(form: GrantBudget, asked: Asked) -> Sequence[str]:
    """The budget as it stands."""
    return (budget_id(asked.area, form.data_set, form.period),)


def grant_budget(state: State, form: GrantBudget, asked: Asked) -> Accepted | Refused:
    """Keep how much is granted; never less than what is spent."""
    known = state.get(budget_id(asked.area, form.data_set, form.period))
    kept = known if isinstance(known, PrivacyBudget) else None
    granted, spent = milli_of(form.epsilon), kept.spent_milli if kept else 0
    if not 0 < granted <= EPSILON_MAX_MILLI:
        return Refused("invalid", (Fault("epsilon", "invalid", _BETWEEN),))
    if granted < spent:
        words = Words(
            f"すでにε {epsilon_of(spent)}を使っています。それ以上の数を入れてください。",
            f"ε {epsilon_of(spent)} is spent already. Enter that much or more.",
        )
        return Refused("invalid", (Fault("epsilon", "too_small", words),))
    if kept is not None and spent and kept.rows_per_person_max != form.rows_per_person_max:
        return Refused("invalid", (Fault("rows_per_person_max", "invalid", _OTHER_ROWS),))
    before = kept.grants if kept else ()
    if len(before) >= GRANTS_MAX:
        return Refused("invalid", (Fault("epsilon", "too_many", _FULL),))
    after = msgspec.structs.replace(
        kept or PrivacyBudget(budget_id(asked.area, form.data_set, form.period)),
        data_set=form.data_set.strip(),
        period=form.period.strip(),
        granted_milli=granted,
        left_milli=granted - spent,
        rows_per_person_max=form.rows_per_person_max,
        decided_by=form.decided_by,
        grants=(*before, Granted(asked.now, granted, form.decided_by, form.why)),
    )
    return Accepted(writes=(after,), answer={"id": after.id})


def told_before(budget: PrivacyBudget, question: str) -> Spend | None:
    """The release that answered a question already."""
    return next((one for one in budget.spends if one.question == question), None)


def spend(budget: PrivacyBudget, one: Spend) -> PrivacyBudget | Refused:
    """The budget after a release; refused where it does not reach."""
    if one.epsilon_milli > budget.left_milli:
        left = epsilon_of(budget.left_milli)
        words = Words(
            f"予算の残りはε {left}です。εを{left}以下にするか、ほかの方法を選ぶか、次の期間の予算を決めてください。",
            f"ε {left} is left of the budget. Enter no more than that, choose another method, or decide on a budget for the next period.",
            f"よさんの のこりは ε {left}です。ほかの やりかたを えらんで ください。",
        )
        return Refused("invalid", (Fault("epsilon", "spent", words),))
    if len(budget.spends) >= SPENDS_MAX:
        return Refused("invalid", (Fault("budget", "too_many", _FULL),))
    spent = budget.spent_milli + one.epsilon_milli
    return msgspec.structs.replace(
        budget,
        spent_milli=spent,
        left_milli=budget.granted_milli - spent,
        spends=(*budget.spends, one),
    )
