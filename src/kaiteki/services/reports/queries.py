"""What pages read of the reports of an area: lists, neighbours, counts, forecasts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from kaiteki.kit.pages import Listing, PageAsk
from kaiteki.kit.views import attribute, every, ordered, path, point, where
from kaiteki.model.instant import Instant
from kaiteki.model.query import Filter, GeoFilter, Order, Query
from kaiteki.services.reports.arrows import OPEN, STATES, with_pin
from kaiteki.services.reports.duplicates import Likely, Seen, find_duplicates
from kaiteki.services.reports.geography import Point
from kaiteki.services.reports.model import Report, Theme
from kaiteki.services.reports.settings import Settings
from kaiteki.services.reports.statistics import SAMPLE_MAX, Forecast, forecast

PAGE_SIZE: Final = 20
NEIGHBOURS_MAX: Final = 100
ALIKE: Final = (*OPEN, "closed", "outside")
_DAY: Final = 86_400_000_000


class Wish(msgspec.Struct, frozen=True):
    """What of the reports is wanted: pin colour, kind of report, ward, words, a place to be near, a state."""

    pin: str = ""
    category: str = ""
    zone: str = ""
    text: str = ""
    near: Point | None = None
    within_m: float = 0.0
    status: tuple[str, ...] = ()
    office: str = ""
    theme: str = ""
    due_before: Instant | None = None
    urgent: bool = False
    desk: bool = False
    kind: str = ""
    hidden: bool = False


def settings_in(ask: PageAsk) -> Settings:
    """The settings of the area."""
    return ask.settings if isinstance(ask.settings, Settings) else Settings()


def filter_of(wish: Wish) -> Filter | None:
    """The wish as a filter; what is not published and what was withdrawn is only for the desk."""
    states = wish.status or (with_pin(wish.pin) if wish.pin in ("yellow", "blue", "green", "grey") else ())
    if not wish.desk:
        states = tuple(s for s in (states or tuple(STATES)) if s != "withdrawn")
    return every(
        where(Report, "status", "==", states) if states else None,
        where(Report, "category", "==", wish.category) if wish.category else None,
        where(Report, "zone", "==", wish.zone) if wish.zone else None,
        where(Report, "office", "==", wish.office) if wish.office else None,
        where(Report, "theme", "==", wish.theme) if wish.theme else None,
        where(Report, "kind", "==", wish.kind) if wish.kind else None,
        where(Report, "date_due", "<", wish.due_before) if wish.due_before else None,
        where(Report, "urgency", "!=", "normal") if wish.urgent else None,
        None if wish.desk and not wish.hidden else where(Report, "published", "==", not wish.hidden),
    )


def query_of(wish: Wish, limit: int = PAGE_SIZE, offset: int = 0, total: bool = True) -> Query:
    """The wish as a query: nearest first where a place is named, else newest first."""
    geometry = point(*wish.near) if wish.near else None
    return Query(
        q=filter_of(wish),
        text=wish.text or None,
        geo=around(wish.near, wish.within_m) if wish.near and wish.within_m else None,
        order=(Order(path(Report, "location"), distance=True),)
        if geometry
        else (ordered(Report, "date_submitted", descending=True),),
        order_geometry=geometry,
        limit=limit,
        offset=offset,
        total=total,
    )


def around(place: Point, within_m: float) -> GeoFilter:
    """Within some metres of a place."""
    return GeoFilter("near", point(*place), attribute(Report, "location"), max_distance_m=within_m)


async def find_reports(ask: PageAsk, wish: Wish, limit: int = PAGE_SIZE, offset: int = 0) -> Listing:
    """A page of reports."""
    return await ask.city.find(Report, query_of(wish, limit, offset))


async def count_reports(ask: PageAsk, wish: Wish) -> int:
    """How many there are."""
    found = await ask.city.find(Report, query_of(wish, limit=1))
    return found.total or 0


async def find_alike(ask: PageAsk, seen: Seen, near_m: float, but: str = "") -> tuple[Likely, ...]:
    """Reports that may mean the same thing, the surest first."""
    wish = Wish(status=ALIKE, near=seen.point, within_m=near_m)
    found = await ask.city.find(Report, query_of(wish, NEIGHBOURS_MAX, total=False))
    candidates: list[Report] = [one for one in found.items if one.id != but]
    return find_duplicates(settings_in(ask), seen, candidates, near_m)


async def forecast_for(ask: PageAsk, category: str, office: str = "") -> Forecast | None:
    """How long it took lately to mend this kind, by this office where it mended enough."""
    for chosen in (office, "") if office else ("",):
        wish = Wish(category=category, office=chosen, status=("closed",))
        found = await ask.city.find(Report, query_of(wish, SAMPLE_MAX, total=False))
        said = forecast(found.items)
        if said is not None:
            return said
    return None


async def open_themes(ask: PageAsk) -> list[Theme]:
    """The themes that run now."""
    found = await ask.city.find(Theme, Query(q=where(Theme, "status", "==", "open"), limit=PAGE_SIZE))
    return [theme for theme in found.items if theme.date_start <= ask.now <= theme.date_end]


def due_soon(settings: Settings, now: Instant) -> Instant:
    """Until when a promise counts as due soon."""
    return Instant(now + settings.due_soon_days * _DAY)


def first_of(fields: Mapping[str, Any], name: str) -> str:
    """The first value that was posted under a name, stripped; empty when there is none."""
    values = fields.get(name) or ("",)
    return str(values[0]).strip()
