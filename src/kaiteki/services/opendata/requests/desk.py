"""The desk of requests for data: what waits by the day it is due, one request with its contact, and the steps of the office."""

from __future__ import annotations

from typing import Any, Final

from kaiteki.kit.editing import opening
from kaiteki.kit.pages import Missing, Moved, PageAsk, PageReply, Shown, Waiting
from kaiteki.kit.people_in_text import people_in
from kaiteki.kit.views import every, ordered, where
from kaiteki.model.decision import Fault, Refused
from kaiteki.model.query import Query
from kaiteki.model.words import Words
from kaiteki.services.opendata.model import DataSet
from kaiteki.services.opendata.requests.answering import WORDS_EDITS
from kaiteki.services.opendata.requests.browse import row_of, settings_in
from kaiteki.services.opendata.requests.course import COURSE, DESK, MERGE, OPEN
from kaiteki.services.opendata.requests.model import (
    DataSetAsker,
    DataSetRequest,
    MakePublic,
    asker_id,
    request_id,
)

LISTED_MAX: Final = 100
DATA_SETS_MAX: Final = 1000
DAY_US: Final = 86_400_000_000
PRESSING_DAYS: Final = 3
WORDS: Final = ("title", "purpose", "use")
_KEPT: Final = Words("記録しました", "Kept", "書（か）きました")
_NOT_NOW: Final = Words(
    "いまの状態では、できません。先に内容を確かめて公開してください。",
    "This is not possible as it stands. Read it through and make it public first.",
    "いまは できません。さきに 見（み）せて ください。",
)
_MISSING: Final = Words("この要望は見つかりません。", "There is no such request.", "ありません。")
_WAITING: Final = Words("データの要望", "Requests for data", "ほしい データ")
_LATE: Final = Words(
    "回答期限が3日以内の要望", "Requests due for an answer within 3 days", "いそぐ 要望（ようぼう）"
)
_OTHERS: Final = {"publish_request": WORDS, "hide_request": (), "assign_request": ("office",)}
"""The commands of the desk beside the steps, with their fields."""


async def show_desk(ask: PageAsk) -> PageReply:
    """The queue, the next due first, and one request opened."""
    return await _desk(ask, (), "")


async def act_desk(ask: PageAsk) -> PageReply:
    """Take a step with the request that is open."""
    do, number = _field(ask, "do"), _field(ask, "number")
    names = _OTHERS.get(do, ("why", "data_set", "into") if do in {one.name for one in DESK} else None)
    if names is None:
        return Missing()
    given: dict[str, str | bool] = {"id": request_id(number), **{name: _field(ask, name) for name in names}}
    if (do == "publish_request" or do not in _OTHERS) and _field(ask, "looked"):
        given["looked"] = True
    done = await ask.city.run(f"opendata.{do}", given)
    if isinstance(done, Refused):
        why = done.faults or (Fault("", done.code, await _why_not(ask, done.code, number)),)
        return await _desk(ask, why, number)
    return Moved(f"opendata/requests?open={number}", _KEPT.say(ask.language))


async def _why_not(ask: PageAsk, code: str, number: str) -> Words:
    """Why a step is not possible: there is no such request, it is not public yet, or somebody took another step before."""
    request = await ask.city.get(DataSetRequest, request_id(number))
    if code == "not_found" or request is None:
        return _MISSING
    if code != "conflict" or (not request.published and request.status in OPEN):
        return _NOT_NOW
    said = COURSE.phase(request.status).words
    return Words(
        f"この要望は、いま「{said.ja}」です。ほかの職員が先に回答したかもしれません。書いたものはこの画面に残っています。経過を見てから選んでください。",
        f"This request is now “{said.en}”: somebody may have answered before. What you wrote still stands on this page; please see the answers, then choose.",
        f"いまは「{said.say('ja-easy')}」です。書（か）いた ものは のこって います。こたえを 見（み）て ください。",
    )


def _field(ask: PageAsk, name: str) -> str:
    return (ask.fields.get(name) or [""])[0]


