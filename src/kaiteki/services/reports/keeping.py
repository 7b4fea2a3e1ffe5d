"""How the reports of a decision are kept, whichever rule made them: rules see them whole, the public members hold what is public."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import msgspec

from kaiteki.kit.manifest import Command, State
from kaiteki.model.decision import Accepted, Asked, Refused
from kaiteki.model.instant import Instant
from kaiteki.services.reports.model import ID_PREFIX, ContactOffice, Report, contact_id
from kaiteki.services.reports.settings import Settings, inside
from kaiteki.services.reports.shelves import desk_queues, public_shelves, warning_at
from kaiteki.services.reports.steps import settings_of
from kaiteki.services.reports.veil import held_back, hidden_by_staff, veil, whole

REPORTS: Final = f"{ID_PREFIX}Report:"


def keep(report: Report, settings: Settings, now: Instant) -> Report:
    """A report as it is kept: veiled, on its shelves, in its queues."""
    kept = veil(report, settings)
    pictures = tuple(dict.fromkeys(photo.digest for photo in kept.photos))
    return msgspec.structs.replace(
        kept,
        pictures=pictures,
        held_pictures=tuple(one for one in dict.fromkeys(held_back(kept)) if one not in pictures),
        hidden_pictures=hidden_by_staff(kept),
        shelves=public_shelves(kept),
        queues=desk_queues(kept, settings, now),
        warn_at=warning_at(kept, settings),
    )


def keeping(command: Command) -> Command:
    """The command with that care around its rule, so that no rule can forget it."""

    def decide(state: State, form: Any, asked: Asked) -> Accepted | Refused:
        settings = settings_of(asked)
        seen = {name: whole(one) if isinstance(one, Report) else one for name, one in state.items()}
        said = command.decide(seen, form, asked)
        if isinstance(said, Refused):
            return said
        writes = tuple(
            keep(one, settings, asked.now) if isinstance(one, Report) else one for one in said.writes
        )
        reports = (one for one in writes if isinstance(one, Report))
        return msgspec.structs.replace(said, writes=(*writes, *_opened_to(reports, settings)))

    def beside(form: Any, asked: Asked) -> Sequence[str]:
        needed = command.needs(form, asked)
        return tuple(contact_id(one.removeprefix(REPORTS)) for one in needed if one.startswith(REPORTS))

    return msgspec.structs.replace(command, decide=decide, beside=beside)


def _opened_to(reports: Iterable[Report], settings: Settings) -> Iterator[ContactOffice]:
    """The office that may open the contact of a report. While it is with somebody outside, it stays with the one that gave it away."""
    for report in reports:
        if inside(settings, report.office):
            yield ContactOffice(contact_id(report.number), report.office)
