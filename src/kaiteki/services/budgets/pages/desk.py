"""The desk of votes on budgets: take in a vote that was held, take it off again."""

from __future__ import annotations

import asyncio
from typing import Final

from kaiteki.kit.pages import Moved, PageAsk, PageReply, Shown
from kaiteki.model.decision import Fault, Refused
from kaiteki.model.faults import fault
from kaiteki.model.words import Words
from kaiteki.services.budgets.model import FILE, RemoveVote, pack, vote_id
from kaiteki.services.budgets.pabulib import BYTES_MAX, PbFault
from kaiteki.services.budgets.pages.browse import listed
from kaiteki.services.budgets.taking_in import words_of

_GONE: Final = Words("もうありません。", "It is gone already.", "もう ありません。")
_KEPT: Final = Words("取り込みました", "It is in", "入（い）れました")
_REMOVED: Final = Words("取り下げました", "It is taken off", "けしました")


async def show_desk(ask: PageAsk) -> PageReply:
    """The votes, and the form for another one."""
    return await _desk(ask, ())


async def act_desk(ask: PageAsk) -> PageReply:
    """Take a vote in, or off."""
    if number := _field(ask, "remove"):
        form = RemoveVote(vote_id(number), _field(ask, "why"))
        done = await ask.city.run("participation.remove_vote", form)
        gone = (Fault("", "not_found", _GONE),)
        return await _desk(ask, done.faults or gone) if isinstance(done, Refused) else _moved(ask, _REMOVED)
    upload = next(iter(ask.files.get("file", ())), None)
    if upload is None or not upload.content:
        return await _desk(ask, (fault("missing", "file", FILE),))
    if len(upload.content) > BYTES_MAX:
        return await _desk(ask, (Fault("file", "too_large", words_of(PbFault(0, "", "too_large"))),))
    packed = await asyncio.to_thread(pack, upload.content)
    form = {"title": _field(ask, "title"), "content": packed, "currency": _field(ask, "currency")}
    done = await ask.city.run("participation.take_in_vote", form)
    if isinstance(done, Refused):
        return await _desk(ask, done.faults)
    return _moved(ask, _KEPT, str(done.answer["number"]))


def _moved(ask: PageAsk, note: Words, number: str = "") -> Moved:
    path = f"participation/budgets/{number}" if number else "participation/desk/budgets"
    return Moved(path, note.say(ask.language))


async def _desk(ask: PageAsk, faults: tuple[Fault, ...]) -> PageReply:
    given = {name: _field(ask, name) for name in ("title", "currency", "remove", "why")}
    return Shown({**await listed(ask), "faults": faults, "given": given}, 422 if faults else 200)


def _field(ask: PageAsk, name: str) -> str:
    return (ask.fields.get(name) or [""])[0]
