"""Both sides of a mandate are told some days before it ends, once each, in their languages, and nobody of one that is over."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec
import pytest

from kaiteki.kit.allowances import use_id
from kaiteki.kit.engine import Asking, Engine
from kaiteki.kit.erasing import Order
from kaiteki.kit.identity.mandates import Mandate, Mandates, Wanted
from kaiteki.kit.mandate_ends import MandateEnds, due
from kaiteki.kit.messages import Letter
from kaiteki.kit.views import expand_name, where
from kaiteki.main.known_people import erasing_over
from kaiteki.main.parts import SERVICES
from kaiteki.main.sealing import open_sealed
from kaiteki.model.access import RESIDENT, Person
from kaiteki.model.decision import Accepted
from kaiteki.model.instant import Instant
from kaiteki.model.query import Query, TypeIs
from kaiteki.ports.accounts import Account, Session
from kaiteki.services.reports.manifest import service as reports
from town import Town, TownClock

ASK: Final = {
    "kind": "disclose",
    "what": "11月に送った知らせの連絡先",
    "name": "青木 葵",
    "address": "見本市港区1",
}
DAY_S: Final = 86_400
DAY_US: Final = DAY_S * 1_000_000


class Told(msgspec.Struct, frozen=True):
    """A town in which Aoi has entrusted something to Bunta."""

    town: Town
    book: Mandates
    ends: MandateEnds

    async def letters(self, holder: str) -> list[Letter]:
        """The messages to somebody, the oldest first."""
        found = await self.town.city(Person(holder)).find(Letter, Query(q=where(Letter, "to", "==", holder)))
        return sorted(found.items, key=lambda one: one.sent_at)


async def entrusted(days: int) -> tuple[Told, Mandate]:
    """A mandate that was taken now and lasts for so many days."""
    town = Town(reports)
    store = town.store
    giver, helper = Account("a", "aoi", "青木 葵", ""), Account("b", "bunta", "馬場 文太", "")
    for one in (giver, helper):
        await store.accounts.put(one)
    book = Mandates(store.accounts, store.credentials, town.clock)
    until = Instant(town.clock.now() + days * DAY_US)
    made = await book.invite(giver, Wanted("entrusted", ("reports.*",), until, area=town.area))
    assert isinstance(made, tuple)
    taken = await book.accept(helper, made[1])
    assert isinstance(taken, Mandate)
    return Told(town, book, MandateEnds(town.engine, store.accounts, store.credentials)), taken


async def test_both_are_told_fourteen_and_three_days_before_and_once_each_time() -> None:
    told, one = await entrusted(20)
    counts: list[int] = []
    for _ in range(21):
        counts.append(await told.ends.run_due() + await told.ends.run_due())
        told.town.clock.pass_s(DAY_S)
    assert [day for day, count in enumerate(counts) if count] == [6, 17] and sum(counts) == 2
    for holder, other, link in (
        ("a", "馬場 文太", f"my/mandates?again={one.id}#give"),
        ("b", "青木 葵", "my/mandates"),
    ):
        letters = await told.letters(holder)
        assert [letter.link for letter in letters] == [link] * 2
        for language, words in (
            ("ja", ("まちレポ", "2026年12月12日", "もう一度任せ", "新しいコード", "窓口")),
            ("en", ("Town reports", "12 Dec 2026", "once more", "new code", "counter")),
            ("ja-easy", ("まちの 知（し）らせ", "12月12日", "もう一度（いちど）", "コード", "まどぐち")),
        ):
            text = letters[0].body.say(language)
            assert all(word in text for word in (*words, other)), text


@pytest.mark.parametrize(("days", "told_on"), [(14, [11]), (4, [1]), (3, []), (1, [])])
async def test_one_that_was_short_from_the_beginning_is_not_announced_so_early(
    days: int, told_on: list[int]
) -> None:
    told, _ = await entrusted(days)
    said: list[int] = []
    for day in range(days + 1):
        if await told.ends.run_due():
            said.append(day)
        told.town.clock.pass_s(DAY_S)
    assert said == told_on


async def test_a_node_that_stood_still_tells_once_and_of_what_is_over_nobody_hears() -> None:
    told, one = await entrusted(30)
    told.town.clock.pass_s(28 * DAY_S)
    assert [await told.ends.run_due() for _ in range(2)] == [1, 0]
    assert len(await told.letters("a")) == 1
    told, one = await entrusted(30)
    await told.book.end(one.id, "a")
    told.town.clock.pass_s(28 * DAY_S)
    assert await told.ends.run_due() == 0 and not await told.letters("b")
    assert due(one, Instant(one.until)) is None


@pytest.mark.parametrize("gone", ["a", "b"])
async def test_who_is_erased_stands_in_no_letter_to_the_other_one_and_nothing_is_counted_any_more(
    gone: str, tmp_path: Path
) -> None:
    clock = TownClock()
    store, seals = await open_sealed(tmp_path, clock, "")
    engine = Engine(store.entities, clock, SERVICES)
    giver, helper = Account("a", "aoi", "青木 葵", ""), Account("b", "bunta", "馬場 文太", "")
    for one in (giver, helper):
        await store.accounts.put(one)
    book = Mandates(store.accounts, store.credentials, clock)
    until = Instant(clock.now() + 20 * DAY_US)
    made = await book.invite(giver, Wanted("entrusted", ("trust.*",), until, times=2, area="demo"))
    assert isinstance(made, tuple)
    one = await book.accept(helper, made[1])
    known = await store.accounts.by_id("b")
    assert isinstance(one, Mandate) and known is not None
    session = Session("s" * 64, "b", clock.now(), until, acting_for="a")
    acting = await book.acting(known, session, "demo")
    assert acting is not None and acting.person.holds((RESIDENT,))
    done = await engine.run("trust.ask", ASK, Asking("demo", acting.person))
    assert isinstance(done, Accepted), done
    clock.pass_s(10 * DAY_S)
    assert await MandateEnds(engine, store.accounts, store.credentials).run_due() == 1

    async def kept() -> tuple[int, int]:
        told = where(Letter, "about", "==", use_id(one.id))
        found = await store.entities.find(
            "demo", Query(types=TypeIs(expand_name("Message")), q=told, limit=50)
        )
        return len(found.rows), len(await store.entities.load("demo", [use_id(one.id)]))

    assert await kept() == (2, 1)
    erasing = erasing_over(engine, seals, store)
    await erasing.erase(await erasing.ids_of(gone), Order("operator", "test", clock.now()))
    assert await kept() == (0, 0)
    await store.entities.close()
