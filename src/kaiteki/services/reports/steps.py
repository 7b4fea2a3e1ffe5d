"""One step of a report: the new state, the line in its log, how to take it back, and who is told."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from kaiteki.kit.letters import read_letters
from kaiteki.kit.manifest import State
from kaiteki.model.access import STAFF, Person
from kaiteki.model.decision import Accepted, Asked, Fault, Message, Refused
from kaiteki.model.instant import Instant
from kaiteki.model.words import Words
from kaiteki.services.reports.arrows import STATES, may_go
from kaiteki.services.reports.model import MODE, Mode, Report, Step, Undo
from kaiteki.services.reports.settings import USUAL, Settings
from kaiteki.services.reports.veil import RESIDENTS, veil

LETTERS: Final = read_letters("kaiteki.services.reports")

SECOND: Final = 1_000_000
DAY: Final = 86_400 * SECOND

RESIDENT_STEP: Final = "resident"
HELPER_STEP: Final = "helper"
OFFICE_STEP: Final = "office"
SYSTEM_STEP: Final = "system"

SAID: Final = frozenset({"note"})
"""Office steps that only say something: followers have read it, so it cannot be taken back."""

_COUNTED: Final = frozenset({"reopen", "doubt"})
"""Lines of residents of which is known whose they are, also without words: they are limited per person."""

_NOT_UNDONE: Final = frozenset(
    {"log", "speakers", "undo", "followers", "follower_count", "notes", "date_updated"}
)


def refuse(code: str, ja: str, en: str, easy: str = "", field: str = "") -> Refused:
    """A refusal with one sentence for the person who asked."""
    return Refused(code, (Fault(field, code, Words(ja, en, easy)),))


def not_found() -> Refused:
    """There is no such report."""
    return refuse(
        "not_found",
        "このレポートは見つかりません。",
        "There is no such report.",
        "この レポートは ありません。",
        "id",
    )


def other_office() -> Refused:
    """Another office deals with it."""
    return refuse(
        "not_allowed",
        "ほかの課が担当しています。",
        "Another office deals with it.",
        "ほかの 課が たんとうです。",
    )


def settings_of(asked: Asked) -> Settings:
    """The settings of the area; the defaults where it has none."""
    return asked.settings if isinstance(asked.settings, Settings) else Settings()


def report_of(state: State, wanted: str) -> Report | None:
    """The report with an id among what the rule may see."""
    found = state.get(wanted)
    return found if isinstance(found, Report) else None


def event_of(state: State) -> str:
    """The disaster that is declared, USUAL when there is none."""
    mode = state.get(MODE)
    return mode.event if isinstance(mode, Mode) else USUAL


def is_staff(asked: Asked) -> bool:
    """Whether somebody of the town hall asks."""
    return asked.person.holds((STAFF,))


def may_work(report: Report, asked: Asked) -> bool:
    """Whether the person works for the office that has the report; who has no office works for all.

    What is with an owner outside of the town hall is followed up by every desk.
    """
    offices = asked.person.offices
    office = settings_of(asked).office(report.office)
    return is_staff(asked) and (
        not offices or "*" in offices or office is None or office.outside or report.office in offices
    )


def step(
    report: Report,
    asked: Asked,
    line: Step,
    messages: tuple[Message, ...] | None = None,
    **changes: Any,
) -> Accepted | Refused:
    """Keep a step: `line.after` is the next state (empty: unchanged), `changes` the members that change with it.

    Refused where no arrow leads there. Without `messages` all followers are told. The answer names the new line.
    """
    settings = settings_of(asked)
    if line.after and not may_go(report.status, line.after):
        return _no_arrow(report, line.after)
    lines_max = settings.log_lines_residents_max if line.by in RESIDENTS else settings.log_lines_max
    if len(report.log) >= lines_max:
        return refuse(
            "too_many", "記録がいっぱいです。", "The log of this report is full.", "もう 書けません。"
        )
    line = msgspec.structs.replace(line, before=report.status if line.after else "")
    changed = {**changes, **({"status": line.after} if line.after else {})}
    if report.date_answered is None and line.by == OFFICE_STEP:
        changed["date_answered"] = asked.now
    if line.after and report.ended is not None and "ended" not in changed:
        changed["ended"] = None
    undo = _undo_after(report, changed, line, asked)
    speaks = line.by in RESIDENTS and (line.why or line.photos or line.what in _COUNTED)
    after = msgspec.structs.replace(
        report,
        **changed,
        log=(*report.log, line),
        speakers=spoken(report, asked.owner) if speaks else report.speakers,
        date_updated=asked.now,
        undo=undo,
    )
    told = tell_followers(after, line, asked) if messages is None else messages
    return Accepted(
        writes=(after,),
        messages=told,
        answer={
            "id": report.id,
            "number": report.number,
            "status": after.status,
            "line": len(report.log),
        },
    )


def _undo_after(report: Report, changed: dict[str, Any], line: Step, asked: Asked) -> Undo | None:
    """How the desk takes back its last step. What residents add beside it leaves that as it was."""
    if line.by == OFFICE_STEP:
        return None if line.what in SAID else undo_of(report, changed, asked)
    undo = report.undo
    touched = undo is not None and (line.after != "" or not undo.fields.keys().isdisjoint(changed))
    return None if touched else undo


def spoken(report: Report, who: str) -> tuple[str, ...]:
    """The speakers of a report whose next line is of a resident."""
    silent = ("",) * (len(report.log) - len(report.speakers))
    return (*report.speakers, *silent, who)


def undo_of(kept: Report | Mode, changed: Iterable[str], asked: Asked) -> Undo:
    """How to take back a change of some members."""
    before = {name: msgspec.to_builtins(getattr(kept, name)) for name in changed if name not in _NOT_UNDONE}
    return Undo(asked.person.account_id, asked.now, before)


def may_take_back(undo: Undo | None, who: Person, now: Instant, settings: Settings) -> bool:
    """Whether it is a person's own last step, within the time of the area."""
    mine = undo is not None and undo.actor == who.account_id
    return undo is not None and mine and now - undo.at <= settings.undo_max_s * SECOND


