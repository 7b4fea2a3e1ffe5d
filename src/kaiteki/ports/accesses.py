"""What the core asks of the record of reads: who read what of whom, kept before the answer leaves, told to whom it concerns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

import msgspec

from kaiteki.model.instant import Instant
from kaiteki.ports.entities import By

ACCESSES_MAX: Final = 10_000
"""Accesses that are kept together."""
ENTITIES_MAX: Final = 1_000
"""Entities that one access names; `count` says how many there were."""
SUBJECTS_MAX: Final = 100
"""Subjects that are asked for together."""
PAGE_MAX: Final = 1_000
"""Accesses of one page."""


class Access(msgspec.Struct, frozen=True, omit_defaults=True):
    """Personal data of one subject that were read: `by` whom, as what, of which type and which attributes (expanded).

    `subject` is the id of the holder as the service knows it; `count` how many entities were read, `entities` which (the first
    ENTITIES_MAX), `ground` what the law calls the reason. `review_at`: the subject is told only from then on.
    """

    area: str
    by: By
    subject: str
    type: str
    attributes: tuple[str, ...]
    count: int = 1
    ground: str = ""
    entities: tuple[str, ...] = ()
    review_at: Instant | None = None


class Kept(msgspec.Struct, frozen=True):
    """An access as it stands in the log: its number is among those of the events, and belongs to it alone."""

    number: int
    at: Instant
    access: Access

    @property
    def review_at(self) -> Instant | None:
        """From when on the subject is told; None: at once."""
        return self.access.review_at


class Accesses(Protocol):
    """The reads of personal data of all areas. They are lines of the log of changes, and no events: consumers pass them by."""

    async def keep(self, accesses: Sequence[Access]) -> None:
        """Keep accesses, all or none, durably before answering; what arrives together shares one commit with the writes.

        ValueError for more than ACCESSES_MAX, or more than ENTITIES_MAX entities in one.
        """
        ...

    async def of(
        self, area: str, subjects: Sequence[str], before: int = 0, limit: int = 50
    ) -> Sequence[Kept]:
        """The accesses to the data of subjects before a number (0: from the newest on), newest first. Those with a `review_at` too.

        ValueError for more than SUBJECTS_MAX subjects.
        """
        ...

    async def by(self, area: str, actor: str, before: int = 0, limit: int = 50) -> Sequence[Kept]:
        """The accesses of an actor before a number (0: from the newest on), newest first."""
        ...

    async def older(self, area: str, before: Instant, up_to: int, limit: int) -> Sequence[int]:
        """The numbers of the oldest reads of an area from before a moment, up to a line, in order; not those of lines that say what was let go."""
        ...

    async def forget(self, area: str, numbers: Sequence[int]) -> None:
        """Let go of reads of an area and of the salts of their leaves, durably; the leaves stay."""
        ...


def check_accesses(accesses: Sequence[Access]) -> None:
    """ValueError for what is more than may be kept together."""
    if len(accesses) > ACCESSES_MAX:
        raise ValueError(f"{len(accesses)} accesses at once; {ACCESSES_MAX} may be kept together")
    if any(len(access.entities) > ENTITIES_MAX for access in accesses):
        raise ValueError(f"an access names more than {ENTITIES_MAX} entities")


def check_subjects(subjects: Sequence[str]) -> None:
    """ValueError for more subjects than may be asked for together."""
    if len(subjects) > SUBJECTS_MAX:
        raise ValueError(f"{len(subjects)} subjects at once; {SUBJECTS_MAX} may be asked for together")
