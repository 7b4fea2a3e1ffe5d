"""The feed of public transport behind imported stops and routes: checked whole, kept as it came, named by their data sets.

A feed with a fault is not published; what was published before stays. Its stops and routes come in as tables all the same.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from kaiteki.main.imports.targets import Target
from kaiteki.model.instant import Instant
from kaiteki.services.opendata.importing import slug_of_feed
from kaiteki.services.opendata.model import DataSet
from kaiteki.services.opendata.reading.source import Issue, Source
from kaiteki.services.opendata.transit.feed import (
    FEED_BYTES_MAX,
    TransitFeed,
    feed_id,
    made_of,
    part_ids,
    parts_of,
)
from kaiteki.services.opendata.transit.validity import Verdict, check_feed


def look_at(source: Source) -> tuple[bytes, Verdict]:
    """The bytes of a zip and what is to be said of it as a feed."""
    with source.open() as file:
        content = file.read(FEED_BYTES_MAX + 1)
    if len(content) > FEED_BYTES_MAX:
        return b"", Verdict((Issue("gtfs_too_large", value=source.name, level="refused"),))
    return content, check_feed(source)


async def keep_feed(
    target: Target,
    source: Source,
    found: tuple[bytes, Verdict],
    made_to: tuple[Sequence[str], str],
    now: Instant,
) -> TransitFeed:
    """Keep a feed that was found good, with the data sets that were made of it (`made_to`; hidden where it names a Withdrawal, too)."""
    content, verdict = found
    data_sets, withheld = made_to
    entity_id = feed_id(slug_of_feed(source))
    before = await target.get(TransitFeed, entity_id)
    made = made_of(entity_id, source.stem, source.name, content, verdict.info)
    is_same = before is not None and before.digest == made.digest
    if not is_same:
        for part in parts_of(made, content):
            await target.keep([part], withheld)
    changed_at = before.changed_at if is_same and before is not None else now
    made = msgspec.structs.replace(made, data_sets=tuple(data_sets), changed_at=changed_at, checked_at=now)
    await target.keep([made], withheld)
    for data_set in data_sets:
        kept = await target.get(DataSet, data_set)
        if kept is not None:
            # what already says so is not written
            told = msgspec.structs.replace(
                kept, feed=entity_id, feed_digest=made.digest, feed_bytes=made.size_bytes
            )
            await target.keep([told])
    if before is not None and not is_same:
        await target.remove(part_ids(before))
    return made
