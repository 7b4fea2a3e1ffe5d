"""What the desk may do: check, assign, plan, work, complete, merge, pass on, hide and show, correct, take back, themes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from kaiteki.kit.manifest import State
from kaiteki.model.access import STAFF
from kaiteki.model.decision import Accepted, Asked, Refused
from kaiteki.model.said import said_day
from kaiteki.model.words import Words
from kaiteki.services.reports.arrows import ENDED
from kaiteki.services.reports.forms import (
    Assign,
    Complete,
    Correct,
    Merge,
    Moderate,
    PassOn,
    Plan,
    Say,
    TakeBack,
    WriteNote,
)
from kaiteki.services.reports.model import Note, Report, Step
from kaiteki.services.reports.rules import photo_of
from kaiteki.services.reports.steps import (
    HELPER_STEP,
    OFFICE_STEP,
    SAID,
    SECOND,
    later,
    may_work,
    not_found,
    other_office,
    refuse,
    report_of,
    settings_of,
    step,
    taken_back,
)


def needs_report(
    form: Say | Assign | WriteNote | Plan | Complete | PassOn | Moderate | Correct | TakeBack, asked: Asked
) -> Sequence[str]:
    """The report alone."""
    return (form.id,)


TASKS: Final = ("task", "working")
"""States in which those who took part may report that it is done."""


def find_work(state: State, wanted: str, asked: Asked) -> Report | Refused:
    """The report, refused where the person works for another office."""
    report = report_of(state, wanted)
    if report is None:
        return not_found()
    if not may_work(report, asked):
        return other_office()
    return report


def check(state: State, form: Say, asked: Asked) -> Accepted | Refused:
    """要確認: the office looks at the place before it decides."""
    report = report_of(state, form.id)
    if report is None:
        return not_found()
    if report.status in ENDED:
        return refuse(
            "conflict",
            "終わった知らせは「もう一度確認する」で開いてください。",
            "A report that has ended is opened by “Open again”.",
            "おわった 知（し）らせは「もういちど しらべる」を つかいます。",
        )
    return step(report, asked, office_line(asked, "check", form.why, "checking", report.office))


def assign(state: State, form: Assign, asked: Asked) -> Accepted | Refused:
    """行政対応: the routed office or a chosen one takes it; every desk may hand a report over."""
    report = report_of(state, form.id)
    settings = settings_of(asked)
    if report is None:
        return not_found()
    office = settings.office(form.office or report.office)
    if office is None:
        return refuse(
            "invalid",
            "担当課を選んでください。",
            "Please choose an office.",
            "たんとうを えらんで ください。",
            "office",
        )
    if office.outside:
        return refuse(
            "invalid",
            "ほかの機関には「他機関へ」で伝えてください。",
            "Use “Pass on” for others.",
            "「ほかの ところへ」を つかって ください。",
            "office",
        )
    category = settings.category(report.category)
    due = later(asked.now, category.fix_days) if category and category.fix_days else report.date_due
    line = office_line(asked, "assign", form.why, "office", office.code)
    return step(report, asked, line, office=office.code, date_due=due, warned=False)


def write_note(state: State, form: WriteNote, asked: Asked) -> Accepted | Refused:
    """A note for colleagues (only the desk sees it), or news for everybody."""
    report = find_work(state, form.id, asked)
    if isinstance(report, Refused):
        return report
    if form.public:
        return step(report, asked, office_line(asked, "note", form.text, "", report.office))
    if len(report.notes) >= settings_of(asked).log_lines_max:
        return refuse("too_many", "メモがいっぱいです。", "There are too many notes.", "もう 書けません。")
    note = Note(asked.now, asked.person.name or asked.person.account_id, form.text)
    after = msgspec.structs.replace(report, notes=(*report.notes, note))
    return Accepted(
        writes=(after,), answer={"id": report.id, "number": report.number, "status": report.status}
    )


def plan(state: State, form: Plan, asked: Asked) -> Accepted | Refused:
    """The work has a date, and everybody sees it."""
    report = find_work(state, form.id, asked)
    if isinstance(report, Refused):
        return report
    if form.planned < asked.now - 86_400 * SECOND:
        return refuse(
            "invalid",
            "予定日は今日より後にしてください。",
            "The date lies in the past.",
            "きょうより あとの 日に して ください。",
            "planned",
        )
    ja, en = said_day(form.planned, "ja"), said_day(form.planned, "en")
    day = Words(f"予定日：{ja}", f"Planned for: {en}", f"よていの 日：{ja}")
    line = msgspec.structs.replace(office_line(asked, "plan", form.why, "", report.office), changed=(day,))
    return step(report, asked, line, date_planned=form.planned)


def start(state: State, form: Say, asked: Asked) -> Accepted | Refused:
    """作業中."""
    report = find_work(state, form.id, asked)
    if isinstance(report, Refused):
        return report
    return step(report, asked, office_line(asked, "start", form.why, "working", report.office))


def fix_temporarily(state: State, form: Complete, asked: Asked) -> Accepted | Refused:
    """仮復旧: safe for now; 本復旧 follows."""
    report = find_work(state, form.id, asked)
    if isinstance(report, Refused):
        return report
    return _with_photos(report, form, asked, "fix_temporarily", "temporary")


def complete(state: State, form: Complete, asked: Asked) -> Accepted | Refused:
    """写真で完了: by the office, or by a helper of the task; others confirm it."""
    report = report_of(state, form.id)
    if report is None:
        return not_found()
    helper = asked.person.account_id in report.helpers and report.status in TASKS
    if asked.person.holds((STAFF,)) and not helper and not may_work(report, asked):
        return other_office()
    if not helper and not asked.person.holds((STAFF,)):
        return refuse(
            "not_allowed",
            "完了の報告は、担当課か参加した人ができます。",
            "The office or those who took part can do this.",
            "さんかした人が できます。",
        )
    return _with_photos(report, form, asked, "complete", "completed")


def _with_photos(report: Report, form: Complete, asked: Asked, what: str, after: str) -> Accepted | Refused:
    settings = settings_of(asked)
    if not form.photos or len(form.photos) > settings.photos_max:
        m = settings.photos_max
        return refuse(
            "invalid",
            f"直ったあとの写真を1〜{m}枚つけてください。",
            f"Please add photos taken afterwards (at most {m}).",
            "なおった あとの しゃしんを つけて ください。",
            "photos",
        )
    photos = tuple(photo_of(p, "after") for p in form.photos)
    by = OFFICE_STEP if asked.person.holds((STAFF,)) else HELPER_STEP
    line = Step(asked.now, by, what, form.why, "", after, report.office, tuple(p.digest for p in photos))
    kept = (*report.photos, *photos)
    if after == "temporary":
        return step(report, asked, line, photos=kept, temporary_fix=True)
    return step(
        report,
        asked,
        line,
        photos=kept,
        date_completed=asked.now,
        completed_by=asked.person.account_id,
        temporary_fix=False,
        witnesses=(),
        witness_count=0,
    )


def merge_needs(form: Merge, asked: Asked) -> Sequence[str]:
    """Both reports."""
    return (form.id, form.into)


def merge(state: State, form: Merge, asked: Asked) -> Accepted | Refused:
    """重複: this report points to the other one, and its followers follow that one."""
    report = find_work(state, form.id, asked)
    other = report_of(state, form.into)
    if isinstance(report, Refused):
        return report
    if other is None or other.id == report.id or other.status == "duplicate":
        return _no_merge(report, other)
    into = Words(f"まとめ先：{other.number}", f"Into: {other.number}", f"まとめた ところ：{other.number}")
    line = office_line(asked, "merge", form.why, "duplicate", report.office)
    line = msgspec.structs.replace(line, changed=(into,))
    done = step(report, asked, line, duplicate_of=other.id, date_closed=asked.now)
    if isinstance(done, Refused):
        return done
    limit = settings_of(asked).followers_max
    followers = tuple(dict.fromkeys((*other.followers, *report.followers)))[:limit]
    joined = msgspec.structs.replace(other, followers=followers, follower_count=len(followers))
    return msgspec.structs.replace(done, writes=(*done.writes, joined))


def _no_merge(report: Report, other: Report | None) -> Refused:
    if other is None:
        return refuse(
            "invalid",
            "この番号の知らせはありません。番号をお確かめください。",
            "There is no report with this number. Please check it.",
            "この ばんごうの 知らせは ありません。",
            "into",
        )
    if other.id == report.id:
        return refuse(
            "invalid",
            "これはこの知らせ自身の番号です。もう一方の番号を入れてください。",
            "This is the number of this report itself. Please give the other one.",
            "おなじ ばんごうです。もう ひとつの ばんごうを 入れて ください。",
            "into",
        )
    return refuse(
        "invalid",
        "その知らせは、すでにほかの知らせにまとめられています。まとめ先の番号を入れてください。",
        "That report was merged itself. Please give the number of the one it was merged into.",
        "その 知らせは もう まとめて あります。まとめた ところの ばんごうを 入れて ください。",
        "into",
    )


def pass_on(state: State, form: PassOn, asked: Asked) -> Accepted | Refused:
    """対象外・他機関へ: told to whom it belongs, with the reason."""
    report = find_work(state, form.id, asked)
    if isinstance(report, Refused):
        return report
    office = settings_of(asked).office(form.office) if form.office else None
    if form.office and office is None:
        return refuse(
            "invalid",
            "伝え先を選んでください。",
            "Please choose to whom.",
            "つたえる ところを えらんで ください。",
            "office",
        )
    to = office.code if office else report.office
    return step(
        report,
        asked,
        office_line(asked, "pass_on", form.why, "outside", to),
        office=to,
        date_closed=asked.now,
    )


def take_back(state: State, form: TakeBack, asked: Asked) -> Accepted | Refused:
    """Undo the own last step within the time of the area; the log keeps both lines."""
    report = report_of(state, form.id)
    if report is None:
        return not_found()
    last = report.log[-1] if report.log else None
    if last is not None and last.by == OFFICE_STEP and last.what in SAID:
        return refuse(
            "conflict",
            "公開した書き込みは元に戻せません。訂正するときは、もう一度書き込んでください。",
            "Published news cannot be taken back. To correct it, please write again.",
            "みんなに 見（み）せた ことばは もどせません。もう一度（いちど） 書（か）いて ください。",
        )
    changes = taken_back(report, asked)
    if isinstance(changes, Refused):
        return changes
    line = Step(asked.now, OFFICE_STEP, "undo", "", report.status, changes.get("status", ""), report.office)
    after = msgspec.structs.replace(
        report, **changes, log=(*report.log, line), undo=None, date_updated=asked.now
    )
    return Accepted(
        writes=(after,), answer={"id": report.id, "number": report.number, "status": after.status}
    )


def office_line(asked: Asked, what: str, why: str, after: str, office: str) -> Step:
    """A line of the log by the desk."""
    return Step(asked.now, OFFICE_STEP, what, why, "", after, office)
