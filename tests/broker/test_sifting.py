"""A query that a store refuses is asked of it once."""

import pytest

from kaiteki.broker.sifting import sift_or_less
from kaiteki.model.problem import Problem
from kaiteki.model.query import Query
from kaiteki.ports.entities import Found
from kaiteki.stores.memory.entities import MemoryEntities
from kaiteki.stores.memory.journal import MemoryEvents, MemoryHistory
from ports.sample import SteppingClock


class Slow(MemoryEntities):
    """Entities among which every query takes too long."""

    asked = 0

    async def find(self, area: str, wanted: Query) -> Found:
        self.asked += 1
        raise Problem("TooComplexQuery", "the query takes longer than 10 seconds")


async def test_what_takes_too_long_is_not_begun_again() -> None:
    entities = Slow(SteppingClock(), MemoryHistory(), MemoryEvents())
    with pytest.raises(Problem):
        await sift_or_less(entities, "demo", Query(id_pattern="lamp"))
    assert entities.asked == 1
