"""What has changed in a data set since a day or a moment, in the columns of its CSV; and the same as a table and as JSON.

Of attributes whose past is not public (`EntityType.public_past`) what is is told, where they were written since, and never what was.

    since ─► Published.changes (kit.changed) ─► created · changed, column by column · removed ─► page, CSV, JSON

Who has a download with ids (`records.csv?ids=1`) as of `since` and applies the changes has the download of `until`: what is created
is put in, what is changed gets its cells after, what is removed goes. What happens while it is read may be told again the next time.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from kaiteki.kit.changed import Changed
from kaiteki.model.instant import Instant, format_instant, is_day, parse_instant
from kaiteki.model.words import Words
from kaiteki.services.opendata.downloads.content import Content, Sheet

DAYS_MAX: Final = 400
"""How far back changes are told."""
CHANGES_MAX: Final = 10_000
"""Records that one answer tells the changes of; where more changed, the whole is fetched."""
JAPAN: Final = ZoneInfo("Asia/Tokyo")
DAY_US: Final = 86_400_000_000
KINDS: Final[Mapping[str, Words]] = {
    "created": Words("追加", "Created", "あたらしい"),
    "changed": Words("変更", "Changed", "かわった"),
    "removed": Words("削除", "Removed", "なくなった"),
}

NO_SINCE: Final = Words(
    ja="since に日付（2026-04-01）か日時（2026-04-01T09:00:00Z）を指定してください。",
    en="since is a day (2026-04-01) or a moment (2026-04-01T09:00:00Z).",
    easy="since に 日（ひ）を 書（か）いて ください（れい：2026-04-01）。",
)
AHEAD: Final = Words(
    ja="since が未来です。",
    en="since lies ahead.",
    easy="その 日（ひ）は まだ 来（き）て いません。",
)
TOO_OLD: Final = Words(
    ja=f"変更をお知らせできるのは{DAYS_MAX}日前までです。それより前のデータを持っている場合は、全体を保存し直してください。",
    en=f"Changes are told for {DAYS_MAX} days back. Please fetch the whole data set instead.",
    easy=f"{DAYS_MAX}日（にち）より 前（まえ）の ことは わかりません。ぜんぶ ほぞん して ください。",
)
BAD_SINCE: Final = (NO_SINCE, AHEAD, TOO_OLD)
"""What is wrong with the moment, whatever the data set."""
TOO_MANY: Final = Words(
    ja=f"変わったレコードが{CHANGES_MAX:,}件を超えています。全体を保存し直してください。",
    en=f"More than {CHANGES_MAX:,} records have changed. Please fetch the whole data set instead.",
    easy="かわった ものが 多（おお）すぎます。ぜんぶ ほぞん して ください。",
)

NO_PAST: Final = Words(
    ja="このデータについては、変わったところをお知らせしていません。全体を保存し直してください。",
    en="What has changed is not told of this data set. Please fetch the whole data set instead.",
    easy="この データは かわった ところが わかりません。ぜんぶ ほぞん して ください。",
)


class Step(msgspec.Struct, frozen=True):
    """What became of one record: `cells` are (before, after) by heading, those that differ alone; nothing where it was removed.

    Before is None where it is not told: the past of the column is not public.
    """

    id: str
    kind: str
    at: Instant
    cells: Mapping[str, tuple[str | None, str]]
    name: str = ""
    """What people call the record; of one that was removed, the end of its id."""


class Difference(msgspec.Struct, frozen=True):
    """The changes between two moments, by id."""

    since: Instant
    until: Instant
    headings: Sequence[str]
    steps: Sequence[Step]

    def of(self, kind: str) -> list[Step]:
        """The steps of one kind."""
        return [one for one in self.steps if one.kind == kind]


def read_since(text: str, now: Instant) -> Instant | Words:
    """The moment that is meant: a day begins at midnight in Japan. Words say why it is none."""
    since = parse_instant(text)
    if since is None:
        if not is_day(text):
            return NO_SINCE
        midnight = datetime.datetime.combine(datetime.date.fromisoformat(text), datetime.time(), JAPAN)
        since = Instant(int(midnight.timestamp()) * 1_000_000)
    if since > now:
        return AHEAD
    return TOO_OLD if now - since > DAYS_MAX * DAY_US else since


async def find_difference(content: Content, sheet: Sheet, since: Instant, now: Instant) -> Difference | Words:
    """What has changed; words where it is more than is told, or where nothing is told of the past."""
    if not content.published.tells_past(content.view):
        return NO_PAST
    steps: list[Step] = []
    async for one in content.published.changes(content.view, since, content.within):
        step = _step(one, sheet)
        if step is not None:
            steps.append(step)
        if len(steps) > CHANGES_MAX:
            return TOO_MANY
    return Difference(since, now, sheet.headings, sorted(steps, key=lambda step: step.id))


def _step(one: Changed, sheet: Sheet) -> Step | None:
    if one.after is None:
        return Step(one.id, "removed", one.at, {}, one.id.rpartition(":")[2])
    name = sheet.name_of(one.present)
    if one.before is None:
        cells = zip(sheet.headings, sheet.cells(one.present), strict=True)
        return Step(one.id, "created", one.at, {heading: ("", cell) for heading, cell in cells if cell}, name)
    before, after, present = sheet.cells(one.before), sheet.cells(one.after), sheet.cells(one.present)
    changed: dict[str, tuple[str | None, str]] = {}
    for column, old, new, is_now in zip(sheet.columns, before, after, present, strict=True):
        if column.field in one.untold:
            changed[column.heading] = None, is_now
        elif old != new:
            changed[column.heading] = old, new
    return Step(one.id, "changed", one.at, changed, name) if changed else None


HEAD: Final = ("変更の種類", "日時", "id", "項目", "変更前", "変更後")


def rows_of(found: Difference) -> list[list[str]]:
    """The changes as lines of a table: one for each cell; one without a column for a record that was removed.

    What was is empty where it is not told.
    """
    rows: list[list[str]] = [list(HEAD)]
    for step in found.steps:
        head = [KINDS[step.kind].ja, format_instant(step.at), step.id]
        if not step.cells:
            rows.append([*head, "", "", ""])
        rows += [[*head, heading, old or "", new] for heading, (old, new) in step.cells.items()]
    return rows


def document_of(data_set: str, found: Difference) -> dict[str, Any]:
    """The changes as JSON: of created records all that is not empty, of changed ones what was (where it is told) and what is."""
    return {
        "dataSet": data_set,
        "since": format_instant(found.since),
        "until": format_instant(found.until),
        "columns": list(found.headings),
        "created": [
            {
                "id": one.id,
                "at": format_instant(one.at),
                "cells": {name: new for name, (_, new) in one.cells.items()},
            }
            for one in found.of("created")
        ],
        "changed": [
            {
                "id": one.id,
                "at": format_instant(one.at),
                "cells": {name: _both(*cells) for name, cells in one.cells.items()},
            }
            for one in found.of("changed")
        ],
        "removed": [{"id": one.id, "at": format_instant(one.at)} for one in found.of("removed")],
    }


def _both(old: str | None, new: str) -> dict[str, str]:
    return {"after": new} if old is None else {"before": old, "after": new}
