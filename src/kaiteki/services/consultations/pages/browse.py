"""The pages for everybody: what is open for comments, one draft with the form, the table of answers on the screen, on paper and as CSV."""

from __future__ import annotations

import io
from typing import Any, Final

from kaiteki.kit.pages import Missing, Moved, PageAsk, PageReply, Plain, Shown
from kaiteki.kit.views import every, ordered, where
from kaiteki.model.decision import Fault, Refused
from kaiteki.model.instant import day_in_japan
from kaiteki.model.query import Query
from kaiteki.model.spreadsheet import SheetWriter
from kaiteki.model.words import Words
from kaiteki.services.consultations.course import COURSE, EFFECTS, KINDS, STATES, TONES, WAYS
from kaiteki.services.consultations.model import (
    Consultation,
    ConsultationAnswer,
    Opinion,
    OpinionSender,
    consultation_id,
)
from kaiteki.services.consultations.settings import settings_of

LISTED_MAX: Final = 100
PAGE: Final = 500
DAY_US: Final = 86_400_000_000
ASKED: Final = ("text", "name", "address")
WHAT: Final = Words("意見募集", "Public comment", "意見（いけん）を 聞（き）く ページ")
ALL: Final = ("participation", Words("市民参画", "Taking part", "まちづくりに さんか"))
_SOON: Final = Words("まもなく募集します", "Opens soon", "もうすぐ はじまります")
_SENT: Final = Words(
    "ご意見を{n}番として受け付けました。ありがとうございます",
    "Your comment has arrived as number {n}. Thank you",
    "{n}番（ばん）の 意見（いけん）として とどきました。ありがとうございます",
)
_NOT_NOW: Final = Words("いまはできません。", "This is not possible now.", "いまは できません。")
COLUMNS: Final = (
    "回答番号",
    "意見の概要",
    "意見の数",
    "意見番号",
    "市の考え方と理由",
    "案への反映",
    "公表された意見",
)


def number_in(ask: PageAsk) -> str:
    """The number in an address, which may also hold the id."""
    return ask.path["number"].rpartition(":")[2]


def row_of(ask: PageAsk, one: Consultation) -> dict[str, Any]:
    """A public comment as pages show it, as it stands at this moment: a period that is over is over, whenever the job comes by."""
    is_over = one.status == "open" and ask.now > one.closes_at
    state = "examining" if is_over else one.status
    phase, settings = COURSE.phase(state), settings_of(ask)
    is_soon = state == "open" and ask.now < one.opens_at
    return {
        "one": one,
        "state": "soon" if is_soon else state,
        "said": (_SOON if is_soon else phase.words).say(ask.language),
        "tone": "warn" if is_soon else "key" if state == "open" else TONES[phase.tone],
        "open": state == "open" and not is_soon,
        "days_left": (one.closes_at - ask.now) // DAY_US,
        "kind": dict(KINDS)[one.kind].say(ask.language) if one.kind in dict(KINDS) else one.kind,
        "office": settings.words_of(one.office).say(ask.language),
        "least": settings.days(one.kind),
        "ground": settings.ground(one.kind).say(ask.language),
        "ways": [(words.say(ask.language), one.ways[code]) for code, words in WAYS if one.ways.get(code)],
    }


async def show_all(ask: PageAsk) -> PageReply:
    """Every public comment, by where it stands: those that are open first, by the day they end."""
    state = ask.query.get("state", "")
    order = ordered(Consultation, "closes_at", descending=True)
    q = where(Consultation, "status", "==", state) if state else None
    found = await ask.city.find(Consultation, Query(q=q, order=(order,), limit=LISTED_MAX))
    rows = [row_of(ask, one) for one in found.items]
    now = sorted((row for row in rows if row["open"]), key=lambda row: row["one"].closes_at)
    shelves = [
        (Words("募集しています", "Open now", "いま 聞（き）いて います"), now),
        (_SOON, [row for row in rows if row["state"] == "soon"]),
        (COURSE.phase("examining").words, [row for row in rows if row["state"] == "examining"]),
        (COURSE.phase("done").words, [row for row in rows if row["state"] == "done"]),
        (COURSE.phase("cancelled").words, [row for row in rows if row["state"] == "cancelled"]),
    ]
    values = {
        "shelves": [(words.say(ask.language), rows) for words, rows in shelves if rows],
        "states": [(code, words.say(ask.language)) for code, words in STATES],
        "state": state,
        "more": found.more,
    }
    return Shown(values)


async def show_one(ask: PageAsk) -> PageReply:
    """One draft: what it is, how to take part, the form while it is open, the answers when they are out, one's own opinions."""
    return await _one(ask, ())


