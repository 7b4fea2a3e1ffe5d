"""What is kept of city points, the forms of its commands, and the settings of an area. Decision record 0055."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Annotated, Final

import msgspec

from kaiteki.kit.forms import Label
from kaiteki.kit.ledger import NEVER, Lot, Moved, Stand, Tally
from kaiteki.model.instant import Instant
from kaiteki.model.said import local_day_start, local_time
from kaiteki.model.words import Words

DIGITS: Final = 16
APRIL: Final = 4
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
FIELDS: Final = (
    ("volunteer", Words("ボランティア", "Volunteering", "ボランティア")),
    ("health", Words("健康", "Health", "けんこう")),
    ("measure", Words("市の取り組み", "City measures", "市（し）の とりくみ")),
)
BY_DESK: Final = "desk"
BY_TASK: Final = "task"
EARNED: Final = (
    (BY_DESK, Words("窓口で番号を見て贈る", "Staff give them by number", "まどぐちで もらう")),
    (
        BY_TASK,
        Words(
            "市民タスクが確認されると自動で贈る",
            "Given when a citizens' task is confirmed",
            "みんなの タスクが おわると もらえる",
        ),
    ),
)
OPEN: Final = "open"
CLEARED: Final = "cleared"
STATES: Final = (
    (OPEN, Words("確認待ち", "To be looked at", "これから")),
    (CLEARED, Words("問題なし", "Cleared", "だいじょうぶ")),
    (REVERSAL, Words("取り消し済み", "Taken back", "とりけした")),
)
OFTEN: Final = "often"
ELSEWHERE: Final = "elsewhere"
SIGNS: Final = (
    (OFTEN, Words("一日の回数が多い", "Many in one day", "一日（いちにち）に おおい")),
    (ELSEWHERE, Words("短い間に別の場所", "Two places in a short time", "すぐに べつの ところ")),
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


class Campaign(msgspec.Struct, frozen=True):
    """For what points are given: how many each time, the caps, the budget, from when to when, where. `starts` and `ends` are days."""

    id: str
    name: Annotated[Words, Label(Words("名前", "Name", "なまえ"))]
    field: Annotated[str, Label(Words("分野", "Field", "しゅるい"), choices=FIELDS)]
    amount: Annotated[int, Label(Words("1回のポイント", "Points each time", "1回（いっかい）の ポイント"))]
    day_max: Annotated[int, Label(Words("1日の上限", "At most per day", "1日（いちにち）の さいだい"))]
    person_max: Annotated[int, Label(Words("1人の上限", "At most per person", "1人（ひとり）の さいだい"))]
    budget: Annotated[int, Label(Words("予算", "Budget", "よさん"))]
    starts: Annotated[str, Label(Words("開始日", "From", "はじまり"))]
    ends: Annotated[str, Label(Words("終了日", "To", "おわり"))]
    place: Annotated[str, Label(Words("場所", "Where", "ばしょ"))] = ""
    left: Annotated[int, Label(Words("予算の残り", "Left of the budget", "のこり"))] = 0
    earned: Annotated[str, Label(Words("贈り方", "How they are given", "もらいかた"), choices=EARNED)] = (
        BY_DESK
    )

    @property
    def stand(self) -> Stand:
        """What the ledger knows of its budget, which is an account without lots."""
        return Stand(self.left)


class Review(msgspec.Struct, frozen=True):
    """A grant that looks implausible, for staff to look at. It names the transfer alone, which says whose it is."""

    id: str
    transfer: str
    sign: Annotated[str, Label(Words("気になる点", "Sign", "なにが"), choices=SIGNS)]
    at: Annotated[Instant, Label(Words("日時", "When", "いつ"))]
    status: Annotated[str, Label(Words("状態", "State", "いま"), choices=STATES)] = OPEN


class Open(msgspec.Struct, frozen=True):
    """Open an account of one's own."""


class KeepCampaign(msgspec.Struct, frozen=True):
    """A new campaign with its budget."""

    name: Annotated[str, Label(Words("名前", "Name (Japanese)", "なまえ")), msgspec.Meta(max_length=60)]
    name_en: Annotated[
        str, Label(Words("英語の名前", "Name (English)", "えいごの なまえ")), msgspec.Meta(max_length=80)
    ]
    field: Annotated[str, Label(Words("分野", "Field", "しゅるい"), choices=FIELDS)]
    amount: Annotated[
        int,
        Label(Words("1回のポイント", "Points each time", "1回（いっかい）の ポイント")),
        msgspec.Meta(ge=1, le=100_000),
    ]
    day_max: Annotated[
        int,
        Label(Words("1人1日の上限ポイント", "At most per person and day", "1日（いちにち）の さいだい")),
        msgspec.Meta(ge=1, le=1_000_000),
    ]
    person_max: Annotated[
        int,
        Label(Words("1人の上限ポイント", "At most per person", "1人（ひとり）の さいだい")),
        msgspec.Meta(ge=1, le=1_000_000),
    ]
    budget: Annotated[
        int,
        Label(Words("予算（ポイント）", "Budget (points)", "よさん")),
        msgspec.Meta(ge=1, le=1_000_000_000),
    ]
    starts: Annotated[date, Label(Words("開始日", "From", "はじまり"))]
    ends: Annotated[date, Label(Words("終了日", "To", "おわり"))]
    place: Annotated[str, Label(Words("場所", "Where", "ばしょ")), msgspec.Meta(max_length=80)] = ""
    earned: Annotated[str, Label(Words("贈り方", "How they are given", "もらいかた"), choices=EARNED)] = (
        BY_DESK
    )


class Grant(msgspec.Struct, frozen=True):
    """Points of a campaign for the account with a number."""

    campaign: Annotated[str, Label(Words("取り組み", "For what", "なんの")), msgspec.Meta(max_length=200)]
    number: Annotated[
        str, Label(Words("ポイント番号", "Points number", "ばんごう")), msgspec.Meta(max_length=30)
    ]


class TakeBack(msgspec.Struct, frozen=True):
    """Take back a grant. The account and the budget that it names stand in the form, so that all are loaded at once."""

    id: Annotated[str, msgspec.Meta(max_length=200)]
    point_account: Annotated[str, msgspec.Meta(max_length=200)]
    campaign: Annotated[str, msgspec.Meta(max_length=200)]
    why: Annotated[str, Label(Words("理由", "Reason", "りゆう")), msgspec.Meta(max_length=200)]


class Clear(msgspec.Struct, frozen=True):
    """There is nothing wrong with a grant."""

    id: Annotated[str, msgspec.Meta(max_length=200)]


class Settings(msgspec.Struct, frozen=True):
    """What an area may set in `cities/<area>/services/points.toml`.

    Points hold until the end of the month that is so many months after the one in which they were given. A person who is given points
    more often a day than `often_a_day`, or at another place within `elsewhere_s` seconds, is looked at by staff. A partner answers an
    order within `order_days`; a ticket can be used so long.
    """

    expire_months: int = 24
    often_a_day: int = 5
    elsewhere_s: int = 900
    order_days: int = 30


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


def task_campaign(day: date) -> str:
    """The id of the campaign for citizens' tasks in the fiscal year of a day (April to March)."""
    return f"urn:ngsi-ld:PointCampaign:task-{day.year - (day.month < APRIL)}"


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
