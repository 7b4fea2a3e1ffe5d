"""The page of one source: what became of it, what its columns mean, a trial on its newest file, and the way back."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import msgspec

from kaiteki.kit.pages import Missing, Moved, PageAsk, PageReply, Shown, part_of_path
from kaiteki.model.decision import Fault, Refused
from kaiteki.services.opendata.intake.delivery import Delivery
from kaiteki.services.opendata.intake.harvest import RESULTS, HarvestSource
from kaiteki.services.opendata.intake.harvest_desk import COLOURS, reason
from kaiteki.services.opendata.intake.mapped import (
    COLUMNS_MAX,
    SourceMapping,
    Trial,
    TryMapping,
    UndoMapping,
    UseMapping,
    guess_for,
    mapping_id,
    mark_of,
)
from kaiteki.services.opendata.mapping import IGNORED
from kaiteki.services.opendata.model import KeptChoice
from kaiteki.services.opendata.quality import REASONS, WORDS
from kaiteki.services.opendata.reading.source import Unreadable
from kaiteki.services.opendata.standard.table import standard_types


class _Columns(msgspec.Struct, frozen=True):
    """The columns that are shown: of the draft, of what counts, or as they are guessed; `told` which of these."""

    record_type: str
    choices: tuple[KeptChoice, ...]
    told: str


NO_COLUMNS: Final = _Columns("", (), "")


async def show_source(ask: PageAsk) -> PageReply:
    """The source with its mapping."""
    return await _shown(ask, ())


async def act_source(ask: PageAsk) -> PageReply:
    """Try what the columns mean, use what was tried, or go back."""
    one, given = ask.path.get("id", ""), ask.fields
    do, delivery = _first(given, "do"), _first(given, "delivery")
    form: Any = UndoMapping(one) if do == "undo" else UseMapping(one, delivery, _first(given, "tried"))
    if do not in ("undo", "use"):
        do = "try"
        form = TryMapping(
            one,
            delivery,
            _first(given, "record_type"),
            _first(given, "shown_type"),
            tuple(given.get("column", ()))[:COLUMNS_MAX],
            tuple(given.get("item", ()))[:COLUMNS_MAX],
            ask.town.plane if ask.town is not None else 0,
        )
    done = await ask.city.run(f"opendata.{do}_mapping", form)
    if isinstance(done, Refused):
        return Missing() if done.code == "not_found" else await _shown(ask, done.faults)
    return Moved(f"opendata/harvest/{part_of_path(one)}")


def _first(given: Any, name: str) -> str:
    return next(iter(given.get(name, ())), "")


async def _shown(ask: PageAsk, faults: tuple[Fault, ...]) -> PageReply:
    one = await ask.city.get(HarvestSource, ask.path.get("id", ""))
    if one is None:
        return Missing()
    mapping = await ask.city.get(SourceMapping, mapping_id(one.id)) or SourceMapping(
        mapping_id(one.id), one.id
    )
    newest = await ask.city.get(Delivery, one.delivery) if one.delivery else None
    trial = mapping.trial if mapping.trial is not None and mapping.trial.delivery == one.delivery else None
    columns, why = await asyncio.to_thread(_columns, mapping, newest, trial)
    kind = standard_types().get(columns.record_type)
    values = {
        "one": one,
        "faults": faults,
        "result": RESULTS[one.result].say(ask.language),
        "colour": COLOURS[one.result],
        "why": reason(one.why, ask.language),
        "mapping": mapping,
        "tried": mark_of(mapping),
        "columns": columns,
        "fault": WORDS[why].say(ask.language) if why else "",
        "newest": newest,
        "file": f"opendata/files/{part_of_path(newest.id)}" if newest is not None else "",
        "type_options": [(name, known.words.say(ask.language)) for name, known in standard_types().items()],
        "type_words": kind.words.say(ask.language) if kind else "",
        "items": [(item.key, item.label) for item in kind.items] if kind else [],
        "ignored": IGNORED,
        "reasons": REASONS,
        "trial": trial,
        "issues": _issues(trial, ask.language),
    }
    return Shown(values, 422 if faults else 200)


def _columns(mapping: SourceMapping, newest: Delivery | None, trial: Trial | None) -> tuple[_Columns, str]:
    """What is shown of the columns, and why nothing is."""
    if trial is not None:
        return _Columns(mapping.draft_type, mapping.draft, "draft"), ""
    if newest is None or not newest.content:
        return (
            (_Columns(mapping.record_type, mapping.choices, "used"), "")
            if mapping.record_type
            else (NO_COLUMNS, "")
        )
    told = {choice.column: choice.item for choice in mapping.choices}
    try:
        guessed = guess_for(newest, mapping.record_type, told)
    except Unreadable as error:
        return NO_COLUMNS, error.issue.code
    choices = tuple(KeptChoice(c.column, c.item, c.confidence, c.reason) for c in guessed.choices)
    return _Columns(guessed.type, choices, "used" if mapping.record_type else "guessed"), ""


def _issues(trial: Trial | None, language: str) -> list[list[Any]]:
    return [
        [WORDS[issue.code].say(language), issue.column or "—", {"text": f"{issue.count:,}", "number": True}]
        for issue in (trial.issues if trial is not None else ())
    ]
