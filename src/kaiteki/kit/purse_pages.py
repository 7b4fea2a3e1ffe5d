"""What pages show of a purse: whose it is, what it has and until when, its latest transfers; and what was typed into a field."""

from __future__ import annotations

from typing import Any, Final

from kaiteki.kit.pages import PageAsk
from kaiteki.kit.purses import KINDS, Account, Transfer, grouped, over_after
from kaiteki.kit.views import ordered, where
from kaiteki.model.query import Query

LISTED_MAX: Final = 50
"""Transfers that are listed, the latest."""
SECOND: Final = 1_000_000


async def own(ask: PageAsk) -> Account | None:
    """The account of whoever asks."""
    if not ask.person.signed_in:
        return None
    mine = where(Account, "holder", "==", tuple(sorted(ask.city.owned)))
    found = await ask.city.find(Account, Query(q=mine, limit=1))
    return found.items[0] if found.items else None


async def rows_of(ask: PageAsk, account: Account) -> list[dict[str, Any]]:
    """The latest transfers of an account, the newest first."""
    wanted = Query(
        q=where(Transfer, "account", "==", account.id),
        order=(ordered(Transfer, "at", descending=True),),
        limit=LISTED_MAX,
    )
    found = (await ask.city.find(Transfer, wanted)).items
    names = await ask.city.named(tuple(dict.fromkeys(row.campaign for row in found if row.campaign)))
    kinds = dict(KINDS)
    return [
        {
            "transfer": row,
            "kind": kinds[row.kind].say(ask.language) if row.kind in kinds else row.kind,
            "what": names[row.campaign].title if row.campaign in names else "",
            "amount": f"{row.amount:+,}",
            "tone": "good" if row.amount > 0 else "plain",
        }
        for row in found
    ]


def account_of(ask: PageAsk, account: Account) -> dict[str, Any]:
    """An account as pages show it: the balance, and how much is over when."""
    months: dict[str, int] = {}
    for lot in account.lots:
        months[lot.until] = months.get(lot.until, 0) + lot.amount
    expiring = [
        {"at": over - SECOND, "amount": f"{amount:,}"}
        for until, amount in sorted(months.items())
        if (over := over_after(until)) is not None
    ]
    return {
        "account": account,
        "number": grouped(account.number),
        "balance": f"{account.balance:,}",
        "expiring": expiring,
    }


def field_of(ask: PageAsk, name: str) -> str:
    """What was typed in a field."""
    return (ask.fields.get(name) or [""])[0].strip()


def number_in(text: str) -> int | str:
    """A whole number that was typed, also in full width; else the text, which the form refuses at its field."""
    return int(text) if text.isdecimal() and len(text) <= 12 else text
