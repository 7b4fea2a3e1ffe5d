"""Laws of the exchange, over drawn operations: the sum is 0, no order is both spent and given back, no reward goes beyond its stock, and what
comes back expires as what went. Files of partners agree or say where they do not; a ticket is taken once."""

from __future__ import annotations

import asyncio
import csv
import io
from collections import Counter
from typing import Any, Final

from hypothesis import given
from hypothesis import settings as tried
from hypothesis import strategies as st
from points_town import DAY_S, a_town
from test_points_book import MINUTE_S, audited, written

from kaiteki.kit.jobs import Jobs
from kaiteki.kit.ledger import BOOK, balance_of
from kaiteki.kit.messages import Letter
from kaiteki.kit.pages import Declined, PageAsk, Plain
from kaiteki.kit.purses import EXCHANGED, HELD, Account, Transfer, today_of
from kaiteki.kit.reactions import Reactions
from kaiteki.model.access import NOBODY, Person
from kaiteki.model.decision import Accepted, Refused
from kaiteki.model.query import Query
from kaiteki.services.earning.model import Campaign
from kaiteki.services.exchange.model import LATE, TICKET, Order, Reward, Settlement, hold_id, mark_of
from kaiteki.services.exchange.pages.partners import settlement_file
from kaiteki.services.exchange.settling import read_answers
from town import BOSS, CLERK, RESIDENT_A, RESIDENT_B, Town

PHONE: Final = {
    "name": "電子マネー50円分",
    "name_easy": "でんし マネー",
    "name_en": "50 yen of electronic money",
    "partner": "pay",
    "kind": "money",
    "price": 50,
    "stock": 3,
    "starts": "2026-11-01",
    "ends": "2027-12-31",
}
POOL: Final = {
    **PHONE,
    "name": "プール1回券",
    "name_en": "Swim",
    "partner": "pool",
    "kind": "ticket",
    "price": 30,
    "stock": 2,
}


def why(done: Accepted | Refused) -> str:
    """The word of a refusal; empty where there is none."""
    return "" if isinstance(done, Accepted) else (done.faults[0].code if done.faults else done.code)


class Market:
    """A town in which two people have points and partners have rewards."""

    def __init__(self, town: Town, rewards: tuple[str, str]) -> None:
        self.town, self.rewards = town, rewards
        self.reactions = Reactions(town.engine, town.store.events, town.store.history)

    async def react(self) -> None:
        """Let everything follow that follows from what was decided."""
        while await self.reactions.step():
            pass

    async def order(
        self, what: int = 0, who: Person = RESIDENT_A, key: str | None = None
    ) -> Accepted | Refused:
        """Somebody orders the electronic money (0) or the ticket (1)."""
        form = {"reward": self.rewards[what], "partner": ("pay", "pool")[what]}
        return await self.town.run(
            "points.place_order", {**form, **({} if what else {"to": "0901"})}, who, key=key
        )

    async def orders(self) -> list[Order]:
        """All orders, by their ids."""
        return list((await self.town.city(BOSS).find(Order, Query(limit=1000))).items)

    async def cancel(self, one: Order, who: Person = RESIDENT_A) -> Accepted | Refused:
        """Somebody takes an order back."""
        form = {"id": one.id, "reward": one.reward, "partner": one.partner}
        return await self.town.run("points.cancel_order", form, who)

    async def settle(
        self, rows: list[tuple[str, str, int, str]], day: str, **changed: Any
    ) -> Accepted | Refused:
        """The partner of electronic money answers."""
        form = {"partner": "pay", "day": day, "text": answers(rows), **changed}
        return await self.town.run("points.settle", form, CLERK)

    async def file(self, day: str, partner: str = "pay") -> Any:
        """The file of a day as staff get it."""
        town = self.town
        path = {"partner": partner, "day": day}
        return await settlement_file(
            PageAsk(
                "demo", path, {}, {}, {}, CLERK, "ja", town.clock.now(), town.clock.seed(), town.city(CLERK)
            )
        )

    async def checked(self) -> None:
        """The laws that hold whatever was done."""
        city = self.town.city(BOSS)
        transfers = list((await city.find(Transfer, Query(limit=1000))).items)
        moved = [one.moved for one in transfers]
        names = {name for one in moved for name in (one.debit, one.credit)}
        stands = {
            one.id: one.stand.balance
            for view in (Account, Campaign)
            for one in (await city.find(view, Query(limit=100))).items
        }
        books = [balance_of(name, moved) for name in names if name.startswith(BOOK)]
        assert sum(stands.values()) + sum(books) == 0
        assert {name: balance_of(name, moved) for name in stands} == stands
        assert all(value >= 0 for value in stands.values())
        ids, orders = {one.id for one in transfers}, await self.orders()
        spent = [one for one in orders if f"{hold_id(one.id)}:post" in ids]
        back = [one for one in orders if f"{hold_id(one.id)}:back" in ids]
        assert not {one.id for one in spent} & {one.id for one in back}
        assert {one.id for one in spent} == {one.id for one in orders if one.status == "done"}
        assert {one.id for one in back} == {
            one.id for one in orders if one.status in ("refused", "cancelled", "lapsed")
        }
        held = [one for one in orders if one not in spent and one not in back]
        assert balance_of(HELD, moved) == sum(one.amount for one in held)
        assert balance_of(EXCHANGED, moved) == sum(one.amount for one in spent)
        for reward, there in ((one, (PHONE, POOL)[place]) for place, one in enumerate(self.rewards)):
            left = await city.get(Reward, reward)
            taken = sum(one.reward == reward and one not in back for one in orders)
            assert left is not None and left.stock == int(str(there["stock"])) - taken >= 0
        for one in transfers:
            if one.id.endswith(":back"):
                assert one.lots == next(first.lots for first in transfers if first.id == one.reverses)
        for day in (await city.find(Settlement, Query(limit=100))).items:
            of_day = [one for one in orders if (one.partner, one.day) == (day.partner, day.day)]
            done = [one for one in of_day if one in spent]
            assert (day.orders, day.done, day.back) == (
                len(of_day),
                len(done),
                sum(one in back for one in of_day),
            )
            assert (day.amount, day.done_amount) == (
                sum(one.amount for one in of_day),
                sum(one.amount for one in done),
            )


