"""窓口の仕事: one window of an office: who is here, who is next, and the one thing to do now."""

from __future__ import annotations

from typing import Any, Final

from kaiteki.kit.line import Ticket, at_counter, waiting
from kaiteki.kit.pages import Moved, PageAsk, PageReply, Shown, Waiting
from kaiteki.model.decision import Fault, Refused
from kaiteki.model.words import Words
from kaiteki.services.counter.model import WindowState
from kaiteki.services.counter.pages.browse import faults_of, first_of
from kaiteki.services.counter.pages.standing import (
    Stand,
    hours_of,
    office_in,
    settings_in,
    stands_of,
    version_of,
    waiting_by_office,
    windows_of,
)
from kaiteki.services.counter.settings import Office, Settings

STEPS: Final = ("recall", "begin", "miss", "hold", "resume", "finish", "transfer", "undo")
DONE: Final[dict[str, Words]] = {
    "call": Words("呼び出しました。", "Called.", "よびました。"),
    "recall": Words("もう一度呼び出しました。", "Called again.", "もう いちど よびました。"),
    "begin": Words("対応を始めました。", "Begun.", "はじめました。"),
    "miss": Words("不在にしました。", "Marked as not there.", "いない ことに しました。"),
    "hold": Words("保留にしました。", "Put on hold.", "あとに しました。"),
    "resume": Words("列に戻しました。", "Back in the line.", "れつに もどしました。"),
    "finish": Words("終わりました。", "Done.", "おわりました。"),
    "transfer": Words("引き継ぎました。", "Passed on.", "ほかに わたしました。"),
    "undo": Words("元に戻しました。", "Taken back.", "もどしました。"),
    "seat": Words("窓口の状態を変えました。", "The window was changed.", "まどぐちを かえました。"),
    "issue": Words("発券しました：", "A number was given out: ", "ばんごう："),
}


async def show_waiting(ask: PageAsk) -> list[Waiting]:
    """How many wait in each office where somebody does."""
    counts = await waiting_by_office(ask)
    return [
        Waiting(one.words, f"counter/desk?office={one.code}", counts[one.code])
        for one in settings_in(ask).offices
        if counts.get(one.code)
    ]


async def show_desk(ask: PageAsk) -> PageReply:
    """The window that the address names; without one the windows to choose from."""
    return await _desk(ask, ())


async def _desk(ask: PageAsk, faults: tuple[Fault, ...]) -> PageReply:
    settings = settings_in(ask)
    office = office_in(ask, ask.query.get("office", "")) or (
        settings.offices[0] if len(settings.offices) == 1 else None
    )
    if office is None:
        return Shown({"offices": settings.offices, "office": None, "faults": faults})
    stands, windows = await stands_of(ask, office), await windows_of(ask, office)
    window = office.window(ask.query.get("window", ""))
    values: dict[str, Any] = {
        "title": office.words.say(ask.language),
        "offices": settings.offices,
        "office": office,
        "stands": stands,
        "version": version_of(stands, office, ask.now),
        "windows": [(one, windows.get(one.code)) for one in office.windows],
        "window": window,
        "faults": faults,
        **hours_of(office, ask.now),
    }
    if window is not None:
        values |= _window(ask, settings, stands, windows.get(window.code) or _unopened(office, window.code))
    return Shown(values, 422 if faults else 200)


def _unopened(office: Office, code: str) -> WindowState:
    told = office.window(code)
    return WindowState("", office.code, code, "closed", told.matters if told is not None else ())


def _window(ask: PageAsk, settings: Settings, stands: list[Stand], state: WindowState) -> dict[str, Any]:
    """What is at one window, and what waits for it."""
    lines = [(one.matter, one.line) for one in stands if one.line is not None]
    here = [
        (matter, ticket)
        for matter, line in lines
        if (ticket := at_counter(line.tickets, state.window)) is not None
    ]
    queue = [
        (matter, ticket)
        for matter, line in lines
        if matter.code in state.matters
        for ticket in waiting(line.tickets)
    ]
    queue.sort(key=lambda one: (-one[1].rank, one[1].since, one[1].number))
    aside = [(matter, one) for matter, line in lines for one in line.tickets if _is_aside(one)]
    until = state.last.at + settings.undo_s * 1_000_000 if state.last is not None else 0
    return {
        "state": state,
        "here": here[0] if here else None,
        "queue": queue,
        "aside": aside,
        "undo": state.last if ask.now < until else None,
        "undo_words": DONE,
    }


def _is_aside(ticket: Ticket) -> bool:
    return ticket.place in ("held", "absent")


async def act_at_desk(ask: PageAsk) -> PageReply:
    """Do what the pressed button says, and stay at the window."""
    do = first_of(ask, "do")
    office, window = ask.query.get("office", ""), ask.query.get("window", "")
    form: dict[str, Any] = {"office": office, "window": window}
    if do == "call" or do in STEPS:
        form["number"] = first_of(ask, "number")
    if do in STEPS:
        form["to"] = first_of(ask, "to")
    if do == "seat":
        form |= {"open": first_of(ask, "open") == "yes", "matters": list(ask.fields.get("matters", ()))}
    if do == "issue":
        form = {
            "office": office,
            "matter": first_of(ask, "matter"),
            "priority": first_of(ask, "priority") == "yes",
        }
    if do not in DONE:
        return await _desk(
            ask,
            (
                Fault(
                    "",
                    "invalid",
                    Words("操作を選んでください。", "Choose what to do.", "えらんで ください。"),
                ),
            ),
        )
    done = await ask.city.run(f"counter.{do}", form)
    if isinstance(done, Refused):
        return await _desk(ask, faults_of(done))
    number = done.answer.get("number")
    note = DONE[do].say(ask.language) + (f" {number}" if number else "")
    return Moved(f"counter/desk?office={office}&window={window}", note)
