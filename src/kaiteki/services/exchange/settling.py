"""The files between the city and a partner: orders of a day with control sums out, answers with control sums in, and what does not agree.

    out   order,reward,points,to          …    total,<orders>,<points>,
    in    order,result,points,reason      …    total,<answers>,<points>,

`order` is a mark that leads to nobody; `to` stands with electronic money alone. `result` is `accepted` or `refused`. A file that
comes again changes nothing; an answer that does not agree with what is known is not followed, and is named.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Final

import msgspec

from kaiteki.kit.manifest import State
from kaiteki.model.decision import Accepted, Asked, Message, Refused
from kaiteki.model.spreadsheet import SheetWriter
from kaiteki.model.words import Words
from kaiteki.services.exchange.faults import refuse
from kaiteki.services.exchange.model import (
    CANCELLED,
    DONE,
    REFUSED,
    WAITING,
    Difference,
    Order,
    Settle,
    Settlement,
    mark_of,
    settlement_id,
)
from kaiteki.services.exchange.orders import paid, told

OUT: Final = ("order", "reward", "points", "to")
IN: Final = ("order", "result", "points", "reason")
TOTAL: Final = "total"
ACCEPTED: Final = "accepted"
ANSWERS_MAX: Final = 200
"""Answers of one file; a partner sends several where a day has more."""
REASON_MAX: Final = 100
DIFFERENCES_MAX: Final = 500
UNKNOWN: Final = "unknown"
AMOUNT: Final = "amount"
OTHERWISE: Final = "otherwise"
WHY: Final = {
    UNKNOWN: Words("この日の申し込みにない番号", "No order of this day", "この 日（ひ）に ない ばんごう"),
    AMOUNT: Words("ポイントの数が違う", "Another number of points", "ポイントの かずが ちがう"),
    OTHERWISE: Words("前の結果と違う", "Another answer than before", "まえの けっかと ちがう"),
}


class Answer(msgspec.Struct, frozen=True):
    """What a partner says of one order."""

    order: str
    result: str
    points: int
    reason: str = ""


def write_orders(orders: Sequence[tuple[Order, str]]) -> bytes:
    """The file of a day: each order with what its reward is called, and the control sums."""
    text = io.StringIO()
    rows = SheetWriter(text)
    rows.writerow(OUT)
    rows.writerows((mark_of(one.id), name, one.amount, one.to) for one, name in orders)
    rows.writerow((TOTAL, len(orders), sum(one.amount for one, _ in orders), ""))
    return text.getvalue().encode("utf-8-sig")


def read_answers(text: str) -> tuple[Answer, ...] | str:
    """The answers of a file, or the name of what is wrong with it: its columns, its rows, its control sums, an order twice, too many."""
    try:
        rows = [row for row in csv.reader(io.StringIO(text.removeprefix("\ufeff")), strict=True) if row]
    except csv.Error:
        return "bad_rows"
    if not rows or tuple(cell.strip() for cell in rows[0]) != IN:
        return "bad_columns"
    if len(rows) < 2 or rows[-1][0] != TOTAL or any(len(row) != len(IN) for row in rows):
        return "bad_rows"
    if len(rows) > ANSWERS_MAX + 2:
        return "too_many_rows"
    found = list[Answer]()
    for mark, result, points, reason in rows[1:-1]:
        if (
            result not in (ACCEPTED, REFUSED)
            or not _is_number(points)
            or not mark.isalnum()
            or len(mark) > 40
        ):
            return "bad_rows"
        found.append(Answer(mark, result, int(points), reason[:REASON_MAX]))
    count, points = rows[-1][1:3]
    sums = (len(found), sum(one.points for one in found))
    if not (_is_number(count) and _is_number(points)) or (int(count), int(points)) != sums:
        return "bad_sums"
    return tuple(found) if len({one.order for one in found}) == len(found) else "twice"


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 10


def _ids(answers: Sequence[Answer]) -> tuple[str, ...]:
    return tuple(f"urn:ngsi-ld:PointOrder:{one.order}" for one in answers)


def settle_needs(form: Settle, asked: Asked) -> Sequence[str]:
    """What the partner has to answer of the day, and the orders that the file names."""
    answers = read_answers(form.text)
    return (
        settlement_id(form.partner, form.day.isoformat()),
        *(() if isinstance(answers, str) else _ids(answers)),
    )


def settle(state: State, form: Settle, asked: Asked) -> Accepted | Refused:
    """Follow the answers of a partner: what was delivered is spent, what was refused goes back; what does not agree is kept as a difference."""
    answers = read_answers(form.text)
    if isinstance(answers, str):
        return refuse(answers, "text")
    day = state.get(settlement_id(form.partner, form.day.isoformat()))
    if not isinstance(day, Settlement):
        return refuse("no_settlement", "day")
    written, messages, wrong = list[msgspec.Struct](), list[Message](), dict[str, str]()
    for answer, name in zip(answers, _ids(answers), strict=True):
        one = state.get(name)
        why = _disagrees(one, answer, day)
        if why:
            wrong[answer.order] = why
        elif isinstance(one, Order) and one.status in WAITING:
            is_done = answer.result == ACCEPTED
            written.append(
                msgspec.structs.replace(one, status=DONE if is_done else REFUSED, answer=answer.reason)
            )
            written.extend((paid(one, asked),) if is_done else ())
            messages.extend(told("order_done" if is_done else "order_refused", one, answer.reason))
            day = msgspec.structs.replace(
                day,
                done=day.done + is_done,
                done_amount=day.done_amount + is_done * one.amount,
                back=day.back + (not is_done),
            )
    named = {answer.order for answer in answers}
    before = [one for one in day.differences if one.order not in named]
    all_wrong = (*before, *(Difference(order, why) for order, why in wrong.items()))
    if len(all_wrong) > DIFFERENCES_MAX:
        return refuse("too_many_differences", "text")
    written.append(msgspec.structs.replace(day, differences=all_wrong))
    done = sum(isinstance(one, Order) for one in written)
    answer = {"followed": done, "differences": len(wrong), "open": day.orders - day.done - day.back}
    return Accepted(tuple(written), messages=tuple(messages), answer=answer)


def _disagrees(one: object, answer: Answer, day: Settlement) -> str:
    """Why an answer cannot be followed; empty where it can, or where it says what is known."""
    if not isinstance(one, Order) or (one.partner, one.day) != (day.partner, day.day):
        return UNKNOWN
    if one.amount != answer.points:
        return AMOUNT
    if one.status in WAITING:
        return ""
    known = {DONE: ACCEPTED, REFUSED: REFUSED, CANCELLED: REFUSED}.get(one.status)
    return "" if known == answer.result else OTHERWISE
