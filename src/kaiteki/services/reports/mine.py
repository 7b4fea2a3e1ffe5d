"""わたしが送った知らせ: what was sent from this device, and under the account of whoever is signed in. Works without a script."""

from __future__ import annotations

from typing import Final

from kaiteki.kit.pages import PageAsk, PageReply, Shown
from kaiteki.kit.views import where
from kaiteki.model.query import Query
from kaiteki.services.reports.browse import row_of
from kaiteki.services.reports.model import Book, Report, book_id
from kaiteki.services.reports.veil import whole

MINE_MAX: Final = 50
"""Reports that are listed, the latest."""


async def own_reports(ask: PageAsk) -> list[Report]:
    """The latest reports of the account and of this browser, the newest first."""
    owners = dict.fromkeys(one for one in (ask.person.account_id, ask.browser) if one)
    books = [await ask.city.get(Book, book_id(owner)) for owner in owners]
    ids = dict.fromkeys(one for book in books if book is not None for one in reversed(book.mine))
    numbers = sorted((one.rpartition(":")[2] for one in ids), reverse=True)[:MINE_MAX]
    found = await ask.city.find(
        Report, Query(q=where(Report, "number", "==", tuple(numbers)), limit=MINE_MAX)
    )
    return sorted(found.items, key=lambda one: one.number, reverse=True) if numbers else []


async def show_mine(ask: PageAsk) -> PageReply:
    """The latest reports of the account and of this browser."""
    rows = [
        {
            **row_of(ask, whole(report)),
            "withdrawn": report.status == "withdrawn",
            "hidden": not report.published and report.status != "withdrawn",
        }
        for report in await own_reports(ask)
    ]
    return Shown({"rows": rows, "signed_in": ask.person.signed_in, "mine_max": MINE_MAX})
