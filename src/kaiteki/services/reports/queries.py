"""What pages read of the reports of an area: lists, neighbours, counts, forecasts."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from kaiteki.kit.numbering import numbers_meant
from kaiteki.kit.pages import Listing, PageAsk
from kaiteki.kit.views import attribute, every, path, point, where
from kaiteki.model.instant import Instant
from kaiteki.model.query import AnyOf, Filter, GeoFilter, Order, Query
from kaiteki.services.reports.arrows import OPEN
from kaiteki.services.reports.duplicates import Likely, Seen, find_duplicates
from kaiteki.services.reports.figures_rules import FIGURES_ID, Kept, Timed
from kaiteki.services.reports.geography import Point
from kaiteki.services.reports.model import MODE, NUMBER_KIND, Mode, Report, report_id
from kaiteki.services.reports.settings import Settings
from kaiteki.services.reports.shelves import ALL
from kaiteki.services.reports.statistics import SAMPLE_MAX, Forecast, forecast

PAGE_SIZE: Final = 20
TEXT_LENGTH_MAX: Final = 100
NEIGHBOURS_MAX: Final = 60
ALIKE: Final = (*OPEN, "closed", "outside")
COUNT_MAX: Final = 1000
"""Reports that a page counts; beyond that it says "more than". """


class Wish(msgspec.Struct, frozen=True):
    """What of the reports is wanted: a public shelf or a queue of the desk, and what narrows it down further."""

    shelf: str = ALL
    queue: str = ""
    text: str = ""
    numbers: tuple[str, ...] = ()
    """Numbers that are meant, as far as there are such reports; where there are none, the text is."""
    near: Point | None = None
    within_m: float = 0.0
    theme: str = ""

    @property
    def narrowed(self) -> bool:
        """Whether more is asked than the index of one list answers."""
        return bool(self.text or self.numbers or self.near or self.theme)


def public_wish(pin: str = "", category: str = "", zone: str = "", **more: Any) -> Wish:
    """A public list by colour of the pin, kind and ward: one shelf."""
    head = pin if pin in ("yellow", "blue", "green", "grey") else ALL
    return Wish(shelf="/".join(part for part in (head, category, zone) if part), **more)


def settings_in(ask: PageAsk) -> Settings:
    """The settings of the area."""
    return ask.settings if isinstance(ask.settings, Settings) else Settings()


def written(text: str, now: Instant) -> dict[str, Any]:
    """What somebody wrote into a search, as parts of a wish: words, and the numbers that they may be. Width makes no difference."""
    folded = unicodedata.normalize("NFKC", text).strip()[:TEXT_LENGTH_MAX]
    return {"text": folded, "numbers": numbers_meant(NUMBER_KIND, folded, now)}


def filter_of(wish: Wish) -> Filter | None:
    """The wish as a filter. What is hidden or withdrawn stands on no public shelf."""
    return every(
        where(Report, "queues", "==", wish.queue)
        if wish.queue
        else where(Report, "shelves", "==", wish.shelf),
        where(Report, "theme", "==", wish.theme) if wish.theme else None,
    )


def query_of(wish: Wish, limit: int = PAGE_SIZE, offset: int = 0) -> Query:
    """The wish as a query: nearest first where a place is named, else the newest number first.

    Totals are counted to COUNT_MAX, and only of whole lists: counting what is narrowed down would read every report.
    """
    geometry = point(*wish.near) if wish.near else None
    return Query(
        ids=tuple(report_id(one) for one in wish.numbers),
        q=filter_of(wish),
        text=None if wish.numbers else wish.text or None,
        geo=around(wish.near, wish.within_m) if wish.near and wish.within_m else None,
        order=(Order(path(Report, "location"), distance=True),) if geometry else (),
        order_geometry=geometry,
        backwards=geometry is None,
        limit=limit,
        offset=offset,
        total=not wish.narrowed,
        total_max=COUNT_MAX,
    )


def around(place: Point, within_m: float) -> GeoFilter:
    """Within some metres of a place."""
    return GeoFilter("near", point(*place), attribute(Report, "location"), max_distance_m=within_m)


async def find_reports(ask: PageAsk, wish: Wish, limit: int = PAGE_SIZE, offset: int = 0) -> Listing:
    """A page of reports.

    What may be a number is looked for as one first, wherever it lies; then as words.
    """
    if wish.numbers:
        numbered = msgspec.structs.replace(wish, near=None, within_m=0.0)
        found = await ask.city.find(Report, query_of(numbered, limit, offset))
        if found.items:
            return found
        wish = msgspec.structs.replace(wish, numbers=())
    return await ask.city.find(Report, query_of(wish, limit, offset))


async def count_reports(ask: PageAsk, wish: Wish) -> int:
    """How many there are, counted up to COUNT_MAX."""
    found = await ask.city.find(Report, query_of(wish, limit=0))
    return found.total or 0


async def find_alike(ask: PageAsk, seen: Seen, near_m: float, but: str = "") -> tuple[Likely, ...]:
    """Reports that may mean the same thing, the surest first."""
    found = await find_reports(ask, Wish(near=seen.point, within_m=near_m), NEIGHBOURS_MAX)
    candidates: list[Report] = [one for one in found.items if one.id != but and one.status in ALIKE]
    return find_duplicates(settings_in(ask), seen, candidates, near_m)


async def forecast_for(ask: PageAsk, category: str, office: str = "") -> Forecast | None:
    """How long it took lately to mend this kind, by this office where it mended enough; out of the kept figures if there are any."""
    shelves = (f"closed/{category}@{office}", f"closed/{category}")
    kept = await ask.city.get(Kept, FIGURES_ID)
    known: dict[str, Forecast] = kept.figures.forecasts if kept is not None else {}
    for shelf in shelves:
        if shelf.removeprefix("closed/") in known:
            return known[shelf.removeprefix("closed/")]
    for shelf in shelves if kept is None else ():
        found = await ask.city.find(Timed, latest(shelf, SAMPLE_MAX))
        said = forecast(found.items)
        if said is not None:
            return said
    return None


async def merged_into(ask: PageAsk, into: str) -> list[Report]:
    """The reports that were merged into one."""
    wanted = Query(q=where(Report, "duplicate_of", "==", into), limit=PAGE_SIZE)
    return list((await ask.city.find(Report, wanted)).items)


async def hiding(ask: PageAsk, report: Report) -> list[Report]:
    """The other reports in which staff hid a photo that this one shows; nothing for those who may not know."""
    named = tuple(where(Report, "hidden_pictures", "==", photo.digest) for photo in report.photos)
    if not named:
        return []
    found = await ask.city.find(Report, Query(q=AnyOf(named), limit=PAGE_SIZE))
    return [one for one in found.items if one.id != report.id]


async def mode_now(ask: PageAsk) -> Mode:
    """Whether a disaster is declared in the area."""
    return await ask.city.get(Mode, MODE) or Mode(MODE)


def latest(shelf: str, limit: int) -> Query:
    """The newest of a public shelf, uncounted."""
    return msgspec.structs.replace(query_of(Wish(shelf=shelf), limit), total=False)


def first_of(fields: Mapping[str, Any], name: str) -> str:
    """The first value that was posted under a name, stripped; empty when there is none."""
    values = fields.get(name) or ("",)
    return str(values[0]).strip()
