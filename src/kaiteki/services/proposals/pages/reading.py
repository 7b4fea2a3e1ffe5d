"""The pages of one proposal: its text and course with what people may do, another text for it, and one amendment with what it changes."""

from __future__ import annotations

from typing import Any, Final

from kaiteki.kit.pages import Missing, Moved, PageAsk, PageReply, Shown
from kaiteki.kit.query_fields import whole
from kaiteki.kit.views import ordered, where
from kaiteki.model.access import STAFF
from kaiteki.model.decision import Fault, Refused
from kaiteki.model.query import Query
from kaiteki.model.words import Words
from kaiteki.services.proposals.amending import difference
from kaiteki.services.proposals.circles import family
from kaiteki.services.proposals.course import ANSWERS, FATES, HEARD, HIDDEN, OPEN, REASONS, RESULTS
from kaiteki.services.proposals.model import (
    AMENDMENTS_MAX,
    COMMENTS_MAX,
    Proposal,
    ProposalAmendment,
    ProposalComment,
    amendment_id,
    comment_id,
    proposal_id,
)
from kaiteki.services.proposals.pages.browse import (
    ALL,
    ONWARD,
    PEOPLE,
    WHAT,
    book_of_asker,
    faults_of,
    field,
    number_in,
    row_of,
)

