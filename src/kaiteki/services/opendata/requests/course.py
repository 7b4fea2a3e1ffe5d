"""The course of a request for a data set: its states, what people call them, and the steps of the office and of the asker."""

from __future__ import annotations

from typing import Final

from kaiteki.kit.lifecycle import Arrow, Course, Phase
from kaiteki.model.access import ANYONE
from kaiteki.model.words import Words

WITHDRAW: Final = "withdraw_request"
MERGE: Final = "merge_request"
PUBLISH: Final = "fulfil_request"
OPEN: Final = ("received", "considering", "preparing")
"""The states in which the town still owes something."""
COURSE: Final = Course(
    phases=(
        Phase("received", Words("受け付けました", "Received", "うけつけました"), "new"),
        Phase("considering", Words("検討しています", "Being considered", "かんがえて います")),
        Phase("preparing", Words("公開の準備中です", "Being prepared", "じゅんび して います"), "waiting"),
        Phase("published", Words("公開しました", "Published", "だしました"), "done"),
        Phase("impossible", Words("公開できません", "Not possible", "だせません"), "ended"),
        Phase(
            "merged",
            Words("同じ要望にまとめました", "Merged with another", "おなじ ものに まとめました"),
            "ended",
        ),
        Phase("withdrawn", Words("取り下げられました", "Withdrawn", "やめました"), "ended"),
    ),
    arrows=(
        Arrow(
            "consider_request",
            Words("検討する", "Consider", "かんがえる"),
            ("received", "considering"),
            "considering",
            needs_why=True,
        ),
        Arrow(
            "prepare_request",
            Words("公開の準備をする", "Prepare", "じゅんびする"),
            OPEN,
            "preparing",
            needs_why=True,
        ),
        Arrow(PUBLISH, Words("公開した", "Published", "だした"), OPEN, "published"),
        Arrow(
            "decline_request",
            Words("公開できない", "Not possible", "だせない"),
            OPEN,
            "impossible",
            needs_why=True,
        ),
        Arrow(MERGE, Words("ほかの要望にまとめる", "Merge with another", "まとめる"), OPEN, "merged"),
        Arrow(
            "reopen_request",
            Words("もう一度検討する", "Consider again", "もう一度（いちど） かんがえる"),
            ("published", "impossible", "merged"),
            "considering",
            needs_why=True,
        ),
        Arrow(WITHDRAW, Words("要望を取り下げる", "Withdraw", "やめる"), OPEN, "withdrawn", (ANYONE,)),
    ),
)
DESK: Final = tuple(one for one in COURSE.arrows if one.name != WITHDRAW)
"""The steps of the office."""
STATES: Final = tuple((one.name, one.words) for one in COURSE.phases)
