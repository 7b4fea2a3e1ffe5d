"""What proposals keep, told as data: entity types with who may read which attribute, purposes, what is left when somebody is erased."""

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
from kaiteki.services.proposals.commenting import emptied
from kaiteki.services.proposals.forms import TEXT, TITLE
from kaiteki.services.proposals.model import (
    Proposal,
    ProposalAmendment,
    ProposalBook,
    ProposalCircle,
    ProposalComment,
)
from kaiteki.services.proposals.settings import Settings

_LABELS: Final = {
    "number": Words("番号", "Number", "ばんごう"),
    "name": Words("番号", "Number", "ばんごう"),
    "title": TITLE,
    "text": TEXT,
    "ward": Words("地区", "Part of town", "ちく"),
    "office": Words("担当", "Office", "たんとう"),
    "made_at": Words("出された日時", "Made", "出（だ）した とき"),
    "version": Words("文の版", "Version of the text", "なんばんめの ことば"),
    "support_count": Words("応援した人", "Supporters", "おうえんした 人（ひと）の かず"),
    "comment_count": Words("コメントの数", "Comments", "コメントの かず"),
    "amendment_count": Words("修正案の数", "Amendments", "なおす 案（あん）の かず"),
    "reply": Words("理由", "Reason", "りゆう"),
    "answered_at": Words("答えた日時", "Answered", "こたえた とき"),
    "project": Words("事業の名前", "Name of the project", "やって いる ことの なまえ"),
    "percent": Words("進み具合（%）", "How far it is (%)", "どこまで（%）"),
    "merged_into": Words("まとめた先", "Merged into", "まとめた ところ"),
    "merged": Words("まとめた提案", "Merged into this one", "いっしょに した もの"),
    "course": Words("これまでの動き", "What became of it", "これまで"),
    "proposal": Words("提案", "Proposal", "提案（ていあん）"),
    "n": Words("通し番号", "Running number", "ばんごう"),
    "said_at": Words("書かれた日時", "Written", "書（か）いた とき"),
    "why": Words("直す理由", "Why", "なおす りゆう"),
    "base": Words("元の版", "Version that it changes", "もとの ことば"),
    "vote": Words("予算の投票", "Vote on a budget", "おかねの とうひょう"),
    "vote_item": Words("投票の事業", "Project of the vote", "とうひょうの もの"),
    "base_title": Words("元の題名", "Title before", "もとの だいめい"),
    "base_text": Words("元の内容", "Text before", "もとの ないよう"),
    "decided_at": Words("決めた日時", "Decided", "きめた とき"),
    "flags": Words("通報の数", "Flags", "こまると 言（い）った 人（ひと）の かず"),
}


def _labels(*names: str) -> Mapping[str, Words]:
    return {name: _LABELS[name] for name in names if name in _LABELS}


def _codes(settings: Any) -> Mapping[str, Mapping[str, Words]]:
    known = seen_as(Settings, settings)
    return {
        "office": {one.code: one.words for one in known.offices},
        "ward": {one.code: one.words for one in known.wards},
    }


_PROPOSAL: Final = (
    "number", "title", "text", "status", "made_at", "ward", "office", "version", "support_count", "comment_count", "amendment_count",
    "answer", "reply", "answered_at", "project", "percent", "vote", "vote_item", "vote_result", "merged_into", "merged", "course", "hidden",
)  # fmt: skip
_AMENDMENT: Final = (
    "name", "proposal", "n", "title", "text", "why", "base", "base_title", "base_text", "made_at", "status", "reply", "decided_at",
    "hidden",
)  # fmt: skip
_COMMENT: Final = ("name", "proposal", "n", "text", "said_at", "hidden")
_WORDS: Final = frozenset({"title", "text", "why", "base_title", "base_text"})
"""Words of people, of which no past is public: they can be taken back and out of sight."""


