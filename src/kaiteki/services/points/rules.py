"""What may happen with an account of points: it is opened, what is over is taken off, and it is nobody's once its holder is erased."""

from __future__ import annotations

from typing import Final

import msgspec

from kaiteki.kit.ledger import expire
from kaiteki.kit.manifest import State
from kaiteki.kit.purses import (
    EXPIRED,
    EXPIRY,
    Account,
    Transfer,
    account_id,
    number_of,
    stood,
    today_of,
    transfer_id,
)
from kaiteki.model.decision import Accepted, Asked, Refused


class Open(msgspec.Struct, frozen=True):
    """Open an account of one's own."""


EXPIRING: Final = "overAt<={now}"
"""The accounts of which something is over."""


def open_account(state: State, form: Open, asked: Asked) -> Accepted | Refused:
    """Open an account; whoever has one keeps it."""
    number = number_of(asked.area, asked.owner)
    there = state.get(account_id(number))
    if isinstance(there, Account):
        opened = (msgspec.structs.replace(there, waits=False),) if there.waits else ()
        return (
            Accepted(opened, answer={"number": number})
            if there.holder == asked.owner
            else Refused("conflict")
        )
    made = Account(account_id(number), number, asked.now, asked.owner)
    return Accepted((made,), answer={"number": number})


def let_expire(state: State, account: Account, asked: Asked) -> Accepted | Refused:
    """What is over goes to the book of what expired, by a transfer."""
    posted = expire(account.id, account.stand, EXPIRED, today_of(asked.now))
    if posted is None:
        return Accepted()
    if isinstance(posted, Refused):
        return posted
    moved = posted.moved[0]
    gone = Transfer(
        transfer_id(asked.area, f"expiry {account.id} {moved.lots[-1].until} {asked.now}"),
        account.id,
        EXPIRED,
        -moved.amount,
        EXPIRY,
        asked.now,
        account.holder,
        lots=moved.lots,
    )
    return Accepted((stood(account, posted.stands[account.id]), gone))


def unnamed_account(account: Account, ids: frozenset[str], asked: Asked) -> Account:
    """The account of somebody who is erased is nobody's: what is left in it expires as it would have."""
    return msgspec.structs.replace(account, holder="", tallies=())


def unnamed_transfer(one: Transfer, ids: frozenset[str], asked: Asked) -> Transfer:
    """A transfer of somebody who is erased: the sums stay, whose they were and why they were taken back goes."""
    return msgspec.structs.replace(one, holder="", why="")
