"""Carries out what staff decided on what is public: hides, shows again, erases. What it touches of a data set: its description, its records,
the files it came from with their lines, what was judged of them, the feed of public transport that was made of the same file.

A step is one write of up to STEP entities, and the same write counts them in the decision (`Withdrawal.count`), so that its page says how
far it is. A node that was stopped, however it was, begins again: what a step did is found done and counted, and is not written again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Final

import msgspec

from kaiteki.kit.rounds import go_rounds
from kaiteki.kit.views import attribute, expand_name, of_type, read, where, write
from kaiteki.main.turns import Turns
from kaiteki.model.entity import Entity
from kaiteki.model.instant import Instant
from kaiteki.model.past import Period
from kaiteki.model.problem import Problem
from kaiteki.model.query import PAGE_SIZE_MAX, Query, TypeAny, TypeIs
from kaiteki.ports.clock import Clock
from kaiteki.ports.entities import By, Change, Decision, Entities, Forgotten, Row
from kaiteki.ports.history import History
from kaiteki.services.opendata.correcting.model import Correction, correction_id
from kaiteki.services.opendata.importing import run_id
from kaiteki.services.opendata.intake.delivery import Delivery
from kaiteki.services.opendata.lineage.lines import head_of, keep_only
from kaiteki.services.opendata.lineage.model import FileLines, SourceFile, lines_view
from kaiteki.services.opendata.model import DataSet, Record
from kaiteki.services.opendata.readability.report import report_id
from kaiteki.services.opendata.standard.table import standard_types
from kaiteki.services.opendata.surplus import records_of
from kaiteki.services.opendata.transit.feed import TransitFeed, part_ids
from kaiteki.services.opendata.withdrawal.model import (
    AT_WORK,
    State,
    Withdrawal,
    WithdrawnDataSet,
    hide,
    is_withheld,
    mark_of,
    show,
    withdrawal_id,
    withdrawn_id,
)

TICK_S: Final = 1.0
BATCH: Final = 20
STEP: Final = 500
"""Entities that one step changes; a write of other people waits for it, 50 ms on SQLite."""
LEFT_OUT_MAX: Final = 1_000
"""Erased records of a data set that are known again; of more, the oldest are forgotten."""
LOG: Final = "kaiteki.withholding"
ACTIONS: Final = {
    "withholding": "opendata.withhold_data",
    "publishing": "opendata.publish_data",
    "erasing": "opendata.erase_data",
    "forgetting": "opendata.erase_data",
}
_RECORDS: Final = TypeAny(tuple(TypeIs(expand_name(name)) for name in standard_types()))
Step = Callable[[Entity], Entity]
"""What becomes of an entity."""


class Withholding:
    """Carries out decisions in all areas. One per node whose turn it is."""

    def __init__(self, entities: Entities, history: History, clock: Clock, areas: tuple[str, ...]) -> None:
        self._entities, self._history, self._clock, self._areas = entities, history, clock, areas
        self._turns = Turns(clock, LOG)

    async def run(self) -> None:
        """Carry out what is decided, until cancelled."""
        await go_rounds(self.run_due, TICK_S, LOG, "withdrawals")

    async def run_due(self) -> int:
        """Carry out what is decided now; how many decisions it was."""
        done = 0
        wanted = Query(types=of_type(Withdrawal), q=where(Withdrawal, "state", "==", AT_WORK), limit=BATCH)
        for area in self._areas:
            done += await self._turns.each(self._entities, area, wanted, self._carry_out, self._let_be)
        return done

    async def _let_be(self, area: str, row: Row) -> None:
        """What something unforeseen happened with stays as it is decided, and is tried again when it has rested."""

    async def _carry_out(self, area: str, row: Row) -> None:
        one = read(Withdrawal, row.entity())
        hand = _Hand(self._entities, self._history, self._clock, (area, ACTIONS[one.state], one.decided_by))
        work: Mapping[str, Callable[[Withdrawal], Awaitable[None]]] = {
            "withholding": hand.withhold,
            "publishing": hand.publish,
            "erasing": hand.erase,
            "forgetting": hand.forget,
        }
        await work[one.state](one)


class _Hand:
    """One decision while it is carried out, in the name of who took it."""

    def __init__(
        self, entities: Entities, history: History, clock: Clock, task: tuple[str, str, str]
    ) -> None:
        self._entities, self._history, self._clock = entities, history, clock
        self._area = task[0]
        self._by = By(actor=task[2] or "system", action=task[1], purpose="import")

    async def withhold(self, one: Withdrawal) -> None:
        """Hide what a decision is about."""
        now = self._clock.now()

        def step(entity: Entity) -> Entity:
            return hide(entity, one.id, now)

        async for ids in self._parts(one):
            await self._change(one, ids, step)
        if one.is_whole and not one.drafted:
            told = WithdrawnDataSet(withdrawn_id(one.data_set), one.data_set, one.decided_at)
            await self._put(told, "WithdrawnDataSet")
        await self._settle(one, "withheld")

    async def publish(self, one: Withdrawal) -> None:
        """Show what a decision is about; of a data set not what was hidden for itself, of a record only where its data set is public."""
        now, whole = self._clock.now(), await self._get(withdrawal_id(one.data_set))
        of_set = read(Withdrawal, whole) if whole is not None and not one.is_whole else None

        def step(entity: Entity) -> Entity:
            if read(_Why, entity).withheld_for != one.id:
                return entity
            if of_set is not None and of_set.hides:
                return write(_Why(entity.id, of_set.id), entity, now)
            return show(entity, now)

        async for ids in self._parts(one):
            await self._change(one, ids, step)
        if one.is_whole:
            await self._delete([withdrawn_id(one.data_set)], purge=False)
            feed = await self._feed_of(one.data_set)
            # the zip holds the tables of all data sets that were made of it
            if feed is not None and not await self._hides_any(feed.data_sets):
                await self._change(one, [feed.id, *part_ids(feed)], lambda entity: show(entity, now))
        await self._settle(one, "published")

    async def erase(self, one: Withdrawal) -> None:
        """Erase what a decision is about, with its past, the originals that it came in with and what names it."""
        forgotten = await self._erase_set(one) if one.is_whole else await self._erase_record(one)
        await self._erase_deliveries(one.data_set)
        kept = await self._get(one.id)
        left = Withdrawal(
            id=one.id,
            about=one.data_set if one.is_whole else "",
            data_set=one.data_set,
            state="forgetting",
            decided_by=one.decided_by,
            decided_at=one.decided_at,
            count=forgotten + (read(Withdrawal, kept).count if kept is not None else 0),
        )
        # at no moment there is no decision: what comes in after a kill must not be public
        await self._put(left, "Withdrawal")
        await self.forget(left)

    async def forget(self, one: Withdrawal) -> None:
        """Erase the past of a decision that says no more of what it was about, and be done with it."""
        try:
            await self._forget([one.id])
        except Problem as none:
            # a node that was killed here had forgotten it
            if none.code != "ResourceNotFound":
                raise
        await self._settle(one, "erased")

    async def _erase_set(self, one: Withdrawal) -> int:
        """Erase a data set; how many entities were forgotten of which only the past was kept."""
        forgotten = 0
        async for ids in self._gone(one.data_set):
            forgotten += await self._forget(ids)
        async for ids in self._parts(one):
            await self._write(one, ids, _erasing)
        # what was decided on single records, or corrected in them, says their names
        for view in (Withdrawal, Correction):
            wanted = Query(types=of_type(view), q=where(view, "data_set", "==", one.data_set))
            async for ids in self._found(wanted):
                await self._delete([each for each in ids if each != one.id], purge=True)
        slug = one.data_set.rpartition(":")[2]
        await self._delete([run_id(slug), one.data_set], purge=True)
        return forgotten

    async def _erase_record(self, one: Withdrawal) -> int:
        entity = await self._get(one.data_set)
        if entity is not None:
            kept = read(DataSet, entity)
            mark = mark_of(one.about)
            left_out = tuple(dict.fromkeys((*kept.left_out, mark)))[-LEFT_OUT_MAX:]
            corrected = tuple(each for each in kept.corrected if each != mark)
            await self._put(msgspec.structs.replace(kept, left_out=left_out, corrected=corrected), "DataSet")
        async for lines in self._files(one.data_set, "lines"):
            await self._thin(lines, one.about)
        slug = one.data_set.rpartition(":")[2]
        # examples of both may be the very values
        await self._delete([report_id(slug), run_id(slug), correction_id(one.about)], purge=True)
        await self._write(one, [one.about], _erasing)
        return 0

    async def _thin(self, lines: Sequence[str], record: str) -> None:
        """Have parts of lines say nothing of a record, now and in their past."""
        for row in (await self._entities.load(self._area, lines)).values():
            entity = await self._get(read(FileLines, row.entity()).source_file)
            file = read(SourceFile, entity) if entity is not None else SourceFile("")
            part = read(lines_view(file.record_type), row.entity())
            kept = keep_only(part, head_of(file), record.__ne__) if file.record_type else None
            await self._delete([part.id], purge=True)
            if kept is not None:
                await self._put(kept, "FileLines")

    async def _erase_deliveries(self, data_set: str) -> None:
        wanted = Query(types=of_type(Delivery), q=where(Delivery, "data_set", "==", data_set))
        async for ids in self._found(wanted):
            await self._delete(ids, purge=True)

    async def _parts(self, one: Withdrawal) -> AsyncIterator[Sequence[str]]:
        """The ids of all that a decision is about, in steps; the description of a data set first."""
        if not one.is_whole:
            yield [one.about]
            return
        slug = one.data_set.rpartition(":")[2]
        yield [one.data_set, report_id(slug)]
        feed = await self._feed_of(one.data_set) if one.state != "publishing" else None
        if feed is not None:
            yield [feed.id, *part_ids(feed)]
        async for ids in self._found(records_of(one.data_set)):
            yield ids
        for what in ("lines", "files"):
            async for ids in self._files(one.data_set, what):
                yield ids

    async def _feed_of(self, data_set: str) -> TransitFeed | None:
        entity = await self._get(data_set)
        feed = await self._get(read(DataSet, entity).feed) if entity is not None else None
        return read(TransitFeed, feed) if feed is not None else None

    async def _hides_any(self, data_sets: Sequence[str]) -> bool:
        found = await self._entities.load(self._area, data_sets)
        return any(is_withheld(row.entity()) for row in found.values())

    async def _files(self, data_set: str, what: str) -> AsyncIterator[Sequence[str]]:
        """The ids of the files of a data set, or those of their lines."""
        async for files in self._found(
            Query(types=of_type(SourceFile), q=where(SourceFile, "data_set", "==", data_set))
        ):
            if what == "files":
                yield files
                continue
            for file in files:
                wanted = Query(types=of_type(FileLines), q=where(FileLines, "source_file", "==", file))
                async for lines in self._found(wanted):
                    yield lines

    async def _gone(self, data_set: str) -> AsyncIterator[Sequence[str]]:
        """The ids of the records of a data set that were deleted before, whose past is kept."""
        after, more, name = "", True, attribute(Record, "data_set")
        while more:
            lives = await self._history.lives(self._area, _RECORDS, after, PAGE_SIZE_MAX, Instant(1))
            gone: list[str] = []
            for life in lives:
                period = Period(None, self._clock.now(), "written", ("@none",))
                past = await self._history.past(self._area, life.entity_id, (name,), period, 2, True)
                if any(state.instance is not None and state.instance.value == data_set for state in past):
                    gone.append(life.entity_id)
            yield gone
            more, after = len(lives) == PAGE_SIZE_MAX, lives[-1].entity_id if lives else ""

    async def _found(self, wanted: Query) -> AsyncIterator[Sequence[str]]:
        after, more = None, True
        while more:
            page = msgspec.structs.replace(wanted, limit=min(PAGE_SIZE_MAX, STEP), after_id=after)
            found = await self._entities.find(self._area, page)
            ids = [row.id for row in found.rows]
            more, after = found.more and bool(ids), ids[-1] if ids else None
            yield ids

    async def _get(self, entity_id: str) -> Entity | None:
        row = (await self._entities.load(self._area, (entity_id,))).get(entity_id) if entity_id else None
        return row.entity() if row is not None else None

    async def _change(self, one: Withdrawal, ids: Sequence[str], step: Step) -> None:
        """Change entities for a decision, those that a step leaves as they are not at all."""

        def changes(existing: Iterable[Entity]) -> list[Change]:
            made = ((each, step(each)) for each in existing)
            return [Change(before, after) for before, after in made if after is not before]

        await self._write(one, ids, changes)

    async def _write(
        self, one: Withdrawal, ids: Sequence[str], changes: Callable[[Iterable[Entity]], list[Change]]
    ) -> None:
        """Write what becomes of entities for a decision, and count them in it, all at once or not at all."""
        now = self._clock.now()

        def decide(existing: Mapping[str, Entity]) -> Decision[None]:
            made, mark = changes([existing[each] for each in ids if each in existing]), existing.get(one.id)
            if made and mark is not None:
                kept = read(Withdrawal, mark)
                told = write(msgspec.structs.replace(kept, count=kept.count + len(made)), mark, now)
                made.append(Change(mark, told))
            return Decision(made, None)

        if ids:
            await self._entities.change(self._area, [*ids, one.id], decide, self._by)

    async def _delete(self, ids: Sequence[str], purge: bool) -> None:
        def decide(existing: Mapping[str, Entity]) -> Decision[None]:
            return Decision([Change(one, None, purge) for one in existing.values()], None)

        if ids:
            await self._entities.change(self._area, ids, decide, self._by)

    async def _forget(self, ids: Sequence[str]) -> int:
        """Erase what is kept of entities that are gone."""
        for entity_id in ids:
            gone = Forgotten(entity_id)
            await self._entities.change(
                self._area,
                [entity_id],
                lambda _found, gone=gone: Decision((), None, correction=gone),
                self._by,
            )
        return len(ids)

    async def _put(self, view: msgspec.Struct, type_short: str) -> None:
        now, entity_id = self._clock.now(), str(getattr(view, "id", ""))

        def decide(existing: Mapping[str, Entity]) -> Decision[None]:
            before = existing.get(entity_id)
            after = write(view, before, now, type_short)
            return Decision([Change(before, after)] if after is not before else [], None)

        await self._entities.change(self._area, [entity_id], decide, self._by)

    async def _settle(self, one: Withdrawal, state: State) -> None:
        """Say that a decision is carried out, unless another one was taken meanwhile."""
        now = self._clock.now()

        def decide(existing: Mapping[str, Entity]) -> Decision[None]:
            before = existing.get(one.id)
            kept = read(Withdrawal, before) if before is not None else None
            if before is None or kept is None or kept.state != one.state:
                return Decision((), None)
            drafted = kept.drafted and state != "published"
            done = msgspec.structs.replace(kept, state=state, drafted=drafted)
            return Decision([Change(before, write(done, before, now))], None)

        await self._entities.change(self._area, [one.id], decide, self._by)


def _erasing(existing: Iterable[Entity]) -> list[Change]:
    return [Change(one, None, purge_history=True) for one in existing]


class _Why(msgspec.Struct, frozen=True):
    """For which decision an entity is hidden."""

    id: str
    withheld_for: str = ""
