"""The pages of requests: to ask, to follow; the desk with its days left, and the decision as it is printed."""

from __future__ import annotations

from typing import Any, Final

from kaiteki.kit.lifecycle import Step
from kaiteki.kit.pages import Missing, Moved, PageAsk, PageReply, Shown, Waiting
from kaiteki.kit.views import every, ordered, where
from kaiteki.model.access import STAFF
from kaiteki.model.decision import Fault, Refused
from kaiteki.model.query import Query
from kaiteki.model.words import Words
from kaiteki.services.trust.register import settings_in
from kaiteki.services.trust.request_model import (
    COURSE,
    DEADLINES,
    DECIDED,
    GROUNDS,
    KINDS,
    RESUME,
    TOLD,
    DataRequest,
)
from kaiteki.services.trust.request_rules import request_id, resumable_until

LISTED_MAX: Final = 100
DAY_US: Final = 86_400_000_000
PRESSING_DAYS: Final = 7
ASKED: Final = ("kind", "what", "name", "address")
OPEN: Final = ("received", "examining", "extended")
TONES: Final = {"new": "warn", "active": "key", "waiting": "warn", "done": "good", "ended": "plain"}
_KEPT: Final = Words(
    "請求を受け付けました（{number}）", "Your request {number} has arrived", "うけつけました（{number}）"
)
_MOVED: Final = Words(
    "記録し、本人に知らせました",
    "Kept, and the person is told",
    "書（か）きました。本人（ほんにん）に 知（し）らせました",
)
_NOT_NOW: Final = Words(
    "いまの状態では、できません", "This is not possible as the request stands", "いまは できません"
)
_TWICE: Final = Words(
    "期限は延ばせません。延長は本人確認のあとに一度だけです",
    "The time cannot be extended: that is done once, after identity was checked",
    "もう のばせません。のばせるのは 1回（いっかい）だけです",
)
_REFUSED: Final = {
    "not_found": Words("この請求は見つかりません", "There is no such request", "ありません"),
    "not_allowed": Words(
        "この手続きをする権限がありません", "You may not take this step", "あなたは できません"
    ),
}
"""Why a step was refused, where it is not that it came too late."""
_REQUESTS: Final = Words("開示などの請求", "Requests of people", "たのまれた こと")
_DUE: Final = Words("期限まで7日以内の請求", "Requests due within 7 days", "いそぐ もの")
_WHO: Final = {
    True: Words("本人", "The person", "本人（ほんにん）"),
    False: Words("担当の職員", "Staff", "市役所（しやくしょ）の 人（ひと）"),
}


async def show_own(ask: PageAsk) -> PageReply:
    """My requests, and the form of a new one."""
    return await _own(ask, (), {})


async def act_own(ask: PageAsk) -> PageReply:
    """Ask."""
    given = {name: (ask.fields.get(name) or [""])[0] for name in ASKED}
    done = await ask.city.run("trust.ask", given)
    if isinstance(done, Refused):
        return await _own(ask, done.faults, given)
    number = str(done.answer["number"])
    return Moved(f"my/requests/{number}", _KEPT.fill(ask.language, number=number))


async def _own(ask: PageAsk, faults: tuple[Fault, ...], given: dict[str, str]) -> PageReply:
    mine = where(DataRequest, "holder", "==", tuple(sorted(ask.city.owned)))
    wanted = Query(q=mine, order=(ordered(DataRequest, "asked_at", descending=True),), limit=LISTED_MAX)
    found = await ask.city.find(DataRequest, wanted)
    values = {
        "rows": [_row(ask, one) for one in found.items],
        "kinds": [(code, words.say(ask.language)) for code, words in KINDS],
        "given": {
            **dict.fromkeys(ASKED, ""),
            "name": ask.person.name,
            "kind": ask.query.get("kind", ""),
            **given,
        },
        "faults": faults,
        "settings": settings_in(ask),
    }
    return Shown(values, 422 if faults else 200)


async def show_one(ask: PageAsk) -> PageReply:
    """A request of one's own: where it stands, until when it is decided, the decision with its reason and how to object."""
    request = await ask.city.get(DataRequest, request_id(ask.path["number"]))
    if not isinstance(request, DataRequest) or request.holder not in ask.city.owned:
        return Missing()
    return Shown(_one(ask, request, ()))


def _one(ask: PageAsk, request: DataRequest, faults: tuple[Fault, ...]) -> dict[str, Any]:
    return {"one": _row(ask, request), "settings": settings_in(ask), "faults": faults}


async def act_one(ask: PageAsk) -> PageReply:
    """Take a request back, or up again."""
    request = await ask.city.get(DataRequest, request_id(ask.path["number"]))
    if not isinstance(request, DataRequest) or request.holder not in ask.city.owned:
        return Missing()
    do = RESUME if (ask.fields.get("do") or [""])[0] == RESUME else "take_back"
    done = await ask.city.run(f"trust.{do}", {"id": request.id})
    if isinstance(done, Refused):
        return Shown(_one(ask, request, (Fault("", done.code, _NOT_NOW),)), 422)
    return Moved(f"my/requests/{request.number}")


async def show_desk(ask: PageAsk) -> PageReply:
    """The queue, the next due first, and one request opened."""
    return await _desk(ask, (), "")


