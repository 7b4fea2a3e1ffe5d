"""シティポイント: what one has and until when, where it came from, and for what points are given. Works without a script."""

from __future__ import annotations

from typing import Any, Final

from kaiteki.kit.pages import Moved, PageAsk, PageReply, Shown
from kaiteki.kit.views import every, ordered, where
from kaiteki.model.decision import Refused
from kaiteki.model.query import Query
from kaiteki.model.words import Words
from kaiteki.services.points.donations import Recipient
from kaiteki.services.points.exchange import Reward
from kaiteki.services.points.model import (
    BY_TASK,
    FIELDS,
    KINDS,
    Account,
    Campaign,
    Transfer,
    grouped,
    over_after,
    today_of,
)

LISTED_MAX: Final = 50
"""Transfers that are listed, the latest; campaigns as well."""
SECOND: Final = 1_000_000
_OPENED: Final = Words(
    "ポイントをはじめました。番号は{number}です",
    "Your account is open. Its number is {number}",
    "ポイントを はじめました。ばんごうは {number} です",
)


async def show(ask: PageAsk) -> PageReply:
    """The account of whoever asks, and the campaigns that run."""
    account = await own(ask)
    waiting = account.balance if account is not None and account.waits else 0
    if account is not None and account.waits:
        account = None
    values: dict[str, Any] = {
        "signed_in": ask.person.signed_in,
        "waiting": waiting,
        "account": account_of(ask, account) if account is not None else None,
        "rows": await rows_of(ask, account) if account is not None else [],
        "campaigns": [campaign_of(ask, one) for one in await running(ask)],
        "listed_max": LISTED_MAX,
    }
    return Shown(values)


async def act(ask: PageAsk) -> PageReply:
    """Open an account."""
    done = await ask.city.run("points.open", {})
    if isinstance(done, Refused):
        return Moved("sign-in?next=points")
    return Moved("points", _OPENED.fill(ask.language, number=grouped(str(done.answer["number"]))))


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
    names = {
        one.id: one.name
        for one in [
            await ask.city.get(_sort_of(campaign), campaign)
            for campaign in dict.fromkeys(row.campaign for row in found if row.campaign)
        ]
        if one is not None
    }
    kinds = dict(KINDS)
    return [
        {
            "transfer": row,
            "kind": kinds[row.kind].say(ask.language) if row.kind in kinds else row.kind,
            "what": names[row.campaign].say(ask.language) if row.campaign in names else "",
            "amount": f"{row.amount:+,}",
            "tone": "good" if row.amount > 0 else "plain",
        }
        for row in found
    ]


def _sort_of(what: str) -> type[Recipient | Reward | Campaign]:
    """The view of what a transfer was for."""
    if ":PointRecipient:" in what:
        return Recipient
    return Reward if ":PointReward:" in what else Campaign


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


async def running(ask: PageAsk) -> list[Campaign]:
    """The campaigns that run today."""
    today = today_of(ask.now)
    q = every(where(Campaign, "starts", "<=", today), where(Campaign, "ends", ">=", today))
    found = await ask.city.find(Campaign, Query(q=q, order=(ordered(Campaign, "ends"),), limit=LISTED_MAX))
    return list(found.items)


def campaign_of(ask: PageAsk, one: Campaign) -> dict[str, Any]:
    """A campaign as pages show it."""
    fields = dict(FIELDS)
    return {
        "campaign": one,
        "name": one.name.say(ask.language),
        "field": fields[one.field].say(ask.language) if one.field in fields else one.field,
        "by_task": one.earned == BY_TASK,
        "is_spent": one.left < one.amount,
        "given": f"{one.budget - one.left:,}",
        "budget": f"{one.budget:,}",
        "left": f"{one.left:,}",
    }
