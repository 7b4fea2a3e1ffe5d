"""The steps of an import that need nothing but the file: find its tables, name the data set, guess, survey, plan."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

import msgspec
import numpy as np

from kaiteki.kit import views
from kaiteki.model import written
from kaiteki.model.entity import Entity, Json
from kaiteki.model.instant import Instant
from kaiteki.model.place import bounds_of
from kaiteki.services.opendata.cadastre.parcels import (
    complete,
    is_map_archive,
    read_map_archive,
    read_map_xml,
)
from kaiteki.services.opendata.intake.privacy import Gate
from kaiteki.services.opendata.mapping import IGNORED, SAMPLE_ROWS, Guess, correct, guess, header_key
from kaiteki.services.opendata.model import DataSet, ImportMapping, KeptChoice, Record
from kaiteki.services.opendata.naming import BESIDE, Keys, Naming, content_of, hash_of, key_of
from kaiteki.services.opendata.reading.geojson import read_geojson
from kaiteki.services.opendata.reading.shapes import read_shapes
from kaiteki.services.opendata.reading.source import Issue, KnownAs, Row, Source, Table, Unreadable
from kaiteki.services.opendata.reading.text import find_encoding, read_text
from kaiteki.services.opendata.reading.workbook import read_workbook
from kaiteki.services.opendata.reading.zipped import read_zip
from kaiteki.services.opendata.records import Plan
from kaiteki.services.opendata.standard.table import is_known, standard_types
from kaiteki.services.opendata.titles import ATTRIBUTES, BESIDE_BYTES_MAX, configured, kind_among
from kaiteki.services.opendata.values import plain

READERS: Final[Mapping[str, Callable[[Source], list[Table]]]] = {
    ".csv": lambda source: read_text(source, is_known),
    ".tsv": lambda source: read_text(source, is_known),
    ".geojson": lambda source: [complete(table) for table in read_geojson(source)],
    ".json": lambda source: [complete(table) for table in read_geojson(source)],
    ".shp": read_shapes,
    ".dbf": read_shapes,
    ".xlsx": lambda source: read_workbook(source, is_known),
    ".xml": read_map_xml,
    ".zip": lambda source: read_map_archive(source) if is_map_archive(source) else read_zip(source),
}
"""Suffix -> reader."""
DETAIL_COLUMNS_MAX: Final = 1000
"""Columns beyond those of the standard that a data set names."""
OF_EVERY_RECORD: Final = {"id", "data_set", "location", "details"}
KEYS_TRIED: Final = 6
"""Sets of columns of which one may name the rows of a table that nothing else names."""


class Survey(msgspec.Struct, frozen=True):
    """What a first reading of a whole table told: how many rows, which identities and contents occur twice, how its rows are named."""

    rows: int
    twice: frozenset[int]
    same: frozenset[int]
    keys: Keys = Keys()
    full_twice: frozenset[int] = frozenset()
    """Hashes of identities with name and address that occur twice."""


def read_tables(source: Source) -> list[Table]:
    """The tables of a file, with the names that stand beside it. Raises Unreadable."""
    reader = READERS.get(source.suffix)
    if reader is None:
        raise Unreadable(Issue("unknown_format", value=source.suffix, level="refused"))
    names = further_names(source)
    return [msgspec.structs.replace(table, names={**names, **table.names}) for table in reader(source)]


def further_names(source: Source) -> dict[str, str]:
    """Column -> the name people see, from attributes.csv beside the file; names of blanks are left out."""
    opened = source.beside.get(ATTRIBUTES)
    if opened is None:
        return {}
    encoding, _ = find_encoding(opened)
    with opened() as file:
        text = file.read(BESIDE_BYTES_MAX).decode(encoding, "replace")
    found: dict[str, str] = {}
    # a bare carriage return ends a line here too, so that no reader stumbles over it
    for record in csv.DictReader(io.StringIO(text.lstrip("\ufeff"), newline=None)):
        shown = (record.get("display_name") or "").strip().strip("\u3000")
        if shown:
            found[record.get("original_name") or ""] = shown
    return found


def title_of(source: Source, table: Table, only: bool = True) -> str:
    """What people call the data set: the name in config.yml (with the kind of file where that names several), else the file name; with the part."""
    known = known_as(source, table)
    if known is not None and known.title:
        return known.title
    title = configured(source)
    if title:
        title = f"{title} ({kind})" if (kind := kind_among(source, READERS.keys())) else title
    else:
        title = source.stem if re.search(r"[^\x00-\x7f]", source.stem) else source.stem.replace("_", " ")
    if table.part and not (only and source.suffix == ".xlsx"):
        title = f"{title} ({table.part})"
    return title


def slug_of(source: Source, table: Table) -> str:
    """A short stable name of the data set: that of the one whose newer version the table is (`Source.known_as`), else out of folder, file and
    part. It is part of the ids of its records."""
    known = known_as(source, table)
    return known.slug if known is not None else own_slug(source, table)


def own_slug(source: Source, table: Table) -> str:
    """The slug of a table by folder, file and part alone."""
    return _slug(source.folder, source.name, table.part)


def known_as(source: Source, table: Table) -> KnownAs | None:
    """What a table is the newer version of, as somebody said."""
    if not source.known_as:
        return None
    own = own_slug(source, table)
    return next((one for one in source.known_as if one.table == own), None)


def slug_of_file(name: str) -> str:
    """The slug of the one table of a file that stands in no folder."""
    return _slug("", name, "")


def slug_of_feed(source: Source) -> str:
    """A short stable name of the feed of public transport in a file."""
    return _slug(source.folder, source.name, "gtfs")


def _slug(folder: str, name: str, part: str) -> str:
    text = "\n".join((folder, name, part))
    digest = hashlib.blake2s(text.encode(), digest_size=4).hexdigest()
    stem = re.sub(r"[^a-z0-9]+", "-", (name.rpartition(".")[0] or name).lower()).strip("-")[:40]
    return f"{stem}-{digest}" if stem else digest


class Contents:
    """What the records of a table hold: which items, which further columns, how many of them a place."""

    def __init__(self) -> None:
        self._items: dict[str, None] = {}
        self._details: dict[str, written.Guess] = {}
        self._box: tuple[float, float, float, float] | None = None
        self.located = 0

    def note(self, record: Record) -> None:
        """Count a record."""
        self._items.update(
            dict.fromkeys(
                name for name in record.__struct_fields__ if getattr(record, name) not in (None, "", (), {})
            )
        )
        for name, cell in record.details.items():
            guess = self._details.get(name)
            if guess is None and len(self._details) < DETAIL_COLUMNS_MAX:
                guess = self._details[name] = written.Guess()
            if guess is not None:
                guess.note(cell)
        if record.location is not None:
            self.located += 1
            west, south, east, north = bounds_of(record.location)
            known = self._box or (west, south, east, north)
            self._box = (min(known[0], west), min(known[1], south), max(known[2], east), max(known[3], north))

    @property
    def box(self) -> tuple[float, ...]:
        """West, south, east, north of all places; empty without any."""
        return self._box or ()

    @property
    def items(self) -> tuple[str, ...]:
        """The fields that some record fills, by name."""
        return tuple(sorted(self._items.keys() - OF_EVERY_RECORD))

    @property
    def details(self) -> tuple[str, ...]:
        """The further columns in their order, at most DETAIL_COLUMNS_MAX."""
        return tuple(self._details)

    @property
    def detail_sorts(self) -> tuple[str, ...]:
        """What each of the further columns is, by all its values."""
        return tuple(guess.sort for guess in self._details.values())


def data_set_id(slug: str) -> str:
    """The URN under which a table is kept, made of its slug."""
    return f"urn:ngsi-ld:DataSet:{slug}"


def run_id(slug: str) -> str:
    """The id of the latest import of a data set."""
    return f"urn:ngsi-ld:ImportRun:{slug}"


def mapping_id(table: Table, title: str) -> str:
    """The id under which the mapping of a header is kept. Tables of one header but different titles share it only
    where their columns say enough (two known names)."""
    known = sum(1 for name in table.header if is_known(table.names.get(name, name)))
    return f"urn:ngsi-ld:ImportMapping:{header_key(table.header, '' if known >= 2 else title)}"


def names_of(source: Source, table: Table, title: str) -> str:
    """The names that the guess of a type goes by, one a line."""
    return "\n".join((title, source.folder, source.stem, table.part))


def take_sample(table: Table) -> list[Mapping[str, Json]]:
    """The cells of the first rows."""
    return [row.cells for _, row in zip(range(SAMPLE_ROWS), table.rows(), strict=False)]


def guess_table(source: Source, table: Table, as_type: str, kept: ImportMapping | None) -> Guess:
    """The guess for a table; a mapping that a person corrected goes before it, what the command line says before that."""
    title = title_of(source, table)
    known = known_as(source, table)
    type_told = as_type or (kept.record_type if kept is not None and kept.told else "")
    type_told = type_told or (known.record_type if known is not None else "")
    guessed = guess(table, names_of(source, table, title), take_sample(table), type_told)
    if kept is None or not kept.told:
        return guessed
    told = {choice.column: choice.item for choice in kept.choices if choice.reason == "told"}
    return correct(guessed, "", told)


def gate_of(table: Table, guessed: Guess) -> Gate:
    """The gate for what comes in of a table: columns that are left out are not looked at."""
    left_out = {choice.column for choice in guessed.choices if choice.item == IGNORED}
    return Gate({name: name for name in table.header if name not in left_out}, table.names, left_out)


def survey(
    table: Table,
    guessed: Guess,
    step: Callable[[int], None],
    gate: Gate | None = None,
    standing: DataSet | None = None,
) -> Survey:
    """Read the whole table once: 24 bytes of memory a row, and 8 for each of KEYS_TRIED where nothing names it. `step` hears of each thousand
    rows, `gate` sees each row that may come in. `standing` is the data set that the table goes to: it keeps how its rows are named; where there is
    none yet, the columns are chosen that name the rows which nothing else does."""
    keys = keys_of(standing)
    naming, tried = Naming(guessed, keys), _keys_tried(table, guessed) if standing is None else ()
    identities, full, contents, rows = array("Q"), array("Q"), array("Q"), 0
    choosing, bare = [array("Q") for _ in tried], array("Q")
    for row in table.rows():
        rows += 1
        if rows % 1000 == 0:
            step(1000)
        if row.broken is None:
            contents.append(hash_of(content_of(row)))
            identities.append(hash_of(identity) if (identity := naming.identity(row)) else 0)
            full.append(hash_of(said) if (said := naming.full(row, identity)) else 0)
            if not identity and tried:
                bare.append(contents[-1])
                for columns, hashes in zip(tried, choosing, strict=True):
                    hashes.append(hash_of(key) if (key := key_of(row, columns)) else 0)
            if gate is not None:
                gate.see(row.line, texts_of(row))
    step(rows % 1000)
    twice, different = _repeated(identities) - {0}, len(set(bare))
    for columns, hashes in zip(tried, choosing, strict=True):
        if different and 0 not in hashes and len(set(hashes)) == different:
            keys, twice = Keys(True, columns), twice | _repeated(hashes)
            break
    return Survey(rows, twice, _repeated(contents), keys, _repeated(full) - {0})


def keys_of(standing: DataSet | None) -> Keys:
    """How the rows of a data set are named: as they are where it stands, so that it lasts where it is new."""
    return Keys(True) if standing is None else Keys(standing.is_lasting, standing.keyed_by)


def _keys_tried(table: Table, guessed: Guess) -> tuple[tuple[str, ...], ...]:
    """The columns that may name the rows of a table, the best first: its name, name and address, then the first column, the first two …"""
    left_out = {choice.column for choice in guessed.choices if choice.item == IGNORED}
    seen = [column for column in table.header if column not in left_out]
    name, address = ([x for x in guessed.columns_of(key) if x in seen][:1] for key in BESIDE)
    first = [(*name,), (*name, *address)] if name else []
    prefixes = [tuple(seen[:many]) for many in range(1, min(len(seen), KEYS_TRIED - 2) + 1)]
    return tuple(dict.fromkeys((*first, *prefixes)))


def texts_of(row: Row) -> Iterator[tuple[str, str]]:
    """The filled cells of a row that are no structures, by column."""
    for name, cell in row.cells.items():
        if not isinstance(cell, dict | list) and (text := plain(cell)):
            yield name, text


def _repeated(hashes: array[int]) -> frozenset[int]:
    if not hashes:
        return frozenset()
    ordered = np.sort(np.frombuffer(hashes, dtype=np.uint64))
    return frozenset(int(value) for value in np.unique(ordered[1:][ordered[1:] == ordered[:-1]]))


class Ground(msgspec.Struct, frozen=True):
    """What is known of the coordinates of an area: `crs` as somebody told it, the plane-rectangular system `plane`."""

    crs: str = ""
    plane: str = ""


def plan_table(source: Source, table: Table, guessed: Guess, surveyed: Survey, ground: Ground) -> Plan:
    """How the rows of a table become records; `ground` counts where the file does not say its own system."""
    slug = slug_of(source, table)
    title = title_of(source, table)
    return Plan(
        slug=slug,
        data_set=data_set_id(slug),
        guess=guessed,
        title=title,
        crs=table.crs or ground.crs,
        plane=ground.plane,
        twice=surveyed.twice,
        same=surveyed.same,
        keys=surveyed.keys,
        full_twice=surveyed.full_twice,
    )


def missing_items(guessed: Guess) -> tuple[tuple[Issue, ...], int, int]:
    """Warnings for required items without a column, how many items are required and how many have one."""
    asked = [item for item in standard_types()[guessed.type].items if item.asked]
    missing = [item for item in asked if not guessed.columns_of(item.key)]
    issues = tuple(Issue("item_missing", column=item.label) for item in missing)
    if standard_types()[guessed.type].named and not guessed.columns_of("name"):
        issues += (Issue("name_from_title"),)
    return issues, len(asked), len(asked) - len(missing)


def kept_mapping(mapping: str, title: str, guessed: Guess, before: ImportMapping | None) -> ImportMapping:
    """The mapping to keep; what a person told stays marked as told."""
    choices = tuple(KeptChoice(c.column, c.item, c.confidence, c.reason) for c in guessed.choices)
    told = before is not None and before.told
    return ImportMapping(mapping, before.title if before else title, guessed.type, told, choices)


def fills_of(guessed: Guess) -> tuple[str, ...]:
    """What each column was taken for, in the order of the header; of several that fill one item the best one."""
    best = {item: guessed.columns_of(item)[0] for item in {one.item for one in guessed.choices if one.item}}
    return tuple(
        one.item if one.item == IGNORED or (one.item and best[one.item] == one.column) else ""
        for one in guessed.choices
    )


def merge(record: Record, existing: Entity | None, now: Instant) -> Entity | None:
    """The entity to keep, None when the record says nothing new. What others wrote on it stays."""
    after = views.write(record, existing, now, type(record).entity_type)
    return None if after is existing else after


def batches(rows: Iterator[Row], size: int) -> Iterator[Sequence[Row]]:
    """Rows in groups of `size`, the last one smaller."""
    group: list[Row] = []
    for row in rows:
        group.append(row)
        if len(group) == size:
            yield group
            group = []
    if group:
        yield group
