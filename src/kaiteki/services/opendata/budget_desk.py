"""The page of the budgets of privacy: what was granted, spent and is left for each data set, what it was spent on, and a new decision."""

from __future__ import annotations

from typing import Any, Final

from kaiteki.kit.forms import parse_fields
from kaiteki.kit.pages import Moved, PageAsk, PageReply, Shown, part_of_path
from kaiteki.kit.views import ordered
from kaiteki.model.decision import Fault, Refused
from kaiteki.model.query import Query
from kaiteki.model.said import said_day
from kaiteki.services.opendata.budgets import GrantBudget, PrivacyBudget, epsilon_of

BUDGETS_SHOWN_MAX: Final = 200


async def show_budgets(ask: PageAsk) -> PageReply:
    """Every budget with its history, and the form."""
    return await _shown(ask, {})


async def act_budgets(ask: PageAsk) -> PageReply:
    """Grant a budget, or more of one."""
    form = parse_fields(GrantBudget, ask.fields)
    given = {name: values[0] for name, values in ask.fields.items() if values}
    if isinstance(form, tuple):
        return await _shown(ask, given, form)
    done = await ask.city.run("opendata.grant_budget", form)
    if isinstance(done, Refused):
        return await _shown(ask, given, done.faults)
    note = {"en": "The decision is recorded.", "ja-easy": "きめた ことを のこしました。"}
    return Moved("opendata/budgets", note.get(ask.language, "決定を記録しました。"))


async def _shown(ask: PageAsk, given: dict[str, str], faults: tuple[Fault, ...] = ()) -> PageReply:
    wanted = Query(order=(ordered(PrivacyBudget, "made_at", descending=True),), limit=BUDGETS_SHOWN_MAX)
    found = (await ask.city.find(PrivacyBudget, wanted)).items
    budgets = [_told(ask, one) for one in found]
    return Shown({"budgets": budgets, "given": given, "faults": faults}, 422 if faults else 200)


def _told(ask: PageAsk, one: Any) -> dict[str, Any]:
    return {
        "name": f"{one.data_set}　{one.period}",
        "granted": epsilon_of(one.granted_milli),
        "spent": epsilon_of(one.spent_milli),
        "left": epsilon_of(one.left_milli),
        "rows": one.rows_per_person_max,
        "percent": round(100 * one.spent_milli / one.granted_milli) if one.granted_milli else 0,
        "grants": [
            [
                said_day(each.at, ask.language),
                _number(epsilon_of(each.epsilon_milli)),
                each.decided_by,
                each.why,
            ]
            for each in reversed(one.grants)
        ],
        "spends": [
            [
                said_day(each.at, ask.language),
                {"text": each.title, "href": f"/{ask.area}/opendata/release/{part_of_path(each.release)}"},
                _number(epsilon_of(each.epsilon_milli)),
            ]
            for each in reversed(one.spends)
        ],
    }


def _number(text: str) -> dict[str, Any]:
    return {"text": text, "number": True}
