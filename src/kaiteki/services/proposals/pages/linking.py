"""The page on which the office says which project of a vote on a budget a proposal was: a vote is chosen, then one of its projects."""

from __future__ import annotations

from typing import Any, Final

from kaiteki.kit.pages import Missing, Moved, PageAsk, PageReply, Shown
from kaiteki.kit.query_fields import text
from kaiteki.kit.views import ordered, where
from kaiteki.model.decision import Fault, Refused
from kaiteki.model.query import Query
from kaiteki.model.words import Words
from kaiteki.services.proposals.model import Proposal, proposal_id
from kaiteki.services.proposals.pages.browse import PEOPLE, WHAT, faults_of, field, number_in, row_of
from kaiteki.services.proposals.pages.desk import DESK
from kaiteki.services.proposals.voting import (
    COUNTED,
    LINKED,
    Item,
    OutcomeSeen,
    VoteSeen,
    items_of,
    outcome_id,
    vote_id,
)

VOTES_MAX: Final = 50
ASKS: Final = {"vote": text(40)}
_DONE: Final = {
    "link_vote": Words("記録し、知らせを受け取る人に伝えました", "Kept; followers hear of it", "書（か）いて、知（し）らせました"),
    "unlink_vote": Words("外しました", "It is taken off", "はずしました"),
}  # fmt: skip


async def show_link(ask: PageAsk) -> PageReply:
    """The votes that have a result, and the projects of the one that was chosen."""
    return await _show(ask, ask.query.get("vote", "").strip(), ())


async def act_link(ask: PageAsk) -> PageReply:
    """Say it, or take it back."""
    do, vote, number = field(ask, "do"), field(ask, "vote"), number_in(ask)
    if do not in _DONE:
        return Missing()
    form: dict[str, Any] = {
        "id": proposal_id(number),
        "why": field(ask, "why"),
        "looked": bool(ask.fields.get("looked")),
    }
    if do == "link_vote":
        told = field(ask, "item")
        is_whole = told.isascii() and told.isdecimal() and len(told) < 6
        form |= {"vote": vote, "item": int(told) if is_whole else told}
    done = await ask.city.run(f"participation.{do}", form)
    if isinstance(done, Refused):
        return await _show(ask, vote, faults_of(done))
    return Moved(f"{DESK}/{number}", _DONE[do].say(ask.language))


async def _show(ask: PageAsk, number: str, faults: tuple[Fault, ...]) -> PageReply:
    one = await ask.city.get(Proposal, proposal_id(number_in(ask)))
    if one is None:
        return Missing(WHAT, number_in(ask)[:40], (DESK, WHAT))
    newest = Query(
        q=where(VoteSeen, "status", "==", COUNTED),
        order=(ordered(VoteSeen, "number", descending=True),),
        limit=VOTES_MAX,
    )
    votes = await ask.city.find(VoteSeen, newest)
    vote, items = await _vote(ask, number)
    values = {
        "title": one.title or one.held.get("title", "") or one.number,
        "row": row_of(ask, one),
        "open": one.status in LINKED,
        "votes": [(each.number, f"{each.number}　{each.title}") for each in votes.items],
        "vote": vote,
        "unknown": bool(number) and vote is None,
        "items": [(str(at), each, _grouped(each.cost)) for at, each in enumerate(items)],
        "given": {name: field(ask, name) for name in ("do", "item", "why")},
        "faults": faults,
        "doubted": any(each.code == PEOPLE for each in faults),
    }
    return Shown(values, 422 if faults else 200)


def _grouped(amount: str) -> str:
    """An amount in decimal text, with its thousands apart."""
    whole, point, part = amount.partition(".")
    return f"{int(whole):,}{point}{part}"


async def _vote(ask: PageAsk, number: str) -> tuple[VoteSeen | None, tuple[Item, ...]]:
    """A vote that has a result, with its projects."""
    vote = await ask.city.get(VoteSeen, vote_id(number)) if number else None
    items = items_of(vote, await ask.city.get(OutcomeSeen, outcome_id(number))) if vote is not None else ()
    return (vote, items) if items else (None, ())
