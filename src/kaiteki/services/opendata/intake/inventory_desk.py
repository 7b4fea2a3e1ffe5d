"""The page of the inventory of data, its files both ways."""

from __future__ import annotations

import asyncio
from typing import Final

from kaiteki.kit.pages import Moved, PageAsk, PageReply, Plain, Shown
from kaiteki.kit.views import ordered
from kaiteki.model.decision import Fault, Refused
from kaiteki.model.query import Query
from kaiteki.model.words import Words
from kaiteki.services.opendata.intake.delivery import pack
from kaiteki.services.opendata.intake.inventory import (
    COLUMNS,
    DataMapEntry,
    KeepInventory,
    rows_of,
    write_csv,
    write_xlsx,
)

SHOWN_MAX: Final = 1000
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


async def show_inventory(ask: PageAsk) -> PageReply:
    """The rows by title, how many are open, and a form for a file."""
    return await _shown(ask, ())


async def act_inventory(ask: PageAsk) -> PageReply:
    """Bring a file in."""
    upload = next(iter(ask.files.get("file", ())), None)
    if upload is None:
        words = Words("ファイルを選んでください。", "Please choose a file.", "ファイルを えらんで ください。")
        return await _shown(ask, (Fault("file", "missing", words),))
    packed = await asyncio.to_thread(pack, upload.content)
    gone = tuple(one.id for one in await _entries(ask)) if ask.fields.get("whole") else ()
    done = await ask.city.run("opendata.keep_inventory", KeepInventory(upload.name[-200:], packed, gone))
    if isinstance(done, Refused):
        return await _shown(ask, done.faults)
    note = Words(
        f"{done.answer['rows']}行を取り込みました。",
        f"{done.answer['rows']} rows are in.",
        f"{done.answer['rows']}行（ぎょう）が 入（はい）りました。",
    )
    return Moved("opendata/inventory", note.say(ask.language))


async def inventory_csv(ask: PageAsk) -> PageReply:
    """All rows by title as a CSV to download (UTF-8 with BOM)."""
    return Plain(write_csv(await _entries(ask)), "text/csv; charset=utf-8", "data-map.csv")


async def inventory_xlsx(ask: PageAsk) -> PageReply:
    """All rows by title as a workbook (XLSX) to download."""
    return Plain(await asyncio.to_thread(write_xlsx, await _entries(ask)), XLSX, "data-map.xlsx")


async def _entries(ask: PageAsk) -> list[DataMapEntry]:
    wanted = Query(order=(ordered(DataMapEntry, "title"),), limit=SHOWN_MAX)
    return list((await ask.city.find(DataMapEntry, wanted)).items)


async def _shown(ask: PageAsk, faults: tuple[Fault, ...]) -> PageReply:
    entries = await _entries(ask)
    head, *rows = rows_of(entries, ask.language)
    columns = [words.ja for words in COLUMNS.values()]
    values = {"head": head, "rows": [[cell or "—" for cell in row] for row in rows], "columns": columns}
    is_open = sum(1 for one in entries if one.is_open)
    return Shown({**values, "open_count": is_open, "faults": faults}, 422 if faults else 200)
