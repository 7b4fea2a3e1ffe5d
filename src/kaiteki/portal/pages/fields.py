"""The five fields (暮らし・ビジネス・学び・まち・市役所): what people can do, find and learn in each.

A field holds the pages of services, the kinds of places of which the area has some, the portal's own pages, and the
figures that the area states of itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from starlette.responses import Response

from kaiteki.model.area import FIELDS, Field, Part
from kaiteki.portal.answers import Stop, show
from kaiteki.portal.charts import Point
from kaiteki.portal.pages.places import filled_layers
from kaiteki.portal.visit import Visit

COLUMN_LINKS_MAX: Final = 7
"""Links under a field on the home page; its own page has them all."""


class _Own(NamedTuple):
    """A page of the portal itself, by the keys of its words."""

    path: str
    title: str
    text: str
    icon: str


_OWN: Final[Mapping[str, Sequence[_Own]]] = {
    "business": (_Own("developers", "shell.developers", "fields.developers", "data"),),
    "learning": (_Own("about", "fields.about", "fields.about_text", "chart"),),
    "town": (_Own("map", "places.title", "home.map_text", "list"),),
    "hall": (_Own("services", "shell.services", "fields.services", "list"),),
}


async def columns(visit: Visit) -> list[dict[str, Any]]:
    """The five fields for the home page, each with its first links."""
    return [
        {
            "field": field,
            "title": visit.say(f"shell.{field}"),
            "href": visit.href(f"field/{field}"),
            "links": [
                *((one["title"], one["href"]) for one in _tasks(visit, field)),
                *((one["text"], one["href"]) for one in await _kinds(visit, field)),
            ][:COLUMN_LINKS_MAX],
        }
        for field in FIELDS
    ]


async def field(visit: Visit) -> Response:
    """`/{area}/field/{field}`."""
    name = visit.request.path_params["field"]
    if name not in FIELDS:
        raise Stop(404)
    values = {
        "title": visit.say(f"shell.{name}"),
        "field": name,
        "text": visit.say(f"home.{name}_text"),
        "tasks": _tasks(visit, name),
        "kinds": await _kinds(visit, name),
        "facts": [fact for fact in (visit.area.facts if visit.area else ()) if fact.field == name],
        "breakdowns": breakdowns(visit, name),
        "others": [one for one in FIELDS if one != name and _tasks(visit, one)],
    }
    return show(visit, "field.html", values)


def _tasks(visit: Visit, field: Field) -> list[dict[str, str]]:
    """What one does in a field: the pages of services first, then the portal's own."""
    return [
        *(
            {
                "href": visit.href(page.path),
                "title": visit.say(page.words),
                "text": visit.say(page.summary or service.summary),
                "icon": page.icon,
            }
            for service, page in visit.site.menu(visit.person, field)
        ),
        *(
            {
                "href": visit.href(own.path),
                "title": visit.say(own.title),
                "text": visit.say(own.text),
                "icon": own.icon,
            }
            for own in _OWN.get(field, ())
        ),
    ]


async def _kinds(visit: Visit, field: Field) -> list[dict[str, str]]:
    """The kinds of places of a field of which there are some, each with its map and list.

    A kind that a page of the menu is about is not told twice.
    """
    filled = await filled_layers(visit)
    heads = Counter(_head(layer.declared.page) for layer in filled)
    told = {page.path for _, page in visit.site.menu(visit.person)}
    return [
        {"text": visit.say(layer.declared.words), "href": visit.href("map", layer=layer.declared.name)}
        for layer in filled
        if (layer.declared.field or layer.service.field) == field
        and (_head(layer.declared.page) not in told or heads[_head(layer.declared.page)] > 1)
    ]


def _head(path: str) -> str:
    return path.partition("/")[0]


def breakdowns(visit: Visit, field: Field | None = None) -> list[dict[str, Any]]:
    """The stated breakdowns of the area, of one field or of all, ready to be drawn."""
    area = visit.area
    return [
        {
            "words": one.words,
            "unit": one.unit,
            "note": one.note,
            "value": one.value,
            "source": visit.say(area.source(one.source).words),
            "points": _points(visit, one.parts),
        }
        for one in (area.breakdowns if area else ())
        if area and field in (None, one.field)
    ]


def _points(visit: Visit, parts: Sequence[Part]) -> list[Point]:
    """The finest parts of a breakdown, largest first."""
    finest = [fine for part in parts for fine in (part.parts or (part,))]
    ordered = sorted(finest, key=lambda part: part.value, reverse=True)
    return [Point(visit.say(part.words), float(part.value)) for part in ordered]
