"""What becomes of a report that is sent: checked, numbered, routed, triaged, kept; its sender is thanked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from kaiteki.kit.letters import read_letters
from kaiteki.kit.manifest import State
from kaiteki.kit.numbering import counter_id, next_number
from kaiteki.kit.views import point
from kaiteki.model.decision import Accepted, Asked, Fault, Message, Refused
from kaiteki.model.instant import parse_instant
from kaiteki.services.reports.assets import Asset, Device, Work, owner_of
from kaiteki.services.reports.book_rules import keep_sender, limited
from kaiteki.services.reports.faults import fault
from kaiteki.services.reports.forms import (
    PhotoForm,
    Submit,
)
from kaiteki.services.reports.model import (
    MODE,
    NUMBER_KIND,
    Contact,
    Photo,
    Report,
    Step,
    Theme,
    book_id,
    cell_id,
    contact_id,
    report_id,
)
from kaiteki.services.reports.questions import check_answers, questions_of
from kaiteki.services.reports.routing import Routed, is_far, route
from kaiteki.services.reports.settings import USUAL, Category, Question, Settings, inside
from kaiteki.services.reports.steps import (
    RESIDENT_STEP,
    SYSTEM_STEP,
    event_of,
    is_staff,
    later,
    settings_of,
)
from kaiteki.services.reports.triage import RANK, Triaged, triage

LETTERS: Final = read_letters("kaiteki.services.reports")

NAME_MAX: Final = 40


# Reporting --------------------------------------------------------------------------------------------------------


def submit_needs(form: Submit, asked: Asked) -> Sequence[str]:
    """The counter of numbers, the book of the reporter, the cell of the place, the theme, the asset, what told of it before."""
    needed = [counter_id(NUMBER_KIND, asked), MODE]
    holder = asked.owner
    if holder:
        needed.append(book_id(holder))
    if form.latitude is not None and form.longitude is not None:
        needed.append(cell_id(form.longitude, form.latitude))
    return needed + [one for one in (form.theme, form.asset, form.known) if one]


def submit(state: State, form: Submit, asked: Asked) -> Accepted | Refused:
    """Accept a report: check, number, route, triage; keep it with the reporter's book."""
    settings = settings_of(asked)
    category = settings.category(form.category)
    theme = state.get(form.theme) if form.theme else None
    questions = questions_of(category, theme if isinstance(theme, Theme) else None)
    faults = (*_faults(settings, category, questions, form), *_unknown(state, form, asked))
    if faults or category is None:
        return Refused("invalid", faults)
    holder = asked.owner
    too_many = limited(settings, state, form, holder, asked)
    if too_many is not None:
        return too_many
    number, counter = next_number(state, NUMBER_KIND, asked)
    asset, source = find_asset(state, form.asset), find_source(state, form.known)
    matter = Matter(category, questions, asset, source, event_of(state))
    report = _new_report(matter, form, number, asked)
    writes: list[msgspec.Struct] = [report, counter]
    writes += keep_sender(settings, state, form, report, asked)
    if form.contact_name or form.contact_email or form.contact_phone:
        writes.append(
            Contact(
                contact_id(number),
                report.id,
                holder,
                form.contact_name,
                form.contact_email,
                form.contact_phone,
                inside(settings, report.office),
            )
        )
    answer: dict[str, Any] = {
        "id": report.id,
        "number": number,
        "status": report.status,
        "office": report.office,
        "published": report.published,
    }
    messages = (*_thank(report, holder), *_tell_owner(settings, report))
    return Accepted(tuple(writes), messages=messages, answer=answer)


def _unknown(state: State, form: Submit, asked: Asked) -> tuple[Fault, ...]:
    """What the form names and is not there: a theme that runs, an asset, a planned work or device."""
    theme = state.get(form.theme) if form.theme else None
    wrong = (
        form.theme and not (isinstance(theme, Theme) and _runs(theme, asked)) and ("theme", "ended"),
        form.asset and find_asset(state, form.asset) is None and ("asset", "unknown"),
        form.known and find_source(state, form.known) is None and ("known", "unknown"),
    )
    return tuple(fault(*one) for one in wrong if one)


def _runs(theme: Theme, asked: Asked) -> bool:
    return theme.status == "open" and theme.date_start <= asked.now <= theme.date_end


def _faults(
    settings: Settings, category: Category | None, questions: tuple[Question, ...], form: Submit
) -> tuple[Fault, ...]:
    faults: list[Fault] = []
    if category is None:
        faults.append(fault("category", "choice"))
    if (form.latitude is None or form.longitude is None) and not (form.address or form.asset):
        faults.append(fault("place", "missing"))
    if is_far(settings, form.longitude, form.latitude):
        faults.append(fault("place", "far"))
    if len(form.photos) > settings.photos_max:
        faults.append(fault("photos", "too_many", settings.photos_max))
    if not (form.description or form.photos or form.answers or form.known):
        faults.append(fault("description", "missing"))
    if len(form.description) > settings.description_max:
        faults.append(fault("description", "too_long", settings.description_max))
    return (*faults, *check_answers(questions, form.answers))


