"""The page on which a delivered file is decided on: what becomes public, for whom, under which terms, and what changes."""

from __future__ import annotations

from typing import Any, Final

from kaiteki.kit.pages import Missing, Moved, PageAsk, PageReply, Shown, part_of_path
from kaiteki.model.decision import Fault, Refused
from kaiteki.model.open_data import LICENCES, licence_code
from kaiteki.model.words import Words
from kaiteki.services.opendata.intake.delivery import BringIn, Delivery
from kaiteki.services.opendata.intake.desk import outlying_of
from kaiteki.services.opendata.intake.review import Coming, review
from kaiteki.services.opendata.quality import WORDS
from kaiteki.services.opendata.reading.source import Unreadable
from kaiteki.services.opendata.settings import Settings
from kaiteki.services.opendata.standard.table import standard_types

_SURE: Final = Words(
    "消える記録が5分の1を超えています。ファイルが欠けていないか確かめて、「多くても消す」を選んでください。",
    "More than a fifth of the records would go. Please check that the file is whole, and confirm.",
    "たくさん きえます。たしかめて ください。",
)
_OTHERWISE: Final = Words(
    "消える件数が変わりました。もう一度確かめてください。",
    "Another number of records would go now. Please look again.",
    "かずが かわりました。もういちど 見（み）て ください。",
)


async def show_review(ask: PageAsk) -> PageReply:
    """What would become public, and what would change."""
    return await _shown(ask, {}, ())


async def act_review(ask: PageAsk) -> PageReply:
    """Bring the file in as it was shown: publicly, or as a draft."""
    one = await ask.city.get(Delivery, ask.path.get("id", ""))
    if one is None or one.state != "open":
        return Missing()
    given = {name: values[0].strip() for name, values in ask.fields.items() if values}
    removes, told = given.get("left_file") == "remove", given.get("left", "")
    coming = await _coming(ask, one)
    left = sum(table.left for table in coming) if not isinstance(coming, str) else 0
    if removes and left and str(left) != told:
        return await _shown(ask, given, (Fault("left_file", "changed", _OTHERWISE),))
    is_much = not isinstance(coming, str) and any(table.is_much for table in coming)
    sure = given.get("sure") == "yes"
    if removes and is_much and not sure:
        return await _shown(ask, given, (Fault("sure", "missing", _SURE),))
    form = BringIn(
        one.id,
        given.get("source", ""),
        given.get("licence", ""),
        given.get("do") == "draft",
        removes,
        left,
        sure,
    )
    done = await ask.city.run("opendata.bring_in", form)
    if isinstance(done, Refused):
        return Missing() if done.code == "not_found" else await _shown(ask, given, done.faults)
    return Moved(f"opendata/files/{part_of_path(one.id)}")


async def _coming(ask: PageAsk, one: Delivery) -> tuple[Coming, ...] | str:
    """What would come in, or why the file cannot be read."""
    try:
        return await review(ask.city, one, ask.town.plane if ask.town is not None else 0)
    except Unreadable as error:
        return WORDS[error.issue.code].say(ask.language)


async def _shown(ask: PageAsk, given: dict[str, str], faults: tuple[Fault, ...]) -> PageReply:
    one = await ask.city.get(Delivery, ask.path.get("id", ""))
    if one is None:
        return Missing()
    if one.state != "open":
        return Moved(f"opendata/files/{part_of_path(one.id)}")
    found = await _coming(ask, one)
    tables = found if not isinstance(found, str) else ()
    settings = ask.settings if isinstance(ask.settings, Settings) else Settings()
    values: dict[str, Any] = {
        "one": one,
        "address": part_of_path(one.id),
        "unreadable": found if isinstance(found, str) else "",
        "tables": [(table, standard_types()[table.record_type].words.say(ask.language)) for table in tables],
        "left": sum(table.left for table in tables),
        "is_much": any(table.is_much for table in tables),
        "is_hidden": bool(tables) and all(table.is_withheld for table in tables),
        "may_draft": all(table.data_set is None or table.is_withheld for table in tables),
        "licences": [(code, known.words.say(ask.language)) for code, known in LICENCES.items()],
        "given": given or _before(one, tables, settings, ask.language),
        "faults": faults,
        **await outlying_of(ask, one),
    }
    return Shown(values, 422 if faults else 200)


def _before(one: Delivery, tables: tuple[Coming, ...], settings: Settings, language: str) -> dict[str, str]:
    """What the form is filled with: what was said of this data the last time, else what the area says of all."""
    known = next((table.data_set for table in tables if table.data_set is not None), None)
    source = one.source or (known.source if known is not None else "")
    licence = one.licence or (known.licence if known is not None else "") or settings.licence
    publisher = settings.publisher.ja if settings.publisher is not None else ""
    return {"source": source or publisher, "licence": licence_code(licence), "left_file": "remove"}