def _past(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(one for one in names if one not in _WORDS)


_WORKINGS: Final = frozenset({"author", "held", "log"})
PROPOSAL: Final = EntityType(
    name="Proposal",
    view=Proposal,
    words=Words("市民提案", "Proposals", "提案（ていあん）"),
    title="title",
    columns=("number", "title", "status", "support_count", "made_at"),
    labels=_labels(*_PROPOSAL, "flags"),
    public=_PROPOSAL,
    public_past=_past(_PROPOSAL),
    page="participation/proposals/{id}",
    listing="participation/proposals",
    desk="participation/desk/proposals/{id}",
    workings=_WORKINGS,
    codes=_codes,
)
COMMENT: Final = EntityType(
    name="ProposalComment",
    view=ProposalComment,
    words=Words("提案へのコメント", "Comments on proposals", "コメント"),
    columns=("name", "text", "said_at"),
    labels=_labels(*_COMMENT, "flags"),
    public=_COMMENT,
    public_past=_past(_COMMENT),
    desk="participation/desk/proposals",
    workings=_WORKINGS - {"log"},
)
AMENDMENT: Final = EntityType(
    name="ProposalAmendment",
    view=ProposalAmendment,
    words=Words("提案の修正案", "Amendments of proposals", "なおす 案（あん）"),
    columns=("name", "title", "status", "made_at"),
    labels=_labels(*_AMENDMENT, "flags"),
    public=_AMENDMENT,
    public_past=_past(_AMENDMENT),
    desk="participation/desk/proposals",
    workings=_WORKINGS - {"log"},
)
CIRCLE: Final = EntityType(
    name="ProposalCircle",
    view=ProposalCircle,
    words=Words(
        "提案を応援・フォローする人", "Who supports and follows proposals", "おうえんして いる 人（ひと）"
    ),
    title="id",
    columns=("proposal",),
    labels={
        "proposal": _LABELS["proposal"],
        "gone": Words("消した人の数", "Supporters who were erased", "けした 人（ひと）の かず"),
    },
    roles=(ADMIN,),
    workings=frozenset({"supporters", "followers"}),
)
BOOK: Final = EntityType(
    name="ProposalBook",
    view=ProposalBook,
    words=Words("提案の控え", "What somebody did with proposals", "ひかえ"),
    title="id",
    columns=("made",),
    labels={
        "holder": OWNER,
        "made": Words("出した提案", "Proposals that I made", "出（だ）した 提案（ていあん）"),
        "supported": Words("応援した提案", "Supported", "おうえんした もの"),
        "following": Words("知らせを受け取る提案", "Followed", "知（し）らせが 来（く）る もの"),
        "said": Words("書いたコメントと修正案", "Comments and amendments", "書（か）いた コメント"),
        "flagged": Words("通報したもの", "Flagged", "こまると 言（い）った もの"),
    },
    roles=(ADMIN,),
    personal=True,
    holder="holder",
    sealed=("made", "supported", "following", "said", "flagged"),
    unsealed={"holder": WHOSE},
    data_class="personal",
    workings=frozenset({"holder"}),
)
TYPES: Final = (PROPOSAL, COMMENT, AMENDMENT, CIRCLE, BOOK)
_WHO: Final = Words(
    "提案、応援、コメント、修正案を出した人",
    "People who proposed, supported, commented or amended",
    "提案（ていあん）や コメントを 出（だ）した 人（ひと）",
)
PURPOSES: Final[Mapping[str, Purpose]] = {
    "proposals": Purpose(
        Words(
            "提案をまちづくりに生かし、動きを知らせるため",
            "To take proposals up, and tell what becomes of them",
            "提案（ていあん）を まちに いかして、知（し）らせる ため",
        ),
        ground=DUTY,
        items=("Proposal", "ProposalComment", "ProposalAmendment"),
        recipients=Words(
            "提案とコメントの文は、名前なしで、どなたでも",
            "Everybody reads proposals and comments, without names",
            "ことばは みんなが 読（よ）みます。名前（なまえ）は 出（で）ません",
        ),
        people=_WHO,
        source=BY_ITSELF,
    ),
    "proposal_book": Purpose(
        Words(
            "応援を一人一回数え、自分のものを見せるため",
            "To count each supporter once, and show people what is theirs",
            "ひとり 1回（いっかい） かぞえる ため",
        ),
        ground=DUTY,
        items=("ProposalBook", "ProposalCircle"),
        roles=(ADMIN,),
        recipients=NOBODY_ELSE,
        people=_WHO,
        source=BY_ITSELF,
    ),
}


def _unnamed(known: Proposal, ids: frozenset[str], asked: Asked) -> Proposal:
    """The proposal without its author; what others support stays."""
    return msgspec.structs.replace(known, author="")


def _unsaid(known: ProposalComment, ids: frozenset[str], asked: Asked) -> ProposalComment:
    """The comment without its words."""
    return msgspec.structs.replace(known, author="", text="", hidden="author", held={}, flags=0)


def _unamended(known: ProposalAmendment, ids: frozenset[str], asked: Asked) -> ProposalAmendment:
    """The amendment without who wrote it; one that is not part of the proposal loses its words, too."""
    left = msgspec.structs.replace(known, author="")
    if known.status == "accepted":
        return left
    gone: Any = emptied(left, "author", keeps=False)
    return msgspec.structs.replace(gone, status="withdrawn" if known.status == "open" else known.status)


def _uncircled(known: ProposalCircle, ids: frozenset[str], asked: Asked) -> ProposalCircle:
    """The circle without those who are erased; a supporter stays counted."""
    supporters = tuple(one for one in known.supporters if one not in ids)
    return msgspec.structs.replace(
        known,
        supporters=supporters,
        followers=tuple(one for one in known.followers if one not in ids),
        gone=known.gone + len(known.supporters) - len(supporters),
    )


ERASE: Final = (
    Erase("Proposal", ("author",), ("author",), _unnamed),
    Erase("ProposalComment", ("author",), ("author", "text", "held"), _unsaid),
    Erase(
        "ProposalAmendment",
        ("author",),
        ("author", "title", "text", "why", "held"),
        _unamended,
    ),
    Erase("ProposalCircle", ("supporters", "followers"), ("supporters", "followers"), _uncircled),
)
