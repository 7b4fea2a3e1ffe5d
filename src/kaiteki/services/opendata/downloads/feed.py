"""What changed, the newest first: of one data set every import that brought something, of an area the latest of each data set.

    table ─► its past (the writes that moved `changed_at`) ─┐
    type ─► its records that were changed last ─────────────┼─► Feed, a page of it ─► Atom (atom) or JSON Feed (json_feed)
    area ─► its catalogue ──────────────────────────────────┘

An entry keeps its id for good: a UUID of area, what it is of, and moment. That of an import says how many records there are and were, and
leads to what changed between this and the time before. What was changed past the imports has one entry while nothing newer came in.
Of a type each record has one, as of its last change. What was deleted is told by the changes, and by no feed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from heapq import nlargest
from typing import Any, Final, TypeAlias
from uuid import NAMESPACE_URL, uuid5

import msgspec

from kaiteki.kit.pages import Declined, PageAsk, PageReply, Plain, Wrote, part_of_path
from kaiteki.kit.query_fields import moment
from kaiteki.model.decision import Fault
from kaiteki.model.instant import Instant, format_instant, parse_instant
from kaiteki.model.words import Words
from kaiteki.services.opendata.absence import ALL_DATA, declined, no_data_set
from kaiteki.services.opendata.downloads.asked import Form
from kaiteki.services.opendata.downloads.difference import DAY_US
from kaiteki.services.opendata.downloads.records import Holding, held
from kaiteki.services.opendata.downloads.type_content import TypeContent, type_content

PAGE: Final = 50
STATES_MAX: Final = 5_000
"""States of a data set that are looked at for its entries: some hundreds of imports."""
EPOCH: Final = Instant(0)
_CHANGED: Final = Words("更新されました", "was updated", "あたらしく なりました")
_BEGUN: Final = Words("公開されました", "was published", "はじめて 出（で）ました")
_OF_A_TYPE: Final = Words("記録が変わりました", "has changed", "かわりました")
_OTHERWISE: Final = Words("レコードが直されました", "has mended records", "なおしました")
_OF_AREA: Final = Words("オープンデータの更新", "Changes of the open data", "あたらしく なった データ")
BEFORE: Final = moment()
"""What the field `before` of a feed may say."""


class News(msgspec.Struct, frozen=True):
    """Something that changed: in which data set (its id and title), when, since when it had been as it was (None: nobody says), in words.

    `key` tells it from all others of its moment, `text` says what it brought (empty: words and numbers do). `page` is where people read of it and `table` its CSV, below `/{area}/`.
    """

    data_set: str
    title: str
    at: Instant
    words: Words
    since: Instant | None = None
    records: tuple[int | None, int | None] = (None, None)
    key: str = ""
    page: str = ""
    table: str = ""
    text: str = ""

    def uuid(self, area: str) -> str:
        """Its id, as a URN."""
        return uuid_of(area, f"{self.key or self.data_set} {format_instant(self.at)}")

    def summary(self, language: str) -> str:
        """What it brought."""
        if self.text:
            return self.text
        old, new = self.records
        if new is None:
            return self.words.say(language)
        if old is None or old == new:
            return Words(f"{new:,}件です。", f"Records: {new:,}.", f"{new:,}件（けん）です。").say(language)
        told = Words(
            f"{new:,}件です（前は{old:,}件）。",
            f"Records: {new:,} (before: {old:,}).",
            f"{new:,}件（けん）です。",
        )
        return told.say(language)


class Feed(msgspec.Struct, frozen=True):
    """A page of a feed: its address without suffix and where people read of it (below `/{area}/`), its title, its entries.

    `more`: there are older ones.
    """

    path: str
    page: str
    title: str
    entries: Sequence[News]
    more: bool


Write: TypeAlias = Callable[[PageAsk, Feed], Plain]
"""A feed in a form."""


async def show_feed(write: Write, ask: PageAsk) -> PageReply:
    """The feed of the data set of the path."""
    found = await of_data_set(ask)
    if found is None:
        return no_data_set(ask)
    return declined(ask.path["id"], "before", found) if isinstance(found, Words) else write(ask, found)


async def show_feed_of_area(write: Write, ask: PageAsk) -> PageReply:
    """The feed of all data sets: of each its latest change."""
    found = await of_area(ask)
    if isinstance(found, Words):
        return Declined((Fault("before", "unfit", found),), onward=ALL_DATA)
    return write(ask, found)


async def of_data_set(ask: PageAsk) -> Feed | Words | None:
    """The feed of one data set; words where the address says no moment, None where there is no data set."""
    holding, before = await held(ask), before_of(ask)
    path = f"data/{part_of_path(ask.path.get('id', ''))}"
    if holding is not None:
        if before is None:
            return BEFORE.words
        entries = [one for one in await _imports(holding) if one.at < before]
        return page_of(f"{path}/feed", path, holding.data_set.title, entries)
    content = await type_content(ask)
    if content is None:
        return None
    if before is None:
        return BEFORE.words
    return page_of(f"{path}/feed", path, content.title, await _records(content, before))


async def _imports(holding: Holding) -> list[News]:
    """The imports of a table, the newest first."""
    one = holding.data_set
    entries = _entries(one, await holding.published.past("DataSet", one.id, STATES_MAX))
    newest = holding.version.changed_at
    if entries and newest > max(entries[0].at, one.checked_at or EPOCH):
        records = (one.records, holding.version.rows)
        entries.insert(0, _told(one, newest, _OTHERWISE, entries[0].at, records))
    return entries


async def _records(content: TypeContent, before: Instant) -> list[News]:
    """The records of a type that were changed last, the newest first."""
    sheet = await content.sheet(Form())
    if isinstance(sheet, Words):
        return []
    base = f"data/{part_of_path(content.id)}"
    latest = await content.published.latest(content.view, before, PAGE + 1)
    return [
        News(
            content.id,
            f"{content.title}「{sheet.name_of(record)}」",
            at,
            _OF_A_TYPE,
            key=record.id,
            page=base,
            table=f"{base}/records.csv",
        )
        for record, at in latest
    ]


def _told(
    one: Any, at: Instant, words: Words, since: Instant | None, records: tuple[int | None, int | None]
) -> News:
    base = f"data/{part_of_path(one.id)}"
    return News(one.id, one.title, at, words, since, records, page=base, table=f"{base}/records.csv")


def _entries(one: Any, writes: Sequence[Wrote]) -> list[News]:
    """The writes that moved `changed_at`, the newest first."""
    found: list[News] = []
    for wrote in writes:
        if "changed_at" not in wrote.changes:
            continue
        old, new = (_moment(value) for value in wrote.changes["changed_at"])
        records = wrote.changes.get("records", (None, None))
        if new is not None:
            words = _CHANGED if old is not None else _BEGUN
            found.append(_told(one, new, words, old, (records[0], records[1])))
    return found


def _moment(value: Any) -> Instant | None:
    """A moment as it stands in the past of an attribute."""
    return parse_instant(value) if isinstance(value, str) else None


async def of_area(ask: PageAsk) -> Feed | Words:
    """The feed of all data sets of the catalogue: of each its latest change."""
    before = before_of(ask)
    if before is None:
        return BEFORE.words
    entries = [
        News(
            one.id,
            one.title.say(ask.language),
            one.changed_at,
            _CHANGED,
            records=(None, one.records),
            page=one.page,
            table=next((part.path for part in one.distributions if part.form.file_type == "CSV"), ""),
        )
        for one in (await ask.city.catalogue()).entries
        if one.changed_at is not None and one.changed_at < before
    ]
    latest = nlargest(PAGE + 1, entries, key=lambda one: (one.at, one.data_set))
    return page_of("data/feed", "data", _OF_AREA.say(ask.language), latest)


def page_of(path: str, page: str, title: str, entries: Sequence[News]) -> Feed:
    """The page of a feed with the first entries; one more than PAGE says that there are older ones."""
    return Feed(path, page, title, entries[:PAGE], len(entries) > PAGE)


def before_of(ask: PageAsk) -> Instant | None:
    """The moment behind which a page begins; a little ahead without one."""
    text = ask.query.get("before")
    return parse_instant(text) if text else Instant(ask.now + DAY_US)


def uuid_of(area: str, what: str) -> str:
    """A name that stays, as a URN."""
    return uuid5(NAMESPACE_URL, f"urn:kaiteki:{area}:{what}").urn
