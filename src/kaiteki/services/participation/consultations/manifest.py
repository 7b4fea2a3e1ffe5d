"""Public comments, told as data: commands, pages and jobs, a part of the manifest of the service."""

from __future__ import annotations

from typing import Final

from kaiteki.kit.manifest import Command, Job, Page, Queues
from kaiteki.kit.query_fields import one_of
from kaiteki.model.access import ANYONE, STAFF
from kaiteki.model.words import Words
from kaiteki.services.participation.consultations import announcing, answering, browse, commenting, desk
from kaiteki.services.participation.consultations.course import CANCEL, COURSE, PUBLISH, STATES
from kaiteki.services.participation.consultations.model import (
    Consultation,
    MapOpinions,
    One,
    PrepareConsultation,
    PublishResult,
    SayOpinion,
    ShowOpinions,
    TakeInOpinion,
    WordOpinion,
    WriteAnswer,
)

ON: Final = "Consultation"
END_EVERY_S: Final = 300
CONSULTATION_COMMANDS: Final = (
    Command(
        "say_opinion",
        Words("意見を出す", "Comment", "意見（いけん）を 言（い）う"),
        SayOpinion,
        commenting.say_opinion,
        commenting.say_needs,
        (ANYONE,),
    ),
    Command(
        "prepare",
        Words("意見募集を準備する", "Prepare a public comment", "じゅんび する"),
        PrepareConsultation,
        announcing.prepare,
        announcing.draft_needs,
        on="ConsultationDraft",
        edits=announcing.DRAFT_EDITS,
    ),
    Command(
        "announce",
        Words("意見募集を公表する", "Announce a public comment", "みんなに 知（し）らせる"),
        One,
        announcing.announce,
        announcing.draft_needs,
        on="ConsultationDraft",
    ),
    Command(
        "take_in_opinion",
        Words("紙や郵送の意見を記録する", "Write down a comment", "意見（いけん）を 書（か）く"),
        TakeInOpinion,
        commenting.take_in,
        commenting.take_in_needs,
        on=ON,
    ),
    Command(
        "word_opinion",
        Words("意見の公開する文を書く", "Word a comment for the public", "見（み）せる ことばを 書（か）く"),
        WordOpinion,
        answering.word_opinion,
        answering.opinion_needs,
        on="Opinion",
    ),
    Command(
        "write_answer",
        Words("回答を書く", "Write an answer", "こたえを 書（か）く"),
        WriteAnswer,
        answering.write_answer,
        answering.answer_needs,
        on="ConsultationAnswer",
        edits=answering.ANSWER_EDITS,
    ),
    Command(
        "map_opinions",
        Words("意見に回答をつける", "Give comments an answer", "こたえを つける"),
        MapOpinions,
        answering.map_opinions,
        answering.answer_needs,
        on=ON,
    ),
    Command(
        "free_opinions",
        Words("意見から回答を外す", "Take comments from an answer", "こたえを はずす"),
        MapOpinions,
        answering.free_opinions,
        answering.answer_needs,
        on=ON,
    ),
    Command(
        PUBLISH,
        COURSE.arrow(PUBLISH).words,
        PublishResult,
        answering.publish_result,
        answering.result_needs,
        on=ON,
    ),
    Command(
        "show_opinions",
        Words("意見の文を公開する", "Publish the words of comments", "意見（いけん）を 見（み）せる"),
        ShowOpinions,
        answering.show_opinions,
        answering.show_needs,
        on=ON,
    ),
    Command(CANCEL, COURSE.arrow(CANCEL).words, One, announcing.cancel, announcing.one_needed, on=ON),
)
CONSULTATION_JOBS: Final = (
    Job(
        "end_period",
        END_EVERY_S,
        "Consultation",
        'status=="open";closesAt<{now}',
        Consultation,
        announcing.end_period,
    ),
)
CONSULTATION_PAGES: Final = (
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
CONSULTATION_QUEUES: Final = Queues("participation/desk", desk.show_waiting)
