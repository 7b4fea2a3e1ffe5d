"""A citizens' task that is confirmed gives points to those who took part, once; when it is opened again, they are taken back.

    Report.status ─► closed, and one of the helpers reported it as done ─► a transfer to each helper
                  ─► anything else                                      ─► what was given for it is taken back
                  ─► closed again                                       ─► what was taken back is given again, the same lots

It is switched on by data: a campaign that staff begin for tasks, one in each fiscal year (April to March, Local Autonomy Act art. 208), so
that its id follows from the day. Transfers are called by report, points number and round; an event that comes again meets the one that is
there. Who has no account gets one that waits: it has points and a last day as any, and is opened by its holder or by nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import ClassVar, Final

import msgspec

from kaiteki.kit.ledger import post, reversal
from kaiteki.kit.manifest import Reaction, State
from kaiteki.kit.purses import GRANT, Account, Transfer, account_id, number_of, stood, today_of, transfer_id
from kaiteki.model.decision import Accepted, Asked, Message, Refused
from kaiteki.model.words import Words
from kaiteki.services.earning.faults import FAULTS, refuse
from kaiteki.services.earning.model import Campaign, TakeBack, task_campaign
from kaiteki.services.earning.rules import LETTERS, give, take_back

CLOSED: Final = "closed"
"""The state of a report that is confirmed."""
ROUNDS_MAX: Final = 3
"""How often points are given for one task to one person, each time after they were taken back."""
LATER: Final = Words(
    "担当にお問い合わせください。", "Please ask the staff in charge.", "まどぐちに きいて ください。"
)
UNDONE: Final = "市民タスクの完了の確認が取り消されました（the task is no longer confirmed）"


class Deed(msgspec.Struct, frozen=True):
    """What points know of a report: how it stands, who reported the work as done, and who took part."""

    entity_type: ClassVar[str] = "Report"

    id: str
    status: str = ""
    completed_by: str = ""
    helpers: tuple[str, ...] = ()

    @property
    def is_confirmed(self) -> bool:
        """Whether it is a task of citizens that is confirmed: what the office mended itself is none."""
        return self.status == CLOSED and self.completed_by in self.helpers


def names_of(deed: Deed, number: str, asked: Asked) -> Iterator[tuple[str, str]]:
    """The transfers that a task can give somebody, with those that take each back, in order."""
    for place in range(ROUNDS_MAX):
        name = transfer_id(asked.area, f"task {deed.id} {number} {place}")
        yield name, f"{name}:back"


def needs(deed: Deed, asked: Asked) -> Sequence[str]:
    """The budgets of this fiscal year and the one before; of everybody who took part the account and what was given."""
    if not deed.helpers:
        return ()
    day = date.fromisoformat(today_of(asked.now))
    ids = [task_campaign(day), task_campaign(day.replace(year=day.year - 1, day=1))]
    for helper in deed.helpers:
        number = number_of(asked.area, helper)
        ids.append(account_id(number))
        ids.extend(name for pair in names_of(deed, number, asked) for name in pair)
    return ids


def settle(state: State, deed: Deed, asked: Asked) -> Accepted | Refused:
    """Bring what those who took part have from a task to what it now is worth."""
    there = state.get(deed.id)
    if not isinstance(there, Deed) or there.status != deed.status:
        return Accepted()  # it went on since: the event of that decides
    after: dict[str, msgspec.Struct] = dict(state)
    written: dict[str, msgspec.Struct] = {}
    messages: list[Message] = []
    for helper in deed.helpers:
        done = _settle_one(after, deed, helper, asked)
        if isinstance(done, Accepted):
            found = {str(getattr(one, "id", "")): one for one in done.writes}
            after |= found
            written |= found
            messages.extend(done.messages)
    return Accepted(tuple(written.values()), messages=tuple(messages))


def _settle_one(state: State, deed: Deed, helper: str, asked: Asked) -> Accepted | Refused:
    """What happens to one person's account."""
    number = number_of(asked.area, helper)
    last, back, free = "", "", ""
    for name, undone in names_of(deed, number, asked):
        if name not in state:
            free = name
            break
        last, back = name, undone if undone in state else ""
    held = bool(last) and not back
    if held == deed.is_confirmed:
        return Accepted()
    account = state.get(account_id(number))
    if held:
        return _undo(state, last, asked)
    if not isinstance(account, Account):
        account = Account(account_id(number), number, asked.now, helper, waits=True)
    if account.holder != helper or not free:
        return Accepted()
    first, undo = state.get(last), state.get(back)
    if isinstance(first, Transfer) and isinstance(undo, Transfer):
        campaign = state.get(first.book)
        given = _again(account, campaign, undo, free, asked)
    else:
        campaign = state.get(task_campaign(date.fromisoformat(today_of(asked.now))))
        given = give(account, campaign, free, asked) if isinstance(campaign, Campaign) else Accepted()
    return _told(given, account, campaign) if isinstance(campaign, Campaign) else Accepted()


def _undo(state: State, name: str, asked: Asked) -> Accepted | Refused:
    """Take back what was given; who has nothing left of it keeps the record that it was given."""
    first = state.get(name)
    if not isinstance(first, Transfer):
        return Accepted()
    return take_back(state, TakeBack(first.id, first.account, first.book, UNDONE), asked)


def _again(account: Account, campaign: object, undo: Transfer, name: str, asked: Asked) -> Accepted | Refused:
    """Give again what was taken back: the same lots, whatever the caps of today are."""
    if not isinstance(campaign, Campaign):
        return Accepted()
    today = today_of(asked.now)
    stands = {account.id: account.stand, campaign.id: campaign.stand}
    wanted = reversal(undo.moved, stands, today, GRANT)
    if wanted is None or wanted.amount != undo.moved.amount:
        return refuse("no_budget", "campaign")
    posted = post(stands, (wanted,), today)
    if isinstance(posted, Refused):
        return posted
    moved = posted.moved[0]
    again = Transfer(
        name,
        account.id,
        campaign.id,
        moved.amount,
        GRANT,
        asked.now,
        account.holder,
        campaign.id,
        undo.id,
        moved.lots,
    )
    left = msgspec.structs.replace(campaign, left=posted.stands[campaign.id].balance)
    after = stood(account, posted.stands[account.id])
    return Accepted((after, left, again), answer={"amount": moved.amount})


def _told(given: Accepted | Refused, account: Account, campaign: Campaign) -> Accepted:
    """Who took part is told what they got, that it waits for them, or why there is nothing."""
    if isinstance(given, Refused):
        why = FAULTS.get(given.faults[0].code, LATER) if given.faults else LATER
        title, body = LETTERS["task_nothing"].told(campaign=campaign.name, why=why)
        given = Accepted()
    else:
        letter = LETTERS["task_waits" if account.waits else "task_given"]
        title, body = letter.told(amount=given.answer["amount"], campaign=campaign.name)
    said = Message(account.holder, title, body, "points", account.id)
    return msgspec.structs.replace(given, messages=(said,))


REACTIONS: Final = (
    Reaction(
        on="points.task_confirmed",
        type="Report",
        attributes=("status",),
        input=Deed,
        decide=settle,
        needs=needs,
        people=("helpers", "completed_by"),
    ),
)
