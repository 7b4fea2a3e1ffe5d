"""What context sources have answered, for as long as their registrations say that it need not be asked again (cacheDuration, ETSI GS CIM 009 V1.9.1 clause 5.2.34)."""

from __future__ import annotations

from collections import OrderedDict
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias

from kaiteki.model.instant import Instant
from kaiteki.model.periods import parse_periods
from kaiteki.ports.outgoing import Answered, Question
from kaiteki.ports.sources import KeptSource, SourceKey

ANSWER_MAX_BYTES: Final = 1_000_000
"""Larger answers are asked for each time."""
TOTAL_MAX_BYTES: Final = 16_000_000
MONTH_DAYS: Final = 30
_DAY: Final = 86_400 * 1_000_000

Asked: TypeAlias = tuple[SourceKey, Instant, str, tuple[tuple[str, str], ...]]
"""A question: to which registration, as it stood since when, at which address, with which headers. Keys that a person brings are among them."""


class Remembered(NamedTuple):
    """An answer, and until when it is good for."""

    answered: Answered
    until: Instant


class Memory:
    """Answers to reading questions, up to a number of bytes; the one that was used longest ago goes first."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Asked, Remembered] = OrderedDict()
        self._size_bytes = 0

    @property
    def kept(self) -> int:
        """How many answers are remembered."""
        return len(self._kept)

    def recall(self, kept: KeptSource, question: Question, now: Instant) -> Answered | None:
        """What a source has answered to the same question, if that is good for now still."""
        asked = _asked(kept, question)
        found = self._kept.get(asked)
        if found is None:
            return None
        if found.until <= now:
            self._drop(asked)
            return None
        self._kept.move_to_end(asked)
        return found.answered

    def remember(self, kept: KeptSource, question: Question, answered: Answered, now: Instant) -> None:
        """Keep an answer as long as the registration of its source says; where it says nothing, not at all."""
        told = kept.registration.management
        size = len(answered.body)
        if told is None or not told.cache_duration or question.method != "GET" or size > ANSWER_MAX_BYTES:
            return
        asked = _asked(kept, question)
        self._drop(asked)
        self._kept[asked] = Remembered(answered, Instant(now + length_of(told.cache_duration)))
        self._size_bytes += size
        while self._size_bytes > TOTAL_MAX_BYTES:
            self._drop(next(iter(self._kept)))

    def forget(self, key: SourceKey) -> None:
        """Forget what a source has answered: something was written there."""
        for asked in [asked for asked in self._kept if asked[0] == key]:
            self._drop(asked)

    def _drop(self, asked: Asked) -> None:
        found = self._kept.pop(asked, None)
        if found is not None:
            self._size_bytes -= len(found.answered.body)


@lru_cache(maxsize=1024)
def length_of(duration: str) -> int:
    """Microseconds of an ISO 8601 duration; a month counts thirty days."""
    periods = parse_periods(duration, "cacheDuration")
    return periods.microseconds + periods.months * MONTH_DAYS * _DAY


def _asked(kept: KeptSource, question: Question) -> Asked:
    return (kept.key, kept.registration.modified_at, question.url, question.headers)
