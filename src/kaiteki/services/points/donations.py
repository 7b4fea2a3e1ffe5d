"""Points are given on to non-profits: those who may be given to, giving, taking it back on the same day, and what the city pays out.

    account ──n──► recipient (kept, ≥ 0)      a donation; on the same day its giver may take it back: the very lots return
    recipient ──all that is held──► book:paid     what the city has paid for in money, by a transfer

Whom somebody gave to is sealed where it is said in words; the recipient's side of the transfer stays, so that all adds up.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Final

import msgspec

from kaiteki.kit.forms import Label
from kaiteki.kit.ledger import Stand, Wanted, post, reversal
from kaiteki.kit.manifest import State
from kaiteki.kit.purses import (
    DONATION,
    PAID,
    PAYOUT,
    REVERSAL,
    Account,
    Transfer,
    own_account,
    stood,
    today_of,
)
from kaiteki.kit.views import fresh_id
from kaiteki.model.decision import Accepted, Asked, Refused
from kaiteki.model.faults import refuse_field
from kaiteki.model.words import Words
from kaiteki.services.points.faults import refuse

_WHOM: Final = Words("寄付先", "Recipient", "きふする ところ")
_NAME: Final = Words("名前", "Name (Japanese)", "なまえ")
_NAME_EN: Final = Words("英語の名前", "Name (English)", "えいごの なまえ")
_ABOUT: Final = Words("何に使われるか", "What it is used for (Japanese)", "なにに つかうか")
_ABOUT_EN: Final = Words(
    "何に使われるか（英語）", "What it is used for (English)", "なにに つかうか（えいご）"
)
ENDS: Final = Words("終了日", "To", "おわり")
_STARTS: Final = Words("開始日", "From", "はじまり")


class Recipient(msgspec.Struct, frozen=True):
    """A non-profit that points can be given to. `held` is what it was given and was not paid for yet, `received` all that it was given."""

    id: str
    name: Annotated[Words, Label(Words("名前", "Name", "なまえ"))]
    about: Annotated[Words, Label(Words("何に使われるか", "What it is used for", "なにに つかうか"))]
    starts: Annotated[str, Label(_STARTS)]
    ends: Annotated[str, Label(ENDS)]
    held: Annotated[int, Label(Words("これから支払う分", "Not paid yet", "これから はらう ぶん"))] = 0
    received: Annotated[int, Label(Words("寄付された合計", "Given in all", "ぜんぶで"))] = 0

    @property
    def stand(self) -> Stand:
        """What the ledger knows of it: an account without lots."""
        return Stand(self.held)


class KeepRecipient(msgspec.Struct, frozen=True):
    """A new recipient."""

    name: Annotated[str, Label(_NAME), msgspec.Meta(max_length=60)]
    name_en: Annotated[str, Label(_NAME_EN), msgspec.Meta(max_length=80)]
    about: Annotated[str, Label(_ABOUT), msgspec.Meta(max_length=200)]
    about_en: Annotated[str, Label(_ABOUT_EN), msgspec.Meta(max_length=300)]
    starts: Annotated[date, Label(_STARTS)]
    ends: Annotated[date, Label(ENDS)]


class Donate(msgspec.Struct, frozen=True):
    """Give points of one's own to a recipient."""

    recipient: Annotated[str, Label(_WHOM), msgspec.Meta(max_length=200)]
    amount: Annotated[int, Label(Words("ポイント", "Points", "ポイント")), msgspec.Meta(ge=1, le=1_000_000)]


class UndoDonation(msgspec.Struct, frozen=True):
    """Take a donation of today back. The recipient stands in the form, so that all is loaded at once."""

    id: Annotated[str, msgspec.Meta(max_length=200)]
    recipient: Annotated[str, msgspec.Meta(max_length=200)]


class PayOut(msgspec.Struct, frozen=True):
    """The city has paid a recipient for what it holds: for just so many points as the clerk saw."""

    recipient: Annotated[str, Label(_WHOM), msgspec.Meta(max_length=200)]
    held: Annotated[
        int,
        Label(Words("支払ったポイント", "Points that were paid for", "はらった ポイント")),
        msgspec.Meta(ge=1, le=1_000_000_000),
    ]


def keep_recipient(state: State, form: KeepRecipient, asked: Asked) -> Accepted | Refused:
    """A new recipient, with nothing."""
    if form.ends < form.starts:
        return refuse_field("invalid", "ends", ENDS)
    one = Recipient(
        fresh_id("PointRecipient", asked),
        Words(form.name, form.name_en),
        Words(form.about, form.about_en),
        form.starts.isoformat(),
        form.ends.isoformat(),
    )
    return Accepted((one,), answer={"id": one.id})


