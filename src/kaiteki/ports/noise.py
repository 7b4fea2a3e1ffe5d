"""What the core asks of noise: whole numbers changed at random, so that nobody can tell of one person whether they were counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class NoiseSource(Protocol):
    """Noise of the discrete Laplace distribution from a cryptographic source. Each call draws anew; nothing of it is repeatable."""

    def ready(self) -> None:
        """Make what is slow at its first use ready; may take a second, so not on the event loop."""
        ...

    def draw(self, values: Sequence[int], changed_by: int, epsilon_milli: int) -> Sequence[int]:
        """The numbers with noise: ε-differentially private, ε in thousandths, for whatever changes their sum of absolute
        differences by at most `changed_by`. The noise is no smaller than that, whatever floating point does."""
        ...
