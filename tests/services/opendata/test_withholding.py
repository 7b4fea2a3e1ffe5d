"""Withdrawing: what staff take from the public is nowhere to be seen, comes back as it was, or is gone with its past."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from delivered import one_of
from importing_hall import Hall, source

from kaiteki.kit.city import Beside, Cities, CityOf
from kaiteki.kit.engine import Asking, Engine
from kaiteki.kit.files.darkroom import Darkroom
from kaiteki.kit.published import Version
from kaiteki.kit.reactions import Reactions
from kaiteki.kit.views import expand_name, where
from kaiteki.main.withholding import Withholding
from kaiteki.model.access import ANYONE, NOBODY, STAFF, Person
from kaiteki.model.decision import Accepted, Refused
from kaiteki.model.query import Query, TypeIs
from kaiteki.ports.entities import By, Change, Decision
from kaiteki.ports.outage import StoreAway
from kaiteki.services.opendata.lineage.model import FileLines, SourceFile
from kaiteki.services.opendata.manifest import service
from kaiteki.services.opendata.model import DataSet, ImportRun, record_view
from kaiteki.services.opendata.readability.report import Readability
from kaiteki.services.opendata.withdrawal.model import (
    Withdrawal,
    WithdrawnDataSet,
    withdrawal_id,
    withdrawn_id,
)

AED = "番号,名称,住所,緯度,経度\nA1,市役所,見本市1,35.35,141.05\nA2,港小学校,見本市2,35.36,141.06\nA3,丘公園,見本市3,35.37,141.07\n"
NEXT = AED.replace("丘公園,", "丘の公園,") + "A4,畑中学校,見本市4,35.38,141.08\n"
CLERK = Person("acc-desk", "", frozenset({ANYONE, STAFF}), assurance=1)
SEEN: tuple[type[Any], ...] = (DataSet, SourceFile, FileLines, Readability, record_view("AED"))


class Town:
    """A hall with people in it: what anybody and staff see, and what the node does by itself."""

    def __init__(self) -> None:
        self.hall = Hall()
        store = self.hall.store
        self.engine = Engine(store.entities, self.hall.clock, (service,))
        self.darkroom = Darkroom(self.engine, store.files, store.received)
        self.withholding = Withholding(store.entities, store.history, self.hall.clock, ("demo",))
        self.reactions = Reactions(self.engine, store.events, store.history)

    def city(self, person: Person = NOBODY) -> CityOf:
        """The town as somebody sees it."""
        cities = Cities(self.engine, self.darkroom)
        beside = Beside(history=self.hall.store.history, events=self.hall.store.events)
        cities.beside = beside
        return cities.of(Asking("demo", person))

    async def seen(self, person: Person = NOBODY) -> dict[str, int]:
        """How many of each type somebody sees."""
        city = self.city(person)
        return {view.__name__: len((await city.find(view, Query())).items) for view in SEEN}

    async def do(self, command: str, **form: Any) -> Accepted | Refused:
        """A clerk decides, and the node carries it out."""
        done = await self.city(CLERK).run(f"opendata.{command}", form)
        self.hall.clock.pass_s(1)
        await self.withholding.run_due()
        return done

    async def bring(self, text: str) -> str:
        """The data set of a file that was brought in."""
        (outcome,) = await self.hall.bring(source("aed.csv", text.encode()))
        return outcome.data_set


@pytest.fixture
async def town() -> tuple[Town, str]:
    """A town with a table of three AEDs."""
    town = Town()
    return town, await town.bring(AED)


ALL = {"DataSet": 1, "SourceFile": 1, "FileLines": 1, "Readability": 1, "AED": 3}
NONE = dict.fromkeys(ALL, 0)


async def test_a_withdrawn_data_set_is_seen_by_staff_alone_and_comes_back_as_it_was(
    town: tuple[Town, str],
) -> None:
    here, data_set = town
    before = [one async for one in _kept(here)]
    assert await here.seen() == ALL
    assert isinstance(await here.do("withhold_data", id=data_set, reason="位置がちがう"), Accepted)
    assert (await here.seen(), await here.seen(CLERK)) == (NONE, ALL)
    told = await one_of(here.hall, Withdrawal, withdrawal_id(data_set))
    assert (told.state, told.reason, told.decided_by, told.count) == (
        "withheld",
        "位置がちがう",
        "acc-desk",
        7,
    )
    assert await here.city().get(WithdrawnDataSet, withdrawn_id(data_set)) is not None
    assert await here.city().get(Withdrawal, told.id) is None
    assert not (await here.city().search("港小学校")).items
    # a second one has nothing to withdraw; without source and licence nothing becomes public
    assert isinstance(await here.do("withhold_data", id=data_set, reason="位置がちがう"), Refused)
    assert isinstance(await here.do("publish_data", id=data_set), Refused)
    await here.do("describe", id=data_set, title="AED", source="見本市", licence="CC-BY-4.0")
    assert isinstance(await here.do("publish_data", id=data_set), Accepted)
    assert await here.seen() == ALL
    assert await here.city().get(WithdrawnDataSet, withdrawn_id(data_set)) is None
    after = [one async for one in _kept(here)]
    assert [(one.id, one.types, one.attributes) for one in after if "AED" in one.id] == [
        (one.id, one.types, one.attributes) for one in before if "AED" in one.id
    ]


async def _kept(town: Town) -> AsyncIterator[Any]:
    for view in SEEN:
        wanted = Query(types=TypeIs(expand_name(view.__name__)))
        for row in (await town.hall.store.entities.find("demo", wanted)).rows:
            yield row.entity()


async def test_the_next_file_does_not_bring_back_what_was_withdrawn(town: tuple[Town, str]) -> None:
    here, data_set = town
    await here.do("withhold_data", id=data_set, reason="位置がちがう")
    (outcome,) = await here.hall.bring(source("aed.csv", NEXT.encode()))
    assert outcome.is_withheld
    assert (await here.seen(), (await here.seen(CLERK))["AED"]) == (NONE, 4)
    run = await one_of(here.hall, ImportRun, data_set.replace(":DataSet:", ":ImportRun:"))
    assert "withheld" in {issue.code for issue in run.issues}
    await here.do("describe", id=data_set, title="AED", source="見本市", licence="CC-BY-4.0")
    await here.do("publish_data", id=data_set)
    assert (await here.seen())["AED"] == 4


async def test_one_record_is_withdrawn_for_itself_and_stays_so_while_its_data_set_comes_and_goes(
    town: tuple[Town, str],
) -> None:
    here, data_set = town
    await here.do("describe", id=data_set, title="AED", source="見本市", licence="CC-BY-4.0")
    record = next(one.id for one in await _records(here) if one.name == "港小学校")
    await here.do("withhold_data", id=record, reason="撤去された")
    assert (await here.seen())["AED"] == 2 and await here.city().get(record_view("AED"), record) is None
    assert (await here.city().find(WithdrawnDataSet, Query())).items == ()
    await here.bring(NEXT)
    assert (await here.seen())["AED"] == 3
    await here.do("withhold_data", id=data_set, reason="位置がちがう")
    await here.do("publish_data", id=record)
    assert await here.seen() == NONE
    await here.do("publish_data", id=data_set)
    assert (await here.seen())["AED"] == 4


async def _records(town: Town) -> list[Any]:
    return list((await town.city(CLERK).find(record_view("AED"), Query())).items)


async def test_what_is_erased_is_gone_with_its_past_and_its_record_does_not_come_again(
    town: tuple[Town, str],
) -> None:
    here, _ = town
    record = next(one.id for one in await _records(here) if one.name == "港小学校")
    assert isinstance(await here.do("erase_data", id=record, sure=True), Refused)
    await here.do("withhold_data", id=record, reason="個人の番号が入っていた")
    assert isinstance(await here.do("erase_data", id=record), Refused)
    assert isinstance(await here.do("erase_data", id=record, sure=True), Accepted)
    history = here.hall.store.history
    assert not await history.past("demo", record)
    (lines,) = (await here.city().find(FileLines, Query())).items
    assert lines.count == 2 and not [
        one
        for one in await history.past("demo", lines.id)
        if one.attribute.endswith("count") and one.instance and one.instance.value == 3
    ]
    told = await one_of(here.hall, Withdrawal, withdrawal_id(record))
    assert (told.state, told.about, told.title, told.reason) == ("erased", "", "", "")
    (outcome,) = await here.hall.bring(source("aed.csv", NEXT.encode()))
    assert outcome.tally is not None and outcome.tally.refused == 1
    assert sorted(one.name for one in await _records(here)) == ["丘の公園", "市役所", "畑中学校"]


class Stopping:
    """Entities of which the write behind so many others never begins."""

    def __init__(self, entities: Any, writes: int) -> None:
        self._entities, self.left = entities, writes

    def __getattr__(self, name: str) -> Any:
        return getattr(self._entities, name)

    async def change(self, *words: Any, **named: Any) -> Any:
        """Write, or be gone."""
        self.left -= 1
        if self.left < 0:
            raise StoreAway("killed")
        return await self._entities.change(*words, **named)


@pytest.mark.parametrize("is_whole", [True, False])
async def test_an_erasure_that_is_stopped_before_any_write_says_so_until_it_is_done(
    is_whole: bool,
) -> None:
    stopped_at, is_done = 0, False
    while not is_done:
        here = Town()
        data_set = await here.bring(AED)
        about = data_set if is_whole else (await _records(here))[0].id
        await here.do("withhold_data", id=about, reason="個人の番号が入っていた")
        store, decided = here.hall.store, withdrawal_id(about)
        stopping: Any = Stopping(store.entities, stopped_at)
        said = await here.city(CLERK).run("opendata.erase_data", {"id": about, "sure": True})
        assert isinstance(said, Accepted)
        try:
            await Withholding(stopping, store.history, here.hall.clock, ("demo",)).run_due()
        except StoreAway:
            # whatever comes in now is not public
            assert (await one_of(here.hall, Withdrawal, decided)).hides
            here.hall.clock.pass_s(3600)
            await here.withholding.run_due()
        is_done = stopping.left >= 0
        told = await one_of(here.hall, Withdrawal, decided)
        assert (told.state, told.about, told.title, told.reason) == (
            "erased",
            data_set if is_whole else "",
            "",
            "",
        )
        past = await store.history.past("demo", decided)
        assert "個人の番号" not in str(past)
        assert not await store.history.past("demo", about)
        stopped_at += 1
    assert stopped_at > 5


async def test_a_data_set_is_erased_with_what_was_taken_out_of_it_before(town: tuple[Town, str]) -> None:
    here, data_set = town
    gone = (await _records(here))[0].id
    await here.hall.store.entities.change(
        "demo", [gone], lambda found: Decision([Change(found[gone], None)], None), By()
    )
    single = (await _records(here))[0].id
    await here.do("withhold_data", id=single, reason="撤去された")
    ids = [*[one.id async for one in _kept(here)], withdrawal_id(single)]
    await here.do("withhold_data", id=data_set, reason="個人の番号が入っていた")
    await here.do("erase_data", id=data_set, sure=True)
    assert await here.seen(CLERK) == NONE
    for one in (*ids, gone):
        assert not await here.hall.store.history.past("demo", one), one
    # the same file comes in for staff alone, and says so
    (outcome,) = await here.hall.bring(source("aed.csv", AED.encode()))
    assert outcome.is_withheld and (await here.seen())["AED"] == 0


async def test_records_of_a_deleted_data_set_are_public_no_more(town: tuple[Town, str]) -> None:
    here, data_set = town
    await here.reactions.step()
    for purge in (False, True):
        await here.hall.store.entities.change(
            "demo",
            [data_set],
            lambda found, purge=purge: Decision([Change(found[data_set], None, purge)], None),
            By(),
        )
        while await here.reactions.step():
            pass
        await here.withholding.run_due()
        assert (await here.seen(), (await here.seen(CLERK))["AED"]) == (NONE, 3), purge
        await here.bring(AED)
        await here.do("describe", id=data_set, title="AED", source="見本市", licence="CC-BY-4.0")
        await here.do("publish_data", id=data_set)
        assert (await here.seen())["AED"] == 3
        while await here.reactions.step():
            pass


async def test_who_follows_the_changes_hears_that_it_went_and_nothing_of_a_draft(
    town: tuple[Town, str],
) -> None:
    here, _ = town
    view = record_view("AED")
    here.hall.clock.pass_s(1)
    since = here.hall.clock.now()
    here.hall.clock.pass_s(1)
    record = (await _records(here))[0].id
    await here.do("withhold_data", id=record, reason="撤去された")
    told = [one async for one in here.city().published.changes(view, since)]
    assert [(one.id, one.before is None, one.after) for one in told] == [(record, False, None)]
    hidden = here.hall.clock.now()
    here.hall.clock.pass_s(1)
    await here.bring(NEXT.replace("市役所", "市の役所"))
    told = [one async for one in here.city().published.changes(view, hidden)]
    assert record not in {one.id for one in told if one.after is not None}


async def test_the_version_of_a_data_set_moves_when_a_record_is_withdrawn_and_when_it_is_back(
    town: tuple[Town, str],
) -> None:
    here, data_set = town
    view = record_view("AED")

    async def versions() -> tuple[Version, Version]:
        published = here.city().published
        others = where(view, "data_set", "==", "urn:ngsi-ld:DataSet:other")
        return await published.version(
            view, where(view, "data_set", "==", data_set)
        ), await published.version(view, others)

    seen = {await versions()}
    record = (await _records(here))[0].id
    for number, command in enumerate(("withhold_data", "publish_data"), 2):
        here.hall.clock.pass_s(1)
        assert await versions() in seen
        await here.do(command, id=record, **({"reason": "撤去された"} if number == 2 else {}))
        seen.add(await versions())
        assert len(seen) == number
    assert {other for _, other in seen} == {Version(0)}
