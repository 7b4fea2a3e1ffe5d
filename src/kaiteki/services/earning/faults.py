"""Why something is refused, in words."""

from __future__ import annotations

from typing import Final

from kaiteki.model.decision import Fault, Refused
from kaiteki.model.words import Words

FAULTS: Final = {
    "no_account": Words(
        "この番号のポイント口座はありません。16けたの番号を確かめてください。",
        "There is no account with this number. Please check its 16 digits.",
        "この ばんごうは ありません。16この すうじを たしかめて ください。",
    ),
    "no_campaign": Words("取り組みを選んでください。", "Please choose for what.", "えらんで ください。"),
    "not_now": Words(
        "この取り組みの期間ではありません。", "It does not run on this day.", "いまの きかんでは ありません。"
    ),
    "day_cap": Words(
        "今日の上限に達しています。",
        "No more today: the cap of the day is reached.",
        "きょうは もう もらえません。",
    ),
    "person_cap": Words(
        "1人の上限に達しています。", "The cap of one person is reached.", "もう さいだいまで もらいました。"
    ),
    "no_budget": Words(
        "この取り組みの予算が足りません。", "The budget of it does not suffice.", "よさんが たりません。"
    ),
    "one_a_year": Words(
        "市民タスクの取り組みは、年度ごとに1つです。この年度のものはもうあります。",
        "There is one campaign for citizens' tasks in each fiscal year, and this year has one.",
        "みんなの タスクの とりくみは 1年（いちねん）に 1つです。もう あります。",
    ),
    "other_year": Words(
        "市民タスクの取り組みは、同じ年度（4月から3月）のうちに終わるようにしてください。",
        "A campaign for citizens' tasks ends in the fiscal year (April to March) in which it begins.",
        "3月（がつ）までに おわる ように して ください。",
    ),
    "nothing_left": Words(
        "この口座には、取り消せるポイントが残っていません。",
        "Nothing is left in the account that could be taken back.",
        "とりけせる ポイントが ありません。",
    ),
}
INVALID: Final = frozenset({"no_account", "no_campaign", "other_year"})
"""Those that the form can mend."""


def refuse(why: str, field: str) -> Refused:
    """A refusal in the words of the table, at a field of the form."""
    return Refused("invalid" if why in INVALID else "conflict", (Fault(field, why, FAULTS[why]),))
