"""Pages of donations: whom points can be given to and what one gave, and for staff the recipients and what is to be paid."""

from __future__ import annotations

from typing import Any, Final

from kaiteki.kit.pages import Moved, PageAsk, PageReply, Shown
from kaiteki.kit.purse_pages import account_of, field_of, number_in, own
from kaiteki.kit.purses import DONATION, PAYOUT, Transfer, today_of
from kaiteki.kit.views import every, ordered, where
from kaiteki.model.decision import Fault, Refused
from kaiteki.model.query import Query
from kaiteki.model.words import Words
from kaiteki.services.points.donations import Recipient

LISTED_MAX: Final = 50
RECIPIENT: Final = ("name", "name_en", "about", "about_en", "starts", "ends")
_GIVEN: Final = Words(
    "{n}ポイントを寄付しました。ありがとうございます。今日のうちは取り消せます",
    "You gave {n} {n|point|points}. Thank you. Until the end of today you can take it back",
    "{n}ポイント きふしました。ありがとう ございます。きょうは やめる ことが できます",
)
_BACK: Final = Words(
    "寄付を取り消しました。{n}ポイントが戻りました",
    "Taken back: you have the {n} {n|point|points} again",
    "やめました。{n}ポイントが もどりました",
)
_KEPT: Final = Words("寄付先を加えました", "The recipient is there", "きふする ところを ふやしました")
_PAID: Final = Words(
    "{n}ポイント分の支払いを記録しました",
    "Kept: {n} {n|point|points} were paid for",
    "{n}ポイントを はらったと 書（か）きました",
)
_NOT: Final = Words("いまはできません", "This is not possible now", "いまは できません")


async def show(ask: PageAsk) -> PageReply:
    """Whom one can give to, what one has, and what one gave."""
    return await _mine(ask, (), {})


async def act(ask: PageAsk) -> PageReply:
    """Give, or take back what was given today."""
    given = {name: field_of(ask, name) for name in ("recipient", "amount", "id")}
    if field_of(ask, "do") == "undo":
        form: dict[str, Any] = {"id": given["id"], "recipient": given["recipient"]}
        done, note = await ask.city.run("points.undo_donation", form), _BACK
    else:
        amount = number_in(given["amount"])
        form = {"recipient": given["recipient"], **({"amount": amount} if amount != "" else {})}
        done = await ask.city.run("points.donate", form, field_of(ask, "key") or None)
        note = _GIVEN
    if isinstance(done, Refused):
        return await _mine(ask, done.faults or (Fault("", done.code, _NOT),), given)
    return Moved("points/donate", note.fill(ask.language, n=str(done.answer["amount"])))


async def _mine(ask: PageAsk, faults: tuple[Fault, ...], given: dict[str, str]) -> PageReply:
    account = await own(ask)
    if account is not None and account.waits:
        account = None
    recipients = await _running(ask)
    values = {
        "given": {"recipient": "", "amount": "", "id": "", **given},
        "faults": faults,
        "signed_in": ask.person.signed_in,
        "account": account_of(ask, account) if account is not None else None,
        "recipients": [_said(ask, one) for one in recipients],
        "choices": [(one.id, one.name.say(ask.language)) for one in recipients],
        "rows": await _donations(ask, account.id) if account is not None else [],
        "key": f"{ask.seed:x}",
    }
    return Shown(values, 422 if faults else 200)


async def _running(ask: PageAsk) -> list[Recipient]:
    """Whom points can be given to today."""
    today = today_of(ask.now)
    q = every(where(Recipient, "starts", "<=", today), where(Recipient, "ends", ">=", today))
    wanted = Query(q=q, order=(ordered(Recipient, "ends"),), limit=LISTED_MAX)
    return list((await ask.city.find(Recipient, wanted)).items)


async def _donations(ask: PageAsk, account: str) -> list[dict[str, Any]]:
    """What somebody gave, the latest first; what was taken back is said so."""
    wanted = Query(
        q=every(where(Transfer, "account", "==", account), where(Transfer, "kind", "==", DONATION)),
        order=(ordered(Transfer, "at", descending=True),),
        limit=LISTED_MAX,
    )
    rows: list[dict[str, Any]] = []
    today = today_of(ask.now)
    for one in (await ask.city.find(Transfer, wanted)).items:
        back = await ask.city.get(Transfer, f"{one.id}:back") is not None
        recipient = await ask.city.get(Recipient, one.book)
        rows.append(
            {
                "transfer": one,
                "name": recipient.name.say(ask.language) if recipient is not None else "",
                "amount": f"{-one.amount:,}",
                "is_back": back,
                "can_go": not back and today_of(one.at) == today,
            }
        )
    return rows


async def show_recipients(ask: PageAsk) -> PageReply:
    """All recipients with what is to be paid, and the form of a new one."""
    return await _recipients(ask, (), {})


async def act_recipients(ask: PageAsk) -> PageReply:
    """Add a recipient, or keep that one was paid."""
    given = {name: field_of(ask, name) for name in (*RECIPIENT, "recipient", "held")}
    key = field_of(ask, "key") or None
    if field_of(ask, "do") == "pay":
        form: dict[str, Any] = {"recipient": given["recipient"], "held": number_in(given["held"])}
        done, note = await ask.city.run("points.pay_out", form, key), _PAID
    else:
        form = {name: given[name] for name in RECIPIENT if given[name]}
        done, note = await ask.city.run("points.keep_recipient", form, key), _KEPT
    if isinstance(done, Refused):
        return await _recipients(ask, done.faults or (Fault("", done.code, _NOT),), given)
    return Moved("points/desk/recipients", note.fill(ask.language, n=str(done.answer.get("amount", ""))))


async def _recipients(ask: PageAsk, faults: tuple[Fault, ...], given: dict[str, str]) -> PageReply:
    wanted = Query(order=(ordered(Recipient, "ends", descending=True),), limit=LISTED_MAX)
    found = (await ask.city.find(Recipient, wanted)).items
    values = {
        "given": {**dict.fromkeys(RECIPIENT, ""), **given},
        "faults": faults,
        "rows": [{**_said(ask, one), "paid": await _payouts(ask, one.id)} for one in found],
        "key": f"{ask.seed:x}",
    }
    return Shown(values, 422 if faults else 200)


async def _payouts(ask: PageAsk, recipient: str) -> list[dict[str, Any]]:
    """When and for how much a recipient was paid, the latest first."""
    wanted = Query(
        q=every(where(Transfer, "account", "==", recipient), where(Transfer, "kind", "==", PAYOUT)),
        order=(ordered(Transfer, "at", descending=True),),
        limit=LISTED_MAX,
    )
    found = (await ask.city.find(Transfer, wanted)).items
    return [{"at": one.at, "amount": f"{-one.amount:,}"} for one in found]


def _said(ask: PageAsk, one: Recipient) -> dict[str, Any]:
    """A recipient as pages show it."""
    return {
        "recipient": one,
        "name": one.name.say(ask.language),
        "about": one.about.say(ask.language),
        "received": f"{one.received:,}",
        "held": f"{one.held:,}",
    }
