"""The kept states of attributes: on which time they are measured, in which order they stand, what only repeats, what they add up to.

Every place that tells of the past (stores, other nodes) is asked by the same words and answers by the same rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Final, Literal, TypeAlias

import msgspec

from kaiteki.model.entity import Instance
from kaiteki.model.evolution import Written
from kaiteki.model.instant import Instant
from kaiteki.model.periods import Periods
from kaiteki.model.problem import Problem
from kaiteki.model.sums import Adding, Sums, together

PERIODS_MAX: Final = 10_000
"""Periods with values that one adding up may have."""
SCOPE: Final = "scope"
"""The name under which the scopes of an entity have a history, as values of a Property; no attribute has this name."""
Measure: TypeAlias = Literal["observed", "written", "modified", "created", "deleted"]


class Past(msgspec.Struct, frozen=True):
    """One kept state of one attribute instance; `instance` is None where it was deleted. `at` is the time of the write.

    `dataset_id` tells which of several instances of the attribute it is, deleted ones too; `number` is that of the event
    of the write (ports.events), which knows who asked for it. `was` is the kind of attribute that was deleted.
    A state that was told of the past alone has version 0; `part` counts those that one such write left of one instance.
    """

    entity_id: str
    attribute: str
    at: Instant
    version: int
    instance: Instance | None
    dataset_id: str | None = None
    number: int = 0
    was: str = ""
    part: int = 0
    told_id: str | None = None
    """The address that another place gave the state, empty where it gave none; None: it was kept here."""

    @property
    def instance_id(self) -> str:
        """The address of the state; empty where it has none."""
        if self.told_id is not None:
            return self.told_id
        return Written(self.attribute, self.dataset_id, self.number, self.at, self.part).instance_id


class Period(msgspec.Struct, frozen=True):
    """A stretch of time, start included, end excluded, and on which of its times a state is measured.

    `observed`: its observedAt; states without it are left out, and so is one that only repeats another (same instance,
    same observedAt, same content): the first written of them stands for all. `written`: the time of its write,
    deletions too. `modified`: the same without deletions. `created`: the createdAt of the instance. `deleted`: deletions
    alone. `dataset_ids` are the instances wanted (`@none`: the default one), all where it is empty.
    """

    start: Instant | None = None
    end: Instant | None = None
    measured: Measure = "written"
    dataset_ids: tuple[str, ...] = ()


def moment_of(past: Past, period: Period) -> Instant | None:
    """The time on which a state is measured; None where it has none of this sort."""
    one = past.instance
    match period.measured:
        case "observed":
            return one.observed_at if one is not None else None
        case "modified":
            return past.at if one is not None else None
        case "created":
            return one.created_at if one is not None else None
        case "deleted":
            return past.at if one is None else None
        case _:
            return past.at


def in_period(past: Past, period: Period) -> bool:
    """Whether a state lies in a period, start included, end excluded, and is of an instance that is wanted."""
    moment = moment_of(past, period)
    if moment is None or (period.dataset_ids and (past.dataset_id or "@none") not in period.dataset_ids):
        return False
    after_start = period.start is None or moment >= period.start
    return after_start and (period.end is None or moment < period.end)


def in_order(pasts: Iterable[Past], period: Period, newest_first: bool) -> list[Past]:
    """The states of a period in order; what only repeats another is left out where the observed time counts."""
    found = [(moment, past) for past in pasts if (moment := moment_of(past, period)) is not None]
    found.sort(
        key=lambda pair: (
            pair[0],
            pair[1].at,
            pair[1].number,
            pair[1].attribute,
            pair[1].dataset_id or "",
            pair[1].part,
        )
    )
    if period.measured == "observed":
        kept = [
            past
            for _, group in groupby(found, key=lambda pair: pair[0])
            for past in without_repeats([past for _, past in group])
        ]
    else:
        kept = [past for _, past in found]
    if newest_first:
        kept.reverse()
    return kept


def without_repeats(pasts: Sequence[Past]) -> list[Past]:
    """States of one observed time, in order of their writes, without those that say again what an earlier one said."""
    if len(pasts) == 1:
        return list(pasts)
    kept: list[Past] = []
    for past in pasts:
        if not any(_repeats(past, earlier) for earlier in kept):
            kept.append(past)
    return kept


def without_doubles(places: Sequence[Sequence[Past]]) -> list[Past]:
    """The states that several places tell, without those that an earlier place has told.

    It is the same state when it has the same address and observedAt, or was written at the same time and says the same.
    """
    kept: list[Past] = []
    known: set[tuple[str, str | None, str, Instant | None]] = set()
    told: dict[tuple[str, str | None, Instant], list[Past]] = {}
    for place in places:
        first = len(kept)
        for past in place:
            observed = past.instance.observed_at if past.instance is not None else None
            address = (past.attribute, past.dataset_id, past.instance_id, observed)
            written = told.get((past.attribute, past.dataset_id, past.at), ())
            if address in known or any(_repeats(past, earlier) for earlier in written):
                continue
            if address[2]:
                known.add(address)
            kept.append(past)
        for past in kept[first:]:
            told.setdefault((past.attribute, past.dataset_id, past.at), []).append(past)
    return kept


def _repeats(one: Past, earlier: Past) -> bool:
    same = one.attribute == earlier.attribute and one.dataset_id == earlier.dataset_id
    return same and _content(one.instance) == _content(earlier.instance)


def _content(one: Instance | None) -> object:
    """All that an instance says, without the system's own times."""
    if one is None:
        return None
    sub = {name: [_content(inner) for inner in instances] for name, instances in one.sub.items()}
    # True and 1 are equal in Python and are two values here
    return one.kind, one.value.__class__, one.value, one.observed_at, one.unit_code, one.object_type, sub


