"""The page of the data set of a type that declares itself open: what it is, its forms, its first records, its items, as everybody sees them."""

from __future__ import annotations

from typing import Any, Final

from kaiteki.kit.catalogue.records import Column, Kind
from kaiteki.kit.forms import chosen
from kaiteki.kit.pages import PageAsk, PageReply, Shown
from kaiteki.kit.views import slots
from kaiteki.model.instant import Instant, format_instant
from kaiteki.model.query import Query
from kaiteki.model.words import Words
from kaiteki.services.opendata.absence import no_data_set
from kaiteki.services.opendata.downloads.offers import rows_of_offers
from kaiteki.services.opendata.downloads.type_content import Opened, cell_of, open_type
from kaiteki.services.opendata.telling import about

SAMPLE: Final = 20
SAMPLE_COLUMNS: Final = 6
KINDS: Final[dict[Kind, Words]] = {
    "text": Words("文字列", "text", "もじ"),
    "number": Words("数値", "number", "かず"),
    "whole": Words("整数", "whole number", "かず"),
    "boolean": Words("有無", "yes or no", "はい・いいえ"),
    "moment": Words("日時", "date and time", "とき"),
    "array": Words("一覧", "list", "いくつか"),
    "geometry": Words("場所", "place", "ばしょ"),
    "any": Words("値", "value", "あたい"),
}


async def show_type(ask: PageAsk) -> PageReply:
    """The page: what it is, how to get it, its first records, its items, how to use it."""
    opened = await open_type(ask)
    if opened is None:
        return no_data_set(ask)
    kept = await ask.city.catalogue()
    shown = opened.plain[:SAMPLE_COLUMNS]
    listing = await ask.city.published.find(opened.declared.view, Query(limit=SAMPLE))
    return Shown(
        {
            "title": opened.entry.title.say(ask.language),
            "about": about(opened.entry, ask, kept),
            "located": opened.place != "",
            "offer_rows": rows_of_offers(ask, kept, opened.entry),
            "heads": [column.words.say(ask.language) for column, _ in shown],
            "sample": [[_shown(one, pair, opened, ask) for pair in shown] for one in listing.items],
            "items": [
                [column.words.say(ask.language), column.name, KINDS[column.kind].say(ask.language)]
                for column, _ in opened.columns
            ],
        },
        template="declared.html",
    )


def _shown(one: Any, pair: tuple[Column, str], opened: Opened, ask: PageAsk) -> str:
    """A value as people read it: codes in words, times in Japan."""
    column, field = pair
    value = getattr(one, field)
    slot = next(slot for slot in slots(opened.declared.view) if slot.field == field)
    coded = ask.city.codes(opened.declared).get(field, {}).get(str(value))
    words: Any = coded or chosen(slot.hint, value)
    if isinstance(words, Words):
        return words.say(ask.language)
    if column.kind == "moment" and value:
        return format_instant(Instant(int(value) + 9 * 3_600_000_000))[:16].replace("T", " ")
    return cell_of(one, column, field) or "—"
