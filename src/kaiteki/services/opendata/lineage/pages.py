"""The page of the lineage of a data set: its steps, its files, and the way between a record and its line in both directions."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

import msgspec

from kaiteki.kit.catalogue.entries import Entry
from kaiteki.kit.catalogue.records import type_of
from kaiteki.kit.manifest import EntityType, Service
from kaiteki.kit.pages import PageAsk, PageReply, Shown, part_of_path
from kaiteki.model.instant import Instant, format_instant
from kaiteki.model.words import Words
from kaiteki.services.opendata.absence import no_data_set
from kaiteki.services.opendata.lineage.kinds import WAYS
from kaiteki.services.opendata.lineage.model import SourceFile
from kaiteki.services.opendata.lineage.steps import (
    Said,
    mapping_rows,
    place_words,
    steps_of_file,
    steps_of_release,
    steps_of_service,
)
from kaiteki.services.opendata.lineage.tracing import (
    Found,
    files_from,
    find_line,
    newest_file,
    placed_from,
)
from kaiteki.services.opendata.model import record_view

TITLE: Final = Words("{title}の来歴", "Lineage of {title}", "{title}は どこから きたか")
LINES_SHOWN: Final = 20
LINE_MAX: Final = 1_000_000_000
FILES_SHOWN: Final = 20
JAPAN_US: Final = 9 * 3_600_000_000
NO_LINE: Final = Words(
    "この行からできた記録はありません（見出し、空の行、受けつけなかった行など）。",
    "No record came of this line: a heading, a blank or refused row, or none at all.",
    "この 行（ぎょう）の データは ありません。",
)
NO_RECORD: Final = Words(
    "この記録がどの行から来たかは残っていません。もう一度取り込むと残ります。",
    "Of this record no line is known; the next import of its file will tell it.",
    "どの 行（ぎょう）か わかりません。",
)
NOT_HERE: Final = Words(
    "このデータセットにその記録はありません。",
    "There is no such record in this data set.",
    "その データは ありません。",
)
NO_NUMBER: Final = Words("行は1以上の数で書いてください。", "Please write the line as a number from 1 on.", "1から の 数（かず）で 書（か）いて ください。")  # fmt: skip


class Sought(msgspec.Struct, frozen=True):
    """What somebody looks for: a record, or a line from which on lines are shown; `fault` where it cannot be read."""

    record: str = ""
    line: int = 0
    fault: Words | None = None


async def show_lineage(ask: PageAsk) -> PageReply:
    """The page."""
    entry = (await ask.city.catalogue()).get(ask.path.get("id", ""))
    if entry is None:
        return no_data_set(ask)
    file = await newest_file(ask.city, entry.id) if entry.kind == "table" else None
    sought = read_sought(ask)
    values: dict[str, Any] = {"files": (), "mapping": (), "lines": (), "more": 0, "result": None}
    if file is not None:
        values |= await _traced(ask, entry, file, sought)
        steps = steps_of_file(file, entry, ask)
    else:
        steps = _steps(ask, entry)
    return Shown(
        {
            **values,
            "entry": entry,
            "title": TITLE.fill(ask.language, title=entry.title.say(ask.language)),
            "data_set": entry.title.say(ask.language),
            "page": f"/{ask.area}/{entry.page}",
            "here": f"data/{part_of_path(entry.id)}/lineage",
            "file": file,
            "steps": steps,
            "step_rows": [[one.title, moment(one.at), one.who or "—", one.text] for one in steps],
            "sought": sought,
            "fault": sought.fault.say(ask.language) if sought.fault is not None else "",
            "dcat": f"/{ask.area}/catalog/{entry.name}",
        },
        400 if sought.fault is not None else 200,
    )


def read_sought(ask: PageAsk) -> Sought:
    """What the query asks for."""
    record, text = ask.query.get("record", "").strip()[:500], ask.query.get("line", "").strip()
    if not text:
        return Sought(record)
    if not (text.isascii() and text.isdigit() and len(text) < 11 and 1 <= int(text) <= LINE_MAX):
        return Sought(record, fault=NO_NUMBER)
    return Sought(record, int(text))


def _steps(ask: PageAsk, entry: Entry) -> list[Said]:
    if entry.kind == "statistics":
        return steps_of_release(entry, ask)
    if entry.kind == "type":
        written = writer_of(ask, entry)
        return steps_of_service(*written, entry, ask) if written is not None else []
    return []


def writer_of(ask: PageAsk, entry: Entry) -> tuple[Service, EntityType] | None:
    """The service whose type the records of an entry have, and the type."""
    declared = type_of(entry, ask.city.services)
    found = (one for one in ask.city.services if declared is not None and declared in one.types)
    service = next(found, None)
    return (service, declared) if service is not None and declared is not None else None


async def _traced(ask: PageAsk, entry: Entry, file: SourceFile, sought: Sought) -> dict[str, Any]:
    """The files, the columns, the lines from the one that is sought on, and what was found."""
    files = [one async for one in files_from(ask.city, file)][:FILES_SHOWN]
    placed, more = await placed_from(ask.city, file, sought.line, LINES_SHOWN)
    named = await ask.city.named([entity_id for _, entity_id in placed])
    is_place = any(
        one.name == entry.record_type and one.page == "places/{id}"
        for service in ask.city.services
        for one in service.types
    )
    result = None
    if sought.record:
        result = await _of_record(ask, entry, file, sought.record)
    elif sought.line:
        here = [named[entity_id].title or entity_id for line, entity_id in placed if line == sought.line]
        words = place_words(file, sought.line, ask.language)
        text = "、".join(here[:LINES_SHOWN]) if here else NO_LINE.say(ask.language)
        result = {"title": f"{file.name}　{words}", "text": text, "found": bool(here)}
    return {
        "files": [_file_row(one, ask.language) for one in files],
        "mapping": mapping_rows(file, ask.language),
        "lines": [_line_row(ask, file, one, named[one[1]].title, is_place) for one in placed],
        "more": more,
        "result": result,
    }


def _file_row(one: SourceFile, language: str) -> list[Any]:
    digest = one.files[0].digest if one.files else one.digest
    return [
        f"{one.number}",
        one.name,
        WAYS[one.way].say(language),
        moment(one.received_at),
        digest[:16] + "…",
    ]


def _line_row(
    ask: PageAsk, file: SourceFile, placed: tuple[int, str], title: str, is_place: bool
) -> list[Any]:
    line, entity_id = placed
    address = (
        f"/{ask.area}/places/{part_of_path(entity_id)}"
        if is_place
        else f"?{urlencode({'record': entity_id})}"
    )
    return [place_words(file, line, ask.language), {"text": title or entity_id, "href": address}]


async def _of_record(ask: PageAsk, entry: Entry, newest: SourceFile, record: str) -> dict[str, Any]:
    """What is told of one record: its file and line, and whether it was written since."""
    kept = await belongs_to(ask, entry, record)
    if kept is None:
        return {"title": record, "text": NOT_HERE.say(ask.language), "found": False}
    title = str(getattr(kept, "name", "") or record)
    found = await find_line(ask.city, newest, record)
    if found is None:
        return {"title": title, "text": NO_RECORD.say(ask.language), "found": False}
    return {"title": title, "text": await _told(ask, entry, found, record), "found": True}


async def belongs_to(ask: PageAsk, entry: Entry, record: str) -> Any | None:
    """A record of a data set, as far as the person may see it."""
    found = await ask.city.get(record_view(entry.record_type), record)
    return found if found is not None and found.data_set == entry.id else None


async def _told(ask: PageAsk, entry: Entry, found: Found, record: str) -> str:
    file = found.file
    told = Words(
        "ファイル「{name}」（{day} に届いたもの）の{place}から作られました。",
        "It was made of {place} of the file “{name}”, which came on {day}.",
        "「{name}」の {place}の データです。",
    ).fill(
        ask.language,
        name=file.name,
        day=moment(file.received_at)[:10],
        place=place_words(file, found.line, ask.language),
    )
    last = await ask.city.past(entry.record_type, record, 1)
    if last and file.finished_at is not None and last[0].at > file.finished_at:
        told += Words(
            " その後 {at} に書き換えられています。",
            " It was written again at {at}.",
            " そのあと {at} に かわりました。",
        ).fill(ask.language, at=moment(last[0].at))
    return told


def moment(at: int | None) -> str:
    """Day and minute in Japan; a dash where nobody knows."""
    return format_instant(Instant(at + JAPAN_US))[:16].replace("T", " ") if at else "—"
