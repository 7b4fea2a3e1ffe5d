"""Feeds of changes as Atom (RFC 4287), in pages (RFC 5005, section 3)."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote
from xml.etree import ElementTree

from kaiteki.kit.pages import PageAsk, Plain, part_of_path
from kaiteki.model.instant import format_instant
from kaiteki.services.opendata.downloads.difference import DAY_US, DAYS_MAX
from kaiteki.services.opendata.downloads.feed import EPOCH, Feed, News, uuid_of

ATOM: Final = "http://www.w3.org/2005/Atom"
ATOM_TYPE: Final = "application/atom+xml; charset=utf-8"


def write_atom(ask: PageAsk, told: Feed) -> Plain:
    """A page of a feed."""
    here = f"/{ask.area}/{told.path}.atom"
    feed = ElementTree.Element("feed", {"xmlns": ATOM, "xml:lang": "en" if ask.language == "en" else "ja"})
    _text(feed, "id", uuid_of(ask.area, f"{told.path}.atom"))
    _text(feed, "title", told.title)
    _text(feed, "updated", format_instant(max((one.at for one in told.entries), default=EPOCH)))
    author = ElementTree.SubElement(feed, "author")
    _text(author, "name", ask.area)
    _link(feed, "self", here + (f"?before={quote(ask.query['before'])}" if ask.query.get("before") else ""))
    _link(feed, "first", here)
    _link(feed, "alternate", f"/{ask.area}/{told.page}", "text/html")
    if told.more:
        _link(feed, "next", f"{here}?before={quote(format_instant(told.entries[-1].at))}")
    for one in told.entries:
        _put_entry(feed, ask, one)
    body = ElementTree.tostring(feed, encoding="utf-8", xml_declaration=True)
    return Plain(body, ATOM_TYPE)


def _put_entry(feed: ElementTree.Element, ask: PageAsk, one: News) -> None:
    entry = ElementTree.SubElement(feed, "entry")
    base = f"/{ask.area}/data/{part_of_path(one.data_set)}"
    _text(entry, "id", one.uuid(ask.area))
    _text(entry, "title", f"{one.title} {one.words.say(ask.language)}")
    _text(entry, "updated", format_instant(one.at))
    _link(entry, "alternate", f"/{ask.area}/{one.page}", "text/html")
    if one.since is not None and ask.now - one.since < DAYS_MAX * DAY_US:
        _link(entry, "related", f"{base}/changes?since={quote(format_instant(one.since))}", "text/html")
    if one.table:
        _link(entry, "enclosure", f"/{ask.area}/{one.table}", "text/csv")
    _text(entry, "summary", one.summary(ask.language))


def _text(parent: ElementTree.Element, name: str, text: str) -> None:
    # control characters have no place in XML
    ElementTree.SubElement(parent, name).text = "".join(one for one in text if one.isprintable())


def _link(parent: ElementTree.Element, rel: str, href: str, media_type: str = "application/atom+xml") -> None:
    ElementTree.SubElement(parent, "link", {"rel": rel, "href": href, "type": media_type})
