"""The pages of delivered files: the list with a form for a new one; one file with its score, its repairs before and after, its decision."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import msgspec

from kaiteki.kit.pages import Missing, Moved, PageAsk, PageReply, Plain, Shown, part_of_path
from kaiteki.kit.views import ordered
from kaiteki.model.decision import Fault, Refused
from kaiteki.model.query import Query
from kaiteki.model.said import said_day
from kaiteki.model.words import Words
from kaiteki.services.opendata.intake.clearance import NEVER
from kaiteki.services.opendata.intake.clearing import Clear
from kaiteki.services.opendata.intake.delivery import (
    BYTES_MAX,
    STATES,
    AcceptRepairs,
    Delivery,
    Discard,
    TakeFile,
    pack,
    source_of,
    whole_of,
)
from kaiteki.services.opendata.intake.geodata import is_geodata, preview_file
from kaiteki.services.opendata.intake.geodata_desk import said_of_places
from kaiteki.services.opendata.intake.looking import LOOKED, Looked
from kaiteki.services.opendata.intake.outline import Outline, find_outline
from kaiteki.services.opendata.intake.outlying import SORTS as OUTLYING
from kaiteki.services.opendata.intake.outlying import Outlying
from kaiteki.services.opendata.intake.privacy import SORTS
from kaiteki.services.opendata.intake.refusal import WORDS as REFUSALS
from kaiteki.services.opendata.intake.written import write_table
from kaiteki.services.opendata.quality import WORDS
from kaiteki.services.opendata.readability.desk import noticed_of, said_of
from kaiteki.services.opendata.readability.repairs.change import BECAME, Change
from kaiteki.services.opendata.readability.repairs.mending import REPAIRS
from kaiteki.services.opendata.reading.source import Unreadable
from kaiteki.services.opendata.settings import Settings

SHOWN_MAX: Final = 20
"""Files of one page: each is read with its original."""
FROM_MAX: Final = 100_000
DOUBTS_MAX: Final = 100
"""Doubts that one page decides on; a file with more is mended before."""
COLOURS: Final = {
    "open": "key",
    "held": "warn",
    "asked": "key",
    "in": "good",
    "failed": "bad",
    "discarded": "plain",
}


async def show_files(ask: PageAsk) -> PageReply:
    """The files that came, the newest first."""
    return await _files(ask, ())


async def act_files(ask: PageAsk) -> PageReply:
    """Take a file in."""
    upload = next(iter(ask.files.get("file", ())), None)
    if upload is None:
        words = Words("ファイルを選んでください。", "Please choose a file.", "ファイルを えらんで ください。")
        return await _files(ask, (Fault("file", "missing", words),))
    if len(upload.content) > BYTES_MAX:
        return await _files(ask, (Fault("file", "too_large", REFUSALS["too_large"]),))
    packed = await asyncio.to_thread(pack, upload.content)
    done = await ask.city.run("opendata.take_file", TakeFile(upload.name[-200:], packed))
    if isinstance(done, Refused):
        return await _files(ask, tuple(msgspec.structs.replace(one, field="file") for one in done.faults))
    return Moved(f"opendata/files/{part_of_path(str(done.answer['id']))}")


async def _files(ask: PageAsk, faults: tuple[Fault, ...]) -> PageReply:
    text = ask.query.get("from", "")
    begin = min(int(text), FROM_MAX) if text.isascii() and text.isdigit() and len(text) < 7 else 0
    newest = ordered(Delivery, "received_at", descending=True)
    listing = await ask.city.find(Delivery, Query(order=(newest,), limit=SHOWN_MAX, offset=begin))
    found, more = listing.items, begin + SHOWN_MAX if listing.more else 0
    rows = [
        [
            {"text": one.file_name, "href": f"/{ask.area}/opendata/files/{part_of_path(one.id)}"},
            {"text": STATES[one.state].say(ask.language), "tag": COLOURS[one.state]},
            said_day(one.received_at, ask.language) if one.received_at else "—",
            one.url or "—",
        ]
        for one in found
    ]
    return Shown({"rows": rows, "faults": faults, "more": more, "begin": begin}, 422 if faults else 200)


async def show_file(ask: PageAsk) -> PageReply:
    """One file: before, after, what each repair does."""
    return await _file(ask, ())


async def act_file(ask: PageAsk) -> PageReply:
    """Accept repairs, clear or discard."""
    entity_id, do = ask.path.get("id", ""), _first(ask, "do")
    if do == "clear":
        done = await ask.city.run("opendata.clear_file", _decided(ask, entity_id))
    elif do == "discard":
        done = await ask.city.run("opendata.discard_file", Discard(entity_id))
    else:
        accepted = tuple(name for name in REPAIRS if do == "all" and not REPAIRS[name].offered)
        chosen = accepted or tuple(ask.fields.get("accepted", ()))
        done = await ask.city.run("opendata.accept_repairs", AcceptRepairs(entity_id, chosen))
    if isinstance(done, Refused) and done.code != "not_found":
        return await _file(ask, done.faults)
    if isinstance(done, Refused):
        # decided meanwhile, by another press or somebody else: the page says what came of it; it is missing only where the file is
        return await _file(ask, ())
    # what was decided is shown once more, as it now becomes public
    return Moved(f"opendata/files/{part_of_path(entity_id)}{'/review' if do == 'clear' else ''}")


def _decided(ask: PageAsk, entity_id: str) -> Clear:
    """What was chosen for each doubt, in their order, with the reasons."""
    numbers = range(DOUBTS_MAX)
    decisions, reasons = (
        [_first(ask, f"{name}-{n}").strip() for n in numbers] for name in ("decision", "reason")
    )
    return Clear(entity_id, tuple(decisions), tuple(reasons))


async def file_csv(ask: PageAsk) -> PageReply:
    """The first table of a file after its accepted repairs, as CSV (UTF-8 with BOM)."""
    one = await ask.city.get(Delivery, ask.path.get("id", ""))
    if one is None or not one.content or is_geodata(one.file_name):
        return Missing()
    whole = await asyncio.to_thread(whole_of, one)
    return Plain(
        write_table(whole.sheets[0]), "text/csv; charset=utf-8", f"{one.file_name.rpartition('.')[0]}.csv"
    )


async def file_original(ask: PageAsk) -> PageReply:
    """The original of a file, byte for byte."""
    one = await ask.city.get(Delivery, ask.path.get("id", ""))
    if one is None or not one.content:
        return Missing()
    with source_of(one).open() as file:
        return Plain(file.read(), "application/octet-stream", one.file_name)


async def _file(ask: PageAsk, faults: tuple[Fault, ...]) -> PageReply:
    one = await ask.city.get(Delivery, ask.path.get("id", ""))
    if one is None:
        return Missing()
    said: dict[str, Any] = {
        "judged": None,
        "noticed": (),
        "places": (),
        "looked": None,
        "repairs": (),
        "head": (),
        "body": (),
        "outlying": (),
        "layers": None,
        "verdict": None,
        "feed_faults": (),
        "unreadable": "",
        "checked": "",
    }
    if one.content and is_geodata(one.file_name):
        said |= await _places(ask, one)
    elif one.content:
        outline = await _outline(ask)
        looked = await asyncio.to_thread(LOOKED.look_at, one, ask.town, outline)
        said["checked"] = outline.say(ask.language) if outline is not None else ""
        said |= {**said_of(looked.after, ask.language), "looked": looked, **_said(one, looked, ask.language)}
    doubts = [
        {
            "column": doubt.column,
            "sort": SORTS[doubt.sort].say(ask.language),
            "count": doubt.count,
            "lines": ", ".join(map(str, doubt.lines)),
            "is_never": doubt.sort in NEVER,
            "is_fewer": doubt.sort == "fewer",
            "chosen": _first(ask, f"decision-{n}"),
            "why": _first(ask, f"reason-{n}"),
        }
        for n, doubt in enumerate(one.doubts)
    ]
    state = STATES[one.state].say(ask.language)
    values = {"one": one, "faults": faults, "state": state, "colour": COLOURS[one.state], "doubts": doubts}
    return Shown({**values, **said, "address": part_of_path(one.id)}, 422 if faults else 200)


async def _places(ask: PageAsk, one: Delivery) -> dict[str, Any]:
    """What is told of a file of places; where it cannot be read whole, why."""
    outline = await _outline(ask)
    try:
        seen = await asyncio.to_thread(preview_file, source_of(one), ask.town, outline)
    except Unreadable as error:
        return {"layers": [], "unreadable": WORDS[error.issue.code].say(ask.language)}
    told = {"checked": outline.say(ask.language) if outline is not None else ""}
    return {
        **said_of_places(seen, ask.language),
        **told,
        "outlying": _outlying(seen.outlying, ask.language),
    }


async def _outline(ask: PageAsk) -> Outline | None:
    """Where the area lies; None where nothing is known of the area."""
    settings = ask.settings if isinstance(ask.settings, Settings) else Settings()
    return await find_outline(ask.city, ask.town, settings.outline) if ask.town is not None else None


async def outlying_of(ask: PageAsk, one: Delivery) -> dict[str, Any]:
    """The rows of a delivery that lie outside of the area, and what is noticed in its contents after the accepted repairs, as a page tells
    them."""
    outline = await _outline(ask)
    if is_geodata(one.file_name):
        seen = await asyncio.to_thread(preview_file, source_of(one), ask.town, outline)
        return {"outlying": _outlying(seen.outlying, ask.language), "noticed": []}
    looked = await asyncio.to_thread(LOOKED.look_at, one, ask.town, outline)
    return {
        "outlying": _outlying(looked.outlying, ask.language),
        "noticed": noticed_of(looked.after.noticed, ask.language)["noticed"],
    }


def _outlying(found: tuple[Outlying, ...], language: str) -> list[list[Any]]:
    return [
        [
            OUTLYING[one.sort].say(language),
            {"text": f"{one.count:,}", "number": True},
            ", ".join(map(str, one.lines)) + ("…" if one.count > len(one.lines) else ""),
        ]
        for one in found
    ]


def _said(one: Delivery, looked: Looked, language: str) -> dict[str, Any]:
    repairs = [
        {
            "name": step.repair,
            "words": REPAIRS[step.repair].words.say(language),
            "rules": "・".join(REPAIRS[step.repair].rules),
            "accepted": step.repair in one.accepted,
            "offered": REPAIRS[step.repair].offered,
            "count": step.count,
            "rows": [_change(one, language) for one in step.changes],
        }
        for step in looked.repairs
    ]
    return {
        "repairs": repairs,
        "head": looked.head,
        "body": looked.body,
        "is_long": looked.is_long,
        "notes": looked.notes,
        "outlying": _outlying(looked.outlying, language),
    }


def _change(one: Change, language: str) -> list[str]:
    became = BECAME[one.after].say(language) if one.after in BECAME else one.after
    return [one.at, one.before or "—", became or "—"]


def _first(ask: PageAsk, name: str) -> str:
    return next(iter(ask.fields.get(name, ())), "")
