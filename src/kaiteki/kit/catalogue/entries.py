"""An entry of the catalogue: one data set with what is said of it and the forms in which it comes."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import Final, Literal, TypeAlias

import msgspec

from kaiteki.kit.catalogue.settings import Office
from kaiteki.kit.pages import part_of_path
from kaiteki.model.instant import Instant
from kaiteki.model.open_data import RHYTHMS, TableStandard
from kaiteki.model.query import Filter
from kaiteki.model.words import Words

DAY_US: Final = 86_400_000_000
LATE_BY: Final = 1.5
"""Updates are late when so many times the promised interval has passed: an annual table that is read again after 13 months is none."""
NAME_LENGTH_MAX: Final = 80

Box: TypeAlias = tuple[float, float, float, float]
"""West, south, east, north in degrees (WGS84)."""
Freshness: TypeAlias = Literal["fresh", "late", "unknown"]
"""Against the promised rhythm: brought up to date in time, not in time, or nothing was promised or is known."""
Grade: TypeAlias = Literal["A", "B", "C", ""]
"""A from 90 points of quality on, B from 70, C below; empty where nobody looked."""
Kind: TypeAlias = Literal["table", "type", "statistics", "layer"]
"""An imported table, the entities of a type, released statistics, or what a layer of the map shows."""
LAYER_PREFIX: Final = "layer_"
"""How the name of a layer begins among collections and data sets, so that neither a type nor an imported table has it."""


class Format(msgspec.Struct, frozen=True):
    """A form in which data sets come. `address` is below `/{area}/`, with `{id}` (as in the path of its page) and `{collection}`.

    `file_type` is the code of the EU's table of file types. `located`: only what lies somewhere comes in it. `kinds` are those of
    entries that come in it. `interface` names the API behind it (a row of the data services), empty for a file. `registered`: its media
    type is one of IANA's. `fed`: only tables of a feed of public transport come in it. `writer` is the form of tables (kit.tables) that a node must be able to write, empty where every node can.
    """

    words: Words
    address: str
    media_type: str
    file_type: str
    located: bool = False
    kinds: tuple[Kind, ...] = ("table", "type")
    interface: str = ""
    registered: bool = True
    writer: str = ""
    fed: bool = False


FORMATS: Final[dict[str, Format]] = {
    "CSV": Format(Words("CSV（表）", "CSV (table)", "CSV（ひょう）"), "data/{id}/records.csv", "text/csv", "CSV"),
    "XLSX": Format(
        Words("Excel（表）", "Excel (table)", "Excel（ひょう）"),
        "data/{id}/records.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "XLSX", writer="xlsx",
    ),
    "GeoJSON": Format(
        Words("GeoJSON（地図）", "GeoJSON (map)", "GeoJSON（ちず）"),
        "data/{id}/records.geojson", "application/geo+json", "GEOJSON", located=True,
    ),
    "GeoPackage": Format(
        Words("GeoPackage（地図ソフト）", "GeoPackage (map software)", "GeoPackage（ちずの ソフト）"),
        "data/{id}/records.gpkg", "application/geopackage+sqlite3", "GPKG", writer="gpkg",
    ),
    "Parquet": Format(
        Words("Parquet（分析）", "Parquet (analysis)", "Parquet（しらべる）"),
        "data/{id}/records.parquet", "application/vnd.apache.parquet", "PARQUET", writer="parquet",
    ),
    # the table of file types of the EU has no code for JSON Lines, IANA no media type
    "JSON Lines": Format(
        Words("JSON Lines（1行に1件）", "JSON Lines (a record a line)", "JSON（1ぎょうに 1けん）"),
        "data/{id}/records.jsonl", "application/x-ndjson", "JSON", registered=False,
    ),
    "GTFS": Format(
        Words("GTFS（標準的なバス情報フォーマット）", "GTFS (timetables for journey planners)", "GTFS（バスの じこく）"),
        "data/{id}/gtfs.zip", "application/zip", "GTFS", kinds=("table",), fed=True,
    ),
    "OGC API": Format(
        Words("OGC API Features（地図ソフト）", "OGC API Features (map software)", "OGC API（ちずの ソフト）"),
        "ogc/collections/{collection}/items", "application/geo+json", "GEOJSON", located=True, interface="ogc",
        kinds=("table", "type", "layer"),
    ),
    "Statistics": Format(
        Words("CSV（集計表）", "CSV (table of statistics)", "CSV（ひょう）"),
        "statistics/{id}/table.csv", "text/csv", "CSV", kinds=("statistics",),
    ),
}  # fmt: skip
"""Every form, in the order in which pages offer them."""


_PAGES: Final[dict[Kind, str]] = {
    "table": "data",
    "type": "data",
    "statistics": "statistics",
    "layer": "maps/layers",
}


class Kept(msgspec.Struct, frozen=True):
    """A file as it came in: its SHA-256 (hexadecimal, empty where nobody noted it) and how many bytes it has."""

    digest: str = ""
    size_bytes: int | None = None


class Distribution(msgspec.Struct, frozen=True):
    """A data set in one form: `format` is a key of FORMATS, `path` its stable address below `/{area}/`. `kept` is what is known of a file
    that is not made when it is asked for, but kept as it came."""

    format: str
    path: str
    kept: Kept | None = None

    @property
    def form(self) -> Format:
        """What there is to know of the form."""
        return FORMATS[self.format]


class Entry(msgspec.Struct, frozen=True):
    """One data set of an area, as everybody may know it.

    `id` names it in addresses (`/{area}/data/{id}`): the URN of an imported table or release, the short name of a type. `name` is
    its slug, unique in the area: `[a-z0-9][a-z0-9_-]*`. `record_type` is the type of its records (short name, empty for statistics),
    `fields` those of their fields that are open, `details` the further columns of a table, `within` what the records of a table satisfy.
    `category` is what it is said to be among the data sets of the 自治体標準オープンデータセット, `standard` the edition whose columns the
    CSV of a table really has, in its order; None where those of none are known. `licence` is a code of LICENCES where it is known by one,
    `licence_told` what was written. `changed_at` is when the content last changed, `checked_at` when it was last held against its source.
    `until` and `since` are days (ISO 8601) that the data speak of.
    """

    id: str
    name: str
    kind: Kind
    title: Words
    about: Words
    record_type: str = ""
    type_words: Words = Words("", "")
    fields: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    within: Filter | None = None
    theme: str = ""
    category: str = ""
    standard: TableStandard | None = None
    keywords: tuple[str, ...] = ()
    licence: str = ""
    licence_told: str = ""
    rhythm: str = "UNKNOWN"
    office: Office | None = None
    source: str = ""
    file_name: str = ""
    records: int | None = None
    located: bool = False
    box: Box | None = None
    since: str = ""
    until: str = ""
    quality: int | None = None
    issued_at: Instant | None = None
    changed_at: Instant | None = None
    checked_at: Instant | None = None
    distributions: tuple[Distribution, ...] = ()
    shows: str = ""
    """Of a layer the collection that it shows: a type, or what the id of a table ends with."""

    @property
    def page(self) -> str:
        """Its page, below `/{area}/`."""
        return f"{_PAGES[self.kind]}/{part_of_path(self.id)}"

    @property
    def lineage(self) -> str:
        """The page that tells where it came from, below `/{area}/`; with `.jsonld` the same for programs."""
        return f"data/{part_of_path(self.id)}/lineage"

    @property
    def grade(self) -> Grade:
        """How good it is, as people are told."""
        if self.quality is None:
            return ""
        return "A" if self.quality >= 90 else "B" if self.quality >= 70 else "C"

    @property
    def updated_at(self) -> Instant | None:
        """When it was last known to be as it is: read from its source, or changed."""
        changed, checked = self.changed_at, self.checked_at
        if changed is None or checked is None:
            return checked if changed is None else changed
        return max(changed, checked)

    def freshness(self, now: Instant) -> Freshness:
        """The promised rhythm against the real interval."""
        days, at = RHYTHMS[self.rhythm].days, self.updated_at
        if days is None or at is None:
            return "unknown"
        return "fresh" if now - at <= days * LATE_BY * DAY_US else "late"


def distributions_of(
    kind: Kind, entry_id: str, located: bool, fed: Kept | None = None
) -> tuple[Distribution, ...]:
    """The forms in which a data set comes; `fed` is the zip of the feed of public transport that it is a table of."""
    collection = (
        LAYER_PREFIX + entry_id.rpartition(":")[2] if kind == "layer" else entry_id.rpartition(":DataSet:")[2]
    )
    values = {"id": part_of_path(entry_id), "collection": part_of_path(collection)}
    return tuple(
        Distribution(name, form.address.format(**values), fed if form.fed else None)
        for name, form in FORMATS.items()
        if kind in form.kinds and (located or not form.located) and (fed is not None or not form.fed)
    )


def name_of(entry_id: str) -> str:
    """The slug of an entry: what its id ends with where that is one, else what is left of it with a mark of the whole id."""
    last = entry_id.rpartition(":")[2]
    plain = unicodedata.normalize("NFKC", re.sub(r"(?<=[a-z])(?=[A-Z])", "-", last)).lower()
    slug = re.sub(r"[^a-z0-9_-]+", "-", plain).strip("-_")[:NAME_LENGTH_MAX]
    if slug == plain and len(slug) >= 2:
        return slug
    mark = hashlib.blake2s(entry_id.encode(), digest_size=4).hexdigest()
    return f"{slug}-{mark}" if slug else mark
