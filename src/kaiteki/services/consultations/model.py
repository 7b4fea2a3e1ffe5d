"""What is kept of public comments, and the forms of their commands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar, Final

import msgspec
from msgspec import Meta

from kaiteki.kit.forms import Label
from kaiteki.kit.lifecycle import Step
from kaiteki.kit.views import Link
from kaiteki.model.instant import Instant
from kaiteki.model.words import Words
from kaiteki.services.consultations.course import BY_STAFF, EFFECTS, KINDS, STATES, WAYS

NUMBER_KIND: Final = "PC"
"""The kind of the numbers of public comments (kit.numbering)."""
WEB_MAX: Final = 2000
"""Opinions that one draft takes by web."""
OPINIONS_MAX: Final = 3000
ANSWERS_MAX: Final = 300
AT_ONCE_MAX: Final = 100
"""Opinions that get an answer at once."""
TEXT_MAX: Final = 4000
DRAFT_MAX: Final = 20_000
_CONSULTATION: Final = "urn:ngsi-ld:Consultation:"
TITLE: Final = Words("案の名前", "Title of the draft", "なまえ")
OPINION: Final = Words("意見", "Your opinion", "意見（いけん）")
NAME: Final = Words("お名前", "Name", "なまえ")
ADDRESS: Final = Words("住所・団体など", "Address or organisation", "じゅうしょ")
SUMMARY: Final = Words("意見の概要", "What was said", "意見（いけん）")
REPLY: Final = Words("市の考え方と理由", "What the town thinks, and why", "市（し）の かんがえ")


class Document(msgspec.Struct, frozen=True, rename="camel"):
    """A document of a draft, where it lies."""

    name: str
    url: str


class Wording(msgspec.Struct, frozen=True, rename="camel"):
    """An answer before it is public: what was said, what the town thinks of it, what becomes of the draft; the opinions that get it."""

    summary: str
    reply: str
    effect: str
    numbers: tuple[int, ...] = ()


class ConsultationDraft(msgspec.Struct, frozen=True):
    """A public comment that staff prepare: nobody else sees it."""

    entity_type: ClassVar[str] = "ConsultationDraft"

    id: str
    title: str
    kind: Annotated[str, Label(Words("種類", "Kind", "しゅるい"), choices=KINDS)]
    about: str
    text: str
    documents: str
    how: str
    office: str
    opens_on: str
    closes_on: str
    why_short: str = ""


class Consultation(msgspec.Struct, frozen=True):
    """A draft on which everybody is asked. From `unmapped` on everything is for staff: the numbers of the opinions that have no answer yet,
    who is told of each step (accounts or browsers) with their first opinion, side by side, and the log with who took each step."""

    entity_type: ClassVar[str] = "Consultation"

    id: str
    number: str
    title: str
    kind: Annotated[str, Label(Words("種類", "Kind", "しゅるい"), choices=KINDS)]
    about: str
    text: str
    documents: tuple[Document, ...]
    how: str
    office: str
    opens_at: Instant
    closes_at: Instant
    status: Annotated[str, Label(Words("状態", "State", "いま"), choices=STATES)]
    announced_at: Instant
    why_short: str = ""
    why_cancelled: str = ""
    done_at: Instant | None = None
    corrected_at: Instant | None = None
    opinion_count: int = 0
    ways: dict[str, int] = {}
    answer_count: int = 0
    unmapped: tuple[int, ...] = ()
    followers: tuple[str, ...] = ()
    firsts: tuple[int, ...] = ()
    log: tuple[Step, ...] = ()


class Opinion(msgspec.Struct, frozen=True):
    """That an opinion came, and how; `text` is what everybody reads of it when the result is out. `held` is the same before that, `sketch` by what
    near-duplicates are found."""

    entity_type: ClassVar[str] = "Opinion"

    id: str
    name: str
    consultation: Link
    n: int
    way: Annotated[str, Label(Words("届き方", "How it came", "どこから"), choices=WAYS)]
    received_at: Instant
    text: str = ""
    held: str = ""
    sketch: tuple[int, ...] = ()


class OpinionSender(msgspec.Struct, frozen=True):
    """What somebody said, in their own words, and who: for them and for the office in charge alone."""

    entity_type: ClassVar[str] = "OpinionSender"

    id: str
    holder: str
    number: str
    consultation: Link
    office: str = ""
    text: str = ""
    name: str = ""
    address: str = ""


class OpinionBook(msgspec.Struct, frozen=True):
    """On which drafts one person (account or browser) said something, once for each opinion."""

    entity_type: ClassVar[str] = "OpinionBook"

    id: str
    holder: str
    sent: tuple[str, ...] = ()


class ConsultationAnswer(msgspec.Struct, frozen=True):
    """A numbered answer. Its public part is empty until the result is out; `held` is for staff."""

    entity_type: ClassVar[str] = "ConsultationAnswer"

    id: str
    name: str
    consultation: Link
    n: int
    summary: str = ""
    reply: str = ""
    effect: Annotated[
        str,
        Label(
            Words("案への反映", "What becomes of it", "どう なるか"),
            choices=(("", Words("—", "—", "—")), *EFFECTS),
        ),
    ] = ""
    numbers: tuple[int, ...] = ()
    held: Wording | None = None


def consultation_id(number: str) -> str:
    """The id of the public comment with a number (`PC-2026-00001`)."""
    return f"{_CONSULTATION}{number}"


def number_of(consultation: str) -> str:
    """The number in the id of a public comment; empty where it is none."""
    return consultation.removeprefix(_CONSULTATION) if consultation.startswith(_CONSULTATION) else ""


def opinion_id(number: str, n: int) -> str:
    """The id of the n-th opinion of a public comment."""
    return f"urn:ngsi-ld:Opinion:{number}-{n}"


def sender_id(number: str, n: int) -> str:
    """The id of what stands sealed of it."""
    return f"urn:ngsi-ld:OpinionSender:{number}-{n}"


def answer_id(number: str, n: int) -> str:
    """The id of the n-th answer of a public comment."""
    return f"urn:ngsi-ld:ConsultationAnswer:{number}-{n}"


def book_id(holder: str) -> str:
    """The id of the book of an account or browser."""
    return f"urn:ngsi-ld:OpinionBook:{holder}"


def with_answers(consultation: str, numbers: Sequence[int]) -> tuple[str, ...]:
    """The ids of a public comment and of some of its answers."""
    return (consultation, *(answer_id(number_of(consultation), n) for n in dict.fromkeys(numbers) if n > 0))


_DAY: Final = Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")
_LOOKED: Final = Label(
    Words(
        "個人が分かることはないと確かめた",
        "I have seen that nothing tells who a person is",
        "人（ひと）の ことは ありません",
    )
)


class PrepareConsultation(msgspec.Struct, frozen=True):
    """What is to be announced; `documents` are lines of a name and an address (https)."""

    title: Annotated[str, Label(TITLE), Meta(min_length=2, max_length=100)]
    kind: Annotated[str, Label(Words("種類", "Kind", "しゅるい"), choices=KINDS)]
    about: Annotated[
        str,
        Label(Words("どんな案か", "What it is about", "どんな こと")),
        Meta(min_length=2, max_length=2000),
    ]
    opens_on: Annotated[
        str, Label(Words("募集を始める日", "First day", "はじまりの 日（ひ）"), widget="date"), _DAY
    ]
    closes_on: Annotated[
        str, Label(Words("募集を終える日", "Last day", "おわりの 日（ひ）"), widget="date"), _DAY
    ]
    id: str = ""
    text: Annotated[
        str,
        Label(Words("案の本文", "Text of the draft", "案（あん）"), widget="area"),
        Meta(max_length=DRAFT_MAX),
    ] = ""
    documents: Annotated[
        str,
        Label(
            Words("資料（1行に名前とURL）", "Documents (a name and an address in each line)", "しりょう"),
            widget="area",
        ),
        Meta(max_length=4000),
    ] = ""
    how: Annotated[
        str,
        Label(Words("紙や郵送での出し方", "How to take part on paper", "かみでの だしかた"), widget="area"),
        Meta(max_length=1000),
    ] = ""
    office: Annotated[str, Label(Words("担当", "Office", "たんとう")), Meta(max_length=60)] = ""
    why_short: Annotated[str, Label(Words("期間を短くする理由", "Why the period is shorter", "みじかい りゆう")), Meta(max_length=500)] = ""  # fmt: skip


class One(msgspec.Struct, frozen=True):
    """One record, and why."""

    id: str
    why: Annotated[str, Label(Words("理由", "Reason", "りゆう")), Meta(max_length=1000)] = ""


class SayOpinion(msgspec.Struct, frozen=True):
    """An opinion by web, with or without a name; `wishes` to be told of each step."""

    id: str
    text: Annotated[str, Label(OPINION, widget="area"), Meta(min_length=2, max_length=TEXT_MAX)]
    name: Annotated[str, Label(NAME), Meta(max_length=80)] = ""
    address: Annotated[str, Label(ADDRESS), Meta(max_length=200)] = ""
    wishes: Annotated[
        bool, Label(Words("結果を知らせてほしい", "Tell me the result", "こたえを 知（し）りたい"))
    ] = False


class TakeInOpinion(msgspec.Struct, frozen=True):
    """An opinion that came on paper or by mail, as staff write it down."""

    id: str
    text: Annotated[str, Label(OPINION, widget="area"), Meta(min_length=2, max_length=TEXT_MAX)]
    way: Annotated[str, Label(Words("届き方", "How it came", "どこから"), choices=BY_STAFF)]
    received_on: Annotated[str, Label(Words("届いた日", "Came on", "とどいた 日（ひ）"), widget="date"), _DAY]
    name: Annotated[str, Label(NAME), Meta(max_length=80)] = ""
    address: Annotated[str, Label(ADDRESS), Meta(max_length=200)] = ""


class WordOpinion(msgspec.Struct, frozen=True):
    """What everybody will read of an opinion: without what is personal. Empty: the summary of its answer stands for it."""

    id: str
    opinion: int
    text: Annotated[
        str,
        Label(Words("公開する文", "What everybody reads", "見（み）せる ことば"), widget="area"),
        Meta(max_length=TEXT_MAX),
    ] = ""
    looked: Annotated[bool, _LOOKED] = False


class WriteAnswer(msgspec.Struct, frozen=True):
    """An answer; `n` 0: a new one."""

    id: str
    summary: Annotated[str, Label(SUMMARY, widget="area"), Meta(min_length=2, max_length=TEXT_MAX)]
    reply: Annotated[str, Label(REPLY, widget="area"), Meta(min_length=2, max_length=TEXT_MAX)]
    effect: Annotated[str, Label(Words("案への反映", "What becomes of it", "どう なるか"), choices=EFFECTS)]
    n: int = 0
    looked: Annotated[bool, _LOOKED] = False


class MapOpinions(msgspec.Struct, frozen=True):
    """Which opinions get an answer, or get it no more."""

    id: str
    answer: int
    numbers: Annotated[
        tuple[int, ...],
        Label(Words("意見の番号", "Numbers of opinions", "ばんごう")),
        Meta(min_length=1, max_length=AT_ONCE_MAX),
    ]


class PublishResult(msgspec.Struct, frozen=True):
    """The result goes out, with so many answers."""

    id: str
    answers: Annotated[int, Meta(ge=0, le=ANSWERS_MAX)]


class ShowOpinions(msgspec.Struct, frozen=True):
    """Opinions whose wording goes out with the result."""

    id: str
    numbers: Annotated[
        tuple[int, ...],
        Label(Words("意見の番号", "Numbers of opinions", "ばんごう")),
        Meta(min_length=1, max_length=AT_ONCE_MAX),
    ]
