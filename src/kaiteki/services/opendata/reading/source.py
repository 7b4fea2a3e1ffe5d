"""What a reader gets and gives: a source with the files beside it, tables, rows, and what was found wrong on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import BinaryIO, Final, Literal, TypeAlias

import msgspec

from kaiteki.model.entity import Json

CELLS_MAX: Final = 1_000
"""Columns of one table."""
CELL_LENGTH_MAX: Final = 100_000
"""Characters of one cell."""
FEATURE_BYTES_MAX: Final = 64 * 1024 * 1024
"""Bytes of one GeoJSON feature."""

Open: TypeAlias = Callable[[], BinaryIO]
"""Opens a file from its start; the reader closes it."""


class KnownAs(msgspec.Struct, frozen=True):
    """What a table of a file is the newer version of, as staff said: `table` is the slug that it would have by the name of its file, `slug` that
    of the data set, which has a title and a type of records."""

    table: str
    slug: str
    title: str = ""
    record_type: str = ""


class Source(msgspec.Struct, frozen=True):
    """One file as a reader sees it. `name` is the file name, `folder` the name of its folder, `label` what reports show.

    `beside` opens the other files of the folder by name (.dbf, .prj, attributes.csv …). `known_as` says of tables of it that they go to data sets
    which came under another name.
    """

    label: str
    name: str
    folder: str
    open: Open
    beside: Mapping[str, Open] = {}
    known_as: tuple[KnownAs, ...] = ()

    @property
    def stem(self) -> str:
        """The file name without its last suffix."""
        return self.name.rpartition(".")[0] or self.name

    @property
    def suffix(self) -> str:
        """The last suffix in lower case, with its dot."""
        return "." + self.name.rpartition(".")[2].lower() if "." in self.name else ""

    def sibling(self, suffix: str) -> Open | None:
        """The file of the same stem with another suffix (any case)."""
        wanted = (self.stem + suffix).lower()
        return next((opener for name, opener in self.beside.items() if name.lower() == wanted), None)


class Issue(msgspec.Struct, frozen=True):
    """Something to mend or to know. `code` is a row of `quality.WORDS`; `value` the culprit, shortened."""

    code: str
    line: int = 0
    column: str = ""
    value: str = ""
    level: Literal["refused", "warning", "note"] = "warning"


class Row(msgspec.Struct, frozen=True):
    """One record: cells by header, geometry as GeoJSON in the table's coordinates, and the first line it stood on.

    `broken` says why the record cannot be used; its cells are then whatever could be read.
    """

    line: int
    cells: Mapping[str, Json]
    geometry: dict[str, Json] | None = None
    broken: Issue | None = None
    notes: tuple[Issue, ...] = ()
    """What was found in the row while it was read, and does not keep it out."""


class Table(msgspec.Struct, frozen=True):
    """A table or layer of a file. `rows` starts from the first record each time it is called.

    `crs` is what the file says of its coordinates: WKT, `EPSG:6676`, or empty (longitude and latitude).
    `names` are further names of columns, from attributes.csv or translations. `part` names a sheet or a member.
    """

    header: tuple[str, ...]
    rows: Callable[[], Iterator[Row]]
    part: str = ""
    crs: str = ""
    encoding: str = ""
    names: Mapping[str, str] = {}
    notes: tuple[Issue, ...] = ()
    found: Callable[[], tuple[Issue, ...]] = tuple
    """What was found of the whole table while its rows were read the last time."""
    unit: Literal["", "feature", "number"] = ""
    """How its rows are counted, where that is otherwise than in other files of its form: lines of several files say nothing."""


class Unreadable(Exception):
    """A file that no reader can open; `issue` says why."""

    def __init__(self, issue: Issue) -> None:
        super().__init__(issue.code)
        self.issue = issue


def shorten(value: object, length: int = 80) -> str:
    """A value as one short line for a report."""
    text = " ".join(str(value).split())
    return text if len(text) <= length else text[: length - 1] + "…"


def name_columns(cells: list[str]) -> tuple[str, ...]:
    """Column names out of a header row: trimmed, never empty (`列3`), never twice (`名称 (2)`)."""
    names: list[str] = []
    for number, cell in enumerate(cells, start=1):
        name = " ".join(cell.replace("\u3000", " ").split()) or f"列{number}"
        copy, times = name, 1
        while copy in names:
            times += 1
            copy = f"{name} ({times})"
        names.append(copy)
    return tuple(names)
