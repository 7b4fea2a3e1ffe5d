"""The start: the choice of an area, and the home of one with its tasks, its present numbers and its map."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import structlog
from starlette.responses import RedirectResponse, Response

from kaiteki.kit.manifest import Figure, Service
from kaiteki.portal.answers import show
from kaiteki.portal.pages.fields import columns
from kaiteki.portal.pages.places import filled_layers, near_places
from kaiteki.portal.visit import Visit
from kaiteki.ports.outage import StoreAway

TASKS_MAX: Final = 6
FIGURES_MAX: Final = 6
FIGURES_MIN: Final = 5
"""With fewer present numbers, figures that the area states of itself fill the list."""
CHIPS_MAX: Final = 6
NEAR_MAX: Final = 5
NEAR_PINS_MAX: Final = 300
SHELTER: Final = "shelter"
"""The part that types of shelters play in the manifests."""
_log = structlog.get_logger("kaiteki.portal")


async def start(visit: Visit) -> Response:
    """`/`: the only area at once, or the choice among them."""
    areas = list(visit.site.areas.values())
    if len(areas) == 1:
        return RedirectResponse(f"/{areas[0].name}/", 307)
    return show(visit, "start.html", {"title": visit.say("home.choose"), "areas": areas})


async def home(visit: Visit) -> Response:
    """`/{area}/`."""
    figures = await asyncio.gather(*(_read(visit, *one) for one in _figures(visit)))
    centre = visit.area.centre if visit.area else None
    near = await near_places(visit, centre, NEAR_PINS_MAX, plays=SHELTER)
    values = {
        "title": visit.say("home.title_short"),
        "tasks": _tasks(visit),
        "figures": [one for one in figures if one],
        "facts": (visit.area.facts if visit.area else ())[: max(0, FIGURES_MIN - len(figures))],
        "chips": await _chips(visit),
        "near": near,
        "near_shown": NEAR_MAX,
        "columns": await columns(visit),
    }
    return show(visit, "home.html", values)


def _tasks(visit: Visit) -> list[dict[str, Any]]:
    """The first tasks of the services, those with a line of their own first, then the portal's own."""
    town_map = visit.site.town_map
    # (the map of the town has the portal's own tile: no second one)
    own_menu = [one for one in visit.site.menu(visit.person) if one[1].path != town_map]
    menu = sorted(own_menu, key=lambda one: one[1].summary is None)
    tasks = [
        {
            "href": visit.href(page.path),
            "title": visit.say(page.words),
            "text": visit.say(page.summary or service.summary),
            "icon": page.icon,
        }
        for service, page in menu
    ]
    own = [
        {
            "href": visit.map_at(),
            "title": visit.say("shell.map"),
            "text": visit.say("home.town_map_text" if town_map else "home.map_text"),
            "icon": "map",
        },
    ]
    return (tasks[: TASKS_MAX - len(own)] + own)[:TASKS_MAX]


async def _chips(visit: Visit) -> list[dict[str, str]]:
    """Kinds of places of which there are some, each leading to its map and list."""
    return [
        {"text": visit.say(layer.declared.words), "href": visit.href("map", layer=layer.declared.name)}
        for layer in (await filled_layers(visit))[:CHIPS_MAX]
    ]


def _figures(visit: Visit) -> list[tuple[Service, Figure]]:
    return [(service, figure) for service in visit.site.services for figure in service.figures][:FIGURES_MAX]


async def _read(visit: Visit, service: Service, figure: Figure) -> dict[str, Any] | None:
    """One present number; a figure that fails is unknown, and the log says why (that the store is away, the store says)."""
    unknown = {"words": figure.words, "icon": figure.icon, "reading": None}
    try:
        reading = await figure.read(visit.ask(service, {}))
    except StoreAway as away:
        _log.debug("no figure", service=service.name, why=str(away))
        return unknown
    except Exception:
        # one figure with a bug must not take the first page away
        _log.exception("figure failed", service=service.name)
        return unknown
    return {"words": figure.words, "icon": figure.icon, "reading": reading} if reading else None
