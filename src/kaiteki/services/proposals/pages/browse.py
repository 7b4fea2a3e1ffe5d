"""The pages of all proposals: the list with search and order, the form of a new one, and what is one's own."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from kaiteki.kit.numbering import numbers_meant
from kaiteki.kit.pages import Moved, PageAsk, PageReply, Shown
from kaiteki.kit.query_fields import one_of, text, whole
from kaiteki.kit.views import every, ordered, where
from kaiteki.model.decision import Fault, Refused
from kaiteki.model.query import Filter, Query
from kaiteki.model.words import Words
from kaiteki.services.proposals.course import COURSE, PROGRESS, STATES, TONES, TURNS
from kaiteki.services.proposals.forms import MakeProposal
from kaiteki.services.proposals.making import seen_in
from kaiteki.services.proposals.model import (
    NUMBER_KIND,
    Proposal,
    ProposalAmendment,
    ProposalBook,
    ProposalComment,
    book_id,
    proposal_id,
)
from kaiteki.services.proposals.settings import settings_of

PER_PAGE: Final = 20
PAGES_MAX: Final = 500
OWN_MAX: Final = 100
ALL: Final = "participation/proposals"
WHAT: Final = Words("市民提案", "Proposal", "提案（ていあん）")
ONWARD: Final = (ALL, Words("提案の一覧", "All proposals", "提案（ていあん）の 一覧（いちらん）"))
SORTS: Final = {
    "new": ("made_at", Words("新しい順", "Newest", "あたらしい じゅん")),
    "support": (
        "support_count",
        Words("応援の多い順", "Most supported", "おうえんが 多（おお）い じゅん"),
    ),
}
ASKS: Final = {
    "q": text(),
    "ward": text(40),
    "state": one_of([code for code, _ in STATES]),
    "sort": one_of(SORTS),
    "page": whole(1, PAGES_MAX),
}
"""What the address of the list may say."""
PEOPLE: Final = "people"
"""The code of the faults that somebody may overrule who looked."""
_MADE: Final = Words(
    "提案 {number} を公開しました。動きがあるたびにお知らせします",
    "Your proposal {number} is public. You will hear of each step",
    "提案（ていあん） {number} を 出（だ）しました",
)
NOT_NOW: Final = Words("いまはできません。", "This is not possible now.", "いまは できません。")
NOT_YOURS: Final = Words(
    "ログインするか、担当の人だけができます。",
    "Please sign in; some of this only the people in charge can do.",
    "ログインして ください。",
)


def faults_of(done: Refused) -> tuple[Fault, ...]:
    """Why something was refused, for a person."""
    words = NOT_YOURS if done.code == "not_allowed" else NOT_NOW
    return done.faults or (Fault("", done.code, words),)


def field(ask: PageAsk, name: str) -> str:
    """A field of a form."""
    return (ask.fields.get(name) or [""])[0]


def number_in(ask: PageAsk) -> str:
    """The number in an address, which may also hold the id."""
    return ask.path["number"].rpartition(":")[2]


def row_of(ask: PageAsk, one: Proposal) -> dict[str, Any]:
    """A proposal as pages show it."""
    phase, settings = COURSE.phase(one.status), settings_of(ask)
    wards = {ward.code: ward.words.say(ask.language) for ward in settings.wards}
    return {
        "one": one,
        "title": one.title or one.number,
        "said": phase.words.say(ask.language),
        "tone": TONES[phase.tone],
        "ward": wards.get(one.ward, ""),
        "office": settings.words_of(one.office).say(ask.language) if one.office else "",
        "line": [
            {
                "title": (TURNS.get(turn.what) or COURSE.phase(turn.what).words).say(ask.language)
                + (f"　{turn.percent}%" if turn.what == PROGRESS else ""),
                "at": turn.at,
                "who": settings.words_of(turn.office).say(ask.language) if turn.office else "",
                "text": turn.text,
            }
            for turn in one.course
        ],
    }


def wards_of(ask: PageAsk) -> list[tuple[str, str]]:
    """The parts of town that a proposal can be about."""
    return [(one.code, one.words.say(ask.language)) for one in settings_of(ask).wards]


async def book_of_asker(ask: PageAsk) -> ProposalBook:
    """The book of who asks: of the account, or of the browser of who has none; an empty one where there is none."""
    owner = ask.person.account_id or ask.browser
    found = await ask.city.get(ProposalBook, book_id(owner)) if owner else None
    return found if isinstance(found, ProposalBook) else ProposalBook("", owner)


async def show_all(ask: PageAsk) -> PageReply:
    """The proposals that are in sight: by words of the title or number, part of town and state; newest or most supported first."""
    asked = {name: ask.query.get(name, "").strip() for name in ASKS}
    sort, page = asked["sort"] or "new", int(asked["page"] or 1)
    numbers = numbers_meant(NUMBER_KIND, asked["q"], ask.now) if asked["q"] else ()
    wanted = Query(
        q=_filters(asked["ward"], asked["state"]),
        ids=tuple(proposal_id(one) for one in numbers),
        text=(asked["q"] or None) if not numbers else None,
        order=(ordered(Proposal, SORTS[sort][0], descending=True),),
        limit=PER_PAGE,
        offset=(page - 1) * PER_PAGE,
        total=True,
    )
    found = await ask.city.find(Proposal, wanted)

    def address(number: int) -> str:
        kept = {**asked, "sort": sort, "page": str(number)}
        return f"{ALL}?" + urlencode({name: value for name, value in kept.items() if value})

    return Shown(
        {
            "rows": [row_of(ask, one) for one in found.items],
            "states": [(code, words.say(ask.language)) for code, words in STATES],
            "wards": wards_of(ask),
            "sorts": [(code, words.say(ask.language)) for code, (_, words) in SORTS.items()],
            "asked": {**asked, "sort": sort},
            "narrowed": any(asked[name] for name in ("q", "ward", "state")),
            "total": found.total,
            "first": (page - 1) * PER_PAGE + 1,
            "before": address(page - 1) if page > 1 else None,
            "after": address(page + 1) if found.more else None,
        }
    )


def _filters(ward: str, state: str) -> Filter | None:
    """(What is out of sight has no title any more; it is left out for who looks, not for what it says.)"""
    return every(
        where(Proposal, "title", "!=", ""),
        where(Proposal, "ward", "==", ward) if ward else None,
        where(Proposal, "status", "==", state) if state else None,
    )


# A new one ----------------------------------------------------------------------------------------------------------


async def show_new(ask: PageAsk) -> PageReply:
    """The form of a new proposal, for who is signed in; the way there for who is not."""
    return _new(ask, ())


async def act_new(ask: PageAsk) -> PageReply:
    """Propose something."""
    given: dict[str, Any] = {name: field(ask, name) for name in ("title", "text", "ward")}
    form = {**given, "looked": bool(ask.fields.get("looked"))}
    done = await ask.city.run("participation.make_proposal", form)
    if isinstance(done, Refused):
        return _new(ask, faults_of(done))
    number = str(done.answer["number"])
    return Moved(f"{ALL}/{number}", _MADE.fill(ask.language, number=number))


def _new(ask: PageAsk, faults: tuple[Fault, ...]) -> PageReply:
    names = [name for name in MakeProposal.__struct_fields__ if name != "looked"]
    values = {
        "given": {name: field(ask, name) for name in names},
        "wards": wards_of(ask),
        "faults": faults,
        "doubted": any(one.code == PEOPLE for one in faults),
    }
    return Shown(values, 422 if faults else 200)


# One's own ----------------------------------------------------------------------------------------------------------


async def show_mine(ask: PageAsk) -> PageReply:
    """What whoever looks proposed, supports, follows and wrote, newest first; where something was merged, the one that it went into."""
    book = await book_of_asker(ask)
    made = await _proposals(ask, book.made)
    supported = await _followed_on(ask, book.supported)
    told = await _followed_on(ask, book.following)
    known = {row["one"].number for row in (*made, *supported)}
    said = [await _said(ask, this) for this in reversed(book.said[-OWN_MAX:])]
    values = {
        "made": made,
        "supported": supported,
        "following": [row for row in told if row["one"].number not in known],
        "said": [one for one in said if one is not None],
    }
    return Shown(values)


async def _proposals(ask: PageAsk, numbers: tuple[str, ...]) -> list[dict[str, Any]]:
    ids = tuple(proposal_id(one) for one in numbers[-OWN_MAX:])
    if not ids:
        return []
    newest = (ordered(Proposal, "made_at", descending=True),)
    found = await ask.city.find(Proposal, Query(ids=ids, order=newest, limit=OWN_MAX))
    return [row_of(ask, one) for one in found.items]


async def _followed_on(ask: PageAsk, numbers: tuple[str, ...]) -> list[dict[str, Any]]:
    """The proposals of these numbers, each once: of one that was merged the one in which its people stand now."""
    rows: dict[str, dict[str, Any]] = {}
    for row in await _proposals(ask, numbers):
        one = row["one"]
        for _ in range(OWN_MAX):
            into = await ask.city.get(Proposal, proposal_id(one.merged_into)) if one.merged_into else None
            if into is None:
                break
            one = into
        rows.setdefault(one.number, row_of(ask, one))
    return list(rows.values())


async def _said(ask: PageAsk, this: str) -> dict[str, Any] | None:
    """A comment or an amendment of one's own that is in sight, with where it stands."""
    is_comment = this.startswith("urn:ngsi-ld:ProposalComment:")
    one = await ask.city.get(ProposalComment if is_comment else ProposalAmendment, this)
    if one is None or one.hidden == "author":
        return None
    proposal = seen_in({one.proposal: await ask.city.get(Proposal, one.proposal)}, one.proposal)
    number = one.name.partition(" ")[0]
    path = f"{ALL}/{number}#comment-{one.n}" if is_comment else f"{ALL}/{number}/amendments/{one.n}"
    return {
        "is_comment": is_comment,
        "text": one.text,
        "hidden": one.hidden,
        "path": path,
        "title": proposal.title if proposal else number,
    }
