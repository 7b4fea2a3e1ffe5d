"""The desk of public comments: drafts to be announced, opinions that wait for an answer, the answers, the result."""

from __future__ import annotations

from typing import Any, Final

from kaiteki.kit.editing import opening
from kaiteki.kit.pages import Missing, Moved, PageAsk, PageReply, Shown, Waiting
from kaiteki.kit.views import ordered, where
from kaiteki.model.decision import Accepted, Fault, Refused
from kaiteki.model.instant import day_in_japan
from kaiteki.model.query import Query
from kaiteki.model.words import Words
from kaiteki.services.consultations.announcing import DRAFT_EDITS, form_of
from kaiteki.services.consultations.answering import ANSWER_EDITS
from kaiteki.services.consultations.course import BY_STAFF, EFFECTS, KINDS, WAYS
from kaiteki.services.consultations.likeness import groups
from kaiteki.services.consultations.model import (
    AT_ONCE_MAX,
    Consultation,
    ConsultationAnswer,
    ConsultationDraft,
    Opinion,
    OpinionSender,
    PrepareConsultation,
    WriteAnswer,
    consultation_id,
    opinion_id,
    sender_id,
)
from kaiteki.services.consultations.pages.browse import ALL, WHAT, number_in, opinions_of, row_of
from kaiteki.services.consultations.settings import settings_of

LISTED_MAX: Final = 100
PREPARED: Final = tuple(name for name in PrepareConsultation.__struct_fields__ if name != "id")
GIVEN: Final = (
    "do",
    "text",
    "way",
    "received_on",
    "name",
    "address",
    "answer",
    "summary",
    "reply",
    "effect",
    "why",
)
"""The fields of the page of one public comment that come back filled."""
DRAFT: Final = "urn:ngsi-ld:ConsultationDraft:"
_KEPT: Final = Words("記録しました", "Kept", "書（か）きました")
_ANNOUNCED: Final = Words("公表しました", "Announced", "みんなに 知（し）らせました")
_NOT_NOW: Final = Words(
    "いまの状態では、できません。", "This is not possible as it stands.", "いまは できません。"
)
_NOT_YOURS: Final = Words(
    "ほかの課の意見募集です。", "It belongs to another office.", "ほかの 課（か）の ものです。"
)
_WAITING: Final = Words("回答のない意見", "Comments without an answer", "こたえの ない 意見（いけん）")
_READY: Final = Words("結果を公表できる意見募集", "Results that can go out", "こたえを だせる もの")


def _field(ask: PageAsk, name: str) -> str:
    return (ask.fields.get(name) or [""])[0]


def _number(ask: PageAsk, name: str) -> int:
    """A number of a form; 0 for what is none."""
    return _whole(_field(ask, name))


def _whole(told: str) -> int:
    return int(told) if told.isascii() and told.isdecimal() and len(told) < 6 else 0


def _faults(done: Refused) -> tuple[Fault, ...]:
    words = _NOT_YOURS if done.code == "not_allowed" else _NOT_NOW
    return done.faults or (Fault("", done.code, words),)


# All of them --------------------------------------------------------------------------------------------------------


async def show_desk(ask: PageAsk) -> PageReply:
    """What is prepared and what runs, with what is left to answer; the form of a new one, or of one that is prepared."""
    return await _desk(ask, ())


async def act_desk(ask: PageAsk) -> PageReply:
    """Keep what is prepared, or announce it."""
    draft = _field(ask, "draft")
    form = {name: _field(ask, name) for name in PREPARED}
    done = await ask.city.run("participation.prepare", {"id": DRAFT + draft if draft else "", **form})
    if isinstance(done, Refused):
        return await _desk(ask, _faults(done))
    kept = str(done.answer["id"]).removeprefix(DRAFT)
    if _field(ask, "do") != "announce":
        return Moved(f"participation/desk?draft={kept}", _KEPT.say(ask.language))
    done = await ask.city.run("participation.announce", {"id": DRAFT + kept})
    if isinstance(done, Refused):
        return await _desk(ask, _faults(done), kept)
    return Moved(f"participation/desk/comments/{done.answer['number']}", _ANNOUNCED.say(ask.language))


