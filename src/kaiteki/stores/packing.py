"""Measurements in blocks: many states of one attribute as a few columns, with what they add up to.

A block holds states of the default instance of one attribute: numbers with observedAt and without sub-attributes, all of one unit
and one createdAt. It is made of rows in the transaction of a write and taken apart into rows again before one of them is corrected.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec
import numpy as np

from kaiteki.model.entity import Instance
from kaiteki.model.instant import Instant
from kaiteki.model.periods import Periods
from kaiteki.model.sums import GREATEST, Sums
from kaiteki.ports.history import Past
from kaiteki.stores.columns import EXACT_MAX, pack_values, pack_whole, unpack_values, unpack_whole

if TYPE_CHECKING:
    from kaiteki.stores.columns import Real, Whole

SMALL_MAX: Final = 2**20
"""Whole numbers up to here are added up in columns; sums of squares of larger ones could be wrong."""


class Head(msgspec.Struct, frozen=True, array_like=True):
    """What the states of a block have in common, and what they add up to in observed time, repeats left out."""

    unit_code: str | None
    created_at: Instant
    sums: Sums


class Block(NamedTuple):
    """A block as it is kept: its bounds, its head, the columns of what was measured and of how it was written.

    `small` says whether its whole numbers are all so small that columns may be added up.
    """

    observed: Instant
    observed_last: Instant
    at: Instant
    at_last: Instant
    small: bool
    head: bytes
    series: bytes
    writes: bytes


class Series(NamedTuple):
    """Measured values in order of a time; `whole` tells which of them are whole numbers."""

    moments: Whole
    values: Real
    whole: Whole


_head = msgspec.json.Decoder(Head)


def may_be_packed(past: Past) -> bool:
    """Whether a state may stand in a block."""
    one = past.instance
    if one is None or one.kind != "Property" or one.observed_at is None or past.dataset_id is not None:
        return False
    value = one.value
    if value.__class__ is int:
        good = -EXACT_MAX < value < EXACT_MAX
    else:
        good = value.__class__ is float and -GREATEST < value < GREATEST
    bare = not one.sub and one.object_type is None and one.expires_at is None
    return good and bare and one.modified_at == past.at


def pack(pasts: Sequence[Past]) -> Block:
    """The block of some states, in order of their writes; each may be packed, and unit and createdAt are the same."""
    instances = [past.instance for past in pasts if past.instance is not None]
    observed = np.array([one.observed_at for one in instances], np.int64)
    values = np.array([one.value for one in instances], np.float64)
    whole = np.array([one.value.__class__ is int for one in instances], np.int64)
    at = np.array([past.at for past in pasts], np.int64)
    others = [
        pack_whole(np.array(column, np.int64))
        for column in zip(*((past.number, past.version, past.part) for past in pasts), strict=True)
    ]
    small = not bool((np.abs(values[whole == 1]) >= SMALL_MAX).any())
    (sums,) = summed(without_repeats(Series(observed, values, whole)), Periods())
    head = Head(instances[0].unit_code, instances[0].created_at, sums)
    return Block(
        Instant(int(observed.min())),
        Instant(int(observed.max())),
        Instant(int(at.min())),
        Instant(int(at.max())),
        small,
        msgspec.json.encode(head),
        pack_whole(observed) + pack_values(values) + pack_whole(whole),
        pack_whole(at) + b"".join(others),
    )


def read_head(head: bytes) -> Head:
    """The head of a block."""
    return _head.decode(head)


def series_of(series: bytes) -> Series:
    """What was measured, in order of the writes."""
    observed, at = unpack_whole(series)
    values, at = unpack_values(series, at)
    whole, _ = unpack_whole(series, at)
    return Series(observed, values, whole)


def written_of(series: bytes, writes: bytes) -> Series:
    """What was measured by the time of its write, in order of it."""
    at, _ = unpack_whole(writes)
    _, values, whole = series_of(series)
    return in_time(Series(at, values, whole))


def without_repeats(series: Series) -> Series:
    """What was measured, in order of the observed time, each value of a moment once."""
    moments, values, whole = series
    if len(moments) < 2 or bool((moments[1:] > moments[:-1]).all()):
        return series
    order = np.lexsort((whole, values, moments))
    moments, values, whole = moments[order], values[order], whole[order]
    same = (moments[1:] == moments[:-1]) & (values[1:] == values[:-1]) & (whole[1:] == whole[:-1])
    kept = np.append(True, ~same)
    return Series(moments[kept], values[kept], whole[kept])


def unpack(entity_id: str, attribute: str, block: Block) -> list[Past]:
    """The states of a block, as they were when they stood in rows."""
    head = read_head(block.head)
    observed, values, whole = (column.tolist() for column in series_of(block.series))
    columns: list[list[int]] = []
    place = 0
    for _ in range(4):
        column, place = unpack_whole(block.writes, place)
        columns.append(column.tolist())
    return [
        Past(
            entity_id,
            attribute,
            Instant(at),
            version,
            Instance(
                "Property",
                int(value) if is_whole else value,
                observed_at=Instant(moment),
                unit_code=head.unit_code,
                created_at=head.created_at,
                modified_at=Instant(at),
            ),
            None,
            number,
            part=part,
        )
        for moment, value, is_whole, at, number, version, part in zip(
            observed, values, whole, *columns, strict=True
        )
    ]


# Adding up ---------------------------------------------------------------------------------------------------------


def within(series: Series, start: Instant | None, end: Instant | None) -> Series:
    """The part of a series in order that lies in a stretch of time."""
    first = 0 if start is None else int(np.searchsorted(series.moments, start))
    last = len(series.moments) if end is None else int(np.searchsorted(series.moments, end))
    return Series(series.moments[first:last], series.values[first:last], series.whole[first:last])


def in_time(series: Series) -> Series:
    """A series in the order of its moments."""
    moments = series.moments
    if bool((moments[1:] >= moments[:-1]).all()):
        return series
    order = np.argsort(moments, kind="stable")
    return Series(moments[order], series.values[order], series.whole[order])


def joined(parts: Sequence[Series]) -> Series:
    """Several series, at least one, one behind the other."""
    if len(parts) == 1:
        return parts[0]
    return Series(
        np.concatenate([part.moments for part in parts]),
        np.concatenate([part.values for part in parts]),
        np.concatenate([part.whole for part in parts]),
    )


def summed(series: Series, periods: Periods) -> list[Sums]:
    """What a series in order adds up to by periods; the ends of these are not told (they are those of the periods)."""
    moments, values, whole = series
    if not len(moments):
        return []
    starts, first = _starts(moments, periods)
    counts = np.diff(np.append(first, len(moments)))
    totals, squares = np.add.reduceat(values, first), np.add.reduceat(values * values, first)
    spreads = np.add.reduceat((values - np.repeat(totals / counts, counts)) ** 2, first)
    columns = (
        starts,
        counts,
        moments[first],
        moments[first + counts - 1],
        totals,
        squares,
        spreads,
        np.minimum.reduceat(values, first),
        np.maximum.reduceat(values, first),
        *_exactly(values, whole, first),
    )
    return [_sums(row) for row in zip(*(column.tolist() for column in columns), strict=True)]


def _exactly(values: Real, whole: Whole, first: Whole) -> tuple[Whole, Whole, Whole]:
    """By period: whether all values are whole numbers (1 or 0), the sum of those that are, and that of their squares."""
    if not bool(whole.any()):
        none = np.zeros(len(first), np.int64)
        return none, none, none
    exact = np.where(whole == 1, values, 0).astype(np.int64)
    return (
        np.minimum.reduceat(whole, first),
        np.add.reduceat(exact, first),
        np.add.reduceat(exact * exact, first),
    )


def _starts(moments: Whole, periods: Periods) -> tuple[Whole, Whole]:
    """Where the periods begin that have moments, and at which moment each of them does."""
    begin, last = periods.start_of(Instant(int(moments[0]))), int(moments[-1])
    if periods.whole:
        return np.array([begin], np.int64), np.zeros(1, np.int64)
    length = periods.microseconds
    if length and (last - begin) // length > len(moments):
        starts = moments - (moments - periods.origin) % length
        first = np.flatnonzero(np.append(True, starts[1:] != starts[:-1]))
        return starts[first], first
    if length:
        edges = np.arange(begin, last + 1, length, dtype=np.int64)
    else:
        known = [begin]
        while (following := periods.end_of(known[-1])) <= last:
            known.append(following)
        edges = np.array(known, np.int64)
    first = np.searchsorted(moments, edges)
    filled = np.append(first[1:], len(moments)) > first
    return edges[filled], first[filled]


def _sums(row: tuple[int, int, int, int, float, float, float, float, float, int, int, int]) -> Sums:
    start, count, first, last, total, square, spread, least, greatest, whole, exact, exact_squares = row
    told: tuple[float, float, float, float] = (total, square, least, greatest)
    if whole:
        told = (exact, exact_squares, int(least), int(greatest))
    return Sums(
        Instant(start),
        Instant(start),
        "Property",
        None,
        count,
        Instant(first),
        Instant(last),
        0,
        count,
        told[0],
        told[1],
        spread,
        told[2],
        told[3],
    )
