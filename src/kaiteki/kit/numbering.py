"""Numbers that people can read out: R-2026-03187, counted per kind and year of Japan inside the decision that uses them."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

import msgspec

from kaiteki.kit.manifest import EntityType, State
from kaiteki.model.access import ADMIN
from kaiteki.model.decision import Asked
from kaiteki.model.instant import Instant
from kaiteki.model.words import Words

DIGITS_MIN: Final = 5
YEARS_BACK: Final = 10
"""How many years back a bare running number is looked for."""
_NUMBER: Final = re.compile(r"(?:(?:([A-Z]+)-)?(\d{4})-)?(\d{1,9})", re.IGNORECASE | re.ASCII)
_JAPAN: Final = timezone(timedelta(hours=9))


class Counter(msgspec.Struct, frozen=True):
    """The last number given out of one kind in one year."""

    id: str
    last: int = 0


COUNTERS: Final = EntityType(
    name="Counter",
    view=Counter,
    words=Words("採番", "Counters", "ばんごう"),
    title="id",
    columns=("last",),
    labels={"last": Words("最後の番号", "Last number", "さいごの ばんごう")},
    roles=(ADMIN,),
)


def counter_id(kind: str, asked: Asked) -> str:
    """The counter of a kind ("R") in the present year; a rule that numbers names it among its needs."""
    return f"urn:ngsi-ld:Counter:{kind}-{_year(asked.now)}"


def next_number(state: State, kind: str, asked: Asked) -> tuple[str, Counter]:
    """The next number of a kind and the counter to write with it. No number is given twice, none is left out."""
    this = counter_id(kind, asked)
    before = state.get(this)
    last = (before.last if isinstance(before, Counter) else 0) + 1
    return f"{kind}-{_year(asked.now)}-{last:0{DIGITS_MIN}d}", Counter(this, last)


def numbers_meant(kind: str, text: str, now: Instant) -> tuple[str, ...]:
    """The numbers of a kind that somebody may mean: a whole one (`R-2026-3187`), or a bare running one (`3187`) of the present
    year and of YEARS_BACK before, newest first. Full width and case make no difference; empty where the text is none."""
    found = _NUMBER.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if found is None or (found[1] not in (None, "") and found[1].upper() != kind):
        return ()
    running = int(found[3])
    years = (int(found[2]),) if found[2] else range(_year(now), _year(now) - YEARS_BACK - 1, -1)
    return tuple(f"{kind}-{year}-{running:0{DIGITS_MIN}d}" for year in years)


def _year(now: Instant) -> int:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=now)).astimezone(_JAPAN).year