async def _desk(ask: PageAsk, faults: tuple[Fault, ...], number: str) -> PageReply:
    queue = "ended" if ask.query.get("queue") == "ended" else "open"
    office = ask.query.get("office", "")
    states = OPEN if queue == "open" else tuple(one.name for one in COURSE.phases if one.name not in OPEN)
    wanted = Query(
        q=every(
            where(DataSetRequest, "status", "==", states),
            where(DataSetRequest, "office", "==", office) if office else None,
        ),
        order=(ordered(DataSetRequest, "due_at", descending=queue == "ended"),),
        limit=LISTED_MAX,
    )
    found = await ask.city.find(DataSetRequest, wanted)
    settings, chosen = settings_in(ask), (number or ask.query.get("open", "")).rpartition(":")[2]
    values = {
        "rows": [await _desk_row(ask, one) for one in found.items],
        "more": found.more,
        "queue": queue,
        "office": office,
        "offices": [(one.code, one.words.say(ask.language)) for one in settings.offices],
        "faults": faults,
        "given": {name: _field(ask, name) for name in ("do", "why", "data_set", "into", "office", *WORDS)},
        **(await _opened(ask, chosen) if chosen else {"one": None}),
    }
    return Shown(values, 422 if faults else 200)


async def _desk_row(ask: PageAsk, one: DataSetRequest) -> dict[str, Any]:
    """A request with its words; those that are not public yet are read, as what a person said, by the office in charge alone."""
    asker = None if one.published else await ask.city.get(DataSetAsker, asker_id(one.number))
    words = one if one.published or asker is None or asker.words is None else asker.words
    waits = one.status in OPEN and one.answered_at is None
    return {
        **row_of(ask, one),
        "words": words,
        "days_left": (one.due_at - ask.now) // DAY_US if waits else None,
    }


async def _opened(ask: PageAsk, number: str) -> dict[str, Any]:
    """One request with what its desk needs: the contact as far as this office may open it, the steps that are possible now."""
    request = await ask.city.get(DataSetRequest, request_id(number))
    if request is None:
        return {"one": None}
    steps = [
        (arrow.name, arrow.words.say(ask.language))
        for arrow in DESK
        if request.status in arrow.sources and (request.published or arrow.name == MERGE)
    ]
    sets = await ask.city.find(DataSet, Query(order=(ordered(DataSet, "title"),), limit=DATA_SETS_MAX))
    likely = every(
        where(DataSetRequest, "published", "==", True), where(DataSetRequest, "status", "==", OPEN)
    )
    others = await ask.city.find(DataSetRequest, Query(q=likely, limit=LISTED_MAX))
    row = await _desk_row(ask, request)
    words = row["words"]
    shown = MakePublic(request.id, words.title, words.purpose, words.use)
    return {
        "one": row,
        "edited": opening(ask.fields, WORDS_EDITS, shown),
        "contact": await ask.city.get(DataSetAsker, asker_id(request.number)),
        "steps": steps,
        "data_sets": [(one.id, one.title) for one in sets.items],
        "doubted": any(people_in(text) for text in (words.title, words.purpose, words.use)),
        "others": [(one.number, f"{one.number} {one.title}") for one in others.items if one.id != request.id],
    }


async def show_waiting(ask: PageAsk) -> list[Waiting]:
    """What waits at the desk, and what has to be answered soon."""
    is_open = where(DataSetRequest, "status", "==", OPEN)
    received = where(DataSetRequest, "status", "==", "received")
    soon = where(DataSetRequest, "due_at", "<=", ask.now + PRESSING_DAYS * DAY_US)
    waiting: list[Waiting] = []
    for words, q in ((_WAITING, is_open), (_LATE, every(received, soon))):
        count = (await ask.city.find(DataSetRequest, Query(q=q, limit=0, total=True))).total or 0
        waiting.append(Waiting(words, "opendata/requests", count, True, words is _LATE))
    return waiting
