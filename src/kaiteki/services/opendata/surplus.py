"""What a file no longer holds: the records of its data set that are in the city and were not in the file, and what becomes of them."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from typing import Any, Final, Literal

import numpy as np

from kaiteki.kit.views import expand_name, where
from kaiteki.model.query import Query, TypeAny, TypeIs
from kaiteki.services.opendata.model import Record
from kaiteki.services.opendata.naming import hash_of
from kaiteki.services.opendata.quality import Tally
from kaiteki.services.opendata.standard.table import standard_types

SHARE_ASKED: Final = 0.2
"""Share of a data set above which its loss is asked about: records to remove, or rows fewer than the last time."""

Verdict = Literal["nothing", "remove", "ask", "keep"]


class Seen:
    """The records that a file holds, 8 bytes each; where two ids share a hash, nothing is lost, one may stay too long."""

    def __init__(self) -> None:
        self._hashes = array("Q")

    def add(self, ids: Iterable[str]) -> None:
        """These records were in the file."""
        self._hashes.extend(hash_of(one) for one in ids)

    def without(self, ids: Sequence[str]) -> list[str]:
        """Those of the ids that were not in the file."""
        asked = np.fromiter((hash_of(one) for one in ids), np.uint64, len(ids))
        held = (
            np.isin(asked, np.frombuffer(self._hashes, np.uint64))
            if self._hashes
            else np.zeros(len(ids), bool)
        )
        return [one for one, is_held in zip(ids, held, strict=True) if not is_held]


def records_of(data_set: str) -> Query:
    """The records of a data set, whatever their type was when they came."""
    types = TypeAny(tuple(TypeIs(expand_name(name)) for name in standard_types()))
    return Query(types=types, q=where(Record, "data_set", "==", data_set))


def judge(tally: Tally, gone: int, standing: int) -> Verdict:
    """What becomes of the `gone` of the `standing` records of a data set: a file that is not whole takes nothing away."""
    if not gone:
        return "nothing"
    if tally.refused or not tally.read:
        return "keep"
    return "ask" if gone > SHARE_ASKED * standing else "remove"


def is_far_fewer(rows: int, before: Any) -> bool:
    """Whether a file has far fewer rows than at the last import (an ImportRun, None at the first)."""
    return before is not None and rows < (1 - SHARE_ASKED) * before.read
