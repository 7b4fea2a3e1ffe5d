"""The pages of votes on budgets: where they are, for whom, by which words they are found."""

from __future__ import annotations

from typing import Final

from kaiteki.kit.manifest import Page
from kaiteki.model.access import STAFF
from kaiteki.model.words import Words
from kaiteki.services.budgets.pages import browse, desk

PAGES: Final = (
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
