"""Duplicates are found and not imagined: measured on assets that the fit of the weights never saw, drawn ones and real ones."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
import pytest
from duplicate_trials import CATALOGUE, DAY, NOW, Set, Thing, drawn_things, real_things, split
from report_samples import w

from kaiteki.model.instant import Instant
from kaiteki.services.reports.duplicates import WEIGHTS, Seen, features, find_duplicates, score, text_likeness
from kaiteki.services.reports.geography import distance_m
from kaiteki.services.reports.model import Report
from kaiteki.services.reports.settings import Category

SPLIT_SEED = 7
RECALL_MIN = 0.90
FALSE_PROMPTS_MAX = 0.05


def judged(trials: Set) -> tuple[float, float]:
    """Share of the duplicates among the three shown, and share of new reports for which anything is shown."""
    found: list[bool] = []
    prompted: list[bool] = []
    for trial in trials.trials:
        shown = find_duplicates(CATALOGUE, trial.seen, trials.known, CATALOGUE.duplicates_near_m)
        if trial.means:
            found.append(any(likely.report.id == trial.means for likely in shown))
        else:
            prompted.append(bool(shown))
    assert len(found) > 100 and len(prompted) > 100
    return sum(found) / len(found), sum(prompted) / len(prompted)


def fitted(*sets: Set) -> list[float]:
    """The weights of a logistic regression (Newton's method, a small ridge) over every pair of report and neighbour."""
    rows: list[tuple[float, ...]] = []
    same: list[float] = []
    for drawn in sets:
        for trial in drawn.trials:
            near = [(r, distance_m(trial.seen.point, r.point or (0, 0))) for r in drawn.known]
            near = [pair for pair in near if pair[1] <= CATALOGUE.duplicates_near_m]
            near.sort(key=lambda pair: pair[1])
            alike = text_likeness(trial.seen.text, [report.description for report, _ in near])
            for (report, away), like in zip(near, alike, strict=True):
                rows.append(features(trial.seen, report, away, like, 30.0))
                same.append(float(report.id == trial.means))
    x, y = np.array(rows), np.array(same)
    weights = np.zeros(x.shape[1])
    for _ in range(60):
        p = 1 / (1 + np.exp(-x @ weights))
        slope = x.T @ (p - y) + 0.5 * weights
        weights -= np.linalg.solve((x * (p * (1 - p))[:, None]).T @ x + 0.5 * np.eye(len(weights)), slope)
    return [float(one) for one in weights]


def check(things: Sequence[Thing]) -> None:
    """The law on the held-out half."""
    recall, false_prompts = judged(split(things, SPLIT_SEED)[1])
    assert recall >= RECALL_MIN and false_prompts <= FALSE_PROMPTS_MAX, (recall, false_prompts)


def test_duplicates_of_a_drawn_town_are_found_and_not_imagined() -> None:
    check(drawn_things(5))


def test_duplicates_of_a_real_town_are_found_and_not_imagined(shared_data: Path) -> None:
    check(real_things(shared_data))


def test_the_weights_are_those_of_the_training_halves(shared_data: Path) -> None:
    training = [split(things, SPLIT_SEED)[0] for things in (drawn_things(5), real_things(shared_data))]
    assert fitted(*training) == pytest.approx(msgspec.structs.astuple(WEIGHTS), abs=0.01)


HERE = (141.05, 35.35)
DARK = Report(
    "r", "R-1", "暗い", "light", description="街灯が消えている", asset="urn:light:1",
    location={"type": "Point", "coordinates": list(HERE)}, date_submitted=NOW,
)  # fmt: skip


def test_the_same_asset_speaks_for_it_and_another_one_against_it() -> None:
    seen = Seen(HERE, "light", "街灯がつかない", at=NOW)
    same, other = (msgspec.structs.replace(seen, asset=f"urn:light:{n}") for n in (1, 2))
    scores = [score(one, DARK, 10.0, 0.5, 30.0) for one in (same, seen, other)]
    assert scores[0] > scores[1] > scores[2]


def test_what_is_old_or_ended_or_far_is_less_likely_meant() -> None:
    seen = Seen(HERE, "light", "街灯が消えている", at=NOW)
    old = msgspec.structs.replace(DARK, date_submitted=Instant(NOW - 90 * DAY))
    ended = msgspec.structs.replace(DARK, status="closed")
    now = score(seen, DARK, 5.0, 1.0, 30.0)
    assert all(score(seen, one, 5.0, 1.0, 30.0) < now for one in (old, ended))
    assert score(seen, DARK, 60.0, 1.0, 30.0) < now


def test_each_category_has_a_threshold_of_its_own() -> None:
    strict = msgspec.structs.replace(
        CATALOGUE, categories=(Category("light", w("あかり"), duplicate_score_min=0.9999),)
    )
    seen = Seen(HERE, "light", "街灯が消えている", at=NOW)
    assert [len(find_duplicates(one, seen, [DARK], 250.0)) for one in (CATALOGUE, strict)] == [1, 0]
