"""The same step for several reports at once: those that cannot take it stay as they are, and the answer names the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from kaiteki.kit.manifest import State
from kaiteki.model.decision import Accepted, Asked, Message, Refused
from kaiteki.services.reports.desk_rules import assign, take_back
from kaiteki.services.reports.forms import Assign, AssignMany, TakeBack, TakeBackMany
from kaiteki.services.reports.steps import refuse


def many_needs(form: AssignMany | TakeBackMany, asked: Asked) -> Sequence[str]:
    """All of the reports."""
    return form.ids


def assign_many(state: State, form: AssignMany, asked: Asked) -> Accepted | Refused:
    """行政対応, for each."""
    return _each(form.ids, lambda one: assign(state, Assign(one, form.office), asked))


def take_back_many(state: State, form: TakeBackMany, asked: Asked) -> Accepted | Refused:
    """Each back to where it was."""
    return _each(form.ids, lambda one: take_back(state, TakeBack(one), asked))


def _each(ids: Sequence[str], decide: Callable[[str], Accepted | Refused]) -> Accepted | Refused:
    writes: list[msgspec.Struct] = []
    messages: list[Message] = []
    numbers: list[str] = []
    refused: Refused | None = None
    for one in dict.fromkeys(ids):
        said = decide(one)
        if isinstance(said, Refused):
            refused = refused or said
            continue
        writes += said.writes
        messages += said.messages
        numbers.append(str(said.answer["number"]))
    if not numbers:
        return refused or refuse(
            "invalid", "知らせを選んでください。", "Please choose reports.", "えらんで ください。"
        )
    return Accepted(tuple(writes), messages=tuple(messages), answer={"numbers": numbers})
