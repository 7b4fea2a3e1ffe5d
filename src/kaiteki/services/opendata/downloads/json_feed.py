"""Feeds of changes as JSON Feed 1.1 (jsonfeed.org/version/1.1): the entries of the Atom feed under the same ids, with whole addresses."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

import msgspec

from kaiteki.kit.pages import PageAsk, Plain, part_of_path
from kaiteki.model.instant import format_instant
from kaiteki.services.opendata.downloads.difference import DAY_US, DAYS_MAX
from kaiteki.services.opendata.downloads.feed import Feed, News

VERSION: Final = "https://jsonfeed.org/version/1.1"
JSON_FEED_TYPE: Final = "application/feed+json"


def write_json(ask: PageAsk, told: Feed) -> Plain:
    """A page of a feed."""
    base = f"{ask.origin}/{ask.area}"
    here = f"{base}/{told.path}.json"
    following = f"{here}?before={quote(format_instant(told.entries[-1].at))}" if told.more else None
    document: dict[str, Any] = {
        "version": VERSION,
        "title": told.title,
        "home_page_url": f"{base}/{told.page}",
        "feed_url": here,
        "next_url": following,
        "language": "en" if ask.language == "en" else "ja",
        "authors": [{"name": ask.area, "url": base}],
        "items": [_item(ask, one, base) for one in told.entries],
    }
    filled = {name: value for name, value in document.items() if value is not None}
    return Plain(msgspec.json.encode(filled), JSON_FEED_TYPE)


def _item(ask: PageAsk, one: News, base: str) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": one.uuid(ask.area),
        "url": f"{base}/{one.page}",
        "title": f"{one.title} {one.words.say(ask.language)}",
        "content_text": one.summary(ask.language),
        "date_modified": format_instant(one.at),
    }
    if one.since is not None and ask.now - one.since < DAYS_MAX * DAY_US:
        changes = f"{base}/data/{part_of_path(one.data_set)}/changes"
        told["external_url"] = f"{changes}?since={quote(format_instant(one.since))}"
    if one.table:
        told["attachments"] = [{"url": f"{base}/{one.table}", "mime_type": "text/csv"}]
    return told
