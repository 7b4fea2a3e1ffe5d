"""What the public sees of a report: hide and show text and photos, put kind and place right."""

from __future__ import annotations

from typing import Final

import msgspec

from kaiteki.kit.editing import Edits, Standing
from kaiteki.kit.letters import read_letters
from kaiteki.kit.manifest import State
from kaiteki.kit.views import point
from kaiteki.model.decision import Accepted, Asked, Message, Refused
from kaiteki.model.words import Words
from kaiteki.services.reports.desk_rules import find_work, office_line
from kaiteki.services.reports.faults import fault
from kaiteki.services.reports.forms import Correct, Moderate
from kaiteki.services.reports.geography import road_under
from kaiteki.services.reports.model import Held, Photo, Report
from kaiteki.services.reports.routing import is_far, route
from kaiteki.services.reports.settings import Category, Settings
from kaiteki.services.reports.steps import not_found, refuse, report_of, settings_of, step
from kaiteki.services.reports.veil import whole

LETTERS: Final = read_letters("kaiteki.services.reports")

AT_WORK_BY_RESIDENTS: Final = ("task", "working")
"""States in which residents may be at the place."""

# What the public sees ---------------------------------------------------------------------------------------------


def hide(state: State, form: Moderate, asked: Asked) -> Accepted | Refused:
    """Keep the text and photos, or only some photos, from the public; they stay with the desk."""
    report = find_work(state, form.id, asked)
    if isinstance(report, Refused):
        return report
    held = report.held or Held()
    chosen = tuple(p for p in report.photos if not form.photos or p.digest in form.photos)
    rest = tuple(p for p in report.photos if p not in chosen)
    if form.photos and not chosen:
        return refuse(
            "invalid",
            "写真を選んでください。",
            "Please choose a photo.",
            "しゃしんを えらんで ください。",
            "photos",
        )
    line = office_line(asked, "hide_photos" if form.photos else "hide", "", "", report.office)
    if form.photos:
        kept = msgspec.structs.replace(held, photos=(*held.photos, *chosen))
        return step(report, asked, line, (), photos=rest, held=kept)
    if not report.published:
        return refuse("conflict", "もう公開されていません。", "It is hidden already.", "もう 見えません。")
    return step(report, asked, line, (), published=False)


def publish(state: State, form: Moderate, asked: Asked) -> Accepted | Refused:
    """Show again what was kept back: everything, or only the chosen photos."""
    report = find_work(state, form.id, asked)
    if isinstance(report, Refused):
        return report
    held = report.held or Held()
    if report.published and not held.photos:
        return refuse(
            "conflict",
            "公開を止めているものはありません。",
            "Nothing is hidden.",
            "かくした ものは ありません。",
        )
    chosen: tuple[Photo, ...] = tuple(p for p in held.photos if not form.photos or p.digest in form.photos)
    rest = tuple(p for p in held.photos if p not in chosen)
    line = office_line(asked, "publish_photos" if form.photos else "publish", "", "", report.office)
    return step(
        report,
        asked,
        line,
        (),
        published=report.published if form.photos else True,
        photos=(*report.photos, *chosen),
        held=Held(rest) if rest else None,
    )


def kept_report(state: State, form: Correct, asked: Asked) -> Standing | None:
    """The kind and place of a report as the form that corrects them."""
    report = report_of(state, form.id)
    return Standing(report, correct_form(whole(report))) if report is not None else None


def correct_form(report: Report) -> Correct:
    """A whole report as the form that corrects its kind and place."""
    longitude, latitude = report.point or (None, None)
    return Correct(report.id, report.category, latitude, longitude, report.address)


CORRECT_EDITS: Final = Edits(kept_report, attributes=dict.fromkeys(("latitude", "longitude"), "location"))


def correct(state: State, form: Correct, asked: Asked) -> Accepted | Refused:
    """The right category or place; the office is routed anew with the reason."""
    report = report_of(state, form.id)
    settings = settings_of(asked)
    if report is None:
        return not_found()
    category = settings.category(form.category or report.category)
    if category is None or category.kind != report.kind:
        return refuse(
            "invalid",
            "種類を選んでください。",
            "Please choose a kind.",
            "しゅるいを えらんで ください。",
            "category",
        )
    if is_far(settings, form.longitude, form.latitude):
        return Refused("invalid", (msgspec.structs.replace(fault("place", "far"), field="place_address"),))
    placed = form.latitude is not None and form.longitude is not None
    place = (
        (form.longitude, form.latitude)
        if form.latitude is not None and form.longitude is not None
        else report.point
    )
    asked_of_residents = report.status in AT_WORK_BY_RESIDENTS and report.task is not None
    if asked_of_residents and (category.traffic or road_under(settings.zones, place) is not None):
        return Refused("conflict", (fault("report", "task_on_road"),))
    address = form.address or report.address
    routed = route(settings, category, place, address, settings.owner(report.owner))
    moved = placed or address != report.address
    changed = _changed(settings, report, category, routed.office, moved)
    line = msgspec.structs.replace(
        office_line(asked, "correct", form.why, "", routed.office), changed=changed
    )
    done = step(
        report,
        asked,
        line,
        category=category.code,
        address=address,
        office=routed.office,
        location=point(*place) if placed and place else report.location,
        zone=routed.zone,
        zone_sure=routed.zone_sure,
        office_reason=routed.reason,
    )
    if isinstance(done, Refused) or not report.reporter or report.reporter in report.followers:
        return done
    return msgspec.structs.replace(done, messages=(*done.messages, _tell_reporter(report, form.why)))


def _changed(
    settings: Settings, report: Report, category: Category, office: str, moved: bool
) -> tuple[Words, ...]:
    """From what to what. That the place is another one is said without the place: of some reports it is not public."""
    before, was, now = (
        settings.category(report.category),
        settings.office(report.office),
        settings.office(office),
    )
    said: list[Words] = []
    if before is not None and before.code != category.code:
        said.append(_from_to(Words("種類", "Kind", "しゅるい"), before.words, category.words))
    if moved:
        said.append(Words("場所を直しました", "The place was corrected", "ばしょを なおしました"))
    if was is not None and now is not None and was.code != now.code:
        said.append(_from_to(Words("担当", "Office", "たんとう"), was.words, now.words))
    return tuple(said)


def _from_to(what: Words, before: Words, after: Words) -> Words:
    return Words(
        f"{what.ja}：{before.ja} → {after.ja}",
        f"{what.en}: {before.en} → {after.en}",
        f"{what.say('ja-easy')}：{before.say('ja-easy')} → {after.say('ja-easy')}",
    )


def _tell_reporter(report: Report, why: str) -> Message:
    """A word to who reported it and does not follow it: what they wrote was changed."""
    title, body = LETTERS["corrected"].told(number=report.number, why=why)
    return Message(report.reporter, title, body, f"reports/{report.number}", report.id)