async def _desk(ask: PageAsk, faults: tuple[Fault, ...], kept: str = "") -> PageReply:
    newest = Query(order=(ordered(Consultation, "closes_at", descending=True),), limit=LISTED_MAX)
    found = await ask.city.find(Consultation, newest)
    drafts = await ask.city.find(ConsultationDraft, Query(limit=LISTED_MAX))
    chosen = kept or _field(ask, "draft") or ask.query.get("draft", "")[:40]
    draft = await ask.city.get(ConsultationDraft, DRAFT + chosen) if chosen else None
    settings, told = settings_of(ask), {name: _field(ask, name) for name in PREPARED}
    given = {name: getattr(draft, name) for name in PREPARED} if draft else {"kind": "plan"}
    values = {
        "rows": [row_of(ask, one) for one in found.items],
        "drafts": [(one.id.removeprefix(DRAFT), one) for one in drafts.items],
        "draft": draft.id.removeprefix(DRAFT) if draft else "",
        "edited": opening(ask.fields, DRAFT_EDITS, form_of(draft)) if draft else "",
        "given": {**dict.fromkeys(PREPARED, ""), **given, **(told if faults else {})},
        "kinds": [(code, words.say(ask.language)) for code, words in KINDS],
        "offices": [(one.code, one.words.say(ask.language)) for one in settings.offices],
        "periods": [
            (words.say(ask.language), settings.days(code), settings.ground(code).say(ask.language))
            for code, words in KINDS
        ],
        "faults": faults,
    }
    return Shown(values, 422 if faults else 200)


# One of them --------------------------------------------------------------------------------------------------------


async def show_one(ask: PageAsk) -> PageReply:
    """The opinions of one, those without an answer first; one of them opened; the answers; the result."""
    return await _one(ask, ())


async def act_one(ask: PageAsk) -> PageReply:
    """Do what the pressed button says, and stay on the page."""
    this = consultation_id(number_in(ask))
    steps = {
        "take_in": _take_in,
        "word": _word,
        "answer": _answer,
        "rewrite": _rewrite,
        "free": _free,
        "publish": _publish,
        "show": _show_texts,
        "cancel": _cancel,
    }
    step = steps.get(_field(ask, "do"))
    if step is None:
        return Missing()
    done = await step(ask, this)
    if isinstance(done, Refused):
        return await _one(ask, _faults(done))
    opened = f"?open={_number(ask, 'open')}" if _field(ask, "do") == "word" else ""
    return Moved(f"participation/desk/comments/{number_in(ask)}{opened}", _KEPT.say(ask.language))


async def _take_in(ask: PageAsk, this: str) -> Accepted | Refused:
    names = ("text", "way", "received_on", "name", "address")
    return await ask.city.run(
        "participation.take_in_opinion", {"id": this, **{name: _field(ask, name) for name in names}}
    )


async def _word(ask: PageAsk, this: str) -> Accepted | Refused:
    form = {"id": this, "opinion": _number(ask, "open"), "text": _field(ask, "text")}
    return await ask.city.run(
        "participation.word_opinion", {**form, "looked": bool(ask.fields.get("looked"))}
    )


def _told_answer(ask: PageAsk, this: str) -> dict[str, Any]:
    told = {name: _field(ask, name) for name in ("summary", "reply", "effect")}
    return {"id": this, **told, "n": _number(ask, "n"), "looked": bool(ask.fields.get("looked"))}


async def _rewrite(ask: PageAsk, this: str) -> Accepted | Refused:
    return await ask.city.run("participation.write_answer", _told_answer(ask, this))


async def _answer(ask: PageAsk, this: str) -> Accepted | Refused:
    """Give the ticked opinions an answer that is there, or a new one."""
    answer = _number(ask, "answer")
    if not answer:
        done = await ask.city.run("participation.write_answer", {**_told_answer(ask, this), "n": 0})
        if isinstance(done, Refused):
            return done
        answer = int(str(done.answer["n"]))
    return await ask.city.run("participation.map_opinions", _mapping(ask, this, answer))


async def _free(ask: PageAsk, this: str) -> Accepted | Refused:
    return await ask.city.run("participation.free_opinions", _mapping(ask, this, _number(ask, "n")))


def _mapping(ask: PageAsk, this: str, answer: int) -> dict[str, Any]:
    ticked = [
        one for one in ask.fields.get("numbers", ()) if one.isascii() and one.isdecimal() and len(one) < 6
    ]
    return {"id": this, "answer": answer, "numbers": [int(one) for one in ticked]}


async def _publish(ask: PageAsk, this: str) -> Accepted | Refused:
    one = await ask.city.get(Consultation, this)
    if one is None:
        return Refused("not_found")
    done = await ask.city.run("participation.publish_result", {"id": this, "answers": one.answer_count})
    return done if isinstance(done, Refused) else await _show_texts(ask, this)


async def _show_texts(ask: PageAsk, this: str) -> Accepted | Refused:
    """Let the wordings out that wait for it, some at a time; where that is cut off, the desk offers it again."""
    one = await ask.city.get(Consultation, this)
    if one is None:
        return Refused("not_found")
    waiting = [each.n for each in await opinions_of(ask, one) if each.held and not each.text]
    done: Accepted | Refused = Accepted()
    for at in range(0, len(waiting), AT_ONCE_MAX):
        form = {"id": this, "numbers": waiting[at : at + AT_ONCE_MAX]}
        done = await ask.city.run("participation.show_opinions", form)
        if isinstance(done, Refused):
            return done
    return done


