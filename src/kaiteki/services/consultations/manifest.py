"""Public comments (意見募集・パブリックコメント), told as data. People know it as a part of 市民参画 (`kit.joining`)."""

from __future__ import annotations

from typing import Final

from kaiteki.kit.manifest import Command, Job, Queues, Service
from kaiteki.model.access import ANYONE
from kaiteki.model.words import Words
from kaiteki.services.consultations import announcing, answering, commenting
from kaiteki.services.consultations.course import CANCEL, COURSE, PUBLISH
from kaiteki.services.consultations.kinds import ERASE, PURPOSES, TYPES
from kaiteki.services.consultations.model import (
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
from kaiteki.services.consultations.pages.desk import show_waiting
from kaiteki.services.consultations.pages.listed import PAGES
from kaiteki.services.consultations.settings import Settings

ON: Final = "Consultation"
END_EVERY_S: Final = 300
COMMANDS: Final = (
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
JOBS: Final = (
    Job(
        "end_period",
        END_EVERY_S,
        "Consultation",
        'status=="open";closesAt<{now}',
        Consultation,
        announcing.end_period,
    ),
)
service = Service(
    name="participation",
    words=Words("意見募集", "Public comments", "意見（いけん）を 聞（き）く"),
    summary=Words(
        "市が決める前の案に意見を出し、すべての意見への答えを読めます。",
        "Comment on drafts before the town decides, and read an answer to every comment.",
        "市（し）の 案（あん）に 意見（いけん）を 言（い）えます。",
    ),
    field="hall",
    stage="lab",
    package="kaiteki.services.consultations",
    types=TYPES,
    commands=COMMANDS,
    purposes=PURPOSES,
    pages=PAGES,
    queues=Queues("participation/desk", show_waiting),
    jobs=JOBS,
    erase=ERASE,
    settings=Settings,
    offices=lambda settings: tuple(one.code for one in settings.offices),
)
