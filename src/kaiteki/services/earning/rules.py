"""What may happen with what gives points: campaigns with their budgets, grants and what takes them back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from kaiteki.kit.joining import seen_as
from kaiteki.kit.ledger import Moved, Stand, Tally, Wanted, post, reversal, tallied
from kaiteki.kit.letters import read_letters
from kaiteki.kit.manifest import State
from kaiteki.kit.purses import (
    ALLOTMENT,
    GRANT,
    ISSUED,
    REVERSAL,
    Account,
    Transfer,
    account_id,
    digits_of,
    last_day,
    stood,
    today_of,
    transfer_id,
)
from kaiteki.kit.views import fresh_id
from kaiteki.model.decision import Accepted, Asked, Message, Refused
from kaiteki.model.faults import refuse_field
from kaiteki.model.words import Words
from kaiteki.services.earning.faults import refuse
from kaiteki.services.earning.model import (
    BY_TASK,
    CLEARED,
    ELSEWHERE,
    OFTEN,
    OPEN,
    Campaign,
    Clear,
    Grant,
    KeepCampaign,
    Review,
    Settings,
    TakeBack,
    task_campaign,
)

LETTERS: Final = read_letters("kaiteki.services.earning")
TALLIES_MAX: Final = 100
"""Campaigns of which it is known how much somebody got; those that are over longest are forgotten first."""
SECOND: Final = 1_000_000
ENDS: Final = Words("終了日", "To", "おわり")


def campaign_needs(form: KeepCampaign, asked: Asked) -> Sequence[str]:
    """The campaign of tasks of the same year, where it is to be one."""
    return (task_campaign(form.starts),) if form.earned == BY_TASK else ()


def keep_campaign(state: State, form: KeepCampaign, asked: Asked) -> Accepted | Refused:
    """A new campaign: its budget is allotted out of the book of what is issued."""
    if form.ends < form.starts:
        return refuse_field("invalid", "ends", ENDS)
    for_tasks = form.earned == BY_TASK
    if for_tasks and task_campaign(form.starts) != task_campaign(form.ends):
        return refuse("other_year", "ends")
    if for_tasks and task_campaign(form.starts) in state:
        return refuse("one_a_year", "earned")
    one = Campaign(
        id=task_campaign(form.starts) if for_tasks else fresh_id("PointCampaign", asked),
        name=Words(form.name, form.name_en),
        field=form.field,
        amount=form.amount,
        day_max=form.day_max,
        person_max=form.person_max,
        budget=form.budget,
        starts=form.starts.isoformat(),
        ends=form.ends.isoformat(),
        place=form.place,
        earned=form.earned,
    )
    chain = (Wanted(ISSUED, one.id, form.budget, ALLOTMENT),)
    posted = post({one.id: Stand()}, chain, today_of(asked.now))
    if isinstance(posted, Refused):
        return posted
    allotted = Transfer(
        transfer_id(asked.area, f"allot {one.id}"), one.id, ISSUED, form.budget, ALLOTMENT, asked.now
    )
    kept = msgspec.structs.replace(one, left=posted.stands[one.id].balance)
    return Accepted((kept, allotted), answer={"id": one.id})


def grant_needs(form: Grant, asked: Asked) -> Sequence[str]:
    """The account, and the campaign with its budget."""
    return (account_id(digits_of(form.number)), form.campaign)


def grant(state: State, form: Grant, asked: Asked) -> Accepted | Refused:
    """Staff give points of a campaign to whoever shows a number."""
    account, campaign = state.get(account_id(digits_of(form.number))), state.get(form.campaign)
    if not isinstance(account, Account) or account.waits:
        return refuse("no_account", "number")
    if not isinstance(campaign, Campaign):
        return refuse("no_campaign", "campaign")
    return give(account, campaign, fresh_id("PointTransfer", asked), asked)


def give(account: Account, campaign: Campaign, name: str, asked: Asked) -> Accepted | Refused:
    """Give what a campaign gives each time, within its days, caps and budget."""
    today = today_of(asked.now)
    if not campaign.starts <= today <= campaign.ends:
        return refuse("not_now", "campaign")
    tally = tallied(account.tallies, campaign.id, campaign.amount, today, asked.now)
    if tally.day_amount > campaign.day_max:
        return refuse("day_cap", "number")
    if tally.amount > campaign.person_max:
        return refuse("person_cap", "number")
    until = last_day(asked.now, settings_of(asked).expire_months)
    stands = {account.id: account.stand, campaign.id: campaign.stand}
    chain = (Wanted(campaign.id, account.id, campaign.amount, GRANT, until),)
    posted = post(stands, chain, today)
    if isinstance(posted, Refused):
        return refuse("no_budget", "campaign") if posted.code == "insufficient" else posted
    others = [one for one in account.tallies if one.sort != campaign.id]
    tallies = (*others, tally)[-TALLIES_MAX:]
    after = stood(msgspec.structs.replace(account, tallies=tallies), posted.stands[account.id])
    kept = Transfer(
        name,
        account.id,
        campaign.id,
        campaign.amount,
        GRANT,
        asked.now,
        account.holder,
        campaign.id,
        lots=posted.moved[0].lots,
    )
    left = msgspec.structs.replace(campaign, left=posted.stands[campaign.id].balance)
    sign = _sign_of(account, tallies, campaign, asked)
    review = (Review(f"{name}:review", name, sign, asked.now),) if sign else ()
    answer = {"id": name, "amount": campaign.amount, "balance": after.balance}
    return Accepted((after, left, kept, *review), answer=answer)


def _sign_of(account: Account, tallies: Sequence[Tally], campaign: Campaign, asked: Asked) -> str:
    """What is implausible about a grant, empty where nothing is."""
    settings, today = settings_of(asked), today_of(asked.now)
    if sum(one.day_count for one in tallies if one.day == today) > settings.often_a_day:
        return OFTEN
    since = asked.now - settings.elsewhere_s * SECOND
    others = any(one.sort != campaign.id and one.at >= since for one in account.tallies)
    return ELSEWHERE if others and campaign.place else ""


def take_back_needs(form: TakeBack, asked: Asked) -> Sequence[str]:
    """The transfer, what it moved between, the transfer that takes it back where it is there, and the review."""
    return (form.id, form.point_account, form.campaign, f"{form.id}:back", f"{form.id}:review")


def take_back(state: State, form: TakeBack, asked: Asked) -> Accepted | Refused:
    """Take a grant back by a transfer of its own, once. An account gives back what it still has."""
    first, account, campaign = (state.get(one) for one in (form.id, form.point_account, form.campaign))
    if not isinstance(first, Transfer) or first.kind != GRANT:
        return Refused("not_found")
    if not isinstance(account, Account) or not isinstance(campaign, Campaign):
        return Refused("not_found")
    if (first.account, first.book) != (account.id, campaign.id) or f"{first.id}:back" in state:
        return Refused("conflict")
    today = today_of(asked.now)
    stands = {account.id: account.stand, campaign.id: campaign.stand}
    wanted = reversal(first.moved, stands, today, REVERSAL)
    if wanted is None:
        return refuse("nothing_left", "why")
    posted = post(stands, (wanted,), today)
    if isinstance(posted, Refused):
        return posted
    moved: Moved = posted.moved[0]
    back = Transfer(
        f"{first.id}:back",
        account.id,
        campaign.id,
        -moved.amount,
        REVERSAL,
        asked.now,
        account.holder,
        campaign.id,
        first.id,
        moved.lots,
        form.why,
    )
    after = stood(account, posted.stands[account.id])
    left = msgspec.structs.replace(campaign, left=posted.stands[campaign.id].balance)
    review = state.get(f"{first.id}:review")
    done = (msgspec.structs.replace(review, status=REVERSAL),) if isinstance(review, Review) else ()
    return Accepted(
        (after, left, back, *done),
        messages=_taken(account, campaign, moved.amount, form.why),
        answer={"id": back.id, "amount": moved.amount, "short": first.amount - moved.amount},
    )


def clear(state: State, form: Clear, asked: Asked) -> Accepted | Refused:
    """Nothing is wrong with a grant that looked implausible."""
    review = state.get(form.id)
    if not isinstance(review, Review):
        return Refused("not_found")
    if review.status != OPEN:
        return Refused("conflict")
    return Accepted((msgspec.structs.replace(review, status=CLEARED),), answer={"id": review.id})


def settings_of(asked: Asked) -> Settings:
    """The settings of the area, or the usual ones."""
    return seen_as(Settings, asked.settings)


def _taken(account: Account, campaign: Campaign, amount: int, why: str) -> tuple[Message, ...]:
    title, body = LETTERS["taken_back"].told(amount=amount, campaign=campaign.name, why=why)
    return (Message(account.holder, title, body, "points", account.id),) if account.holder else ()