async def act_desk(ask: PageAsk) -> PageReply:
    """Take a step with the request that is open."""
    do, number = (ask.fields.get("do") or [""])[0], (ask.fields.get("number") or [""])[0]
    why = (ask.fields.get("why") or [""])[0]
    if do not in {arrow.name for arrow in COURSE.arrows}:
        return Missing()
    given: dict[str, Any] = {"id": request_id(number), "why": why}
    if do == "take_back_for":
        given |= {"told": (ask.fields.get("told") or [""])[0], "heard": bool(ask.fields.get("heard"))}
    done = await ask.city.run(f"trust.{do}", given)
    if isinstance(done, Refused):
        words = _TWICE if (do, done.code) == ("extend", "conflict") else _REFUSED.get(done.code, _NOT_NOW)
        return await _desk(ask, done.faults or (Fault("why", done.code, words),), number, why)
    return Moved(f"trust/desk?open={number}", _MOVED.say(ask.language))


async def _desk(ask: PageAsk, faults: tuple[Fault, ...], number: str, why: str = "") -> PageReply:
    queue = "ended" if ask.query.get("queue") == "ended" else "open"
    states = OPEN if queue == "open" else tuple(one.name for one in COURSE.phases if one.name not in OPEN)
    wanted = Query(
        q=where(DataRequest, "status", "==", states),
        order=(ordered(DataRequest, "due_at", descending=queue == "ended"),),
        limit=LISTED_MAX,
    )
    found = await ask.city.find(DataRequest, wanted)
    chosen = number or ask.query.get("open", "")
    request = await ask.city.get(DataRequest, request_id(chosen)) if chosen else None
    one = _row(ask, request) if isinstance(request, DataRequest) else None
    steps = [
        (arrow.name, arrow.words.say(ask.language))
        for arrow in COURSE.arrows
        if one is not None
        and request is not None
        and request.status in arrow.sources
        and arrow.roles == (STAFF,)
        and arrow.name != "take_back_for"
    ]
    values = {
        "rows": [_row(ask, each) for each in found.items], "one": one, "steps": steps, "queue": queue, "why": why, "faults": faults,
        "withdrawable": one is not None and one["withdrawable"], "told": [(code, words.say(ask.language)) for code, words in TOLD],
        "given": {name: (ask.fields.get(name) or [""])[0] for name in ("do", "told")},
    }  # fmt: skip
    return Shown({**values, "settings": settings_in(ask)}, 422 if faults else 200)


async def show_decision(ask: PageAsk) -> PageReply:
    """The decision as a letter: what, why, on which article, and how to object (82 条, 行政不服審査法)."""
    request = await ask.city.get(DataRequest, request_id(ask.path["number"]))
    if not isinstance(request, DataRequest) or request.status not in DECIDED:
        return Missing()
    return Shown({"one": _row(ask, request), "settings": settings_in(ask)})


async def show_own_decision(ask: PageAsk) -> PageReply:
    """The decision on a request of one's own, as it is printed."""
    request = await ask.city.get(DataRequest, request_id(ask.path["number"]))
    own = isinstance(request, DataRequest) and request.holder in ask.city.owned
    return await show_decision(ask) if own else Missing()


async def show_waiting(ask: PageAsk) -> list[Waiting]:
    """What waits at the desk, and what is due soon."""
    soon = every(
        where(DataRequest, "status", "==", OPEN),
        where(DataRequest, "due_at", "<=", ask.now + PRESSING_DAYS * DAY_US),
    )
    waiting: list[Waiting] = []
    for words, q in ((_REQUESTS, where(DataRequest, "status", "==", OPEN)), (_DUE, soon)):
        count = (await ask.city.find(DataRequest, Query(q=q, limit=0, total=True))).total or 0
        waiting.append(Waiting(words, "trust/desk", count, True, words is _DUE))
    return waiting


def _row(ask: PageAsk, request: DataRequest) -> dict[str, Any]:
    """A request as pages show it. `days_left` counts whole days; the last day itself is 0."""
    say, phase = ask.language, COURSE.phase(request.status)
    staff = ask.person.holds((STAFF,))
    until = resumable_until(request, settings_in(ask))
    return {
        "request": request,
        "kind": dict(KINDS)[request.kind].say(say),
        "said": phase.words.say(say),
        "tone": TONES[phase.tone],
        "open": request.status in OPEN,
        "decided": request.status in DECIDED,
        "withdrawable": request.status in COURSE.arrow("take_back_for").sources,
        "resumable": until if until is not None and ask.now <= until else None,
        "days_left": (request.due_at - ask.now) // DAY_US,
        "ground": GROUNDS[request.kind].say(say),
        "deadline": DEADLINES[request.kind].say(say),
        "line": [_line(ask, request, one, staff) for one in request.log],
    }


def _line(ask: PageAsk, request: DataRequest, one: Step, staff: bool) -> dict[str, Any]:
    """A step. How identity was checked is for the desk; a reason is for both."""
    why = one.why if staff or one.arrow != "confirm" else ""
    who = _WHO[one.who in (request.holder, request.helper)].say(ask.language)
    return {"title": COURSE.phase(one.target).words.say(ask.language), "at": one.at, "who": who, "text": why}
