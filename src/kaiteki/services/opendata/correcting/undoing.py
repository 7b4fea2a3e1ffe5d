"""What to undo a correction puts back. Pure.

a cell that it changed ─┬─ what was there before was written by hand, too ──► that
                        ├─ it stands against its file ─────────────────────► what the newest file says, which the old one may not have said
                        └─ its file has had its way since ─────────────────► nothing: it says what the file says
"""

from __future__ import annotations

from collections.abc import Mapping

from kaiteki.model.instant import Instant
from kaiteki.services.opendata.correcting.model import Act, CellChange, Correction


def act_at(kept: Correction | None, at: Instant | None) -> Act | None:
    """The correction of a moment; None where there is none."""
    return next((act for act in kept.acts if act.at == at), None) if kept is not None else None


def put_back(kept: Correction, act: Act, now: Mapping[str, str]) -> dict[str, str]:
    """The cells that an act changed as they are to be without it, by key; those alone that become another. `now`: what stands in each."""
    filed = {one.key: one.was for one in kept.standing}
    back = {one.key: text for one in act.changes if (text := _text(one, filed, now)) is not None}
    return {key: text for key, text in back.items() if key in now and text != now[key]}


def _text(change: CellChange, filed: Mapping[str, str], now: Mapping[str, str]) -> str | None:
    if change.by_hand and (change.key in filed or now.get(change.key) == change.after):
        return change.before
    return filed.get(change.key)
