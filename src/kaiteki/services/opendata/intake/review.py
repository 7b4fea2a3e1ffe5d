"""What a delivered file would make public, and what it would change: told before it is brought in, so that nothing goes out unsaid.

    delivery ─► its tables as an import takes them ─► records ─┬─► how many, which columns, which not
                                                              └─► compared with what the city has of that table:
                                                                  new · changed (was → becomes) · same · left the file

Rows are made records and compared in batches, so that memory holds a batch, the first changes and eight bytes a record.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from itertools import islice
from types import MappingProxyType
from typing import Any, Final, cast

import msgspec

from kaiteki.kit.pages import City
from kaiteki.kit.views import where
from kaiteki.model.instant import Instant
from kaiteki.model.place import bounds_of
from kaiteki.model.query import PAGE_SIZE_MAX, Query
from kaiteki.services.opendata import importing
from kaiteki.services.opendata.correcting.model import Correction, correction_id
from kaiteki.services.opendata.correcting.upholding import crossing
from kaiteki.services.opendata.intake.delivery import Delivery
from kaiteki.services.opendata.intake.mapped import SourceMapping, mapping_id
from kaiteki.services.opendata.intake.memory import Memory, recall, still_open
from kaiteki.services.opendata.intake.outlying import EPSG_BEFORE_PLANE_1
from kaiteki.services.opendata.intake.privacy import Doubt
from kaiteki.services.opendata.intake.tables import tables_of
from kaiteki.services.opendata.intake.versions import Candidates, find_candidates
from kaiteki.services.opendata.mapping import IGNORED, Guess, correct
from kaiteki.services.opendata.model import DataSet, ImportMapping, ImportRun, Record, record_view
from kaiteki.services.opendata.reading.source import Row, Source, Table, shorten
from kaiteki.services.opendata.reading.zipped import is_feed
from kaiteki.services.opendata.records import Maker
from kaiteki.services.opendata.standard.table import standard_types
from kaiteki.services.opendata.surplus import SHARE_ASKED, Seen
from kaiteki.services.opendata.withdrawal.model import Withheld, mark_of

BATCH: Final = 500
SHOWN_MAX: Final = 20
"""Changed records, and records that left, that are told one by one."""
FIELDS_MAX: Final = 10
_NOT_TOLD: Final = frozenset({"id", "data_set", "details", "location"})
_LOCATION: Final = "場所"
_DEGREES: Final = ("経度", "緯度")
_SHAPES: Final = {
    "MultiPoint": "点の集まり",
    "LineString": "線",
    "MultiLineString": "線の集まり",
    "Polygon": "面",
    "MultiPolygon": "面の集まり",
}
_OTHER_SHAPE: Final = "（形が変わります）"


class Changed(msgspec.Struct, frozen=True):
    """A record that says something else: its name, and item by item (its name) what it said and what it will say."""

    name: str
    items: tuple[tuple[str, str, str], ...]


class Decision(msgspec.Struct, frozen=True):
    """What was decided on a column: left out (`sort` empty), or cleared as something of that sort for a reason; `is_before`: at a file before
    this one."""

    column: str
    sort: str = ""
    reason: str = ""
    by: str = ""
    who: str = ""
    at: Instant = Instant(0)
    is_before: bool = False


class Crossed(msgspec.Struct, frozen=True):
    """A record that was corrected by hand and of which the file says otherwise: its mark and name, and cell by cell the heading, what the
    file says, what holds now, since when, by whom."""

    mark: str
    name: str
    cells: tuple[tuple[str, str, str, Instant, str], ...]


class Coming(msgspec.Struct, frozen=True):
    """A table of a delivery as it would come in: `records` of `rows` rows; `columns` become public, `without` do not.

    `data_set` is what the city has of it (None: nothing yet), of whose `standing` records `left` are in the file no longer (`gone` names
    the first). `is_withheld`: that data set is not public, and neither will be what comes in. `hidden` are records of a public data set that
    were withdrawn one by one: they come in and stay hidden, and neither `records` nor `new`, `changed`, `same` count them.

    `table` is its slug by its own name, `version` the id of the data set of another name whose newer version it is (empty: none), `candidates` those
    that it may be a newer version of, `is_known` whether there is a data set of its own name.

    `decisions` are those on its columns that count, `people` what may speak of people and is not decided on; `run` is the last import of that
    data set.
    """

    title: str
    record_type: str
    rows: int = 0
    records: int = 0
    columns: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    data_set: DataSet | None = None
    is_withheld: bool = False
    new: int = 0
    same: int = 0
    changed: int = 0
    changes: tuple[Changed, ...] = ()
    crossed: tuple[Crossed, ...] = ()
    """Records that were corrected by hand, and of which the file says otherwise: it is asked of each which holds."""
    standing: int = 0
    left: int = 0
    gone: tuple[str, ...] = ()
    run: str = ""
    table: str = ""
    version: str = ""
    is_known: bool = False
    candidates: Candidates = Candidates()
    decisions: tuple[Decision, ...] = ()
    people: tuple[Doubt, ...] = ()
    hidden: int = 0
    hidden_names: tuple[str, ...] = ()
    named_by: tuple[str, ...] = ()
    """The columns that are the name of the records, the first that is filled; none: `has_no_names`, or the type asks for none."""
    has_no_names: bool = False
    """No column is the name: every record will bear that of the data set."""

    @property
    def refused(self) -> int:
        """How many rows do not come in."""
        return self.rows - self.records - self.hidden

    @property
    def is_much(self) -> bool:
        """Whether so many records left the file that it is asked again."""
        return self.left > SHARE_ASKED * self.standing


async def review(
    city: City, one: Delivery, plane: int, words: Mapping[str, str] = MappingProxyType({})
) -> tuple[Coming, ...]:
    """What a delivery would make public and change, table by table. `words` narrow what a table (by its own slug) may be a newer version of.
    Raises Unreadable."""
    sources = await asyncio.to_thread(tables_of, one)
    own = await city.get(SourceMapping, mapping_id(one.harvest)) if one.harvest else None
    tables = [
        (source, table)
        for source in sources
        for table in await asyncio.to_thread(importing.read_tables, source)
    ]
    mapping = own if len(tables) == 1 and own is not None and own.record_type else None
    ground = importing.Ground("", f"EPSG:{EPSG_BEFORE_PLANE_1 + plane}" if plane else "")
    found: list[Coming] = []
    for source, table in tables:
        coming = await _review(city, one, (source, table, mapping), ground)
        # (what is fetched by rhythm has its name from its source, and a feed is one whole)
        is_open = not one.harvest and not is_feed(source)
        said = words.get(coming.table, "")
        may = await find_candidates(city, source, table, said, ground) if is_open else Candidates()
        found.append(msgspec.structs.replace(coming, candidates=may))
    return tuple(found)


async def _review(
    city: City, one: Delivery, of: tuple[Source, Table, SourceMapping | None], ground: importing.Ground
) -> Coming:
    source, table, own = of
    title = importing.title_of(source, table)
    kept = await city.get(ImportMapping, importing.mapping_id(table, title))
    guessed = importing.guess_table(source, table, own.record_type if own else "", kept)
    told = {choice.column: choice.item for choice in own.choices} if own else {}
    guessed = correct(guessed, "", {name: item for name, item in told.items() if name in table.header})
    run = importing.run_id(importing.slug_of(source, table))
    memory = recall(await city.get(ImportRun, run), one.again)
    outs = {name: IGNORED for name in (*memory.columns, *one.without) if name in table.header}
    guessed = correct(guessed, "", outs)
    gate = importing.gate_of(table, guessed)
    known = await city.get(DataSet, importing.data_set_id(importing.slug_of(source, table)))
    surveyed = await asyncio.to_thread(importing.survey, table, guessed, lambda rows: None, gate, known)
    maker = Maker(importing.plan_table(source, table, guessed, surveyed, ground))
    without = tuple(choice.column for choice in guessed.choices if choice.item == IGNORED)
    coming = Coming(
        title,
        guessed.type,
        surveyed.rows,
        columns=_columns(guessed),
        without=without,
        data_set=known,
        is_withheld=await city.get(Withheld, maker.plan.data_set) is not None,
        run=run,
        table=(own_slug := importing.own_slug(source, table)),
        version=maker.plan.data_set if maker.plan.slug != own_slug else "",
        is_known=await city.get(DataSet, importing.data_set_id(own_slug)) is not None,
        decisions=tuple(each for each in _decisions(one, memory) if each.column in table.header),
        people=still_open(gate.doubts(), (*one.cleared, *memory.cleared)),
        named_by=(named_by := tuple(guessed.columns_of("name"))),
        has_no_names=not named_by and standard_types()[guessed.type].title == "name",
    )
    return await _compare(city, coming, table.rows(), maker)


def _decisions(one: Delivery, memory: Memory) -> Iterator[Decision]:
    """What counts of the decisions on columns: those for this file, then those before that none of them replaces."""
    decided: set[str] = set()
    for is_before, outs, cleared in ((False, one.outs, one.cleared), (True, memory.left_out, memory.cleared)):
        here = {each.column for each in (*outs, *cleared)} - decided
        yield from (
            Decision(x.column, "", "", x.by, x.who, x.at, is_before) for x in outs if x.column in here
        )
        for x in cleared:
            if x.column in here:
                yield Decision(x.column, x.sort, x.reason, x.by, x.who, x.at, is_before)
        decided |= here


def _columns(guessed: Guess) -> tuple[str, ...]:
    labels = {item.key: item.label for item in standard_types()[guessed.type].items}
    return tuple(
        f"{one.column} → {labels[one.item]}" if labels.get(one.item, one.column) != one.column else one.column
        for one in guessed.choices
        if one.item != IGNORED
    )


async def _compare(city: City, coming: Coming, rows: Iterator[Row], maker: Maker) -> Coming:
    seen, counts, changes = Seen(), dict.fromkeys(("records", "new", "same", "changed"), 0), list[Changed]()
    hidden: list[str] = []
    crossed: list[Crossed] = []
    marks = frozenset(coming.data_set.corrected if coming.data_set is not None else ())

    def make() -> tuple[int, dict[str, Record]]:
        some = [maker.make(row).record for row in islice(rows, BATCH)]
        return len(some), {record.id: record for record in some if record is not None}

    more = True
    while more:
        count, records = await asyncio.to_thread(make)
        more = count == BATCH
        seen.add(records)
        known = await _known(city, maker.view, tuple(records))
        withdrawn = {} if coming.is_withheld else await _known(city, Withheld, tuple(known))
        hidden += [_name(known[entity_id]) for entity_id in withdrawn]
        counts["records"] += len(records) - len(withdrawn)
        for entity_id, record in records.items():
            if entity_id in withdrawn:
                continue
            before = known.get(entity_id)
            if before is not None and (mark := mark_of(entity_id)) in marks:
                crossed += await _crossed(city, record, mark)
            differing = _differing(before, record) if before is not None else ()
            counts["new" if before is None else "changed" if differing else "same"] += 1
            if differing and len(changes) < SHOWN_MAX:
                changes.append(Changed(_name(record), differing[:FIELDS_MAX]))
    standing, left, gone = await _left(city, maker, seen) if coming.data_set is not None else (0, 0, ())
    told = {"standing": standing, "left": left, "gone": gone, "hidden": len(hidden)}
    return msgspec.structs.replace(
        coming,
        **counts,
        **told,
        changes=tuple(changes),
        crossed=tuple(crossed),
        hidden_names=tuple(hidden[:SHOWN_MAX]),
    )


async def _crossed(city: City, record: Record, mark: str) -> tuple[Crossed, ...]:
    """What of a record was corrected by hand and stands otherwise in the file."""
    kept = await city.get(Correction, correction_id(record.id))
    cells = crossing(record, kept) if kept is not None else ()
    told = tuple((one.column, said, one.now, one.at, one.by) for one, said in cells)
    return (Crossed(mark, _name(record), told),) if told else ()


async def _known(city: City, view: type[Any], ids: tuple[str, ...]) -> dict[str, Any]:
    if not ids:
        return {}
    return {one.id: one for one in (await city.find(view, Query(ids=ids, limit=len(ids)))).items}


async def _left(city: City, maker: Maker, seen: Seen) -> tuple[int, int, tuple[str, ...]]:
    """How many records the city has of a table, how many of them left the file, what the first of those are called."""
    standing, gone = 0, list[str]()
    names: list[str] = []
    kept = await city.get(DataSet, maker.plan.data_set)
    view = (
        record_view(kept.record_type)
        if kept is not None and kept.record_type in standard_types()
        else maker.view
    )
    after, more = "", True
    while more:
        wanted = Query(
            q=where(view, "data_set", "==", maker.plan.data_set),
            limit=PAGE_SIZE_MAX,
            after_id=after or None,
        )
        found = await city.find(view, wanted)
        here = {one.id: one for one in found.items}
        without = seen.without(list(here))
        names += [_name(here[one]) for one in without[: SHOWN_MAX - len(names)]]
        gone += without
        standing += len(here)
        more, after = found.more and bool(here), max(here, default="")
    return standing, len(gone), tuple(names)


def _name(record: Any) -> str:
    """What a record is called: its name, else the first thing that it says, else the end of its id."""
    said = next((text for text in record.details.values() if text), "")
    return shorten(getattr(record, "name", "") or said or record.id.rpartition(":")[2])


def _differing(before: Record, after: Record) -> tuple[tuple[str, str, str], ...]:
    """Item by item what a record said and will say."""
    kind = standard_types().get(after.entity_type)
    labels = {item.name: item.label for item in kind.items} if kind is not None else {}
    found: list[tuple[str, str, str]] = list(_moved(getattr(before, "location", None), after.location))
    for name in after.__struct_fields__:
        was, is_now = getattr(before, name, None), getattr(after, name)
        if name not in _NOT_TOLD and was != is_now:
            found.append((labels.get(name, name), _said(was), _said(is_now)))
    for column in {**before.details, **after.details}:
        was, is_now = before.details.get(column), after.details.get(column)
        if was != is_now:
            found.append((column, _said(was), _said(is_now)))
    return tuple(found)


def _moved(was: Any, is_now: Any) -> tuple[tuple[str, str, str], ...]:
    """What is said of a place that changed: latitude and longitude of points, of other shapes what they are and between which degrees."""
    if was == is_now:
        return ()
    if all(one is None or one["type"] == "Point" for one in (was, is_now)):
        old, new = (one["coordinates"] if one is not None else (None, None) for one in (was, is_now))
        told = ((_DEGREES[at], _degrees(old[at]), _degrees(new[at])) for at in (1, 0))
        return tuple(one for one in told if one[1] != one[2])
    old, new = _shape(was), _shape(is_now)
    return ((_LOCATION, old, new if new != old else new + _OTHER_SHAPE),)


def _degrees(value: float | None) -> str:
    return "—" if value is None else f"{value:.10g}"


def _shape(place: Any) -> str:
    if place is None:
        return "—"
    west, south, east, north = (_degrees(value) for value in bounds_of(place))
    if place["type"] == "Point":
        return f"緯度 {south}、経度 {west}"
    return f"{_SHAPES.get(place['type'], _LOCATION)}：緯度 {south}〜{north}、経度 {west}〜{east}"


def _said(value: Any) -> str:
    if value in (None, "", (), {}):
        return "—"
    if isinstance(value, str):
        return shorten(value, 60)
    told = msgspec.to_builtins(value)
    if isinstance(value, tuple):
        return shorten(", ".join(map(str, cast("tuple[Any, ...]", value))), 60)
    return shorten(told if isinstance(told, str) else msgspec.json.encode(told).decode(), 60)
