"""What is kept of requests for data sets, and the forms of their commands."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final

import msgspec
from msgspec import Meta

from kaiteki.kit.forms import Label
from kaiteki.kit.lifecycle import Step
from kaiteki.kit.views import Link
from kaiteki.model.instant import Instant
from kaiteki.model.words import Words
from kaiteki.services.opendata.requests.course import STATES

NUMBER_KIND: Final = "Y"
"""The kind of the numbers of requests (kit.numbering): 要望."""
_REQUEST: Final = "urn:ngsi-ld:DataSetRequest:"
SUPPORTERS_MAX: Final = 1000
ANSWERS_MAX: Final = 100
TITLE: Final = Words("ほしいデータ", "Data that you ask for", "ほしい データ")
PURPOSE: Final = Words("何のために使うか", "What for", "なんの ため")
USE: Final = Words("どのように使うか", "How you will use it", "どうやって つかうか")
EMAIL: Final = Words("メールアドレス", "E-mail", "メール")


class Answer(msgspec.Struct, frozen=True, rename="camel"):
    """One public word of the town: when, the state after it, which office, what was said."""

    at: Instant
    state: str
    office: str = ""
    text: str = ""


class Wording(msgspec.Struct, frozen=True, rename="camel"):
    """What somebody asked for, in their own words."""

    title: str
    purpose: str
    use: str = ""


class DataSetRequest(msgspec.Struct, frozen=True):
    """A request for a data set. While it is not `published` it holds no word of the asker: these stand sealed in `DataSetAsker`.

    `due_at` is the end of the day by which the first answer is promised; `answered_at` when that came. `data_set` is what came of it,
    `merged_into` the request that it was merged with. From `asker` on everything is for staff: `asker` and `supporters` are ids of
    accounts (as this service knows them) or of browsers, `log` the course with who took each step.
    """

    entity_type: ClassVar[str] = "DataSetRequest"

    id: str
    number: str
    status: Annotated[str, Label(Words("状態", "State", "いま"), choices=STATES)]
    asked_at: Instant
    due_at: Instant
    title: str = ""
    purpose: str = ""
    use: str = ""
    office: str = ""
    answers: tuple[Answer, ...] = ()
    answered_at: Instant | None = None
    data_set: Link = ""
    merged_into: Link = ""
    supporter_count: int = 0
    published: bool = False
    asker: str = ""
    supporters: tuple[str, ...] = ()
    log: tuple[Step, ...] = ()


class DataSetAsker(msgspec.Struct, frozen=True):
    """Who asked, and in what words: for the asker and for the office in charge alone."""

    entity_type: ClassVar[str] = "DataSetAsker"

    id: str
    holder: str
    request: Link
    number: str
    office: str = ""
    name: str = ""
    email: str = ""
    words: Wording | None = None


class AskerOffice(msgspec.Struct, frozen=True):
    """Which office may open a contact: the one in charge of the request; kept in step with it, unseen."""

    entity_type: ClassVar[str] = "DataSetAsker"

    id: str
    office: str


class RequestBook(msgspec.Struct, frozen=True):
    """What one person (account or browser) supports, and for each request of today the day in Japan (`2026-11-22`)."""

    entity_type: ClassVar[str] = "DataSetRequestBook"

    id: str
    holder: str
    sent: tuple[str, ...] = ()
    supports: tuple[str, ...] = ()


def request_id(number: str) -> str:
    """The id of the request with a number (`Y-2026-00001`)."""
    return f"{_REQUEST}{number}"


def asker_id(number: str) -> str:
    """The id of who asked for it."""
    return f"urn:ngsi-ld:DataSetAsker:{number}"


def asker_of(request: str) -> tuple[str, ...]:
    """The id of who asked for what a request of this id is for; none for an id that is no request's."""
    number = request.removeprefix(_REQUEST)
    return (asker_id(number),) if number != request else ()


def book_id(holder: str) -> str:
    """The id of the book of an account or browser."""
    return f"urn:ngsi-ld:DataSetRequestBook:{holder}"


class AskForData(msgspec.Struct, frozen=True):
    """A wish for a data set. Who is not signed in says how to reach them."""

    title: Annotated[
        str,
        Label(
            TITLE,
            hint=Words(
                "例：バス停ごとの乗り降りの人数",
                "For example: passengers at each bus stop",
                "れい：バスに のる 人（ひと）の かず",
            ),
        ),
        Meta(min_length=2, max_length=80),
    ]
    purpose: Annotated[str, Label(PURPOSE), Meta(min_length=2, max_length=600)]
    use: Annotated[
        str,
        Label(
            USE,
            hint=Words(
                "ファイルの形式や更新の間隔など",
                "The format, how often it should be updated",
                "ファイルの しゅるいなど",
            ),
        ),
        Meta(max_length=600),
    ] = ""
    name: Annotated[
        str, Label(Words("お名前・団体名", "Name or organisation", "なまえ")), Meta(max_length=80)
    ] = ""
    email: Annotated[str, Label(EMAIL), Meta(max_length=200, pattern=r"^$|^[^@\s]+@[^@\s]+\.[^@\s]+$")] = ""


class One(msgspec.Struct, frozen=True):
    """One request."""

    id: str


Looked = Annotated[
    bool,
    Label(
        Words(
            "個人が分かることはないと確かめた",
            "I have seen that nothing tells who a person is",
            "人（ひと）の ことは ありません",
        )
    ),
]
"""What whoever publishes words says of them, where they may speak of people."""


class MakePublic(msgspec.Struct, frozen=True):
    """The words of a request as everybody may read them: without what is personal."""

    id: str
    title: Annotated[str, Label(TITLE), Meta(min_length=2, max_length=80)]
    purpose: Annotated[str, Label(PURPOSE), Meta(min_length=2, max_length=600)]
    use: Annotated[str, Label(USE), Meta(max_length=600)] = ""
    looked: Looked = False


class AnswerRequest(msgspec.Struct, frozen=True):
    """A step of the office with its public answer; for 「公開した」 the data set, for merging the number of the other request.
    An answer that may speak of people is refused until it was `looked` at."""

    id: str
    why: Annotated[str, Label(Words("公開の回答", "Public answer", "こたえ")), Meta(max_length=1000)] = ""
    data_set: Annotated[str, Label(Words("公開したデータ", "Data set", "データ")), Meta(max_length=200)] = ""
    into: Annotated[
        str,
        Label(Words("まとめる先の番号", "Number of the other request", "まとめる ばんごう")),
        Meta(max_length=40),
    ] = ""
    looked: Looked = False


class AssignRequest(msgspec.Struct, frozen=True):
    """The office that answers."""

    id: str
    office: Annotated[str, Label(Words("担当", "Office", "たんとう")), Meta(min_length=1, max_length=60)]
