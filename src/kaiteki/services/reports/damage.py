"""被害の仕分け: the desk in a disaster, the most urgent first, reports of one thing together; and the switch itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from kaiteki.kit.pages import Missing, Moved, Notice, PageAsk, PageReply, Shown
from kaiteki.model.decision import Accepted, Fault, Refused
from kaiteki.model.words import Words
from kaiteki.services.reports.browse import faults_of, row_of
from kaiteki.services.reports.geography import distance_m
from kaiteki.services.reports.model import Report, report_id
from kaiteki.services.reports.queries import Wish, find_reports, first_of, mode_now, settings_in
from kaiteki.services.reports.settings import USUAL
from kaiteki.services.reports.shelves import damage_queue
from kaiteki.services.reports.steps import may_take_back
from kaiteki.services.reports.triage import RANK
from kaiteki.services.reports.veil import whole

DAMAGE_MAX: Final = 400
MERGED_AT_ONCE_MAX: Final = 30
PAGE: Final = "reports/damage"


class Cluster(msgspec.Struct, frozen=True):
    """Reports that mean one thing: the one that leads, and the others."""

    head: Report
    others: tuple[Report, ...] = ()


def cluster(reports: Sequence[Report], within_m: float) -> list[Cluster]:
    """Reports of one asset, or of one kind within some metres of the first, together; the most urgent and largest first.

    `reports` come in order of urgency and time, so the first of a cluster leads it.
    """
    found: list[list[Report]] = []
    for report in reports:
        home = next((group for group in found if _is_one(group[0], report, within_m)), None)
        if home is None:
            found.append([report])
        else:
            home.append(report)
    found.sort(key=lambda group: (-group[0].priority, -len(group), group[0].date_submitted))
    return [Cluster(group[0], tuple(group[1:])) for group in found]


def _is_one(head: Report, report: Report, within_m: float) -> bool:
    if head.asset and report.asset:
        return head.asset == report.asset
    one, other = head.point, report.point
    if head.category != report.category or one is None or other is None:
        return False
    return distance_m(one, other) <= within_m


async def tell_everybody(ask: PageAsk) -> Notice | None:
    """What stands on every page of the area while a disaster is declared."""
    mode = await mode_now(ask)
    if mode.event == USUAL:
        return None
    phone = settings_in(ask).emergency_phone
    text = Words(
        f"{mode.name}：被害の知らせを受け付けています。命の危険があるときは {phone} へ",
        f"{mode.name}: damage can be reported here. In danger call {phone}",
        f"{mode.name}：ひがいを 知（し）らせて ください。あぶない ときは {phone}に 電話（でんわ）",
    )
    return Notice(text, "reports/new")


async def show_damage(ask: PageAsk) -> PageReply:
    """The clusters of the disaster, or the switch where there is none."""
    return await _damage(ask, ())


async def _damages(ask: PageAsk, event: str) -> list[Report]:
    """The open reports of a disaster, at most DAMAGE_MAX: the most urgent first, of one urgency the oldest."""
    reports: list[Report] = []
    for priority in sorted(RANK.values(), reverse=True):
        left = DAMAGE_MAX - len(reports)
        wish = Wish(queue=damage_queue(event, priority))
        found = await find_reports(ask, wish, left) if left else None
        some: Sequence[Report] = found.items if found is not None else ()
        reports += sorted((whole(one) for one in some), key=lambda one: one.date_submitted)
    return reports


async def _damage(ask: PageAsk, faults: tuple[Fault, ...]) -> PageReply:
    settings, mode = settings_in(ask), await mode_now(ask)
    reports = await _damages(ask, mode.event) if mode.event != USUAL else []
    return Shown(
        {
            "mode": mode,
            "declared": mode.event != USUAL,
            "clusters": [_said(ask, one) for one in cluster(reports, settings.disaster.cluster_m)],
            "total": len(reports),
            "more": len(reports) >= DAMAGE_MAX,
            "line": [
                {"title": step.words.say(ask.language), "at": step.at, "text": step.why} for step in mode.log
            ],
            "undo": may_take_back(mode.undo, ask.person, ask.now, settings),
            "name": first_of(ask.fields, "name"),
            "faults": faults,
        },
        422 if faults else 200,
    )


def _said(ask: PageAsk, one: Cluster) -> dict[str, Any]:
    return {
        **row_of(ask, one.head),
        "reason": [words.say(ask.language) for words in one.head.urgency_reason],
        "others": [row_of(ask, report) for report in one.others],
    }


ANSWERS: Final = {
    "begin": Words(
        "災害の受付にしました。この画面の「直前の切り替えを元に戻す」で取り消せます。",
        "Damage is being reported now. “Undo the last switch” on this page takes it back.",
        "さいがいの うけつけに しました。「きりかえを もどす」で もどせます。",
    ),
    "end": Words(
        "ふだんの受付に戻しました。この画面の「直前の切り替えを元に戻す」で取り消せます。",
        "Reports are as usual again. “Undo the last switch” on this page takes it back.",
        "いつもの うけつけに しました。「きりかえを もどす」で もどせます。",
    ),
    "take_back": Words(
        "切り替えを元に戻しました。", "The switch was taken back.", "きりかえを もどしました。"
    ),
    "merge": Words(
        "{n}件を{number}にまとめました。受付の画面で1件ずつ取り消せます。",
        "{n} {n|report was|reports were} merged into {number}. Each can be opened again at the desk.",
        "{n}こを {number}に まとめました。うけつけで もどせます。",
    ),
}
"""What was done with the damage, by the pressed button."""


async def act_on_damage(ask: PageAsk) -> PageReply:
    """Switch, switch back, undo, or make one report of a cluster."""
    do, why = first_of(ask.fields, "do"), first_of(ask.fields, "why")
    if do == "begin":
        form = {"name": first_of(ask.fields, "name"), "why": why}
        done = await ask.city.run("reports.begin_disaster", form)
    elif do == "end":
        done = await ask.city.run("reports.end_disaster", {"why": why})
    elif do == "take_back":
        done = await ask.city.run("reports.take_back_mode", {})
    elif do == "merge":
        done = await _merge(ask, first_of(ask.fields, "head"))
    else:
        return Missing()
    if isinstance(done, Refused):
        return await _damage(ask, faults_of(done))
    merged = len(ask.fields.get("other", ())[:MERGED_AT_ONCE_MAX])
    return Moved(PAGE, ANSWERS[do].fill(ask.language, n=merged, number=first_of(ask.fields, "head")))


async def _merge(ask: PageAsk, number: str) -> Accepted | Refused:
    """The chosen reports become duplicates of the one that leads; the first refusal ends it."""
    done: Accepted | Refused = Refused("not_found")
    for other in ask.fields.get("other", ())[:MERGED_AT_ONCE_MAX]:
        form = {"id": report_id(other), "into": report_id(number)}
        done = await ask.city.run("reports.merge", form)
        if isinstance(done, Refused):
            return done
    return done