COMMENTS_SHOWN: Final = 50
ASKS: Final = {"page": whole(1, COMMENTS_MAX // COMMENTS_SHOWN)}
DONE: Final = {
    "support": ("support_proposal", Words("応援しました", "You support it", "おうえんしました")),
    "leave": ("leave_proposal", Words("応援をやめました", "You support it no more", "おうえんを やめました")),
    "follow": ("follow_proposal", Words("動きがあるたびに知らせます", "You will hear of each step", "かわったら 知（し）らせます")),
    "unfollow": ("unfollow_proposal", Words("知らせを止めました", "You will hear no more of it", "知（し）らせを とめました")),
    "withdraw": ("withdraw_proposal", Words("提案を取り下げました", "The proposal is withdrawn", "やめました")),
    "comment": ("say_comment", Words("コメントを公開しました", "Your comment is public", "コメントを 出（だ）しました")),
    "take_back": ("take_back_comment", Words("コメントを消しました", "Your comment is gone", "けしました")),
    "flag": ("flag", Words("職員に知らせました", "Staff will look at it", "市役所（しやくしょ）に 知（し）らせました")),
}  # fmt: skip
_FATE: Final = {
    "accept": ("accept_amendment", Words("修正案を取り入れました", "It is taken in", "入（い）れました")),
    "decline": ("decline_amendment", Words("取り入れないことを伝えました", "Who wrote it hears of it", "入（い）れないと 知（し）らせました")),
    "withdraw": ("withdraw_amendment", Words("修正案を取り下げました", "It is withdrawn", "やめました")),
    "flag": ("flag", DONE["flag"][1]),
}  # fmt: skip
_AMENDED: Final = Words(
    "修正案を公開しました。提案した人に知らせました",
    "Your amendment is public, and the author hears of it",
    "なおす 案（あん）を 出（だ）しました",
)


_GONE: Final = {code: words for code, words in HIDDEN if code}


def _n(told: str, most: int) -> int:
    """A running number of a form or an address; 0 for what is none."""
    n = int(told) if told.isascii() and told.isdecimal() and len(told) < 6 else 0
    return n if n <= most else 0


async def show_one(ask: PageAsk) -> PageReply:
    """One proposal: what is proposed, where it stands, what the town said, who supports it, amendments, comments."""
    return await _one(ask, ())


async def act_one(ask: PageAsk) -> PageReply:
    """Support, follow, comment, flag, take back: what the pressed button says."""
    do, number = field(ask, "do"), number_in(ask)
    if do not in DONE:
        return Missing()
    command, note = DONE[do]
    n = _n(field(ask, "n"), COMMENTS_MAX)
    form: dict[str, Any] = {"id": comment_id(number, n) if n else proposal_id(number)}
    if do == "comment":
        form |= {"text": field(ask, "text"), "looked": bool(ask.fields.get("looked"))}
    elif do == "flag":
        form["why"] = field(ask, "why")
    done = await ask.city.run(f"participation.{command}", form)
    if isinstance(done, Refused):
        return await _one(ask, faults_of(done))
    return Moved(f"{ALL}/{number}", note.say(ask.language))


async def _one(ask: PageAsk, faults: tuple[Fault, ...]) -> PageReply:
    one = await ask.city.get(Proposal, proposal_id(number_in(ask)))
    if one is None:
        return Missing(WHAT, number_in(ask)[:40], ONWARD)
    book, page = await book_of_asker(ask), int(ask.query.get("page") or 1)
    of_it = where(ProposalComment, "proposal", "==", one.id)
    newest = Query(
        q=of_it,
        order=(ordered(ProposalComment, "n", descending=True),),
        limit=COMMENTS_SHOWN,
        offset=(page - 1) * COMMENTS_SHOWN,
    )
    found = await ask.city.find(ProposalComment, newest)
    numbers, own = family(one), one.number in book.made
    answers = dict(ANSWERS)
    merged = await ask.city.get(Proposal, proposal_id(one.merged_into)) if one.merged_into else None
    values = {
        "title": one.title or one.number,
        "row": row_of(ask, one),
        "own": own,
        "supports": not own and not numbers.isdisjoint(book.supported),
        "follows": own or not numbers.isdisjoint(book.following),
        "open": one.status in OPEN and not one.hidden,
        "heard": one.status in HEARD and not one.hidden,
        "answer": answers[one.answer].say(ask.language) if one.answer in answers else "",
        "vote_said": dict(RESULTS)[one.vote_result].say(ask.language) if one.vote_result else "",
        "hidden": _GONE[one.hidden].say(ask.language) if one.hidden in _GONE else "",
        "into": merged,
        "amendments": await _amendments(ask, one),
        "comments": [
            {
                "one": each,
                "own": each.id in book.said,
                "flagged": each.id in book.flagged,
                "hidden": _GONE[each.hidden].say(ask.language) if each.hidden in _GONE else "",
            }
            for each in found.items
        ],
        "page": page,
        "more": found.more,
        "flagged": one.id in book.flagged,
        "reasons": [(code, words.say(ask.language)) for code, words in REASONS],
        "given": {name: field(ask, name) for name in ("do", "text", "n", "why")},
        "faults": faults,
        "doubted": any(each.code == PEOPLE for each in faults),
        "at_desk": STAFF in ask.person.roles,
    }
    return Shown(values, 422 if faults else 200)


async def _amendments(ask: PageAsk, one: Proposal) -> list[dict[str, Any]]:
    of_it = where(ProposalAmendment, "proposal", "==", one.id)
    wanted = Query(q=of_it, order=(ordered(ProposalAmendment, "n"),), limit=AMENDMENTS_MAX)
    found, fates = (await ask.city.find(ProposalAmendment, wanted)).items, dict(FATES)
    return [
        {
            "one": each,
            "said": fates[each.status].say(ask.language) if each.status in fates else "",
            "late": each.status == "open" and each.base != one.version,
        }
        for each in found
        if not each.hidden
    ]


# Another text -------------------------------------------------------------------------------------------------------


async def show_amend(ask: PageAsk) -> PageReply:
    """The form of another text, filled with the one that stands."""
    return await _amend(ask, ())


async def act_amend(ask: PageAsk) -> PageReply:
    """Propose another text."""
    number = number_in(ask)
    told = {name: field(ask, name) for name in ("title", "text", "why")}
    form = {**told, "id": proposal_id(number), "version": _n(field(ask, "version"), AMENDMENTS_MAX + 1)}
    done = await ask.city.run(
        "participation.amend_proposal", {**form, "looked": bool(ask.fields.get("looked"))}
    )
    if isinstance(done, Refused):
        return await _amend(ask, faults_of(done))
    return Moved(f"{ALL}/{number}/amendments/{done.answer['n']}", _AMENDED.say(ask.language))


async def _amend(ask: PageAsk, faults: tuple[Fault, ...]) -> PageReply:
    one = await ask.city.get(Proposal, proposal_id(number_in(ask)))
    if one is None or one.hidden:
        return Missing(WHAT, number_in(ask)[:40], ONWARD)
    told = {name: field(ask, name) for name in ("title", "text", "why")}
    values = {
        "title": one.title,
        "row": row_of(ask, one),
        "open": one.status in OPEN,
        "given": told if ask.fields else {"title": one.title, "text": one.text, "why": ""},
        "faults": faults,
        "doubted": any(each.code == PEOPLE for each in faults),
    }
    return Shown(values, 422 if faults else 200)


# One amendment ------------------------------------------------------------------------------------------------------


async def show_amendment(ask: PageAsk) -> PageReply:
    """What an amendment takes out and puts in, why, and what became of it; the author and the office decide here."""
    return await _amendment(ask, ())


async def act_amendment(ask: PageAsk) -> PageReply:
    """Take it in, or not; withdraw one's own; flag it."""
    do = field(ask, "do")
    number, n = number_in(ask), _n(ask.path["n"], AMENDMENTS_MAX)
    if do not in _FATE:
        return Missing()
    command, note = _FATE[do]
    form: dict[str, Any] = {"id": amendment_id(number, n)}
    if do in ("decline", "flag"):
        form["why"] = field(ask, "why")
    if do == "decline":
        form["looked"] = bool(ask.fields.get("looked"))
    done = await ask.city.run(f"participation.{command}", form)
    if isinstance(done, Refused):
        return await _amendment(ask, faults_of(done))
    return Moved(f"{ALL}/{number}", note.say(ask.language))


async def _amendment(ask: PageAsk, faults: tuple[Fault, ...]) -> PageReply:
    number, n = number_in(ask), _n(ask.path["n"], AMENDMENTS_MAX)
    one = await ask.city.get(Proposal, proposal_id(number))
    each = await ask.city.get(ProposalAmendment, amendment_id(number, n)) if n else None
    if one is None or each is None or each.hidden:
        return Missing(WHAT, f"{number} {ask.path['n']}"[:40], ONWARD)
    book, fates = await book_of_asker(ask), dict(FATES)
    waits = each.status == "open" and one.status in OPEN
    values = {
        "title": one.title or one.number,
        "row": row_of(ask, one),
        "each": each,
        "said": fates[each.status].say(ask.language) if each.status in fates else "",
        "head": difference(each.base_title, each.title),
        "parts": difference(each.base_text, each.text),
        "late": waits and each.base != one.version,
        "decides": waits and (one.number in book.made or STAFF in ask.person.roles),
        "own": waits and each.id in book.said,
        "flagged": each.id in book.flagged,
        "reasons": [(code, words.say(ask.language)) for code, words in REASONS],
        "given": {name: field(ask, name) for name in ("do", "why")},
        "faults": faults,
        "doubted": any(fault.code == PEOPLE for fault in faults),
    }
    return Shown(values, 422 if faults else 200)
