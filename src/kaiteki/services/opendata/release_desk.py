"""The pages on which an officer looks at a table of people before its numbers are told, and at what was released."""

from __future__ import annotations

from typing import Any, Final, cast

import msgspec

from kaiteki.kit.forms import half_width
from kaiteki.kit.pages import Missing, Moved, PageAsk, PageReply, Shown, part_of_path
from kaiteki.kit.views import ordered
from kaiteki.model.decision import Fault, Refused
from kaiteki.model.query import Query
from kaiteki.services.opendata.budgets import PrivacyBudget, epsilon_of
from kaiteki.services.opendata.noising import GROUPS_MAX, HIDDEN, Measure
from kaiteki.services.opendata.people_source import personal_types, table_of_type
from kaiteki.services.opendata.people_table import group_of, people_of
from kaiteki.services.opendata.release_forms import (
    BASES_OF,
    CLASSES,
    MEASURES,
    MECHANISMS,
    WITHDRAWN,
    Mechanism,
    PublishAgain,
    Release,
    StatisticsRelease,
    Withdraw,
)
from kaiteki.services.opendata.releasing import Looked, look, unaffordable
from kaiteki.services.opendata.statistics import laid_out, said_of

RARE_SHOWN_MAX: Final = 20
BUDGETS_MAX: Final = 200


async def show_release(ask: PageAsk) -> PageReply:
    """The empty form."""
    return await _shown(ask, _form(ask, ""))


async def act_release(ask: PageAsk) -> PageReply:
    """Look at a table, or release its numbers."""
    text = await _text(ask)
    if isinstance(text, Refused):
        return await _shown(ask, _form(ask, ""), faults=text.faults)
    form = _form(ask, text)
    read = people_of(text)
    if isinstance(read, Refused):
        return await _shown(ask, form, faults=read.faults)
    header, people = read
    if not form.down:
        return await _shown(ask, form, header)
    if form.mechanism == "noise" and "epsilon" not in ask.fields:
        return await _shown(ask, _with_groups(form, people), header)
    budget = await _budget(ask, form)
    looked = look(form, budget.rows_per_person_max if budget else 1)
    if isinstance(looked, Refused):
        return await _shown(ask, form, header, looked.faults)
    if _first(ask, "do") == "release":
        done = await ask.city.run("opendata.release", form)
        if isinstance(done, Refused):
            return await _shown(ask, form, header, done.faults, looked)
        return Moved(f"opendata/release/{part_of_path(str(done.answer['id']))}", _note(ask, done.answer))
    dear = unaffordable(form, budget, people) if form.mechanism == "noise" and budget is not None else None
    return await _shown(ask, form, header, dear.faults if dear else (), looked)


def _note(ask: PageAsk, answer: Any) -> str:
    if not answer.get("again"):
        return {"en": "Published.", "ja-easy": "みんなに 見（み）せました。"}.get(
            ask.language, "公開しました。"
        )
    return {
        "en": "This was asked before: it is the same table as then, and nothing was spent.",
        "ja-easy": "まえと おなじ 表（ひょう）です。よさんは つかいません。",
    }.get(ask.language, "同じ集計がすでにあります。予算は使わず、その表を示します。")


async def show_released(ask: PageAsk) -> PageReply:
    """A released table, with what was looked at for it, for staff."""
    return await _released(ask)


async def act_released(ask: PageAsk) -> PageReply:
    """Take a table back, or show it again."""
    entity_id = ask.path.get("id", "")
    if _first(ask, "do") == "again":
        done = await ask.city.run("opendata.publish_again", PublishAgain(entity_id))
    else:
        done = await ask.city.run("opendata.withdraw", Withdraw(entity_id, _first(ask, "why").strip()))
    if isinstance(done, Refused):
        return Missing() if done.code == "not_found" else await _released(ask, done.faults)
    return Moved(f"opendata/release/{part_of_path(entity_id)}")


async def _released(ask: PageAsk, faults: tuple[Fault, ...] = ()) -> PageReply:
    kept = await ask.city.get(StatisticsRelease, ask.path.get("id", ""))
    if kept is None:
        return Missing()
    gone = kept.state == WITHDRAWN
    head, rows = laid_out(kept.rows, kept.columns, kept.held_back if gone else kept.cells, ask.language)
    budget = await ask.city.get(PrivacyBudget, kept.budget) if kept.budget else None
    values = {"title": kept.title, "kept": kept, "gone": gone, "head": head, "rows": rows, "budget": budget}
    values |= {"faults": faults, "epsilon": epsilon_of(kept.epsilon_milli), "address": part_of_path(kept.id)}
    return Shown(values | said_of(kept, ask.language), 422 if faults else 200)


async def _budget(ask: PageAsk, form: Release) -> Any | None:
    return await ask.city.get(PrivacyBudget, form.budget) if form.budget else None


