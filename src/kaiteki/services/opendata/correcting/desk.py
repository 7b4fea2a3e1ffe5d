"""The pages of correcting: the records of a data set to choose from, one record with its cells, what would change, what was corrected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from kaiteki.kit.editing import opening
from kaiteki.kit.manifest import Page
from kaiteki.kit.pages import Missing, Moved, PageAsk, PageReply, Shown, part_of_path
from kaiteki.kit.query_fields import text, whole
from kaiteki.kit.views import ordered, where
from kaiteki.model.access import STAFF
from kaiteki.model.decision import Fault, Refused
from kaiteki.model.instant import format_instant, parse_instant
from kaiteki.model.query import Query
from kaiteki.model.words import Words
from kaiteki.services.opendata.absence import no_data_set
from kaiteki.services.opendata.correcting.cells import NO, POSITION, YES, Cell, cells_of, text_of
from kaiteki.services.opendata.correcting.deciding import (
    RECORD_EDITS,
    CorrectRecord,
    form_of,
    judge,
    may_correct,
    numbers_sought,
    run_of,
)
from kaiteki.services.opendata.correcting.model import Correction, correction_id
from kaiteki.services.opendata.correcting.undoing import act_at, put_back
from kaiteki.services.opendata.finder import find_centre
from kaiteki.services.opendata.model import DataSet, ImportRun, Record, record_view
from kaiteki.services.opendata.standard.table import standard_types

ROWS_PER_PAGE: Final = 20
PAGES_MAX: Final = 500
UNITS: Final = {
    one.ja: one
    for one in (
        Words("度", "degrees", "度（ど）"),
        Words("人", "people", "人（にん）"),
        Words("世帯", "households", "世帯（せたい）"),
        Words("件", "cases", "件（けん）"),
        Words("個", "pieces", "個（こ）"),
        Words("基", "units", "基（き）"),
        Words("台", "units", "台（だい）"),
        Words("床", "beds", "床（しょう）"),
        Words("年", "years", "年（ねん）"),
    )
}
"""The units of the standard tables that are written in Japanese; the others are signs."""
DOT: Final = Words("・", ", ", "・")
LONG: Final = 60
"""Characters from which a cell is written on several lines."""
_NOT_NOW: Final = Words("いまの状態ではできません", "This is not possible as it stands", "いまは できません")
_NOT_YOURS: Final = Words(
    "このデータセットを直せるのは、担当の課の職員だけです。",
    "Only staff of the office that keeps this data set may correct it.",
    "たんとうの 人（ひと）だけが なおせます。",
)
_NOT_FOUND: Final = Words(
    "この名前の場所は、まちのデータに見つかりませんでした。",
    "No place of this name was found in the data of the town.",
    "その 場所（ばしょ）は ありませんでした。",
)
_WHY: Final = Words("直す理由を書いてください。", "Please say why.", "わけを 書（か）いて ください。")
_DONE: Final = Words("直しました", "Corrected", "なおしました")


async def show_all(ask: PageAsk) -> PageReply:
    """The records that stand otherwise than in their file."""
    found = (await ask.city.find(Correction, Query(order=(ordered(Correction, "title"),), limit=100))).items
    rows = [
        [
            {"text": one.title or "—", "href": f"/{ask.area}/{_path(one.data_set, one.record)}"},
            "、".join(each.column for each in one.standing) or "—",
            one.acts[-1].by if one.acts else "—",
            one.acts[-1].why if one.acts else "—",
        ]
        for one in found
    ]
    return Shown({"rows": rows}, template="corrections.html")


async def show_correct(ask: PageAsk) -> PageReply:
    """The cells of a record; without one, the records of the data set."""
    found = await _found(ask, ask.query.get("record", ""))
    if found is None:
        return no_data_set(ask)
    data_set, record = found
    if record is None:
        return Missing() if ask.query.get("record") else await _choose(ask, data_set)
    kept = await ask.city.get(Correction, correction_id(record.id))
    of = (data_set, record, kept)
    return _page(ask, of, _undone(ask, of) or {}, ())


async def act_correct(ask: PageAsk) -> PageReply:
    """Look for a place, show what would change, or keep it."""
    found = await _found(ask, _first(ask, "record"))
    if found is None or found[1] is None:
        return Missing()
    data_set, record = found
    kept = await ask.city.get(Correction, correction_id(record.id))
    cells, do = cells_of(data_set, record), _first(ask, "do")
    told = {
        cell.key: _first(ask, f"v{n}") if f"v{n}" in ask.fields else text_of(record, cell)
        for n, cell in enumerate(cells)
    }
    of = (data_set, record, kept)
    if do == "find":
        point = await find_centre(ask.city, _first(ask, "place"))
        if point is None:
            return _page(ask, of, told, (Fault("place", "unknown", _NOT_FOUND),))
        return _page(ask, of, {**told, "longitude": repr(point[0]), "latitude": repr(point[1])}, ())
    if do == "back":
        return _page(ask, of, told, ())
    let = tuple(f"{cell.key}={why}" for n, cell in enumerate(cells) if (why := _first(ask, f"why{n}")))
    form = CorrectRecord(
        record.id, data_set.id, _first(ask, "reason"), tuple(told), tuple(told.values()), let
    )
    if do == "look":
        run = await ask.city.get(ImportRun, run_of(data_set.id))
        view, sought = record_view(data_set.record_type), numbers_sought(form)
        others = [one for query in sought for one in (await ask.city.find(view, query)).items]
        judged = judge(record, data_set, form, run, (*others, kept))
        faults = (*_unsaid(form), *(judged.faults if isinstance(judged, Refused) else ()))
        return _page(ask, of, told, faults, looked=not faults)
    done = await ask.city.run("opendata.correct_record", form)
    if isinstance(done, Refused):
        return _page(ask, of, told, done.faults or (Fault("", done.code, _NOT_NOW),))
    return Moved(_path(data_set.id, record.id), _DONE.say(ask.language))


def _unsaid(form: CorrectRecord) -> tuple[Fault, ...]:
    """The fault of a correction without a reason."""
    return () if form.reason else (Fault("reason", "missing", _WHY),)


async def _found(ask: PageAsk, record_id: str) -> tuple[Any, Any] | None:
    """The data set of the path and the record of it; None where there is no such data set with records."""
    data_set = await ask.city.get(DataSet, ask.path.get("id", ""))
    if data_set is None or data_set.record_type not in standard_types():
        return None
    record = await ask.city.get(record_view(data_set.record_type), record_id) if record_id else None
    return data_set, record if record is not None and record.data_set == data_set.id else None


async def _choose(ask: PageAsk, data_set: Any) -> PageReply:
    """The records of a data set, by what is looked for in their names."""
    view, number = record_view(data_set.record_type), int(ask.query.get("page") or 1)
    looked = ask.query.get("q", "").strip()
    wanted = Query(
        q=where(view, "data_set", "==", data_set.id),
        text=looked or None,
        limit=ROWS_PER_PAGE,
        offset=(number - 1) * ROWS_PER_PAGE,
    )
    found = await ask.city.find(view, wanted)
    rows = [
        {"title": _title(one), "href": f"/{ask.area}/{_path(data_set.id, one.id)}"} for one in found.items
    ]
    values = {"data_set": data_set, "title": data_set.title, "rows": rows, "looked": looked}
    further = {"number": number, "more": found.more and number < PAGES_MAX}
    return Shown({**values, **further}, template="correct_which.html")


def _page(
    ask: PageAsk,
    of: tuple[Any, Any, Any],
    told: Mapping[str, str],
    faults: Sequence[Fault],
    looked: bool = False,
) -> Shown:
    data_set, record, kept = of
    cells = cells_of(data_set, record)
    places = {cell.key: f"v{n}" for n, cell in enumerate(cells)}
    faults = tuple(Fault(places.get(one.field, one.field), one.code, one.words) for one in faults)
    asked = {one.field for one in faults if one.code == "people"}
    rows = [_row(ask, n, cell, (record, told), asked) for n, cell in enumerate(cells)]
    undone = _undone(ask, of)
    back = [
        row for row, cell in zip(rows, cells, strict=True) if undone and undone.get(cell.key) == row["value"]
    ]
    values = {
        "data_set": data_set,
        "record": record,
        "title": _title(record),
        "rows": rows,
        "changed": [one for one in rows if one["now"] != one["value"]],
        "looked": looked,
        "undo": (ask.query.get("undo") or _first(ask, "undo")) if undone is not None else "",
        "back": back,
        "may": may_correct(ask.person, data_set),
        "not_yours": _NOT_YOURS,
        "movable": all(name in places for name in POSITION),
        "is_shape": record.location is not None and record.location.get("type") != "Point",
        "reason": _first(ask, "reason"),
        "place": _first(ask, "place"),
        "opened": opening(ask.fields, RECORD_EDITS, form_of(record, data_set)),
        "kept": kept,
        "acts": [(act, format_instant(act.at)) for act in reversed(kept.acts)] if kept is not None else [],
        "faults": faults,
        "address": part_of_path(record.id),
    }
    return Shown(values, 422 if faults else 200, template="correct.html")


def hint_of(unit: str, allowed: str, language: str) -> str:
    """The unit of a cell in the language of the reader, and the values of the standard that it may have, as they are written."""
    said = UNITS[unit].say(language) if unit in UNITS else unit
    return DOT.say(language).join(one for one in (said, *allowed.split(";")) if one)


def _row(
    ask: PageAsk, n: int, cell: Cell, of: tuple[Record, Mapping[str, str]], asked: set[str]
) -> dict[str, Any]:
    record, told = of
    now, item = text_of(record, cell), cell.item
    value, why = told.get(cell.key, now), _first(ask, f"why{n}")
    label = item.words.say(ask.language) if item is not None else cell.column
    allowed = item.allowed if item is not None and ";" in item.allowed else ""
    return {
        "name": f"v{n}",
        "label": label if cell.column in ("", label) else f"{label}（{cell.column}）",
        "value": value,
        "now": now,
        "is_flag": item is not None and item.kind in ("有無", "旗") and value in ("", YES, NO),
        "is_long": "\n" in value or len(value) > LONG or (item is not None and item.kind == "一覧"),
        "must": item is not None and item.required,
        "hint": hint_of(item.unit, allowed, ask.language) if item is not None else "",
        "example": item.example if item is not None and cell.key in POSITION else "",
        "why": why,
        "asks": f"v{n}" in asked or bool(why),
    }


def _undone(ask: PageAsk, of: tuple[Any, Any, Any]) -> dict[str, str] | None:
    """The cells that are put back where a correction is to be undone; None where the address or the form names none."""
    data_set, record, kept = of
    act = act_at(kept, parse_instant(ask.query.get("undo", "") or _first(ask, "undo")))
    if act is None:
        return None
    return put_back(kept, act, {cell.key: text_of(record, cell) for cell in cells_of(data_set, record)})


def _title(record: Any) -> str:
    return str(getattr(record, "name", "") or record.id.rpartition(":")[2])


def _path(data_set: str, record: str) -> str:
    return f"data/{part_of_path(data_set)}/correct?record={part_of_path(record)}"


def _first(ask: PageAsk, name: str) -> str:
    return next(iter(ask.fields.get(name, ())), "").strip()


PAGES: Final = (
    Page(
        "opendata/corrections",
        "corrections.html",
        Words("画面で直した記録", "Records corrected by hand", "なおした もの"),
        show_all,
        roles=(STAFF,),
        asks={},
    ),
    Page(
        "data/{id}/correct",
        "correct.html",
        Words("1件を直す", "Correct a record", "1つを なおす"),
        show_correct,
        act_correct,
        (STAFF,),
        asks={"record": text(2_000), "undo": text(), "q": text(), "page": whole(1, PAGES_MAX)},
    ),
)
