"""The feed of public transport behind a data set at a stable address: the zip that the operator delivered, byte for byte.

What is not the feed that was checked is never sent: where an edition is replaced while its zip is sent, the answer breaks off.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import AsyncGenerator
from typing import Any, Final

from kaiteki.kit.pages import PageAsk, PageReply, Versioned
from kaiteki.kit.published import Published, digest
from kaiteki.model.words import Words
from kaiteki.services.opendata.absence import no_data_set, no_such_form
from kaiteki.services.opendata.downloads.records import held
from kaiteki.services.opendata.downloads.type_content import type_content
from kaiteki.services.opendata.transit.feed import TransitFeed, TransitFeedPart, part_ids

FEED: Final = Words("公共交通のデータ（GTFS）", "Feed of public transport (GTFS)", "バスの データ（GTFS）")
GTFS_TYPE: Final = "application/zip"


class Replaced(Exception):
    """The zip of a feed was replaced while it was sent."""


async def feed_of(published: Published, data_set: Any) -> TransitFeed | None:
    """The feed that a data set was made of; None where it was made of none, the feed was refused, or its stops or routes are hidden."""
    feed = await published.get(TransitFeed, data_set.feed) if data_set.feed else None
    return feed if feed is not None and feed.digest else None


async def gtfs_zip(ask: PageAsk) -> PageReply:
    """The feed of a data set of stops or routes."""
    holding = await held(ask)
    if holding is None:
        # the id may be that of a type, which no feed is behind
        content = await type_content(ask)
        return no_data_set(ask) if content is None else no_such_form(FEED, content.id)
    feed = await feed_of(holding.published, holding.data_set)
    if feed is None:
        return no_such_form(FEED, holding.data_set.id)
    return Versioned(
        _parts(holding.published, feed),
        GTFS_TYPE,
        tag=digest(feed.digest),
        filename=feed.file_name,
        plain_name=f"{feed.id.rpartition(':')[2]}.zip",
        changed_at=feed.changed_at,
        packs=False,
    )


async def _parts(published: Published, feed: TransitFeed) -> AsyncGenerator[bytes, None]:
    told = hashlib.sha256()
    for part_id in part_ids(feed):
        part = await published.get(TransitFeedPart, part_id)
        if part is None:
            raise Replaced(feed.id)
        content = base64.b64decode(part.content)
        told.update(content)
        yield content
    if told.hexdigest() != feed.digest:
        raise Replaced(feed.id)


def told_of(feed: TransitFeed | None, language: str) -> str:
    """What people are told of a feed: publisher, version, days."""
    if feed is None:
        return ""
    days = f"{feed.since or '…'} 〜 {feed.until or '…'}" if feed.since or feed.until else "—"
    words = Words(
        "公共交通のデータ（GTFS）: {publisher}、版 {version}、{days}",
        "Feed of public transport (GTFS): {publisher}, version {version}, {days}",
        "バスと 電車（でんしゃ）の データ: {publisher}、{version}、{days}",
    )
    return words.fill(language, publisher=feed.publisher or "—", version=feed.version or "—", days=days)
