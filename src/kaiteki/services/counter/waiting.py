"""How long somebody with a ticket will wait: the people ahead, the desks through their roster, and those who give up.

The expected wait of a place in the line is the sum over the people ahead, k, of 1 / (s(t_k)·μ + k·θ): refined queue length with a staff
roster (Ibrahim and Whitt, "Wait-time predictors for systems with time-varying demand and capacity", Operations Research 59(5), 2011,
1106–1118; θ: the rate at which one who waits gives up). It is walked here in its continuous form, and goes further in two things:

* A desk counts from how long its present service has lasted (`completions`), not as if it forgot.
* The whole distribution is told (Whitt 1999, Management Science 45(6), 870–888), not only its mean: the services that the desks finish by a time have
  a mean and a variance; the time of the n-th of them follows as that of a gamma process, in the form of Wilson and Hilferty (1931), which is exact to
  some thousandths for exponential services and right for one desk, for many, and for long lines.

The wait that is told is the median: half wait longer. Never the number waiting times the mean service: that forgets that there are several desks.
All times are minutes from now. Nothing here knows a clock or draws at random.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

from kaiteki.services.counter.completions import counts_of, lattice

if TYPE_CHECKING:
    from kaiteki.services.counter.completions import Floats

LOW, MIDDLE, HIGH = -1.2815516, 0.0, 1.2815516
"""Normal quantiles of 10, 50 and 90 %."""
SPREADS: Final = (0.05, 5.0)
"""Bounds of the variance of services begun, in means: the variance of one desk may fall for a while, which no gamma process does."""
STAYING_MIN: Final = 1e-9
"""The least share of those ahead that is counted as still there."""
SERVICE_MIN_MIN: Final = 0.1
"""The shortest mean service that is believed, minutes."""


class Desk(msgspec.Struct, frozen=True):
    """A desk through one stretch of its roster; a break makes two of one counter.

    `mean_min`: mean minutes of a service there. `served_min`: minutes since its present service began, None where it has nobody; `present_min`: mean
    minutes of a service of that kind, where it is another than those that follow.
    It takes people from `opens_min` on, and begins no service at `closes_min` or later (the present one is finished).
    """

    mean_min: float
    served_min: float | None = None
    present_min: float | None = None
    opens_min: float = 0.0
    closes_min: float = math.inf


class Habits(msgspec.Struct, frozen=True):
    """What is known of a service beside its mean: how services vary, and how people give up.

    `cv`: standard deviation of a service in means. `silent_per_min`: rate at which one who waits goes without a word (known when nobody comes to the call).
    `told_per_min`: rate at which one gives the ticket back. `absent_min`: minutes of a desk that a call in vain takes.
    `low_scale`, `high_scale`: what the distances of the 10 % and the 90 % bound from the middle are to be multiplied with (`pace.scales`).
    """

    cv: float = 0.8
    silent_per_min: float = 0.0
    told_per_min: float = 0.0
    absent_min: float = 0.0
    low_scale: float = 1.0
    high_scale: float = 1.0


class Wait(msgspec.Struct, frozen=True):
    """Minutes within which one in ten, half, and nine in ten are called. `high_min` None: more than one in ten would not be called today."""

    low_min: float
    middle_min: float
    high_min: float | None


def wait_of(desks: Sequence[Desk], waited_min: Sequence[float], habits: Habits) -> Wait | None:
    """The wait behind people who have waited for so many minutes, the first in line first; None where the desks of today would not come to half of such tickets."""
    begun, certain, varied, present = _starts(desks, waited_min, habits)
    weight = present * (1 - _absence(desks, habits)) + _absence(desks, habits)
    passed = weight * np.cumsum(np.diff(begun, prepend=0.0) / weight)
    sure = weight * np.cumsum(np.diff(certain, prepend=0.0) / weight)
    unsure = weight**2 * np.cumsum(np.diff(varied, prepend=0.0) / weight**2)
    wanted = len(waited_min) * weight + 1 - sure
    spread = np.clip(np.where(passed > 0, unsure / np.maximum(passed, 1e-12), 1.0), *SPREADS)
    low, middle, high = (_crossing(passed - _needed(wanted, spread, z)) for z in (LOW, MIDDLE, HIGH))
    if middle is None:
        return None
    low = max(0.0, middle - (middle - (low or 0.0)) * habits.low_scale)
    high = None if high is None else middle + (high - middle) * habits.high_scale
    return Wait(low, middle, high)


@cache
def _moments() -> Floats:
    """The moments, minutes from now, between which the walk is straight: ten hours are more than an office is open."""
    return np.concatenate((np.arange(0, 30, 0.1), np.arange(30, 120, 0.5), np.arange(120, 601, 2.0)))


def _absence(desks: Sequence[Desk], habits: Habits) -> float:
    """What a call in vain costs, in services."""
    if not desks:
        return 0.0
    mean = sum(desk.mean_min for desk in desks) / len(desks)
    return min(1.0, habits.absent_min / max(mean, SERVICE_MIN_MIN))


def _starts(
    desks: Sequence[Desk], waited_min: Sequence[float], habits: Habits
) -> tuple[Floats, Floats, Floats, Floats]:
    """By each moment of the lattice: services begun by desks that were busy, their variance, those begun by desks that are free or open;
    and the share of those ahead who are still there. The order: expected, certain, variance, share."""
    moments = _moments()
    begun: Floats = np.zeros(len(moments))
    certain: Floats = np.zeros(len(moments))
    varied: Floats = np.zeros(len(moments))
    counts = counts_of(habits.cv)
    for desk in desks:
        opens = max(0.0, desk.opens_min)
        if desk.closes_min <= opens:
            continue
        present = max(desk.mean_min if desk.present_min is None else desk.present_min, SERVICE_MIN_MIN)
        row = counts.row(0.0 if desk.served_min is None else desk.served_min / present)
        since = np.clip(moments - opens, 0.0, desk.closes_min - opens)
        since = _in_services(since, present, max(desk.mean_min, SERVICE_MIN_MIN), float(counts.left[row]))
        begun = _raised(begun, since, counts.mean[row])
        varied = _raised(varied, since, counts.variance[row])
        if desk.served_min is None:
            certain = certain + (opens <= moments)
    stayed = sum(math.exp(-habits.silent_per_min * waited) for waited in waited_min)
    share = stayed / len(waited_min) if waited_min else 1.0
    leaving = habits.silent_per_min + habits.told_per_min
    return begun, certain, varied, np.maximum(share * np.exp(-leaving * moments), STAYING_MIN)


def _raised(sums: Floats, since: Floats, counts: Floats) -> Floats:
    """The sums with the counts of a desk at these times, in mean services."""
    more: Floats = np.interp(since, lattice(), counts)
    return np.add(sums, more)


def _in_services(since: Floats, present: float, mean: float, left: float) -> Floats:
    """Minutes as mean services: what is left of the present one passes at the pace of its kind, all later ones at that of the desk."""
    return np.where(since <= left * present, since / present, left + (since - left * present) / mean)


def _needed(wanted: Floats, spread: Floats, z: float) -> Floats:
    """How many services have to be expected so that `wanted` are finished with the chance of z: the gamma quantile of Wilson and Hilferty,
    its shape `wanted / spread`, its scale `spread`."""
    left = np.maximum(wanted, 1e-12)
    root = 1 - spread / (9 * left) + z * np.sqrt(spread / left) / 3
    return np.where(wanted > 0, left * np.maximum(root, 0.0) ** 3, 0.0)


def _crossing(over: Floats) -> float | None:
    """When what is over becomes 0 for the first time, minutes."""
    places = np.flatnonzero(over >= 0)
    if not len(places):
        return None
    at = int(places[0])
    if at == 0:
        return 0.0
    before, after = float(over[at - 1]), float(over[at])
    share = -before / (after - before)
    moments = _moments()
    return float(moments[at - 1] + share * (moments[at] - moments[at - 1]))