def is_named(past: Past, attributes: Sequence[str]) -> bool:
    """Whether a state is of an attribute that is asked for; scopes are asked for by name only."""
    return past.attribute in attributes if attributes else past.attribute != SCOPE


def added_up(pasts: Iterable[Past], period: Period, periods: Periods, distinct: bool) -> list[Sums]:
    """What states add up to by periods; they come in the order of the time they are measured on, repeats left out.

    The ends of the periods are told by `put_together`.
    """
    parts: dict[tuple[Instant, str], Adding] = {}
    for past in pasts:
        moment = moment_of(past, period)
        if moment is None or past.instance is None:
            continue
        key = (periods.start_of(moment), past.dataset_id or "")
        adding = parts.get(key)
        if adding is None:
            check_periods(len(parts))
            adding = parts[key] = Adding(distinct)
        adding.add(past.instance.kind, past.instance.value, moment)
    return [adding.sums(start, start, dataset or None) for (start, dataset), adding in parts.items()]


def check_periods(count: int) -> None:
    """Refuse one period more than may be told."""
    if count >= PERIODS_MAX:
        raise Problem(
            "TooComplexQuery",
            f"there are more than {PERIODS_MAX} periods with values",
            "aggrPeriodDuration",
        )


def put_together(parts: Iterable[Sums], period: Period, periods: Periods) -> list[Sums]:
    """Parts of periods as whole ones (ports.history), by start and datasetId."""
    by_period: dict[tuple[Instant, str], list[Sums]] = {}
    for one in parts:
        by_period.setdefault((one.start, one.dataset_id or ""), []).append(one)
        check_periods(len(by_period) - 1)
    told: list[Sums] = []
    for (start, _), some in sorted(by_period.items()):
        some.sort(key=lambda one: one.first)
        told.append(together(some, *_bounds(start, some, period, periods)))
    return told


def _bounds(
    start: Instant, parts: Sequence[Sums], period: Period, periods: Periods
) -> tuple[Instant, Instant]:
    if periods.whole:
        first = min(one.first for one in parts) if period.start is None else periods.origin
        return first, max(one.last for one in parts) if period.end is None else period.end
    end = periods.end_of(start)
    return start, end if period.end is None else min(end, period.end)