def answers(rows: list[tuple[str, str, int, str]]) -> str:
    """A file of results with its control sums."""
    text = io.StringIO()
    out = csv.writer(text)
    out.writerow(("order", "result", "points", "reason"))
    out.writerows(rows)
    out.writerow(("total", len(rows), sum(row[2] for row in rows), ""))
    return text.getvalue()


async def a_market(grants: int = 4) -> Market:
    """Both people have 50 points for each grant."""
    town, campaign, number = await a_town(day_max=10_000, person_max=10_000)
    other = await town.run("points.open", {}, RESIDENT_B)
    assert isinstance(other, Accepted)
    for to in (number, str(other.answer["number"])):
        for _ in range(grants):
            assert why(await town.run("points.grant", {"campaign": campaign, "number": to}, CLERK)) == ""
    kept = [await town.run("points.keep_reward", form, CLERK) for form in (PHONE, POOL)]
    ids = [str(one.answer["id"]) for one in kept if isinstance(one, Accepted)]
    return Market(town, (ids[0], ids[1]))


STEPS: Final = st.one_of(
    st.tuples(st.just("order"), st.integers(0, 1), st.booleans()),
    st.tuples(st.just("cancel"), st.integers(0, 9), st.booleans()),
    st.tuples(st.just("redeem"), st.integers(0, 9), st.booleans()),
    st.tuples(st.just("answer"), st.integers(0, 9), st.booleans()),
    st.tuples(st.just("wrong"), st.integers(0, 9), st.booleans()),
    st.tuples(st.just("pass"), st.sampled_from((1, 29, 400)), st.booleans()),
)


@tried(max_examples=40, deadline=None)
@given(st.lists(STEPS, min_size=1, max_size=14))
def test_whatever_is_done_the_sum_is_0_and_no_order_is_both_spent_and_given_back(
    steps: list[tuple[str, int, bool]],
) -> None:
    async def law() -> None:
        market = await a_market()
        for what, number, flag in steps:
            orders = await market.orders()
            one = orders[number % len(orders)] if orders else None
            who = RESIDENT_A if flag else RESIDENT_B
            if what == "order":
                await market.order(number, who)
            elif what == "pass":
                market.town.clock.pass_s(number * DAY_S)
                await Jobs(market.town.engine).run_due()
            elif one is not None and what == "cancel":
                await market.cancel(one, who)
            elif one is not None and what == "redeem":
                await market.town.run("points.redeem", {"code": one.code or "NONE"}, CLERK)
            elif one is not None:
                points = one.amount + (what == "wrong")
                said = "accepted" if flag else "refused"
                await market.settle([(mark_of(one.id), said, points, "")], one.day, partner=one.partner)
            await market.react()
            await market.checked()

    asyncio.run(law())