def _with_groups(form: Release, people: list[dict[str, str]]) -> Release:
    """The form with the groups of the table as a proposal, which the officer has to confirm as known to everybody."""

    def groups(column: str) -> tuple[str, ...]:
        return tuple(sorted({group_of(one, column) for one in people}))[:GROUPS_MAX] if column else ()

    return msgspec.structs.replace(
        form,
        groups_down=groups(form.down if form.down in people[0] else ""),
        groups_across=groups(form.across if form.across in people[0] else ""),
    )


async def _shown(
    ask: PageAsk,
    form: Release,
    header: tuple[str, ...] = (),
    faults: tuple[Fault, ...] = (),
    looked: Looked | None = None,
) -> Shown:
    say = ask.language
    wanted = Query(order=(ordered(PrivacyBudget, "made_at", descending=True),), limit=BUDGETS_MAX)
    noise = form.mechanism == "noise"
    budgets = (await ask.city.find(PrivacyBudget, wanted)).items if header and noise and form.down else ()
    values = {
        "form": form,
        "header": [(one, one) for one in header],
        "faults": faults,
        "types": [] if header else [(name, words.say(say)) for name, words in personal_types(ask)],
        "classes": [(code, words.say(say)) for code, words in CLASSES.items()],
        "ways": [(code, name.say(say), text.say(say)) for code, (name, text) in MECHANISMS.items()],
        "bases": [(one, one) for one in BASES_OF.get(form.data_class, (10,))],
        "measures": [(code, words.say(say)) for code, words in MEASURES.items()],
        "budgets": [
            (
                one.id,
                f"{one.data_set}　{one.period}（ε {epsilon_of(one.left_milli)} / {epsilon_of(one.granted_milli)}）",
            )
            for one in budgets
        ],
    }
    return Shown(values | _found(ask, form, looked), 422 if faults else 200)


def _found(ask: PageAsk, form: Release, looked: Looked | None) -> dict[str, Any]:
    """What the page shows of a table that was looked at: as it would be told, beside it (for the officer alone) as it is."""
    none: tuple[list[Any], list[Any]] = ([], [])
    told = (
        laid_out(looked.rows, looked.columns, looked.cells, ask.language) if looked and looked.cells else none
    )
    true = laid_out(looked.rows, looked.columns, looked.true, ask.language) if looked else none
    rare = list(looked.rare.items())[:RARE_SHOWN_MAX] if looked else []
    return {
        "looked": looked,
        "rare": [["・".join(one), {"text": str(n), "number": True}] for one, n in rare],
        "head": told[0],
        "rows": told[1],
        "true_head": true[0],
        "true_rows": true[1],
        "mark": HIDDEN,
        "moved": sum(one > 0 for one in looked.moved) if looked else 0,
        "moved_most": max(looked.moved, default=0) if looked else 0,
    }


def _form(ask: PageAsk, text: str) -> Release:
    data_class, way, measure = _first(ask, "data_class"), _first(ask, "mechanism"), _first(ask, "measure")
    bases = BASES_OF.get(data_class, (10,))
    base = _number(_first(ask, "base")) or (5 if 5 in bases else bases[0])
    return Release(
        text=text,
        title=_first(ask, "title").strip()[:100],
        data_class=data_class,
        down=_first(ask, "down"),
        across=_first(ask, "across"),
        above=_first(ask, "above"),
        quasi=tuple(ask.fields.get("quasi", ()))[:20],
        sensitive=_first(ask, "sensitive"),
        mechanism=cast("Mechanism", way if way in MECHANISMS else "suppress"),
        base=base,
        measure=cast("Measure", measure if measure in MEASURES else "count"),
        value=_first(ask, "value"),
        low=_number(_first(ask, "low")),
        high=_number(_first(ask, "high")),
        person=_first(ask, "person"),
        groups_down=_lines(_first(ask, "groups_down")),
        groups_across=_lines(_first(ask, "groups_across")),
        budget=_first(ask, "budget"),
        epsilon=half_width(_first(ask, "epsilon"))[:6],
    )


async def _text(ask: PageAsk) -> str | Refused:
    """The table that came as a file, that a type of the node makes, or that the form carries from the step before."""
    for upload in ask.files.get("file", ()):
        if upload.content:
            try:
                return upload.content.decode("utf-8-sig")
            except UnicodeDecodeError:
                return upload.content.decode("cp932", "replace")
    named = _first(ask, "type")
    return await table_of_type(ask, named) if named else _first(ask, "text")


def _lines(text: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in text.splitlines() if one.strip())[: GROUPS_MAX + 1]


def _number(text: str) -> int:
    """A whole number; 0 for what is none."""
    folded = half_width(text)
    sign = -1 if folded.startswith("-") else 1
    digits = folded.removeprefix("-")
    return sign * int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 8 else 0


def _first(ask: PageAsk, name: str) -> str:
    return next(iter(ask.fields.get(name, ())), "")
