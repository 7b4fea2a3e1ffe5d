"""How fast a service goes and how patient its people are, learned from the tickets that were called.

Every figure starts from what the office expects and moves to what is seen as that grows: on the first morning a few services must not overthrow it.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import msgspec

from kaiteki.services.counter.waiting import Wait

EXPECTED_SERVICES: Final = 10
"""The expectation of the office weighs as much as so many services that were seen."""
EXPECTED_CV: Final = 0.8
"""Lognormal services of call centres and counters vary by 0.6 to 1.2 of their mean (Brown et al. 2005)."""
CV_SERVICES: Final = 40
FORGOTTEN: Final = 12.0
"""A service longer than so many medians was not ended by anybody: it is left out (of lognormal ones with cv 0.8 one in 5,000 is)."""
LEAVERS, PATIENCE_MIN = 1.0, 90.0
"""Before anybody was seen to leave: as if one had, in so many minutes of waiting."""
ROUNDS: Final = 25
CALLS: Final = 60
"""The told ranges are believed as so many calls that bore them out."""
SCALE_MIN, SCALE_MAX = 0.5, 3.0
DAYS_MIN: Final = 5
"""Days from which it is judged whether days differ at all."""
DAY_SERVICES_MIN: Final = 20


class Lengths(msgspec.Struct, frozen=True):
    """Mean minutes of a service, by counter where it was seen, and the standard deviation in means."""

    mean_min: float
    by_counter: Mapping[str, float]
    cv: float

    def at(self, counter: str) -> float:
        """Mean minutes at a counter."""
        return self.by_counter.get(counter, self.mean_min)


class Called(NamedTuple):
    """A ticket that was called after so many minutes, and whether somebody came."""

    waited_min: float
    came: bool


class Told(NamedTuple):
    """What was told when a ticket was taken, and the wait that came of it, minutes."""

    wait: Wait
    waited_min: float


class Past(NamedTuple):
    """The services of a day: how many, and how long they took together beside what was expected of them (1: as expected)."""

    services: int
    ratio: float


def _squares(lengths: Sequence[float]) -> float:
    """The sum of the squared distances from the mean."""
    mean = statistics.fmean(lengths)
    return math.fsum((length - mean) ** 2 for length in lengths)


def cv_of(services: Sequence[Lengths]) -> float:
    """The standard deviation, in means, of services of several kinds that come one after another: theirs, and that between their means."""
    mean = statistics.fmean(one.mean_min for one in services)
    square = statistics.fmean(one.mean_min**2 * (1 + one.cv**2) for one in services)
    return math.sqrt(max(0.0, square / mean**2 - 1))


def lengths_of(seen: Mapping[str, Sequence[float]], expected_min: float) -> Lengths:
    """The lengths of a service from those seen at each counter (minutes), the latest that are to count.

    Each counter's mean is drawn to the mean of the service by the share of its variance that is chance (empirical Bayes: Efron and Morris 1975, JASA 70,
    311–319), so one that has served three people is not taken for slow.
    """
    everything = [length for lengths in seen.values() for length in lengths]
    limit = FORGOTTEN * statistics.median(everything) if everything else math.inf
    kept = {counter: [one for one in lengths if one <= limit] for counter, lengths in seen.items()}
    kept = {counter: lengths for counter, lengths in kept.items() if lengths}
    count = sum(map(len, kept.values()))
    total = sum(map(sum, kept.values()))
    mean = (total + EXPECTED_SERVICES * expected_min) / (count + EXPECTED_SERVICES)
    cv = _cv(kept, mean)
    chance = {counter: (cv * mean) ** 2 / len(lengths) for counter, lengths in kept.items()}
    means = {counter: statistics.fmean(lengths) for counter, lengths in kept.items()}
    own = 0.0
    if len(kept) > 1:
        own = max(0.0, statistics.variance(means.values()) - statistics.fmean(chance.values()))
    by_counter = {counter: mean + (means[counter] - mean) * own / (own + chance[counter]) for counter in kept}
    return Lengths(mean, by_counter, cv)


def _cv(kept: Mapping[str, Sequence[float]], mean: float) -> float:
    """The spread within counters: what differs between them is in their means."""
    count = sum(map(len, kept.values()))
    squares = sum(_squares(lengths) for lengths in kept.values() if len(lengths) > 1)
    free = sum(len(lengths) - 1 for lengths in kept.values() if len(lengths) > 1)
    if not free:
        return EXPECTED_CV
    seen = squares / free / mean**2
    return math.sqrt((seen * count + EXPECTED_CV**2 * CV_SERVICES) / (count + CV_SERVICES))


def factor_of_day(days: Sequence[Past], today: Past, cv: float) -> float:
    """How many times as long services take today. As far as past days differed by more than chance, today's own services are believed (empirical Bayes,
    as for counters); where days are alike, or few are known, it is 1."""
    known = [day for day in days if day.services >= DAY_SERVICES_MIN]
    if len(known) < DAYS_MIN or not today.services:
        return 1.0
    chance = statistics.fmean(cv**2 / day.services for day in known)
    between = max(0.0, statistics.pvariance([day.ratio for day in known], 1.0) - chance)
    believed = between / (between + cv**2 / today.services)
    return 1 + believed * (today.ratio - 1)


def silent_per_min(called: Sequence[Called]) -> float:
    """The rate at which people who wait go without a word. When they went is not known, only that it was before the call: so by expectation and
    maximisation (Dempster, Laird and Rubin 1977) of an exponential patience, with the expectation above as its first data."""
    stayed = sum(one.waited_min for one in called if one.came)
    gone = [one.waited_min for one in called if not one.came and one.waited_min > 0]
    rate = LEAVERS / PATIENCE_MIN
    for _ in range(ROUNDS):
        until = sum(_until_gone(rate, waited) for waited in gone)
        rate = (LEAVERS + len(gone)) / (PATIENCE_MIN + stayed + until)
    return rate


def _until_gone(rate: float, waited: float) -> float:
    """How long somebody stayed who was gone when the call came, on average: 1/θ − w/(e^θw − 1), near w/2 for short waits."""
    reach = rate * waited
    if reach < 1e-3:
        return waited / 2
    return 1 / rate - waited / math.expm1(min(reach, 700.0))


def told_per_min(gave_back: int, waited_min: float) -> float:
    """The rate at which tickets are given back: so many of them in so many minutes of waiting, of all tickets together."""
    return gave_back / (PATIENCE_MIN + waited_min)


def scales(told: Sequence[Told]) -> tuple[float, float]:
    """What the lower and the upper half of the told ranges have to be multiplied with, so that one in ten waits less and one in ten longer.

    The residuals of late, each in units of the range that was told for it, give the quantiles (a residual bootstrap without the draws; as in split conformal
    prediction, Vovk et al. 2005, the rank counts the one to come). With few calls the range stays as the walk says it.
    """
    below = [
        _share(one.wait.middle_min - one.waited_min, one.wait.middle_min - one.wait.low_min) for one in told
    ]
    above = [
        _share(one.waited_min - one.wait.middle_min, one.wait.high_min - one.wait.middle_min)
        for one in told
        if one.wait.high_min is not None
    ]
    return _scale(below), _scale(above)


def _share(distance: float, reach: float) -> float:
    return distance / max(reach, 0.05)


def _scale(shares: Sequence[float]) -> float:
    if not shares:
        return 1.0
    ordered = sorted(shares)
    place = min(len(ordered), math.ceil(0.9 * (len(ordered) + 1))) - 1
    seen = min(max(ordered[place], SCALE_MIN), SCALE_MAX)
    return (seen * len(ordered) + CALLS) / (len(ordered) + CALLS)
