"""Series of many blocks unpacked together are those of each block, one behind the other, however the blocks are laid out."""

from random import Random

import numpy as np
import pytest

from kaiteki.stores.columns import pack_values, pack_whole
from kaiteki.stores.many_columns import series_of_all
from kaiteki.stores.packing import Series, joined, series_of, without_repeats

BEGAN = 1_700_000_000_000_000
LENGTHS = (1, 2, 17, 17, 17, 40)
JITTERS = (0, 200, 60_000, 5_000_000)


def drawn_values(chance: Random, length: int) -> list[float]:
    """Constant ones, tenths in a small or large range, whole numbers, numbers of full length."""
    match chance.randrange(5):
        case 0:
            return [21.5] * length
        case 1:
            return [chance.randrange(200) / 10 for _ in range(length)]
        case 2:
            return [chance.randrange(-(10**8), 10**8) / 1000 for _ in range(length)]
        case 3:
            return [float(chance.randrange(70_000)) for _ in range(length)]
        case _:
            return [chance.random() for _ in range(length)]


def drawn_block(chance: Random, length: int, begin: int) -> bytes:
    """The columns of what was measured each minute or so; sometimes late, sometimes twice."""
    jitter = chance.choice(JITTERS)
    moments = [begin + n * 60_000_000 + (chance.randrange(jitter) if jitter else 0) for n in range(length)]
    values = drawn_values(chance, length)
    if chance.random() < 0.2 and length > 3:
        moments[1], values[1] = moments[0], values[0]
        moments[2], moments[3] = moments[3], moments[2]
    whole = [chance.random() < 0.5 if chance.random() < 0.3 else 0 for _ in range(length)]
    return (
        pack_whole(np.array(moments, np.int64))
        + pack_values(np.array(values, np.float64))
        + pack_whole(np.array(whole, np.int64))
    )


def as_lists(series: Series) -> list[list[float]]:
    return [column.tolist() for column in series]


@pytest.mark.parametrize("seed", range(60))
def test_blocks_together_are_the_blocks_one_by_one(seed: int) -> None:
    chance = Random(seed)
    alike = chance.random() < 0.3
    first = drawn_block(chance, 17, BEGAN)
    blocks = [
        first if alike else drawn_block(chance, chance.choice(LENGTHS), BEGAN + number * 10**10)
        for number in range(chance.randrange(1, 12))
    ]
    one_by_one = joined([without_repeats(series_of(block)) for block in blocks])
    assert as_lists(series_of_all(blocks)) == as_lists(one_by_one)
