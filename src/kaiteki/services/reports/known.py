"""Between place and photo: which asset is meant, and what the city knows already, so that one may follow instead of writing."""

from __future__ import annotations

from typing import Any

import msgspec

from kaiteki.kit.pages import Moved, PageAsk, PageReply, Shown
from kaiteki.model.decision import Fault, Refused
from kaiteki.model.words import Words
from kaiteki.services.reports.assets import named, owner_of
from kaiteki.services.reports.browse import faults_of, row_of
from kaiteki.services.reports.draft import (
    ASSET_STEP,
    CHECK,
    KNOWN,
    PHOTO,
    PLACE,
    START,
    Draft,
    keep_draft,
    read_draft,
)
from kaiteki.services.reports.faults import fault
from kaiteki.services.reports.model import Report
from kaiteki.services.reports.queries import first_of, settings_in
from kaiteki.services.reports.register import (
    Known,
    Offered,
    find_asset,
    find_by_number,
    find_known,
    offer_assets,
)

NUMBER_MAX = 60
FOLLOWED = Words(
    "このレポートの続報をお知らせします。",
    "You will hear of every step of this report.",
    "この 知（し）らせの つづきを しらせます。",
)


async def after_place(ask: PageAsk, draft: Draft) -> Moved:
    """The next step once the place is known: which asset, what is known, or the photo."""
    category = settings_in(ask).category(draft.category)
    if not draft.asked_asset and await offer_assets(ask, category, draft.point):
        return Moved(ASSET_STEP)
    return await after_asset(ask, draft)


async def after_asset(ask: PageAsk, draft: Draft) -> Moved:
    """The next step once the asset is known or set aside."""
    if await find_known(ask, draft):
        return Moved(KNOWN)
    return Moved(CHECK if draft.told else PHOTO)


# Which one? --------------------------------------------------------------------------------------------------------


async def show_assets(ask: PageAsk) -> PageReply:
    """どれのことですか."""
    draft = await read_draft(ask)
    if not draft.category:
        return Moved(START)
    return await _assets(ask, draft, ()) if draft.placed else Moved(PLACE)


async def _assets(ask: PageAsk, draft: Draft, faults: tuple[Fault, ...]) -> PageReply:
    category = settings_in(ask).category(draft.category)
    offered = await offer_assets(ask, category, draft.point)
    return Shown(
        {
            "draft": draft,
            "category": category,
            "items": [offered_row(ask, one) for one in offered],
            "here": draft.point,
            "number": first_of(ask.fields, "number"),
            "faults": faults,
        },
        422 if faults else 200,
    )


def offered_row(ask: PageAsk, offered: Offered) -> dict[str, Any]:
    """An asset as the list and the map show it."""
    asset, place = offered.asset, offered.asset.point
    owner = owner_of(settings_in(ask), asset)
    return {
        "id": asset.id,
        "title": named(offered.met.kind, asset).say(ask.language),
        "text": asset.full_address,
        "owner": owner.words.say(ask.language) if owner is not None and owner.office else "",
        "distance": offered.away_m,
        "lon": place[0] if place else None,
        "lat": place[1] if place else None,
        "state": "key",
        "mark": asset.label,
    }


async def take_asset(ask: PageAsk) -> PageReply:
    """Keep which one is meant: chosen, by its number, or none of them."""
    draft = await read_draft(ask)
    chosen, number = first_of(ask.fields, "asset"), first_of(ask.fields, "number")[:NUMBER_MAX]
    if number and chosen in ("", "none"):
        found = await find_by_number(ask, settings_in(ask).category(draft.category), number)
        if found is None:
            wrong = msgspec.structs.replace(fault("asset", "unknown"), field="number")
            return await _assets(ask, draft, (wrong,))
        chosen = found.asset.id
    kept = "" if chosen == "none" else chosen
    if kept and await find_asset(ask, kept) is None:
        return await _assets(ask, draft, (fault("asset", "unknown"),))
    draft = msgspec.structs.replace(draft, asset=kept, asked_asset=True)
    await keep_draft(ask, draft)
    return await after_asset(ask, draft)


# Is it known? ------------------------------------------------------------------------------------------------------


async def show_known(ask: PageAsk) -> PageReply:
    """もう届いていませんか: what is known of it; `see` looks at one report closely before it is followed."""
    draft = await read_draft(ask)
    if not draft.category or not draft.placed:
        return Moved(START)
    known = await find_known(ask, draft)
    if not known:
        return Moved(CHECK if draft.told else PHOTO)
    return await _known(ask, draft, known, ())


async def _known(ask: PageAsk, draft: Draft, known: Known, faults: tuple[Fault, ...]) -> PageReply:
    settings = settings_in(ask)
    asset = await find_asset(ask, draft.asset)
    reports = [_report_row(ask, report, None) for report in known.on_asset]
    reports += [_report_row(ask, likely.report, likely.away_m) for likely in known.alike]
    seen = next((row for row in reports if row["number"] == ask.query.get("see")), None)
    return Shown(
        {
            "draft": draft,
            "category": settings.category(draft.category),
            "thing": named(asset.kind, asset.seen) if asset is not None else None,
            "reports": reports,
            "works": known.works,
            "devices": known.devices,
            "seen": seen,
            "faults": faults,
        },
        422 if faults else 200,
    )


def _report_row(ask: PageAsk, report: Report, away_m: float | None) -> dict[str, Any]:
    return {
        **row_of(ask, report),
        "away_m": away_m,
        "planned": report.date_planned,
        "photos": report.photos,
        "said": report.description,
        "followers": report.follower_count,
        "line": [
            {"title": step.words.say(ask.language), "at": step.at, "text": step.why} for step in report.log
        ],
    }


async def take_known(ask: PageAsk) -> PageReply:
    """Follow the report that is the same, follow a planned work or a fault with one press, or go on: it is another thing."""
    draft = await read_draft(ask)
    same, source = first_of(ask.fields, "same"), first_of(ask.fields, "source")
    if same:
        return await follow_instead(ask, same)
    known = await find_known(ask, draft)
    if source:
        return await _follow_source(ask, draft, known, source)
    aside = [one.id for one in (*known.on_asset, *known.works, *known.devices)]
    aside += [likely.report.id for likely in known.alike]
    draft = msgspec.structs.replace(draft, other_than=(*draft.other_than, *aside)[-60:])
    await keep_draft(ask, draft)
    return Moved(CHECK if draft.told else PHOTO)


async def follow_instead(ask: PageAsk, same: str) -> PageReply:
    """Follow a report that means the same, and forget the draft."""
    done = await ask.city.run("reports.follow", {"id": same})
    report = await ask.city.get(Report, same)
    if isinstance(done, Refused) or report is None:
        return Moved(KNOWN)
    await keep_draft(ask, Draft(key=f"{ask.seed:x}"))
    return Moved(f"reports/{report.number}", FOLLOWED.say(ask.language))


async def _follow_source(ask: PageAsk, draft: Draft, known: Known, source: str) -> PageReply:
    """A report made of what is known already, so that there is something to follow."""
    form = {
        "category": draft.category,
        "latitude": draft.latitude,
        "longitude": draft.longitude,
        "address": draft.address,
        "asset": draft.asset,
        "known": source,
        "follow": True,
    }
    done = await ask.city.run("reports.submit", form, key=f"{draft.key} {source}"[:200])
    if isinstance(done, Refused):
        return await _known(ask, draft, known, faults_of(done))
    await keep_draft(ask, Draft(key=f"{ask.seed:x}"))
    return Moved(f"reports/{done.answer['number']}", FOLLOWED.say(ask.language))
