"""The desk of the town hall, drawn from kit.backoffice: for every kept type a list, filters, a table file, one record, its history, and forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

import msgspec
from starlette.responses import Response

from kaiteki.kit.backoffice import (
    RECORDS_COUNTED_MAX,
    ROWS_PER_PAGE,
    Cell,
    CommandForm,
    HistoryLine,
    Table,
)
from kaiteki.kit.forms import Described, parse_fields
from kaiteki.kit.manifest import EntityType, Service
from kaiteki.kit.pages import ListAsk, list_ask, part_of_path
from kaiteki.model.access import STAFF
from kaiteki.model.decision import Fault, Refused
from kaiteki.model.words import Words
from kaiteki.portal import saying
from kaiteki.portal.answers import STATUS_OF_REFUSAL, Stop, move, show
from kaiteki.portal.pages import subscriptions
from kaiteki.portal.pages.desk_frame import AUDIT, SUBSCRIPTIONS, desk_of, looks_on, nav_of, path_of
from kaiteki.portal.pages.places import point_of
from kaiteki.portal.pages.unsent import once_more
from kaiteki.portal.visit import Visit

SURE: Final = 2
"""The assurance of two factors or a passkey."""
CELL_LENGTH_MAX: Final = 80
NUMBER_LENGTH_MAX: Final = 16
CHANGE_LENGTH_MAX: Final = 160
_IN_WORDS: Final = ("text", "number", "yesno", "moment", "link", "list")
"""The kinds of values that stand as text on the page of a record; places have a map, photos are shown."""


async def start(visit: Visit) -> Response:
    """`/{area}/desk`: what waits in the queues of each service, then the registers: those with content, the empty ones folded."""
    if looks_on(visit):
        return move(visit, AUDIT)
    desk = desk_of(visit)
    full: list[list[Any]] = []
    empty: list[list[Any]] = []
    for service, declared in desk.types():
        count = await desk.count(declared)
        told = saying.say_number(count) + ("+" if count >= RECORDS_COUNTED_MAX else "")
        link = {"text": visit.say(declared.words), "href": visit.href(path_of(service, declared))}
        row = [link, visit.say(service.words)]
        if count:
            full.append([*row, {"text": told, "number": True}])
        else:
            empty.append(row)
    values = {
        "title": visit.say("desk.title"),
        "nav": nav_of(visit, desk),
        "groups": [await _waiting(visit, service) for service in desks_of(visit)],
        "rows": full,
        "empty": empty,
        "failing": await subscriptions.failing(visit),
        "failing_href": visit.href(SUBSCRIPTIONS),
        "is_unsure": await _is_unsure(visit),
    }
    return show(visit, "desk.html", values)


async def _is_unsure(visit: Visit) -> bool:
    """Whether somebody who handles data of people came in by a password alone; sample accounts cannot help it."""
    known = await visit.site.parts.identity.visit(visit.who.token) if visit.who.token else None
    return known is not None and known.session.assurance < SURE and not known.account.sample


def desks_of(visit: Visit) -> list[Service]:
    """The services in whose queues work may wait for this person."""
    services = visit.site.services
    return [one for one in services if one.queues is not None and visit.person.holds(one.queues.roles)]


async def _waiting(visit: Visit, service: Service) -> dict[str, Any]:
    """The queues of a service with their counts, and the page of its desk."""
    visit.look()
    queues = service.queues
    waiting = await queues.read(visit.ask(service, {})) if queues is not None else ()
    return {
        "title": visit.say(service.words),
        "href": visit.href(queues.path) if queues is not None else "",
        "queues": [
            {
                "text": visit.say(one.words),
                "href": visit.href(one.path),
                "count": saying.say_number(one.count) + ("" if one.whole else "+"),
                "state": "bad" if one.pressing and one.count else "key" if one.count else "plain",
            }
            for one in waiting
        ],
    }


async def landing(visit: Visit) -> str:
    """Where somebody begins after signing in: staff where their work is, auditors at the log, everybody else on the page of their own."""
    if looks_on(visit):
        return AUDIT
    if not visit.person.holds((STAFF,)):
        return "my"
    visit.look()
    desks = desks_of(visit)
    one = desks[0].queues if len(desks) == 1 else None
    if one is None:
        return "desk"
    waiting = await one.read(visit.ask(desks[0], {}))
    return waiting[0].path if waiting else one.path


async def listing(visit: Visit) -> Response:
    """`/{area}/desk/{service}/{type}`: one page of records."""
    desk = desk_of(visit)
    name = visit.request.path_params["type"]
    asked = list_ask(visit.query)
    table = await desk.list(name, asked)
    if table is None or table.service.name != visit.request.path_params["service"]:
        raise Stop(404)
    base = path_of(table.service, table.declared)
    kept = {key: value for key, value in visit.query.items() if key not in ("page", "lang")}

    def link(page: int) -> str:
        return visit.href(base, **kept, page=page)

    first = (table.page - 1) * ROWS_PER_PAGE + 1
    values: dict[str, Any] = {
        "title": visit.say(table.declared.words),
        "nav": nav_of(visit, desk, name),
        "base": base,
        "asked": asked,
        "filters": [
            (msgspec.structs.replace(one, name=f"f.{one.name}"), asked.filters.get(one.name, ""))
            for one in table.filters
        ],
        "head": _head(visit, table, asked, base),
        "rows": [_row(visit, base, table, number) for number in range(len(table.rows))],
        "first": first if table.rows else 0,
        "last": first + len(table.rows) - 1 if table.rows else 0,
        "total": table.total,
        "before": link(table.page - 1) if table.page > 1 else None,
        "after": link(table.page + 1) if table.more else None,
        "csv_href": visit.href(base + ".csv", **kept),
        "commands": [
            *_work_link(visit, table.declared, ""),
            *(_command_link(visit, table.service, one.name, one.words) for one in table.commands),
        ],
    }
    return show(visit, "desk_list.html", values)


async def table_file(visit: Visit) -> Response:
    """`/{area}/desk/{service}/{type}.csv`: the same records for a spreadsheet."""
    file = await desk_of(visit).export_csv(visit.request.path_params["type"], list_ask(visit.query))
    if file is None:
        raise Stop(404)
    named = f"attachment; filename*=UTF-8''{quote(file.filename)}"
    return Response(file.content, media_type=file.media_type, headers={"content-disposition": named})


async def one(visit: Visit) -> Response:
    """`/{area}/desk/{service}/{type}/{id}`: everything of one record, its history, and what can be done with it."""
    desk = desk_of(visit)
    name, entity_id = visit.request.path_params["type"], visit.request.path_params["id"]
    sheet = await desk.show(name, entity_id)
    if sheet is None or sheet.service.name != visit.request.path_params["service"]:
        raise Stop(404)
    point = point_of(sheet.location)
    values: dict[str, Any] = {
        "title": sheet.title,
        "nav": nav_of(visit, desk, name),
        "declared": sheet.declared,
        "entity_id": sheet.id,
        "list_href": visit.href(path_of(sheet.service, sheet.declared)),
        "pairs": [
            (visit.say(cell.words), _said(visit, cell))
            for cell in sheet.cells
            if cell.kind in _IN_WORDS and cell.text
        ],
        "empty": [visit.say(cell.words) for cell in sheet.cells if cell.kind in _IN_WORDS and not cell.text],
        "photos": [
            {"title": visit.say(cell.words), "digests": cell.value}
            for cell in sheet.cells
            if cell.kind == "photos" and cell.value
        ],
        "pins": [{"lon": point[0], "lat": point[1], "title": sheet.title, "state": "key"}] if point else [],
        "commands": [
            *_work_link(visit, sheet.declared, sheet.id),
            *(_command_link(visit, sheet.service, one.name, one.words, sheet.id) for one in sheet.commands),
        ],
        "line": [_told(visit, line) for line in await desk.history(name, entity_id)],
    }
    return show(visit, "desk_one.html", values)


async def do(visit: Visit) -> Response:
    """`/{area}/desk/{service}/do/{command}`: the form of a command, and its sending."""
    visit.look()
    desk = desk_of(visit)
    params = visit.request.path_params
    form = desk.form(params["service"], params["command"], visit.query.get("id", ""))
    if form is None:
        raise Stop(404)
    if form.command.page:
        return move(visit, form.command.page)
    if visit.person.assurance < form.command.assurance:
        return await once_more(visit, form.command.assurance)
    present: Mapping[str, Sequence[str]] = {}
    faults: tuple[Fault, ...] = ()
    if visit.request.method == "POST":
        present = visit.posted.fields
        done = await _run(visit, form)
        if isinstance(done, str):
            note = visit.say("desk.done", what=visit.say(form.command.words))
            return move(visit, done, note)
        faults = done
    values: dict[str, Any] = {
        "title": visit.say(form.command.words),
        "nav": nav_of(visit, desk, form.command.on),
        "described": _filled(form.fields, present),
        "faults": faults,
        "back": visit.href(_after(visit, form, (present.get("id") or [visit.query.get("id", "")])[-1])),
    }
    return show(visit, "desk_do.html", values, 422 if faults else 200)


async def _run(visit: Visit, form: CommandForm) -> str | tuple[Fault, ...]:
    """Send the posted form: the path to go on to, or what is to be mended."""
    read = parse_fields(form.command.form, visit.posted.fields)
    if isinstance(read, tuple):
        return read
    done = await visit.city.run(f"{form.service.name}.{form.command.name}", read)
    if not isinstance(done, Refused):
        return _after(visit, form, (visit.posted.fields.get("id") or [""])[-1])
    if not done.faults and done.code == "not_allowed":
        raise Stop(STATUS_OF_REFUSAL[done.code])
    words = visit.site.renderer.catalogue
    return done.faults or (Fault("", done.code, words.get(f"desk.{done.code}", words["desk.refused"])),)


def _head(visit: Visit, table: Table, asked: ListAsk, base: str) -> list[dict[str, Any]]:
    """The columns with the links that order by them; of a type without columns the records alone stand there, by their titles."""
    if not table.columns:
        return [{"text": visit.say(table.declared.words)}]
    head: list[dict[str, Any]] = []
    for field, words in table.columns:
        up = asked.sort == field and not asked.descending
        order = f"-{field}" if up else field
        direction = ("descending" if asked.descending else "ascending") if asked.sort == field else ""
        filters = {f"f.{name}": value for name, value in asked.filters.items()}
        href = visit.href(base, q=asked.text, sort=order, **filters)
        by_it = field not in table.declared.sealed
        head.append({"text": visit.say(words), "href": href if by_it else "", "order": direction})
    return head


def _row(visit: Visit, base: str, table: Table, number: int) -> list[dict[str, Any]]:
    """The cells of one record; the first leads to it."""
    row = table.rows[number]
    cells: list[dict[str, Any]] = [
        {"text": cell.text[:CELL_LENGTH_MAX] or "—", "number": cell.kind == "number"} for cell in row.cells
    ]
    if not cells:
        cells = [{"text": row.title}]
    if cells[0]["text"] == "—":
        cells[0]["text"] = row.title
    # the number of a record stays on one line
    cells[0]["whole"] = cells[0]["text"].isascii() and len(cells[0]["text"]) <= NUMBER_LENGTH_MAX
    cells[0]["href"] = visit.href(f"{base}/{part_of_path(row.id)}")
    return cells


def _said(visit: Visit, cell: Cell) -> Any:
    """A value of a record; what names another record that the person handles leads to it."""
    if not cell.about:
        return cell.text
    service, declared = visit.site.kept[cell.about]
    return {
        "text": cell.text,
        "href": visit.href(f"{path_of(service, declared)}/{part_of_path(str(cell.value))}"),
    }


def _told(visit: Visit, line: HistoryLine) -> dict[str, Any]:
    """One write as a line of the history: first values as they are, changed ones from what to what."""
    return {
        "title": visit.say(line.words) or visit.say("desk.changed"),
        "at": line.at,
        "who": visit.say(line.who),
        "changes": [
            (visit.say(one.words), one.before[:CHANGE_LENGTH_MAX], one.after[:CHANGE_LENGTH_MAX] or "—")
            for one in line.changes
        ],
    }


def _work_link(visit: Visit, declared: EntityType, entity_id: str) -> list[dict[str, str]]:
    """The way to the page on which staff work on a record or, without one, on all of a type."""
    path = declared.desk if entity_id else declared.desk.partition("?")[0]
    if not path or (not entity_id and "{id}" in path):
        return []
    return [
        {
            "text": visit.say("desk.work_on"),
            "href": visit.href(path.replace("{id}", part_of_path(entity_id))),
        }
    ]


def _command_link(
    visit: Visit, service: Service, command: str, words: Words, entity_id: str = ""
) -> dict[str, str]:
    return {"text": visit.say(words), "href": visit.href(f"desk/{service.name}/do/{command}", id=entity_id)}


def _filled(fields: Sequence[Described], present: Mapping[str, Sequence[str]]) -> list[tuple[Described, Any]]:
    """The fields of a form, each with what was written into it."""
    return [
        (field, list(present[field.name]) if field.widget == "choices" else present[field.name][-1])
        if present.get(field.name)
        else (field, field.default)
        for field in fields
    ]


def _after(visit: Visit, form: CommandForm, entity_id: str) -> str:
    """Where the desk goes on after a command: the record it was about, else a list or page of its service that this person may open."""
    service, handled = form.service, [name.name for _, name in desk_of(visit).types()]
    if form.command.on in handled:
        return f"desk/{service.name}/{form.command.on}" + (f"/{entity_id}" if entity_id else "")
    lists = [f"desk/{service.name}/{one.name}" for one in service.types if one.name in handled]
    pages = [
        page.path
        for page in service.pages
        if page.template and "{" not in page.path and STAFF in page.roles and visit.person.holds(page.roles)
    ]
    return next(iter((*lists, *pages)), "desk")
