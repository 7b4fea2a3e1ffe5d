"""The forms of the commands of proposals."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from kaiteki.kit.forms import Label
from kaiteki.model.words import Words
from kaiteki.services.proposals.course import ANSWERS, REASONS

TITLE_MAX: Final = 80
TEXT_MAX: Final = 4000
COMMENT_MAX: Final = 1000
TITLE: Final = Words("提案の題名", "Title", "だいめい")
TEXT: Final = Words("提案の内容", "What you propose", "ないよう")
WHY: Final = Words("理由・説明（公表します）", "Reason (published)", "りゆう")
LOOKED: Final = Label(
    Words(
        "公開してよいと確かめた",
        "I have looked at it: everybody may read it",
        "みんなに 見（み）せて いいです",
    )
)
_WARD: Final = Words("地区", "Part of town", "ちく")
_WHICH: Final = Words("番号", "Number", "ばんごう")


class MakeProposal(msgspec.Struct, frozen=True):
    """A proposal; `looked`: what the gate doubts may be read by everybody."""

    title: Annotated[str, Label(TITLE), Meta(min_length=2, max_length=TITLE_MAX)]
    text: Annotated[str, Label(TEXT, widget="area"), Meta(min_length=10, max_length=TEXT_MAX)]
    ward: Annotated[str, Label(_WARD), Meta(max_length=40)] = ""
    looked: Annotated[bool, LOOKED] = False


class One(msgspec.Struct, frozen=True):
    """A proposal, a comment or an amendment, by id."""

    id: str


class SayComment(msgspec.Struct, frozen=True):
    """A comment on a proposal."""

    id: str
    text: Annotated[
        str,
        Label(Words("コメント", "Comment", "コメント"), widget="area"),
        Meta(min_length=2, max_length=COMMENT_MAX),
    ]
    looked: Annotated[bool, LOOKED] = False


class Flag(msgspec.Struct, frozen=True):
    """Something that should not stand there, in the eyes of who reads it; or that staff take out of sight."""

    id: str
    why: Annotated[str, Label(Words("理由", "Reason", "りゆう"), choices=REASONS)]


class Amend(msgspec.Struct, frozen=True):
    """Another text for a proposal, of which `version` was read."""

    id: str
    version: int
    title: Annotated[str, Label(TITLE), Meta(min_length=2, max_length=TITLE_MAX)]
    text: Annotated[str, Label(TEXT, widget="area"), Meta(min_length=10, max_length=TEXT_MAX)]
    why: Annotated[
        str,
        Label(Words("直す理由", "Why", "なおす りゆう"), widget="area"),
        Meta(min_length=2, max_length=COMMENT_MAX),
    ]
    looked: Annotated[bool, LOOKED] = False


class Decide(msgspec.Struct, frozen=True):
    """What becomes of an amendment; without it, why."""

    id: str
    why: Annotated[str, Label(Words("理由", "Reason", "りゆう"), widget="area"), Meta(max_length=1000)] = ""
    looked: Annotated[bool, LOOKED] = False


class StepProposal(msgspec.Struct, frozen=True):
    """A step of the office, with what everybody reads of it."""

    id: str
    why: Annotated[str, Label(WHY, widget="area"), Meta(max_length=TEXT_MAX)] = ""
    looked: Annotated[bool, LOOKED] = False


class AcceptProposal(msgspec.Struct, frozen=True):
    """The proposal is taken up, whole or in part, for these reasons."""

    id: str
    why: Annotated[str, Label(WHY, widget="area"), Meta(min_length=2, max_length=TEXT_MAX)]
    answer: Annotated[str, Label(Words("市の答え", "Answer of the town", "こたえ"), choices=ANSWERS[1:3])] = (
        "whole"
    )
    looked: Annotated[bool, LOOKED] = False


class BeginProject(msgspec.Struct, frozen=True):
    """The project that a proposal becomes."""

    id: str
    project: Annotated[
        str,
        Label(Words("事業の名前", "Name of the project", "なまえ")),
        Meta(min_length=2, max_length=100),
    ]
    why: Annotated[str, Label(WHY, widget="area"), Meta(min_length=2, max_length=TEXT_MAX)]
    looked: Annotated[bool, LOOKED] = False


class ReportProgress(msgspec.Struct, frozen=True):
    """How far the project is."""

    id: str
    percent: Annotated[
        int,
        Label(Words("進み具合（%）", "How far it is (%)", "どこまで（%）")),
        Meta(ge=0, le=100),
    ]
    why: Annotated[str, Label(WHY, widget="area"), Meta(min_length=2, max_length=TEXT_MAX)]
    looked: Annotated[bool, LOOKED] = False


class MergeProposal(msgspec.Struct, frozen=True):
    """A proposal goes into another one, named by its number."""

    id: str
    into: Annotated[str, Label(_WHICH), Meta(min_length=2, max_length=40)]
    why: Annotated[str, Label(WHY, widget="area"), Meta(min_length=2, max_length=TEXT_MAX)]
    looked: Annotated[bool, LOOKED] = False


class AssignProposal(msgspec.Struct, frozen=True):
    """The office in charge."""

    id: str
    office: Annotated[str, Label(Words("担当", "Office", "たんとう")), Meta(max_length=60)]
