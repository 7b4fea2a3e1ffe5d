"""The page on which an officer looks at a table of people before its counts are told, and the page of what was released."""

from __future__ import annotations

import csv
import io
from typing import Any, Final

from kaiteki.kit.pages import Missing, Moved, PageAsk, PageReply, Plain, Shown
from kaiteki.model.decision import Fault, Refused
from kaiteki.services.opendata.releasing import (
    CLASSES,
    HIDDEN,
    Looked,
    Release,
    StatisticsRelease,
    look,
    people_of,
)

RARE_SHOWN_MAX: Final = 20
GROUP_WORDS: Final = {"ja": "区分", "ja-easy": "なに", "en": "Group"}
TOTAL_WORDS: Final = {"ja": "計", "ja-easy": "ぜんぶ", "en": "Total"}


async def show_release(ask: PageAsk) -> PageReply:
    """The empty form."""
    return _shown(ask, _form(ask, ""))


async def act_release(ask: PageAsk) -> PageReply:
    """Look at a table, or release its counts."""
    text = _text(ask)
    form = _form(ask, text)
    read = people_of(text)
    if isinstance(read, Refused):
        return _shown(ask, form, faults=read.faults)
    header, _ = read
    if not form.down:
        return _shown(ask, form, header)
    looked = look(form)
    if isinstance(looked, Refused):
        return _shown(ask, form, header, looked.faults)
    if _first(ask, "do") == "release":
        done = await ask.city.run("opendata.release", form)
        if isinstance(done, Refused):
            return _shown(ask, form, header, done.faults, looked)
        return Moved(f"opendata/release/{done.answer['id']}")
    return _shown(ask, form, header, looked=looked)


async def show_released(ask: PageAsk) -> PageReply:
    """A released table, with what was looked at for it."""
    kept = await ask.city.get(StatisticsRelease, ask.path.get("id", ""))
    if kept is None:
        return Missing()
    head, rows = _table(ask, kept.rows, kept.columns, kept.cells)
    return Shown({"title": kept.title, "kept": kept, "head": head, "rows": rows, "classes": CLASSES})


async def released_csv(ask: PageAsk) -> PageReply:
    """A released table as CSV, UTF-8 with BOM."""
    kept = await ask.city.get(StatisticsRelease, ask.path.get("id", ""))
    if kept is None:
        return Missing()
    head, rows = _table(ask, kept.rows, kept.columns, kept.cells)
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow([head[0], *(one["text"] for one in head[1:])])
    writer.writerows([[row[0], *(one["text"] for one in row[1:])] for row in rows])
    return Plain(written.getvalue().encode("utf-8-sig"), "text/csv; charset=utf-8", f"{kept.title}.csv")


def _table(
    ask: PageAsk, rows: tuple[str, ...], columns: tuple[str, ...], cells: tuple[str, ...]
) -> tuple[list[Any], list[list[Any]]]:
    total = TOTAL_WORDS[ask.language]
    head = [GROUP_WORDS[ask.language], *({"text": one or total, "number": True} for one in columns)]
    wide = len(columns)
    body = [
        [name or total, *({"text": one, "number": True} for one in cells[at * wide : (at + 1) * wide])]
        for at, name in enumerate(rows)
    ]
    return head, body


def _shown(
    ask: PageAsk,
    form: Release,
    header: tuple[str, ...] = (),
    faults: tuple[Fault, ...] = (),
    looked: Looked | None = None,
) -> Shown:
    head, rows = _table(ask, looked.rows, looked.columns, looked.cells()) if looked else ([], [])
    values = {
        "form": form,
        "header": [(one, one) for one in header],
        "faults": faults,
        "classes": [(code, words.say(ask.language)) for code, words in CLASSES.items()],
        "looked": looked,
        "rare": [
            ["・".join(one), {"text": str(n), "number": True}]
            for one, n in list(looked.rare.items())[:RARE_SHOWN_MAX]
        ]
        if looked
        else [],
        "head": head,
        "rows": rows,
        "mark": HIDDEN,
    }
    return Shown(values, 422 if faults else 200)


def _form(ask: PageAsk, text: str) -> Release:
    return Release(
        text=text,
        title=_first(ask, "title").strip()[:100],
        data_class=_first(ask, "data_class"),
        down=_first(ask, "down"),
        across=_first(ask, "across"),
        above=_first(ask, "above"),
        quasi=tuple(ask.fields.get("quasi", ()))[:20],
        sensitive=_first(ask, "sensitive"),
    )


def _text(ask: PageAsk) -> str:
    """The table that came as a file, or that the form carries from the step before."""
    for upload in ask.files.get("file", ()):
        if upload.content:
            try:
                return upload.content.decode("utf-8-sig")
            except UnicodeDecodeError:
                return upload.content.decode("cp932", "replace")
    return _first(ask, "text")


def _first(ask: PageAsk, name: str) -> str:
    return next(iter(ask.fields.get(name, ())), "")
