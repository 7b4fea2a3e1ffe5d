"""Lists the data sets of an area as everybody may see them: types that declare it, tables (`data_set`), releases (`released_table`),
layers of the map that say so (`map_layer`).

city (as nobody) ─► types: one entry each · tables, releases and layers: one entry an entity ─► Entry
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Annotated, Any, Final, Protocol

import msgspec

from kaiteki.kit.catalogue.entries import LAYER_PREFIX, Entry, Kept, distributions_of, name_of
from kaiteki.kit.catalogue.settings import CatalogueOfArea, Office
from kaiteki.kit.manifest import EntityType, Service
from kaiteki.kit.pages import Met
from kaiteki.kit.views import CREATED_AT, attribute, expand_name, slots
from kaiteki.model.area import Field
from kaiteki.model.entity import Entity
from kaiteki.model.instant import Instant, parse_instant
from kaiteki.model.open_data import OpenData, followed, licence_code
from kaiteki.model.query import Comparison, Order, Path, Query
from kaiteki.model.words import Words

TABLES: Final = "data_set"
"""What a type plays whose entities are tables of records."""
RELEASES: Final = "released_table"
"""What a type plays whose entities are released statistics; those are shown whose `state` is published."""
LAYERS: Final = "map_layer"
"""What a type plays whose entities are layers of the map; those are data sets whose `open_data` is true."""
PAGE_SIZE: Final = 1000
DATA_SETS_MAX: Final = 100_000
"""Tables of one area that its catalogue lists."""
BELONGS: Final = "data_set"
"""The field by which a record names its table."""
_APART: Final = frozenset({"data_set", "details"})
THEME_OF_FIELD: Final[Mapping[Field, str]] = {
    "life": "SOCI",
    "business": "ECON",
    "learning": "EDUC",
    "town": "REGI",
    "hall": "GOVE",
}
"""The theme of a table of which nobody said one, and whose records belong to a type that declares none."""
PUBLISHED: Final = "published"
RHYTHM_OF_LAYER: Final[Mapping[str, str]] = {
    "continuous": "CONT",
    "daily": "DAILY",
    "weekly": "WEEKLY",
    "monthly": "MONTHLY",
    "quarterly": "QUARTERLY",
    "annual": "ANNUAL",
    "irregular": "IRREG",
}
"""What a layer says of its rhythm, as the catalogue has it."""


class Ground(Protocol):
    """The city as far as its catalogue is read."""

    @property
    def services(self) -> tuple[Service, ...]: ...
    async def rows(
        self, declared: EntityType, wanted: Query
    ) -> tuple[list[Entity], bool, int | None] | None: ...
    async def met(self, part: str, view: type[Any], entity_id: str) -> Met | None: ...
    async def playing(
        self, part: str, view: type[Any], wanted: Query, among: Sequence[str] = ()
    ) -> Sequence[Met]: ...


class TableSeen(msgspec.Struct, frozen=True):
    """A table, as far as the catalogue speaks of it."""

    id: str
    title: str = ""
    record_type: str = ""
    description: str = ""
    theme: str = ""
    category: str = ""
    keywords: tuple[str, ...] = ()
    office: str = ""
    rhythm: str = ""
    since: str = ""
    until: str = ""
    records: int = 0
    source: str = ""
    licence: str = ""
    file_name: str = ""
    columns: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    located: int | None = None
    box: tuple[float, ...] = ()
    mapping: str = ""
    quality: int | None = None
    feed: str = ""
    feed_digest: str = ""
    feed_bytes: int | None = None
    changed_at: Instant | None = None
    checked_at: Instant | None = None
    issued_at: Annotated[Instant | None, CREATED_AT] = None


class ReleaseSeen(msgspec.Struct, frozen=True):
    """Released statistics, as far as the catalogue speaks of them."""

    id: str
    title: str = ""
    state: str = ""
    told_at: Instant | None = None
    issued_at: Annotated[Instant | None, CREATED_AT] = None


class LayerSeen(msgspec.Struct, frozen=True):
    """A layer of the map, as far as the catalogue speaks of it."""

    id: str
    title: Words = Words("", "")
    summary: Words = Words("", "")
    legal_note: Words = Words("", "")
    collection: str = ""
    source: Words = Words("", "")
    as_of: str = ""
    licence: str = ""
    maintainer: Words = Words("", "")
    rhythm: str = ""
    open_data: bool = False
    issued_at: Annotated[Instant | None, CREATED_AT] = None


VIEWS: Final[Mapping[str, type[Any]]] = {TABLES: TableSeen, RELEASES: ReleaseSeen, LAYERS: LayerSeen}
"""What the catalogue looks at of the entities that play a part."""


class Openness(msgspec.Struct, frozen=True):
    """A type that declares open data, with its service."""

    service: Service
    type: EntityType
    told: OpenData


def open_types(services: Iterable[Service], settings: CatalogueOfArea) -> dict[str, Openness]:
    """The types that declare open data, by their short names; without those that the area closes."""
    return {
        declared.name: Openness(service, declared, declared.open_data)
        for service in services
        for declared in service.types
        if declared.open_data is not None and declared.name not in settings.closed
    }


async def list_tables(city: Ground, settings: CatalogueOfArea) -> AsyncIterator[Entry]:
    """The entries of all tables, releases and layers, of each in the order of their ids."""
    known = open_types(city.services, settings)
    for part, view in VIEWS.items():
        async for met in _every(city, part, view):
            entry = await _entry_of(city, met, part, (known, settings))
            if entry is not None:
                yield entry


async def _entry_of(
    city: Ground, met: Met, part: str, told: tuple[Mapping[str, Openness], CatalogueOfArea]
) -> Entry | None:
    known, settings = told
    if part == TABLES:
        return entry_of_table(await _counted(city, met.seen, known), known, settings)
    return entry_of_release(met, settings) if part == RELEASES else entry_of_layer(met, settings)


async def _counted(city: Ground, seen: TableSeen, known: Mapping[str, Openness]) -> TableSeen:
    """A table with as many records as everybody sees of it now: an import tells how many it brought, and much may befall these."""
    of = known.get(seen.record_type)
    if of is None:
        return seen
    found = await city.rows(of.type, Query(q=_belonging(of.type, seen.id), limit=1, total=True))
    return msgspec.structs.replace(seen, records=0 if found is None else found[2] or 0)


def _belonging(declared: EntityType, table: str) -> Comparison:
    """What the records of a table satisfy."""
    return Comparison(Path((attribute(declared.view, BELONGS),)), "==", table)


async def _every(city: Ground, part: str, view: type[Any]) -> AsyncIterator[Met]:
    after: str | None = None
    for _ in range(DATA_SETS_MAX // PAGE_SIZE):
        found = await city.playing(part, view, Query(limit=PAGE_SIZE, after_id=after))
        for met in found:
            yield met
        if len(found) < PAGE_SIZE:
            return
        after = str(found[-1].seen.id)


async def find_entry(
    city: Ground, part: str, entry_id: str, known: Mapping[str, Openness], settings: CatalogueOfArea
) -> Entry | None:
    """The entry of one table, release or layer as it is now; None where there is none for everybody."""
    met = await city.met(part, VIEWS[part], entry_id)
    return None if met is None else await _entry_of(city, met, part, (known, settings))


def entry_of_table(seen: TableSeen, known: Mapping[str, Openness], settings: CatalogueOfArea) -> Entry | None:
    """The entry of an imported table; None where its records are of no open type."""
    of = known.get(seen.record_type)
    if of is None or not seen.title:
        return None
    told, declared = of.told, of.type
    is_located = seen.located != 0 and _place_of(declared, told) != ""
    filled = frozenset(seen.items)
    box = seen.box if len(seen.box) == 4 else None
    return Entry(
        id=seen.id,
        name=name_of(seen.id),
        kind="table",
        title=Words(seen.title, seen.title),
        about=_about(seen, declared),
        record_type=declared.name,
        type_words=declared.words,
        fields=tuple(
            one
            for one in told.attributes
            if one not in _APART and (not filled or one in filled or one == "location")
        ),
        details=seen.details if "details" in told.attributes else (),
        within=_belonging(declared, seen.id),
        theme=seen.theme or told.theme or THEME_OF_FIELD[declared.field or of.service.field],
        category=seen.category or told.category,
        standard=followed(told.standards, seen.columns),
        keywords=seen.keywords or (declared.words.ja, *told.keywords),
        licence=licence_code(seen.licence),
        licence_told=seen.licence,
        rhythm=seen.rhythm or "UNKNOWN",
        office=settings.office(seen.office) or settings.office(""),
        source=seen.source,
        file_name=seen.file_name,
        records=seen.records,
        located=is_located,
        box=(box[0], box[1], box[2], box[3]) if box is not None else None,
        since=seen.since,
        until=seen.until,
        quality=seen.quality if seen.mapping else None,
        issued_at=seen.issued_at,
        changed_at=seen.changed_at,
        checked_at=seen.checked_at,
        distributions=distributions_of("table", seen.id, is_located, _fed(seen)),
    )


def _fed(seen: TableSeen) -> Kept | None:
    """What is known of the zip of the feed that a table is of; None where it is of none."""
    return Kept(seen.feed_digest, seen.feed_bytes) if seen.feed else None


def _about(seen: TableSeen, declared: EntityType) -> Words:
    if seen.description:
        return Words(seen.description, seen.description)
    words = declared.words
    return Words(
        f"「{seen.title}」の表です。{words.ja}が{seen.records:,}件あります。",
        f"The table “{seen.title}”: {seen.records:,} records of the kind {words.en}.",
        f"「{seen.title}」の 表（ひょう）です。{seen.records:,}件（けん） あります。",
    )


def entry_of_release(met: Met, settings: CatalogueOfArea) -> Entry | None:
    """The entry of released statistics; None while they are withdrawn."""
    seen = met.seen
    if seen.state != PUBLISHED:
        return None
    return Entry(
        id=seen.id,
        name=name_of(seen.id),
        kind="statistics",
        title=Words(seen.title, seen.title),
        about=Words(
            f"「{seen.title}」の集計です。だれのことか分からないように守って公開しています。",
            f"Statistics “{seen.title}”, made so that nobody can be found in them.",
            f"「{seen.title}」の 数（かず）です。だれの ことか わかりません。",
        ),
        type_words=met.kind,
        theme="SOCI",
        keywords=(met.kind.ja,),
        licence=settings.licence,
        rhythm="IRREG",
        office=settings.office(""),
        issued_at=seen.told_at or seen.issued_at,
        changed_at=seen.told_at,
        distributions=distributions_of("statistics", seen.id, False),
    )


def entry_of_layer(met: Met, settings: CatalogueOfArea) -> Entry | None:
    """The entry of a layer of the map; None for one that is no data set. Whether it shows something is for the catalogue to say.

    It is as fresh as the day that its source speaks of."""
    seen: LayerSeen = met.seen
    if not seen.open_data:
        return None
    about = [one for one in (seen.summary, seen.legal_note) if one.ja]
    return Entry(
        id=seen.id,
        name=LAYER_PREFIX + name_of(seen.id),
        kind="layer",
        title=seen.title,
        about=Words(*(" ".join(one.say(code) for one in about) for code in ("ja", "en", "ja-easy"))),
        type_words=met.kind,
        theme="REGI",
        keywords=(met.kind.ja,),
        licence=licence_code(seen.licence),
        licence_told=seen.licence,
        rhythm=RHYTHM_OF_LAYER.get(seen.rhythm, "UNKNOWN"),
        office=_maintainer(seen.maintainer, settings),
        source=seen.source.ja,
        located=True,
        until=seen.as_of,
        issued_at=seen.issued_at,
        changed_at=parse_instant(f"{seen.as_of}T00:00:00+09:00"),
        distributions=distributions_of("layer", seen.id, True),
        shows=seen.collection,
    )


def _maintainer(words: Words, settings: CatalogueOfArea) -> Office | None:
    """Who answers for a layer: the office of that name that the area lists, else the name with a code made of it."""
    listed = next((one for one in settings.offices if one.words.ja == words.ja), None)
    if listed is not None or not words.ja:
        return listed or settings.office("")
    return Office(f"office-{hashlib.blake2s(words.ja.encode(), digest_size=4).hexdigest()}", words)


async def entry_of_type(city: Ground, of: Openness, settings: CatalogueOfArea) -> Entry | None:
    """The entry of a type as it stands now; None where everybody sees nothing of it."""
    newest = Query(limit=1, total=True, order=(Order(Path(("modifiedAt",)), descending=True),))
    found = await city.rows(of.type, newest)
    if found is None or not found[0]:
        return None
    told, declared = of.told, of.type
    is_located = _place_of(declared, told) != ""
    return Entry(
        id=declared.name,
        name=name_of(declared.name),
        kind="type",
        title=declared.words,
        about=told.about or of.service.summary,
        record_type=declared.name,
        type_words=declared.words,
        fields=tuple(one for one in told.attributes if one not in _APART),
        theme=told.theme,
        category=told.category,
        keywords=(declared.words.ja, *told.keywords),
        licence=told.licence or settings.licence,
        rhythm=told.rhythm,
        office=settings.office(told.office) or settings.office(""),
        records=found[2],
        located=is_located,
        since=told.since,
        changed_at=found[0][0].modified_at,
        checked_at=found[0][0].modified_at,
        distributions=distributions_of("type", declared.name, is_located),
    )


def _place_of(declared: EntityType, told: OpenData) -> str:
    """The open field that says where an entity is; empty where none does."""
    return next(
        (
            slot.field
            for slot in slots(declared.view)
            if slot.kind == "GeoProperty" and slot.field in told.attributes
        ),
        "",
    )


def types_playing(services: Iterable[Service], part: str) -> frozenset[str]:
    """The (expanded) types that play a part."""
    return frozenset(
        expand_name(declared.name)
        for service in services
        for declared in service.types
        if part in declared.plays
    )
