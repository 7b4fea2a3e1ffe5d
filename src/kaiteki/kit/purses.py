"""Purses of people in a ledger: the account of somebody, the transfers that it comes from, its number and its days.

Several services that people know as one keep one ledger (points): what they share of it stands here. Decision records 0055 and 0060.
"""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Annotated, Final

import msgspec

from kaiteki.kit.forms import Label
from kaiteki.kit.ledger import NEVER, Lot, Moved, Stand, Tally, transfer_name
from kaiteki.model.decision import Asked
from kaiteki.model.instant import Instant
from kaiteki.model.said import local_day_start, local_time
from kaiteki.model.words import Words

DIGITS: Final = 16
ISSUED: Final = "book:issued"
"""The book out of which the budgets of campaigns are allotted: below zero by as much as the city ever gave to them."""
EXPIRED: Final = "book:expired"
"""The book that takes what expired."""
PAID: Final = "book:paid"
"""The book that takes what recipients of donations were paid for."""
HELD: Final = "book:held"
"""The book that has the points of orders until their partner answers."""
EXCHANGED: Final = "book:exchanged"
"""The book that takes what was exchanged."""
GRANT: Final = "grant"
REVERSAL: Final = "reversal"
EXPIRY: Final = "expiry"
ALLOTMENT: Final = "allotment"
DONATION: Final = "donation"
PAYOUT: Final = "payout"
KINDS: Final = (
    (GRANT, Words("もらった", "Earned", "もらった")),
    (REVERSAL, Words("取り消し", "Taken back", "とりけし")),
    (EXPIRY, Words("期限切れ", "Expired", "きげんが すぎた")),
    (ALLOTMENT, Words("予算の割り当て", "Allotted", "よさん")),
    (DONATION, Words("寄付", "Given on", "きふ")),
    (PAYOUT, Words("寄付先への支払い", "Paid to a recipient", "はらった")),
    ("hold", Words("交換の申し込み", "Ordered", "こうかん")),
    ("exchange", Words("交換の完了", "Exchanged", "こうかんした")),
)


class Account(msgspec.Struct, frozen=True):
    """An account of points. One that `waits` has points that its holder was told of, and did not open yet. `balance` is what its lots add up to; `over_at` is when those that expire first are over."""

    id: str
    number: Annotated[str, Label(Words("ポイント番号", "Points number", "ばんごう"))]
    opened_at: Annotated[Instant, Label(Words("はじめた日", "Opened", "はじめた 日（ひ）"))]
    holder: str = ""
    balance: Annotated[int, Label(Words("残高", "Balance", "いま"))] = 0
    over_at: Annotated[Instant | None, Label(Words("次の期限", "Next to expire", "つぎの きげん"))] = None
    lots: Annotated[tuple[Lot, ...], Label(Words("期限ごとのポイント", "Points by last day", "きげん"))] = ()
    tallies: Annotated[tuple[Tally, ...], Label(Words("取り組みごとの合計", "Totals", "ごうけい"))] = ()
    waits: Annotated[
        bool, Label(Words("本人がまだはじめていない", "Not opened yet", "まだ はじめて いません"))
    ] = False

    @property
    def stand(self) -> Stand:
        """What the ledger knows of it."""
        return Stand(self.balance, self.lots)


class Transfer(msgspec.Struct, frozen=True):
    """A transfer of points, never changed. `amount` is what `account` got from `book`; below zero, what it gave to it.

    `account` is an account of somebody, the budget of a campaign or what a recipient holds, `book` a budget, a recipient or a book of the city: no transfer names two people.
    """

    id: str
    account: str
    book: str
    amount: Annotated[int, Label(Words("ポイント", "Points", "ポイント"))]
    kind: Annotated[str, Label(Words("種類", "Kind", "しゅるい"), choices=KINDS)]
    at: Annotated[Instant, Label(Words("日時", "When", "いつ"))]
    holder: str = ""
    campaign: Annotated[str, Label(Words("取り組み", "For what", "なんの"))] = ""
    reverses: str = ""
    lots: tuple[Lot, ...] = ()
    why: Annotated[str, Label(Words("理由", "Reason", "りゆう"))] = ""

    @property
    def moved(self) -> Moved:
        """The transfer as the ledger has it: debited, credited."""
        debit, credit = (self.book, self.account) if self.amount > 0 else (self.account, self.book)
        return Moved(debit, credit, abs(self.amount), self.kind, self.lots)


def digits_of(text: str) -> str:
    """The points number that somebody means, as it is kept: 16 digits; empty where it is none (the last digit checks the others)."""
    digits = "".join(sign for sign in text if sign.isascii() and sign.isdigit())
    return digits if len(digits) == DIGITS and digits[-1] == _check_digit(digits[:-1]) else ""


def number_of(area: str, holder: str) -> str:
    """The points number of a holder: always the same, and nothing can be read off it."""
    digest = hashlib.sha256(f"points {area} {holder}".encode()).digest()
    body = f"{int.from_bytes(digest[:8], 'big') % 10 ** (DIGITS - 1):0{DIGITS - 1}d}"
    return body + _check_digit(body)


def account_id(number: str) -> str:
    """The id of the account with a number."""
    return f"urn:ngsi-ld:PointAccount:{number}"


def grouped(number: str) -> str:
    """A number as it is read out: four by four."""
    return " ".join(number[start : start + 4] for start in range(0, len(number), 4))


def today_of(now: Instant) -> str:
    """The day in Japan (ISO 8601)."""
    return local_time(now).date().isoformat()


def last_day(now: Instant, months: int) -> str:
    """The last day of the month that is so many months after that of a moment."""
    if months <= 0:
        return NEVER
    day = local_time(now).date()
    count = day.year * 12 + day.month - 1 + months + 1
    after = date(count // 12, count % 12 + 1, 1)
    return date.fromordinal(after.toordinal() - 1).isoformat()


def over_after(until: str) -> Instant | None:
    """When points with a last day are over; None where they never are."""
    day = date.fromisoformat(until)
    return None if until == NEVER else local_day_start(date.fromordinal(day.toordinal() + 1))


def _check_digit(body: str) -> str:
    """The check digit of Luhn (ISO/IEC 7812-1, annex B): it finds any one wrong digit and most that are swapped."""
    total = 0
    for place, sign in enumerate(reversed(body)):
        digit = int(sign) * (2 if place % 2 == 0 else 1)
        total += digit - 9 if digit > 9 else digit
    return str(-total % 10)


def own_account(asked: Asked) -> str:
    """The id of the account of whoever asks."""
    return account_id(number_of(asked.area, asked.owner))


def transfer_id(area: str, key: str) -> str:
    """The id of the transfer of an idempotency key."""
    return f"urn:ngsi-ld:PointTransfer:{transfer_name(area, key)}"


def stood(account: Account, stand: Stand) -> Account:
    """An account as the ledger leaves it."""
    lots = stand.lots or ()
    return msgspec.structs.replace(
        account, balance=stand.balance, lots=lots, over_at=over_after(lots[0].until) if lots else None
    )
