"""The pages for everybody: the requests with where they stand, one request with its answers, the form of a new one."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from kaiteki.kit.pages import Missing, Moved, PageAsk, PageReply, Shown
from kaiteki.kit.query_fields import one_of, whole
from kaiteki.kit.views import every, ordered, where
from kaiteki.model.access import STAFF
from kaiteki.model.decision import Fault, Refused
from kaiteki.model.query import Query
from kaiteki.model.words import Words
from kaiteki.services.opendata.absence import none_called
from kaiteki.services.opendata.model import DataSet
from kaiteki.services.opendata.requests.course import COURSE, OPEN, STATES
from kaiteki.services.opendata.requests.model import (
    AskForData,
    DataSetAsker,
    DataSetRequest,
    RequestBook,
    book_id,
    request_id,
)
from kaiteki.services.opendata.settings import Settings

PER_PAGE: Final = 20
PAGES_MAX: Final = 500
OWN_MAX: Final = 50
TONES: Final = {"new": "warn", "active": "key", "waiting": "warn", "done": "good", "ended": "plain"}
SORTS: Final = {
    "new": ("asked_at", Words("新しい順", "Newest", "あたらしい じゅん")),
    "wanted": (
        "supporter_count",
        Words("賛同の多い順", "Most supported", "ほしい 人（ひと）が 多（おお）い じゅん"),
    ),
}
REQUEST: Final = Words("データの要望", "Request for data", "ほしい データ")
ALL_REQUESTS: Final = (
    "data/requests",
    Words("要望の一覧", "All requests", "ほしい データの 一覧（いちらん）"),
)
ASKED: Final = tuple(AskForData.__struct_fields__)
ASKS: Final = {
    "state": one_of([code for code, _ in STATES if code]),
    "sort": one_of(SORTS),
    "page": whole(1, PAGES_MAX),
}
"""What the address of the list may say."""
TITLE_LENGTH_MAX: Final = 80
_SENT: Final = Words(
    "要望 {number} を受け付けました。担当が内容を確かめてから公開します",
    "Your request {number} has arrived. It is shown in public when the office has read it",
    "{number} が とどきました",
)
_TOO_MANY: Final = Words(
    "要望は1日5件までです。明日またお送りください。",
    "You may ask for five data sets a day. Please come again tomorrow.",
    "1日（いちにち）に 5つまでです。あした また おくって ください。",
)
_NOT_NOW: Final = Words(
    "いまの状態では、できません。", "This is not possible as the request stands.", "いまは できません。"
)
_DONE: Final = {
    "support": Words("賛同しました", "You support it", "「わたしも」を つけました"),
    "leave": Words("賛同を取り消しました", "You support it no more", "「わたしも」を やめました"),
    "withdraw": Words("要望を取り下げました", "The request is withdrawn", "やめました"),
}


def settings_in(ask: PageAsk) -> Settings:
    """What the area decided."""
    return ask.settings if isinstance(ask.settings, Settings) else Settings()


def row_of(ask: PageAsk, one: DataSetRequest) -> dict[str, Any]:
    """A request as pages show it. `late`: the first answer is due and has not come."""
    phase, settings = COURSE.phase(one.status), settings_in(ask)
    return {
        "request": one,
        "said": phase.words.say(ask.language),
        "tone": TONES[phase.tone],
        "open": one.status in OPEN,
        "late": one.status in OPEN and one.answered_at is None and one.due_at < ask.now,
        "office": settings.words_of(one.office).say(ask.language),
        "line": [
            {
                "title": COURSE.phase(said.state).words.say(ask.language),
                "at": said.at,
                "who": settings.words_of(said.office).say(ask.language),
                "text": said.text,
            }
            for said in one.answers
        ],
    }


async def show_requests(ask: PageAsk) -> PageReply:
    """What was asked for, by state, newest or most supported first; own requests on top."""
    state, sort = ask.query.get("state", ""), ask.query.get("sort") or "new"
    page = int(ask.query.get("page") or 1)
    wanted = Query(
        q=every(
            where(DataSetRequest, "published", "==", True),
            where(DataSetRequest, "status", "==", state) if state else None,
        ),
        order=(ordered(DataSetRequest, SORTS[sort][0], descending=True),),
        limit=PER_PAGE,
        offset=(page - 1) * PER_PAGE,
        total=True,
    )
    found = await ask.city.find(DataSetRequest, wanted)

    def address(number: int) -> str:
        kept = {"state": state, "sort": sort, "page": str(number)}
        return "data/requests?" + urlencode({name: value for name, value in kept.items() if value})

    return Shown(
        {
            "rows": [row_of(ask, one) for one in found.items],
            "own": await own_requests(ask),
            "states": [(code, words.say(ask.language)) for code, words in STATES if code != "withdrawn"],
            "sorts": [(code, words.say(ask.language)) for code, (_, words) in SORTS.items()],
            "state": state,
            "sort": sort,
            "total": found.total,
            "first": (page - 1) * PER_PAGE + 1,
            "before": address(page - 1) if page > 1 else None,
            "after": address(page + 1) if found.more else None,
            "days": settings_in(ask).answer_days,
        }
    )


async def own_requests(ask: PageAsk) -> list[dict[str, Any]]:
    """What whoever looks asked for, newest first: in their own words, also where the public does not see them."""
    if not ask.city.owned:
        return []
    mine = where(DataSetAsker, "holder", "==", tuple(sorted(ask.city.owned)))
    wanted = Query(q=mine, order=(ordered(DataSetAsker, "number", descending=True),), limit=OWN_MAX)
    rows: list[dict[str, Any]] = []
    for asker in (await ask.city.find(DataSetAsker, wanted)).items:
        request = await ask.city.get(DataSetRequest, asker.request)
        if request is not None and asker.holder in ask.city.owned:
            rows.append({**row_of(ask, request), "words": asker.words})
    return rows


async def show_form(ask: PageAsk) -> PageReply:
    """The form of a new request."""
    return _form(ask, {}, ())


async def act_form(ask: PageAsk) -> PageReply:
    """Ask for data."""
    given = {name: (ask.fields.get(name) or [""])[0] for name in ASKED}
    done = await ask.city.run("opendata.ask_for_data", given)
    if isinstance(done, Refused):
        return _form(ask, given, done.faults or (Fault("", done.code, _TOO_MANY),))
    number = str(done.answer["number"])
    return Moved(f"data/requests/{number}", _SENT.fill(ask.language, number=number))


def _form(ask: PageAsk, given: dict[str, str], faults: tuple[Fault, ...]) -> PageReply:
    values = {
        "given": {**dict.fromkeys(ASKED, ""), "title": ask.query.get("title", ""), **given},
        "faults": faults,
        "days": settings_in(ask).answer_days,
    }
    return Shown(values, 422 if faults else 200)


async def show_request(ask: PageAsk) -> PageReply:
    """One request: what is asked for, where it stands, what the town said, who wants it, too."""
    return await _one(ask, ())


async def act_request(ask: PageAsk) -> PageReply:
    """Join in, leave, or withdraw one's own."""
    do, number = (ask.fields.get("do") or [""])[0], number_in(ask)
    if do not in _DONE:
        return Missing()
    done = await ask.city.run(f"opendata.{do}_request", {"id": request_id(number)})
    if isinstance(done, Refused):
        return await _one(ask, (Fault("", done.code, _NOT_NOW),))
    where_to = "data/requests" if do == "withdraw" else f"data/requests/{number}"
    return Moved(where_to, _DONE[do].say(ask.language))


