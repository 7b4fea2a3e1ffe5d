"""The desk of proposals: what waits for the office, the steps of one proposal, what was flagged."""

from __future__ import annotations

from typing import Any, Final

from kaiteki.kit.pages import Missing, Moved, PageAsk, PageReply, Shown, Waiting
from kaiteki.kit.query_fields import one_of
from kaiteki.kit.views import every, ordered, where
from kaiteki.model.decision import Fault, Refused
from kaiteki.model.query import Query
from kaiteki.model.words import Words
from kaiteki.services.proposals.commenting import Spoken
from kaiteki.services.proposals.course import (
    ACCEPT,
    ANSWERS,
    BEGIN,
    COURSE,
    HIDDEN,
    MERGE,
    OPEN,
    PROGRESS,
    REASONS,
    STATES,
    WITHDRAW,
)
from kaiteki.services.proposals.model import (
    AMENDMENTS_MAX,
    Proposal,
    ProposalAmendment,
    ProposalComment,
    number_of,
    proposal_id,
)
from kaiteki.services.proposals.pages.browse import (
    ALL,
    PEOPLE,
    WHAT,
    faults_of,
    field,
    number_in,
    row_of,
)
from kaiteki.services.proposals.settings import settings_of
from kaiteki.services.proposals.voting import LINKED

LISTED_MAX: Final = 100
FLAGGED_MAX: Final = 200
DESK: Final = "participation/desk/proposals"
ASKS: Final = {"state": one_of([code for code, _ in STATES])}
_KEPT: Final = Words(
    "記録し、知らせを受け取る人に伝えました", "Kept; followers hear of it", "書（か）いて、知（し）らせました"
)
_NOTED: Final = Words("記録しました", "Kept", "書（か）きました")
_GIVEN: Final = ("do", "why", "answer", "project", "percent", "into", "office")
_KINDS: Final[tuple[tuple[type[Any], Words], ...]] = (
    (Proposal, WHAT),
    (ProposalComment, Words("コメント", "Comment", "コメント")),
    (ProposalAmendment, Words("修正案", "Amendment", "なおす 案（あん）")),
)
_NEW: Final = Words("検討を待つ提案", "Proposals to be looked at", "まって いる 提案（ていあん）")
_FLAGGED: Final = Words(
    "通報された提案・コメント", "Flagged proposals and comments", "こまると 言（い）われた もの"
)


async def show_desk(ask: PageAsk) -> PageReply:
    """All proposals by support, those of a state where one is chosen; and what was flagged."""
    return await _desk(ask, ())


async def act_desk(ask: PageAsk) -> PageReply:
    """What becomes of something that was flagged, or of what is out of sight."""
    done = await _moderate(ask, field(ask, "id"))
    if done is None:
        return Missing()
    if isinstance(done, Refused):
        return await _desk(ask, faults_of(done))
    return Moved(DESK, _NOTED.say(ask.language))


async def _moderate(ask: PageAsk, this: str) -> Any:
    """Hide, show again, leave; None: it is none of these."""
    commands = {"hide": "hide_words", "show": "show_words", "leave": "leave_flagged"}
    command = commands.get(field(ask, "do"))
    if command is None or not number_of(this):
        return None
    form = {"id": this} | ({"why": field(ask, "why")} if command == "hide_words" else {})
    return await ask.city.run(f"participation.{command}", form)


async def _desk(ask: PageAsk, faults: tuple[Fault, ...]) -> PageReply:
    state = ask.query.get("state", "")
    most = ordered(Proposal, "support_count", descending=True)
    q = where(Proposal, "status", "==", state) if state else None
    found = await ask.city.find(Proposal, Query(q=q, order=(most,), limit=LISTED_MAX))
    values = {
        "rows": [row_of(ask, one) for one in found.items],
        "more": found.more,
        "state": state,
        "states": [(code, words.say(ask.language)) for code, words in STATES],
        "flagged": await _flagged(ask),
        "reasons": [(code, words.say(ask.language)) for code, words in REASONS],
        "faults": faults,
    }
    return Shown(values, 422 if faults else 200)


async def _flagged(ask: PageAsk) -> list[dict[str, Any]]:
    """What people flagged and nobody has looked at, most flagged first; of each kind at most FLAGGED_MAX."""
    rows: list[dict[str, Any]] = []
    for view, words in _KINDS:
        q = where(view, "flags", ">", 0)
        order = (ordered(view, "flags", descending=True),)
        found = await ask.city.find(view, Query(q=q, order=order, limit=FLAGGED_MAX))
        rows += [_spoken(ask, one, words) for one in found.items]
    return sorted(rows, key=lambda row: -row["flags"])


def _spoken(ask: PageAsk, one: Spoken, words: Words) -> dict[str, Any]:
    number = number_of(one.id)
    paths = {
        Proposal: f"{ALL}/{number}",
        ProposalComment: f"{ALL}/{number}#comment-{getattr(one, 'n', 0)}",
        ProposalAmendment: f"{ALL}/{number}/amendments/{getattr(one, 'n', 0)}",
    }
    hidden = dict(HIDDEN)
    return {
        "id": one.id,
        "key": one.id.rpartition(":")[2],
        "kind": words.say(ask.language),
        "path": paths[type(one)],
        "number": number,
        "text": one.text or one.held.get("text", ""),
        "flags": one.flags,
        "hidden": hidden[one.hidden].say(ask.language) if one.hidden in hidden and one.hidden else "",
    }