async def _cancel(ask: PageAsk, this: str) -> Accepted | Refused:
    return await ask.city.run("participation.cancel_consultation", {"id": this, "why": _field(ask, "why")})


async def _one(ask: PageAsk, faults: tuple[Fault, ...]) -> PageReply:
    one = await ask.city.get(Consultation, consultation_id(number_in(ask)))
    if one is None:
        return Missing(WHAT, number_in(ask)[:40], ALL)
    opinions = await opinions_of(ask, one)
    first = groups({each.n: each.sketch for each in opinions})
    of_it = where(ConsultationAnswer, "consultation", "==", one.id)
    wanted = Query(q=of_it, order=(ordered(ConsultationAnswer, "n"),), limit=500)
    answers = [each for each in (await ask.city.find(ConsultationAnswer, wanted)).items if each.held]
    unmapped = frozenset(one.unmapped)
    listed = (
        [each for each in opinions if each.n in unmapped] if ask.query.get("queue") != "all" else opinions
    )
    page = max(1, _whole(ask.query.get("page", "")))
    sizes: dict[int, int] = {}
    for n in first.values():
        sizes[n] = sizes.get(n, 0) + 1
    ways = {code: words.say(ask.language) for code, words in WAYS}
    begin = (page - 1) * LISTED_MAX
    values = {
        "title": one.title,
        "row": row_of(ask, one),
        "queue": ask.query.get("queue", ""),
        "opinions": [
            {
                "n": each.n,
                "way": ways[each.way],
                "at": each.received_at,
                "alike": sizes[first[each.n]] - 1,
                "open": each.n in unmapped,
            }
            for each in listed[begin : begin + LISTED_MAX]
        ],
        "page": page,
        "more": len(listed) > begin + LISTED_MAX,
        "answers": [_answer_row(ask, one, each) for each in answers],
        "texts_waiting": sum(bool(each.held and not each.text) for each in opinions)
        if one.status == "done"
        else 0,
        "ended": ask.now > one.closes_at,
        "effects": [(code, words.say(ask.language)) for code, words in EFFECTS],
        "by_staff": [(code, words.say(ask.language)) for code, words in BY_STAFF],
        "today": day_in_japan(ask.now),
        "ticked": ask.fields.get("numbers", ()),
        "given": {name: _field(ask, name) for name in GIVEN},
        "faults": faults,
        "opened": await _opened(ask, one, opinions, first),
    }
    return Shown(values, 422 if faults else 200)


def _answer_row(ask: PageAsk, one: Consultation, answer: ConsultationAnswer) -> dict[str, Any]:
    """An answer at the desk, with what its form was opened with."""
    held, given = answer.held, {name: _field(ask, name) for name in ("summary", "reply", "effect")}
    if held is None:
        return {"n": answer.n, "held": None}
    form = WriteAnswer(one.id, held.summary, held.reply, held.effect, answer.n)
    is_sent = _field(ask, "do") == "rewrite" and _number(ask, "n") == answer.n
    return {
        "n": answer.n,
        "held": held,
        "given": given if is_sent else {"summary": held.summary, "reply": held.reply, "effect": held.effect},
        "sent": is_sent,
        "effect": dict(EFFECTS)[held.effect].say(ask.language) if held.effect in dict(EFFECTS) else "",
        "edited": opening(ask.fields if is_sent else {}, ANSWER_EDITS, form),
    }


async def _opened(
    ask: PageAsk, one: Consultation, opinions: list[Opinion], first: dict[int, int]
) -> dict[str, Any] | None:
    """One opinion with what was said, and those that say nearly the same and have no answer yet either."""
    n = _whole(ask.query.get("open", "")) or _number(ask, "open")
    opinion = next((each for each in opinions if each.n == n), None)
    if opinion is None:
        return None
    alike = [
        each.n for each in opinions if each.n != n and first[each.n] == first[n] and each.n in one.unmapped
    ]
    return {
        "n": n,
        "id": opinion_id(one.number, n),
        "way": dict(WAYS)[opinion.way].say(ask.language),
        "at": opinion.received_at,
        "held": opinion.held,
        "sender": await ask.city.get(OpinionSender, sender_id(one.number, n)),
        "alike": alike[: AT_ONCE_MAX - 1],
        "open": n in one.unmapped,
    }


async def show_waiting(ask: PageAsk) -> list[Waiting]:
    """What waits at the desk: opinions without an answer, and results that can go out."""
    running = where(Consultation, "status", "==", ("open", "examining"))
    found = await ask.city.find(Consultation, Query(q=running, limit=LISTED_MAX))
    left = sum(len(one.unmapped) for one in found.items)
    ready = sum(not one.unmapped and ask.now > one.closes_at for one in found.items)
    whole = not found.more
    return [
        Waiting(_WAITING, "participation/desk", left, whole),
        Waiting(_READY, "participation/desk", ready, whole, bool(ready)),
    ]
