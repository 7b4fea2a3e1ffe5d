"""市民協働: the office asks residents to mend something, they join and leave. Never on a road with traffic."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from kaiteki.kit.manifest import State
from kaiteki.model.decision import Accepted, Asked, Fault, Refused
from kaiteki.services.reports.book_rules import own_book
from kaiteki.services.reports.desk_rules import find_work
from kaiteki.services.reports.faults import fault
from kaiteki.services.reports.forms import Follow, MakeTask
from kaiteki.services.reports.geography import road_under
from kaiteki.services.reports.model import Report, Step, Task, book_id
from kaiteki.services.reports.settings import Settings
from kaiteki.services.reports.steps import (
    HELPER_STEP,
    OFFICE_STEP,
    not_found,
    refuse,
    report_of,
    settings_of,
    step,
)

CARE_PEOPLE_MIN = 2


def make_task(state: State, form: MakeTask, asked: Asked) -> Accepted | Refused:
    """市民協働タスク: what, when, where, with what, insured how, for how many."""
    report = find_work(state, form.id, asked)
    if isinstance(report, Refused):
        return report
    faults = _task_faults(settings_of(asked), report, form, asked)
    if faults:
        return Refused("invalid", faults)
    task = Task(
        form.what,
        form.starts_at,
        form.ends_at,
        form.meeting_place,
        form.tools,
        form.insurance,
        form.people_min,
        form.people_max,
        form.safety,
    )
    line = Step(asked.now, OFFICE_STEP, "make_task", form.why, after="task", office=report.office)
    return step(report, asked, line, task=task, helpers=(), helper_count=0)


def _task_faults(settings: Settings, report: Report, form: MakeTask, asked: Asked) -> tuple[Fault, ...]:
    category = settings.category(report.category)
    faults: list[Fault] = []
    if form.safety == "traffic" or category is None or category.traffic:
        faults.append(fault("safety", "traffic"))
    elif road_under(settings.zones, report.point) is not None:
        faults.append(fault("safety", "on_road"))
    elif not category.solvable:
        faults.append(fault("id", "not_solvable"))
    if form.ends_at <= form.starts_at or form.starts_at < asked.now:
        faults.append(fault("starts_at", "order"))
    least = CARE_PEOPLE_MIN if form.safety == "care" else 1
    if form.people_max < form.people_min or form.people_min < least:
        faults.append(fault("people_min", "order", least))
    return tuple(faults)


def task_needs(form: Follow, asked: Asked) -> Sequence[str]:
    """The report and the own book."""
    return (form.id, book_id(asked.person.account_id))


def join_task(state: State, form: Follow, asked: Asked) -> Accepted | Refused:
    """Take part; whoever joins follows the report too. With enough people the work may begin."""
    report, me = report_of(state, form.id), asked.person.account_id
    if report is None or not report.published:
        return not_found()
    if not me:
        return refuse(
            "not_allowed",
            "参加するにはログインしてください。",
            "Please sign in to take part.",
            "ログインして ください。",
        )
    task = report.task
    if task is None or report.status not in ("task", "working") or asked.now >= task.ends_at:
        return refuse(
            "conflict", "このタスクの募集は終わりました。", "This task is over.", "もう おわりました。"
        )
    if me in report.helpers:
        return Accepted(answer={"id": report.id, "helpers": report.helper_count})
    if len(report.helpers) >= task.people_max:
        return refuse("too_many", "定員になりました。", "There is no place left.", "いっぱいに なりました。")
    helpers = (*report.helpers, me)
    line = Step(asked.now, HELPER_STEP, "join_task")
    followers = tuple(dict.fromkeys((*report.followers, me)))[: settings_of(asked).followers_max]
    done = step(
        report,
        asked,
        line,
        (),
        helpers=helpers,
        helper_count=len(helpers),
        followers=followers,
        follower_count=len(followers),
    )
    return _with_book(state, done, me, report.id, asked)


def leave_task(state: State, form: Follow, asked: Asked) -> Accepted | Refused:
    """Take part no more."""
    report, me = report_of(state, form.id), asked.person.account_id
    if report is None:
        return not_found()
    if not me or me not in report.helpers:
        return refuse("conflict", "参加していません。", "You do not take part.", "さんかして いません。")
    if report.status not in ("task", "working"):
        return refuse(
            "conflict", "完了したタスクからは抜けられません。", "The task is done.", "もう おわりました。"
        )
    helpers = tuple(h for h in report.helpers if h != me)
    line = Step(asked.now, HELPER_STEP, "leave_task")
    done = step(report, asked, line, (), helpers=helpers, helper_count=len(helpers))
    if isinstance(done, Refused):
        return done
    book = own_book(state, me)
    left = msgspec.structs.replace(book, tasks=tuple(t for t in book.tasks if t != report.id))
    return msgspec.structs.replace(done, writes=(*done.writes, left))


def _with_book(
    state: State, done: Accepted | Refused, me: str, report: str, asked: Asked
) -> Accepted | Refused:
    if isinstance(done, Refused):
        return done
    book = own_book(state, me)
    follows = (*(f for f in book.follows if f != report), report)[-settings_of(asked).follows_max :]
    tasks = (*(t for t in book.tasks if t != report), report)[-settings_of(asked).follows_max :]
    kept = msgspec.structs.replace(book, follows=follows, tasks=tasks)
    return msgspec.structs.replace(done, writes=(*done.writes, kept))