class Matter(msgspec.Struct, frozen=True):
    """What a report is about: its kind, what was asked, the asset, and the planned work or device that told of it before."""

    category: Category
    questions: tuple[Question, ...] = ()
    asset: Asset | None = None
    source: Work | Device | None = None
    event: str = USUAL


def find_asset(state: State, asset: str) -> Asset | None:
    """The asset with an id among what the rule may see."""
    found = state.get(asset)
    return found if isinstance(found, Asset) else None


def find_source(state: State, known: str) -> Work | Device | None:
    """The planned work or the faulty device with an id among what the rule may see."""
    found = state.get(known)
    return found if isinstance(found, Work) or (isinstance(found, Device) and found.faulty) else None


def _new_report(matter: Matter, form: Submit, number: str, asked: Asked) -> Report:
    settings, category, asset = settings_of(asked), matter.category, matter.asset
    holder = asked.owner
    place = None if form.latitude is None or form.longitude is None else (form.longitude, form.latitude)
    place = place or (asset.point if asset is not None else None)
    address = form.address or (asset.full_address if asset is not None else "")
    routed = route(settings, category, place, address, owner_of(settings, asset))
    depends = f"{asset.category}／重要度{asset.criticality}" if asset is not None else ""
    urgent = triage(settings, form.description, form.answers, matter.questions, depends)
    photos = tuple(photo_of(p) for p in form.photos)
    follows = (holder,) if form.follow and holder else ()
    base = Report(
        id=report_id(number),
        number=number,
        name=_name(category, form.description or (matter.source.name if matter.source is not None else "")),
        category=category.code,
        kind=category.kind,
        description=form.description,
        location=point(*place) if place else None,
        address=address,
        asset=form.asset,
        owner=asset.owner if asset is not None else "",
        known=form.known,
        event=matter.event,
        theme=form.theme,
        answers=dict(form.answers),
        status="shared" if category.kind == "praise" else "received",
        photos=photos,
        date_submitted=asked.now,
        date_updated=asked.now,
        date_due=later(asked.now, category.answer_days)
        if category.kind == "problem" and category.answer_days
        else None,
        reporter=holder,
        followers=follows,
        follower_count=len(follows),
        language=asked.language,
        channel="counter" if is_staff(asked) else "web" if asked.browser or asked.person.signed_in else "app",
        log=(
            Step(
                asked.now, RESIDENT_STEP, "submit", after="received", photos=tuple(p.digest for p in photos)
            ),
        ),
    )
    kept = _placed(
        settings, msgspec.structs.replace(base, published=settings.publish_at_once), routed, urgent
    )
    return hand_over(settings, _known(kept, matter, asked), asked)


def _known(report: Report, matter: Matter, asked: Asked) -> Report:
    """What told of it before stands in the log, and a planned work gives its day."""
    source = matter.source
    if source is None:
        return report
    starts = parse_instant(f"{source.start_date}T00:00:00Z") if isinstance(source, Work) else None
    line = Step(asked.now, SYSTEM_STEP, "known", source.name)
    return msgspec.structs.replace(report, date_planned=starts, log=(*report.log, line))


def hand_over(settings: Settings, report: Report, asked: Asked) -> Report:
    """What is not the city's own begins with its owner: handed over, without a promise of the city."""
    office = settings.office(report.office)
    if office is None or not office.outside or report.status != "received":
        return report
    line = Step(asked.now, SYSTEM_STEP, "hand_over", "", "received", "handed", office.code)
    return msgspec.structs.replace(report, status="handed", date_due=None, log=(*report.log, line))


def _placed(settings: Settings, report: Report, routed: Routed, urgent: Triaged) -> Report:
    category = settings.category(report.category)
    least = category.urgency if category is not None else "normal"
    urgency = max(urgent.urgency, least, key=RANK.__getitem__)
    return msgspec.structs.replace(
        report,
        priority=RANK[urgency],
        zone=routed.zone,
        zone_sure=routed.zone_sure,
        office=routed.office,
        office_reason=routed.reason,
        urgency=urgency,
        urgency_reason=urgent.reason,
    )


def _name(category: Category, text: str) -> str:
    """The first sentence of the text, else the category."""
    first = text.replace("\n", "。").split("。")[0].strip()
    if not first:
        return category.words.ja
    return first if len(first) <= NAME_MAX else first[: NAME_MAX - 1] + "…"


def photo_of(form: PhotoForm, when: str = "before") -> Photo:
    """A photo of a form as it is kept."""
    return Photo(form.digest, when, form.words, form.look)


def _thank(report: Report, holder: str) -> tuple[Message, ...]:
    if holder not in report.followers:
        return ()
    title, body = LETTERS["arrived"].told(number=report.number)
    return (Message(holder, title, body, f"reports/{report.number}", report.id),)


def _tell_owner(settings: Settings, report: Report) -> tuple[Message, ...]:
    """A word to the office outside of the town hall that looks after it."""
    office = settings.office(report.office)
    if report.status != "handed" or office is None:
        return ()
    where = report.address or report.zone
    title, body = LETTERS["handed"].told(
        number=report.number, office=office.words, name=report.name, where=where
    )
    return (Message(f"office:{office.code}", title, body, f"reports/{report.number}", report.id),)
