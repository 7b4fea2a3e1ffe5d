"""The pages of residents: the offices, the lines of one, my number; the kiosk and the display of an office; the same as data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from kaiteki.kit.pages import Missing, Moved, PageAsk, PageReply, Plain, Shown
from kaiteki.model.access import STAFF
from kaiteki.model.decision import Fault, Refused, digest_of
from kaiteki.model.instant import day_in_japan, format_instant
from kaiteki.model.words import Words
from kaiteki.services.counter.expectation import Expectation, expectation_of
from kaiteki.services.counter.model import AHEAD, Bell, Kiosk, bell_id, kiosk_id
from kaiteki.services.counter.pages.standing import (
    Stand,
    find_number,
    held_in,
    hours_of,
    office_in,
    scene_of,
    settings_in,
    stands_in,
    stands_of,
    version_of,
)
from kaiteki.services.counter.settings import Office
from kaiteki.services.counter.spans import widest

OFFICES: Final = ("counter", Words("窓口の一覧", "All counters", "まどぐちの リスト"))
OFFICE: Final = Words("役所", "office", "やくしょ")
CALLS_SHOWN: Final = 8
"""Calls that the display shows at once."""
GIVEN_BACK: Final = Words("整理券を返しました。", "Your number was given back.", "ばんごうを かえしました。")
AHEAD_OFFERED: Final = ("1", "2", "3", "5", "10", "20")
TRAVEL_OFFERED: Final = ("5", "10", "15", "20", "30", "45", "60", "90")
"""Minutes to the office that one chooses from."""
TOLD: Final = Words("知らせる時を変えました。", "You will be told then.", "その ときに 知（し）らせます。")
REFUSED: Final = Words("この操作はできません。", "This is not possible.", "できません。")


def first_of(ask: PageAsk, name: str) -> str:
    """The first value of a posted field, empty when there is none."""
    return next(iter(ask.fields.get(name, ())), "").strip()


def faults_of(refused: Refused) -> tuple[Fault, ...]:
    """Why it was refused, in words."""
    return refused.faults or (Fault("", refused.code, REFUSED),)


def no_office(ask: PageAsk) -> Missing:
    """There is no such office; where one goes on."""
    return Missing(OFFICE, ask.path.get("office", ""), OFFICES)


# Offices ---------------------------------------------------------------------------------------------------------


async def show_offices(ask: PageAsk) -> PageReply:
    """窓口の混み具合: every office, and how many wait there."""
    offices: list[dict[str, Any]] = []
    for one in settings_in(ask).offices:
        stands = await stands_of(ask, one)
        told = [stand.expected.span for stand in stands if stand.expected.span is not None]
        opens = [stand.expected.opens for stand in stands if stand.expected.opens is not None]
        offices.append(
            {
                "office": one,
                "waiting": sum(len(stand.waiting) for stand in stands),
                "span_told": widest(told) if one.hours.is_open(ask.now) else None,
                "matters": len(stands),
                "told": len(told),
                "differ": len(set(told)) > 1,
                "no_window": all(stand.expected.answer == "no_window" for stand in stands),
                "opens": min(opens) if opens else None,
                **hours_of(one, ask.now),
            }
        )
    return Shown({"offices": offices})


async def show_office(ask: PageAsk) -> PageReply:
    """The lines of an office now, and a number to take."""
    return await _office(ask, ())


async def _office(ask: PageAsk, faults: tuple[Fault, ...]) -> PageReply:
    office = office_in(ask, ask.path["office"])
    if office is None:
        return no_office(ask)
    stands = await stands_of(ask, office)
    held = await held_in(ask, office)
    mine = find_number(stands, held.number) if held is not None else None
    return Shown(
        {
            **_said(ask, office, stands),
            "mine": mine if mine is not None and mine.place != "over" else None,
            "kiosk_here": ask.person.holds((STAFF,)),
            "faults": faults,
        },
        422 if faults else 200,
    )


def _said(ask: PageAsk, office: Office, stands: Sequence[Stand]) -> dict[str, Any]:
    """What every page of an office says."""
    return {
        "title": office.words.say(ask.language),
        "office": office,
        "stands": stands,
        "version": version_of(stands, office, ask.now),
        **hours_of(office, ask.now),
    }


async def take_number(ask: PageAsk) -> PageReply:
    """Take a number that this browser or the account holds."""
    office = office_in(ask, ask.path["office"])
    if office is None:
        return no_office(ask)
    form = {"office": office.code, "matter": first_of(ask, "matter")}
    done = await ask.city.run("counter.take", form)
    if isinstance(done, Refused):
        return await _office(ask, faults_of(done))
    return Moved(f"counter/{office.code}/numbers/{done.answer['number']}")


async def show_number(ask: PageAsk) -> PageReply:
    """One number: where it stands. Everybody may look at it; whoever holds it can give it back."""
    return await _number(ask, ())


async def _number(ask: PageAsk, faults: tuple[Fault, ...]) -> PageReply:
    office = office_in(ask, ask.path["office"])
    if office is None:
        return no_office(ask)
    scene = await scene_of(ask, office)
    stands = stands_in(scene)
    number = ask.path["number"][:8].upper()
    held = await held_in(ask, office)
    found = find_number(stands, number)
    stand = next((one for one in stands if found.matter is one.matter), None)
    expected = (
        expectation_of(scene, found.matter.code, found.before)
        if found.matter is not None and found.place == "waiting"
        else None
    )
    return Shown(
        {
            **_said(ask, office, stands),
            "title": f"{number} {office.words.say(ask.language)}",
            "found": found,
            "stand": stand,
            "expected": expected,
            "is_mine": held is not None and held.number == number,
            "bell": await _bell(ask, office) if held is not None and held.number == number else None,
            "ahead_offered": AHEAD_OFFERED,
            "travel_offered": TRAVEL_OFFERED,
            "faults": faults,
        },
        422 if faults else 200,
    )


async def act_on_number(ask: PageAsk) -> PageReply:
    """Give one's own number back, or say when one wants to be told."""
    office, do = office_in(ask, ask.path["office"]), first_of(ask, "do")
    if office is None or do not in ("leave", "tell_me"):
        return no_office(ask)
    ahead = first_of(ask, "ahead")
    travel = first_of(ask, "travel")
    wished = {
        "ahead": int(ahead) if ahead in AHEAD_OFFERED else AHEAD,
        "travel_min": int(travel) if travel in TRAVEL_OFFERED else None,
    }
    form = wished if do == "tell_me" else {}
    done = await ask.city.run(f"counter.{do}", {"office": office.code, **form})
    if isinstance(done, Refused):
        return await _number(ask, faults_of(done))
    if do == "leave":
        return Moved(f"counter/{office.code}", GIVEN_BACK.say(ask.language))
    return Moved(f"counter/{office.code}/numbers/{ask.path['number']}", TOLD.say(ask.language))


