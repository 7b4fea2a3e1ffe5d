"""What entities leave behind in memory: events, history, and who waits for them."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import Sequence

from kaiteki.model.instant import Instant
from kaiteki.ports.entities import By, Change
from kaiteki.ports.events import Event
from kaiteki.ports.history import Past, Period
from kaiteki.stores.change import differing, states, subject, version_after, what_happened


class MemoryEvents:
    """The event log and the cursors of its consumers; see ports.events."""

    def __init__(self) -> None:
        self._log: list[Event] = []
        self._cursors: dict[str, int] = {}
        self._news = asyncio.Event()

    def tell(self, area: str, change: Change, at: Instant, by: By) -> None:
        """Append the event of a kept change."""
        entity = subject(change)
        event = Event(
            number=len(self._log) + 1,
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
        self._log.append(event)
        self._news.set()
        self._news = asyncio.Event()

    def count(self) -> int:
        """How many events there are."""
        return len(self._log)

    async def read(self, after: int, limit: int = 500) -> Sequence[Event]:
        """Events behind a number, oldest first."""
        start = bisect_right(self._log, after, key=lambda event: event.number)
        return self._log[start : start + limit]

    async def wait(self, after: int, timeout_s: float) -> bool:
        """Whether an event behind `after` is there, at once or within the time."""
        await asyncio.sleep(0)
        try:
            async with asyncio.timeout(timeout_s):
                while len(self._log) <= after:
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

    async def last(self) -> int:
        """The number of the newest event."""
        return len(self._log)


class MemoryHistory:
    """Every state of every attribute, by entity; see ports.history."""

    def __init__(self) -> None:
        self._pasts: dict[tuple[str, str], list[Past]] = {}

    def keep(self, area: str, change: Change, at: Instant, number: int) -> None:
        """Append the states of a kept change with the number of its event, or forget all of them."""
        entity = subject(change)
        key = (area, entity.id)
        if change.purge_history:
            self._pasts.pop(key, None)
            return
        before = change.before.attributes if change.before else {}
        after = change.after.attributes if change.after else {}
        moment = change.after.modified_at if change.after else at
        version = version_after(change)
        pasts = self._pasts.setdefault(key, [])
        for name in differing(change):
            pasts += [
                Past(entity.id, name, moment, version, instance, dataset, number)
                for dataset, instance in states(before.get(name, ()), after.get(name, ()))
            ]

    async def past(
        self,
        area: str,
        entity_id: str,
        attributes: Sequence[str] = (),
        period: Period | None = None,
        limit: int = 1000,
        newest_first: bool = False,
    ) -> Sequence[Past]:
        """The kept states of one entity, in order of the writes or of the observed time."""
        kept = [
            past
            for past in self._pasts.get((area, entity_id), [])
            if (not attributes or past.attribute in attributes) and in_period(past, period)
        ]
        observed = period is not None and period.measured == "observed"
        kept.sort(key=observed_at if observed else written_at)
        if newest_first:
            kept.reverse()
        return kept[:limit]


def observed_at(past: Past) -> Instant:
    """When the state was observed; the states of a period of observed time all have one."""
    observed = past.instance.observed_at if past.instance else None
    return Instant(0) if observed is None else observed


def written_at(past: Past) -> Instant:
    """When the state was written."""
    return past.at


def in_period(past: Past, period: Period | None) -> bool:
    """Whether a state lies in a period, start included, end excluded."""
    if period is None:
        return True
    if period.measured == "written":
        moment: Instant | None = past.at
    else:
        moment = past.instance.observed_at if past.instance else None
    if moment is None:
        return False
    after_start = period.start is None or moment >= period.start
    return after_start and (period.end is None or moment < period.end)
