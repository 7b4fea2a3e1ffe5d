"""ポイントの交換: what points can be exchanged for, one's own orders with their state, and taking one back on its day. Works without a script."""

from __future__ import annotations

from typing import Any, Final

from kaiteki.kit.pages import Moved, PageAsk, PageReply, Shown
from kaiteki.kit.purse_pages import account_of, field_of, own
from kaiteki.kit.purses import today_of
from kaiteki.kit.views import every, ordered, where
from kaiteki.model.decision import Fault, Refused
from kaiteki.model.query import Query
from kaiteki.model.words import Words
from kaiteki.services.exchange.model import (
    DONE,
    LATE,
    MONEY,
    PENDING,
    RETURNING,
    SORTS,
    STATES,
    TICKET,
    Order,
    Reward,
)

LISTED_MAX: Final = 50
"""Rewards and orders that are listed."""
FOUR: Final = 4
TONES: Final = {PENDING: "plain", DONE: "good", LATE: "warn"}
_ORDERED: Final = Words(
    "{n}ポイントの交換を申し込みました。今日のうちは取り消せます",
    "Ordered for {n} {n|point|points}. Until the end of today you can take it back",
    "{n}ポイントの こうかんを もうしこみました。きょうは やめる ことが できます",
)
_BACK: Final = Words(
    "申し込みを取り消しました。{n}ポイントが戻りました",
    "Taken back: you have the {n} {n|point|points} again",
    "やめました。{n}ポイントが もどりました",
)
_NOT: Final = Words("いまはできません", "This is not possible now", "いまは できません")


async def show(ask: PageAsk) -> PageReply:
    """What can be had, what one has, and what one ordered."""
    return await _exchange(ask, (), {})


async def act(ask: PageAsk) -> PageReply:
    """Order, or take back what was ordered today."""
    given = {name: field_of(ask, name) for name in ("id", "reward", "partner", "to")}
    if field_of(ask, "do") == "cancel":
        form = {name: given[name] for name in ("id", "reward", "partner")}
        done, note = await ask.city.run("points.cancel_order", form), _BACK
    else:
        form = {name: given[name] for name in ("reward", "partner", "to")}
        done, note = await ask.city.run("points.place_order", form, field_of(ask, "key") or None), _ORDERED
    if isinstance(done, Refused):
        return await _exchange(ask, done.faults or (Fault("", done.code, _NOT),), given)
    return Moved("points/exchange", note.fill(ask.language, n=str(done.answer["amount"])))


async def _exchange(ask: PageAsk, faults: tuple[Fault, ...], given: dict[str, str]) -> PageReply:
    account = await own(ask)
    if account is not None and account.waits:
        account = None
    today = today_of(ask.now)
    q = every(where(Reward, "starts", "<=", today), where(Reward, "ends", ">=", today))
    found = (
        await ask.city.find(Reward, Query(q=q, order=(ordered(Reward, "price"),), limit=LISTED_MAX))
    ).items
    values = {
        "given": {"reward": "", "to": "", **given},
        "faults": faults,
        "signed_in": ask.person.signed_in,
        "account": account_of(ask, account) if account is not None else None,
        "rewards": [reward_of(ask, one) for one in found],
        "rows": await _orders(ask, account.id) if account is not None else [],
        "key": f"{ask.seed:x}",
    }
    return Shown(values, 422 if faults else 200)


def reward_of(ask: PageAsk, one: Reward) -> dict[str, Any]:
    """A reward as pages show it."""
    return {
        "reward": one,
        "name": one.name.say(ask.language),
        "kind": dict(SORTS)[one.kind].say(ask.language),
        "price": f"{one.price:,}",
        "stock": f"{one.stock:,}",
        "wants_number": one.kind == MONEY,
    }


async def _orders(ask: PageAsk, account: str) -> list[dict[str, Any]]:
    """What somebody ordered, the latest first."""
    wanted = Query(
        q=where(Order, "account", "==", account),
        order=(ordered(Order, "at", descending=True),),
        limit=LISTED_MAX,
    )
    orders = (await ask.city.find(Order, wanted)).items
    names = {name: await ask.city.get(Reward, name) for name in {one.reward for one in orders if one.reward}}
    states, today = dict(STATES), today_of(ask.now)
    rows: list[dict[str, Any]] = []
    for one in orders:
        reward = names.get(one.reward)
        rows.append(
            {
                "order": one,
                "name": reward.name.say(ask.language) if reward is not None else "",
                "amount": f"{one.amount:,}",
                "state": states[one.status].say(ask.language),
                "tone": TONES.get(one.status, "plain"),
                "code": " ".join(one.code[at : at + FOUR] for at in range(0, len(one.code), FOUR))
                if one.kind == TICKET and one.status == PENDING
                else "",
                "returned": one.status in RETURNING,
                "can_go": one.status == PENDING and one.day == today,
            }
        )
    return rows
