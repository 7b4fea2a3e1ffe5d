"""What public comments keep, told as data: entity types with who may read which attribute, purposes, what is left when somebody is erased."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from kaiteki.kit.grounds import BY_ITSELF, DUTY, NOBODY_ELSE, OWNER, WHOSE
from kaiteki.kit.joining import seen_as
from kaiteki.kit.manifest import EntityType, Erase, Purpose
from kaiteki.model.access import ADMIN
from kaiteki.model.decision import Asked
from kaiteki.model.words import Words
from kaiteki.services.consultations.model import (
    Consultation,
    ConsultationAnswer,
    ConsultationDraft,
    Opinion,
    OpinionBook,
    OpinionSender,
)
from kaiteki.services.consultations.settings import Settings

_LABELS: Final = {
    "number": Words("番号", "Number", "ばんごう"),
    "name": Words("番号", "Number", "ばんごう"),
    "title": Words("案の名前", "Title", "なまえ"),
    "kind": Words("種類", "Kind", "しゅるい"),
    "about": Words("概要", "What it is about", "どんな こと"),
    "text": Words("本文", "Text", "ことば"),
    "documents": Words("資料", "Documents", "しりょう"),
    "how": Words("紙や郵送での出し方", "How to take part on paper", "かみでの だしかた"),
    "office": Words("担当", "Office", "たんとう"),
    "opens_at": Words("募集の始まり", "Opens", "はじまり"),
    "closes_at": Words("募集の終わり", "Closes", "おわり"),
    "opens_on": Words("募集を始める日", "First day", "はじまりの 日（ひ）"),
    "closes_on": Words("募集を終える日", "Last day", "おわりの 日（ひ）"),
    "status": Words("状態", "State", "いま"),
    "announced_at": Words("公表した日時", "Announced", "知（し）らせた とき"),
    "why_short": Words("期間を短くする理由", "Why the period is shorter", "みじかい りゆう"),
    "why_cancelled": Words("取りやめた理由", "Why it was cancelled", "やめた りゆう"),
    "done_at": Words("結果を公表した日時", "Result published", "こたえを だした とき"),
    "corrected_at": Words("回答を訂正した日時", "Answers corrected", "なおした とき"),
    "opinion_count": Words("意見の数", "Comments", "意見（いけん）の かず"),
    "ways": Words("届き方ごとの数", "Comments by way", "どこから いくつ"),
    "answer_count": Words("回答の数", "Answers", "こたえの かず"),
    "unmapped": Words("回答のない意見", "Comments without an answer", "こたえの ない 意見（いけん）"),
    "consultation": Words("意見募集", "Public comment", "意見（いけん）を 聞（き）く もの"),
    "n": Words("通し番号", "Running number", "ばんごう"),
    "received_at": Words("届いた日時", "Came", "とどいた とき"),
    "held": Words("公開前の文", "Wording before it is public", "まだ 見（み）せない ことば"),
    "summary": Words("意見の概要", "What was said", "意見（いけん）"),
    "reply": Words("市の考え方と理由", "What the town thinks, and why", "市（し）の かんがえ"),
    "numbers": Words("意見の番号", "Numbers of comments", "意見（いけん）の ばんごう"),
}  # fmt: skip


def _labels(*names: str) -> Mapping[str, Words]:
    return {name: _LABELS[name] for name in names}


def _codes(settings: Any) -> Mapping[str, Mapping[str, Words]]:
    known = seen_as(Settings, settings)
    return {"office": {one.code: one.words for one in known.offices}}


_PUBLIC: Final = (
    "number", "title", "kind", "about", "text", "documents", "how", "office", "opens_at", "closes_at", "status", "announced_at",
    "why_short", "why_cancelled", "done_at", "corrected_at", "opinion_count", "ways", "answer_count",
)  # fmt: skip
CONSULTATION: Final = EntityType(
    name="Consultation",
    view=Consultation,
    words=Words("意見募集（パブリックコメント）", "Public comments", "意見（いけん）を 聞（き）く もの"),
    title="title",
    columns=("number", "title", "status", "opens_at", "closes_at", "opinion_count"),
    labels=_labels(*_PUBLIC, "unmapped"),
    public=_PUBLIC,
    page="participation/comments/{id}",
    desk="participation/desk",
    workings=frozenset({"followers", "firsts", "log"}),
    codes=_codes,
)
DRAFT: Final = EntityType(
    name="ConsultationDraft",
    view=ConsultationDraft,
    words=Words("準備中の意見募集", "Public comments in preparation", "じゅんび して いる もの"),
    title="title",
    columns=("title", "kind", "opens_on", "closes_on"),
    labels=_labels(
        "title", "kind", "about", "text", "documents", "how", "office", "opens_on", "closes_on", "why_short"
    ),
    desk="participation/desk",
    codes=_codes,
)
OPINION: Final = EntityType(
    name="Opinion",
    view=Opinion,
    words=Words("届いた意見", "Comments", "意見（いけん）"),
    columns=("name", "way", "received_at", "text"),
    labels=_labels("name", "consultation", "n", "received_at", "text", "held"),
    public=("name", "consultation", "n", "way", "received_at", "text"),
    public_past=("name", "consultation", "n", "way", "received_at"),
    desk="participation/desk",
    workings=frozenset({"sketch"}),
)
ANSWER: Final = EntityType(
    name="ConsultationAnswer",
    view=ConsultationAnswer,
    words=Words("意見への回答", "Answers to comments", "こたえ"),
    columns=("name", "summary", "effect"),
    labels=_labels("name", "consultation", "n", "summary", "reply", "numbers"),
    public=("name", "consultation", "n", "summary", "reply", "effect", "numbers"),
    public_past=("name", "consultation", "n", "effect", "numbers"),
    desk="participation/desk",
    workings=frozenset({"held"}),
)
SENDER: Final = EntityType(
    name="OpinionSender",
    view=OpinionSender,
    words=Words("意見の原文と出した人", "Comments as they were sent", "おくられた 意見（いけん）"),
    title="number",
    columns=("number",),
    labels={
        **_labels("number", "consultation", "office", "text"),
        "holder": OWNER,
        "name": Words("お名前", "Name", "なまえ"),
        "address": Words("住所・団体など", "Address or organisation", "じゅうしょ"),
    },
    office="office",
    personal=True,
    holder="holder",
    sealed=("text", "name", "address"),
    unsealed={
        "holder": WHOSE,
        "number": Words(
            "意見の番号です。届いた順の番号で、だれのものかは分かりません。担当が意見を開くために要ります。",
            "The number of the comment, in the order in which they came. It names nobody; the office opens a comment by it.",
            "とどいた じゅんの ばんごうです。だれの ものか わかりません。",
        ),
        "consultation": Words(
            "どの意見募集への意見かです。意見募集は公開されています。本人に自分の意見を見せるために要ります。",
            "Which public comment it is about, which is public. It is needed to show people their own comments.",
            "どの ページの 意見（いけん）かです。",
        ),
        "office": Words(
            "意見募集の担当の課の符号です。公開されています。その課だけが原文を開けるようにするために要ります。",
            "The code of the office in charge, which is public. By it the text opens for that office alone.",
            "たんとうの ところです。そこの 人（ひと）だけが 見（み）られるように します。",
        ),
    },
    data_class="personal",
    desk="participation/desk",
    workings=frozenset({"holder"}),
    codes=_codes,
)
BOOK: Final = EntityType(
    name="OpinionBook",
    view=OpinionBook,
    words=Words("意見を出した控え", "Where somebody commented", "ひかえ"),
    title="id",
    columns=("sent",),
    labels={"holder": OWNER, "sent": Words("意見を出した意見募集", "Commented on", "意見（いけん）を だした もの")},
    roles=(ADMIN,),
    personal=True,
    holder="holder",
    sealed=("sent",),
    unsealed={"holder": WHOSE},
    data_class="personal",
    workings=frozenset({"holder"}),
)  # fmt: skip
TYPES: Final = (CONSULTATION, DRAFT, OPINION, ANSWER, SENDER, BOOK)
_WHO: Final = Words("意見を出した人", "People who commented", "意見（いけん）を だした 人（ひと）")
PURPOSES: Final[Mapping[str, Purpose]] = {
    "comments": Purpose(
        Words(
            "意見を読んで答え、結果を知らせるため",
            "To read comments, answer them, and tell what became of them",
            "意見（いけん）を 読（よ）んで こたえる ため",
        ),
        ground=DUTY,
        items=("OpinionSender",),
        recipients=Words(
            "個人が分からない形にした意見の文と概要は、結果とともにどなたでも",
            "Everybody reads the result, with comments in words that tell nobody's name",
            "名前（なまえ）を けした 意見（いけん）は みんなが 読（よ）みます",
        ),
        people=_WHO,
        source=Words(
            "本人が入力。紙や郵送の意見は職員が入力",
            "Given by the person; staff write down what came on paper",
            "本人（ほんにん）か 市役所（しやくしょ）の 人（ひと）が 書（か）く",
        ),
    ),
    "comment_book": Purpose(
        Words(
            "ひとりが同じ案に出せる意見の数を守るため",
            "To keep to the number of comments that one person sends on a draft",
            "おなじ 人（ひと）が たくさん おくらない ため",
        ),
        ground=DUTY,
        items=("OpinionBook",),
        roles=(ADMIN,),
        recipients=NOBODY_ELSE,
        people=_WHO,
        source=BY_ITSELF,
    ),
}


def _unfollowed(known: Consultation, ids: frozenset[str], asked: Asked) -> Consultation:
    """The public comment without who followed it; what was said stays as it was published."""
    left = [pair for pair in zip(known.followers, known.firsts, strict=False) if pair[0] not in ids]
    return msgspec.structs.replace(
        known, followers=tuple(one for one, _ in left), firsts=tuple(n for _, n in left)
    )


ERASE: Final = (Erase("Consultation", ("followers",), ("followers", "firsts"), _unfollowed),)
