"""How well waiting times are told, in an office that is simulated: the estimator of the counters beside those that others use.

It learns as a town hall would: from nothing but an expectation (wrong by half) on the first morning, and from what it has heard of by then. What it told is held against the
wait that would have been served, of everybody who came; of who found a free desk too, as that wait is 0 for all estimators that look.
"""

from __future__ import annotations

import math
import statistics
from collections import deque
from collections.abc import Iterable
from random import Random
from typing import Final

import msgspec

from kaiteki.main.bench.delays import ESTIMATORS, Sight
from kaiteki.main.bench.office import LUNCH, OPEN_MIN, Call, Day, Ended, Event, Left, Office, Took
from kaiteki.services.counter.pace import (
    Called,
    Lengths,
    Past,
    Told,
    cv_of,
    factor_of_day,
    lengths_of,
    scales,
    silent_per_min,
    told_per_min,
)
from kaiteki.services.counter.roster import Seen, Stretch, desks_at
from kaiteki.services.counter.waiting import Habits, Wait, wait_of

WALK: Final = "walk, as the counters tell"
EXPECTED_MIN: Final = 10.0
"""What the office expects of a service before any was seen."""
OVERTIME_MIN: Final = 180.0
LENGTHS: Final = 400
"""Services of each desk and kind that are remembered."""
CALLS: Final = 2000
LATE: Final = 400
"""Told waits that scales and blends are made of."""
LEARN_EVERY: Final = 40
"""Services between two lessons."""
DAYS: Final = 60
"""Past days that are remembered."""


class Tale(msgspec.Struct):
    """A ticket: whether a desk was free, what was told, what each estimator said (minutes), what came of it."""

    free: bool
    wait: Wait
    said: dict[str, float]
    waited_min: float = math.nan
    came: bool = False


class Watch:
    """Hears an office and tells each who comes how long it will take."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._roster = _roster(office)
        stays = office.desks_at_lunch if office.planned_at_lunch is None else office.planned_at_lunch
        self._planned = ((0.0, office.desks), (LUNCH[0], stays), (LUNCH[1], office.desks))
        self._lengths: dict[str, dict[str, deque[float]]] = {kind.name: {} for kind in office.kinds}
        self._known = {name: Lengths(EXPECTED_MIN, {}, 0.8) for name in self._lengths}
        self._called: deque[Called] = deque(maxlen=CALLS)
        self._told: deque[Told] = deque(maxlen=LATE)
        self._gave_back, self._waiting_min = 0, 0.0
        self._habits = Habits(absent_min=office.absent_min)
        self._ended = 0
        self._days: deque[Past] = deque(maxlen=DAYS)
        self._today = Past(0, 1.0)
        self.tales: list[Tale] = []

    def hear_day(self, events: Iterable[tuple[float, Event]]) -> None:
        """One day, from its first ticket to its last service."""
        self._tickets: dict[int, Tale] = {}
        self._left: set[int] = set()
        self._today = Past(0, 1.0)
        self._last_min, self._recent = (
            0.0,
            deque[tuple[int, float]](maxlen=max(1, math.isqrt(self._office.desks))),
        )
        for now, event in events:
            match event:
                case Took():
                    self._tickets[event.ticket] = self._tell(now, event)
                case Call():
                    self._call(event)
                case Ended(kind="call"):
                    continue
                case Ended():
                    self._end(event)
                case Left():
                    self._gave_back += 1
                    self._left.add(event.ticket)
                    self._waiting_min += event.waited_min
        self._days.append(self._today)
        self.tales += self._tickets.values()

    def _call(self, call: Call) -> None:
        tale = self._tickets[call.ticket]
        tale.waited_min, tale.came = call.waited_min, call.came
        if call.ticket in self._left:
            return
        self._waiting_min += call.waited_min
        self._called.append(Called(call.waited_min, call.came))
        if call.came:
            self._last_min = call.waited_min
        if not tale.free:
            self._told.append(Told(tale.wait, call.waited_min))

    def _end(self, ended: Ended) -> None:
        known = self._lengths[ended.kind].setdefault(str(ended.desk), deque(maxlen=LENGTHS))
        known.append(ended.lasted_min)
        expected = self._known[ended.kind].at(str(ended.desk))
        count, ratio = self._today
        self._today = Past(count + 1, ratio + (ended.lasted_min / expected - ratio) / (count + 1))
        self._recent.append((ended.ticket, self._tickets[ended.ticket].waited_min))
        self._ended += 1
        if self._ended % LEARN_EVERY == 0:
            self._learn()

    def _learn(self) -> None:
        self._known = {kind: lengths_of(seen, EXPECTED_MIN) for kind, seen in self._lengths.items()}
        low, high = scales(self._told)
        self._habits = Habits(
            silent_per_min=silent_per_min(self._called) if self._office.silent else 0.0,
            told_per_min=told_per_min(self._gave_back, self._waiting_min),
            absent_min=self._office.absent_min,
            low_scale=low,
            high_scale=high,
        )

    def _tell(self, now: float, took: Took) -> Tale:
        sight = Sight(
            len(took.ahead),
            sum(stand.opened for stand in took.desks),
            statistics.fmean(lengths.mean_min for lengths in self._mix(took)),
            self._habits.told_per_min + self._habits.silent_per_min,
            self._last_min,
            took.ahead[0][1] if took.ahead else 0.0,
            max(self._recent)[1] if self._recent else 0.0,
            tuple((since - now, many) for since, many in self._planned),
        )
        if took.free:
            return Tale(True, Wait(0.0, 0.0, 0.0), dict.fromkeys((*ESTIMATORS, WALK), 0.0))
        said = {name: estimate(sight) for name, estimate in ESTIMATORS.items()}
        wait = self._walk(now, took)
        said[WALK] = wait.middle_min
        return Tale(False, wait, said)

    def _mix(self, took: Took) -> list[Lengths]:
        """The services of those ahead, or else the one that is asked for."""
        return [self._known[kind] for kind, _ in took.ahead] or [self._known[took.kind]]

    def _walk(self, now: float, took: Took) -> Wait:
        mix = self._mix(took)
        factor = factor_of_day(self._days, self._today, cv_of(mix))
        means: dict[str, float] = {}
        seen: dict[str, Seen] = {}
        for number, stand in enumerate(took.desks):
            name = str(number)
            means[name] = factor * statistics.fmean(lengths.at(name) for lengths in mix)
            present = self._known.get(stand.kind or "")
            present_min = None if present is None else factor * present.at(name)
            seen[name] = Seen(stand.opened, stand.served_min, present_min)
        desks = desks_at(now, self._roster, seen, means, OVERTIME_MIN)
        habits = msgspec.structs.replace(self._habits, cv=cv_of(mix))
        wait = wait_of(desks, [waited for _, waited in took.ahead], habits)
        if wait is None:
            raise RuntimeError("the roster of the office ends before its line does")
        return wait


def _roster(office: Office) -> list[Stretch]:
    """The plan, which may be wrong about the lunch hour."""
    stays = office.desks_at_lunch if office.planned_at_lunch is None else office.planned_at_lunch
    found = [Stretch(str(desk), 0.0, OPEN_MIN) for desk in range(stays)]
    for desk in range(stays, office.desks):
        found += [Stretch(str(desk), 0.0, LUNCH[0]), Stretch(str(desk), LUNCH[1], OPEN_MIN)]
    return found


def measure_office(office: Office, seed: int) -> list[Tale]:
    """All tickets of the days of an office."""
    watch, chance = Watch(office), Random(seed)
    for number in range(office.days):
        watch.hear_day(Day(office, chance, number).events())
    return watch.tales
