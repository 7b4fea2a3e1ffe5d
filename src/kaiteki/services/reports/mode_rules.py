"""災害の受付: one decision of staff turns the reports of the area into damage triage, and one turns them back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from kaiteki.kit.manifest import State
from kaiteki.model.decision import Accepted, Asked, Refused
from kaiteki.services.reports.forms import BeginDisaster, EndDisaster, TakeBackMode
from kaiteki.services.reports.model import MODE, Mode, Past, Step
from kaiteki.services.reports.settings import USUAL
from kaiteki.services.reports.steps import OFFICE_STEP, SECOND, refuse, taken_back, undo_of

PAST_MAX = 100
LOG_MAX = 300


def mode_needs(form: BeginDisaster | EndDisaster | TakeBackMode, asked: Asked) -> Sequence[str]:
    """How the area stands."""
    return (MODE,)


def mode_in(state: State) -> Mode:
    """How the area stands; as usual where nobody ever declared anything."""
    found = state.get(MODE)
    return found if isinstance(found, Mode) else Mode(MODE)


def begin_disaster(state: State, form: BeginDisaster, asked: Asked) -> Accepted | Refused:
    """From now on damage is asked for, safety words come first, and every report carries the disaster."""
    mode = mode_in(state)
    if mode.event != USUAL:
        return refuse(
            "conflict",
            f"すでに「{mode.name}」の受付になっています。",
            f"Damage of “{mode.name}” is being reported already.",
            "もう さいがいの うけつけです。",
        )
    event = f"D{len(mode.past) + 1}-{asked.now // SECOND}"
    changes = {"event": event, "name": form.name, "date_start": asked.now}
    return _step(mode, "begin_disaster", form.why or form.name, changes, asked)


def end_disaster(state: State, form: EndDisaster, asked: Asked) -> Accepted | Refused:
    """Back to usual: what was reported stays with the desk, and is counted apart."""
    mode = mode_in(state)
    if mode.event == USUAL or mode.date_start is None:
        return refuse(
            "conflict",
            "災害の受付にはなっていません。",
            "No disaster is declared.",
            "さいがいの うけつけでは ありません。",
        )
    over = Past(mode.event, mode.name, mode.date_start, asked.now)
    changes = {"event": USUAL, "name": "", "date_start": None, "past": (*mode.past, over)[-PAST_MAX:]}
    return _step(mode, "end_disaster", form.why, changes, asked)


def take_back_mode(state: State, form: TakeBackMode, asked: Asked) -> Accepted | Refused:
    """Undo the own last switch within the time of the area; the log keeps both lines."""
    mode = mode_in(state)
    before = taken_back(mode, asked)
    if isinstance(before, Refused):
        return before
    line = Step(asked.now, OFFICE_STEP, "undo")
    after = msgspec.structs.replace(mode, **before, undo=None, log=(*mode.log, line)[-LOG_MAX:])
    return Accepted(writes=(after,), answer={"id": after.id, "event": after.event})


def _step(mode: Mode, what: str, why: str, changes: dict[str, Any], asked: Asked) -> Accepted:
    line = Step(asked.now, OFFICE_STEP, what, why)
    undo = undo_of(mode, changes, asked)
    after = msgspec.structs.replace(mode, **changes, undo=undo, log=(*mode.log, line)[-LOG_MAX:])
    return Accepted(writes=(after,), answer={"id": after.id, "event": after.event})
