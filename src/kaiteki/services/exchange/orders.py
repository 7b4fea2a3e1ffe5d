"""What may happen with rewards and orders: keep, order, take back on its day, redeem a ticket, answers that are late, points that return."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import msgspec

from kaiteki.kit.joining import seen_as
from kaiteki.kit.ledger import Wanted, post, reversal
from kaiteki.kit.letters import read_letters
from kaiteki.kit.manifest import Job, Reaction, State
from kaiteki.kit.purses import EXCHANGED, HELD, REVERSAL, Account, Transfer, own_account, stood, today_of
from kaiteki.kit.views import fresh_id
from kaiteki.model.decision import Accepted, Asked, Message, Refused
from kaiteki.model.faults import refuse_field
from kaiteki.model.said import local_day_start, local_time
from kaiteki.model.words import Words
from kaiteki.services.exchange.faults import refuse
from kaiteki.services.exchange.model import (
    CANCELLED,
    DONE,
    EXCHANGE,
    HOLD,
    LAPSED,
    LATE,
    MONEY,
    PENDING,
    RETURNING,
    TICKET,
    CancelOrder,
    KeepReward,
    Order,
    PlaceOrder,
    Redeem,
    Reward,
    Settings,
    Settlement,
    code_in,
    hold_id,
    new_code,
    order_id,
    settlement_id,
)

LETTERS: Final = read_letters("kaiteki.services.exchange")
ENDS: Final = Words("終了日", "To", "おわり")
ORDERS_MAX: Final = 2000
"""Orders of one partner on one day; the next day goes on."""
LATE_EVERY_S: Final = 3600
_TO: Final = Words("電子マネーの番号", "Number of your electronic money", "でんし マネーの ばんごう")


def keep_reward(state: State, form: KeepReward, asked: Asked) -> Accepted | Refused:
    """A new reward."""
    if form.ends < form.starts:
        return refuse_field("invalid", "ends", ENDS)
    one = Reward(
        fresh_id("PointReward", asked),
        Words(form.name, form.name_en, form.name_easy),
        form.partner,
        form.kind,
        form.price,
        form.stock,
        form.starts.isoformat(),
        form.ends.isoformat(),
    )
    return Accepted((one,), answer={"id": one.id})


def order_needs(form: PlaceOrder, asked: Asked) -> Sequence[str]:
    """One's own account, the reward, and what the partner has to answer of today."""
    return (own_account(asked), form.reward, settlement_id(form.partner, today_of(asked.now)))


def place_order(state: State, form: PlaceOrder, asked: Asked) -> Accepted | Refused:
    """Order a reward: its points are set aside, those that expire first, and one of the stock is taken."""
    account, today = state.get(own_account(asked)), today_of(asked.now)
    if not isinstance(account, Account) or account.waits or account.holder != asked.owner:
        return refuse("no_own_account", "reward")
    reward = _wanted(state, form, today)
    if isinstance(reward, Refused):
        return reward
    day = _day_of(state, reward.partner, today)
    if day.orders >= ORDERS_MAX:
        return refuse("full_day", "reward")
    posted = post({account.id: account.stand}, (Wanted(account.id, HELD, reward.price, HOLD),), today)
    if isinstance(posted, Refused):
        return refuse("too_little", "reward") if posted.code == "insufficient" else posted
    code = new_code(asked)
    due = local_time(asked.now).date() + timedelta(days=seen_as(Settings, asked.settings).order_days + 1)
    one = Order(
        order_id(asked.area, code),
        account.id,
        reward.partner,
        reward.kind,
        reward.price,
        today,
        asked.now,
        local_day_start(due),
        account.holder,
        reward.id,
        form.to.strip() if reward.kind == MONEY else "",
        code if reward.kind == TICKET else "",
    )
    held = Transfer(
        hold_id(one.id),
        account.id,
        HELD,
        -one.amount,
        HOLD,
        asked.now,
        account.holder,
        reward.id,
        lots=posted.moved[0].lots,
    )
    less = msgspec.structs.replace(reward, stock=reward.stock - 1)
    more = msgspec.structs.replace(day, orders=day.orders + 1, amount=day.amount + one.amount)
    kept = () if reward.kind == TICKET else (more,)
    answer = {"id": one.id, "amount": one.amount, "code": one.code}
    return Accepted((stood(account, posted.stands[account.id]), less, one, held, *kept), answer=answer)


def _day_of(state: State, partner: str, today: str) -> Settlement:
    """What a partner has to answer of a day so far."""
    there = state.get(settlement_id(partner, today))
    if isinstance(there, Settlement):
        return there
    return Settlement(settlement_id(partner, today), partner, today)


def _wanted(state: State, form: PlaceOrder, today: str) -> Reward | Refused:
    """The reward that is ordered, or why it cannot be had."""
    reward = state.get(form.reward)
    if not isinstance(reward, Reward) or reward.partner != form.partner:
        return refuse("no_reward", "reward")
    if not reward.starts <= today <= reward.ends:
        return refuse("no_reward", "reward")
    if reward.stock < 1:
        return refuse("no_stock", "reward")
    if reward.kind == MONEY and not form.to.strip():
        return refuse_field("missing", "to", _TO)
    return reward


def cancel_needs(form: CancelOrder, asked: Asked) -> Sequence[str]:
    """The order, what set its points aside and what gives them back, the account, the reward, the day."""
    held = hold_id(form.id)
    today = today_of(asked.now)
    return (
        form.id,
        held,
        f"{held}:back",
        own_account(asked),
        form.reward,
        settlement_id(form.partner, today),
    )


