"""Votes on budgets, told as data: types, commands and pages, a part of the manifest of the service."""

from __future__ import annotations

from typing import Final

from kaiteki.kit.manifest import Command, EntityType, Page, Survey
from kaiteki.model.access import ADMIN, STAFF
from kaiteki.model.words import Words
from kaiteki.services.participation.budgets import browse, counting, desk, taking_in
from kaiteki.services.participation.budgets.model import (
    CURRENCY,
    TITLE,
    BudgetBallots,
    BudgetVote,
    KeepOutcome,
    RemoveVote,
    TakeInVote,
)

_PUBLIC: Final = (
    "number", "title", "budget", "currency", "projects", "voters", "taken_at", "status", "unit", "held_on", "why_removed",
)  # fmt: skip
BUDGET_TYPES: Final = (
    EntityType(
        name="BudgetVote",
        view=BudgetVote,
        words=Words("予算の投票", "Votes on budgets", "おかねの とうひょう"),
        title="title",
        columns=("number", "title", "status", "voters", "projects", "taken_at"),
        labels={
            "number": Words("番号", "Number", "ばんごう"),
            "title": TITLE,
            "budget": Words("予算", "Budget", "おかね"),
            "projects": Words("事業の数", "Projects", "いくつ"),
            "voters": Words("票の数", "Ballots", "ひょうの かず"),
            "taken_at": Words("取り込んだ日時", "Taken in", "入（い）れた とき"),
            "currency": CURRENCY,
            "status": Words("状態", "State", "いま"),
            "why_removed": Words("取り下げた理由", "Why it was taken off", "けした りゆう"),
            "unit": Words("地域", "District", "ところ"),
            "held_on": Words("投票の終わり", "Voting ended", "とうひょうの おわり"),
        },
        public=_PUBLIC,
        page="participation/budgets/{id}",
        desk="participation/desk/budgets",
    ),
    EntityType(
        name="BudgetBallots",
        view=BudgetBallots,
        words=Words("投票の票", "Ballots of votes", "ひょう"),
        title="vote",
        columns=("vote",),
        labels={"vote": Words("投票", "Vote", "とうひょう")},
        public=("vote", "content", "outcome"),
        desk="participation/desk/budgets",
        workings=frozenset({"content", "outcome"}),
    ),
)
BUDGET_COMMANDS: Final = (
    Command(
        "take_in_vote",
        Words("投票を取り込む", "Take in a vote", "とうひょうを 入（い）れる"),
        TakeInVote,
        taking_in.take_in,
        taking_in.take_in_needs,
        page="participation/desk/budgets",
    ),
    Command(
        "remove_vote",
        Words("投票を取り下げる", "Take a vote off", "とうひょうを けす"),
        RemoveVote,
        taking_in.remove,
        taking_in.remove_needs,
        page="participation/desk/budgets",
    ),
    Command(
        "keep_outcome",
        Words("結果を残す", "Keep an outcome", "けっかを のこす"),
        KeepOutcome,
        taking_in.keep_outcome,
        taking_in.keep_outcome_needs,
        (ADMIN,),
    ),
)
BUDGET_SURVEYS: Final = (Survey("outcomes", counting.EVERY_S, counting.survey, "keep_outcome"),)
BUDGET_PAGES: Final = (
    Page(
        "participation/budgets",
        "budgets.html",
        Words("予算の投票", "Votes on budgets", "おかねの とうひょう"),
        browse.show_all,
        keywords=Words(
            "参加型予算 住民投票 事業 開票 結果", "participatory budgeting equal shares result", "とうひょう"
        ),
        asks={},
    ),
    Page(
        "participation/budgets/{number}",
        "budget_result.html",
        Words("投票の結果", "Result of a vote", "とうひょうの けっか"),
        browse.show_one,
        asks={},
    ),
    Page(
        "participation/budgets/{number}/ballots.pb",
        "",
        Words("票の一覧（.pb）", "Ballots (.pb)", "ひょう（.pb）"),
        browse.show_pb,
        asks={},
    ),
    Page(
        "participation/desk/budgets",
        "budget_desk.html",
        Words("予算の投票（受付）", "Votes on budgets (desk)", "おかねの とうひょう（うけつけ）"),
        desk.show_desk,
        act=desk.act_desk,
        roles=(STAFF,),
    ),
)
