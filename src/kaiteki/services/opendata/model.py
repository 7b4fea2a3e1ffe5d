"""The entities of the open data service: data sets, their latest import, the kept mappings, and the records themselves."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, ClassVar, cast

import msgspec

from kaiteki.kit.forms import Label
from kaiteki.kit.views import Link, Location
from kaiteki.model.instant import Instant
from kaiteki.model.words import Words
from kaiteki.services.opendata.hazards import HAZARDS
from kaiteki.services.opendata.intake.clearance import Clearance, LeftOut
from kaiteki.services.opendata.standard.table import Item, standard_types


class DataSet(msgspec.Struct, frozen=True):
    """One published table. `record_type` is the type of its records; `quality` from 0 to 100, as `quality.grade` says;
    None where no import looked. `items` are the fields of that type that its records fill, `details` the columns that they keep
    beside them with what each is in `detail_sorts` (`model.written`), `located` how many of them have a place (None where no import said so), `box` the west, south, east and north of them.

    What staff say of it: `theme` (model.open_data.THEMES), `category` (自治体標準オープンデータセット), `rhythm` (RHYTHMS), `office` (a code
    of the area's offices), `since` and `until` (days, ISO 8601, that the data speak of). Empty: as the type of its records says.
    """

    id: str
    title: str = ""
    record_type: str = ""
    records: int = 0
    source: str = ""
    licence: str = ""
    file_name: str = ""
    source_file: Link = ""
    """The file that it was last read from, with the lines of its records (`lineage`)."""
    folder: str = ""
    encoding: str = ""
    columns: tuple[str, ...] = ()
    fills: tuple[str, ...] = ()
    """What each of the columns was taken for: the key of an item, `-` where it was left out, empty where it is kept beside."""
    items: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    detail_sorts: tuple[str, ...] = ()
    located: int | None = None
    box: tuple[float, ...] = ()
    mapping: str = ""
    description: str = ""
    theme: str = ""
    category: str = ""
    keywords: tuple[str, ...] = ()
    office: str = ""
    rhythm: str = ""
    since: str = ""
    until: str = ""
    feed: Link = ""
    """The feed of public transport (GTFS) of whose stops or routes this is the table, where it is published."""
    feed_digest: str = ""
    feed_bytes: int | None = None
    """SHA-256 (hexadecimal) and bytes of the zip of that feed: what its download is known by before it is fetched."""
    quality: int | None = None
    readability: int | None = None
    """How well a machine reads the file, from 0 to 100 (`readability.judging`); None for forms that are no table of cells."""
    changed_at: Instant | None = None
    """When an import last brought something new."""
    checked_at: Instant | None = None
    """When the file was last read."""
    corrected: tuple[str, ...] = ()
    """Marks of the records that stand otherwise than in their file, because somebody corrected them (`correcting`). For staff."""
    left_out: tuple[str, ...] = ()
    """Marks of the records that were erased for good (`withdrawal.model.mark_of`): an import leaves them out. For staff."""
    is_lasting: bool = False
    """Whether rows of one identity are told apart by what lasts (`naming`); not so where it came before that was done."""
    keyed_by: tuple[str, ...] = ()
    """The columns that name the rows which nothing else names."""


class KeptIssue(msgspec.Struct, frozen=True):
    """One line of a quality report. `count` is how often it was found, `lines` the first of them."""

    code: str
    level: str
    count: int = 1
    column: str = ""
    value: str = ""
    lines: tuple[int, ...] = ()


class ImportRun(msgspec.Struct, frozen=True):
    """The latest import of a data set: read = created + changed + unchanged + refused. Earlier runs are in its history.

    `removed` counts the records that were no longer in the file and were taken out with `--prune`. `looked` columns went through the gate,
    `cleared` are those that may speak of people and were let through, with the reason; none where no gate was asked. They stand for the next
    file of this data set, also those that this one gave no cause for; so does what was left out (`without`).
    """

    id: str
    data_set: Link = ""
    file_name: str = ""
    started_at: Instant | None = None
    finished_at: Instant | None = None
    read: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    warnings: int = 0
    removed: int = 0
    type_reason: str = ""
    issues: tuple[KeptIssue, ...] = ()
    looked: int = 0
    cleared: tuple[Clearance, ...] = ()
    without: tuple[LeftOut, ...] = ()


class KeptChoice(msgspec.Struct, frozen=True):
    """One column of a kept mapping, as `mapping.Choice`."""

    column: str
    item: str = ""
    confidence: float = 0.0
    reason: str = "none"


class ImportMapping(msgspec.Struct, frozen=True):
    """What the columns of a header mean in this area; the next import of the same header goes by it.

    `told` says that a person has corrected it; a guess never replaces what was told.
    """

    id: str
    title: str = ""
    record_type: str = ""
    told: bool = False
    choices: tuple[KeptChoice, ...] = ()


class CorrectMapping(msgspec.Struct, frozen=True):
    """Correct what a column means: item name of the standard, empty for further detail, `-` to leave it out."""

    id: str
    record_type: str = ""
    columns: tuple[str, ...] = ()
    items: tuple[str, ...] = ()


class Record(msgspec.Struct, frozen=True):
    """What every record has, whatever its type. The types of the standard add their items (`record_view`)."""

    entity_type: ClassVar[str] = ""
    id: str
    data_set: Link = ""
    location: Location | None = None
    details: dict[str, Any] = {}


_HINTS: dict[str, Any] = {"整数": int | None, "数値": float | None, "有無": bool | None}
_FLAGS = Annotated[
    tuple[str, ...],
    Label(
        Words("使える災害", "Hazards it is for", "使（つか）える 災害（さいがい）"),
        choices=tuple(HAZARDS.items()),
    ),
]
"""Every flag of the standard tables is a hazard; a code that is none stays as it is."""
_NOT_KEPT = {"latitude", "longitude"}


def _field(item: Item) -> tuple[str, Any, Any]:
    if item.flag:
        return item.name, _FLAGS, ()
    if item.kind == "一覧":
        return item.name, tuple[str, ...], ()
    if item.kind == "URL":
        return item.name, str | tuple[str, ...], ""
    hint = _HINTS.get(item.kind, str)
    return item.name, hint, "" if hint is str else None


@cache
def record_view(type_name: str) -> type[Record]:
    """The Struct of a standard type: the fields of Record and one per item, in the order of the table."""
    kind = standard_types()[type_name]
    fields: dict[str, tuple[str, Any, Any]] = {}
    for item in kind.items:
        if item.name not in _NOT_KEPT:
            fields[item.name] = _field(item)
    made = msgspec.defstruct(
        type_name,
        list(fields.values()),
        bases=(Record,),
        frozen=True,
        module=__name__,
        namespace={"__doc__": f"{kind.words.en} ({kind.words.ja}).", "entity_type": type_name},
    )
    return cast(type[Record], made)