async def _bell(ask: PageAsk, office: Office) -> Bell | None:
    """When whoever holds a number of an office today wants to be told."""
    day = day_in_japan(ask.now)
    for owner in (ask.person.account_id, ask.browser):
        bell = await ask.city.get(Bell, bell_id(owner, office.code, day)) if owner else None
        if bell is not None:
            return bell
    return None


async def show_mine(ask: PageAsk) -> PageReply:
    """わたしの整理券: the numbers that this browser and the account hold today."""
    rows = await _mine(ask)
    return Shown({"rows": rows, "version": _version_of(rows)})


async def _mine(ask: PageAsk) -> list[dict[str, Any]]:
    """Each number that whoever asks holds today, with its office and where it stands."""
    rows: list[dict[str, Any]] = []
    for office in settings_in(ask).offices:
        held = await held_in(ask, office)
        if held is not None:
            found = find_number(await stands_of(ask, office), held.number)
            rows.append({"office": office, "found": found})
    return rows


def _version_of(rows: Sequence[dict[str, Any]]) -> str:
    """What changes with where one's numbers stand."""
    return digest_of(*(f"{row['office'].code} {row['found']}" for row in rows))[:16]


async def version_of_mine(ask: PageAsk) -> str:
    """What changes with what `show_mine` shows."""
    return _version_of(await _mine(ask))


async def version_now(ask: PageAsk) -> str:
    """What changes with what the pages of an office show; empty where there is no such office."""
    office = office_in(ask, ask.path.get("office") or ask.query.get("office", ""))
    return version_of(await stands_of(ask, office), office, ask.now) if office is not None else ""


# In the office ---------------------------------------------------------------------------------------------------


