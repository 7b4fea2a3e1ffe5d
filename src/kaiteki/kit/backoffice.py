"""Read models of the generic back-office pages, for any manifest: list, search, filter, sort, show, form, history, CSV.

Everything is read through the city of the person who asks, so it shows what that person may see, and nothing else.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date
from typing import Any, Final, Literal, get_args, get_origin

import msgspec

from kaiteki.kit.city import CityOf
from kaiteki.kit.forms import Described, chosen, describe, label_at
from kaiteki.kit.manifest import Command, EntityType, Service
from kaiteki.kit.pages import ListAsk, Plain
from kaiteki.kit.views import Slot, every, ordered, read, slots, where
from kaiteki.model.entity import Entity, Instance, Json
from kaiteki.model.instant import Instant
from kaiteki.model.query import Filter, Query
from kaiteki.model.said import NO, YES, local_day_start, said, spreadsheet_safe
from kaiteki.model.values import lift, plain
from kaiteki.model.words import Words
from kaiteki.ports.events import Events
from kaiteki.ports.history import History, Past

ROWS_PER_PAGE: Final = 50
PAGE_MAX: Final = 2000
EXPORT_ROWS_MAX: Final = 50_000
EXPORT_BATCH: Final = 500
RECORDS_COUNTED_MAX: Final = 10_000
HISTORY_STATES_MAX: Final = 1000

CellKind = Literal["text", "number", "yesno", "moment", "link", "place", "list", "data"]


class Cell(msgspec.Struct, frozen=True):
    """One value as a page shows it: the field with its words, the text in the language of the reader, and the value itself."""

    field: str
    words: Words
    kind: CellKind
    text: str
    value: Json = None


class TableRow(msgspec.Struct, frozen=True):
    """One entity of a list."""

    id: str
    title: str
    cells: tuple[Cell, ...]


class Table(msgspec.Struct, frozen=True):
    """One page of a list, with what it can be filtered and sorted by."""

    service: Service
    declared: EntityType
    columns: tuple[tuple[str, Words], ...]
    rows: tuple[TableRow, ...]
    total: int
    page: int
    more: bool
    filters: tuple[Described, ...]
    commands: tuple[Command, ...]
    """Those that start something new (they belong to no entity)."""


class Sheet(msgspec.Struct, frozen=True):
    """One entity with everything of it that the person may read, and the commands offered on it."""

    service: Service
    declared: EntityType
    id: str
    title: str
    cells: tuple[Cell, ...]
    commands: tuple[Command, ...]
    location: Json = None


class CommandForm(msgspec.Struct, frozen=True):
    """The form of a command, filled with the id of the entity it is offered on."""

    service: Service
    command: Command
    fields: tuple[Described, ...]


class Changed(msgspec.Struct, frozen=True):
    """What one write did to one attribute, in words."""

    words: Words
    before: str
    after: str


class HistoryLine(msgspec.Struct, frozen=True):
    """One write of an entity: when, by whom (account id or `anonymous`), by which command, what changed."""

    at: Instant
    version: int
    actor: str
    action: str
    words: Words
    changes: tuple[Changed, ...]


class Desk:
    """The back office of one person. `language` is that of the person's city."""

    def __init__(self, city: CityOf, history: History, events: Events) -> None:
        self._city = city
        self._history = history
        self._events = events
        self._language = city.asking.language
        self._person = city.asking.person

    def types(self) -> tuple[tuple[Service, EntityType], ...]:
        """The types whose entities the person handles (holds a role of), by service."""
        return tuple(
            (service, declared)
            for service in self._city.engine.services.values()
            for declared in service.types
            if self._person.holds(declared.roles)
        )

    async def count(self, declared: EntityType) -> int:
        """How many entities of a type the person sees, counted up to RECORDS_COUNTED_MAX."""
        wanted = Query(limit=0, total=True, total_max=RECORDS_COUNTED_MAX)
        found = await self._city.rows(declared, wanted)
        return (found[2] or 0) if found is not None else 0

    async def list(self, type_name: str, ask: ListAsk) -> Table | None:
        """One page of a list; None when there is no such type for this person. What cannot be a filter filters nothing."""
        found = self._declared(type_name)
        if found is None:
            return None
        service, declared = found
        page = max(1, min(ask.page, PAGE_MAX))
        wanted = msgspec.structs.replace(
            _query(declared, ask), limit=ROWS_PER_PAGE, offset=(page - 1) * ROWS_PER_PAGE, total=True
        )
        rows = await self._city.rows(declared, wanted)
        entities, more, total = rows or ([], False, 0)
        columns = _columns(declared)
        return Table(
            service=service,
            declared=declared,
            columns=tuple((slot.field, label(declared, slot)) for slot in columns),
            rows=tuple(self._row(declared, columns, entity) for entity in entities),
            total=total or 0,
            page=page,
            more=more,
            filters=_filters(declared),
            commands=self._offered(service, ""),
        )

    async def show(self, type_name: str, entity_id: str) -> Sheet | None:
        """One entity; None when there is none of the type for this person."""
        found = self._declared(type_name)
        entity = await self._city.entity(found[1], entity_id) if found else None
        if found is None or entity is None:
            return None
        service, declared = found
        row = self._row(declared, _shown(declared), entity)
        location = next((cell.value for cell in row.cells if cell.kind == "place" and cell.value), None)
        return Sheet(
            service,
            declared,
            entity.id,
            row.title,
            row.cells,
            self._offered(service, declared.name),
            location,
        )

    def form(self, service_name: str, command_name: str, entity_id: str = "") -> CommandForm | None:
        """The form of a command, None when the person may not ask for it."""
        service = self._city.engine.services.get(service_name)
        for command in service.commands if service else ():
            if service and command.name == command_name and self._person.holds(command.roles):
                fields = [_preset(one, entity_id) if command.on else one for one in describe(command.form)]
                return CommandForm(service, command, tuple(fields))
        return None

    async def history(self, type_name: str, entity_id: str) -> tuple[HistoryLine, ...]:
        """What happened to an entity, newest first, at most HISTORY_STATES_MAX states back."""
        found = self._declared(type_name)
        entity = await self._city.entity(found[1], entity_id) if found else None
        if found is None or entity is None:
            return ()
        pasts = await self._history.past(
            self._city.asking.area, entity_id, limit=HISTORY_STATES_MAX, newest_first=True
        )
        shown = self._city.open_past(found[1], entity)
        pasts = [one for one in pasts if shown is None or one.attribute in shown]
        lines: list[HistoryLine] = []
        before: dict[str, Instance | None] = {}
        for number, states in _by_write(tuple(reversed([one for one in pasts if one.dataset_id is None]))):
            changes = [self._changed(found[1], past, before.get(past.attribute)) for past in states]
            before |= {past.attribute: past.instance for past in states}
            lines.append(await self._line(number, states[0], tuple(one for one in changes if one)))
        return tuple(reversed(lines))

    async def export_csv(self, type_name: str, ask: ListAsk) -> Plain | None:
        """The whole list as CSV (UTF-8 with BOM, for spreadsheets), at most EXPORT_ROWS_MAX rows in order of ids."""
        found = self._declared(type_name)
        if found is None:
            return None
        declared = found[1]
        columns = _shown(declared)
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow(["id", *(label(declared, slot).say(self._language) for slot in columns)])
        wanted = msgspec.structs.replace(_query(declared, ask), order=(), limit=EXPORT_BATCH)
        for _ in range(EXPORT_ROWS_MAX // EXPORT_BATCH):
            rows = await self._city.rows(declared, wanted)
            for entity in rows[0] if rows else ():
                cells = self._row(declared, columns, entity).cells
                writer.writerow([entity.id, *(_exported(cell) for cell in cells)])
            if rows is None or not rows[1] or not rows[0]:
                break
            wanted = msgspec.structs.replace(wanted, after_id=rows[0][-1].id)
        return Plain(out.getvalue().encode("utf-8-sig"), "text/csv; charset=utf-8", f"{declared.name}.csv")

    def _declared(self, type_name: str) -> tuple[Service, EntityType] | None:
        return next((found for found in self.types() if found[1].name == type_name), None)

    def _offered(self, service: Service, on: str) -> tuple[Command, ...]:
        return tuple(one for one in service.commands if one.on == on and self._person.holds(one.roles))

    def _row(self, declared: EntityType, columns: Sequence[Slot], entity: Entity) -> TableRow:
        view = read(declared.view, entity, self._city.open_to(declared, entity))
        title = said(getattr(view, declared.title, ""), self._language)
        return TableRow(
            entity.id, title or entity.id, tuple(self._cell(declared, slot, view) for slot in columns)
        )

    def _cell(self, declared: EntityType, slot: Slot, view: msgspec.Struct) -> Cell:
        value = getattr(view, slot.field)
        return Cell(
            field=slot.field,
            words=label(declared, slot),
            kind=_kind(slot),
            text=_choice(slot, value, self._language),
            value=msgspec.to_builtins(value),
        )

    def _changed(self, declared: EntityType, past: Past, before: Instance | None) -> Changed | None:
        slot = next((one for one in slots(declared.view) if one.iri == past.attribute), None)
        if slot is None:
            short = past.attribute.rsplit("/", 1)[-1]
            return Changed(Words(short, short), _plainly(before, None), _plainly(past.instance, None))
        texts = [_choice(slot, _plainly(one, slot), self._language) for one in (before, past.instance)]
        return Changed(label(declared, slot), *texts) if texts[0] != texts[1] else None

    async def _line(self, number: int, past: Past, changes: tuple[Changed, ...]) -> HistoryLine:
        events = await self._events.read(number - 1, 1) if number else ()
        actor, action = (events[0].actor, events[0].action) if events else ("", "")
        service_name, _, command_name = action.partition(".")
        service = self._city.engine.services.get(service_name)
        known = (
            next((one.words for one in service.commands if one.name == command_name), None)
            if service
            else None
        )
        return HistoryLine(past.at, past.version, actor, action, known or Words(action, action), changes)


def label(declared: EntityType, slot: Slot) -> Words:
    """The words of a field of a type: of the manifest, else of its annotation, else its name."""
    given = declared.labels.get(slot.field) or declared.labels.get(slot.short)
    annotated = label_at(slot.hint)
    return given or (annotated.words if annotated else Words(slot.short, slot.field.replace("_", " ")))


# How it is done ---------------------------------------------------------------------------------------------------


def _shown(declared: EntityType) -> tuple[Slot, ...]:
    return tuple(slot for slot in slots(declared.view) if not slot.virtual)


def _columns(declared: EntityType) -> tuple[Slot, ...]:
    known = {name: slot for slot in _shown(declared) for name in (slot.field, slot.short)}
    return tuple(known[name] for name in declared.columns if name in known)


def _query(declared: EntityType, ask: ListAsk) -> Query:
    known = {slot.field: slot for slot in _shown(declared)}
    filters = [_filter(declared, known[name], text) for name, text in ask.filters.items() if name in known]
    order = (ordered(declared.view, ask.sort, ask.descending),) if ask.sort in known else ()
    return Query(q=every(*filters), text=ask.text.strip() or None, order=order)


def _filter(declared: EntityType, slot: Slot, text: str) -> Filter | None:
    bare = plain(slot.hint)
    if bare is Instant:
        try:
            start = local_day_start(date.fromisoformat(text))
        except ValueError:
            return None
        return every(
            where(declared.view, slot.field, ">=", start),
            where(declared.view, slot.field, "<", Instant(start + 86_400_000_000)),
        )
    inner = plain(get_args(bare)[0]) if get_origin(bare) in (tuple, list) else bare
    if inner not in (str, int, float, bool) and get_origin(inner) is not Literal:
        return None
    try:
        value = msgspec.convert(text, inner, strict=False)
    except msgspec.ValidationError:
        return None
    return where(declared.view, slot.field, "==", value)


def _filters(declared: EntityType) -> tuple[Described, ...]:
    """The columns that have a limited choice: yes or no, or one of some words."""
    filters: list[Described] = []
    for slot in _columns(declared):
        annotated, bare = label_at(slot.hint), plain(slot.hint)
        choices = annotated.choices if annotated else ()
        if not choices and get_origin(bare) is Literal:
            choices = tuple((str(one), Words(str(one), str(one))) for one in get_args(bare))
        if bare is bool:
            choices = (("true", YES), ("false", NO))
        if choices:
            filters.append(Described(slot.field, label(declared, slot), None, "choice", False, choices))
    return tuple(filters)


def _kind(slot: Slot) -> CellKind:
    bare = plain(slot.hint)
    if slot.kind == "Relationship":
        return "link"
    if slot.kind == "GeoProperty":
        return "place"
    if bare is Instant:
        return "moment"
    if bare is bool:
        return "yesno"
    if bare in (int, float):
        return "number"
    if get_origin(bare) in (tuple, list):
        return "list"
    return "data" if slot.kind == "JsonProperty" else "text"


def _choice(slot: Slot, value: Any, language: str) -> str:
    """The words of a chosen value, or of each of several; else the value said."""
    if plain(slot.hint) is Instant:
        return said(value, language, is_instant=True) if value else ""
    return said(chosen(slot.hint, value), language)


def _plainly(instance: Instance | None, slot: Slot | None) -> Any:
    """A kept value as its view reads it; JSON text where no view knows it."""
    if slot is None:
        return "" if instance is None else msgspec.json.encode(instance.value).decode()[:200]
    if instance is None:
        return None
    try:
        return msgspec.convert(lift(instance.value, slot.hint), slot.hint)
    except msgspec.ValidationError:
        return instance.value


def _by_write(pasts: Sequence[Past]) -> list[tuple[int, list[Past]]]:
    writes: dict[int, list[Past]] = {}
    for past in pasts:
        writes.setdefault(past.number or past.version, []).append(past)
    return list(writes.items())


def _exported(cell: Cell) -> str | int | float:
    return cell.value if cell.kind == "number" and cell.value is not None else spreadsheet_safe(cell.text)


def _preset(field: Described, entity_id: str) -> Described:
    if field.name != "id":
        return field
    return msgspec.structs.replace(field, widget="hidden", default=entity_id)