def donate_needs(form: Donate, asked: Asked) -> Sequence[str]:
    """One's own account, and the recipient."""
    return (own_account(asked), form.recipient)


def donate(state: State, form: Donate, asked: Asked) -> Accepted | Refused:
    """Give points on: those that expire first go first."""
    account, recipient = state.get(own_account(asked)), state.get(form.recipient)
    if not isinstance(account, Account) or account.waits or account.holder != asked.owner:
        return refuse("no_own_account", "recipient")
    if not isinstance(recipient, Recipient):
        return refuse("no_recipient", "recipient")
    today = today_of(asked.now)
    if not recipient.starts <= today <= recipient.ends:
        return refuse("no_recipient", "recipient")
    stands = {account.id: account.stand, recipient.id: recipient.stand}
    posted = post(stands, (Wanted(account.id, recipient.id, form.amount, DONATION),), today)
    if isinstance(posted, Refused):
        return refuse("too_little", "amount") if posted.code == "insufficient" else posted
    kept = Transfer(
        fresh_id("PointTransfer", asked),
        account.id,
        recipient.id,
        -form.amount,
        DONATION,
        asked.now,
        account.holder,
        recipient.id,
        lots=posted.moved[0].lots,
    )
    after = stood(account, posted.stands[account.id])
    grown = _held(recipient, posted.stands[recipient.id], form.amount)
    return Accepted((after, grown, kept), answer={"id": kept.id, "amount": form.amount})


def undo_needs(form: UndoDonation, asked: Asked) -> Sequence[str]:
    """The donation, what takes it back where that is there, one's own account, and the recipient."""
    return (form.id, f"{form.id}:back", own_account(asked), form.recipient)


def undo_donation(state: State, form: UndoDonation, asked: Asked) -> Accepted | Refused:
    """Take a donation of the same day back, once and whole: the very lots return."""
    first, account, recipient = (state.get(one) for one in (form.id, own_account(asked), form.recipient))
    if not isinstance(first, Transfer) or not isinstance(account, Account):
        return Refused("not_found")
    if not isinstance(recipient, Recipient) or account.holder != asked.owner:
        return Refused("not_found")
    if (first.kind, first.account, first.book) != (DONATION, account.id, recipient.id):
        return Refused("not_found")
    today = today_of(asked.now)
    if f"{first.id}:back" in state or today_of(first.at) != today:
        return refuse("given_for_good", "id")
    stands = {account.id: account.stand, recipient.id: recipient.stand}
    wanted = reversal(first.moved, stands, today, REVERSAL)
    if wanted is None or wanted.amount != -first.amount:
        return refuse("given_for_good", "id")
    posted = post(stands, (wanted,), today)
    if isinstance(posted, Refused):
        return posted
    back = Transfer(
        f"{first.id}:back",
        account.id,
        recipient.id,
        wanted.amount,
        REVERSAL,
        asked.now,
        account.holder,
        recipient.id,
        first.id,
        posted.moved[0].lots,
    )
    after = stood(account, posted.stands[account.id])
    less = _held(recipient, posted.stands[recipient.id], -wanted.amount)
    return Accepted((after, less, back), answer={"id": back.id, "amount": wanted.amount})


def pay_out(state: State, form: PayOut, asked: Asked) -> Accepted | Refused:
    """What a recipient holds was paid for: all of it, as it was seen. What came since stays, and is said."""
    recipient = state.get(form.recipient)
    if not isinstance(recipient, Recipient):
        return refuse("no_recipient", "recipient")
    if recipient.held < form.held:
        return refuse("paid_before", "held")
    stands = {recipient.id: recipient.stand}
    posted = post(stands, (Wanted(recipient.id, PAID, form.held, PAYOUT),), today_of(asked.now))
    if isinstance(posted, Refused):
        return posted
    paid = Transfer(
        fresh_id("PointTransfer", asked), recipient.id, PAID, -form.held, PAYOUT, asked.now, lots=()
    )
    less = _held(recipient, posted.stands[recipient.id], 0)
    return Accepted((less, paid), answer={"id": paid.id, "amount": form.held, "held": less.held})


def _held(recipient: Recipient, stand: Stand, more: int) -> Recipient:
    """A recipient as the ledger leaves it."""
    return msgspec.structs.replace(recipient, held=stand.balance, received=recipient.received + more)
