"""Rows of a delivered table whose position lies outside of the area, or that have none that can be used: told before they are brought in.

They are made records exactly as an import makes them (`importing`), so what is told here is what would come in.
"""

from __future__ import annotations

from typing import Final

import msgspec

from kaiteki.model.area import Area
from kaiteki.model.words import Words
from kaiteki.services.opendata import importing
from kaiteki.services.opendata.intake.outline import Outline
from kaiteki.services.opendata.lineage.model import UNITS
from kaiteki.services.opendata.reading.source import Source
from kaiteki.services.opendata.records import Maker

LINES_MAX: Final = 20
"""Rows that are named of each sort."""
EPSG_BEFORE_PLANE_1: Final = 6668
SORTS: Final = {
    "outside": Words("位置が地域の外", "The position is outside of the area", "場所（ばしょ）が まちの 外（そと）です"),
    "not_in_japan": Words("位置が日本の外（取り込めません）", "The position is outside of Japan (not brought in)", "場所（ばしょ）が 日本（にほん）の 外（そと）です"),
    "not_a_position": Words("位置として読めない（取り込めません）", "The position cannot be read (not brought in)", "場所（ばしょ）が よめません"),
}  # fmt: skip


class Outlying(msgspec.Struct, frozen=True):
    """Rows with one fault of their position (a key of SORTS): how many, the lines of the first (of GeoJSON: which feature)."""

    sort: str
    count: int
    lines: tuple[int, ...]


def find_outlying(source: Source, area: Area, outline: Outline) -> tuple[Outlying, ...]:
    """The rows of a table that do not lie in the area (as its outline has it), in the order of SORTS; sorts without rows are left out. Raises Unreadable."""
    found: dict[str, list[int]] = {sort: [] for sort in SORTS}
    ground = importing.Ground("", f"EPSG:{EPSG_BEFORE_PLANE_1 + area.plane}")
    for table in importing.read_tables(source):
        guessed = importing.guess_table(source, table, "", None)
        surveyed = importing.survey(table, guessed, lambda rows: None)
        maker = Maker(importing.plan_table(source, table, guessed, surveyed, ground))
        counts_features = (table.unit or UNITS.get(source.suffix)) == "feature"
        for number, row in enumerate(table.rows(), start=1):
            line = number if counts_features else row.line
            made = maker.make(row)
            for issue in made.issues:
                if issue.code in found and issue.level == "refused":
                    found[issue.code].append(line)
            location = made.record.location if made.record is not None else None
            if location is not None and outline.is_outside(location):
                found["outside"].append(line)
    return tuple(
        Outlying(sort, len(lines), tuple(lines[:LINES_MAX])) for sort, lines in found.items() if lines
    )
