"""The whole ledger as a file that auditors of others read: beancount (v3) and hledger (1.25 and later), for staff.

A file is made while it is read: first the accounts, then every transfer by its id, then what every account is kept with, as assertions,
so that an auditor checks kept balances against the transfers. It holds what was there a minute before it was asked for; an account that
moved since has no assertion. Amounts are whole points. What somebody is owed is a liability, what budgets have left and what was
issued is equity, what expired is income; in both programs a credit is below zero.

Nobody can be told from a file: an account is called by a keyed digest with a key of this file alone, times are days, and neither
campaign names nor reasons nor points numbers are in it. The last days of lots stand beside the amounts as metadata.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from datetime import date
from typing import Any, ClassVar, Final, Protocol

import msgspec

from kaiteki.kit.ledger import Lot, Moved, Stand
from kaiteki.kit.pages import City, PageAsk, PageReply, Streamed
from kaiteki.kit.purses import EXCHANGED, EXPIRED, HELD, ISSUED, PAID, Account, Transfer, today_of
from kaiteki.kit.views import every, where
from kaiteki.model.instant import Instant
from kaiteki.model.query import Filter, Query
from kaiteki.services.points.donations import Recipient

PAGE: Final = 500
"""Records that are held at once."""
SETTLED: Final = 60_000_000
"""Microseconds after which a transfer that was decided is kept: what is younger may still be under way."""
SINCE: Final = "1970-01-01"
"""From when the books of the city and the budgets are open."""
UNIT: Final = "POINT"
BOOKS: Final = {
    ISSUED: "Equity:Issued",
    EXPIRED: "Income:Expired",
    PAID: "Equity:Paid",
    HELD: "Liabilities:Held",
    EXCHANGED: "Equity:Exchanged",
}
SORTS: Final = {":PointCampaign:": "Equity:Budgets:C", ":PointRecipient:": "Liabilities:Donations:R"}
"""How accounts that are nobody's begin, by a part of their ids."""
TEXT: Final = "text/plain; charset=utf-8"


class CampaignSeen(msgspec.Struct, frozen=True):
    """The budget of what gives points, as the book sees it: so many points are left."""

    entity_type: ClassVar[str] = "PointCampaign"

    id: str
    left: int = 0

    @property
    def stand(self) -> Stand:
        """What the ledger knows of it."""
        return Stand(self.left)


class Posting(msgspec.Struct, frozen=True):
    """One side of a transfer: the account, how many points (below zero: credited), the lots that moved."""

    account: str
    amount: int
    lots: tuple[Lot, ...] = ()


class Format(Protocol):
    """How a program writes the parts of a ledger."""

    def head(self) -> str:
        """What stands first."""
        ...

    def opened(self, account: str, day: str) -> str:
        """An account that is used from a day on."""
        ...

    def moved(self, day: str, one: Transfer, mark: str, back: str, sides: Sequence[Posting]) -> str:
        """A transfer; `mark` names it, `back` the one that it takes back."""
        ...

    def kept(self, day: str, account: str, amount: int) -> str:
        """What an account has at the end of a day."""
        ...


class Beancount:
    """The language of beancount."""

    def head(self) -> str:
        """The unit; that amounts are exact is its rule for whole numbers."""
        return f"{SINCE} commodity {UNIT}\n"

    def opened(self, account: str, day: str) -> str:
        """The directive `open`."""
        return f"{day} open {account} {UNIT}\n"

    def moved(self, day: str, one: Transfer, mark: str, back: str, sides: Sequence[Posting]) -> str:
        """A transaction, with a link from what takes back to what was taken back."""
        rows = [f'{day} * "{one.kind}" ^{mark}{f" ^{back}" if back else ""}']
        for side in sides:
            rows.append(f"  {side.account}  {side.amount} {UNIT}")
            rows.extend(f"    expires-{lot.until}: {lot.amount} {UNIT}" for lot in side.lots)
        return "\n".join(rows) + "\n"

    def kept(self, day: str, account: str, amount: int) -> str:
        """The directive `balance` holds at the beginning of a day: of the one after."""
        return f"{_day_after(day)} balance {account}  {amount} {UNIT}\n"


class Hledger:
    """The journal of hledger."""

    def head(self) -> str:
        """The unit, which `-s` wants declared."""
        return f"commodity 1. {UNIT}\n"

    def opened(self, account: str, day: str) -> str:
        """The directive `account`, which `-s` wants; it has no day, so that stands beside it as a tag."""
        return f"account {account}  ; opened:{day}\n"

    def moved(self, day: str, one: Transfer, mark: str, back: str, sides: Sequence[Posting]) -> str:
        """A transaction, with tags."""
        rows = [f"{day} * ({mark}) {one.kind}{f'  ; reverses:{back}' if back else ''}"]
        for side in sides:
            rows.append(f"    {side.account}  {side.amount} {UNIT}")
            rows.extend(f"    ; expires-{lot.until}:{lot.amount}" for lot in side.lots)
        return "\n".join(rows) + "\n"

    def kept(self, day: str, account: str, amount: int) -> str:
        """A transaction of nothing that asserts."""
        return f"{day} * kept\n    {account}  0 {UNIT} = {amount} {UNIT}\n"


