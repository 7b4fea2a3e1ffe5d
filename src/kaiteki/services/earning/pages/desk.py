"""The desk of points: give points to whoever shows a number, look at an account, take back, look at what is implausible; campaigns."""

from __future__ import annotations

from typing import Any, Final

from kaiteki.kit.pages import Missing, Moved, PageAsk, PageReply, Shown, Waiting
from kaiteki.kit.purse_pages import account_of, field_of, number_in, rows_of
from kaiteki.kit.purses import GRANT, REVERSAL, Account, Transfer, account_id, digits_of
from kaiteki.kit.views import ordered, where
from kaiteki.model.decision import Fault, Refused
from kaiteki.model.query import Query
from kaiteki.model.words import Words
from kaiteki.services.earning.faults import refuse
from kaiteki.services.earning.model import BY_DESK, EARNED, FIELDS, OPEN, SIGNS, Campaign, Review
from kaiteki.services.earning.pages.mine import campaign_of, running

LISTED_MAX: Final = 50
CAMPAIGN: Final = (
    "name",
    "name_en",
    "field",
    "amount",
    "day_max",
    "person_max",
    "budget",
    "starts",
    "ends",
    "place",
    "earned",
)
_GIVEN: Final = Words("{n}ポイントを贈りました", "{n} points were given", "{n}ポイントを おくりました")
_BACK: Final = Words(
    "{n}ポイントを取り消しました", "{n} points were taken back", "{n}ポイントを とりけしました"
)
_CLEARED: Final = Words("問題なしとして記録しました", "Kept as cleared", "だいじょうぶと 書（か）きました")
_BEGUN: Final = Words("取り組みを作りました", "The campaign is there", "つくりました")
_NOT: Final = Words("いまはできません", "This is not possible now", "いまは できません")
_REVIEWS: Final = Words("確認するポイント", "Points to be looked at", "たしかめる ポイント")


async def waiting(ask: PageAsk) -> tuple[Waiting, ...]:
    """What looks implausible."""
    wanted = Query(q=where(Review, "status", "==", OPEN), limit=LISTED_MAX, total=True)
    found = await ask.city.find(Review, wanted)
    return (Waiting(_REVIEWS, "points/desk#reviews", found.total or 0),)


async def show(ask: PageAsk) -> PageReply:
    """The form of a grant, the account that is open, and the queue."""
    return await _desk(ask, (), {"number": ask.query.get("number", "")})


async def act(ask: PageAsk) -> PageReply:
    """Give, take back, or clear."""
    given = {name: field_of(ask, name) for name in ("number", "campaign", "transfer", "review", "why")}
    deed = field_of(ask, "do")
    if deed == "grant":
        done = await ask.city.run(
            "points.grant",
            {"campaign": given["campaign"], "number": given["number"]},
            field_of(ask, "key") or None,
        )
        note = _GIVEN
    elif deed == "take_back":
        done = await _take_back(ask, given)
        note = _BACK
    elif deed == "clear":
        done, note = await ask.city.run("points.clear", {"id": given["review"]}), _CLEARED
    else:
        return Missing()
    if isinstance(done, Refused):
        return await _desk(ask, done.faults or (Fault("", done.code, _NOT),), given)
    said = note.fill(ask.language, n=str(done.answer.get("amount", "")))
    return Moved(f"points/desk?number={digits_of(given['number'])}", said)


async def _take_back(ask: PageAsk, given: dict[str, str]) -> Any:
    """Take back the grant with an id: account and budget are those that it names."""
    one = await ask.city.get(Transfer, given["transfer"])
    if not isinstance(one, Transfer):
        return Refused("not_found")
    form = {"id": one.id, "point_account": one.account, "campaign": one.book, "why": given["why"]}
    return await ask.city.run("points.take_back", form)


async def _desk(ask: PageAsk, faults: tuple[Fault, ...], given: dict[str, str]) -> PageReply:
    digits = digits_of(given["number"])
    account = await ask.city.get(Account, account_id(digits)) if digits else None
    if given["number"] and account is None and not faults:
        faults = refuse("no_account", "number").faults
    rows = await rows_of(ask, account) if account is not None else []
    taken = {row["transfer"].reverses for row in rows}
    for row in rows:
        row["can_go"] = row["transfer"].kind == GRANT and row["transfer"].id not in taken
    values = {
        "given": {"number": "", "campaign": "", "transfer": "", "why": "", **given},
        "faults": faults,
        "account": account_of(ask, account) if account is not None else None,
        "rows": rows,
        "campaigns": [
            (one.id, f"{one.name.say(ask.language)}　{one.amount:,}") for one in await running(ask)
        ],
        "reviews": await _reviews(ask),
        "key": f"{ask.seed:x}",
        "reversal": REVERSAL,
    }
    return Shown(values, 422 if faults else 200)


async def _reviews(ask: PageAsk) -> list[dict[str, Any]]:
    """What waits to be looked at, the oldest first."""
    wanted = Query(q=where(Review, "status", "==", OPEN), order=(ordered(Review, "at"),), limit=LISTED_MAX)
    signs = dict(SIGNS)
    rows: list[dict[str, Any]] = []
    for one in (await ask.city.find(Review, wanted)).items:
        about = await ask.city.get(Transfer, one.transfer)
        if about is not None:
            number = about.account.rpartition(":")[2]
            said = signs[one.sign].say(ask.language) if one.sign in signs else one.sign
            rows.append({"review": one, "sign": said, "number": number, "amount": f"{about.amount:,}"})
    return rows


async def show_campaigns(ask: PageAsk) -> PageReply:
    """All campaigns with what is left of their budgets, and the form of a new one."""
    return await _campaigns(ask, (), {})


async def act_campaigns(ask: PageAsk) -> PageReply:
    """Begin a campaign."""
    given = {name: field_of(ask, name) for name in CAMPAIGN}
    numbers = {name: number_in(given[name]) for name in ("amount", "day_max", "person_max", "budget")}
    form = {name: value for name, value in {**given, **numbers}.items() if value != ""}
    done = await ask.city.run("points.keep_campaign", form, field_of(ask, "key") or None)
    if isinstance(done, Refused):
        return await _campaigns(ask, done.faults or (Fault("", done.code, _NOT),), given)
    return Moved("points/desk/campaigns", _BEGUN.say(ask.language))


async def _campaigns(ask: PageAsk, faults: tuple[Fault, ...], given: dict[str, str]) -> PageReply:
    wanted = Query(order=(ordered(Campaign, "ends", descending=True),), limit=LISTED_MAX)
    found = (await ask.city.find(Campaign, wanted)).items
    values = {
        "given": {**dict.fromkeys(CAMPAIGN, ""), "earned": BY_DESK, **given},
        "faults": faults,
        "rows": [campaign_of(ask, one) for one in found],
        "ways": [(code, words.say(ask.language)) for code, words in EARNED],
        "sorts": [(code, words.say(ask.language)) for code, words in FIELDS],
        "key": f"{ask.seed:x}",
    }
    return Shown(values, 422 if faults else 200)