def cancel_order(state: State, form: CancelOrder, asked: Asked) -> Accepted | Refused:
    """Take an order back on its day, before the partner is told of it."""
    one, account = state.get(form.id), state.get(own_account(asked))
    if not isinstance(one, Order) or not isinstance(account, Account) or one.account != account.id:
        return Refused("not_found")
    if (one.reward, one.partner) != (form.reward, form.partner):
        return Refused("not_found")
    if one.status != PENDING or one.day != today_of(asked.now):
        return refuse("ordered_for_good", "id")
    returned = _returned(state, one, asked)
    if isinstance(returned, Refused):
        return returned
    day = state.get(settlement_id(one.partner, one.day))
    less = (
        (msgspec.structs.replace(day, back=day.back + 1),)
        if isinstance(day, Settlement) and one.kind != TICKET
        else ()
    )
    ended = msgspec.structs.replace(one, status=CANCELLED)
    return Accepted((*returned, ended, *less), answer={"id": one.id, "amount": one.amount})


def _returned(state: State, one: Order, asked: Asked) -> tuple[msgspec.Struct, ...] | Refused:
    """What is kept when the points of an order go back, as the very lots: the account, the transfer, one more in stock."""
    held, account, reward = state.get(hold_id(one.id)), state.get(one.account), state.get(one.reward)
    if not isinstance(held, Transfer) or not isinstance(account, Account) or f"{held.id}:back" in state:
        return Refused("conflict")
    stands = {account.id: account.stand}
    wanted = reversal(held.moved, stands, today_of(asked.now), REVERSAL)
    if wanted is None:
        return Refused("conflict")
    posted = post(stands, (wanted,), today_of(asked.now))
    if isinstance(posted, Refused):
        return posted
    back = Transfer(
        f"{held.id}:back",
        account.id,
        HELD,
        wanted.amount,
        REVERSAL,
        asked.now,
        account.holder,
        held.campaign,
        held.id,
        posted.moved[0].lots,
    )
    more = (msgspec.structs.replace(reward, stock=reward.stock + 1),) if isinstance(reward, Reward) else ()
    return (stood(account, posted.stands[account.id]), back, *more)


def paid(one: Order, asked: Asked) -> Transfer:
    """The transfer by which the points of an order are spent."""
    name = f"{hold_id(one.id)}:post"
    return Transfer(name, HELD, EXCHANGED, -one.amount, EXCHANGE, asked.now, reverses="")


def redeem_needs(form: Redeem, asked: Asked) -> Sequence[str]:
    """The order with the code."""
    return (order_id(asked.area, code_in(form.code)),)


def redeem(state: State, form: Redeem, asked: Asked) -> Accepted | Refused:
    """The desk of a facility takes a ticket, once."""
    code = code_in(form.code)
    one = state.get(order_id(asked.area, code))
    if not isinstance(one, Order) or one.kind != TICKET or one.code != code:
        return refuse("no_ticket", "code")
    if one.status == DONE:
        return refuse("used_ticket", "code")
    if one.status != PENDING or one.due_at <= asked.now:
        return refuse("old_ticket", "code")
    done = msgspec.structs.replace(one, status=DONE)
    return Accepted(
        (done, paid(one, asked)),
        messages=told("order_done", one),
        answer={"id": one.id, "reward": one.reward},
    )


def let_late(state: State, one: Order, asked: Asked) -> Accepted | Refused:
    """What nobody answered in time: a ticket lapses and its points return; of another order only the partner knows whether it was
    delivered, so its points stay set aside, and all see that it is late."""
    if one.status != PENDING:
        return Accepted()
    if one.kind == TICKET:
        lapsed = msgspec.structs.replace(one, status=LAPSED)
        return Accepted((lapsed,), messages=told("ticket_lapsed", one))
    return Accepted((msgspec.structs.replace(one, status=LATE),), messages=told("order_late", one))


def return_needs(one: Order, asked: Asked) -> Sequence[str]:
    """The order as it is now, its transfers, account and reward."""
    if one.status not in RETURNING:
        return ()
    held = hold_id(one.id)
    return tuple(name for name in (one.id, held, f"{held}:back", one.account, one.reward) if name)


def return_points(state: State, one: Order, asked: Asked) -> Accepted | Refused:
    """The points of an order that was refused or lapsed go back, once."""
    there = state.get(one.id)
    if not isinstance(there, Order) or there.status not in RETURNING or f"{hold_id(one.id)}:back" in state:
        return Accepted()
    returned = _returned(state, there, asked)
    return returned if isinstance(returned, Refused) else Accepted(returned)


def told(letter: str, one: Order, why: str = "") -> tuple[Message, ...]:
    """The letter on an order; nobody is told of what is nobody's any more."""
    title, body = LETTERS[letter].told(amount=one.amount, why=why)
    return (Message(one.holder, title, body, "points/exchange", one.id),) if one.holder else ()


def unnamed_order(one: Order, ids: frozenset[str], asked: Asked) -> Order:
    """The order of somebody who is erased: what it adds up to stays, what it was and where it went does not."""
    return msgspec.structs.replace(one, holder="", to="", code="", answer="")


REACTIONS: Final = (
    Reaction(
        on="points.order_returned",
        type="PointOrder",
        attributes=("status",),
        input=Order,
        decide=return_points,
        needs=return_needs,
    ),
)
JOBS: Final = (
    Job("late", LATE_EVERY_S, "PointOrder", f'status=="{PENDING}";dueAt<={{now}}', Order, let_late),
)