class Book(msgspec.Struct, frozen=True):
    """What a file is made of: whose eyes read it, until when it tells, its own key, and the program that it is for."""

    city: City
    until: Instant
    key: bytes
    form: Format

    def name(self, entity_id: str) -> str:
        """What an account is called in this file."""
        if entity_id in BOOKS:
            return BOOKS[entity_id]
        sort = next((name for part, name in SORTS.items() if part in entity_id), "Liabilities:Points:P")
        return sort + self.mark(entity_id).upper()

    def mark(self, entity_id: str) -> str:
        """A name that nobody can lead back without the key, which is kept nowhere."""
        return hmac.new(self.key, entity_id.encode(), hashlib.sha256).hexdigest()[:24]


async def beancount(ask: PageAsk) -> PageReply:
    """The ledger for beancount."""
    return _file(ask, Beancount(), "points.beancount")


async def hledger(ask: PageAsk) -> PageReply:
    """The ledger for hledger."""
    return _file(ask, Hledger(), "points.journal")


def _file(ask: PageAsk, form: Format, name: str) -> Streamed:
    key = hashlib.sha256(f"points {ask.seed}".encode()).digest()
    return Streamed(write(Book(ask.city, Instant(ask.now - SETTLED), key, form)), TEXT, name)


async def write(book: Book) -> AsyncGenerator[bytes, None]:
    """The file, a page of records at a time."""
    form, today = book.form, today_of(book.until)
    opened = [form.opened(name, SINCE) for name in BOOKS.values()]
    yield (form.head() + "".join(opened)).encode()
    before = where(Account, "opened_at", "<=", book.until)
    for view in (CampaignSeen, Recipient):
        async for opening in pages_of(book.city, view, None):
            yield "".join(form.opened(book.name(one.id), SINCE) for one in opening).encode()
    async for accounts in pages_of(book.city, Account, before):
        rows = [form.opened(book.name(one.id), today_of(one.opened_at)) for one in accounts]
        yield "".join(rows).encode()
    async for transfers in pages_of(book.city, Transfer, where(Transfer, "at", "<=", book.until)):
        yield "".join(_moved(book, one) for one in transfers).encode()
    async for accounts in pages_of(book.city, Account, before):
        # read after the accounts, so that whatever moved one of them in the meantime is seen
        young = await _moved_since(book)
        kept = [(one.id, one.balance) for one in accounts if one.id not in young]
        yield "".join(form.kept(today, book.name(name), -amount) for name, amount in kept).encode()
    for view in (CampaignSeen, Recipient):
        async for standing in pages_of(book.city, view, None):
            young = await _moved_since(book)
            kept = [(one.id, one.stand.balance) for one in standing if one.id not in young]
            yield "".join(form.kept(today, book.name(name), -amount) for name, amount in kept).encode()


async def pages_of(city: City, view: type[Any], wanted: Filter | None) -> AsyncIterator[Sequence[Any]]:
    """Every record of a view that matches, by id, PAGE at a time."""
    after: str | None = None
    more = True
    while more:
        listing = await city.find(view, Query(q=wanted, limit=PAGE, after_id=after))
        if not listing.items:
            return
        after, more = str(listing.items[-1].id), listing.more
        yield listing.items


async def _moved_since(book: Book) -> frozenset[str]:
    """The accounts and budgets of transfers that the file does not tell any more."""
    names: set[str] = set()
    wanted = every(where(Transfer, "at", ">", book.until))
    async for transfers in pages_of(book.city, Transfer, wanted):
        names.update(name for one in transfers for name in (one.account, one.book))
    return frozenset(names)


def _moved(book: Book, one: Transfer) -> str:
    moved: Moved = one.moved
    # lots are what somebody's account gets or gives: they stand beside its side alone
    sides = [
        Posting(book.name(name), amount, one.lots if name == one.account else ())
        for name, amount in ((moved.debit, moved.amount), (moved.credit, -moved.amount))
    ]
    back = book.mark(one.reverses) if one.reverses else ""
    return book.form.moved(today_of(one.at), one, book.mark(one.id), back, sides)


def _day_after(day: str) -> str:
    """The day after one (ISO 8601)."""
    return date.fromordinal(date.fromisoformat(day).toordinal() + 1).isoformat()