# One of them --------------------------------------------------------------------------------------------------------


async def show_one(ask: PageAsk) -> PageReply:
    """One proposal with the steps that it can take, and its words that are out of sight."""
    return await _one(ask, ())


async def act_one(ask: PageAsk) -> PageReply:
    """Take the step of the pressed button."""
    do, number = field(ask, "do"), number_in(ask)
    moderated = await _moderate(ask, field(ask, "id") or proposal_id(number))
    if moderated is not None:
        if isinstance(moderated, Refused):
            return await _one(ask, faults_of(moderated))
        return Moved(f"{DESK}/{number}", _NOTED.say(ask.language))
    names = {one.name for one in COURSE.arrows} - {WITHDRAW}
    if do not in {*names, "assign_proposal"}:
        return Missing()
    done = await ask.city.run(f"participation.{do}", _form(ask, do, proposal_id(number)))
    if isinstance(done, Refused):
        return await _one(ask, faults_of(done))
    return Moved(f"{DESK}/{number}", (_NOTED if do == "assign_proposal" else _KEPT).say(ask.language))


def _form(ask: PageAsk, do: str, this: str) -> dict[str, Any]:
    """The form of a step out of the fields of the page."""
    if do == "assign_proposal":
        return {"id": this, "office": field(ask, "office")}
    more = {ACCEPT: ("answer",), BEGIN: ("project",), PROGRESS: ("percent",), MERGE: ("into",)}
    form: dict[str, Any] = {"id": this, "why": field(ask, "why"), "looked": bool(ask.fields.get("looked"))}
    form |= {name: field(ask, name) for name in more.get(do, ())}
    told = field(ask, "percent")
    is_whole = do == PROGRESS and told.isascii() and told.isdecimal() and len(told) < 6
    return form | ({"percent": int(told)} if is_whole else {})


async def _one(ask: PageAsk, faults: tuple[Fault, ...]) -> PageReply:
    one = await ask.city.get(Proposal, proposal_id(number_in(ask)))
    if one is None:
        return Missing(WHAT, number_in(ask)[:40], (DESK, WHAT))
    row, gone = row_of(ask, one), await _gone(ask, one)
    steps = [
        (arrow.name, arrow.words.say(ask.language), arrow.needs_why)
        for arrow in COURSE.arrows
        if one.status in arrow.sources and arrow.name != WITHDRAW
    ]
    values = {
        "title": one.title or one.held.get("title", "") or one.number,
        "row": row,
        "steps": steps,
        "gone": gone,
        "linked": one.status in LINKED,
        "amendments": await _waiting_texts(ask, one),
        "answers": [(code, words.say(ask.language)) for code, words in ANSWERS[1:3]],
        "offices": [(each.code, each.words.say(ask.language)) for each in settings_of(ask).offices],
        "reasons": [(code, words.say(ask.language)) for code, words in REASONS],
        "given": {name: field(ask, name) for name in _GIVEN},
        "faults": faults,
        "doubted": any(each.code == PEOPLE for each in faults),
    }
    return Shown(values, 422 if faults else 200)


async def _waiting_texts(ask: PageAsk, one: Proposal) -> list[ProposalAmendment]:
    """The amendments of a proposal about which nobody decided, as long as it takes any."""
    if one.status not in OPEN:
        return []
    q = every(
        where(ProposalAmendment, "proposal", "==", one.id), where(ProposalAmendment, "status", "==", "open")
    )
    found = await ask.city.find(
        ProposalAmendment, Query(q=q, order=(ordered(ProposalAmendment, "n"),), limit=AMENDMENTS_MAX)
    )
    return [each for each in found.items if not each.hidden]


async def _gone(ask: PageAsk, one: Proposal) -> list[dict[str, Any]]:
    """Comments and amendments of a proposal that staff took out of sight, with the words that stood there."""
    rows = [_spoken(ask, one, WHAT)] if one.hidden else []
    codes = tuple(code for code, _ in REASONS)
    for view, words in _KINDS[1:]:
        q = every(where(view, "proposal", "==", one.id), where(view, "hidden", "==", codes))
        rows += [
            _spoken(ask, each, words)
            for each in (await ask.city.find(view, Query(q=q, limit=LISTED_MAX))).items
        ]
    return rows


async def show_waiting(ask: PageAsk) -> list[Waiting]:
    """What waits at the desk: new proposals, and what was flagged."""
    q = where(Proposal, "status", "==", "open")
    new = await ask.city.find(Proposal, Query(q=q, limit=LISTED_MAX))
    flagged = await _flagged(ask)
    return [
        Waiting(_NEW, f"{DESK}?state=open", len(new.items), not new.more),
        Waiting(_FLAGGED, DESK, len(flagged), True, bool(flagged)),
    ]
