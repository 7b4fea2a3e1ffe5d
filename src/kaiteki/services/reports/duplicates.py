"""Whether somebody reported this before: a logistic score of distance, asset, category, age, text and picture."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Final

import msgspec

from kaiteki.model.instant import Instant
from kaiteki.services.reports.arrows import OPEN
from kaiteki.services.reports.geography import Point, distance_m
from kaiteki.services.reports.model import Report
from kaiteki.services.reports.settings import SCORE_MIN, Settings

LOOK_DISTANCE_MAX: Final = 10
"""Bits of 64 by which the hashes of two photos of the same thing may differ."""
ACCURACY_MIN_M: Final = 8.0
"""No phone is more exact than this, whatever it says."""
ACCURACY_USUAL_M: Final = 20.0
CANDIDATES_MAX: Final = 200
_DAY: Final = 86_400_000_000
_BM25_K: Final = 1.2
_BM25_B: Final = 0.75


class Weights(msgspec.Struct, frozen=True):
    """Weights of the logistic score, fitted on the training half of real and drawn assets (docs/guide/reports.md)."""

    bias: float
    distance: float
    same_asset: float
    other_asset: float
    same_category: float
    age: float
    ended: float
    text: float
    other_words: float
    picture: float


WEIGHTS: Final = Weights(-0.79, 1.58, 1.98, 3.16, 4.36, 3.04, 2.53, 1.56, 0.91, 3.2)
"""Near alone is not enough; near with the same words, the same picture or the same asset is."""
WORDS_ALIKE_MIN: Final = 0.25
"""Below this likeness two texts speak of different things."""


class Seen(msgspec.Struct, frozen=True):
    """What is about to be reported: `accuracy_m` of its place (0: unknown), the hashes of its photos."""

    point: Point
    category: str
    text: str = ""
    asset: str = ""
    looks: tuple[str, ...] = ()
    accuracy_m: float = 0.0
    at: Instant = Instant(0)


class Likely(msgspec.Struct, frozen=True):
    """A report that may be the same: how sure (0 to 1) and how far in metres."""

    report: Report
    score: float
    away_m: float


def find_duplicates(
    settings: Settings, seen: Seen, candidates: Sequence[Report], near_m: float
) -> tuple[Likely, ...]:
    """The candidates within `near_m` that pass the threshold of the category, the surest first, at most the number shown."""
    near = [
        (report, distance_m(seen.point, report.point)) for report in candidates if report.point is not None
    ]
    near = sorted((pair for pair in near if pair[1] <= near_m), key=lambda pair: pair[1])[:CANDIDATES_MAX]
    likeness = text_likeness(seen.text, [r.description or r.name for r, _ in near])
    category = settings.category(seen.category)
    least = category.duplicate_score_min if category else SCORE_MIN
    half_life = category.half_life_days if category else 30.0
    found = [
        Likely(report, score(seen, report, away, like, half_life), away)
        for (report, away), like in zip(near, likeness, strict=True)
    ]
    sure = sorted((f for f in found if f.score >= least), key=lambda f: -f.score)
    return tuple(sure[: settings.duplicates_shown_max])


def score(seen: Seen, report: Report, away_m: float, likeness: float, half_life_days: float) -> float:
    """How sure it is (0 to 1) that a report means the same thing."""
    told = features(seen, report, away_m, likeness, half_life_days)
    x = sum(weight * value for weight, value in zip(msgspec.structs.astuple(WEIGHTS), told, strict=True))
    return 1 / (1 + math.exp(-x))


def features(
    seen: Seen, report: Report, away_m: float, likeness: float, half_life_days: float
) -> tuple[float, ...]:
    """What speaks for one thing (positive) and against it (negative), in the order of Weights.

    The distance counts in units of how exact both places are; an asset counts only where both name one.
    """
    accuracy = max(ACCURACY_MIN_M, seen.accuracy_m or ACCURACY_USUAL_M)
    age_days = max(0, seen.at - report.date_submitted) / _DAY
    both = seen.asset != "" and report.asset != ""
    return (
        1.0,
        -min(away_m / math.hypot(accuracy, ACCURACY_MIN_M), 8.0),
        float(both and seen.asset == report.asset),
        -float(both and seen.asset != report.asset),
        float(seen.category == report.category),
        -(1 - 0.5 ** (age_days / half_life_days)),
        -float(report.status not in OPEN),
        likeness,
        -float(seen.text != "" and likeness < WORDS_ALIKE_MIN),
        float(_same_picture(seen, report)),
    )


def _same_picture(seen: Seen, report: Report) -> bool:
    looks = [int(photo.look, 16) for photo in report.photos if photo.look]
    return any(
        (int(mine, 16) ^ theirs).bit_count() <= LOOK_DISTANCE_MAX
        for mine in seen.looks
        if mine
        for theirs in looks
    )


def text_likeness(text: str, others: Sequence[str]) -> list[float]:
    """BM25 over pairs of letters (fit for Japanese without a dictionary), as a share (0 to 1) of what the shorter text reaches.

    So a text that says the same and a little more is still alike.
    """
    wanted = Counter(_pairs(text))
    documents = [Counter(_pairs(other)) for other in others]
    if not wanted or not documents:
        return [0.0] * len(documents)
    everything = [*documents, wanted]
    mean = sum(d.total() for d in everything) / len(everything)
    counted = Counter(pair for document in everything for pair in document)
    weight = {pair: math.log(1 + (len(everything) - n + 0.5) / (n + 0.5)) for pair, n in counted.items()}
    own = _bm25(wanted, wanted, weight, mean)
    return [
        min(1.0, _bm25(wanted, one, weight, mean) / min(own, _bm25(one, one, weight, mean))) if one else 0.0
        for one in documents
    ]


def _bm25(wanted: Counter[str], document: Counter[str], weight: dict[str, float], mean: float) -> float:
    length = _BM25_K * (1 - _BM25_B + _BM25_B * document.total() / mean)
    return sum(
        weight[pair] * document[pair] * (_BM25_K + 1) / (document[pair] + length)
        for pair in wanted
        if pair in document
    )


def _pairs(text: str) -> list[str]:
    letters = "".join(ch for ch in text.lower() if ch.isalnum())
    return [letters[i : i + 2] for i in range(len(letters) - 1)]
