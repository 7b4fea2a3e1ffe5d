"""The page on which a delivered file is decided on: what becomes public, for whom, under which terms, and what changes."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from kaiteki.kit.pages import Missing, Moved, PageAsk, PageReply, Shown, part_of_path
from kaiteki.model.decision import Fault, Refused
from kaiteki.model.open_data import LICENCES, licence_code
from kaiteki.model.said import said_day
from kaiteki.model.words import Words
from kaiteki.services.opendata.intake.bringing import COLUMNS_MAX, BringIn, undo
from kaiteki.services.opendata.intake.delivery import Delivery
from kaiteki.services.opendata.intake.desk import outlying_of
from kaiteki.services.opendata.intake.privacy import SORTS
from kaiteki.services.opendata.intake.review import Coming, Decision, review
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


_YOU: Final = Words("あなた", "you", "あなた")
_OTHER: Final = Words("ほかの職員", "another member of staff", "ほかの 職員（しょくいん）")
_COMMAND: Final = Words("取り込みのコマンド", "the import command", "とりこみの コマンド")


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
        tuple(table.run for table in coming) if not isinstance(coming, str) else (),
        _again(ask),
    )
    done = await ask.city.run("opendata.bring_in", form)
    if isinstance(done, Refused):
        return Missing() if done.code == "not_found" else await _shown(ask, given, done.faults)
    return Moved(f"opendata/files/{part_of_path(one.id)}")


def _again(ask: PageAsk) -> tuple[str, ...]:
    """The columns on which whoever asks wants to decide again, a line each in the address."""
    return tuple(dict.fromkeys(ask.query.get("again", "").splitlines()))[:COLUMNS_MAX]


async def _coming(ask: PageAsk, one: Delivery) -> tuple[Coming, ...] | str:
    """What would come in, or why the file cannot be read."""
    try:
        return await review(ask.city, undo(one, _again(ask)), ask.town.plane if ask.town is not None else 0)
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
        "people": [
            (doubt.column, SORTS[doubt.sort].say(ask.language)) for table in tables for doubt in table.people
        ],
        "decisions": [_decision(ask, each) for table in tables for each in table.decisions],
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


def _decision(ask: PageAsk, one: Decision) -> dict[str, Any]:
    """A decision on a column as the page tells it, with the address at which it is decided again."""
    if one.by == ask.person.account_id:
        who = _YOU.say(ask.language)
    else:
        who = one.who or (_OTHER if one.by else _COMMAND).say(ask.language)
    lines = "\n".join(dict.fromkeys((*_again(ask), one.column)))
    return {
        "column": one.column,
        "sort": SORTS[one.sort].say(ask.language) if one.sort else "",
        "reason": one.reason,
        "is_before": one.is_before,
        "who": who,
        "at": said_day(one.at, ask.language) if one.at else "—",
        "again": urlencode({"again": lines}),
    }


def _before(one: Delivery, tables: tuple[Coming, ...], settings: Settings, language: str) -> dict[str, str]:
    """What the form is filled with: what was said of this data the last time, else what the area says of all."""
    known = next((table.data_set for table in tables if table.data_set is not None), None)
    source = one.source or (known.source if known is not None else "")
    licence = one.licence or (known.licence if known is not None else "") or settings.licence
    publisher = settings.publisher.ja if settings.publisher is not None else ""
    return {"source": source or publisher, "licence": licence_code(licence), "left_file": "remove"}
