"""What a question about history means to every store: on which time a state is measured, its order, what only repeats."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby

import msgspec

from kaiteki.model.entity import Instance
from kaiteki.model.instant import Instant
from kaiteki.model.periods import Periods
from kaiteki.model.problem import Problem
from kaiteki.model.sums import Adding, Sums, together
from kaiteki.ports.entities import Change, Correction, Forgotten, Revised, Told
from kaiteki.ports.history import PERIODS_MAX, SCOPE, Past, Period
from kaiteki.stores.change import subject

State = tuple[str | None, Instance | None, str]
"""What a write leaves of one attribute instance: datasetId, the instance or None where it is gone, and which kind went."""


def states(before: Sequence[Instance], after: Sequence[Instance]) -> list[State]:
    """What one attribute leaves in history, by datasetId."""
    old = {instance.dataset_id: instance for instance in before}
    new = {instance.dataset_id: instance for instance in after}
    changed: list[State] = [
        (dataset, instance, "") for dataset, instance in new.items() if old.get(dataset) != instance
    ]
    changed += [(dataset, None, one.kind) for dataset, one in old.items() if dataset not in new]
    return sorted(changed, key=lambda state: state[0] or "")


def scope_states(change: Change, at: Instant) -> list[State]:
    """What a change leaves in the history of the scopes: nothing, when they stay as they are."""
    before = change.before.scopes if change.before is not None else ()
    after = change.after.scopes if change.after is not None else ()
    if before == after:
        return []
    return [(None, scope_value(after, subject(change).created_at, at) if after else None, "Property")]


def told_states(told: Told, at: Instant, number: int) -> list[Past]:
    """The states that somebody told of the past, by the event and the time at which they did, which is that of their writing."""
    parts: Counter[tuple[str, str | None]] = Counter()
    states = list(told.states)
    if told.scopes:
        states.append((SCOPE, scope_value(told.scopes, at, at)))
    pasts: list[Past] = []
    for name, one in states:
        part = parts[name, one.dataset_id]
        parts[name, one.dataset_id] += 1
        kept = msgspec.structs.replace(one, created_at=at, modified_at=at)
        pasts.append(Past(told.entity_id, name, at, 0, kept, one.dataset_id, number, part=part))
    return pasts


def revised(past: Past, correction: Revised) -> Past | None:
    """The state that a correction makes of another one at the same address; None where it takes it away."""
    if correction.removes:
        return None
    instance = correction.revise(past.instance)
    return msgspec.structs.replace(past, instance=instance, was=past.was if instance is None else "")


def nothing_kept(correction: Correction) -> Problem:
    """The refusal of a correction that finds nothing to correct."""
    field = "id"
    if isinstance(correction, Revised):
        field = "instanceId"
    elif isinstance(correction, Forgotten) and correction.attribute is not None:
        field = "attrId"
    return Problem("ResourceNotFound", f"nothing such is kept of the past of {correction.entity_id}", field)


def corrected_names(correction: Correction) -> tuple[str, ...]:
    """The attributes of which a correction names the past."""
    if isinstance(correction, Told):
        return tuple(sorted({name for name, _ in correction.states}))
    return (correction.attribute,) if correction.attribute is not None else ()


def scope_value(scopes: tuple[str, ...], created_at: Instant, at: Instant) -> Instance:
    """Scopes as they stand in history: the value of a Property."""
    return Instance("Property", list(scopes), created_at=created_at, modified_at=at)


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
        key=lambda pair: (pair[0], pair[1].number, pair[1].attribute, pair[1].dataset_id or "", pair[1].part)
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
