"""What staff see of imports: the quality report of a data set, and the mapping of its columns to correct."""

from __future__ import annotations

from typing import Any, Final

from kaiteki.kit.editing import opening
from kaiteki.kit.pages import Moved, PageAsk, PageReply, Shown
from kaiteki.kit.views import ordered, where
from kaiteki.model.decision import Fault, Refused
from kaiteki.model.query import Query
from kaiteki.model.words import Words
from kaiteki.services.opendata.absence import no_data_set
from kaiteki.services.opendata.intake.delivery import Delivery
from kaiteki.services.opendata.intake.desk import outlying_of
from kaiteki.services.opendata.mapping import IGNORED
from kaiteki.services.opendata.model import CorrectMapping, DataSet, ImportMapping, ImportRun, KeptIssue
from kaiteki.services.opendata.quality import REASONS, WORDS
from kaiteki.services.opendata.rules import MAPPING_EDITS, mapping_form
from kaiteki.services.opendata.standard.table import standard_types

COLUMNS_MAX: Final = 1000
LEVELS: Final = {
    "refused": Words(ja="受けつけなかった行", en="Refused rows"),
    "warning": Words(ja="注意", en="Warnings"),
    "note": Words(ja="そろえたこと", en="What was made uniform"),
}


async def show_quality(ask: PageAsk) -> PageReply:
    """The report of the latest import of a data set (or of the set of a named import): counts that add up, refused rows one
    by one, warnings by column."""
    one = await ask.city.get(DataSet, ask.path.get("id", "").replace(":ImportRun:", ":DataSet:"))
    if one is None:
        return no_data_set(ask)
    run = await ask.city.get(ImportRun, one.id.replace(":DataSet:", ":ImportRun:"))
    issues = run.issues if run else ()
    return Shown(
        {
            "title": one.title,
            "data_set": one,
            "kind": standard_types().get(one.record_type),
            "run": run,
            "outlying": await _outlying(ask, one.id),
            "groups": [
                (
                    words.say(ask.language),
                    [_row(issue, ask.language) for issue in issues if issue.level == level],
                )
                for level, words in LEVELS.items()
            ],
        }
    )


async def _outlying(ask: PageAsk, data_set: str) -> list[list[Any]]:
    """The rows outside of the area of the file that staff brought in last; none where it came another way."""
    newest = ordered(Delivery, "received_at", descending=True)
    wanted = Query(q=where(Delivery, "data_set", "==", data_set), order=(newest,), limit=1)
    one = next(iter((await ask.city.find(Delivery, wanted)).items), None)
    return (await outlying_of(ask, one))["outlying"] if one is not None and one.content else []


def _row(issue: KeptIssue, language: str) -> list[Any]:
    lines = ", ".join(str(line) for line in issue.lines) + ("…" if issue.count > len(issue.lines) else "")
    why = WORDS[issue.code].say(language)
    return [
        {"text": lines or "—", "number": True},
        issue.column or "—",
        issue.value or "—",
        why,
        {"text": f"{issue.count:,}", "number": True},
    ]


async def show_mapping(ask: PageAsk) -> PageReply:
    """The columns with what they are taken for, how sure that is and why."""
    return await _mapping(ask, ())


async def act_mapping(ask: PageAsk) -> PageReply:
    """Keep the corrections; the next import of the same header goes by them."""
    loaded = await _load(ask)
    if loaded is None:
        return no_data_set(ask)
    one, kept = loaded
    columns, items = ask.fields.get("column", ())[:COLUMNS_MAX], ask.fields.get("item", ())[:COLUMNS_MAX]
    type_name = next(iter(ask.fields.get("record_type", ())), kept.record_type)
    form = CorrectMapping(kept.id, type_name, tuple(columns), tuple(items))
    done = await ask.city.run("opendata.correct_mapping", form)
    if isinstance(done, Refused):
        return await _mapping(ask, done.faults)
    note = {
        "en": "Kept. The next import of these columns goes by it.",
        "ja-easy": "覚えました。つぎの 取り込みから 使います。",
    }.get(ask.language, "保存しました。次の取り込みから使います。")
    return Moved(f"data/{one.id}/mapping", note)


async def _load(ask: PageAsk) -> tuple[Any, Any] | None:
    asked = ask.path.get("id", "")
    if ":ImportMapping:" in asked:
        using = Query(q=where(DataSet, "mapping", "==", asked), limit=1)
        one = next(iter((await ask.city.find(DataSet, using)).items), None)
    else:
        one = await ask.city.get(DataSet, asked)
    kept = await ask.city.get(ImportMapping, one.mapping) if one is not None and one.mapping else None
    return (one, kept) if one is not None and kept is not None else None


async def _mapping(ask: PageAsk, faults: tuple[Fault, ...]) -> PageReply:
    loaded = await _load(ask)
    if loaded is None:
        return no_data_set(ask)
    one, kept = loaded
    kind = standard_types()[kept.record_type]
    return Shown(
        {
            "title": one.title,
            "data_set": one,
            "mapping": kept,
            "opened": opening(ask.fields, MAPPING_EDITS, mapping_form(kept)),
            "choices": kept.choices,
            "reasons": REASONS,
            "type_options": [
                (name, known.words.say(ask.language)) for name, known in standard_types().items()
            ],
            "items": [(item.key, item.label) for item in kind.items],
            "ignored": IGNORED,
            "faults": faults,
        },
        status=422 if faults else 200,
    )