async def act_one(ask: PageAsk) -> PageReply:
    """Give an opinion."""
    given: dict[str, Any] = {name: (ask.fields.get(name) or [""])[0] for name in ASKED}
    number = number_in(ask)
    form = {"id": consultation_id(number), **given, "wishes": bool(ask.fields.get("wishes"))}
    done = await ask.city.run("participation.say_opinion", form)
    if isinstance(done, Refused):
        return await _one(ask, done.faults or (Fault("", done.code, _NOT_NOW),))
    note = _SENT.fill(ask.language, n=done.answer["n"])
    return Moved(f"participation/comments/{number}", note)


async def _one(ask: PageAsk, faults: tuple[Fault, ...]) -> PageReply:
    one = await ask.city.get(Consultation, consultation_id(number_in(ask)))
    if one is None:
        return Missing(WHAT, number_in(ask)[:40], ALL)
    answers = await answers_of(ask, one) if one.status == "done" else []
    answer_of = {n: row["n"] for row in answers for n in row["numbers"]}
    values = {
        "title": one.title,
        "row": row_of(ask, one),
        "answers": answers,
        "own": [(own, answer_of.get(_n_of(own))) for own in await _own(ask, one)],
        "given": {name: (ask.fields.get(name) or [""])[0] for name in ASKED},
        "wishes": bool(ask.fields.get("wishes")) or not ask.fields,
        "faults": faults,
    }
    return Shown(values, 422 if faults else 200)


def _n_of(sender: OpinionSender) -> int:
    """The number of an opinion within its public comment."""
    last = sender.number.rpartition("-")[2]
    return int(last) if last.isdecimal() else 0


async def _own(ask: PageAsk, one: Consultation) -> list[OpinionSender]:
    """What whoever looks said on it, in their own words."""
    if not ask.city.owned:
        return []
    mine = every(
        where(OpinionSender, "holder", "==", tuple(sorted(ask.city.owned))),
        where(OpinionSender, "consultation", "==", one.id),
    )
    found = await ask.city.find(OpinionSender, Query(q=mine, limit=LISTED_MAX))
    own = [each for each in found.items if each.holder in ask.city.owned]
    return sorted(own, key=_n_of)


async def answers_of(ask: PageAsk, one: Consultation) -> list[dict[str, Any]]:
    """The public answers by number, each with its opinions and what is public of their words."""
    of_it = where(ConsultationAnswer, "consultation", "==", one.id)
    wanted = Query(q=of_it, order=(ordered(ConsultationAnswer, "n"),), limit=PAGE)
    answers = [each for each in (await ask.city.find(ConsultationAnswer, wanted)).items if each.numbers]
    opinions = {each.n: each for each in await opinions_of(ask, one)}
    effects = dict(EFFECTS)
    return [
        {
            "n": each.n,
            "summary": each.summary,
            "reply": each.reply,
            "effect": effects[each.effect].say(ask.language) if each.effect in effects else "",
            "effect_ja": effects[each.effect].ja if each.effect in effects else "",
            "numbers": each.numbers,
            "texts": [(n, opinions[n].text) for n in each.numbers if n in opinions and opinions[n].text],
        }
        for each in answers
    ]


async def opinions_of(ask: PageAsk, one: Consultation) -> list[Opinion]:
    """All opinions of a public comment by number, as whoever asks sees them."""
    of_it, found = where(Opinion, "consultation", "==", one.id), list[Opinion]()
    for offset in range(0, one.opinion_count, PAGE):
        wanted = Query(q=of_it, order=(ordered(Opinion, "n"),), limit=PAGE, offset=offset)
        page = await ask.city.find(Opinion, wanted)
        found += page.items
        if not page.more:
            break
    return found


async def show_table(ask: PageAsk) -> PageReply:
    """The table of answers (対応表) as a sheet to print; there is none before the result is out."""
    one = await ask.city.get(Consultation, consultation_id(number_in(ask)))
    if one is None or one.status != "done":
        return Missing(WHAT, number_in(ask)[:40], ALL)
    return Shown({"row": row_of(ask, one), "answers": await answers_of(ask, one)})


async def show_csv(ask: PageAsk) -> PageReply:
    """The table of answers as CSV: UTF-8 with a mark, a row for each answer."""
    one = await ask.city.get(Consultation, consultation_id(number_in(ask)))
    if one is None or one.status != "done":
        return Missing(WHAT, number_in(ask)[:40], ALL)
    out = io.StringIO()
    writer = SheetWriter(out)
    writer.writerow(COLUMNS)
    for row in await answers_of(ask, one):
        numbers, texts = (
            " ".join(map(str, row["numbers"])),
            "\n".join(f"{n}: {text}" for n, text in row["texts"]),
        )
        writer.writerow(
            (
                str(row["n"]),
                row["summary"],
                str(len(row["numbers"])),
                numbers,
                row["reply"],
                row["effect_ja"],
                texts,
            )
        )
    name = f"{one.number}-{day_in_japan(one.done_at or ask.now)}.csv"
    return Plain(("\ufeff" + out.getvalue()).encode(), "text/csv; charset=utf-8", name)
