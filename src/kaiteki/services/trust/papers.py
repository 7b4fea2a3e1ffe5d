"""Consents on paper at the desk: the person by number, the text in force, what was ticked and signed, and the receipt that is printed."""

from __future__ import annotations

from typing import Any, Final

from kaiteki.kit.pages import Missing, PageAsk, PageReply, Shown
from kaiteki.model.decision import Fault, Refused
from kaiteki.model.faults import fault
from kaiteki.model.instant import parse_instant
from kaiteki.model.said import local_time
from kaiteki.model.words import Words
from kaiteki.services.trust.consent_rules import ITEMS, SIGNED_ON, WAYS_OF_PAPER
from kaiteki.services.trust.notices import Notice, Version, notices_of
from kaiteki.services.trust.register import register, row_of, settings_in

ASKED: Final = ("holder", "purpose", "decision", "how", "signed_on", "paper", "seen", "key")
"""The fields that stand as one text; `items` stands beside them."""
DECISIONS: Final = {
    "given": Words("同意する", "Agrees", "いいです"),
    "refused": Words("どれにも同意しない", "Agrees to none of it", "ぜんぶ だめです"),
}
_DECISION: Final = Words("本人が決めたこと", "What the person decided", "きめた こと")
_SEEN: Final = Words("確かめたこと", "What you checked", "たしかめた こと")
_WHICH: Final = Words("何についての同意か", "What it is about", "なにの ことか")


async def show_paper(ask: PageAsk) -> PageReply:
    """Who it is and what it is about: the beginning."""
    return await _asked(ask, {"purpose": ask.query.get("purpose", "")}, ())


async def act_paper(ask: PageAsk) -> PageReply:
    """Look for the person and lay the text beside the paper, or keep what stands on the paper."""
    given = {name: (ask.fields.get(name) or [""])[0].strip() for name in ASKED}
    notice = notices_of(settings_in(ask).notices).get(given["purpose"])
    if notice is None:
        return await _asked(ask, given, (fault("choice", "purpose", _WHICH),))
    found = await ask.city.run("trust.find_person", {"holder": given["holder"]})
    if isinstance(found, Refused):
        return await _asked(ask, given, found.faults) if found.faults else Missing()
    if (ask.fields.get("do") or [""])[0] != "record":
        return _paper(ask, {**given, "key": f"{ask.seed:x}"}, notice, ())
    items = tuple(one for one in ask.fields.get("items", ()) if one in notice.current.items)
    faults = _faults(given, items)
    if faults:
        return _paper(ask, given, notice, faults)
    form = {
        "holder": given["holder"],
        "purpose": notice.purpose,
        "version": int(version)
        if (version := _first(ask, "version")).isdecimal() and len(version) < 6
        else 0,
        "items": list(items) if given["decision"] == "given" else [],
        "paper": given["paper"],
        "how": given["how"],
        "signed_on": given["signed_on"],
    }
    done = await ask.city.run("trust.record", form, given["key"] or None)
    if isinstance(done, Refused):
        return _paper(ask, given, notice, done.faults) if done.faults else Missing()
    return _receipt(ask, given, notice, done.answer)


def _faults(given: dict[str, str], items: tuple[str, ...]) -> tuple[Fault, ...]:
    """What of the form the command cannot tell: that it was said what was decided, and that the paper was looked at."""
    faults: list[Fault] = []
    if given["decision"] not in DECISIONS:
        faults.append(fault("missing", "decision", _DECISION))
    elif given["decision"] == "given" and not items:
        faults.append(fault("missing", "items", ITEMS))
    elif given["decision"] == "refused" and items:
        faults.append(fault("invalid", "items", ITEMS))
    if not given["signed_on"]:
        faults.append(fault("missing", "signed_on", SIGNED_ON))
    if not given["seen"]:
        faults.append(fault("missing", "seen", _SEEN))
    return tuple(faults)


async def _asked(ask: PageAsk, given: dict[str, str], faults: tuple[Fault, ...]) -> PageReply:
    """The first step: the number, and the purposes by the name of their service."""
    purposes = {one.name: one for one in register(ask.city.services)}
    choices = [
        (name, f"{purposes[name].service.words.say(ask.language)}：{notice.current.title.say(ask.language)}")
        for name, notice in notices_of(settings_in(ask).notices).items()
        if name in purposes
    ]
    values = {"step": 1, "given": {**dict.fromkeys(ASKED, ""), **given}, "choices": choices, "faults": faults}
    return Shown(values, 422 if faults else 200)


def _paper(ask: PageAsk, given: dict[str, str], notice: Notice, faults: tuple[Fault, ...]) -> PageReply:
    """The second step: the text in force beside the paper, and what stands on the paper."""
    say = ask.language
    values = {
        "step": 2,
        "given": given,
        "notice": notice,
        "version": notice.current,
        "purpose": _purpose(ask, notice),
        "items": [(code, words.say(say)) for code, words in notice.current.items.items()],
        "ticked": ask.fields.get("items", ()),
        "decisions": [(code, words.say(say)) for code, words in DECISIONS.items()],
        "ways": [(code, words.say(say)) for code, words in WAYS_OF_PAPER.items()],
        "today": local_time(ask.now).date().isoformat(),
        "faults": faults,
    }
    return Shown(values, 422 if faults else 200)


def _receipt(ask: PageAsk, given: dict[str, str], notice: Notice, answer: dict[str, Any]) -> PageReply:
    """What was kept, as the person takes it home; sent once more, the same."""
    version: Version = notice.current
    decided = [words.say(ask.language) for code, words in version.items.items() if code in answer["items"]]
    values = {
        "given": given,
        "version": version,
        "notice": notice,
        "purpose": _purpose(ask, notice),
        "decided": decided,
        "said": DECISIONS[answer["state"]].say(ask.language),
        "way": WAYS_OF_PAPER[given["how"]].say(ask.language),
        "record": answer["id"],
        "at": parse_instant(answer["at"]),
        "signed": parse_instant(f"{given['signed_on']}T12:00:00+09:00"),
        "settings": settings_in(ask),
    }
    return Shown(values, template="paper_receipt.html")


def _purpose(ask: PageAsk, notice: Notice) -> dict[str, Any] | None:
    return next((row_of(ask, one) for one in register(ask.city.services) if one.name == notice.purpose), None)


def _first(ask: PageAsk, name: str) -> str:
    return (ask.fields.get(name) or [""])[0]
