"""How many services a desk will have finished by a time, given how long its present one has lasted.

A desk that is never idle finishes services as a renewal process whose first interval is what is left of the present service (Cox,
Renewal Theory, 1962, ch. 4 and 5; with ages known: Whitt 1999, Management Science 45(6), 870–888). Services are taken as lognormal,
as those of counters and call centres are (Brown et al. 2005, JASA 100, 36–50). An exponential law would forget the age, and with it who is nearly done.

Times here are in units of the mean service; a lattice of STEP carries the laws so that their means stay exact.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.floating[Any]]

STEP: Final = 0.05
"""Mean services between two points of the lattice."""
EXACT: Final = 240
"""Points (12 mean services) after which the counts grow as their asymptotes do: by 1 and by cv² for each mean service."""
POINTS: Final = 1200
"""60 mean services: with 6 minutes each, six hours."""
AGES: Final = 120
"""Ages that are told apart, STEP from each other; who has been served for longer counts as the oldest."""
CV_MIN, CV_MAX = 0.3, 1.6
CV_STEP: Final = 0.05
SURVIVAL_MIN: Final = 1e-7
"""Below this share the tail of a law is rounding; the age before it stands for all later ones."""


class Counts(msgspec.Struct, frozen=True):
    """Expected services finished and their variance: a row for each age (AGES), a column for each time (POINTS)."""

    mean: Floats
    variance: Floats
    left: Floats
    """Mean services that are left of the present one, a row for each age."""

    def row(self, age: float) -> int:
        """The row of an age, in mean services."""
        return min(max(0, round(age / STEP)), len(self.mean) - 1)


def counts_of(cv: float) -> Counts:
    """The counts for services whose standard deviation is `cv` means; `cv` is rounded to CV_STEP and held within its bounds."""
    return _counts(round(min(max(cv, CV_MIN), CV_MAX) / CV_STEP))


@lru_cache(maxsize=64)
def _counts(steps: int) -> Counts:
    cv = steps * CV_STEP
    spread = math.sqrt(math.log1p(cv**2))
    times = np.arange(EXACT + AGES + 2) * STEP
    below, area = _law(times, spread)
    fresh = _lattice(area[: EXACT + 1])
    renewed = _renewals(fresh)
    means: list[Floats] = []
    variances: list[Floats] = []
    for age in range(AGES):
        left = 1 - below[age]
        if left < SURVIVAL_MIN:
            break
        ahead = area[age : age + EXACT + 1] - area[age] - times[: EXACT + 1] * below[age]
        first = _lattice(ahead / left)
        at = first + np.convolve(first, renewed)[:EXACT]
        mean = _by(at)
        pairs = _by(np.convolve(at, renewed)[:EXACT])
        means.append(_onwards(mean, 1.0))
        variances.append(_onwards(np.maximum(mean + 2 * pairs - mean**2, 0.0), cv**2))
    mean = np.array(means)
    # a renewal process grows as t − (what is left of the first interval) + (1 + cv²) / 2
    left = (1 + cv**2) / 2 - (mean[:, EXACT - 1] - STEP * (EXACT - 1))
    return Counts(mean, np.array(variances), np.maximum(left, STEP))


def _law(times: Floats, sigma: float) -> tuple[Floats, Floats]:
    """The share of services that are shorter than each time, and the integral of it from 0."""
    centre = -(sigma**2) / 2
    below, area = np.zeros(len(times)), np.zeros(len(times))
    for place, time in enumerate(times):
        if time > 0:
            at = (math.log(time) - centre) / sigma
            below[place] = _normal(at)
            area[place] = time * below[place] - _normal(at - sigma)
    return below, area


def _normal(at: float) -> float:
    return (1 + math.erf(at / math.sqrt(2))) / 2


def _lattice(area: Floats) -> Floats:
    """A law as weights at the points of the lattice, its mean kept: each weight is the second difference of the integral."""
    bent = np.diff(area, 2) / STEP
    return np.concatenate(([area[1] / STEP], bent))


def _renewals(law: Floats) -> Floats:
    """The expected services that end at each point where one began at 0."""
    found = np.zeros(EXACT)
    for place in range(EXACT):
        found[place] = (law[place] + law[1 : place + 1] @ found[:place][::-1]) / (1 - law[0])
    return found


def lattice() -> Floats:
    """The times of the columns, in mean services."""
    return np.arange(POINTS) * STEP


def _by(weights: Floats) -> Floats:
    """The sum by each point; of its own weight one half, which lies before it."""
    return np.cumsum(weights) - weights / 2


def _onwards(exact: Floats, slope: float) -> Floats:
    later = exact[-1] + slope * STEP * np.arange(1, POINTS - EXACT + 1)
    return np.concatenate((exact, later))
