"""What entities leave behind in memory: events, history, and who waits for them."""

from __future__ import annotations

import asyncio
import sys
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence

import msgspec

from kaiteki.model.entity import Instance
from kaiteki.model.instant import Instant
from kaiteki.model.matching import matches_types
from kaiteki.model.past import added_up, in_order, in_period, is_named, put_together
from kaiteki.model.periods import Periods
from kaiteki.model.query import TypeSelection
from kaiteki.model.sums import Sums
from kaiteki.ports.entities import By, Change, Correction, Forgotten, Revised, Told
from kaiteki.ports.events import ERASED, WITNESSED_MAX, Event
from kaiteki.ports.history import SCOPE, Life, Past, Period
from kaiteki.stores.change import differing, subject, version_after, what_happened
from kaiteki.stores.past import newest_of, nothing_kept, revised, scope_states, states, told_states


class MemoryEvents:
    """The event log and the cursors of its consumers; see ports.events."""

    def __init__(self) -> None:
        self._log: list[Event] = []
        self.line = 0
        """The newest line of the log, event or not."""
        self._cursors: dict[str, int] = {}
        self._changes: dict[int, Change] = {}
        self._remembers = False
        self.erased: list[Callable[[str, str, int], None]] = []
        """Told of an entity that was erased: its area and id, and the number of that event."""
        self._news = asyncio.Event()

    def tell(self, area: str, change: Change, at: Instant, by: By) -> None:
        """Append the event of a kept change."""
        entity = subject(change)
        event = Event(
            number=self.next_line(),
            area=area,
            at=at,
            what=what_happened(change),
            entity_id=entity.id,
            types=entity.types,
            attributes=differing(change),
            version=version_after(change),
            actor=by.actor,
            action=by.action,
        )
        if self._remembers:
            self._changes[event.number] = change
            while len(self._changes) > WITNESSED_MAX:
                del self._changes[next(iter(self._changes))]
        self.append(event)

    def next_line(self) -> int:
        """The number of the next line of the log, which may tell of no change."""
        self.line += 1
        return self.line

    def append(self, event: Event) -> None:
        """Append an event and tell who waits."""
        self._log.append(event)
        self._news.set()
        self._news = asyncio.Event()

    def empty(self, area: str, entity_id: str, number: int) -> None:
        """Events of an entity before a number name neither it nor its attributes any more."""
        for place, event in enumerate(self._log):
            if event.number < number and (event.area, event.entity_id) == (area, entity_id):
                self._log[place] = msgspec.structs.replace(event, entity_id=ERASED, attributes=())
                self._changes.pop(event.number, None)

    def between(self, after: int, last: int) -> Sequence[Event]:
        """The events behind a number, up to another one."""
        return [event for event in self._log if after < event.number <= last]

    def newest(self) -> int:
        """The number of the newest event."""
        return self._log[-1].number if self._log else 0

    def newest_at(self) -> Instant:
        """When the newest event was."""
        return self._log[-1].at

    async def read(self, after: int, limit: int = 500) -> Sequence[Event]:
        """Events behind a number, oldest first."""
        start = bisect_right(self._log, after, key=lambda event: event.number)
        return self._log[start : start + limit]

    async def wait(self, after: int, timeout_s: float) -> bool:
        """Whether an event behind `after` is there, at once or within the time."""
        await asyncio.sleep(0)
        try:
            async with asyncio.timeout(timeout_s):
                while self.newest() <= after:
                    await self._news.wait()
        except TimeoutError:
            return False
        return True

    async def cursor(self, consumer: str) -> int:
        """How far a consumer has come; 0 for a new one."""
        return self._cursors.get(consumer, 0)

    async def advance(self, consumer: str, number: int) -> None:
        """Keep how far a consumer has come."""
        self._cursors[consumer] = number

    def witnessed(self, number: int) -> Change | None:
        """The change of a late event."""
        self._remembers = True
        return self._changes.get(number)

    async def last(self) -> int:
        """The number of the newest event."""
        return self.newest()


