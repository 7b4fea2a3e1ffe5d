"""The desk of the exchange: rewards, tickets of a facility, the file of each partner and day, what partners answered, and what does not agree."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from kaiteki.kit.pages import Declined, Missing, Moved, PageAsk, PageReply, Plain, Shown
from kaiteki.kit.purse_pages import field_of, number_in
from kaiteki.kit.purses import today_of
from kaiteki.kit.views import every, ordered, where
from kaiteki.model.decision import Fault, Refused
from kaiteki.model.query import Query
from kaiteki.model.words import Words
from kaiteki.services.exchange.faults import FAULTS
from kaiteki.services.exchange.model import (
    LATE,
    SORTS,
    TICKET,
    Order,
    Reward,
    Settlement,
    mark_of,
    settlement_id,
)
from kaiteki.services.exchange.orders import ORDERS_MAX
from kaiteki.services.exchange.pages.rewards import reward_of
from kaiteki.services.exchange.settling import WHY, write_orders

LISTED_MAX: Final = 50
REWARD: Final = ("name", "name_easy", "name_en", "partner", "kind", "price", "stock", "starts", "ends")
CSV_TYPE: Final = "text/csv; charset=utf-8"
_KEPT: Final = Words("交換するものを加えました", "The reward is there", "ふやしました")
_REDEEMED: Final = Words(
    "利用券を受け取りました：{name}", "The ticket is taken: {name}", "チケットを うけとりました：{name}"
)
_SETTLED: Final = Words(
    "結果を取り込みました。反映 {n}件、合わない結果 {m}件",
    "The results are in: {n} followed, {m} that do not agree",
    "けっかを 入（い）れました。{n}こ。あわない もの {m}こ",
)
_NOT: Final = Words("いまはできません", "This is not possible now", "いまは できません")


async def show(ask: PageAsk) -> PageReply:
    """Rewards, the form of a new one, and where a ticket is taken."""
    return await _rewards(ask, (), {})


async def act(ask: PageAsk) -> PageReply:
    """Add a reward, or take a ticket."""
    given = {name: field_of(ask, name) for name in (*REWARD, "code")}
    if field_of(ask, "do") == "redeem":
        done = await ask.city.run("points.redeem", {"code": given["code"]})
        if isinstance(done, Refused):
            return await _rewards(ask, _faults(done), given)
        reward = await ask.city.get(Reward, str(done.answer["reward"]))
        name = reward.name.say(ask.language) if reward is not None else ""
        return Moved("points/desk/rewards", _REDEEMED.fill(ask.language, name=name))
    numbers = {name: number_in(given[name]) for name in ("price", "stock")}
    form = {name: value for name, value in {**given, **numbers}.items() if value != "" and name != "code"}
    done = await ask.city.run("points.keep_reward", form, field_of(ask, "key") or None)
    if isinstance(done, Refused):
        return await _rewards(ask, _faults(done), given)
    return Moved("points/desk/rewards", _KEPT.say(ask.language))


async def _rewards(ask: PageAsk, faults: tuple[Fault, ...], given: dict[str, str]) -> PageReply:
    wanted = Query(order=(ordered(Reward, "ends", descending=True),), limit=LISTED_MAX)
    values = {
        "given": {**dict.fromkeys((*REWARD, "code"), ""), **given},
        "faults": faults,
        "rows": [reward_of(ask, one) for one in (await ask.city.find(Reward, wanted)).items],
        "sorts": [(code, words.say(ask.language)) for code, words in SORTS],
        "key": f"{ask.seed:x}",
    }
    return Shown(values, 422 if faults else 200)


async def show_settlements(ask: PageAsk) -> PageReply:
    """What each partner has to answer, day by day, with what does not agree; answers that are late."""
    return await _settlements(ask, (), {})


async def act_settlements(ask: PageAsk) -> PageReply:
    """Take in what a partner answered."""
    given = {name: field_of(ask, name) for name in ("partner", "day", "text")}
    done = await ask.city.run("points.settle", {name: value for name, value in given.items() if value})
    if isinstance(done, Refused):
        return await _settlements(ask, _faults(done), given)
    said = _SETTLED.fill(ask.language, n=str(done.answer["followed"]), m=str(done.answer["differences"]))
    return Moved("points/desk/settlements", said)


async def _settlements(ask: PageAsk, faults: tuple[Fault, ...], given: dict[str, str]) -> PageReply:
    wanted = Query(order=(ordered(Settlement, "day", descending=True),), limit=LISTED_MAX)
    late = Query(q=where(Order, "status", "==", LATE), order=(ordered(Order, "due_at"),), limit=LISTED_MAX)
    values = {
        "given": {"partner": "", "day": "", "text": "", **given},
        "faults": faults,
        "rows": [_settlement_of(ask, one) for one in (await ask.city.find(Settlement, wanted)).items],
        "late": [
            {"order": one, "mark": mark_of(one.id), "amount": f"{one.amount:,}"}
            for one in (await ask.city.find(Order, late)).items
        ],
    }
    return Shown(values, 422 if faults else 200)


def _settlement_of(ask: PageAsk, one: Settlement) -> dict[str, Any]:
    """A day of a partner as the page shows it."""
    return {
        "one": one,
        "amount": f"{one.amount:,}",
        "done_amount": f"{one.done_amount:,}",
        "open": one.orders - one.done - one.back,
        "is_over": one.day < today_of(ask.now),
        "differences": [(row.order, WHY[row.why].say(ask.language)) for row in one.differences],
    }


async def settlement_file(ask: PageAsk) -> PageReply:
    """The orders of a partner on a day that is over, as CSV with control sums: for staff, and for the machine account of the partner's link."""
    partner, day = ask.path["partner"], ask.path["day"]
    try:
        date.fromisoformat(day)
    except ValueError:
        return Missing()
    kept = await ask.city.get(Settlement, settlement_id(partner, day))
    if kept is None:
        return Missing()
    if day >= today_of(ask.now):
        return Declined((Fault("day", "day_not_over", FAULTS["day_not_over"]),), 409)
    q = every(where(Order, "partner", "==", partner), where(Order, "day", "==", day))
    orders: list[Order] = []
    after: str | None = None
    while True:
        found = await ask.city.find(Order, Query(q=q, limit=LISTED_MAX * 10, after_id=after))
        orders += [one for one in found.items if one.kind != TICKET and one.status != "cancelled"]
        if not found.more or len(orders) > ORDERS_MAX:
            break
        after = found.items[-1].id
    rewards = {
        name: await ask.city.get(Reward, name) for name in {one.reward for one in orders if one.reward}
    }
    rows = [
        (one, reward.name.ja if (reward := rewards.get(one.reward)) is not None else "") for one in orders
    ]
    return Plain(write_orders(rows), CSV_TYPE, f"{partner}-{day}.csv")


def _faults(done: Refused) -> tuple[Fault, ...]:
    return done.faults or (Fault("", done.code, _NOT),)
