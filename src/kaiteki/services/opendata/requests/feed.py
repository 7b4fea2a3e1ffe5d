"""The feed of answers to requests for data: who asked without an account, and whoever waits for the same, hears of them without a mail.

requests that everybody reads ─► their answers, the newest first ─► Feed ─► Atom or JSON Feed
"""

from __future__ import annotations

from heapq import nlargest
from typing import Final

from kaiteki.kit.pages import Declined, PageAsk, PageReply
from kaiteki.kit.views import ordered, where
from kaiteki.model.decision import Fault
from kaiteki.model.query import Query
from kaiteki.model.words import Words
from kaiteki.services.opendata.downloads.feed import BEFORE, PAGE, News, Write, before_of, page_of
from kaiteki.services.opendata.requests.browse import ALL_REQUESTS
from kaiteki.services.opendata.requests.course import COURSE
from kaiteki.services.opendata.requests.model import DataSetRequest

REQUESTS_MAX: Final = 500
"""The newest requests whose answers are looked through."""
_TITLE: Final = Words("データの要望への回答", "Answers to requests for data", "ほしい データへの こたえ")


async def show_answers(write: Write, ask: PageAsk) -> PageReply:
    """The answers, as everybody reads them."""
    before = before_of(ask)
    if before is None:
        return Declined((Fault("before", "unfit", BEFORE.words),), onward=ALL_REQUESTS)
    wanted = Query(
        q=where(DataSetRequest, "published", "==", True),
        order=(ordered(DataSetRequest, "asked_at", descending=True),),
        limit=REQUESTS_MAX,
    )
    entries = [
        News(
            one.id,
            one.title,
            said.at,
            COURSE.phase(said.state).words,
            key=f"{one.id} {at}",
            page=f"data/requests/{one.number}",
            text=said.text,
        )
        for one in (await ask.city.find(DataSetRequest, wanted)).items
        for at, said in enumerate(one.answers)
        if said.at < before
    ]
    latest = nlargest(PAGE + 1, entries, key=lambda one: (one.at, one.key))
    return write(ask, page_of("data/requests/feed", "data/requests", _TITLE.say(ask.language), latest))
