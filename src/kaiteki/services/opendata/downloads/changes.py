"""The pages of what changed in a data set: `data/{id}/changes?since=…` for people, `.csv` and `.json` for programs."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from kaiteki.kit.pages import PageAsk, PageReply, Plain, Shown
from kaiteki.kit.query_fields import text
from kaiteki.model.instant import Instant, day_in_japan, format_instant
from kaiteki.model.words import Words
from kaiteki.services.opendata.absence import declined, no_data_set
from kaiteki.services.opendata.downloads.asked import Form
from kaiteki.services.opendata.downloads.content import Content
from kaiteki.services.opendata.downloads.difference import (
    BAD_SINCE,
    DAY_US,
    KINDS,
    Difference,
    Step,
    document_of,
    find_difference,
    read_since,
    rows_of,
)
from kaiteki.services.opendata.downloads.files import UNFIT_FOR_DATA, content_of, named
from kaiteki.services.opendata.downloads.sheet import BOM, CSV_TYPES, lines

SHOWN_MAX: Final = 30
"""Records of each kind that the page tells of; the files tell of all."""
DAYS_DEFAULT: Final = 30
SINCE: Final = text()
"""`since` is looked at beside the form that it is of."""
UNTOLD: Final = Words("（公開していません）", "(not public)", "（ひみつ）")
"""Where the past of a column is not public."""


async def show_changes(ask: PageAsk) -> PageReply:
    """What changed since a day, record by record and column by column; without a day since thirty days ago."""
    content = await content_of(ask)
    if content is None:
        return no_data_set(ask)
    since = ask.query.get("since") or day_in_japan(Instant(ask.now - DAYS_DEFAULT * DAY_US))
    found = await _found(ask, content, since)
    entry = (await ask.city.catalogue()).get(content.id)
    title = entry.title.say(ask.language) if entry is not None else content.title
    values: dict[str, Any] = {**named(content), "title": title, "since": since, "why": "", "found": None}
    if isinstance(found, Words):
        unfit = 400 if found in BAD_SINCE else UNFIT_FOR_DATA
        return Shown({**values, "why": found.say(ask.language)}, unfit if ask.query.get("since") else 200)
    return Shown(
        {
            **values,
            "found": found,
            "counts": [(kind, words.say(ask.language), len(found.of(kind))) for kind, words in KINDS.items()],
            "groups": [
                (words.say(ask.language), [_told(step, ask.language) for step in found.of(kind)[:SHOWN_MAX]])
                for kind, words in KINDS.items()
                if found.of(kind)
            ],
            "cut": any(len(found.of(kind)) > SHOWN_MAX for kind in KINDS),
            "until": format_instant(found.until),
        }
    )


def _told(step: Step, language: str) -> dict[str, Any]:
    untold = UNTOLD.say(language)
    return {
        "name": step.name,
        "day": day_in_japan(step.at),
        "rows": [
            [heading, untold if old is None else old or "—", new or "—"]
            for heading, (old, new) in step.cells.items()
        ],
    }


async def _found(ask: PageAsk, content: Content, text: str) -> Difference | Words:
    since = read_since(text, ask.now)
    if isinstance(since, Words):
        return since
    sheet = await content.sheet(Form(every_item=True))
    return sheet if isinstance(sheet, Words) else await find_difference(content, sheet, since, ask.now)


async def changes_csv(ask: PageAsk) -> PageReply:
    """What changed as a table: a line for each cell."""
    content = await content_of(ask)
    if content is None:
        return no_data_set(ask)
    found = await _found(ask, content, ask.query.get("since", ""))
    if isinstance(found, Words):
        return declined(content.id, "since", found, 400 if found in BAD_SINCE else UNFIT_FOR_DATA)
    body = BOM + lines(rows_of(found)).encode()
    return Plain(body, CSV_TYPES["utf-8"], f"{content.slug}-changes.csv")


async def changes_json(ask: PageAsk) -> PageReply:
    """What changed, for programs."""
    content = await content_of(ask)
    if content is None:
        return no_data_set(ask)
    found = await _found(ask, content, ask.query.get("since", ""))
    if isinstance(found, Words):
        return declined(content.id, "since", found, 400 if found in BAD_SINCE else UNFIT_FOR_DATA)
    return Plain(msgspec.json.encode(document_of(content.id, found)), "application/json")