def taken_back(kept: Report | Mode, asked: Asked) -> dict[str, Any] | Refused:
    """The members as they were before the own last step, of the types of their view; refused where it is none or too late."""
    undo = kept.undo
    if undo is None or not may_take_back(undo, asked.person, asked.now, settings_of(asked)):
        return refuse(
            "conflict",
            "戻せるのは自分の直前の操作だけです。",
            "Only your own last step can be taken back.",
            "さいごの じぶんの うごきだけ もどせます。",
        )
    return restored(kept, undo)


def restored(kept: Report | Mode, undo: Undo) -> dict[str, Any]:
    """The members as an undo has them, of the types of their view."""
    hints = {field.name: field.type for field in msgspec.structs.fields(kept)}
    return {name: msgspec.convert(value, hints[name]) for name, value in undo.fields.items() if name in hints}


def _no_arrow(report: Report, after: str) -> Refused:
    now, then = STATES[report.status].words, STATES[after].words
    return refuse(
        "conflict",
        f"「{now.ja}」から「{then.ja}」にはできません。",
        f"A report that is “{now.en}” cannot become “{then.en}”.",
        f"「{now.say('ja-easy')}」から「{then.say('ja-easy')}」には できません。",
    )


def tell_followers(report: Report, line: Step, asked: Asked, but: str = "") -> tuple[Message, ...]:
    """A word about a step to everybody who follows, except the one who made it: what the public sees of it, no more."""
    mine = asked.person.account_id
    report = veil(report, settings_of(asked))
    line = report.log[-1] if report.log and report.log[-1].at == line.at else line
    state = STATES[report.status].words
    title, body = LETTERS["moved"].told(
        number=report.number, name=report.name, what=state, said=_said(report, line)
    )
    return tuple(
        Message(to=to, title=title, body=body, link=f"reports/{report.number}", about=report.id)
        for to in report.followers
        if to not in (mine, but) or not to
    )


def _said(report: Report, line: Step) -> Words:
    what = line.words
    # what residents write stays on the page of the report, where it can be taken away again: a letter is somebody else's
    said = line.why if line.by not in RESIDENTS else ""
    parts = (what, *line.changed, *((Words(said, said, said),) if said else ()))
    ja, en, easy = ("\n".join(part.say(language) for part in parts) for language in ("ja", "en", "ja-easy"))
    return Words(ja, en, easy)


def later(now: Instant, days: float) -> Instant:
    """An instant some days later."""
    return Instant(int(now + days * DAY))
