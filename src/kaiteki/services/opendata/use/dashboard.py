"""The dashboards of open data: for everybody in round numbers, for staff with the numbers themselves, each with its file.

The time is said in the address, by months of Japan (`from`, `to`: `2026-11`), and an office by its code.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any, ClassVar, Final, TypeAlias

import msgspec

from kaiteki.kit.pages import Declined, PageAsk, PageReply, Plain, Shown
from kaiteki.kit.query_fields import month, one_of, text
from kaiteki.kit.views import Link, every, where
from kaiteki.model.decision import Fault
from kaiteki.model.open_data import RHYTHMS
from kaiteki.model.query import Query
from kaiteki.model.spreadsheet import SheetWriter
from kaiteki.model.words import Words
from kaiteki.services.opendata.requests.browse import settings_in
from kaiteki.services.opendata.requests.course import OPEN
from kaiteki.services.opendata.requests.model import DataSetRequest
from kaiteki.services.opendata.use.figures import (
    Dashboard,
    Material,
    OfficeLine,
    SetLine,
    public_count,
    true_count,
    work_out,
)
from kaiteki.services.opendata.use.reading import months_between, read_uses, said_sum, this_month

SETS_SHOWN: Final = 100
SCORES_MAX: Final = 1000
MONTHS_USUAL: Final = 12
Tell: TypeAlias = Callable[[int, str], str]
"""How a number is told in a language."""
_MONTH: Final = re.compile(r"(?!0000)\d{4}-(0[1-9]|1[0-2])", re.ASCII)
FRESH: Final = {
    "fresh": (Words("約束どおり", "In time", "おくれて いません"), "good"),
    "late": (Words("遅れています", "Late", "おくれて います"), "bad"),
    "unknown": (Words("約束なし", "No promise", "やくそくは ありません"), "plain"),
}


WHOLE: Final = Words("利用のようす", "How open data are used", "データの つかわれかた")
NO_OFFICES: Final = Words(
    "担当が決まったデータは、まだありません。", "No data have an office yet.", "たんとうは まだ ありません。"
)
NO_MONTHS: Final = Words(
    "はじめの月をおわりの月より前にしてください。",
    "The first month lies before the last one.",
    "はじめの 月（つき）を まえに して ください。",
)
ASKS: Final = {"from": month(), "to": month(), "office": text()}
"""What the address of a dashboard may say."""


class Scored(msgspec.Struct, frozen=True):
    """How well a machine reads a data set (the points of the thirty rules)."""

    entity_type: ClassVar[str] = "Readability"

    id: str
    data_set: Link = ""
    score: int = 0


async def show_dashboard(ask: PageAsk) -> PageReply:
    """`data/dashboard`: for everybody."""
    return await _page(ask, False)


async def show_use(ask: PageAsk) -> PageReply:
    """`opendata/use`: for staff, with days and ways."""
    return await _page(ask, True)


async def dashboard_csv(ask: PageAsk) -> PageReply:
    """`data/dashboard.csv`: what everybody is told, by data set."""
    return await _file(ask, False)


async def use_csv(ask: PageAsk) -> PageReply:
    """`opendata/use.csv`: the numbers themselves, by data set."""
    return await _file(ask, True)


def months_asked(ask: PageAsk) -> tuple[str, ...]:
    """The months of the address; the latest MONTHS_USUAL where it names none that can be."""
    now = this_month(ask)
    last = ask.query.get("to", "")
    last = last if _MONTH.fullmatch(last) else now
    year, month = int(last[:4]), int(last[5:])
    serial = max(year * 12 + month - MONTHS_USUAL, 12)
    first = ask.query.get("from", "")
    first = first if _MONTH.fullmatch(first) else f"{serial // 12:04d}-{serial % 12 + 1:02d}"
    return months_between(first, last)


async def _page(ask: PageAsk, exact: bool) -> PageReply:
    unfit = await _unknown_office(ask)
    if unfit is not None:
        return unfit
    values = await _values(ask, exact)
    # that the months lie the wrong way round is said beside them
    return Shown(values, 200 if values["months"] else 400)


async def _unknown_office(ask: PageAsk) -> Declined | None:
    """Why nothing is shown of an office: nobody has this code."""
    office, entries = ask.query.get("office", ""), (await ask.city.catalogue()).entries
    known = sorted({one.office.code for one in entries if one.office is not None})
    if not office or office in known:
        return None
    allowed = one_of(known).words if known else NO_OFFICES
    return Declined((Fault("office", "unfit", allowed),), onward=("data/dashboard", WHOLE))


async def _made(ask: PageAsk, exact: bool) -> tuple[Dashboard, tuple[str, ...], str | None]:
    months = months_asked(ask)
    catalogue = await ask.city.catalogue()
    known = {one.office.code for one in catalogue.entries if one.office is not None}
    office = ask.query.get("office") or None
    scores = await ask.city.find(Scored, Query(limit=SCORES_MAX))
    material = Material(
        entries=catalogue.entries,
        uses=await read_uses(ask, months),
        months=months,
        requests=await _requests(ask, {*known, settings_in(ask).desk}),
        scores={one.data_set: one.score for one in scores.items if one.data_set},
        office=office,
    )
    return work_out(material, true_count if exact else public_count, ask.now), months, office


async def _requests(ask: PageAsk, codes: set[str]) -> dict[str, int]:
    """The open requests by office; those of other codes count for none."""
    counts: dict[str, int] = {}
    for code in sorted(codes):
        q = every(
            where(DataSetRequest, "status", "==", OPEN),
            where(DataSetRequest, "office", "==", code) if code else None,
        )
        counts[code] = (await ask.city.find(DataSetRequest, Query(q=q, limit=0, total=True))).total or 0
    return {code: count for code, count in counts.items() if count}


async def _values(ask: PageAsk, exact: bool) -> dict[str, Any]:
    made, months, office = await _made(ask, exact)
    tell = exactly if exact else said_sum
    catalogue = await ask.city.catalogue()
    offices = {one.office.code: one.office.words for one in catalogue.entries if one.office is not None}
    return {
        "made": made,
        "months": months,
        "office": office or "",
        "office_options": [(code, words.say(ask.language)) for code, words in offices.items()],
        "total": {
            "downloads": tell(made.total.downloads, ask.language),
            "calls": tell(made.total.calls, ask.language),
            "sets": sum(one.sets for one in made.offices),
            "fresh": sum(one.fresh for one in made.offices),
            "promised": sum(one.fresh + one.late for one in made.offices),
            "requests": sum(one.requests for one in made.offices),
        },
        "downloads": [{"label": month, "value": sums.downloads} for month, sums in made.months],
        "calls": [{"label": month, "value": sums.calls} for month, sums in made.months],
        "days": [{"label": day[5:], "value": count} for day, count in made.days],
        "ways": [{"label": way, "value": count} for way, count in made.ways],
        "office_rows": [_office_row(one, ask, tell) for one in made.offices],
        "set_rows": [_set_row(one, ask, tell) for one in made.sets[:SETS_SHOWN]],
        "sets_all": len(made.sets),
        "query": "&".join(
            f"{name}={value}"
            for name, value in (
                ("from", months[0] if months else ""),
                ("to", months[-1] if months else ""),
                ("office", office or ""),
            )
            if value
        ),
    }


def exactly(number: int, language: str) -> str:
    """A number as it is, for staff."""
    return f"{number:,}"


def _number(text: str) -> dict[str, Any]:
    return {"text": text, "number": True}


def _office_row(one: OfficeLine, ask: PageAsk, tell: Tell) -> list[Any]:
    promised = one.fresh + one.late
    return [
        one.words.say(ask.language),
        _number(f"{one.sets:,}"),
        _number(tell(one.sums.downloads, ask.language)),
        _number(tell(one.sums.calls, ask.language)),
        _number(f"{one.fresh}/{promised}" if promised else "—"),
        _number("—" if one.quality is None else str(one.quality)),
        _number(str(one.requests)),
    ]


def _set_row(one: SetLine, ask: PageAsk, tell: Tell) -> list[Any]:
    words, tone = FRESH[one.freshness]
    rhythm = RHYTHMS[one.rhythm].words.say(ask.language)
    age = Words("更新から{n}日", "{n} {n|day|days} old", "{n}日（にち） まえ")
    known = bool(one.page)
    fresh = {
        "text": words.say(ask.language),
        "tag": tone,
        "sub": "・".join(
            part
            for part in (
                rhythm,
                age.fill(ask.language, n=one.days_old) if one.days_old is not None else "",
            )
            if part
        ),
    }
    return [
        {"text": one.title.say(ask.language), "href": f"/{ask.area}/{one.page}" if known else ""},
        _number(tell(one.sums.downloads, ask.language)),
        _number(tell(one.sums.calls, ask.language)),
        fresh if known else "—",
        _number("—" if one.quality is None else str(one.quality)),
    ]


async def _file(ask: PageAsk, exact: bool) -> PageReply:
    """One row a data set: UTF-8 with a byte order mark. Round numbers are said to be that by the head of their columns."""
    unfit = await _unknown_office(ask)
    if unfit is not None:
        return unfit
    made, months, _ = await _made(ask, exact)
    if not months:
        return Declined((Fault("from", "unfit", NO_MONTHS),), onward=("data/dashboard", WHOLE))
    least = "" if exact else "（少なくとも）"
    out = io.StringIO()
    writer = SheetWriter(out)
    head = [
        "データ",
        "ID",
        "担当",
        f"ダウンロード{least}",
        f"API{least}",
        f"ページ{least}",
        "更新の約束",
        "約束どおりか",
        "更新からの日数",
        "品質",
        "はじめの月",
        "おわりの月",
    ]
    writer.writerow(head)
    span = (months[0], months[-1]) if months else ("", "")
    for one in made.sets:
        sums = (one.sums.downloads, one.sums.calls, one.sums.views)
        fresh = FRESH[one.freshness][0].ja if one.page else ""
        rest = ("" if one.days_old is None else one.days_old, "" if one.quality is None else one.quality)
        rhythm = RHYTHMS[one.rhythm].words.ja if one.page else ""
        writer.writerow([one.title.ja, one.subject, one.office, *sums, rhythm, fresh, *rest, *span])
    return Plain(out.getvalue().encode("utf-8-sig"), "text/csv; charset=utf-8", "open-data-use.csv")
