"""Staff decide on what holds a delivered file back, doubt by doubt: it may be published because …, or its column is left out. Pure.

    held ──each doubt: clear, with a reason │ leave its column out──► open: what becomes public now is shown once more, then it is brought in
       └─ far fewer rows, and nothing else ──► asked

Individual numbers are never cleared: nobody may publish them (番号法 19 条). A reason is a sentence, of REASON_MIN characters at least. An
area may want that somebody else than who took the file in decides (`second_person`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final

import msgspec

from kaiteki.kit.forms import Label
from kaiteki.kit.manifest import State
from kaiteki.model.decision import Accepted, Asked, Fault, Refused
from kaiteki.model.words import Words
from kaiteki.services.opendata.intake.clearance import NEVER, REASON_MAX, Clearance, LeftOut
from kaiteki.services.opendata.intake.delivery import Delivery
from kaiteki.services.opendata.intake.privacy import Doubt
from kaiteki.services.opendata.settings import settings_of

REASON_MIN: Final = 10
CLEAR, LEAVE_OUT = "clear", "leave_out"
_CHOOSE: Final = Words(
    "公開してよいか、列を公開しないかを選んでください。",
    "Please choose: it may be published, or its column is left out.",
    "どちらか えらんで ください。",
)
_SHORT: Final = Words(
    "公開してよい理由を、10文字以上の文で書いてください。",
    "Please say why it may be published, in a sentence of 10 characters or more.",
    "わけを 10文字（もじ）より 長（なが）く 書（か）いて ください。",
)
_NEVER: Final = Words(
    "個人番号（マイナンバー）は公開できません。列を公開しないことだけを選べます。",
    "Individual numbers cannot be published. The column can only be left out.",
    "マイナンバーは 出（だ）せません。",
)
_ROWS: Final = Words(
    "行が減ったことは、列を外しても直りません。理由を書いて認めるか、取りやめてください。",
    "Fewer rows are not mended by leaving out a column. Say why it is right, or discard the file.",
    "わけを 書（か）くか、やめて ください。",
)
_BOTH: Final = Words(
    "同じ列に「公開してよい」と「列を公開しない」の両方が選ばれています。どちらかにそろえてください。",
    "The same column is to be published by one decision and left out by another. Make them agree.",
    "おなじ 列（れつ）に ちがう こたえが あります。おなじに して ください。",
)
_OTHER: Final = Words(
    "ファイルを受け取った人とは別の職員が決めます。",
    "Somebody else than who took the file in has to decide.",
    "ほかの 職員（しょくいん）が きめます。",
)


class Clear(msgspec.Struct, frozen=True):
    """Decide on each doubt of a file, in their order: `clear` with the reason at the same place, or `leave_out`."""

    id: str
    decisions: Annotated[tuple[str, ...], Label(Words("決定", "Decisions", "きめた こと"))] = ()
    reasons: Annotated[
        tuple[str, ...], Label(Words("公開してよい理由", "Why it may be published", "出（だ）して よい わけ"))
    ] = ()


def clear(state: State, form: Clear, asked: Asked) -> Accepted | Refused:
    """Decide on a file that was held back: it goes on without the columns that are left out; who decided and why stays with it."""
    one = state.get(form.id)
    if not isinstance(one, Delivery) or one.state != "held":
        return Refused("not_found")
    me = asked.person.account_id
    if settings_of(asked).second_person and one.taken_by == me:
        return Refused("invalid", (Fault("decisions", "other_person", _OTHER),))
    pairs = [(form.decisions[n : n + 1], form.reasons[n : n + 1]) for n in range(len(one.doubts))]
    told = [(chosen[0] if chosen else "", why[0].strip() if why else "") for chosen, why in pairs]
    if faults := _faults(one.doubts, told):
        return Refused("invalid", faults)
    cleared = tuple(
        Clearance(doubt.column, doubt.sort, doubt.count, why, me, asked.person.name, asked.now, doubt.marks)
        for doubt, (chosen, why) in zip(one.doubts, told, strict=True)
        if chosen == CLEAR
    )
    without = dict.fromkeys(
        doubt.column for doubt, (chosen, _) in zip(one.doubts, told, strict=True) if chosen == LEAVE_OUT
    )
    after = msgspec.structs.replace(
        one,
        # (that there may be fewer rows changes nothing of what is public of each)
        state="open" if any(doubt.sort != "fewer" for doubt in one.doubts) else "asked",
        cleared=(*one.cleared, *cleared),
        without=tuple(dict.fromkeys((*one.without, *without))),
        left_out=(*one.left_out, *(LeftOut(name, me, asked.person.name, asked.now) for name in without)),
        # who says that fewer rows are right has said that the others go
        sure=one.sure or any(each.sort == "fewer" for each in cleared),
        reason=" / ".join(dict.fromkeys(each.reason for each in cleared))[:REASON_MAX],
        decided_by=me,
        decided_at=asked.now,
    )
    return Accepted(writes=(after,), answer={"id": one.id})


def _faults(doubts: Sequence[Doubt], told: Sequence[tuple[str, str]]) -> tuple[Fault, ...]:
    """What is wrong with the decisions, one by one; a column that stands among several doubts has one fate."""
    out = {doubt.column for doubt, (chosen, _) in zip(doubts, told, strict=True) if chosen == LEAVE_OUT}
    found: list[Fault] = []
    for n, (doubt, (chosen, why)) in enumerate(zip(doubts, told, strict=True)):
        fault = _fault(n, doubt, chosen, why)
        if fault is None and chosen == CLEAR and doubt.column in out:
            fault = Fault(f"decision-{n}", "invalid", _BOTH)
        found += [fault] if fault is not None else []
    return tuple(found)


def _fault(n: int, doubt: Doubt, chosen: str, why: str) -> Fault | None:
    """What is wrong with the decision on the n-th doubt."""
    if chosen not in (CLEAR, LEAVE_OUT):
        return Fault(f"decision-{n}", "missing", _CHOOSE)
    if chosen == LEAVE_OUT:
        return Fault(f"decision-{n}", "invalid", _ROWS) if doubt.sort == "fewer" else None
    if doubt.sort in NEVER:
        return Fault(f"decision-{n}", "invalid", _NEVER)
    return Fault(f"reason-{n}", "too_short", _SHORT) if not REASON_MIN <= len(why) <= REASON_MAX else None
