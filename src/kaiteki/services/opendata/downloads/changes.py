"""The pages of what changed in a data set: `data/{id}/changes?since=…` for people, `.csv` and `.json` for programs."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from kaiteki.kit.pages import Missing, PageAsk, PageReply, Plain, Shown
from kaiteki.model.instant import Instant, format_instant
from kaiteki.model.words import Words
from kaiteki.services.opendata.downloads.asked import Form
from kaiteki.services.opendata.downloads.difference import (
    DAY_US,
    KINDS,
    Difference,
    Step,
    document_of,
    find_difference,
    read_since,
    rows_of,
)
from kaiteki.services.opendata.downloads.files import columns_of, refuse
from kaiteki.services.opendata.downloads.records import Holding, held
from kaiteki.services.opendata.downloads.sheet import BOM, CSV_TYPES, lines

SHOWN_MAX: Final = 30
"""Records of each kind that the page tells of; the files tell of all."""
DAYS_DEFAULT: Final = 30


def day_in_japan(at: Instant) -> str:
    """The day of a moment in Japan, as ISO 8601."""
    return format_instant(Instant(at + 9 * 3_600_000_000))[:10]


async def show_changes(ask: PageAsk) -> PageReply:
    """What changed since a day, record by record and column by column; without a day since thirty days ago."""
    holding = await held(ask)
    if holding is None:
        return Missing()
    since = ask.query.get("since") or day_in_japan(Instant(ask.now - DAYS_DEFAULT * DAY_US))
    found = await _found(ask, holding, since)
    one = holding.data_set
    values: dict[str, Any] = {"title": one.title, "data_set": one, "since": since, "why": "", "found": None}
    if isinstance(found, Words):
        return Shown({**values, "why": found.say(ask.language)}, 422 if ask.query.get("since") else 200)
    return Shown(
        {
            **values,
            "found": found,
            "counts": [(kind, words.say(ask.language), len(found.of(kind))) for kind, words in KINDS.items()],
            "groups": [
                (words.say(ask.language), [_told(step) for step in found.of(kind)[:SHOWN_MAX]])
                for kind, words in KINDS.items()
                if found.of(kind)
            ],
            "cut": any(len(found.of(kind)) > SHOWN_MAX for kind in KINDS),
            "until": format_instant(found.until),
        }
    )


def _told(step: Step) -> dict[str, Any]:
    return {
        "name": _name(step),
        "day": day_in_japan(step.at),
        "rows": [[heading, old or "—", new or "—"] for heading, (old, new) in step.cells.items()],
    }


def _name(step: Step) -> str:
    """What people call a record: its name where that is told, else the end of its id."""
    named = step.cells.get("名称", ("", ""))
    return named[1] or named[0] or step.id.rpartition(":")[2]


async def _found(ask: PageAsk, holding: Holding, text: str) -> Difference | Words:
    since = read_since(text, ask.now)
    if isinstance(since, Words):
        return since
    return await find_difference(holding, await columns_of(holding, Form()), since, ask.now)


async def changes_csv(ask: PageAsk) -> PageReply:
    """What changed as a table: a line for each cell."""
    holding = await held(ask)
    if holding is None:
        return Missing()
    found = await _found(ask, holding, ask.query.get("since", ""))
    if isinstance(found, Words):
        return refuse(ask, holding, found)
    body = BOM + lines(rows_of(found)).encode()
    return Plain(body, CSV_TYPES["utf-8"], f"{holding.slug}-changes.csv")


async def changes_json(ask: PageAsk) -> PageReply:
    """What changed, for programs."""
    holding = await held(ask)
    if holding is None:
        return Missing()
    found = await _found(ask, holding, ask.query.get("since", ""))
    if isinstance(found, Words):
        return refuse(ask, holding, found)
    return Plain(msgspec.json.encode(document_of(holding.data_set.id, found)), "application/json")
