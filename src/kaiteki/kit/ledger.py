"""The ledger shape (元帳): stands, lots that expire, and transfers that are never changed. Decision record 0055.

Pure, in whole numbers. A transfer takes an amount from one account (debit) and gives it to another (credit), so the sum over all accounts is
always 0. An account either is a stand that is kept, and never below what it may be, or a book of the issuer, which is nowhere kept: its
balance is the sum of the transfers that name it, so that nothing waits for it however many there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from kaiteki.model.decision import Refused, digest_of
from kaiteki.model.instant import Instant

LOTS_MAX: Final = 64
"""Lots of one stand. Amounts of one last day are one lot, so whoever lets points expire at the end of a month never comes near it."""
AMOUNT_MAX: Final = 1_000_000_000
CHAIN_MAX: Final = 20
"""Transfers that are linked: all are kept, or none."""
BOOK: Final = "book:"
"""How the name of a book of the issuer begins."""
NEVER: Final = "9999-12-31"
"""The last day of a lot that does not expire."""


class Lot(msgspec.Struct, frozen=True):
    """Points that expire together. `until` is the last day in Japan (ISO 8601) on which they can be spent."""

    until: str
    amount: int


class Stand(msgspec.Struct, frozen=True):
    """Where an account stands that is kept. `lots` is None for one whose points do not expire (a budget).

    The balance is that of the lots, else `balance`; it never falls below 0.
    """

    balance: int = 0
    lots: tuple[Lot, ...] | None = None


class Wanted(msgspec.Struct, frozen=True):
    """A transfer that is wanted. `until` is the last day of what it gives to a stand with lots, `lots` are these themselves where they
    are known (what was held goes back as it was). `carried`: the lots that the transfer before it in the chain took."""

    debit: str
    credit: str
    amount: int
    kind: str
    until: str = NEVER
    lots: tuple[Lot, ...] = ()
    carried: bool = False


class Moved(msgspec.Struct, frozen=True):
    """A transfer that was decided: the wish, and the lots that it took or gave."""

    debit: str
    credit: str
    amount: int
    kind: str
    lots: tuple[Lot, ...] = ()


class Posted(msgspec.Struct, frozen=True):
    """A chain of transfers that was decided, with the stands that it leaves, by name: only those that it touched."""

    moved: tuple[Moved, ...]
    stands: Mapping[str, Stand]


def post(
    stands: Mapping[str, Stand], chain: Sequence[Wanted], today: str, *, lapsed_too: bool = False
) -> Posted | Refused:
    """Decide linked transfers over the stands that they name, as these are now: all of them, or none.

    Refused: invalid (an amount that is none, one account twice, too long a chain), not_found (neither a stand nor a book),
    insufficient (less is there than is taken; what expired before `today` counts only where `lapsed_too`), too_many (lots).
    """
    if not 0 < len(chain) <= CHAIN_MAX:
        return Refused("invalid")
    left, moved = dict(stands), list[Moved]()
    for wanted in chain:
        before = moved[-1].lots if wanted.carried and moved else ()
        one = _move(left, msgspec.structs.replace(wanted, lots=before or wanted.lots), today, lapsed_too)
        if isinstance(one, Refused):
            return one
        moved.append(one)
    return Posted(tuple(moved), {name: one for name, one in left.items() if one is not stands[name]})


def _move(left: dict[str, Stand], wanted: Wanted, today: str, lapsed_too: bool) -> Moved | Refused:
    """One transfer on what the chain left before it; `left` is changed where it is not refused."""
    lots_sum = sum(lot.amount for lot in wanted.lots)
    if not 0 < wanted.amount <= AMOUNT_MAX or wanted.debit == wanted.credit:
        return Refused("invalid")
    if wanted.lots and lots_sum != wanted.amount:
        return Refused("invalid")
    if any(name not in left and not name.startswith(BOOK) for name in (wanted.debit, wanted.credit)):
        return Refused("not_found")
    lots = wanted.lots
    payer, payee = left.get(wanted.debit), left.get(wanted.credit)
    if payer is not None:
        paid = _pay(payer, wanted.amount, "" if lapsed_too else today)
        if paid is None:
            return Refused("insufficient")
        payer, taken = paid
        lots = lots or taken
    if payee is not None:
        if payee.lots is not None and not lots:
            lots = (Lot(wanted.until, wanted.amount),)
        got = _get(payee, wanted.amount, lots)
        if got is None:
            return Refused("too_many")
        left[wanted.credit] = got
    if payer is not None:
        left[wanted.debit] = payer
    return Moved(wanted.debit, wanted.credit, wanted.amount, wanted.kind, lots)


def _pay(stand: Stand, amount: int, today: str) -> tuple[Stand, tuple[Lot, ...]] | None:
    """What a stand leaves when it pays, and the lots that went: those that expire first. None where it has too little."""
    if stand.lots is None:
        return (
            (msgspec.structs.replace(stand, balance=stand.balance - amount), ())
            if stand.balance >= amount
            else None
        )
    kept, taken, owed = list[Lot](), list[Lot](), amount
    for lot in stand.lots:
        part = 0 if lot.until < today else min(lot.amount, owed)
        owed -= part
        if part:
            taken.append(Lot(lot.until, part))
        if lot.amount > part:
            kept.append(Lot(lot.until, lot.amount - part) if part else lot)
    return (Stand(stand.balance - amount, tuple(kept)), tuple(taken)) if owed == 0 else None


def _get(stand: Stand, amount: int, lots: Iterable[Lot]) -> Stand | None:
    """What a stand has when it is paid; None where it would have too many lots."""
    if stand.lots is None:
        return msgspec.structs.replace(stand, balance=stand.balance + amount)
    by_day = {lot.until: lot.amount for lot in stand.lots}
    for lot in lots:
        by_day[lot.until] = by_day.get(lot.until, 0) + lot.amount
    merged = tuple(Lot(until, by_day[until]) for until in sorted(by_day))
    return Stand(stand.balance + amount, merged) if len(merged) <= LOTS_MAX else None


def spendable(stand: Stand, today: str) -> int:
    """What can be spent of a stand on a day."""
    return (
        stand.balance if stand.lots is None else sum(lot.amount for lot in stand.lots if lot.until >= today)
    )


def lapsed(stand: Stand, today: str) -> tuple[Lot, ...]:
    """The lots of a stand that are over on a day: a transfer to the book of what expired takes them away."""
    return tuple(lot for lot in stand.lots or () if lot.until < today)


def expire(name: str, stand: Stand, book: str, today: str) -> Posted | Refused | None:
    """The transfer that takes away what is over; None where nothing is."""
    gone = lapsed(stand, today)
    if not gone:
        return None
    amount = sum(lot.amount for lot in gone)
    # the lots that are over are those that expire first, so they are what is taken
    return post({name: stand}, (Wanted(name, book, amount, "expiry"),), today, lapsed_too=True)


def reversal(one: Moved, stands: Mapping[str, Stand], today: str, kind: str = "reversal") -> Wanted | None:
    """The transfer that takes one back. A stand gives back what it still has, so that none falls below 0: the answer may be of less than
    there was, and is None where nothing is left. What goes back to a stand with lots expires as what it gave; of less than the whole
    those lots return that expire last, since whoever had them spent first what expires first."""
    holder = stands.get(one.credit)
    amount = min(one.amount, spendable(holder, today)) if holder is not None else one.amount
    returns = stands.get(one.debit)
    lots = _last(one.lots, amount) if returns is not None and returns.lots is not None else ()
    return Wanted(one.credit, one.debit, amount, kind, lots=lots) if amount else None


def _last(lots: Sequence[Lot], amount: int) -> tuple[Lot, ...]:
    """So much of lots as expires last, in the order of their days."""
    kept, owed = list[Lot](), amount
    for lot in sorted(lots, key=lambda lot: lot.until, reverse=True):
        part = min(lot.amount, owed)
        owed -= part
        if part:
            kept.append(Lot(lot.until, part))
    return tuple(reversed(kept))


def transfer_name(area: str, key: str) -> str:
    """The mark of a transfer that is made once for an idempotency key: whoever asks again meets the one that is there."""
    return digest_of(area, key)[:32]


def balance_of(name: str, transfers: Iterable[Moved]) -> int:
    """The balance of any account, a book too, as the transfers have it: what it was credited less what it was debited."""
    return sum((one.credit == name) * one.amount - (one.debit == name) * one.amount for one in transfers)


class Tally(msgspec.Struct, frozen=True):
    """What came in of one sort (a campaign): on a day, in all, how often that day, and when last. For caps, in the decision itself."""

    sort: str
    day: str
    day_amount: int
    amount: int
    day_count: int = 0
    at: Instant = Instant(0)


def tallied(tallies: Sequence[Tally], sort: str, amount: int, today: str, at: Instant) -> Tally:
    """The tally of a sort with one more amount."""
    old = next((one for one in tallies if one.sort == sort), Tally(sort, today, 0, 0))
    fresh = old.day != today
    return Tally(
        sort,
        today,
        amount + (0 if fresh else old.day_amount),
        old.amount + amount,
        1 + (0 if fresh else old.day_count),
        at,
    )
