"""まだ直っていない: who may open an ended report again, from which states, until when and how often; and how the desk puts it back.

Nothing that the desk or residents did is lost by it: who looked and who did the work stay with the report, the dates, the state
and the report that it was merged into wait in `Report.ended` until the desk goes on with it.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from kaiteki.kit.letters import read_letters
from kaiteki.kit.manifest import State
from kaiteki.model.access import RESIDENT
from kaiteki.model.decision import Accepted, Asked, Message, Refused
from kaiteki.model.instant import Instant
from kaiteki.services.reports.arrows import DONE, ENDED
from kaiteki.services.reports.book_rules import own_book
from kaiteki.services.reports.forms import Say, TakeBack
from kaiteki.services.reports.model import Report, Sent, Step, Undo
from kaiteki.services.reports.settings import Settings
from kaiteki.services.reports.steps import (
    DAY,
    OFFICE_STEP,
    RESIDENT_STEP,
    is_staff,
    may_work,
    not_found,
    other_office,
    refuse,
    report_of,
    restored,
    settings_of,
    step,
    tell_followers,
)

LETTERS: Final = read_letters("kaiteki.services.reports")

REOPENED: Final[dict[str, Any]] = {
    "date_completed": None,
    "date_closed": None,
    "temporary_fix": False,
    "duplicate_of": "",
}
"""What an open report does not have."""


def reopen_changes(report: Report, asked: Asked) -> dict[str, Any]:
    """The members that change when a report is opened again, and how to put them back (nobody's id among them)."""
    kept = {name: msgspec.to_builtins(getattr(report, name)) for name in ("status", *REOPENED)}
    return {**REOPENED, "ended": Undo("", asked.now, kept)}


def ended_at(report: Report) -> Instant:
    """When the work on a report ended."""
    return report.date_closed or report.date_completed or report.date_updated


def is_in_time(report: Report, now: Instant, settings: Settings) -> bool:
    """Whether residents may still say of an ended report that it is not mended; of work that waits to be confirmed always."""
    return report.status in DONE or now - ended_at(report) <= settings.reopen_days * DAY


def knows(report: Report, asked: Asked) -> bool:
    """Whether the asker reported it or follows it."""
    return asked.owner != "" and asked.owner in (report.reporter, *report.followers)


def reopen(state: State, form: Say, asked: Asked) -> Accepted | Refused:
    """It is not mended after all: the office looks again."""
    report = report_of(state, form.id)
    if report is None or (not is_staff(asked) and not knows(report, asked) and not report.published):
        return not_found()
    if may_work(report, asked):
        return _from_ended(report) or _opened(report, form, asked, OFFICE_STEP)
    if is_staff(asked) and not knows(report, asked):
        return other_office()
    faults = _not_theirs(report, asked) or _from_ended(report) or _too_often(state, report, asked)
    if faults is not None:
        return faults
    done = _opened(report, form, asked, RESIDENT_STEP)
    if isinstance(done, Refused):
        return done
    book = own_book(state, asked.owner)
    sent = (*(s for s in book.sent if asked.now - s.at < DAY), Sent(asked.now, report.id, what="reopen"))
    kept = msgspec.structs.replace(book, sent=sent)
    return msgspec.structs.replace(done, writes=(*done.writes, kept))


def _opened(report: Report, form: Say, asked: Asked, by: str) -> Accepted | Refused:
    line = Step(asked.now, by, "reopen", form.why, after="checking", office=report.office)
    done = step(report, asked, line, **reopen_changes(report, asked))
    if isinstance(done, Refused) or by == OFFICE_STEP:
        return done
    return msgspec.structs.replace(done, messages=(*done.messages, tell_office(report, line)))


def tell_office(report: Report, line: Step) -> Message:
    """A word to the office in charge of what a resident says of an ended report; their own words stay on the page."""
    title, body = LETTERS["reopened"].told(number=report.number, what=line.words, name=report.name)
    return Message(f"office:{report.office}", title, body, f"reports/desk?open={report.number}", report.id)


def _not_theirs(report: Report, asked: Asked) -> Refused | None:
    if knows(report, asked):
        return None
    return refuse(
        "not_allowed",
        "報告した人か、続報を受け取っている人ができます。",
        "Whoever reported it or follows it can do this.",
        "知（し）らせた 人（ひと）か、つづきを 知（し）る 人（ひと）が できます。",
    )


def _from_ended(report: Report) -> Refused | None:
    if report.status in ENDED:
        return None
    return refuse(
        "conflict",
        "終わった知らせだけを、もう一度確認できます。",
        "Only a report that has ended can be opened again.",
        "おわった 知（し）らせだけ できます。",
    )


def _too_often(state: State, report: Report, asked: Asked) -> Refused | None:
    settings, who = settings_of(asked), asked.owner
    if not is_in_time(report, asked.now, settings):
        days = settings.reopen_days
        return refuse(
            "conflict",
            f"終わってから{days}日を過ぎました。お手数ですが、新しく知らせてください。",
            f"It ended more than {days} days ago. Please make a new report.",
            f"おわってから {days}日（にち）を すぎました。あたらしく 知（し）らせて ください。",
        )
    lately = [s for s in own_book(state, who).sent if s.what == "reopen" and asked.now - s.at < DAY]
    before = sum(
        line.what == "reopen" and said_by == who
        for line, said_by in zip(report.log, report.speakers, strict=False)
    )
    if len(lately) < settings.reopens_day_max and before < settings.reopens_max:
        return None
    return refuse(
        "too_many",
        "「まだ直っていない」はもう届いています。ようすは「続報を書く」で知らせてください。",
        "You have said so often enough. Please describe it with “Add news”.",
        "もう とどいて います。「つづきを 書（か）く」で 教（おし）えて ください。",
    )


def doubt(report: Report, form: Say, asked: Asked) -> Accepted | Refused:
    """Somebody who looked says that work which is reported as done is not: a line of the log and a word to the office."""
    if not asked.person.holds((RESIDENT,)) or not asked.person.account_id:
        return refuse(
            "not_allowed",
            "確認はログインしてからお願いします。",
            "Please sign in to confirm.",
            "ログインして ください。",
        )
    if any(
        line.what == "doubt" and who == asked.owner and line.at >= ended_at(report)
        for line, who in zip(report.log, report.speakers, strict=False)
    ):
        return refuse(
            "conflict", "知らせはもう届いています。", "You have said so already.", "もう とどいて います。"
        )
    line = Step(asked.now, RESIDENT_STEP, "doubt", form.why)
    return step(report, asked, line, (tell_office(report, line),))


def put_back(state: State, form: TakeBack, asked: Asked) -> Accepted | Refused:
    """The desk looked again and it is mended: everything as it was before it was opened again."""
    report = report_of(state, form.id)
    if report is None:
        return not_found()
    if not may_work(report, asked):
        return other_office()
    if report.ended is None or report.status != "checking":
        return refuse(
            "conflict",
            "終わった状態に戻せるのは、もう一度開いた知らせだけです。",
            "Only a report that was opened again can be put back.",
            "もういちど しらべて いる 知（し）らせだけ もどせます。",
        )
    changes = restored(report, report.ended)
    line = Step(asked.now, OFFICE_STEP, "put_back", "", report.status, changes["status"], report.office)
    after = msgspec.structs.replace(
        report, **changes, ended=None, log=(*report.log, line), undo=None, date_updated=asked.now
    )
    answer = {"id": report.id, "number": report.number, "status": after.status}
    return Accepted(writes=(after,), messages=tell_followers(after, line, asked), answer=answer)
