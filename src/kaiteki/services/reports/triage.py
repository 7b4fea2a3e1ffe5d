"""How urgent a report is, found from its words and answers, with the reason shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from kaiteki.model.words import Words
from kaiteki.services.reports.questions import parts_of
from kaiteki.services.reports.settings import Question, Settings

_RANK: Final = {"normal": 0, "high": 1, "now": 2}


class Triaged(msgspec.Struct, frozen=True):
    """`urgency` normal, high or now, and why."""

    urgency: str
    reason: tuple[Words, ...] = ()


def triage(
    settings: Settings, text: str, answers: Mapping[str, Any], questions: tuple[Question, ...] = ()
) -> Triaged:
    """The highest urgency of all hazard words in the text and dangerous answers to the questions."""
    urgency = "normal"
    reasons: list[Words] = []
    for hazard in settings.hazards:
        word = next((w for w in hazard.found if w in text.lower()), None)
        if word is not None:
            urgency = max(urgency, hazard.urgency, key=_RANK.__getitem__)
            b = hazard.because
            reasons.append(
                Words(f"「{word}」：{b.ja}", f"“{word}”: {b.en}", f"「{word}」：{b.say('ja-easy')}")
            )
    for question in questions:
        chosen = parts_of(answers.get(question.code))
        if any(code in question.danger for code in chosen):
            urgency = max(urgency, "high", key=_RANK.__getitem__)
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
