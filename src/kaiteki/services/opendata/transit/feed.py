"""A feed of public transport as entities: what it says of itself, and its zip in parts, byte for byte as the operator delivered it.

    zip ─► TransitFeed (digest, version, days) ─► TransitFeedPart 0 … n (base64) ─► the same zip

Parts are named by the digest of the whole: those of a new edition are kept before the feed names them, those of the old one go after.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from typing import Final

import msgspec

from kaiteki.kit.manifest import EVERYTHING, EntityType
from kaiteki.kit.views import Link
from kaiteki.model.instant import Instant
from kaiteki.model.words import Words
from kaiteki.services.opendata.transit.validity import FeedInfo

FEED_BYTES_MAX: Final = 20_000_000
"""Bytes of the zip of a feed; a larger one is not published again."""
PART_BYTES: Final = 600_000
"""Bytes of a part before base64: a node takes bodies of two million."""


class TransitFeed(msgspec.Struct, frozen=True):
    """A feed. `digest` is the SHA-256 of its zip, `parts` how many entities hold it; `version`, `publisher` and the days (ISO 8601) stand
    in its feed_info.txt. `data_sets` are the tables that were made of its stops and routes."""

    id: str
    title: str = ""
    file_name: str = ""
    digest: str = ""
    size_bytes: int = 0
    parts: int = 0
    publisher: str = ""
    version: str = ""
    since: str = ""
    until: str = ""
    data_sets: tuple[str, ...] = ()
    changed_at: Instant | None = None
    checked_at: Instant | None = None


class TransitFeedPart(msgspec.Struct, frozen=True):
    """A part of the zip of a feed, in base64."""

    id: str
    feed: Link = ""
    number: int = 0
    content: str = ""


def feed_id(slug: str) -> str:
    """The URN of a feed, made of the slug of its file."""
    return f"urn:ngsi-ld:TransitFeed:{slug}"


def part_ids(feed: TransitFeed) -> list[str]:
    """The ids of the parts of a feed, in order."""
    slug = feed.id.rpartition(":")[2]
    return [f"urn:ngsi-ld:TransitFeedPart:{slug}:{feed.digest[:16]}:{number}" for number in range(feed.parts)]


def made_of(entity_id: str, title: str, file_name: str, content: bytes, info: FeedInfo) -> TransitFeed:
    """A feed of a zip."""
    return TransitFeed(
        entity_id,
        title,
        file_name,
        hashlib.sha256(content).hexdigest(),
        len(content),
        -(-len(content) // PART_BYTES),
        info.publisher,
        info.version,
        info.since,
        info.until,
    )


def parts_of(feed: TransitFeed, content: bytes) -> Sequence[TransitFeedPart]:
    """The parts of the zip of a feed."""
    return [
        TransitFeedPart(
            part_id,
            feed.id,
            number,
            base64.b64encode(content[number * PART_BYTES : (number + 1) * PART_BYTES]).decode(),
        )
        for number, part_id in enumerate(part_ids(feed))
    ]


HELD: Final = ("BusStop", "BusRoute", "RailwayStop", "RailwayLine")
"""The types whose records a zip may hold: where one of them is hidden, so is the zip."""
_FIELDS: Final = tuple(name for name in TransitFeed.__struct_fields__ if name != "id")
FEEDS: Final = EntityType(
    name="TransitFeed",
    raw=EVERYTHING,
    view=TransitFeed,
    words=Words(
        "公共交通のデータ（GTFS）", "Feeds of public transport (GTFS)", "バスと 電車（でんしゃ）の データ"
    ),
    title="title",
    columns=("title", "publisher", "version", "since", "until", "checked_at"),
    public=_FIELDS,
    tells_of={"digest": HELD},
    workings=frozenset({"digest", "parts"}),
    labels={
        "title": Words("名前", "Title", "なまえ"),
        "file_name": Words("ファイル", "File", "ファイル"),
        "size_bytes": Words("大きさ（バイト）", "Size (bytes)", "大（おお）きさ"),
        "publisher": Words("提供組織", "Publisher", "だした ところ"),
        "version": Words("版", "Version", "バージョン"),
        "since": Words("対象の期間（始め）", "Days it speaks of, from", "いつから"),
        "until": Words("対象の期間（終わり）", "Days it speaks of, until", "いつまで"),
        "data_sets": Words("データセット", "Data sets", "データ"),
        "changed_at": Words("内容の更新", "Content changed", "ないようが かわった とき"),
        "checked_at": Words("最後の確認", "Last read", "さいごに 見（み）た とき"),
    },
)
PARTS: Final = EntityType(
    name="TransitFeedPart",
    raw=EVERYTHING,
    view=TransitFeedPart,
    words=Words("公共交通のデータの中身", "Parts of feeds of public transport", "データの 中（なか）"),
    title="id",
    columns=("feed", "number"),
    public=("feed", "number", "content"),
    tells_of={"content": HELD},
    workings=frozenset({"content"}),
    labels={
        "feed": Words("公共交通のデータ", "Feed", "データ"),
        "number": Words("順番", "Number", "じゅんばん"),
    },
)
