"""The back office of one person: everything is read through their city, so it shows what they may see, and nothing else."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from kaiteki.kit.backoffice.actors import Actors
from kaiteki.kit.backoffice.asking import columns_of, filters_of, query_of
from kaiteki.kit.backoffice.shapes import (
    RECORDS_COUNTED_MAX,
    ROWS_PER_PAGE,
    Cell,
    Changed,
    CommandForm,
    HistoryLine,
    Sheet,
    Table,
    TableRow,
)
from kaiteki.kit.backoffice.wording import Wording, as_read, label, names_in, shown
from kaiteki.kit.city import CityOf
from kaiteki.kit.forms import Described, describe
from kaiteki.kit.manifest import Command, EntityType, Service
from kaiteki.kit.pages import ListAsk, Plain
from kaiteki.kit.views import Slot, read
from kaiteki.model.access import ANYONE, RESIDENT
from kaiteki.model.entity import Entity, Instance
from kaiteki.model.query import Query
from kaiteki.model.spreadsheet import SheetWriter
from kaiteki.model.words import Words
from kaiteki.ports.accounts import Accounts
from kaiteki.ports.events import Events
from kaiteki.ports.history import History, Past

PAGE_MAX: Final = 2000
EXPORT_ROWS_MAX: Final = 50_000
EXPORT_BATCH: Final = 500
HISTORY_STATES_MAX: Final = 1000
_FOR_ALL: Final = frozenset({ANYONE, RESIDENT})
"""Roles that say nothing of the town hall: a command that names no other is none of its work."""
_BY_PROGRAM: Final = "ngsi-ld."
_AUTOMATIC: Final = Words("自動で変わりました", "Changed automatically", "じどうで かわりました")
_WRITTEN: Final = Words("プログラムが書きました", "Written by a program", "プログラムが 書（か）きました")


class Desk:
    """The back office of one person. `language` is that of the person's city; with `accounts` it names who wrote."""

    def __init__(
        self, city: CityOf, history: History, events: Events, accounts: Accounts | None = None
    ) -> None:
        self._city = city
        self._history = history
        self._events = events
        self._language = city.asking.language
        self._person = city.asking.person
        self._actors = Actors(accounts, city.asking.area)

    def types(self) -> tuple[tuple[Service, EntityType], ...]:
        """The types whose entities the person handles (holds a role of), by service."""
        return tuple(
            (service, declared)
            for service in self._city.engine.services.values()
            for declared in service.types
            if self._person.holds(declared.roles)
        )

    def declared(self, name: str) -> EntityType | None:
        """A type that the person handles, by its short name."""
        return next((declared for _, declared in self.types() if declared.name == name), None)

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
            query_of(declared, ask), limit=ROWS_PER_PAGE, offset=(page - 1) * ROWS_PER_PAGE, total=True
        )
        rows = await self._city.rows(declared, wanted)
        entities, more, total = rows or ([], False, 0)
        columns = columns_of(declared)
        entities = [self._plain(declared, columns, entity) for entity in entities]
        wording = await self._wording(service, declared, entities, columns)
        return Table(
            service=service,
            declared=declared,
            columns=tuple((slot.field, label(declared, slot)) for slot in columns),
            rows=tuple(self._row(wording, columns, entity) for entity in entities),
            total=total or 0,
            page=page,
            more=more,
            filters=filters_of(declared, wording.codes),
            commands=self._offered(service, declared, ""),
        )

    async def show(self, type_name: str, entity_id: str) -> Sheet | None:
        """One entity; None when there is none of the type for this person."""
        found = self._declared(type_name)
        entity = await self._city.entity(found[1], entity_id) if found else None
        if found is None or entity is None:
            return None
        service, declared = found
        kept = shown(declared)
        entity = self._plain(declared, kept, entity)
        row = self._row(await self._wording(service, declared, (entity,), kept), kept, entity)
        location = next((cell.value for cell in row.cells if cell.kind == "place" and cell.value), None)
        return Sheet(
            service,
            declared,
            entity.id,
            row.title,
            row.cells,
            self._offered(service, declared, declared.name),
            location,
        )

    def form(self, service_name: str, command_name: str, entity_id: str = "") -> CommandForm | None:
        """The form of a command, None when it is no work of the town hall, or not for this person."""
        service = self._city.engine.services.get(service_name)
        for command in service.commands if service else ():
            if service and command.name == command_name and self._works(command):
                fields = [_preset(one, entity_id) if command.on else one for one in describe(command.form)]
                return CommandForm(service, command, tuple(fields))
        return None

    async def history(self, type_name: str, entity_id: str) -> tuple[HistoryLine, ...]:
        """What happened to an entity, newest first, at most HISTORY_STATES_MAX states back."""
        found = self._declared(type_name)
        entity = await self._city.entity(found[1], entity_id) if found else None
        if found is None or entity is None:
            return ()
        known = {slot.iri: slot for slot in shown(found[1])}
        allowed = self._city.open_past(found[1], entity)
        # what is asked for is opened, and recorded: so no more than is shown
        asked = [name for name in known if allowed is None or name in allowed]
        pasts = await self._history.past(
            self._city.asking.area, entity_id, asked, limit=HISTORY_STATES_MAX, newest_first=True
        )
        pasts = [one for one in pasts if one.attribute in asked]
        wording = await self._wording(*found, (entity,), tuple(known.values()))
        lines: list[HistoryLine] = []
        before: dict[str, Instance | None] = {}
        for number, states in _by_write(tuple(reversed([one for one in pasts if one.dataset_id is None]))):
            changes = [
                _changed(wording, known[past.attribute], before.get(past.attribute), past.instance)
                for past in states
                if past.attribute in known
            ]
            before |= {past.attribute: past.instance for past in states}
            lines.append(await self._line(number, states[0], tuple(one for one in changes if one)))
        return tuple(reversed(lines))

    async def export_csv(self, type_name: str, ask: ListAsk) -> Plain | None:
        """The whole list as CSV (UTF-8 with BOM, for spreadsheets), at most EXPORT_ROWS_MAX rows in order of ids."""
        found = self._declared(type_name)
        if found is None:
            return None
        declared = found[1]
        columns = shown(declared)
        out = io.StringIO()
        writer = SheetWriter(out)
        writer.writerow(["id", *(label(declared, slot).say(self._language) for slot in columns)])
        wanted = msgspec.structs.replace(query_of(declared, ask), order=(), limit=EXPORT_BATCH)
        for _ in range(EXPORT_ROWS_MAX // EXPORT_BATCH):
            rows = await self._city.rows(declared, wanted)
            entities = [self._plain(declared, columns, one) for one in (rows[0] if rows else ())]
            wording = await self._wording(*found, entities, columns)
            for entity in entities:
                cells = self._row(wording, columns, entity).cells
                writer.writerow([entity.id, *(_exported(cell) for cell in cells)])
            if rows is None or not rows[1] or not rows[0]:
                break
            wanted = msgspec.structs.replace(wanted, after_id=rows[0][-1].id)
        return Plain(out.getvalue().encode("utf-8-sig"), "text/csv; charset=utf-8", f"{declared.name}.csv")

    def _declared(self, type_name: str) -> tuple[Service, EntityType] | None:
        return next((found for found in self.types() if found[1].name == type_name), None)

    def _works(self, command: Command) -> bool:
        """Whether a command is work of the town hall for this person."""
        return self._person.holds(frozenset(command.roles) - _FOR_ALL)

    def _offered(self, service: Service, declared: EntityType, on: str) -> tuple[Command, ...]:
        """The commands on a record of a type, or (`on` empty) those beside its list: there the first type of a service has
        them. A type with a desk of its own has none."""
        if declared.desk or (not on and declared is not service.types[0]):
            return ()
        return tuple(one for one in service.commands if one.on == on and self._works(one))

    async def _wording(
        self, service: Service, declared: EntityType, entities: Iterable[Entity], kept: Sequence[Slot]
    ) -> Wording:
        """How the values of some entities read."""
        codes = declared.codes
        settings = self._city.engine.settings(service, self._city.asking.area)
        return Wording(
            declared,
            self._language,
            codes(settings) if codes is not None else {},
            await self._city.named(names_in(entities, kept)),
            frozenset(known.name for _, known in self.types()),
        )

    def _plain(self, declared: EntityType, columns: Sequence[Slot], entity: Entity) -> Entity:
        """An entity of which what is shown is opened, with a record: no more than some columns and the title."""
        fields = [*(slot.field for slot in columns), declared.title]
        return self._city.plain_of(declared.view, entity, self._city.open_to(entity), fields)

    def _row(self, wording: Wording, columns: Sequence[Slot], entity: Entity) -> TableRow:
        """A row of an entity that is opened as far as it is shown."""
        declared = wording.declared
        view = read(declared.view, entity, self._city.open_to(entity))
        cells = tuple(wording.cell(slot, getattr(view, slot.field)) for slot in columns)
        named = next((slot for slot in shown(declared) if slot.field == declared.title), None)
        title = wording.text(named, getattr(view, named.field)) if named is not None else ""
        return TableRow(entity.id, title or entity.id.rsplit(":", 1)[-1], cells)

    async def _line(self, number: int, past: Past, changes: tuple[Changed, ...]) -> HistoryLine:
        events = await self._events.read(number - 1, 1) if number else ()
        actor, action = (events[0].actor, events[0].action) if events else ("", "")
        who = await self._actors.words(actor)
        return HistoryLine(past.at, past.version, actor, who, action, self._done(action), changes)

    def _done(self, action: str) -> Words:
        """The words of an action of the audit line: of the command or the purpose of a service, else by what it was done."""
        if action.startswith(_BY_PROGRAM):
            return _WRITTEN
        service_name, _, name = action.partition(".")
        service = self._city.engine.services.get(service_name)
        known = {one.name: one.words for one in service.commands} if service is not None else {}
        purpose = service.purposes.get(name) if service is not None else None
        told = known.get(name) or (purpose.words if purpose is not None else None)
        return told or (_AUTOMATIC if ":" in action else Words(action, action))


# How it is done ---------------------------------------------------------------------------------------------------


def _changed(wording: Wording, slot: Slot, before: Instance | None, after: Instance | None) -> Changed | None:
    texts = [wording.text(slot, as_read(one, slot)) for one in (before, after)]
    return Changed(label(wording.declared, slot), *texts) if texts[0] != texts[1] else None


def _by_write(pasts: Sequence[Past]) -> list[tuple[int, list[Past]]]:
    writes: dict[int, list[Past]] = {}
    for past in pasts:
        writes.setdefault(past.number or past.version, []).append(past)
    return list(writes.items())


def _exported(cell: Cell) -> str | int | float:
    return cell.value if cell.kind == "number" and cell.value is not None else cell.text


def _preset(field: Described, entity_id: str) -> Described:
    if field.name != "id":
        return field
    return msgspec.structs.replace(field, widget="hidden", default=entity_id)
