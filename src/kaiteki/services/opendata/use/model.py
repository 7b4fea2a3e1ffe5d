"""What is kept of the use of data: a count a month, way and data set. Of people nothing is kept."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final

import msgspec
from msgspec import Meta

from kaiteki.kit.manifest import EntityType
from kaiteki.model.access import ADMIN, STAFF
from kaiteki.model.words import Words

ROUND_TO: Final = 10
ROWS_MAX: Final = 100
"""Counts that one command keeps."""
EVERYTHING: Final = "all"
"""The subject of what names no data set: the town's data as a whole."""
DOWNLOAD: Final = "Download"
PAGE: Final = "Page"
"""The way that is no use of data, but a look at what is said of them."""


class DataUse(msgspec.Struct, frozen=True):
    """How often a data set (or the data of a type, or everything) was answered in a way in a month of Japan (`2026-11`).

    `at_least` is what everybody is told: 0, 1 (1 to 9), else rounded down to tens. For staff: `count` is the number itself, `day` the
    day of the month that was counted last, `days` the counts of the days before it, by day (`05`). So the present day has what
    `days` leave of `count`, and a count that is written every minute is one number.
    """

    entity_type: ClassVar[str] = "DataUse"

    id: str
    month: str
    way: str
    subject: str
    office: str = ""
    at_least: int = 0
    count: int = 0
    day: str = ""
    days: dict[str, int] = {}

    def by_day(self) -> dict[str, int]:
        """The counts by day of the month."""
        last = self.count - sum(self.days.values())
        return {**self.days, self.day: last} if self.day and last else dict(self.days)


class Counted(msgspec.Struct, frozen=True):
    """One count to be added."""

    way: Annotated[str, Meta(min_length=1, max_length=30, pattern=r"^[A-Za-z0-9 -]+$")]
    subject: Annotated[str, Meta(min_length=1, max_length=300)]
    count: Annotated[int, Meta(ge=1)]
    office: Annotated[str, Meta(max_length=60)] = ""


class KeepUse(msgspec.Struct, frozen=True):
    """What was counted on a day of Japan (`2026-11-23`) since it was kept last; each way and subject once."""

    day: Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    rows: Annotated[tuple[Counted, ...], Meta(max_length=ROWS_MAX)]


def use_id(month: str, way: str, subject: str) -> str:
    """The id of a count."""
    return f"urn:ngsi-ld:DataUse:{month}:{way.replace(' ', '-')}:{subject}"


def rounded(count: int) -> int:
    """What everybody is told of a count: at least so many."""
    return count - count % ROUND_TO if count >= ROUND_TO else min(count, 1)


USES: Final = EntityType(
    name="DataUse",
    view=DataUse,
    words=Words("データの利用", "Use of data", "データを つかった かず"),
    title="subject",
    columns=("month", "way", "subject", "office", "at_least", "count"),
    public=("month", "way", "subject", "office", "at_least"),
    roles=(STAFF, ADMIN),
    desk="opendata/use",
    workings=frozenset({"day", "days"}),
    labels={
        "month": Words("月", "Month", "月（つき）"),
        "way": Words("使い方", "Way", "つかいかた"),
        "subject": Words("データ", "Data", "データ"),
        "office": Words("担当", "Office", "たんとう"),
        "at_least": Words("回数（少なくとも）", "Times, at least", "かず（これより 多（おお）い）"),
        "count": Words("回数", "Times", "かず"),
    },
)
