"""The page on which a delivered file is decided on: what becomes public, for whom, under which terms, and what changes."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

import msgspec

from kaiteki.kit.pages import Missing, Moved, PageAsk, PageReply, Shown, part_of_path
from kaiteki.model.decision import Fault, Refused
from kaiteki.model.open_data import LICENCES, licence_code
from kaiteki.model.said import said_day
from kaiteki.model.words import Words
from kaiteki.services.opendata.intake.bringing import COLUMNS_MAX, TABLES_MAX, BringIn, may_renew, undo
from kaiteki.services.opendata.intake.delivery import Delivery
from kaiteki.services.opendata.intake.desk import outlying_of
from kaiteki.services.opendata.intake.privacy import SORTS
from kaiteki.services.opendata.intake.review import Coming, Decision, review
from kaiteki.services.opendata.intake.versions import Candidate
from kaiteki.services.opendata.model import DataSet
from kaiteki.services.opendata.quality import WORDS
from kaiteki.services.opendata.reading.source import KnownAs, Unreadable
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


OWN: Final = "own"
_WHICH: Final = Words(
    "新しいデータセットか、どのデータの次の版かを選んで、「これで比べる」を押してください。",
    "Please choose whether this is a new data set or the next version of one, and compare.",
    "あたらしい データか、どの データの つぎかを えらんで ください。",
)
_NEW: Final = Words("新しいデータセット", "A new data set", "あたらしい データ")
_SAME_NAME: Final = Words(
    "同じファイル名のデータの次の版",
    "The next version of the data of this file name",
    "おなじ 名前（なまえ）の データの つぎ",
)
_GUESS: Final = Words("たぶんこれです", "Probably this one", "たぶん これです")
_COLUMNS: Final = Words("同じ列 {n}／{m}", "Columns in both: {n} of {m}", "おなじ 列（れつ） {n}／{m}")
_ROWS: Final = Words(
    "はじめの{m}行のうち、今ある記録 {n}",
    "Of the first {m} {m|row|rows}, there now: {n}",
    "はじめの {m}行（ぎょう）の 中（なか）で いま ある もの {n}",
)
_YOU: Final = Words("あなた", "you", "あなた")
_OTHER: Final = Words("ほかの職員", "another member of staff", "ほかの 職員（しょくいん）")
_COMMAND: Final = Words("取り込みのコマンド", "the import command", "とりこみの コマンド")


HOLDS: Final = ("ours", "file")
_HOLDS: Final = Words(
    "画面で直した値とファイルの値の、どちらを使うかを選んでください。",
    "Please choose what holds: the correction or the file.",
    "どちらに するか えらんで ください。",
)


async def show_review(ask: PageAsk) -> PageReply:
    """What would become public, and what would change."""
    return await _shown(ask, {}, ())


async def act_review(ask: PageAsk) -> PageReply:
    """Bring the file in as it was shown: publicly, or as a draft."""
    one = await ask.city.get(Delivery, ask.path.get("id", ""))
    if one is None:
        return Missing()
    if one.state != "open":
        # decided meanwhile, by another press or somebody else: the page of the file says what came of it
        return _to_file(one)
    given = {name: values[0].strip() for name, values in ask.fields.items() if values}
    removes, told = given.get("left_file") == "remove", given.get("left", "")
    coming = await _coming(ask, one)
    if not isinstance(coming, str) and (unsaid := _unsaid(ask, one, coming)):
        return await _shown(ask, given, unsaid)
    left = sum(table.left for table in coming) if not isinstance(coming, str) else 0
    if removes and left and str(left) != told:
        return await _shown(ask, given, (Fault("left_file", "changed", _OTHERWISE),))
    crossed = [one for table in coming for one in table.crossed] if not isinstance(coming, str) else []
    if open_yet := tuple(
        Fault(f"holds-{one.mark}", "missing", _HOLDS)
        for one in crossed
        if given.get(f"holds-{one.mark}") not in HOLDS
    ):
        return await _shown(ask, given, open_yet)
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
        file_holds=tuple(one.mark for one in crossed if given.get(f"holds-{one.mark}") == "file"),
        runs=tuple(table.run for table in coming) if not isinstance(coming, str) else (),
        tables=tuple(table.table for table in coming) if not isinstance(coming, str) else (),
        versions=tuple(table.version for table in coming) if not isinstance(coming, str) else (),
        again=_again(ask),
    )
    done = await ask.city.run("opendata.bring_in", form)
    if isinstance(done, Refused) and done.code != "not_found":
        return await _shown(ask, given, done.faults)
    return _to_file(one)


def _to_file(one: Delivery) -> Moved:
    return Moved(f"opendata/files/{part_of_path(one.id)}")


def _again(ask: PageAsk) -> tuple[str, ...]:
    """The columns on which whoever asks wants to decide again, a line each in the address."""
    return tuple(dict.fromkeys(ask.query.get("again", "").splitlines()))[:COLUMNS_MAX]


def _asked_of_tables(ask: PageAsk, name: str) -> dict[str, str]:
    """What the address says of single tables, by their slugs: `<name>-<slug>=…`."""
    said = {
        key.removeprefix(f"{name}-"): value for key, value in ask.query.items() if key.startswith(f"{name}-")
    }
    return dict(list(said.items())[:TABLES_MAX])


async def _as_chosen(ask: PageAsk, one: Delivery) -> Delivery:
    """A delivery as whoever asks wants to see it: its tables as newer versions of what was chosen, columns on which they decide again."""
    chosen = _asked_of_tables(ask, "version")
    versions = [each for each in one.versions if each.table not in chosen]
    for table, wanted in chosen.items():
        known = await ask.city.get(DataSet, wanted) if wanted not in ("", OWN) else None
        if known is not None and may_renew(known):
            versions.append(KnownAs(table, known.id.rpartition(":")[2], known.title, known.record_type))
    return undo(msgspec.structs.replace(one, versions=tuple(versions)), _again(ask))


def _unsaid(ask: PageAsk, one: Delivery, tables: tuple[Coming, ...]) -> tuple[Fault, ...]:
    """Tables of a new name that look like newer versions of something, of which nobody has said so or not."""
    said = {
        *(table for table, value in _asked_of_tables(ask, "version").items() if value),
        *(each.table for each in one.versions),
    }
    return tuple(
        Fault(f"version-{table.table}", "missing", _WHICH)
        for table in tables
        if table.table not in said and not table.is_known and any(x.is_guess for x in table.candidates.listed)
    )


async def _coming(ask: PageAsk, one: Delivery) -> tuple[Coming, ...] | str:
    """What would come in, or why the file cannot be read."""
    try:
        plane, words = ask.town.plane if ask.town is not None else 0, _asked_of_tables(ask, "find")
        return await review(ask.city, await _as_chosen(ask, one), plane, words)
    except Unreadable as error:
        return WORDS[error.issue.code].say(ask.language)


async def _shown(ask: PageAsk, given: dict[str, str], faults: tuple[Fault, ...]) -> PageReply:
    one = await ask.city.get(Delivery, ask.path.get("id", ""))
    if one is None:
        return Missing()
    if one.state != "open":
        return _to_file(one)
    found = await _coming(ask, one)
    tables = found if not isinstance(found, str) else ()
    settings = ask.settings if isinstance(ask.settings, Settings) else Settings()
    values: dict[str, Any] = {
        "one": one,
        "address": part_of_path(one.id),
        "unreadable": found if isinstance(found, str) else "",
        "tables": [(table, standard_types()[table.record_type].words.say(ask.language)) for table in tables],
        "versions": {table.table: _versions(ask, one, table) for table in tables},
        "again": "\n".join(_again(ask)),
        "kept_choices": [
            (name, value) for name, value in ask.query.items() if name.startswith(("version-", "find-"))
        ],
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


def _versions(ask: PageAsk, one: Delivery, table: Coming) -> dict[str, Any] | None:
    """The choice of what a table is: its own data set, or the newer version of one of those that are listed; None where there is none."""
    listed = {each.id: each for each in table.candidates.listed}
    words = _asked_of_tables(ask, "find").get(table.table, "")
    if not listed and not words and not table.version:
        return None
    own = _SAME_NAME if table.is_known else _NEW
    options = [(OWN, own.say(ask.language), "")]
    if table.version and table.version not in listed and table.data_set is not None:
        options.append((table.version, table.data_set.title, ""))
    options += [(each.id, each.title, _said_of(each, ask.language)) for each in listed.values()]
    is_said = table.table in _asked_of_tables(ask, "version") or table.is_known
    fits, is_guessed = (any(getattr(each, name) for each in listed.values()) for name in ("fits", "is_guess"))
    return {
        "options": options,
        "value": table.version or (OWN if is_said or not is_guessed else ""),
        "words": words,
        "more": table.candidates.more,
        "is_open": fits or bool(words) or bool(table.version),
    }


def _said_of(one: Candidate, language: str) -> str:
    """How far a candidate agrees."""
    told: list[str] = []
    if one.is_guess:
        told.append(_GUESS.say(language))
    if one.both:
        told.append(_COLUMNS.fill(language, n=one.both, m=one.either))
    if one.tried:
        told.append(_ROWS.fill(language, n=one.known, m=one.tried))
    return "・".join(told)


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
        "again": urlencode({**ask.query, "again": lines}),
    }


def _before(one: Delivery, tables: tuple[Coming, ...], settings: Settings, language: str) -> dict[str, str]:
    """What the form is filled with: what was said of this data the last time, else what the area says of all."""
    known = next((table.data_set for table in tables if table.data_set is not None), None)
    source = one.source or (known.source if known is not None else "")
    licence = one.licence or (known.licence if known is not None else "") or settings.licence
    publisher = settings.publisher.ja if settings.publisher is not None else ""
    return {"source": source or publisher, "licence": licence_code(licence), "left_file": "remove"}
