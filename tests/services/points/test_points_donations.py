"""Laws of donations: of many spends of one balance as many succeed as it has, a gift goes back whole and once on its day, a payment is kept once."""

from __future__ import annotations

import asyncio
from itertools import pairwise

from hypothesis import given
from hypothesis import settings as tried
from hypothesis import strategies as st
from points_town import DAY_S, TABLE, a_town

from kaiteki.kit.purses import DONATION, Account, Transfer, account_id
from kaiteki.kit.views import every, where
from kaiteki.model.access import NOBODY
from kaiteki.model.decision import Accepted, Refused
from kaiteki.model.query import Query
from kaiteki.services.points.donations import Recipient
from town import BOSS, CLERK, RESIDENT_A, RESIDENT_B, Town


async def a_giver(grants: int = 1) -> tuple[Town, str, str]:
    """A town in which somebody has 50 points for each grant, and a recipient: the town, the recipient, the account."""
    town, campaign, number = await a_town(day_max=10_000, person_max=10_000)
    for _ in range(grants):
        assert isinstance(
            await town.run("points.grant", {"campaign": campaign, "number": number}, CLERK), Accepted
        )
    kept = await town.run("points.keep_recipient", TABLE, CLERK)
    assert isinstance(kept, Accepted)
    return town, str(kept.answer["id"]), account_id(number)


async def stands(town: Town, recipient: str, account: str) -> tuple[int, int, int]:
    """What somebody has, what the recipient holds, what it was given in all."""
    city = town.city(BOSS)
    one, whose = await city.get(Recipient, recipient), await city.get(Account, account)
    assert one is not None and whose is not None
    assert whose.balance == sum(lot.amount for lot in whose.lots)
    return whose.balance, one.held, one.received


def why(done: Accepted | Refused) -> str:
    """The word of a refusal; empty where there is none."""
    return "" if isinstance(done, Accepted) else (done.faults[0].code if done.faults else done.code)


async def test_of_100_spends_of_one_balance_at_once_one_succeeds() -> None:
    town, recipient, account = await a_giver()
    form = {"recipient": recipient, "amount": 50}
    done = await asyncio.gather(*(town.run("points.donate", form, RESIDENT_A) for _ in range(100)))
    assert sorted(why(one) for one in done) == ["", *["too_little"] * 99]
    assert await stands(town, recipient, account) == (0, 50, 50)


@tried(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 120), min_size=1, max_size=12), st.integers(1, 4))
def test_what_is_given_is_what_is_held_and_nobody_falls_below_zero(amounts: list[int], grants: int) -> None:
    async def law() -> None:
        town, recipient, account = await a_giver(grants)
        forms = [{"recipient": recipient, "amount": amount} for amount in amounts]
        done = [await town.run("points.donate", form, RESIDENT_A) for form in forms]
        left, given = 50 * grants, 0
        for amount, one in zip(amounts, done, strict=True):
            assert why(one) == ("" if amount <= left else "too_little")
            left, given = (left - amount, given + amount) if amount <= left else (left, given)
        assert await stands(town, recipient, account) == (left, given, given)
        rows = (
            await town.city(BOSS).find(Transfer, Query(q=where(Transfer, "kind", "==", DONATION), limit=50))
        ).items
        assert sum(-row.amount for row in rows) == given

    asyncio.run(law())


async def test_a_gift_goes_back_once_and_whole_on_its_day() -> None:
    town, recipient, account = await a_giver(2)
    city = town.city(BOSS)
    before = await city.get(Account, account)
    gifts = [
        await town.run("points.donate", {"recipient": recipient, "amount": 30}, RESIDENT_A, key=key)
        for key in ("a", "a", "b")
    ]
    ids = [str(one.answer["id"]) for one in gifts if isinstance(one, Accepted)]
    assert ids[0] == ids[1] != ids[2]
    back = {"id": ids[0], "recipient": recipient}
    assert why(await town.run("points.undo_donation", back, RESIDENT_B)) == "not_found"
    done = await asyncio.gather(*(town.run("points.undo_donation", back, RESIDENT_A) for _ in range(20)))
    assert sorted(why(one) for one in done) == ["", *["given_for_good"] * 19]
    assert await stands(town, recipient, account) == (70, 30, 30)
    after = await city.get(Account, account)
    assert before is not None and after is not None
    assert [lot.until for lot in before.lots] == [lot.until for lot in after.lots]
    town.clock.pass_s(DAY_S)
    late = await town.run("points.undo_donation", {"id": ids[2], "recipient": recipient}, RESIDENT_A)
    assert why(late) == "given_for_good"
    assert await stands(town, recipient, account) == (70, 30, 30)


async def test_a_payment_is_kept_once_and_what_came_since_stays() -> None:
    town, recipient, account = await a_giver(2)
    form = {"recipient": recipient, "amount": 40}
    first = await town.run("points.donate", form, RESIDENT_A)
    assert why(await town.run("points.donate", {**form, "amount": 10}, RESIDENT_A)) == ""
    pay = {"recipient": recipient, "held": 40}
    assert isinstance(await town.run("points.pay_out", pay, RESIDENT_A), Refused)
    paid = [why(await town.run("points.pay_out", pay, CLERK)) for _ in range(2)]
    assert paid == ["", "paid_before"]
    assert await stands(town, recipient, account) == (50, 10, 50)
    # what was paid for cannot be taken back
    assert isinstance(first, Accepted)
    undo = {"id": str(first.answer["id"]), "recipient": recipient}
    assert why(await town.run("points.undo_donation", undo, RESIDENT_A)) == "given_for_good"
    moved = (await town.city(BOSS).find(Transfer, Query(q=where(Transfer, "book", "==", "book:paid")))).items
    assert [(row.account, row.amount) for row in moved] == [(recipient, -40)]


async def test_who_may_give_and_to_whom() -> None:
    town, recipient, account = await a_giver()
    form = {"recipient": recipient, "amount": 10}
    assert why(await town.run("points.donate", form, NOBODY)) == "not_allowed"
    assert why(await town.run("points.donate", form, RESIDENT_B)) == "no_own_account"
    for amount in (0, -5, 10**7, "1.5"):
        done = await town.run("points.donate", {**form, "amount": amount}, RESIDENT_A)
        assert isinstance(done, Refused) and [one.field for one in done.faults] == ["amount"]
    assert why(await town.run("points.donate", {**form, "recipient": account}, RESIDENT_A)) == "no_recipient"
    backwards = {**TABLE, "ends": "2026-10-01"}
    done = await town.run("points.keep_recipient", backwards, CLERK)
    assert isinstance(done, Refused) and [one.field for one in done.faults] == ["ends"]
    town.clock.pass_s(200 * DAY_S)
    assert why(await town.run("points.donate", form, RESIDENT_A)) == "no_recipient"
    assert await stands(town, recipient, account) == (50, 0, 0)


async def test_whom_somebody_gave_to_is_read_by_nobody_else() -> None:
    town, recipient, _ = await a_giver()
    await town.run("points.donate", {"recipient": recipient, "amount": 10}, RESIDENT_A)
    wanted = Query(q=every(where(Transfer, "kind", "==", DONATION)))
    seen = [(await town.city(who).find(Transfer, wanted)).items for who in (NOBODY, RESIDENT_B, RESIDENT_A)]
    assert [[one.campaign for one in rows] for rows in seen] == [[], [], [recipient]]
    assert [len(before) <= len(after) for before, after in pairwise(seen)] == [True, True]
