"""How counts are kept: added to what the month has, a day closed when the next begins. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from kaiteki.kit.manifest import State
from kaiteki.model.decision import Accepted, Asked
from kaiteki.services.opendata.use.model import Counted, DataUse, KeepUse, rounded, use_id


def keep_needs(form: KeepUse, asked: Asked) -> Sequence[str]:
    """The counts that are added to."""
    return tuple(dict.fromkeys(use_id(form.day[:7], row.way, row.subject) for row in form.rows))


def keep_use(state: State, form: KeepUse, asked: Asked) -> Accepted:
    """Add what was counted."""
    after: dict[str, DataUse] = {}
    month, day = form.day[:7], form.day[8:]
    for row in form.rows:
        name = use_id(month, row.way, row.subject)
        kept = after.get(name) or state.get(name)
        before = kept if isinstance(kept, DataUse) else DataUse(name, month, row.way, row.subject, day=day)
        after[name] = _added(before, row, day)
    return Accepted(tuple(after.values()), answer={"kept": len(after)})


def _added(before: DataUse, row: Counted, day: str) -> DataUse:
    """A day that is over is closed; what is counted late (another node was behind) goes to the day that is counted now."""
    days = before.by_day() if day > before.day else before.days
    count = before.count + row.count
    return msgspec.structs.replace(
        before,
        count=count,
        at_least=rounded(count),
        office=row.office,
        day=max(day, before.day),
        days=days,
    )
