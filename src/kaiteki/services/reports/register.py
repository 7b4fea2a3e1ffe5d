"""What the city knows of a place before somebody writes: the assets there, open reports, planned works, faulty devices."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from kaiteki.kit.pages import Met, PageAsk
from kaiteki.kit.views import attribute, every, ordered, path, point, where
from kaiteki.model.query import Filter, GeoFilter, Order, Query
from kaiteki.services.reports.arrows import OPEN
from kaiteki.services.reports.assets import ASSET, DEVICE, WORK, Asset, Device, Work, away_m
from kaiteki.services.reports.draft import Draft
from kaiteki.services.reports.duplicates import Likely, Seen
from kaiteki.services.reports.geography import Point
from kaiteki.services.reports.model import Report
from kaiteki.services.reports.queries import find_alike, settings_in
from kaiteki.services.reports.settings import Category

SAME_ASSET_MAX: Final = 5
WORKS_MAX: Final = 5
_JAPAN: Final = timedelta(hours=9)


class Offered(msgspec.Struct, frozen=True):
    """An asset that may be meant, and how many metres it is away (None: nobody knows)."""

    met: Met
    away_m: float | None = None

    @property
    def asset(self) -> Asset:
        """The asset itself."""
        return self.met.seen


class Known(msgspec.Struct, frozen=True):
    """What answers before somebody writes, the surest first."""

    on_asset: Sequence[Report] = ()
    works: Sequence[Work] = ()
    devices: Sequence[Device] = ()
    alike: Sequence[Likely] = ()

    def __bool__(self) -> bool:
        return bool(self.on_asset or self.works or self.devices or self.alike)


async def offer_assets(ask: PageAsk, category: Category | None, place: Point | None) -> list[Offered]:
    """The assets near a place that fit a kind of report, the nearest first; none where the kind names no assets."""
    settings = settings_in(ask)
    if category is None or not category.assets or place is None:
        return []
    where_it_is = attribute(Asset, "location")
    wanted = Query(
        geo=GeoFilter("near", point(*place), where_it_is, max_distance_m=settings.assets_near_m),
        order=(Order(path(Asset, "location"), distance=True),),
        order_geometry=point(*place),
        limit=settings.assets_shown_max,
    )
    met = await ask.city.playing(ASSET, Asset, wanted, category.assets)
    offered = sorted((Offered(one, away_m(one.seen, place)) for one in met), key=lambda o: o.away_m or 0.0)
    return offered[: settings.assets_shown_max]


async def find_by_number(ask: PageAsk, category: Category | None, number: str) -> Offered | None:
    """The asset whose register number somebody read from its label; of several the first."""
    if category is None or not category.assets or not number:
        return None
    wanted = Query(q=where(Asset, "identifier", "==", number), limit=1)
    met = await ask.city.playing(ASSET, Asset, wanted, category.assets)
    return Offered(met[0]) if met else None


async def find_asset(ask: PageAsk, asset: str) -> Met | None:
    """The asset with an id."""
    return await ask.city.met(ASSET, Asset, asset) if asset else None


async def find_known(ask: PageAsk, draft: Draft) -> Known:
    """What is known of the asset and the place of a draft, without what its reporter set aside."""
    on_asset, works, devices, alike = await asyncio.gather(
        _on_asset(ask, draft), _works(ask, draft), _devices(ask, draft), find_likely(ask, draft)
    )
    aside = set(draft.other_than)
    told = {report.known for report in on_asset}
    shown = {report.id for report in on_asset}
    return Known(
        [report for report in on_asset if report.id not in aside],
        [work for work in works if work.id not in aside | told],
        [device for device in devices if device.id not in aside | told],
        [likely for likely in alike if likely.report.id not in aside | shown],
    )


async def find_likely(ask: PageAsk, draft: Draft) -> tuple[Likely, ...]:
    """Reports nearby that may mean the same thing."""
    asset = await find_asset(ask, draft.asset)
    place = draft.point or (asset.seen.point if asset is not None else None)
    if place is None:
        return ()
    looks = tuple(photo.look for photo in draft.photos)
    seen = Seen(place, draft.category, draft.description, draft.asset, looks, draft.accuracy_m, ask.now)
    return await find_alike(ask, seen, settings_in(ask).duplicates_near_m)


async def _on_asset(ask: PageAsk, draft: Draft) -> Sequence[Report]:
    if not draft.asset:
        return ()
    wanted = Query(
        q=every(
            where(Report, "asset", "==", draft.asset),
            where(Report, "status", "==", OPEN),
            where(Report, "published", "==", True),
        ),
        order=(ordered(Report, "date_submitted"),),
        limit=SAME_ASSET_MAX,
    )
    return (await ask.city.find(Report, wanted)).items


async def _works(ask: PageAsk, draft: Draft) -> Sequence[Work]:
    """Planned works on the asset; without one, those around the very place."""
    today = f"{datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=ask.now) + _JAPAN:%Y-%m-%d}"
    which: Filter | None = where(Work, "asset", "==", draft.asset) if draft.asset else None
    geo = None
    if which is None and draft.point is not None:
        within_m = settings_in(ask).works_near_m
        geo = GeoFilter("near", point(*draft.point), attribute(Work, "location"), max_distance_m=within_m)
    if which is None and geo is None:
        return ()
    met = await ask.city.playing(WORK, Work, Query(q=which, geo=geo, limit=WORKS_MAX))
    found: list[Work] = [one.seen for one in met]
    return [work for work in found if work.ahead(today)]


async def _devices(ask: PageAsk, draft: Draft) -> Sequence[Device]:
    if not draft.asset:
        return ()
    wanted = Query(q=where(Device, "controlled_asset", "==", draft.asset), limit=WORKS_MAX)
    found: list[Any] = [one.seen for one in await ask.city.playing(DEVICE, Device, wanted)]
    return [device for device in found if device.faulty]
