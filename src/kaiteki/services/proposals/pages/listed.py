"""The pages of proposals: where they are, for whom, by which words they are found."""

from __future__ import annotations

from typing import Final

from kaiteki.kit.manifest import Page
from kaiteki.model.access import STAFF
from kaiteki.model.words import Words
from kaiteki.services.proposals.pages import browse, desk, linking, reading
from kaiteki.services.proposals.pages.browse import WHAT

_DESK: Final = Words("市民提案（受付）", "Proposals (desk)", "提案（ていあん）の うけつけ")
PAGES: Final = (
    Page(
        "participation/proposals",
        "proposals.html",
        Words("市民提案", "Proposals", "みんなの 提案（ていあん）"),
        browse.show_all,
        menu=True,
        icon="hands",
        summary=Words(
            "まちをよくする案を出す、応援する",
            "Propose how to make the town better, support it",
            "まちを よく する 案（あん）を 出（だ）す",
        ),
        keywords=Words(
            "提案 アイデア 応援 要望 市民参加 まちづくり",
            "proposal idea support petition",
            "ていあん アイデア",
        ),
        asks=browse.ASKS,
    ),
    Page(
        "participation/proposals/new",
        "proposal_new.html",
        Words("提案する", "Propose something", "提案（ていあん）する"),
        browse.show_new,
        act=browse.act_new,
        asks={},
    ),
    Page(
        "participation/proposals/mine",
        "proposals_mine.html",
        Words("わたしの提案と応援", "My proposals and support", "わたしの もの"),
        browse.show_mine,
        asks={},
    ),
    Page(
        "participation/proposals/{number}",
        "proposal.html",
        WHAT,
        reading.show_one,
        act=reading.act_one,
        asks=reading.ASKS,
    ),
    Page(
        "participation/proposals/{number}/amend",
        "proposal_amend.html",
        Words("修正案を書く", "Propose another text", "なおす 案（あん）を 書（か）く"),
        reading.show_amend,
        act=reading.act_amend,
        asks={},
    ),
    Page(
        "participation/proposals/{number}/amendments/{n}",
        "proposal_amendment.html",
        Words("提案の修正案", "Amendment of a proposal", "なおす 案（あん）"),
        reading.show_amendment,
        act=reading.act_amendment,
        asks={},
    ),
    Page(
        "participation/desk/proposals",
        "proposals_desk.html",
        _DESK,
        desk.show_desk,
        act=desk.act_desk,
        roles=(STAFF,),
        asks=desk.ASKS,
    ),
    Page(
        "participation/desk/proposals/{number}",
        "proposal_desk.html",
        _DESK,
        desk.show_one,
        act=desk.act_one,
        roles=(STAFF,),
    ),
    Page(
        "participation/desk/proposals/{number}/vote",
        "proposal_vote.html",
        Words("予算の投票とつなぐ", "Link it to a vote", "とうひょうと つなぐ"),
        linking.show_link,
        act=linking.act_link,
        roles=(STAFF,),
        asks=linking.ASKS,
    ),
)
