"""What is kept of requests for data, told as data: types, what it is used for, what is left when somebody is erased."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from kaiteki.kit.grounds import BY_ITSELF, DUTY, NOBODY_ELSE, OWNER, WHOSE
from kaiteki.kit.manifest import EntityType, Erase, Purpose
from kaiteki.model.access import ADMIN
from kaiteki.model.decision import Asked
from kaiteki.model.words import Words
from kaiteki.services.opendata.requests.asking import emptied, supported_by
from kaiteki.services.opendata.requests.course import OPEN
from kaiteki.services.opendata.requests.model import (
    PURPOSE,
    TITLE,
    USE,
    AskerOffice,
    DataSetAsker,
    DataSetRequest,
    RequestBook,
)
from kaiteki.services.opendata.settings import Settings

_NUMBER: Final = Words("番号", "Number", "ばんごう")
_OFFICE: Final = Words("担当", "Office", "たんとう")
_STEADY: Final = (
    "number",
    "status",
    "asked_at",
    "due_at",
    "answered_at",
    "office",
    "supporter_count",
    "published",
)
"""What never holds a word of the asker, so that its past is public, too."""


def codes_of(settings: Settings | None) -> Mapping[str, Mapping[str, Words]]:
    """The words of the offices of an area."""
    return {"office": {one.code: one.words for one in (settings or Settings()).offices}}


REQUEST: Final = EntityType(
    name="DataSetRequest",
    view=DataSetRequest,
    words=Words("データの要望", "Requests for data", "ほしい データ"),
    title="number",
    columns=("number", "title", "status", "supporter_count", "asked_at", "due_at"),
    public=(*_STEADY, "title", "purpose", "use", "answers", "data_set", "merged_into"),
    public_past=_STEADY,
    page="data/requests/{id}",
    desk="opendata/requests?open={id}",
    workings=frozenset({"asker", "supporters", "log", "answers"}),
    codes=codes_of,
    labels={
        "number": _NUMBER,
        "title": TITLE,
        "purpose": PURPOSE,
        "use": USE,
        "office": _OFFICE,
        "asked_at": Words("届いた日時", "Asked", "とどいた とき"),
        "due_at": Words("回答の期限", "Answer due", "こたえる 日（ひ）"),
        "answered_at": Words("最初に回答した日時", "First answer", "はじめに こたえた とき"),
        "data_set": Words("公開したデータ", "Data set", "だした データ"),
        "merged_into": Words("まとめた先", "Merged into", "まとめた ところ"),
        "supporter_count": Words("賛同した人", "Supporters", "ほしい 人（ひと）の かず"),
        "published": Words("公開している", "Public", "みんなに 見（み）える"),
    },
)
ASKER: Final = EntityType(
    name="DataSetAsker",
    view=DataSetAsker,
    words=Words("要望した人の連絡先", "Contacts of who asked for data", "れんらくさき"),
    title="number",
    columns=("number", "name"),
    labels={
        "holder": OWNER,
        "request": Words("要望", "Request", "ほしい データ"),
        "number": _NUMBER,
        "name": Words("お名前・団体名", "Name or organisation", "なまえ"),
        "email": Words("メール", "E-mail", "メール"),
        "words": Words("送った内容", "What was asked", "書（か）いた こと"),
        "office": Words("連絡先を開ける課", "Office that may open it", "見（み）られる ところ"),
    },
    office="office",
    parts=(AskerOffice,),
    personal=True,
    holder="holder",
    sealed=("name", "email", "words"),
    sought={"email": "folded"},
    unsealed={
        "holder": WHOSE,
        "request": Words(
            "どの要望の連絡先かを示す番号です。要望の番号は公開されています。担当が連絡先を開くために要ります。",
            "The number of the request, which is public: by it the office opens the contact.",
            "どの 要望（ようぼう）の れんらくさきかの ばんごうです。",
        ),
        "number": Words(
            "要望の番号です。公開されています。自分の要望を並べるために要ります。",
            "The number of the request, which is public: own requests are listed by it.",
            "要望（ようぼう）の ばんごうです。みんなが 見（み）られます。",
        ),
        "office": Words(
            "要望を担当する課の符号です。その課だけが連絡先を開けるようにするために要ります。",
            "The code of the office in charge, which is public: by it the contact opens for that office alone.",
            "たんとうの ところです。そこの 人（ひと）だけが 見（み）られるように します。",
        ),
    },
    data_class="personal",
    workings=frozenset({"holder"}),
    codes=codes_of,
)
BOOK: Final = EntityType(
    name="DataSetRequestBook",
    view=RequestBook,
    words=Words("要望の控え", "Books of requests for data", "ひかえ"),
    title="id",
    columns=("supports",),
    labels={
        "holder": OWNER,
        "sent": Words("送った日時", "When something was sent", "おくった とき"),
        "supports": Words("賛同した要望", "Supported", "「わたしも」と 言（い）った もの"),
    },
    roles=(ADMIN,),
    personal=True,
    holder="holder",
    sealed=("sent", "supports"),
    unsealed={"holder": WHOSE},
    workings=frozenset({"holder", "sent"}),
)
REQUEST_TYPES: Final = (REQUEST, ASKER, BOOK)
_PEOPLE: Final = Words(
    "データを要望した人、賛同した人",
    "People who asked for data or supported that",
    "データが ほしいと 言（い）った 人（ひと）",
)
REQUEST_PURPOSES: Final = {
    "answer": Purpose(
        Words(
            "データの要望に答えるため",
            "To answer requests for data",
            "ほしい データに こたえる ため",
        ),
        ground=DUTY,
        items=("DataSetRequest", "DataSetAsker"),
        recipients=Words(
            "担当が公開した要望の内容は、どなたでも。連絡先はほかには渡しません",
            "What the office made public of a request: everybody. Contacts: nobody else",
            "みんなに 見（み）せる ことは みんなに。れんらくさきは わたしません",
        ),
        people=_PEOPLE,
        source=BY_ITSELF,
    ),
    "support": Purpose(
        Words(
            "賛同を一人一回数えるため",
            "To count each supporter once",
            "ひとり 1回（いっかい） かぞえる ため",
        ),
        ground=DUTY,
        items=("DataSetRequestBook",),
        roles=(ADMIN,),
        recipients=NOBODY_ELSE,
        people=_PEOPLE,
        source=BY_ITSELF,
    ),
}
"""What data of people are used for here."""
_WORDS: Final = ("title", "purpose", "use")


def _left(request: DataSetRequest, ids: frozenset[str], asked: Asked) -> DataSetRequest:
    """The request without its asker and their words; one that was open is withdrawn."""
    status = "withdrawn" if request.status in OPEN else request.status
    empty: Any = emptied(request)
    return _unnamed(msgspec.structs.replace(empty, asker="", status=status), ids, asked)


def _unnamed(request: DataSetRequest, ids: frozenset[str], asked: Asked) -> DataSetRequest:
    """The request without the ids of supporters who are erased; the count follows."""
    return supported_by(request, tuple(one for one in request.supporters if one not in ids))


REQUEST_ERASE: Final = (
    Erase("DataSetRequest", ("asker",), ("asker", *_WORDS), _left, letters=True),
    Erase("DataSetRequest", ("supporters",), ("supporters",), _unnamed),
)
