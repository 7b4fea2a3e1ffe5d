"""An office of a ward on a day: who comes, who waits, who gives up, which desks serve. It stands in for ticket logs, which nobody publishes.

The parameters are published (`Office`, `OFFICES`) and so is the seed: whoever doubts a figure of `kaiteki waits` runs it again. Nothing is known to an
estimator that a town hall would not know: it hears what happens in the order in which it happens.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator
from random import Random
from typing import Final, NamedTuple

import msgspec

OPEN_MIN: Final = 510.0
"""From 8:30 to 17:00; who has a ticket by then is served."""
COMING: Final = (
    (0.0, 0.5),
    (30.0, 0.75),
    (90.0, 0.85),
    (150.0, 1.0),
    (210.0, 1.2),
    (270.0, 1.1),
    (330.0, 0.85),
    (390.0, 0.6),
    (450.0, 0.45),
)
"""People per minute from a minute after 8:30 on: the crowd comes before, in and after the lunch hour."""
LUNCH: Final = (210.0, 270.0)
"""From 12:00 to 13:00."""


class Kind(NamedTuple):
    """A service: its share of the people, the mean minutes it takes and their standard deviation in means (lognormal)."""

    name: str
    share: float
    mean_min: float
    cv: float


class Office(msgspec.Struct, frozen=True):
    """The parameters of an office. Patience is exponential; `silent`: who gives up says nothing, and a call in vain takes `absent_min` of the desk.

    `planned_at_lunch`: the desks that the roster says for the lunch hour, where it is wrong. `slow`: the factor of each desk's services. `slow_days`: on
    every tenth day all services take so many times as long. `crowd`: the factor of arrivals.
    """

    name: str
    desks: int = 8
    desks_at_lunch: int = 5
    planned_at_lunch: int | None = None
    kinds: tuple[Kind, ...] = (Kind("certificates", 1.0, 6.5, 0.8),)
    patience_min: float = 60.0
    silent: bool = False
    absent_min: float = 0.0
    slow: tuple[float, ...] = ()
    slow_days: float = 1.0
    crowd: float = 1.0
    days: int = 60


OFFICE: Final = Office("lunch with 5 of 8 desks")
OFFICES: Final = (
    OFFICE,
    Office("who gives up says nothing", silent=True, absent_min=0.5),
    Office("5 desks planned at lunch, 4 come", desks_at_lunch=4, planned_at_lunch=5),
    Office("desks of different speed", slow=(0.7, 0.7, 1.0, 1.0, 1.0, 1.0, 1.3, 1.3)),
    Office("two services", kinds=(Kind("certificates", 0.7, 4.0, 0.8), Kind("moving", 0.3, 12.0, 0.6))),
    Office("every tenth day the computers are slow", slow_days=1.6),
    Office("crowd of the season", crowd=1.25),
    Office("the first day", days=1),
)


class Stand(NamedTuple):
    """A desk as everybody sees it: open, and the kind and age of its present service (minutes) or None."""

    opened: bool
    kind: str | None
    served_min: float | None


class Took(NamedTuple):
    """Somebody takes a ticket: who is ahead (kind, minutes waited), and the desks. `free`: served at once."""

    ticket: int
    kind: str
    ahead: tuple[tuple[str, float], ...]
    desks: tuple[Stand, ...]
    free: bool


class Call(NamedTuple):
    """A ticket is called after so many minutes; nobody may come."""

    ticket: int
    waited_min: float
    came: bool


class Ended(NamedTuple):
    """A desk has finished a service that took so many minutes."""

    ticket: int
    desk: int
    kind: str
    lasted_min: float


class Left(NamedTuple):
    """Somebody gives the ticket back after so many minutes; when it would have been called is still told by its `Call`, to the judge alone."""

    ticket: int
    waited_min: float


Event = Took | Call | Ended | Left


class Day:
    """One day of an office."""

    def __init__(self, office: Office, chance: Random, number: int) -> None:
        self._office = office
        self._chance = chance
        self._slow = office.slow_days if number % 10 == 9 else 1.0
        self._next: list[tuple[float, int, int]] = []
        self._came: list[tuple[float, float, Kind, float]] = []
        self._line: list[int] = []
        self._serving: list[tuple[int, float] | None] = [None] * office.desks

    def events(self) -> Iterator[tuple[float, Event]]:
        """What happens, with the minute after 8:30, in its order."""
        self._arrive()
        for ticket, (at, patience, _, _) in enumerate(self._came):
            heapq.heappush(self._next, (at, 2, ticket))
            if not self._office.silent:
                heapq.heappush(self._next, (at + patience, 1, ticket))
        heapq.heappush(self._next, (LUNCH[1], 3, 0))
        while self._next:
            now, what, which = heapq.heappop(self._next)
            if what == 0:
                yield now, self._end(which, now)
            elif what == 1 and which in self._line:
                yield now, Left(which, now - self._came[which][0])
            elif what == 2:
                yield now, self._take(which, now)
            yield from ((now, call) for call in self._calls(now))

    def _arrive(self) -> None:
        """All tickets of the day, by thinning: (minute, patience, kind, minutes of service)."""
        office, chance = self._office, self._chance
        most = max(rate for _, rate in COMING) * office.crowd
        at = chance.expovariate(most)
        while at < OPEN_MIN:
            rate = next(rate for since, rate in reversed(COMING) if since <= at) * office.crowd
            if chance.random() < rate / most:
                (kind,) = chance.choices(office.kinds, [kind.share for kind in office.kinds])
                sigma = math.sqrt(math.log1p(kind.cv**2))
                length = kind.mean_min * chance.lognormvariate(-(sigma**2) / 2, sigma) * self._slow
                self._came.append((at, chance.expovariate(1 / office.patience_min), kind, length))
            at += chance.expovariate(most)

    def _open(self, desk: int, now: float) -> bool:
        return desk < self._office.desks_at_lunch or not LUNCH[0] <= now < LUNCH[1]

    def _take(self, ticket: int, now: float) -> Took:
        ahead = tuple(
            (self._came[one][2].name, now - self._came[one][0]) for one in self._line if self._seen(one, now)
        )
        desks = tuple(self._stand(desk, now) for desk in range(self._office.desks))
        free = any(stand.opened and stand.kind is None for stand in desks)
        self._line.append(ticket)
        return Took(ticket, self._came[ticket][2].name, ahead, desks, free)

    def _seen(self, ticket: int, now: float) -> bool:
        at, patience, _, _ = self._came[ticket]
        return self._office.silent or at + patience > now

    def _stand(self, desk: int, now: float) -> Stand:
        serving = self._serving[desk]
        if serving is None:
            return Stand(self._open(desk, now), None, None)
        ticket, since = serving
        kind = self._came[ticket][2].name if ticket >= 0 else "call"
        return Stand(self._open(desk, now), kind, now - since)

    def _calls(self, now: float) -> Iterator[Call]:
        """Each free desk calls until somebody comes; who gave the ticket back is passed over, and the judge hears when."""
        for desk in range(self._office.desks):
            while self._serving[desk] is None and self._open(desk, now) and self._line:
                ticket = self._line.pop(0)
                at, patience, _, length = self._came[ticket]
                came = at + patience >= now
                if came:
                    self._serve(desk, ticket, now, length)
                elif self._office.silent and self._office.absent_min:
                    self._serve(desk, -1, now, self._office.absent_min)
                yield Call(ticket, now - at, came)

    def _serve(self, desk: int, ticket: int, now: float, length: float) -> None:
        slow = self._office.slow[desk] if self._office.slow and ticket >= 0 else 1.0
        self._serving[desk] = (ticket, now)
        heapq.heappush(self._next, (now + length * slow, 0, desk))

    def _end(self, desk: int, now: float) -> Ended:
        serving = self._serving[desk]
        if serving is None:
            raise RuntimeError("a service ended that never began")
        self._serving[desk] = None
        ticket, since = serving
        kind = self._came[ticket][2].name if ticket >= 0 else "call"
        return Ended(ticket, desk, kind, now - since)