async def test_of_100_orders_of_the_last_one_at_once_one_succeeds() -> None:
    market = await a_market(grants=4)
    assert [why(await market.order()) for _ in range(2)] == ["", ""]
    done = await asyncio.gather(*(market.order() for _ in range(100)))
    assert Counter(why(one) for one in done) == {"": 1, "no_stock": 99}
    await market.checked()


async def test_the_file_of_a_day_holds_what_was_ordered_with_control_sums_and_its_answers_end_the_orders() -> (
    None
):
    market = await a_market()
    town, day = market.town, today_of(market.town.clock.now())
    first, again, second, gone = [await market.order(key=key) for key in ("a", "a", "b", "c")]
    assert isinstance(first, Accepted) and isinstance(again, Accepted) and first.answer == again.answer
    assert isinstance(second, Accepted) and isinstance(gone, Accepted)
    taken_back = await town.city(BOSS).get(Order, str(gone.answer["id"]))
    assert taken_back is not None and why(await market.cancel(taken_back, RESIDENT_B)) == "not_found"
    assert why(await market.cancel(taken_back)) == ""
    early = await market.file(day)
    assert isinstance(early, Declined) and early.status == 409
    town.clock.pass_s(DAY_S)
    assert why(await market.cancel((await market.orders())[0])) == "ordered_for_good"
    reply = await market.file(day)
    assert isinstance(reply, Plain)
    rows = list(csv.reader(io.StringIO(reply.content.decode("utf-8-sig"))))
    marks = [mark_of(str(one.answer["id"])) for one in (first, second)]
    assert rows[0] == ["order", "reward", "points", "to"] and rows[-1] == ["total", "2", "100", ""]
    assert sorted(rows[1:-1]) == sorted([mark, PHONE["name"], "50", "0901"] for mark in marks)
    results = [
        (marks[0], "accepted", 50, ""),
        (marks[1], "refused", 50, "番号がありません"),
        ("X1", "accepted", 50, ""),
    ]
    done = [await market.settle(results, day) for _ in range(2)]
    assert [one.answer for one in done if isinstance(one, Accepted)] == [
        {"followed": 2, "differences": 1, "open": 0},
        {"followed": 0, "differences": 1, "open": 0},
    ]
    await market.react()
    await market.checked()
    # another answer than before, another number of points: not followed, and named until the partner says what is known
    other = [(marks[0], "refused", 50, ""), (marks[1], "refused", 40, "")]
    assert isinstance(await market.settle(other, day), Accepted)
    kept = await town.city(BOSS).get(Settlement, f"urn:ngsi-ld:PointSettlement:pay:{day}")
    assert kept is not None
    assert {(one.order, one.why) for one in kept.differences} == {
        ("X1", "unknown"),
        (marks[0], "otherwise"),
        (marks[1], "amount"),
    }
    assert isinstance(await market.settle(results[:2], day), Accepted)
    await market.checked()
    letters = (await town.city(RESIDENT_A).find(Letter, Query(limit=100))).items
    told = [one.heading.ja for one in letters if one.to == RESIDENT_A.account_id and "交換" in one.heading.ja]
    assert (
        set(told) == {"ポイントの交換が終わりました", "ポイントの交換ができませんでした"} and len(told) == 2
    )