class MemoryHistory:
    """Every state of every attribute and of the scopes, and which entities there were; see ports.history."""

    def __init__(self) -> None:
        self._pasts: dict[tuple[str, str], list[Past]] = {}
        self._lives: dict[str, dict[str, Life]] = {}

    def keep(self, area: str, change: Change, at: Instant, number: int) -> None:
        """Append the states of a kept change with the number of its event, or forget all of them."""
        entity = subject(change)
        key = (area, entity.id)
        if change.purge_history and change.after is None:
            self._pasts.pop(key, None)
            self._lives.get(area, {}).pop(entity.id, None)
            return
        before = change.before.attributes if change.before else {}
        after = change.after.attributes if change.after else {}
        moment = change.after.modified_at if change.after else at
        version = version_after(change)
        deleted_at = at if change.after is None else None
        self._lives.setdefault(area, {})[entity.id] = Life(
            entity.id, entity.types, entity.created_at, moment, deleted_at
        )
        left = [(name, states(before.get(name, ()), after.get(name, ()))) for name in differing(change)]
        left.append((SCOPE, scope_states(change, moment)))
        self._pasts.setdefault(key, []).extend(
            Past(entity.id, name, moment, version, instance, dataset, number, was if instance is None else "")
            for name, some in left
            for dataset, instance, was in some
        )

    def correct(
        self, area: str, correction: Correction, when: tuple[Instant, int], present: bool
    ) -> tuple[str, ...]:
        """Correct the past of an entity, by the time and the event of the correction; the types of the entity.

        Raises ResourceNotFound, and then nothing is corrected.
        """
        key, lives = (area, correction.entity_id), self._lives.setdefault(area, {})
        pasts, life = self._pasts.get(key, []), lives.get(correction.entity_id)
        at, number = when
        match correction:
            case Told():
                life = life or Life(correction.entity_id, correction.types, at, at)
                self._pasts[key] = [*pasts, *told_states(correction, at, number)]
            case Revised():
                if not any(_is_meant(past, correction) for past in pasts):
                    raise nothing_kept(correction)
                after = [revised(past, correction) if _is_meant(past, correction) else past for past in pasts]
                self._pasts[key] = [past for past in after if past is not None]
            case Forgotten():
                kept = [past for past in pasts if not _is_forgotten(past, correction)]
                if life is None or (len(kept) == len(pasts) and correction.attribute is not None):
                    raise nothing_kept(correction)
                self._pasts[key] = kept
        if life is None:
            raise nothing_kept(correction)
        lives[correction.entity_id] = life
        if isinstance(correction, Forgotten) and correction.attribute is None and not present:
            del lives[correction.entity_id]
        return life.types

    async def past(
        self,
        area: str,
        entity_id: str,
        attributes: Sequence[str] = (),
        period: Period | None = None,
        limit: int = 1000,
        newest_first: bool = False,
    ) -> Sequence[Past]:
        """The kept states of one entity, in order of the time they are measured on."""
        wanted = period or Period()
        kept = self._pasts.get((area, entity_id), [])
        found = [past for past in kept if is_named(past, attributes) and in_period(past, wanted)]
        return in_order(found, wanted, newest_first)[:limit]

    async def life(self, area: str, entity_id: str) -> Life | None:
        """An entity that exists or has a history."""
        return self._lives.get(area, {}).get(entity_id)

    async def lives(
        self,
        area: str,
        types: TypeSelection | None = None,
        after_id: str = "",
        limit: int = 100,
        gone_since: Instant | None = None,
    ) -> Sequence[Life]:
        """The entities of these types that exist or have a history, every one of the area looked at."""
        found = [
            life
            for entity_id, life in sorted(self._lives.get(area, {}).items())
            if entity_id > after_id
            and (types is None or matches_types(life.types, types))
            and (gone_since is None or (life.deleted_at is not None and life.deleted_at >= gone_since))
        ]
        return found[:limit]

    async def names(self, area: str, entity_id: str) -> Sequence[str]:
        """The attributes of which an entity has a history."""
        kept = self._pasts.get((area, entity_id), [])
        return sorted({past.attribute for past in kept if past.attribute != SCOPE})

    async def stood(
        self, area: str, entity_ids: Sequence[str], moment: Instant, attributes: Sequence[str] = ()
    ) -> Mapping[str, Mapping[str, Instance]]:
        """What stood of some entities just before a moment, every state of them looked at."""
        found = {
            entity_id: newest_of(
                past
                for past in self._pasts.get((area, entity_id), ())
                if past.at < moment and is_named(past, attributes)
            )
            for entity_id in entity_ids
        }
        return {entity_id: one for entity_id, one in found.items() if one}

    async def add_up(
        self,
        area: str,
        entity_id: str,
        attribute: str,
        period: Period,
        periods: Periods,
        distinct: bool = False,
    ) -> Sequence[Sums]:
        """What the values of an attribute add up to, every state looked at."""
        found = await self.past(area, entity_id, [attribute], period, limit=sys.maxsize)
        return put_together(added_up(found, period, periods, distinct), period, periods)


def _is_meant(past: Past, correction: Revised) -> bool:
    return past.attribute == correction.attribute and past.instance_id == correction.instance_id


def _is_forgotten(past: Past, correction: Forgotten) -> bool:
    if correction.attribute is None:
        return True
    datasets = correction.dataset_ids
    return past.attribute == correction.attribute and (
        not datasets or (past.dataset_id or "@none") in datasets
    )
