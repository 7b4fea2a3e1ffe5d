"""Feeds of changes (Atom, RFC 4287): of one data set every import that brought something, of an area the latest of each data set.

    data set ─► its past (the writes that moved `changed_at`) ─► entries, the newest first ─► pages (RFC 5005, section 3)

An entry keeps its id for good: a UUID of area, data set and moment. It says how many records there are and were, and leads to what
changed between this and the time before. What was changed past the imports has one entry while nothing newer came in.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree

import msgspec

from kaiteki.kit.pages import Missing, PageAsk, PageReply, Plain, Wrote, part_of_path
from kaiteki.kit.views import ordered, where
from kaiteki.model.instant import Instant, format_instant, parse_instant
from kaiteki.model.query import Query
from kaiteki.model.words import Words
from kaiteki.services.opendata.downloads.difference import DAY_US, DAYS_MAX
from kaiteki.services.opendata.downloads.records import held
from kaiteki.services.opendata.model import DataSet

ATOM: Final = "http://www.w3.org/2005/Atom"
ATOM_TYPE: Final = "application/atom+xml; charset=utf-8"
PAGE: Final = 50
STATES_MAX: Final = 5_000
"""States of a data set that are looked at for its entries: some hundreds of imports."""
EPOCH: Final = Instant(0)
_CHANGED: Final = Words("更新されました", "was updated", "あたらしく なりました")
_BEGUN: Final = Words("公開されました", "was published", "はじめて 出（で）ました")
_OTHERWISE: Final = Words("レコードが直されました", "has mended records", "なおしました")
_OF_AREA: Final = Words("オープンデータの更新", "Changes of the open data", "あたらしく なった データ")
_UNREADABLE: Final = Words(
    "before が日時ではありません。", "before is no moment.", "before は 日時（にちじ）です。"
)


class Entry(msgspec.Struct, frozen=True):
    """Something that changed: when, since when it had been as it was (None: from the beginning), what is said of it."""

    data_set: str
    title: str
    at: Instant
    words: Words
    since: Instant | None = None
    records: tuple[int | None, int | None] = (None, None)


async def feed_of_data_set(ask: PageAsk) -> PageReply:
    """The feed of one data set."""
    holding, before = await held(ask), _before(ask)
    if holding is None:
        return Missing()
    if before is None:
        return _unreadable(ask)
    one = holding.data_set
    entries = _entries(one, await holding.published.past("DataSet", one.id, STATES_MAX))
    newest = holding.version.changed_at
    if entries and newest > max(entries[0].at, one.checked_at or EPOCH):
        records = (one.records, holding.version.rows)
        entries.insert(0, Entry(one.id, one.title, newest, _OTHERWISE, entries[0].at, records))
    path = f"data/{part_of_path(one.id)}"
    return _answer(
        ask, f"{path}/feed.atom", one.title, [entry for entry in entries if entry.at < before], path
    )


def _entries(one: Any, writes: Sequence[Wrote]) -> list[Entry]:
    """The writes that moved `changed_at`, the newest first."""
    found: list[Entry] = []
    for wrote in writes:
        if "changed_at" not in wrote.changes:
            continue
        old, new = (_moment(value) for value in wrote.changes["changed_at"])
        records = wrote.changes.get("records", (None, None))
        if new is not None:
            words = _CHANGED if old is not None else _BEGUN
            found.append(Entry(one.id, one.title, new, words, old, (records[0], records[1])))
    return found


def _moment(value: Any) -> Instant | None:
    """A moment as it stands in the past of an attribute."""
    return parse_instant(value) if isinstance(value, str) else None


async def feed_of_area(ask: PageAsk) -> PageReply:
    """The feed of all data sets: of each its latest change."""
    before = _before(ask)
    if before is None:
        return _unreadable(ask)
    query = Query(
        q=where(DataSet, "changed_at", "<", before),
        order=(ordered(DataSet, "changed_at", descending=True),),
        limit=PAGE + 1,
    )
    listing = await ask.city.published.find(DataSet, query)
    entries = [
        Entry(one.id, one.title, one.changed_at, _CHANGED, records=(None, one.records))
        for one in listing.items
    ]
    return _answer(ask, "data/feed.atom", _OF_AREA.say(ask.language), entries, "data")


def _before(ask: PageAsk) -> Instant | None:
    """The moment behind which a page begins; a little ahead without one."""
    text = ask.query.get("before")
    return Instant(ask.now + DAY_US) if text is None else parse_instant(text)


def _unreadable(ask: PageAsk) -> Plain:
    return Plain(_UNREADABLE.say(ask.language).encode(), "text/plain; charset=utf-8", status=400)


def _answer(ask: PageAsk, path: str, title: str, entries: Sequence[Entry], page: str) -> Plain:
    """A page of a feed; `page` is where people read of it."""
    here, shown = f"/{ask.area}/{path}", entries[:PAGE]
    feed = ElementTree.Element("feed", {"xmlns": ATOM, "xml:lang": "en" if ask.language == "en" else "ja"})
    _text(feed, "id", _uuid(ask.area, path))
    _text(feed, "title", title)
    _text(feed, "updated", format_instant(max((one.at for one in entries), default=EPOCH)))
    author = ElementTree.SubElement(feed, "author")
    _text(author, "name", ask.area)
    _link(feed, "self", here + (f"?before={quote(ask.query['before'])}" if "before" in ask.query else ""))
    _link(feed, "first", here)
    _link(feed, "alternate", f"/{ask.area}/{page}", "text/html")
    if len(entries) > PAGE:
        _link(feed, "next", f"{here}?before={quote(format_instant(shown[-1].at))}")
    for one in shown:
        _put_entry(feed, ask, one)
    body = ElementTree.tostring(feed, encoding="utf-8", xml_declaration=True)
    return Plain(body, ATOM_TYPE)


def _put_entry(feed: ElementTree.Element, ask: PageAsk, one: Entry) -> None:
    entry = ElementTree.SubElement(feed, "entry")
    base = f"/{ask.area}/data/{part_of_path(one.data_set)}"
    moment = format_instant(one.at)
    _text(entry, "id", _uuid(ask.area, f"{one.data_set} {moment}"))
    _text(entry, "title", f"{one.title} {one.words.say(ask.language)}")
    _text(entry, "updated", moment)
    _link(entry, "alternate", base, "text/html")
    if one.since is not None and ask.now - one.since < DAYS_MAX * DAY_US:
        _link(entry, "related", f"{base}/changes?since={quote(format_instant(one.since))}", "text/html")
    _link(entry, "enclosure", f"{base}/records.csv", "text/csv")
    _text(entry, "summary", _summary(one, ask.language))


def _summary(one: Entry, language: str) -> str:
    old, new = one.records
    if new is None:
        return one.words.say(language)
    if old is None or old == new:
        return Words(f"{new:,}件です。", f"Records: {new:,}.", f"{new:,}件（けん）です。").say(language)
    told = Words(
        f"{new:,}件です（前は{old:,}件）。",
        f"Records: {new:,} (before: {old:,}).",
        f"{new:,}件（けん）です。",
    )
    return told.say(language)


def _text(parent: ElementTree.Element, name: str, text: str) -> None:
    # control characters have no place in XML
    ElementTree.SubElement(parent, name).text = "".join(one for one in text if one.isprintable())


def _link(parent: ElementTree.Element, rel: str, href: str, media_type: str = "application/atom+xml") -> None:
    ElementTree.SubElement(parent, "link", {"rel": rel, "href": href, "type": media_type})


def _uuid(area: str, what: str) -> str:
    return uuid5(NAMESPACE_URL, f"urn:kaiteki:{area}:{what}").urn
