"""The mapping of one source: tried on the newest file before it counts, for that source alone, undone; other columns stop the source."""

from __future__ import annotations

import msgspec
import pytest
from test_harvesting import ROWS, Shelf, Town, shelf, table, town

from kaiteki.main.harvesting import unfetched
from kaiteki.model.decision import Accepted, Refused
from kaiteki.services.opendata.intake.delivery import Delivery, pack
from kaiteki.services.opendata.intake.harvest import HarvestSource, Switch, switch_source
from kaiteki.services.opendata.intake.mapped import (
    EARLIER_MAX,
    Earlier,
    SourceMapping,
    TryMapping,
    UndoMapping,
    UseMapping,
    mapping_id,
    try_mapping,
    undo_mapping,
    use_mapping,
)
from kaiteki.services.opendata.model import KeptChoice

__all__ = ["shelf", "town"]
HEAD = "ID,公園名,所在地,緯度,経度,ひとこと"
SAID = [f"{row},みどり{n}" for n, row in enumerate(ROWS)]
COLUMNS = tuple(HEAD.split(","))


class Desk:
    """A member of staff who decides about the mapping of a source."""

    def __init__(self, town: Town, source: str) -> None:
        self.town, self.source = town, source

    async def state(self) -> tuple[HarvestSource, dict[str, msgspec.Struct]]:
        """The source, and all that a rule may see."""
        one = await self.town.target.get(HarvestSource, self.source)
        assert one is not None
        delivery = await self.town.target.get(Delivery, one.delivery)
        mapping = await self.town.target.get(SourceMapping, mapping_id(one.id))
        return one, {each.id: each for each in (one, delivery, mapping) if each is not None}

    async def keep(self, done: Accepted | Refused) -> Accepted:
        """Keep what was decided."""
        assert isinstance(done, Accepted), done
        await self.town.target.keep(done.writes)
        return done

    async def trial(self, items: dict[str, str], record_type: str = "") -> Accepted | Refused:
        """Try what columns mean."""
        one, state = await self.state()
        form = TryMapping(one.id, one.delivery, record_type, "", tuple(items), tuple(items.values()), 9)
        return try_mapping(state, form, self.town.asked())

    async def use(self) -> Accepted | Refused:
        """Use what was tried."""
        one, state = await self.state()
        return use_mapping(state, UseMapping(one.id, one.delivery), self.town.asked())


async def test_a_mapping_counts_when_it_was_tried_and_is_used_for_its_source_alone(
    shelf: Shelf, town: Town
) -> None:
    shelf.content = table(SAID, HEAD)
    source, other = (
        await town.declare(f"{shelf.url}/parks.csv"),
        await town.declare(f"{shelf.url}/others.csv"),
    )
    kept = await town.target.get(HarvestSource, other)
    assert kept is not None
    await town.target.keep([msgspec.structs.replace(kept, file_name="others.csv")])
    first = await town.turn(source)
    guessed = await town.data_set(first)
    assert (guessed.records, guessed.details) == (20, ("ひとこと",))
    desk = Desk(town, source)
    assert isinstance(await desk.use(), Refused)
    done = await desk.keep(
        await desk.trial(
            {**dict.fromkeys(COLUMNS, ""), "ひとこと": "-", "公園名": "name", "ID": "identifier"},
            guessed.record_type,
        )
    )
    assert done.answer["records"] == 20
    mapping = await town.target.get(SourceMapping, mapping_id(source))
    assert mapping is not None and mapping.trial is not None
    assert (mapping.record_type, mapping.trial.rows, mapping.trial.refused, mapping.trial.located) == (
        "",
        20,
        0,
        0,
    )
    assert [dict(record)["緯度"] for record in mapping.trial.sample][:1] == ["35.01"]
    # a draft counts for nothing
    assert (await town.data_set(await town.turn(source, 24))).details == ("ひとこと",)
    await desk.keep(await desk.use())
    used = await town.turn(source)
    assert used.result == "new"
    assert "ひとこと" not in (await town.data_set(used)).details and (await town.data_set(used)).located == 0
    alone = await town.target.get(HarvestSource, other)
    assert alone is not None and "ひとこと" in (await town.data_set(alone)).details
    one, state = await desk.state()
    await desk.keep(undo_mapping(state, UndoMapping(one.id), town.asked()))
    back = await town.data_set(await town.turn(source))
    assert (back.details, back.located) == (("ひとこと",), 20)


