"""Chance that can be repeated: every draw of the world comes from a seed and the name of what is drawn."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def dice(seed: int, *names: object) -> random.Random:
    """A source of chance for one thing of the world; the same seed and names give the same draws on every machine."""
    text = "\x1f".join(str(name) for name in (seed, *names))
    return random.Random(int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]))


def weighted(source: random.Random, rows: Sequence[tuple[T, float]]) -> T:
    """One of the rows, each as often as its weight says; there must be at least one with a weight above 0."""
    return source.choices([row for row, _ in rows], [weight for _, weight in rows])[0]


def noise(seed: int, name: str, x: float) -> float:
    """A smooth curve through chance values at whole x, between -1 and 1."""
    below = int(x // 1)
    left = dice(seed, name, below).uniform(-1, 1)
    right = dice(seed, name, below + 1).uniform(-1, 1)
    t = x - below
    smooth = t * t * (3 - 2 * t)
    return left + (right - left) * smooth
