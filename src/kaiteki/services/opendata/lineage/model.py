"""The files of a data set as entities, each with how it was read, and which record each of its lines became.

    DataSet ─(source_file)─► SourceFile n ─(before)─► SourceFile n-1 ─► …       one for each file whose bytes were new
                                 └─► FileLines n:1, n:2, …                      its records in the order of the file

The lines stand beside the records, not in them: a row more at the head of a file moves every line below it, and no record has changed.
Of an earlier file only those lines stay whose records a later one no longer has; so a record leads to the newest file that has it.
"""

from __future__ import annotations

from functools import cache
from typing import Annotated, ClassVar, Final, Literal, cast

import msgspec

from kaiteki.kit.views import As, Link
from kaiteki.model.instant import Instant
from kaiteki.services.opendata.model import KeptChoice
from kaiteki.services.opendata.standard.table import standard_types

SOURCE_FILE: Final = "SourceFile"
FILE_LINES: Final = "FileLines"
Way = Literal["import", "delivery", "harvest"]
Unit = Literal["line", "feature", "row", "number", "mended"]
"""What is counted in a file: lines of text, features of a GeoJSON file, rows of a sheet, records of a shapefile; or, of
files that came before rows were followed through repairs, lines of the mended table."""
UNITS: Final[dict[str, Unit]] = {
    ".csv": "line",
    ".tsv": "line",
    ".zip": "line",
    ".xml": "feature",
    ".geojson": "feature",
    ".json": "feature",
    ".xlsx": "row",
    ".shp": "number",
    ".dbf": "number",
}


class KeptFile(msgspec.Struct, frozen=True):
    """A file as it was read: its name, the SHA-256 of its bytes (hexadecimal), how many there were."""

    name: str
    digest: str
    size_bytes: int


class Step(msgspec.Struct, frozen=True):
    """What was changed on the way: the name of a repair or the code of an issue, in which column, how often."""

    code: str
    column: str = ""
    count: int = 0


class Let(msgspec.Struct, frozen=True):
    """A column that may speak of people and was cleared: by its heading, the sort of the doubt, in how many lines."""

    column: str
    sort: str
    count: int


class SourceFile(msgspec.Struct, frozen=True):
    """A file that a data set was read from. `number` counts the files of the data set from 1 on; `before` is the one before.

    `files` are the file itself and what belongs to it (.dbf, attributes.csv). `way` is how it came, `url` from where, `received_at` when;
    of a delivery, `repairs` are those that staff accepted. `read`, `kept` and `refused` count its rows, `created` and `changed` what the
    import that read it last brought. `rewritten` is what the import itself put right, `looked` and `let` what its gate saw and let through.
    `parts` are its FileLines, whose ids begin as `record_type` and `slug` say.
    """

    id: str
    data_set: Link = ""
    number: int = 1
    before: Link = ""
    digest: str = ""
    files: tuple[KeptFile, ...] = ()
    folder: str = ""
    part: str = ""
    way: Way = "import"
    url: str = ""
    received_at: Instant | None = None
    started_at: Instant | None = None
    finished_at: Instant | None = None
    encoding: str = ""
    record_type: str = ""
    slug: str = ""
    unit: Unit = "line"
    mapping: tuple[KeptChoice, ...] = ()
    repairs: tuple[Step, ...] = ()
    rewritten: tuple[Step, ...] = ()
    looked: int = 0
    let: tuple[Let, ...] = ()
    read: int = 0
    kept: int = 0
    refused: int = 0
    created: int = 0
    changed: int = 0
    parts: int = 0

    @property
    def name(self) -> str:
        """The name of the file."""
        return self.files[0].name if self.files else ""


class FileLines(msgspec.Struct, frozen=True):
    """Some lines of a file, `first` to `last`, and what their records are called, packed (`lines`). `count` of them.

    The records are told in an attribute that is named for their type (`lines_view`), so that it is open to whom they are open, and to
    nobody else. `packed` is where they stood before that; the next import moves them.
    """

    entity_type: ClassVar[str] = FILE_LINES
    id: str
    source_file: Link = ""
    first: int = 0
    last: int = 0
    count: int = 0
    packed: str = ""


class LinesOf(FileLines, frozen=True):
    """The same with the records told."""

    lines: str = ""


@cache
def lines_view(record_type: str) -> type[LinesOf]:
    """The lines of files whose records have a type, as a view."""
    told = Annotated[str, As(name=f"linesOf{record_type}")]
    made = msgspec.defstruct(f"LinesOf{record_type}", [("lines", told, "")], bases=(LinesOf,), frozen=True)
    return cast("type[LinesOf]", made)


@cache
def lines_of_all() -> type[FileLines]:
    """The lines of files with the records of each type told in an attribute of its own (`lines_of_<type>`), as the type is declared."""
    fields = [
        (f"lines_of_{name}", Annotated[str, As(name=f"linesOf{name}")], "") for name in standard_types()
    ]
    made = msgspec.defstruct("LinesOfAll", fields, bases=(FileLines,), frozen=True)
    return cast("type[FileLines]", made)


class Traced(msgspec.Struct, frozen=True):
    """A data set as far as its lineage needs it."""

    entity_type: ClassVar[str] = "DataSet"
    id: str
    source_file: Link = ""


def file_id(slug: str, number: int) -> str:
    """The id of the n-th file of a data set."""
    return f"urn:ngsi-ld:{SOURCE_FILE}:{slug}:{number}"


def lines_id(source_file: str, part: int) -> str:
    """The id of the n-th part of the lines of a file."""
    return source_file.replace(f":{SOURCE_FILE}:", f":{FILE_LINES}:") + f":{part}"