def number_in(ask: PageAsk) -> str:
    """The number in an address, which may also hold the id."""
    return ask.path["number"].rpartition(":")[2]


async def _one(ask: PageAsk, faults: tuple[Fault, ...]) -> PageReply:
    number = number_in(ask)
    request = await ask.city.get(DataSetRequest, request_id(number))
    own = next((one for one in await own_requests(ask) if one["request"].number == number), None)
    if request is not None and not (request.published or own) and STAFF in ask.person.roles:
        # staff may read it, and do so at their desk: the public page of it is not there yet
        return Moved(f"opendata/requests?open={request.number}")
    if request is None or not (request.published or own):
        return none_called(REQUEST, number, ALL_REQUESTS)
    books = [await ask.city.get(RequestBook, book_id(one)) for one in sorted(ask.city.owned)]
    data_set = await ask.city.get(DataSet, request.data_set) if request.data_set else None
    into = await ask.city.get(DataSetRequest, request.merged_into) if request.merged_into else None
    words = own["words"] if own and own["words"] and not request.published else request
    values = {
        "title": words.title or request.number,
        "one": row_of(ask, request),
        "words": words,
        "own": own is not None,
        "supports": any(book is not None and request.id in book.supports for book in books),
        "data_set": data_set,
        "into": into if into is not None and into.published else None,
        "faults": faults,
    }
    return Shown(values, 422 if faults else 200)
