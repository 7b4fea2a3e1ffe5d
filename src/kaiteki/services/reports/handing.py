"""引き継ぎ: which of a reporter's contact details go along with a report that another body takes over; those that they agreed to, no other."""

from __future__ import annotations

from typing import Any, Final

from kaiteki.kit.pages import PageAsk, PageReply, Shown
from kaiteki.model.words import Words
from kaiteki.services.reports.browse import row_of
from kaiteki.services.reports.mine import own_reports
from kaiteki.services.reports.model import Contact, Report, contact_id
from kaiteki.services.reports.queries import settings_in
from kaiteki.services.reports.veil import whole

FORWARD: Final = "reports.forward"
"""The purpose that the reporter agrees to."""
HANDED: Final = ("handed", "outside")
"""The states in which a report is with another body."""
FIELDS: Final = {
    "name": Words("お名前", "Name", "なまえ"),
    "email": Words("メール", "E-mail", "メール"),
    "phone": Words("電話", "Phone", "でんわ"),
}


async def told_of(ask: PageAsk, report: Report) -> list[tuple[str, str]]:
    """What may be told to the body that has a report, as of now: (label, value); nothing while it is with the town hall."""
    contact = await ask.city.get(Contact, contact_id(report.number)) if report.status in HANDED else None
    if contact is None or not contact.holder:
        return []
    agreed = await ask.city.consented(FORWARD, (contact.holder,))
    return [
        (words.say(ask.language), getattr(contact, field))
        for field, words in FIELDS.items()
        if f"ReportContact.{field}" in agreed and getattr(contact, field)
    ]


async def show_handed(ask: PageAsk) -> PageReply:
    """Reports of one's own that other bodies have, and what of the contact each of them is told."""
    settings, rows = settings_in(ask), list[dict[str, Any]]()
    for report in await own_reports(ask):
        if report.status in HANDED:
            office = settings.office(report.office)
            told = await told_of(ask, report)
            rows.append({**row_of(ask, whole(report)), "to": office.words if office else None, "told": told})
    return Shown({"rows": rows, "purpose": FORWARD})
