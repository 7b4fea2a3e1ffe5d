"""Requests for data sets, told as data: commands and pages, to be put into the manifest of the service."""

from __future__ import annotations

from functools import partial
from typing import Final

from kaiteki.kit.manifest import Command, Page, Queues
from kaiteki.kit.query_fields import text
from kaiteki.model.access import ANYONE, STAFF
from kaiteki.model.words import Words
from kaiteki.services.opendata.downloads import atom, json_feed
from kaiteki.services.opendata.downloads.feed import BEFORE
from kaiteki.services.opendata.requests import answering, asking, browse, desk, feed
from kaiteki.services.opendata.requests.course import COURSE, DESK, WITHDRAW
from kaiteki.services.opendata.requests.model import (
    AnswerRequest,
    AskForData,
    AssignRequest,
    MakePublic,
    One,
)

_ALL: Final = (ANYONE,)
REQUEST_COMMANDS: Final = (
    Command(
        "ask_for_data",
        Words("データを要望する", "Ask for data", "データを たのむ"),
        AskForData,
        asking.ask_for_data,
        asking.ask_needs,
        _ALL,
    ),
    Command(
        "support_request",
        Words("要望に賛同する", "Support a request", "わたしも ほしい"),
        One,
        asking.support_request,
        asking.one_needs,
        _ALL,
    ),
    Command(
        "leave_request",
        Words("賛同を取り消す", "Support it no more", "「わたしも」を やめる"),
        One,
        asking.leave_request,
        asking.one_needs,
        _ALL,
    ),
    Command(
        WITHDRAW,
        COURSE.arrow(WITHDRAW).words,
        One,
        asking.withdraw_request,
        asking.withdraw_needs,
        _ALL,
    ),
    Command(
        "publish_request",
        Words("要望を公開する", "Make a request public", "みんなに 見（み）せる"),
        MakePublic,
        answering.publish_request,
        answering.one_needed,
        on="DataSetRequest",
        edits=answering.WORDS_EDITS,
    ),
    Command(
        "hide_request",
        Words("要望の公開を止める", "Hide a request", "かくす"),
        One,
        answering.hide_request,
        answering.hide_needs,
        on="DataSetRequest",
    ),
    Command(
        "assign_request",
        Words("要望の担当を決める", "Assign a request", "たんとうを きめる"),
        AssignRequest,
        answering.assign_request,
        answering.one_needed,
        on="DataSetRequest",
        beside=answering.contact_beside,
    ),
    *(
        Command(
            arrow.name,
            arrow.words,
            AnswerRequest,
            partial(answering.answer_request, arrow.name),
            answering.answer_needs,
            on="DataSetRequest",
        )
        for arrow in DESK
    ),
)
REQUEST_PAGES: Final = (
    Page(
        "data/requests",
        "requests.html",
        Words("データの要望", "Requests for data", "ほしい データ"),
        browse.show_requests,
        asks=browse.ASKS,
        menu=True,
        icon="form",
        field="business",
        summary=Words(
            "ほしいデータをまちに伝える、回答を見る",
            "Ask the town for data, and read its answers",
            "ほしい データを まちに 言（い）えます",
        ),
        keywords=Words("要望 リクエスト ほしいデータ 公開依頼", "request wish data suggest", "ほしい データ"),
    ),
    Page(
        "data/requests/new",
        "request_new.html",
        Words("データを要望する", "Ask for data", "データを たのむ"),
        browse.show_form,
        act=browse.act_form,
        asks={"title": text(browse.TITLE_LENGTH_MAX)},
    ),
    # before the pages of requests, whose numbers are none of these
    Page(
        "data/requests/feed.atom",
        "",
        Words("要望への回答の通知（Atom）", "Feed of answers to requests (Atom)"),
        partial(feed.show_answers, atom.write_atom),
        asks={"before": BEFORE},
    ),
    Page(
        "data/requests/feed.json",
        "",
        Words("要望への回答の通知（JSON Feed）", "Feed of answers to requests (JSON Feed)"),
        partial(feed.show_answers, json_feed.write_json),
        asks={"before": BEFORE},
    ),
    Page(
        "data/requests/{number}",
        "request.html",
        Words("データの要望", "Request for data", "ほしい データ"),
        browse.show_request,
        act=browse.act_request,
        asks={},
    ),
    Page(
        "opendata/requests",
        "requests_desk.html",
        Words("データの要望（受付）", "Requests for data (desk)", "ほしい データ"),
        desk.show_desk,
        act=desk.act_desk,
        roles=(STAFF,),
    ),
)
REQUEST_QUEUES: Final = Queues("opendata/requests", desk.show_waiting)
