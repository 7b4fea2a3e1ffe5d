"""Sums as far as they do not depend on the order in which numbers are added."""

import math
from collections.abc import Sequence

import msgspec

from kaiteki.model.sums import Sums


def rounded(sums: Sequence[Sums]) -> list[Sums]:
    """Sums without the last digits, which depend on the order of adding."""

    def near(value: float) -> float:
        if isinstance(value, int) or not math.isfinite(value):
            return value
        return round(value, 6) if abs(value) < 1_000_000 else float(f"{value:.9e}")

    return [
        msgspec.structs.replace(
            one, total=near(one.total), squares=near(one.squares), spread=near(one.spread)
        )
        for one in sums
    ]
