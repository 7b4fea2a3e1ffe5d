"""Noise for statistics of people, drawn by OpenDP (the extra `kaiteki[privacy]`): discrete Laplace, exact, from the randomness of the system.

Nothing of it is read before the first question: it takes a second and 60 MB.
"""

from __future__ import annotations

import importlib
import importlib.util
import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Final

LIBRARY: Final = "opendp"
MILLI: Final = 1000
_STEPS_MAX: Final = 1000
"""How often a scale is made a little larger until the library itself says that it is enough."""


class OpenDpNoise:
    """See ports.noise. What the library proves of its mechanism is what is trusted, not what was asked of it."""

    def __init__(self) -> None:
        self._opendp: Any = None

    def ready(self) -> None:
        """Read the library."""
        if self._opendp is None:
            opendp: Any = importlib.import_module(f"{LIBRARY}.prelude")
            # the discrete Laplace mechanism, whose proof is published with it, counts as contributed
            opendp.enable_features("contrib")
            self._opendp = opendp

    def draw(self, values: Sequence[int], changed_by: int, epsilon_milli: int) -> Sequence[int]:
        """The numbers with noise."""
        self.ready()
        return self._mechanism(changed_by, epsilon_milli)(list(values))

    def _mechanism(self, changed_by: int, epsilon_milli: int) -> Any:
        opendp = self._opendp
        if changed_by < 1 or epsilon_milli < 1:
            raise ValueError("nothing could be hidden")
        space = opendp.vector_domain(opendp.atom_domain(T="i64")), opendp.l1_distance(T="i64")
        loss = Fraction(epsilon_milli, MILLI)
        scale = float(changed_by / loss)
        for _ in range(_STEPS_MAX):
            mechanism = space >> opendp.m.then_laplace(scale=scale)
            if Fraction(mechanism.map(changed_by)) <= loss:
                return mechanism
            scale = math.nextafter(scale, math.inf)
        raise ArithmeticError(f"no scale gives a loss of {loss}")


def find_noise() -> OpenDpNoise | None:
    """What draws noise on this machine; None when the extra is not installed."""
    return OpenDpNoise() if importlib.util.find_spec(LIBRARY) is not None else None
