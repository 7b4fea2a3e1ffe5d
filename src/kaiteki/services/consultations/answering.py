"""The office answers: every opinion gets a numbered answer before the result goes out. All of it is pure.

行政手続法 43 条: made public are the opinions (or what they come to), the result of considering them, and the reasons; that there was none, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from kaiteki.kit.editing import Edits, Standing
from kaiteki.kit.manifest import State
from kaiteki.kit.people_in_text import faults_of_people
from kaiteki.model.decision import Accepted, Asked, Fault, Refused
from kaiteki.model.faults import refuse_field
from kaiteki.model.words import Words
from kaiteki.services.consultations.announcing import letters, stepped
from kaiteki.services.consultations.course import COURSE, PUBLISH
from kaiteki.services.consultations.model import (
    ANSWERS_MAX,
    Consultation,
    ConsultationAnswer,
    MapOpinions,
    Opinion,
    PublishResult,
    ShowOpinions,
    Wording,
    WordOpinion,
    WriteAnswer,
    answer_id,
    number_of,
    opinion_id,
    with_answers,
)

OPEN: Final = ("open", "examining")
TOLD_MAX: Final = 20
"""Numbers of unanswered opinions that a refusal names."""
_ANSWER: Final = Words("回答の番号", "Number of the answer", "こたえの ばんごう")
_NUMBERS: Final = Words("意見の番号", "Numbers of opinions", "ばんごう")
_EARLY: Final = Words(
    "募集期間が終わってから公表できます。",
    "The result can go out when the period is over.",
    "おわってから だせます。",
)


def answer_needs(form: WriteAnswer | MapOpinions, asked: Asked) -> Sequence[str]:
    """The public comment and the answer."""
    n = form.n if isinstance(form, WriteAnswer) else form.answer
    return with_answers(form.id, (n,))


def write_answer(state: State, form: WriteAnswer, asked: Asked) -> Accepted | Refused:
    """A new answer, or one that is put right; when the result is out everybody reads at once what is put right in it."""
    known = _of_office(state, form.id, asked)
    if isinstance(known, Refused):
        return known
    faults = faults_of_people({"summary": form.summary, "reply": form.reply}, form.looked)
    if faults:
        return Refused("invalid", faults)
    told = Wording(form.summary, form.reply, form.effect)
    if not form.n:
        if known.status not in OPEN:
            return Refused("conflict")
        if known.answer_count >= ANSWERS_MAX:
            return Refused("too_many")
        n = known.answer_count + 1
        answer = ConsultationAnswer(
            answer_id(known.number, n), f"{known.number} ({n})", known.id, n, held=told
        )
        counted = msgspec.structs.replace(known, answer_count=n)
        return Accepted((counted, answer), answer={"id": answer.id, "n": n})
    before = state.get(answer_id(known.number, form.n))
    if not isinstance(before, ConsultationAnswer) or before.held is None:
        return Refused("not_found")
    after = msgspec.structs.replace(before, held=msgspec.structs.replace(told, numbers=before.held.numbers))
    if known.status == "done":
        corrected = msgspec.structs.replace(known, corrected_at=asked.now)
        return Accepted((corrected, _shown(after)), answer={"id": after.id, "n": after.n})
    return Accepted((after,), answer={"id": after.id, "n": after.n})


def kept_answer(state: State, form: WriteAnswer, asked: Asked) -> Standing | None:
    """The answer as it is now."""
    known = state.get(answer_id(number_of(form.id), form.n))
    if not isinstance(known, ConsultationAnswer) or known.held is None:
        return None
    held = known.held
    return Standing(known, WriteAnswer(form.id, held.summary, held.reply, held.effect, known.n))


ANSWER_EDITS: Final = Edits(kept_answer, {"summary": "held", "reply": "held", "effect": "held"})


def map_opinions(state: State, form: MapOpinions, asked: Asked) -> Accepted | Refused:
    """Give opinions an answer: those that have none yet, each one answer."""
    known = _of_office(state, form.id, asked)
    if isinstance(known, Refused):
        return known
    answer = state.get(answer_id(known.number, form.answer))
    if not isinstance(answer, ConsultationAnswer) or answer.held is None:
        return refuse_field("choice", "answer", _ANSWER)
    wanted = frozenset(form.numbers)
    if known.status not in OPEN or not wanted <= frozenset(known.unmapped):
        return refuse_field("invalid", "numbers", _NUMBERS)
    left = tuple(n for n in known.unmapped if n not in wanted)
    return _mapped(known, answer, left, (*answer.held.numbers, *wanted))


def free_opinions(state: State, form: MapOpinions, asked: Asked) -> Accepted | Refused:
    """Take opinions from an answer: they have none then."""
    known = _of_office(state, form.id, asked)
    if isinstance(known, Refused):
        return known
    answer = state.get(answer_id(known.number, form.answer))
    if not isinstance(answer, ConsultationAnswer) or answer.held is None:
        return refuse_field("choice", "answer", _ANSWER)
    wanted = frozenset(form.numbers)
    if known.status not in OPEN or not wanted <= frozenset(answer.held.numbers):
        return refuse_field("invalid", "numbers", _NUMBERS)
    left = tuple(sorted((*known.unmapped, *wanted)))
    return _mapped(known, answer, left, [n for n in answer.held.numbers if n not in wanted])


def _mapped(
    known: Consultation, answer: ConsultationAnswer, left: tuple[int, ...], numbers: Sequence[int]
) -> Accepted:
    held = msgspec.structs.replace(answer.held or Wording("", "", ""), numbers=tuple(sorted(numbers)))
    after = msgspec.structs.replace(known, unmapped=left)
    return Accepted(
        (after, msgspec.structs.replace(answer, held=held)), answer={"id": answer.id, "unmapped": len(left)}
    )


def opinion_needs(form: WordOpinion, asked: Asked) -> Sequence[str]:
    """The public comment and the opinion."""
    return (form.id, opinion_id(number_of(form.id), form.opinion))


def word_opinion(state: State, form: WordOpinion, asked: Asked) -> Accepted | Refused:
    """What everybody reads of an opinion with the result; at once, when that is out."""
    known = _of_office(state, form.id, asked)
    if isinstance(known, Refused):
        return known
    opinion = state.get(opinion_id(known.number, form.opinion))
    if not isinstance(opinion, Opinion) or known.status == "cancelled":
        return Refused("not_found")
    faults = faults_of_people({"text": form.text}, form.looked)
    if faults:
        return Refused("invalid", faults)
    is_out = known.status == "done"
    after = msgspec.structs.replace(opinion, held=form.text, text=form.text if is_out else "")
    return Accepted((after,), answer={"id": after.id})


def result_needs(form: PublishResult, asked: Asked) -> Sequence[str]:
    """The public comment and all of its answers."""
    return with_answers(form.id, range(1, form.answers + 1))


def publish_result(state: State, form: PublishResult, asked: Asked) -> Accepted | Refused:
    """The result goes out: the period is over, and no opinion is without an answer. Who wished so is told, with a link to their answer."""
    known = _of_office(state, form.id, asked)
    if isinstance(known, Refused):
        return known
    answers = [state.get(answer_id(known.number, n)) for n in range(1, known.answer_count + 1)]
    kept = [one for one in answers if isinstance(one, ConsultationAnswer)]
    if form.answers != known.answer_count or len(kept) != known.answer_count:
        return Refused("conflict")
    if asked.now <= known.closes_at:
        return Refused("conflict", (Fault("", "conflict", _EARLY),))
    if known.unmapped:
        return Refused("conflict", (Fault("", "unanswered", _unanswered(known)),))
    said = stepped(known, PUBLISH, asked, done_at=asked.now)
    if isinstance(said, Refused):
        return said
    shown = [_shown(one) for one in kept if one.held is not None and one.held.numbers]
    answer_of = {n: one.n for one in shown for n in one.numbers}
    links = [f"#answer-{answer_of[first]}" for first in known.firsts]
    told = letters(known, COURSE.phase("done").words, links)
    return msgspec.structs.replace(said, writes=(*said.writes, *shown), messages=told)


def _unanswered(known: Consultation) -> Words:
    listed = "、".join(f"{n}番" for n in known.unmapped[:TOLD_MAX])
    numbers = ", ".join(str(n) for n in known.unmapped[:TOLD_MAX])
    count = len(known.unmapped)
    return Words(
        f"回答のない意見が{count}件あります（{listed}）。すべての意見に回答をつけてください。",
        f"{count} comments have no answer yet ({numbers}). Each of them needs one.",
        f"こたえの ない 意見（いけん）が {count}こ あります（{listed}）。",
    )


def _shown(answer: ConsultationAnswer) -> ConsultationAnswer:
    held = answer.held or Wording("", "", "")
    return msgspec.structs.replace(
        answer, summary=held.summary, reply=held.reply, effect=held.effect, numbers=held.numbers
    )


def show_needs(form: ShowOpinions, asked: Asked) -> Sequence[str]:
    """The public comment and the opinions."""
    return (form.id, *(opinion_id(number_of(form.id), n) for n in form.numbers))


def show_opinions(state: State, form: ShowOpinions, asked: Asked) -> Accepted | Refused:
    """The wording of opinions goes out, once the result is."""
    known = _of_office(state, form.id, asked)
    if isinstance(known, Refused):
        return known
    if known.status != "done":
        return Refused("conflict")
    opinions = [state.get(opinion_id(known.number, n)) for n in form.numbers]
    shown = tuple(
        msgspec.structs.replace(one, text=one.held)
        for one in opinions
        if isinstance(one, Opinion) and one.held != one.text
    )
    return Accepted(shown, answer={"id": known.id, "shown": len(shown)})


def _of_office(state: State, name: str, asked: Asked) -> Consultation | Refused:
    known = state.get(name)
    if not isinstance(known, Consultation):
        return Refused("not_found")
    return known if asked.person.works_for(known.office) else Refused("not_allowed")
