"""What residents may do with a report that is there: follow, add news, withdraw, say whether it is mended."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from kaiteki.kit.manifest import State
from kaiteki.model.access import RESIDENT
from kaiteki.model.decision import Accepted, Asked, Refused
from kaiteki.model.words import fill
from kaiteki.services.reports.arrows import DONE
from kaiteki.services.reports.book_rules import own_book
from kaiteki.services.reports.foreign_rules import hear, leads_elsewhere
from kaiteki.services.reports.forms import Follow, Say, Update, Witness
from kaiteki.services.reports.model import Report, Step, book_id
from kaiteki.services.reports.reopen_rules import doubt, knows, reopen
from kaiteki.services.reports.rules import photo_of
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
    settings_of,
    step,
)

# Following --------------------------------------------------------------------------------------------------------


def follow_needs(form: Follow | Say | Update | Witness, asked: Asked) -> Sequence[str]:
    """The report, and the book of whoever asks."""
    holder = asked.owner
    return (form.id, book_id(holder)) if holder else (form.id,)


def follow(state: State, form: Follow, asked: Asked) -> Accepted | Refused:
    """Hear of every public step from now on; following twice changes nothing."""
    report, holder = report_of(state, form.id), asked.owner
    settings = settings_of(asked)
    if report is None or not report.published or report.status == "withdrawn":
        return not_found()
    if not holder:
        return refuse(
            "invalid",
            "この端末を覚えられないため、続報を送れません。",
            "This device cannot be remembered, so no news can be sent.",
            "この きかいを おぼえられません。",
        )
    if holder in report.followers:
        return Accepted(answer={"id": report.id, "followers": report.follower_count})
    if len(report.followers) >= settings.followers_max:
        return refuse(
            "too_many",
            "続報の登録がいっぱいです。",
            "No more people can follow this report.",
            "もう とうろく できません。",
        )
    followers = (*report.followers, holder)
    book = own_book(state, holder)
    follows = (*(f for f in book.follows if f != report.id), report.id)[-settings.follows_max :]
    after = msgspec.structs.replace(report, followers=followers, follower_count=len(followers))
    return Accepted(
        writes=(after, msgspec.structs.replace(book, follows=follows)),
        answer={"id": report.id, "followers": len(followers)},
    )


def unfollow(state: State, form: Follow, asked: Asked) -> Accepted | Refused:
    """Hear no more of it."""
    report, holder = report_of(state, form.id), asked.owner
    if report is None:
        return not_found()
    if holder not in report.followers:
        return Accepted(answer={"id": report.id, "followers": report.follower_count})
    followers = tuple(f for f in report.followers if f != holder)
    after = msgspec.structs.replace(report, followers=followers, follower_count=len(followers))
    answer = {"id": report.id, "followers": len(followers)}
    book = own_book(state, holder)
    follows = tuple(f for f in book.follows if f != report.id)
    return Accepted(writes=(after, msgspec.structs.replace(book, follows=follows)), answer=answer)


# What comes later -------------------------------------------------------------------------------------------------


def is_reporter(report: Report, asked: Asked) -> bool:
    """Whether the asker is the one who reported it."""
    return report.reporter != "" and report.reporter == asked.owner


def update(state: State, form: Update, asked: Asked) -> Accepted | Refused:
    """More news from the reporter, a helper or the office; others ask to follow and to witness.

    Where the system of the office says so, the report goes on to another state with it.
    """
    report = report_of(state, form.id)
    mine = report is not None and (is_reporter(report, asked) or asked.person.account_id in report.helpers)
    if report is None or not (mine or is_staff(asked) or is_shown(report)):
        return not_found()
    if not (mine or is_staff(asked) or asked.person.holds((RESIDENT,))):
        return refuse(
            "not_allowed",
            "続報は、報告した人か、ログインした人が書けます。",
            "News can be added by the reporter or by people who are signed in.",
            "知らせた人か、ログインした人が 書けます。",
        )
    settings = settings_of(asked)
    photos = tuple(photo_of(p, "later") for p in form.photos)
    if len(photos) > settings.photos_max:
        return refuse(
            "invalid",
            f"写真は{settings.photos_max}枚までです。",
            fill("At most {n} {n|photo|photos}.", n=settings.photos_max),
            "しゃしんが 多すぎます。",
            "photos",
        )
    if not is_staff(asked) and (report.status == "withdrawn" or _is_flood(report, asked)):
        return refuse(
            "too_many",
            "この知らせには、もう続報を書けません。",
            "No more news can be added to this report.",
            "もう 書（か）けません。",
        )
    if leads_elsewhere(report, form.status):
        return hear(report, form, asked, photos)
    by = OFFICE_STEP if is_staff(asked) else RESIDENT_STEP
    line = Step(asked.now, by, "update", form.text, photos=tuple(p.digest for p in photos))
    return step(report, asked, line, photos=(*report.photos, *photos))


def is_shown(report: Report) -> bool:
    """Whether everybody may open it."""
    return report.published and report.status != "withdrawn"


def _is_flood(report: Report, asked: Asked) -> bool:
    """Whether a person added so much news to a report within a day that others would have no room."""
    lately = (
        line.what == "update" and who == asked.owner and asked.now - line.at < DAY
        for line, who in zip(report.log, report.speakers, strict=False)
    )
    return sum(lately) >= settings_of(asked).news_day_max


def withdraw(state: State, form: Say, asked: Asked) -> Accepted | Refused:
    """The reporter takes the report back."""
    report = report_of(state, form.id)
    if report is None:
        return not_found()
    mine = is_reporter(report, asked)
    if is_staff(asked) and not mine and not may_work(report, asked):
        return other_office()
    if not mine and not is_staff(asked):
        return refuse(
            "not_allowed",
            "取り下げは、報告した人ができます。",
            "Only the reporter can withdraw it.",
            "知らせた人だけが とりけせます。",
        )
    by = RESIDENT_STEP if mine else OFFICE_STEP
    line = Step(asked.now, by, "withdraw", form.why, after="withdrawn")
    return step(report, asked, line)


def witness(state: State, form: Witness, asked: Asked) -> Accepted | Refused:
    """Somebody was there: two different people who did not do the work themselves, or staff, close the report."""
    report = report_of(state, form.id)
    if report is None:
        return not_found()
    if report.status not in DONE:
        return refuse(
            "conflict",
            "確かめられるのは、完了の報告があった知らせだけです。",
            "Only what is reported as done can be confirmed.",
            "おわったと 言（い）われた ものだけ できます。",
        )
    holder = asked.person.account_id
    if not form.mended:
        said = Say(form.id, form.why)
        heard = is_staff(asked) or knows(report, asked)
        return reopen(state, said, asked) if heard else doubt(report, said, asked)
    if not holder or not asked.person.holds((RESIDENT, "staff")):
        return refuse(
            "not_allowed",
            "確認はログインしてからお願いします。",
            "Please sign in to confirm.",
            "ログインして ください。",
        )
    if is_staff(asked) and holder != report.completed_by:
        line = Step(asked.now, "office", "confirm", form.why, after="closed", office=report.office)
        return step(report, asked, line, date_closed=asked.now)
    if holder == report.completed_by or holder in report.helpers:
        return refuse(
            "not_allowed",
            "作業した人は確認できません。ほかの人にお願いしてください。",
            "Those who did the work cannot confirm it.",
            "はたらいた人は かくにん できません。",
        )
    if holder in report.witnesses:
        return refuse(
            "conflict", "確認はもう届いています。", "You have confirmed it already.", "もう とどいて います。"
        )
    witnesses = (*report.witnesses, holder)
    enough = len(witnesses) >= settings_of(asked).witnesses_min
    if not enough and report.status == "witnessed":
        line = Step(asked.now, RESIDENT_STEP, "witness", form.why)
    else:
        line = Step(asked.now, RESIDENT_STEP, "witness", form.why, after="closed" if enough else "witnessed")
    closed = asked.now if enough else None
    return step(report, asked, line, witnesses=witnesses, witness_count=len(witnesses), date_closed=closed)
