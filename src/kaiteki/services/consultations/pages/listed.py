"""The pages of public comments: where they are, for whom, by which words they are found."""

from __future__ import annotations

from typing import Final

from kaiteki.kit.manifest import Page
from kaiteki.kit.query_fields import one_of
from kaiteki.model.access import STAFF
from kaiteki.model.words import Words
from kaiteki.services.consultations.course import STATES
from kaiteki.services.consultations.pages import browse, desk

PAGES: Final = (
    Page(
        "participation",
        "consultations.html",
        Words("市民参画", "Taking part", "まちづくりに さんか"),
        browse.show_all,
        menu=True,
        icon="people",
        summary=Words(
            "市の案に意見を出す、市の答えを読む",
            "Comment on drafts of the town, read its answers",
            "市（し）の 案（あん）に 意見（いけん）を 言（い）う",
        ),
        keywords=Words(
            "パブリックコメント パブコメ 意見募集 意見公募 市民参加 計画案",
            "public comment consultation opinion draft plan",
            "いけん パブコメ",
        ),
        asks={"state": one_of([code for code, _ in STATES])},
    ),
    Page(
        "participation/comments/{number}",
        "consultation.html",
        Words("意見募集", "Public comment", "意見（いけん）を 言（い）う"),
        browse.show_one,
        act=browse.act_one,
        asks={},
    ),
    Page(
        "participation/comments/{number}/answers",
        "answers.html",
        Words("意見と市の考え方（対応表）", "Comments and answers", "意見（いけん）と こたえ"),
        browse.show_table,
        asks={},
    ),
    Page(
        "participation/comments/{number}/answers.csv",
        "",
        Words("意見と市の考え方（CSV）", "Comments and answers as CSV", "意見（いけん）と こたえ（CSV）"),
        browse.show_csv,
        asks={},
    ),
    Page(
        "participation/desk",
        "desk.html",
        Words("意見募集（受付）", "Public comments (desk)", "意見（いけん）の うけつけ"),
        desk.show_desk,
        act=desk.act_desk,
        roles=(STAFF,),
    ),
    Page(
        "participation/desk/comments/{number}",
        "consultation_desk.html",
        Words("意見募集（受付）", "Public comment (desk)", "意見（いけん）の うけつけ"),
        desk.show_one,
        act=desk.act_one,
        roles=(STAFF,),
    ),
)