async def test_other_columns_stop_a_source_until_its_mapping_is_used(shelf: Shelf, town: Town) -> None:
    source = await town.declare(f"{shelf.url}/parks.csv")
    whole = await town.turn(source)
    before = await town.data_set(whole)
    shelf.content = table([*SAID, "21,新公園,区21,35.5,141.5,あたらしい"], HEAD.replace("公園名", "なまえ"))
    stopped = await town.turn(source, 24)
    assert (stopped.result, stopped.is_active, stopped.next_at) == ("stopped", False, None)
    assert stopped.why == "columns:−公園名、＋なまえ、＋ひとこと"
    held = await town.target.get(Delivery, stopped.delivery)
    assert held is not None and (held.state, bool(held.content)) == ("open", True)
    assert await town.data_set(whole) == before
    (line,) = await unfetched(town.store.entities)
    assert "other columns" in line
    on = switch_source({source: stopped}, Switch(source), town.asked())
    assert isinstance(on, Accepted)
    await town.target.keep(on.writes)
    assert (await town.turn(source)).result == "stopped"
    desk = Desk(town, source)
    await desk.keep(await desk.trial({"なまえ": "name"}))
    await desk.keep(await desk.use())
    on_again = await town.turn(source)
    assert (on_again.result, on_again.is_active, on_again.why, on_again.found) == ("new", True, "", ())
    after = await town.data_set(on_again)
    assert (after.records, "なまえ" in after.columns) == (21, True)
    # the same columns in another order are the same
    shelf.content = table(
        [",".join(reversed(row.split(","))) for row in SAID],
        ",".join(reversed(HEAD.replace("公園名", "なまえ").split(","))),
    )
    assert (await town.turn(source, 24)).result == "new"


async def test_what_was_tried_on_an_older_file_or_brings_nothing_in_does_not_count(
    shelf: Shelf, town: Town
) -> None:
    source = await town.declare(f"{shelf.url}/parks.csv")
    await town.turn(source)
    desk = Desk(town, source)
    await desk.keep(await desk.trial({"公園名": "name"}))
    one, state = await desk.state()
    assert isinstance(use_mapping(state, UseMapping(one.id, "urn:older"), town.asked()), Refused)
    shelf.content = table([*ROWS, "21,新公園,区21,35.5,141.5"])
    await town.turn(source, 24)
    newer = await desk.use()
    assert isinstance(newer, Refused) and newer.faults[0].field == "delivery"
    older = try_mapping({**state, **(await desk.state())[1]}, TryMapping(one.id, one.delivery), town.asked())
    assert isinstance(older, Refused)
    unknown = await desk.trial({}, "NoSuchType")
    assert isinstance(unknown, Refused) and unknown.faults[0].field == "record_type"
    nothing = await desk.keep(await desk.trial({"公園名": "-", "ID": "-"}))
    if nothing.answer["records"] == 0:
        assert isinstance(await desk.use(), Refused)


@pytest.mark.parametrize("record_type", ["PublicToilet", "AED"])
async def test_another_type_is_guessed_anew_with_what_it_knows(
    shelf: Shelf, town: Town, record_type: str
) -> None:
    source = await town.declare(f"{shelf.url}/parks.csv")
    await town.turn(source)
    desk = Desk(town, source)
    done = await desk.keep(await desk.trial({"公園名": "name", "所在地": "noSuchItem"}, record_type))
    (mapping,) = done.writes
    assert isinstance(mapping, SourceMapping) and mapping.draft_type == record_type
    items = {choice.column: choice.item for choice in mapping.draft}
    assert items["公園名"] == "name" and items["緯度"] == "latitude"


def test_a_file_of_several_tables_has_no_mapping_and_earlier_ones_have_a_limit(town: Town) -> None:
    text = "名称,人数（人）\n本町,5\n港町,6\n\n施設,台数（台）\n図書館,3\n公民館,4\n"
    two = Delivery("urn:d", "t.csv", "open", content=pack(text.encode()), accepted=("tables",))
    source = HarvestSource(
        "urn:ngsi-ld:HarvestSource:s", delivery="urn:d", columns=("名称",), found=("施設",)
    )
    state = {source.id: source, two.id: two}
    refused = try_mapping(state, TryMapping(source.id, two.id), town.asked())
    assert isinstance(refused, Refused) and refused.faults[0].field == "delivery"
    many = SourceMapping(
        mapping_id(source.id),
        source.id,
        "AED",
        (KeptChoice("名称", "name"),),
        before=(Earlier("AED"),) * EARLIER_MAX,
    )
    back = undo_mapping({**state, many.id: many}, UndoMapping(source.id), town.asked())
    assert isinstance(back, Accepted)
    after, again = back.writes
    assert isinstance(after, SourceMapping) and len(after.before) == EARLIER_MAX - 1
    assert isinstance(again, HarvestSource) and (again.columns, again.found, again.is_active) == (
        ("施設",),
        (),
        True,
    )
    assert undo_mapping(state, UndoMapping(source.id), town.asked()) == Refused("not_found")