async def test_a_file_that_is_wrong_changes_nothing_and_says_what_is_wrong() -> None:
    market = await a_market()
    day = today_of(market.town.clock.now())
    done = await market.order()
    assert isinstance(done, Accepted)
    mark = mark_of(str(done.answer["id"]))
    good = answers([(mark, "accepted", 50, "")])
    wrong = {
        "bad_columns": good.replace("result", "state", 1),
        "bad_rows": good.replace("accepted", "ja", 1),
        "bad_sums": good.replace("total,1,50", "total,1,51"),
        "twice": answers([(mark, "accepted", 50, "")] * 2),
        "too_many_rows": answers([(f"M{n}", "refused", 1, "") for n in range(201)]),
    }
    for code, text in wrong.items():
        said = await market.settle([], day, text=text)
        assert isinstance(said, Refused) and [(one.field, one.code) for one in said.faults] == [
            ("text", code)
        ]
    assert why(await market.settle([(mark, "accepted", 50, "")], "2020-01-01")) == "no_settlement"
    assert (
        why(await market.town.run("points.settle", {"partner": "pay", "day": day, "text": good}, RESIDENT_A))
        == "not_allowed"
    )
    assert [one.status for one in await market.orders()] == ["pending"]
    await market.checked()


@given(st.text(max_size=200))
def test_no_text_is_read_as_answers_whose_control_sums_do_not_fit(text: str) -> None:
    for read in (read_answers(text), read_answers(f"order,result,points,reason\n{text}\ntotal,1,5,\n")):
        assert isinstance(read, str) or sum(one.points for one in read) in (0, 5) or "total" in text


async def test_an_answer_that_does_not_come_is_late_and_nothing_is_lost_and_can_still_come() -> None:
    market = await a_market()
    town, day = market.town, today_of(market.town.clock.now())
    assert isinstance(await market.order(), Accepted)
    town.clock.pass_s(32 * DAY_S)
    await Jobs(town.engine).run_due()
    await market.react()
    one = (await market.orders())[0]
    assert one.status == LATE
    await market.checked()
    assert isinstance(await market.settle([(mark_of(one.id), "refused", 50, "")], day), Accepted)
    await market.react()
    assert [kept.status for kept in await market.orders()] == ["refused"]
    await market.checked()


async def test_a_ticket_is_taken_once_of_20_at_once_and_lapses_with_its_points_returned() -> None:
    market = await a_market()
    first, second = [await market.order(1) for _ in range(2)]
    assert isinstance(first, Accepted) and isinstance(second, Accepted)
    form = {"code": " ".join(str(first.answer["code"]).lower()[at : at + 4] for at in range(0, 16, 4))}
    assert why(await market.town.run("points.redeem", form, RESIDENT_A)) == "not_allowed"
    done = await asyncio.gather(*(market.town.run("points.redeem", form, CLERK) for _ in range(20)))
    assert Counter(why(one) for one in done) == {"": 1, "used_ticket": 19}
    assert why(await market.town.run("points.redeem", {"code": "A" * 16}, CLERK)) == "no_ticket"
    market.town.clock.pass_s(32 * DAY_S)
    assert why(await market.town.run("points.redeem", {"code": second.answer["code"]}, CLERK)) == "old_ticket"
    await Jobs(market.town.engine).run_due()
    await market.react()
    assert sorted(one.status for one in await market.orders()) == ["done", "lapsed"]
    await market.checked()


async def test_who_may_order_and_what_is_read_by_others() -> None:
    market = await a_market()
    assert why(await market.order(who=NOBODY)) == "not_allowed"
    form = {"reward": market.rewards[0], "partner": "pay"}
    assert why(await market.town.run("points.place_order", form, RESIDENT_A)) != ""
    assert (
        why(await market.town.run("points.place_order", {**form, "partner": "pool"}, RESIDENT_A))
        == "no_reward"
    )
    assert isinstance(await market.order(1), Accepted)
    seen = [
        (await market.town.city(who).find(Order, Query(limit=9))).items
        for who in (NOBODY, RESIDENT_B, RESIDENT_A)
    ]
    assert [len(rows) for rows in seen] == [0, 0, 1]
    assert seen[2][0].kind == TICKET


async def test_auditors_accept_a_ledger_with_orders(tmp_path: Any) -> None:
    market = await a_market()
    day = today_of(market.town.clock.now())
    done = [await market.order() for _ in range(3)]
    marks = [mark_of(str(one.answer["id"])) for one in done if isinstance(one, Accepted)]
    rows = [(marks[0], "accepted", 50, ""), (marks[1], "refused", 50, "")]
    assert isinstance(await market.settle(rows, day), Accepted)
    await market.react()
    market.town.clock.pass_s(2 * MINUTE_S)
    for program in ("beancount", "hledger"):
        file = tmp_path / f"points.{program}"
        file.write_text(await written(market.town, program), encoding="utf-8")
        assert audited(program, file) == (True, "")
