"""Votes on budgets, told as data. People know it as a part of 市民参画 (`kit.joining`)."""

from __future__ import annotations

from typing import Final

from kaiteki.kit.manifest import Command, EntityType, Service, Survey
from kaiteki.model.access import ADMIN
from kaiteki.model.words import Words
from kaiteki.services.budgets import counting, taking_in
from kaiteki.services.budgets.model import (
    CURRENCY,
    TITLE,
    BudgetBallots,
    BudgetVote,
    KeepOutcome,
    RemoveVote,
    TakeInVote,
)
from kaiteki.services.budgets.pages.browse import ProposalSeen
from kaiteki.services.budgets.pages.listed import PAGES

_PUBLIC: Final = (
    "number", "title", "budget", "currency", "projects", "voters", "taken_at", "status", "unit", "held_on", "why_removed",
)  # fmt: skip
TYPES: Final = (
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
COMMANDS: Final = (
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
SURVEYS: Final = (Survey("outcomes", counting.EVERY_S, counting.survey, "keep_outcome"),)
service = Service(
    name="participation",
    words=Words("予算の投票", "Votes on budgets", "おかねの とうひょう"),
    summary=Words(
        "予算の使い道を決めた投票について、だれの分がどこに使われたかを読み、数え直せます。",
        "Read whose share of a budget went where after a vote, and count again.",
        "おかねの とうひょうの けっかを 読（よ）めます。",
    ),
    field="hall",
    stage="lab",
    package="kaiteki.services.budgets",
    types=TYPES,
    commands=COMMANDS,
    pages=PAGES,
    surveys=SURVEYS,
    sees=(ProposalSeen,),
)
