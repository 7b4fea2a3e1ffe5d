"""How the store of a file is doing: what its writer counts, and how far behind the event log is read."""

from __future__ import annotations

from typing import Any, Final

from kaiteki.ports.measures import StoreMeasures
from kaiteki.stores.sqlite.catalogue import newest
from kaiteki.stores.sqlite.driver import Connection
from kaiteki.stores.sqlite.glances import SqliteGlances
from kaiteki.stores.work_done import WorkDone

_PAGES: Final = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"


async def measure(connection: Connection, done: WorkDone, glances: SqliteGlances) -> StoreMeasures:
    """The measures of a store now. Three statements of microseconds."""
    events = newest(connection)
    cursors = connection.execute("SELECT consumer, number FROM cursor").fetchall()
    pages: Any = connection.execute(_PAGES).get
    return StoreMeasures(
        groups=done.groups,
        decisions=done.decisions,
        staging_s=done.staging_s,
        commit_s=done.commit_s,
        commit_max_s=done.commit_max_s,
        waiting=done.waiting,
        blocks=done.blocks,
        packing_s=done.packing_s,
        events=events,
        behind={consumer: max(0, events - number) for consumer, number in cursors},
        kept_bytes=int(pages),
        remembered=glances.kept,
    )
