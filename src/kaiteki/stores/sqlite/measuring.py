"""How the store of a file is doing: what its writer counts, and how far behind the event log is read."""

from __future__ import annotations

from dataclasses import dataclass

from kaiteki.ports.measures import StoreMeasures
from kaiteki.stores.sqlite.catalogue import newest
from kaiteki.stores.sqlite.driver import Connection


@dataclass(slots=True)
class WorkDone:
    """What a writer has done since it was opened; times in seconds. See StoreMeasures."""

    groups: int = 0
    decisions: int = 0
    staging_s: float = 0.0
    commit_s: float = 0.0
    commit_max_s: float = 0.0
    waiting: int = 0
    blocks: int = 0
    packing_s: float = 0.0

    def committed(self, took_s: float) -> None:
        """Count a commit."""
        self.groups += 1
        self.commit_s += took_s
        self.commit_max_s = max(self.commit_max_s, took_s)


def measure(connection: Connection, done: WorkDone) -> StoreMeasures:
    """The measures of a store now. Two statements of microseconds."""
    events = newest(connection)
    cursors = connection.execute("SELECT consumer, number FROM cursor").fetchall()
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
    )