async def show_kiosk(ask: PageAsk) -> PageReply:
    """The machine in the office: large buttons, and the number to take along."""
    return await _kiosk(ask, ())


async def _kiosk(ask: PageAsk, faults: tuple[Fault, ...]) -> PageReply:
    office = office_in(ask, ask.path["office"])
    if office is None:
        return no_office(ask)
    kiosk = await ask.city.get(Kiosk, kiosk_id(ask.browser)) if ask.browser else None
    stands = await stands_of(ask, office)
    number = ask.query.get("number", "")[:8].upper()
    found = find_number(stands, number) if number else None
    return Shown(
        {
            **_said(ask, office, stands),
            "admitted": kiosk is not None and kiosk.office == office.code,
            "staff": ask.person.holds((STAFF,)),
            "found": found if found is not None and found.place != "over" else None,
            "link": f"{ask.origin}/{ask.area}/counter/{office.code}/numbers/{number}",
            "faults": faults,
        },
        422 if faults else 200,
    )


async def act_on_kiosk(ask: PageAsk) -> PageReply:
    """Draw a number on paper; staff make this browser the kiosk, or end that."""
    office = office_in(ask, ask.path["office"])
    if office is None:
        return no_office(ask)
    do, here = first_of(ask, "do"), f"counter/{office.code}/kiosk"
    if do in ("admit", "dismiss"):
        form = {"office": office.code if do == "admit" else ""}
        done = await ask.city.run("counter.admit_kiosk", form)
        return await _kiosk(ask, faults_of(done)) if isinstance(done, Refused) else Moved(here)
    form = {"office": office.code, "matter": first_of(ask, "matter")}
    done = await ask.city.run("counter.issue", form)
    if isinstance(done, Refused):
        return await _kiosk(ask, faults_of(done))
    return Moved(f"{here}?number={done.answer['number']}")


async def show_display(ask: PageAsk) -> PageReply:
    """呼び出し表示: which number goes to which window, large, in Japanese and English; for a screen on the wall."""
    office = office_in(ask, ask.path["office"])
    if office is None:
        return no_office(ask)
    stands = await stands_of(ask, office)
    calls = sorted((at for one in stands for at in one.at_windows), key=lambda at: -at.at)
    return Shown({**_said(ask, office, stands), "calls": calls[:CALLS_SHOWN]})


# As data ---------------------------------------------------------------------------------------------------------


async def show_now(ask: PageAsk) -> PageReply:
    """The lines of an office as JSON: what waits, what is called; `version` changes with any of it."""
    office = office_in(ask, ask.path["office"])
    if office is None:
        return no_office(ask)
    stands = await stands_of(ask, office)
    told = {
        "version": version_of(stands, office, ask.now),
        "at": format_instant(ask.now),
        "office": office.code,
        "name": office.words,
        "open": office.hours.is_open(ask.now),
        "matters": [_matter(one, office.hours.is_open(ask.now)) for one in stands],
    }
    return Plain(msgspec.json.encode(told), "application/json")


def _matter(stand: Stand, is_open: bool) -> dict[str, Any]:
    def at_window(place: Sequence[Any]) -> list[dict[str, Any]]:
        return [
            {"number": one.number, "window": one.counter, "since": format_instant(one.at), "calls": one.calls}
            for one in place
        ]

    return {
        "code": stand.matter.code,
        "name": stand.matter.words,
        "waiting": len(stand.waiting),
        "next": list(stand.next),
        "called": at_window(stand.at_windows),
        "serving": at_window(stand.served),
        "openWindows": stand.open_windows,
        "expected": _expected(stand.expected) if is_open else None,
    }


def _expected(told: Expectation) -> dict[str, Any]:
    """What is said to who takes a number now, minutes: nine in ten are called at `lowMin` or later, nine in ten by `highMin`; null: not known."""
    span = told.span
    return {
        "state": told.answer,
        "lowMin": span.low if span is not None else None,
        "highMin": span.high if span is not None else None,
        "ahead": told.ahead,
        "aheadForOtherMatters": told.others,
        "windows": told.windows,
        "changesAt": told.change.clock if told.change is not None else None,
        "windowsThen": told.change.windows if told.change is not None else None,
        "opensAt": format_instant(told.opens) if told.opens is not None else None,
    }
