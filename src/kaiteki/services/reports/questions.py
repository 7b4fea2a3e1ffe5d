"""The questions of a category and of a theme, and whether the answers fit them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, cast

import msgspec

from kaiteki.model.decision import Fault
from kaiteki.model.words import Words
from kaiteki.services.reports.model import Theme
from kaiteki.services.reports.settings import Category, Option, Question

ANSWER_MAX: Final = 500
YES_NO: Final = (Option("yes", Words("はい", "Yes", "はい")), Option("no", Words("いいえ", "No", "いいえ")))
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def questions_of(category: Category | None, theme: Theme | None) -> tuple[Question, ...]:
    """The questions of the category, then those of the theme."""
    own = category.questions if category else ()
    asked = msgspec.convert(theme.questions, tuple[Question, ...]) if theme else ()
    return (*own, *asked)


def options_of(question: Question) -> tuple[Option, ...]:
    """What can be chosen; yes and no for a yes-no question."""
    return YES_NO if question.kind == "yes_no" else question.options


def check_answers(questions: tuple[Question, ...], answers: Mapping[str, Any]) -> tuple[Fault, ...]:
    """Every answer that is missing, unknown or of the wrong shape, at `answers.<code>`."""
    known = {question.code for question in questions}
    strange = tuple(
        Fault(
            f"answers.{code}"[:120],
            "unknown",
            Words("この質問はありません。", "There is no such question.", "この しつもんは ありません。"),
        )
        for code in answers
        if code not in known
    )
    found = ((q, _wrong(q, answers.get(q.code))) for q in questions)
    return (*strange, *(Fault(f"answers.{q.code}", code, _words(q, code)) for q, code in found if code))


def _wrong(question: Question, given: Any) -> str:
    if given in (None, "", [], ()):
        return "missing" if question.required else ""
    codes = {option.code for option in options_of(question)}
    match question.kind:
        case "one" | "yes_no":
            return "" if isinstance(given, str) and given in codes else "choice"
        case "many":
            parts = parts_of(given)
            return "" if all(part in codes for part in parts) else "choice"
        case "number":
            return "" if _is_number(given) else "not_a_number"
        case "date":
            return "" if isinstance(given, str) and _DATE.fullmatch(given) else "not_a_date"
        case "text":
            return "" if isinstance(given, str) and len(given) <= ANSWER_MAX else "too_long"


def _is_number(given: Any) -> bool:
    if isinstance(given, bool):
        return False
    try:
        return abs(float(given)) < 1e12
    except (TypeError, ValueError):
        return False


def _words(question: Question, code: str) -> Words:
    q = question.words
    if code == "missing":
        return Words(
            f"「{q.ja}」に答えてください。",
            f"Please answer “{q.en}”.",
            f"「{q.say('ja-easy')}」に こたえて ください。",
        )
    return Words(
        f"「{q.ja}」の答えを確認してください。",
        f"Please check the answer to “{q.en}”.",
        f"「{q.say('ja-easy')}」の こたえを 見て ください。",
    )


def say_answers(
    questions: tuple[Question, ...], answers: Mapping[str, Any]
) -> tuple[tuple[Words, Words], ...]:
    """Question and answer in words, for people to read."""
    said: list[tuple[Words, Words]] = []
    for question in questions:
        given = answers.get(question.code)
        if given in (None, "", [], ()):
            continue
        parts = parts_of(given)
        named = {option.code: option.words for option in options_of(question)}
        words = [named.get(part) or Words(str(part), str(part)) for part in parts]
        said.append(
            (
                question.words,
                Words(
                    "、".join(w.ja for w in words),
                    ", ".join(w.en for w in words),
                    "、".join(w.say("ja-easy") for w in words),
                ),
            )
        )
    return tuple(said)


def parts_of(given: Any) -> list[Any]:
    """The parts of an answer: those of a list, else the one answer."""
    return list(cast("list[Any]", given)) if isinstance(given, list | tuple) else [given]
