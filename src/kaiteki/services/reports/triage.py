"""How urgent a report is, found from its words and answers, with the reason shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from kaiteki.model.words import Words
from kaiteki.services.reports.questions import parts_of
from kaiteki.services.reports.settings import Question, Settings

RANK: Final = {"normal": 0, "high": 1, "now": 2}
"""Urgencies by weight."""


class Triaged(msgspec.Struct, frozen=True):
    """`urgency` normal, high or now, and why."""

    urgency: str
    reason: tuple[Words, ...] = ()


def triage(
    settings: Settings,
    text: str,
    answers: Mapping[str, Any],
    questions: tuple[Question, ...] = (),
    depends: str = "",
) -> Triaged:
    """The highest urgency of all hazard words in the text, dangerous answers to the questions, and the asset.

    `depends` are the words with which a register says what depends on the asset.
    """
    urgency = "normal"
    reasons: list[Words] = []
    for hazard, said in (*((h, text) for h in settings.hazards), *((c, depends) for c in settings.criticals)):
        word = next((w for w in hazard.found if w in said.lower()), None)
        if word is not None:
            urgency = max(urgency, hazard.urgency, key=RANK.__getitem__)
            b = hazard.because
            reasons.append(
                Words(f"「{word}」：{b.ja}", f"“{word}”: {b.en}", f"「{word}」：{b.say('ja-easy')}")
            )
    for question in questions:
        chosen = parts_of(answers.get(question.code))
        if any(code in question.danger for code in chosen):
            urgency = max(urgency, "high", key=RANK.__getitem__)
            reasons.append(_dangerous(question, chosen))
    return Triaged(urgency, tuple(reasons))


def _dangerous(question: Question, chosen: list[Any]) -> Words:
    said = [o.words for o in question.options if o.code in chosen] or [Words("はい", "yes", "はい")]
    q = question.words
    return Words(
        ja=f"{q.ja}：{'、'.join(w.ja for w in said)}",
        en=f"{q.en}: {', '.join(w.en for w in said)}",
        easy=f"{q.say('ja-easy')}：{'、'.join(w.say('ja-easy') for w in said)}",
    )
