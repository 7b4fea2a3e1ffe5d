"""What a writer counts of its own work."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class WorkDone:
    """What a writer has done since it was opened; times in seconds. See StoreMeasures."""

    groups: int = 0
    decisions: int = 0
    turn_s: float = 0.0
    staging_s: float = 0.0
    commit_s: float = 0.0
    commit_max_s: float = 0.0
    waiting: int = 0
    again: int = 0
    blocks: int = 0
    packing_s: float = 0.0

    def committed(self, took_s: float) -> None:
        """Count a commit."""
        self.groups += 1
        self.commit_s += took_s
        self.commit_max_s = max(self.commit_max_s, took_s)
