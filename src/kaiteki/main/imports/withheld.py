"""What an import has to do with what is not public: drafts begin hidden, what was withdrawn or erased is not brought back unasked."""

from __future__ import annotations

import msgspec

from kaiteki.main.imports.targets import Target
from kaiteki.services.opendata.model import DataSet
from kaiteki.services.opendata.reading.source import Issue, Unreadable
from kaiteki.services.opendata.withdrawal.model import Withdrawal, withdrawal_id


async def begin_withheld(target: Target, data_set: str, title: str, draft: bool) -> str:
    """The Withdrawal for which what comes in of a table is hidden; empty where it is public.

    Raises Unreadable for a draft of what is public: its rows would be.
    """
    kept = await target.get(Withdrawal, withdrawal_id(data_set))
    if kept is not None and kept.hides:
        if kept.state == "erased":
            again = msgspec.structs.replace(kept, about=data_set, title=title, state="withheld", drafted=True)
            await target.keep([again])
        return kept.id
    if not draft:
        return ""
    if await target.get(DataSet, data_set) is not None:
        raise Unreadable(Issue("draft_of_public", level="refused"))
    made = Withdrawal(withdrawal_id(data_set), data_set, data_set, title, "withheld", True)
    await target.keep([made])
    return made.id


async def end_withheld(target: Target, data_set: str, withheld: str) -> None:
    """Have the node hide or show once more where it was decided otherwise while rows came in."""
    kept = await target.get(Withdrawal, withdrawal_id(data_set))
    if kept is None or kept.hides == bool(withheld):
        return
    state = "publishing" if withheld else "withholding"
    await target.keep([msgspec.structs.replace(kept, state=state)])
