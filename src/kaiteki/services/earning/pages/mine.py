"""シティポイント: what one has and until when, where it came from, and for what points are given. Works without a script."""

from __future__ import annotations

from typing import Any, Final

from kaiteki.kit.pages import Moved, PageAsk, PageReply, Shown
from kaiteki.kit.purse_pages import LISTED_MAX, account_of, own, rows_of
from kaiteki.kit.purses import grouped, today_of
from kaiteki.kit.views import every, ordered, where
from kaiteki.model.decision import Refused
from kaiteki.model.query import Query
from kaiteki.model.words import Words
from kaiteki.services.earning.model import BY_TASK, FIELDS, Campaign

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
