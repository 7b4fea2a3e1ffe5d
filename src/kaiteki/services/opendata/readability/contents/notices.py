"""All that is noticed in the sheets of a file, by kind: how often, and the first places. Pure; the values are for staff."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

import msgspec

from kaiteki.services.opendata.readability.contents import cells, mixtures, rows
from kaiteki.services.opendata.readability.contents.kinds import KINDS
from kaiteki.services.opendata.readability.contents.view import View, view_of
from kaiteki.services.opendata.readability.finding import Found
from kaiteki.services.opendata.readability.sheet import Sheet

EXAMPLES_MAX: Final = 20
"""Places that are named of each kind."""
CHECKS: Final[tuple[Callable[[View], Iterator[Found]], ...]] = (
    cells.find_errors,
    cells.find_cut_off,
    cells.find_formulas,
    cells.find_days,
    mixtures.find_text_in_numbers,
    mixtures.find_number_in_text,
    mixtures.find_mixed,
    cells.find_full_width,
    cells.find_lost_zeros,
    mixtures.find_positions,
    rows.find_totals,
    rows.find_twice,
    rows.find_nameless,
)


class Noticed(msgspec.Struct, frozen=True):
    """What is noticed of one kind (of KINDS): how often, and the first places with what stands there."""

    kind: str
    count: int
    examples: tuple[Found, ...] = ()


def notice(sheets: Sequence[Sheet]) -> tuple[Noticed, ...]:
    """What is noticed in the sheets of a file, in the order of KINDS; kinds of which nothing is found are left out."""
    found: dict[str, list[Found]] = {}
    for sheet in sheets:
        view = view_of(sheet)
        for check in CHECKS:
            for one in check(view):
                at = f"{sheet.name}!{one.at}" if len(sheets) > 1 else one.at
                found.setdefault(one.what, []).append(msgspec.structs.replace(one, at=at))
    return tuple(
        Noticed(kind, len(found[kind]), tuple(found[kind][:EXAMPLES_MAX])) for kind in KINDS if kind in found
    )
