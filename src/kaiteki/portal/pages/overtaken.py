"""Where two people changed the same field of a form: both versions, whose the kept one is and since when, and a choice for each.

Everything that was typed goes along in hidden fields, so that one click keeps it; what others changed elsewhere stays (`kit.editing`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Final, cast

from starlette.responses import Response

from kaiteki.kit.backoffice.actors import Actors
from kaiteki.kit.editing import MINE, OPENED, THEIRS, Overtaken, digest, fields_of, opened_by
from kaiteki.kit.forms import describe
from kaiteki.kit.views import slots
from kaiteki.model.access import ADMIN, STAFF
from kaiteki.model.entity import Json
from kaiteki.model.words import Words
from kaiteki.portal.answers import show
from kaiteki.portal.guard import CSRF_FIELD
from kaiteki.portal.visit import Visit
from kaiteki.ports.history import Past

STATES_MAX: Final = 20
"""Past states of an attribute among which the one that brought the kept value is looked for."""


async def ask_which(visit: Visit, met: Overtaken) -> Response:
    """409: the fields that both changed, with both versions to choose from."""
    crossed = [fault.field for fault in met.faults]
    described = {one.name: one for one in describe(type(met.sent))}
    mine, theirs = fields_of(met.edits, met.sent), fields_of(met.edits, met.standing.form)
    actors = Actors(visit.site.parts.identity.accounts, visit.city.asking.area)
    rows: list[dict[str, Any]] = []
    for name in crossed:
        field, _, row = name.partition(".")
        last = await _last_change(visit, met, name)
        is_staff = visit.person.holds((STAFF, ADMIN))
        known = described.get(name)
        choices = _choices(visit, met, field) | dict(known.choices if known is not None else ())
        rows.append(
            {
                "name": f"{OPENED}.{name}",
                "words": known.words if known is not None else met.edits.row_words(met.standing.view, row),
                "mine": _text(visit, choices, mine.get(name)),
                "theirs": _text(visit, choices, theirs[name]),
                "moment": known is not None and known.widget in ("moment", "date"),
                "take_mine": f"{MINE}:{digest(theirs[name])}",
                "take_theirs": THEIRS,
                "who": await _actor(visit, actors, last) if last is not None and is_staff else None,
                "at": last.at if last is not None else None,
            }
        )
    values = {
        "title": visit.say("errors.conflict"),
        "rows": rows,
        "typed": _typed(visit.posted.fields, {one["name"] for one in rows}),
        "back": visit.href(visit.here_with_query),
        "has_files": bool(visit.posted.files),
    }
    return show(visit, "overtaken.html", values, 409)


def _typed(fields: Mapping[str, Sequence[str]], asked: set[str]) -> list[tuple[str, str]]:
    """What was sent, field by field in its order, but for what is asked anew."""
    own = {CSRF_FIELD, OPENED, *asked}
    # earlier choices are part of what the form was opened with
    rest = [
        (name, value)
        for name, values in fields.items()
        if name not in own and not name.startswith(f"{OPENED}.")
        for value in values
    ]
    return [(OPENED, opened_by(fields)), *rest]


def _choices(visit: Visit, met: Overtaken, field: str) -> dict[str, Words]:
    """The words of the codes that a field may hold, as the area and the type of what is edited say them."""
    declared = visit.city.engine.declared(type(met.standing.view))
    if declared is None:
        return {}
    return dict(visit.city.codes(declared).get(met.edits.attributes.get(field, field), {}))


def _text(visit: Visit, choices: Mapping[str, Words], value: Json) -> Json:
    """A value as somebody reads it; a moment as it is, for the page says it in its language."""
    if isinstance(value, bool):
        return visit.say("overtaken.yes" if value else "overtaken.no")
    if isinstance(value, list):
        return "\n".join(str(_text(visit, choices, one)) for one in cast("list[Json]", value))
    if isinstance(value, str) and value in choices:
        return visit.say(choices[value])
    return "" if value is None else value


async def _last_change(visit: Visit, met: Overtaken, name: str) -> Past | None:
    """The write by which the attribute of a field became what is kept; None where its past is not kept, or not open to the person."""
    view: Any = met.standing.view
    kind = type(met.standing.view)
    fields = {one.field: one for one in slots(kind) if not one.how.member}
    # of rows either all stand in one attribute, or each is called as its own
    parts = (met.edits.attributes.get(one, one) for one in name.split("."))
    slot = next((fields[one] for one in parts if one in fields), None)
    declared = visit.city.engine.declared(kind)
    entity = await visit.city.entity(declared, view.id) if declared is not None else None
    if slot is None or declared is None or entity is None:
        return None
    allowed = visit.city.open_past(declared, entity)
    if allowed is not None and slot.iri not in allowed:
        return None
    pasts = await visit.site.parts.history.past(
        visit.city.asking.area, view.id, (slot.iri,), limit=STATES_MAX, newest_first=True
    )
    changed = (new for new, old in pairwise(pasts) if new.instance != old.instance)
    return next(changed, pasts[-1] if pasts else None)


async def _actor(visit: Visit, actors: Actors, past: Past) -> Words:
    """Who wrote a state."""
    events = await visit.site.parts.events.read(past.number - 1, 1) if past.number else ()
    return await actors.words(events[0].actor if events else "")
