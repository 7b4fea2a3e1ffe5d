"""Requests for data: asked by anybody, read before they are public, answered in public by a day, supported once a person."""

from __future__ import annotations

import json
from typing import Any

import pytest
from argon2 import PasswordHasher
from starlette.applications import Starlette

from kaiteki.kit.catalogue.settings import Office
from kaiteki.kit.identity import Identity
from kaiteki.kit.messages import Letter
from kaiteki.kit.views import where, write
from kaiteki.main.cities import load_city
from kaiteki.model.access import ANYONE, NOBODY, RESIDENT, STAFF, Person
from kaiteki.model.decision import Accepted, Refused
from kaiteki.model.instant import Instant, format_instant, parse_instant
from kaiteki.model.query import Query
from kaiteki.model.words import Words
from kaiteki.portal.app import portal
from kaiteki.portal.site import Parts
from kaiteki.ports.accounts import Grant
from kaiteki.ports.entities import By, Change, Decision
from kaiteki.services.opendata.manifest import service
from kaiteki.services.opendata.model import DataSet
from kaiteki.services.opendata.requests.asking import ASKED_DAY_MAX, answered_by
from kaiteki.services.opendata.requests.course import COURSE
from kaiteki.services.opendata.requests.model import (
    DataSetAsker,
    DataSetRequest,
    RequestBook,
    Wording,
    asker_id,
    book_id,
)
from kaiteki.services.opendata.settings import Settings
from reader import Reader
from town import BOSS, CLERK, RESIDENT_A, RESIDENT_B, Town

WISH = {"title": "バス停ごとの乗降", "purpose": "時刻表を考える会で使います", "use": "CSVで毎月"}
OFFICES = Settings(
    offices=(Office("opendata", Words("情報課", "IT")), Office("roads", Words("道路課", "Roads")))
)
OTHER = Person("o", "課 外", frozenset({ANYONE, RESIDENT, STAFF}), frozenset({"parks"}))
PASSWORD = "a long sample password"
READ = {name: WISH[name] for name in ("title", "purpose", "use")}


def open_town(settings: Settings = OFFICES) -> Town:
    """A town with offices that own data."""
    return Town(service, settings={"opendata": settings})


async def done(
    town: Town, command: str, form: Any, person: Person = NOBODY, browser: str = ""
) -> dict[str, Any]:
    """Run a command that must be accepted; its answer."""
    said = await town.run(f"opendata.{command}", form, person, browser=browser)
    assert isinstance(said, Accepted), said
    return said.answer


async def asked(town: Town, person: Person = RESIDENT_A, browser: str = "", **other: str) -> str:
    """A request that the office has not read; its id."""
    return (await done(town, "ask_for_data", {**WISH, **other}, person, browser))["id"]


async def shown(town: Town, person: Person = RESIDENT_A, **other: str) -> str:
    """A request that everybody reads; its id."""
    request = await asked(town, person, **other)
    await done(town, "publish_request", {"id": request, **READ}, CLERK)
    return request


async def seen(town: Town, request: str, person: Person = NOBODY) -> DataSetRequest:
    """A request as somebody sees it."""
    found = await town.city(person).get(DataSetRequest, request)
    assert isinstance(found, DataSetRequest)
    return found


async def headings(town: Town, holder: str) -> list[str]:
    """What somebody was told, in order."""
    found = await town.city(Person(holder)).find(Letter, Query(q=where(Letter, "to", "==", holder)))
    return [one.heading.ja for one in found.items]


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ("2026-11-22T00:00:00Z", 14, "2026-12-06T14:59:59Z"),
        ("2026-11-22T15:00:00Z", 1, "2026-11-24T14:59:59Z"),
    ],
)
def test_an_answer_is_due_at_the_end_of_a_day_in_japan(start: str, days: int, end: str) -> None:
    assert format_instant(answered_by(parse_instant(start) or Instant(0), days)) == end


async def test_nobody_reads_a_request_before_the_office_has_and_a_filter_does_not_find_it() -> None:
    town = open_town()
    request = await asked(town, email="aoi@example.jp", name="青木 葵")
    public = await seen(town, request)
    assert (public.title, public.purpose, public.use, public.asker) == ("", "", "", "")
    assert (public.number, public.status, format_instant(public.due_at)) == (
        "Y-2026-00001", "received", "2026-12-06T14:59:59Z",
    )  # fmt: skip
    for person in (NOBODY, RESIDENT_B):
        for field, value in (("title", WISH["title"]), ("asker", "a")):
            wanted = Query(q=where(DataSetRequest, field, "==", value), limit=5, total=True)
            assert (await town.city(person).find(DataSetRequest, wanted)).total == 0
    assert (await seen(town, request, CLERK)).title == ""
    read = await town.city(BOSS).get(DataSetAsker, asker_id(public.number))
    assert read is not None and read.words == Wording(**READ)
    own = await town.city(RESIDENT_A).get(DataSetAsker, asker_id(public.number))
    assert own is not None and own.words.title == WISH["title"]
    assert await town.city(RESIDENT_B).get(DataSetAsker, asker_id(public.number)) is None
    step = {"id": request, "why": "考えます"}
    assert await town.run("opendata.consider_request", step, CLERK) == Refused("conflict")


async def test_who_is_not_signed_in_says_how_to_reach_them() -> None:
    town = open_town()
    refused = await town.run("opendata.ask_for_data", WISH, browser="b1")
    assert isinstance(refused, Refused) and [one.field for one in refused.faults] == ["email"]
    wrong = await town.run("opendata.ask_for_data", {**WISH, "email": "x"}, browser="b1")
    assert isinstance(wrong, Refused) and [one.field for one in wrong.faults] == ["email"]
    assert await asked(town, NOBODY, "b1", email="a@example.jp")


async def test_a_contact_opens_for_the_office_in_charge_and_follows_the_request() -> None:
    town = open_town()
    request = await asked(town, email="aoi@example.jp")
    contact = asker_id("Y-2026-00001")

    async def openers() -> list[bool]:
        people = (CLERK, OTHER, BOSS, RESIDENT_A)
        return [await town.city(one).get(DataSetAsker, contact) is not None for one in people]

    assert await openers() == [False, False, True, True]
    await done(town, "assign_request", {"id": request, "office": "roads"}, BOSS)
    assert await openers() == [True, False, True, True]
    refused = await town.run("opendata.assign_request", {"id": request, "office": "nowhere"}, BOSS)
    assert isinstance(refused, Refused) and refused.faults[0].field == "office"


async def test_the_town_answers_in_public_and_tells_the_asker_and_supporters() -> None:
    town = open_town()
    request = await shown(town)
    await done(town, "support_request", {"id": request}, RESIDENT_B)
    empty = await town.run("opendata.consider_request", {"id": request}, CLERK)
    assert isinstance(empty, Refused) and empty.faults[0].field == "why"
    town.clock.pass_s(60)
    await done(town, "consider_request", {"id": request, "why": "交通会社に聞きます"}, CLERK)
    await done(town, "prepare_request", {"id": request, "why": "来月出します"}, CLERK)
    unknown = await town.run("opendata.fulfil_request", {"id": request, "data_set": "urn:x"}, CLERK)
    assert isinstance(unknown, Refused) and unknown.faults[0].field == "data_set"
    data_set = await planted(town)
    await done(town, "fulfil_request", {"id": request, "data_set": data_set}, CLERK)
    public = await seen(town, request)
    assert (public.status, public.data_set) == ("published", data_set)
    assert [(one.state, one.text) for one in public.answers] == [
        ("considering", "交通会社に聞きます"), ("preparing", "来月出します"), ("published", ""),
    ]  # fmt: skip
    assert public.answered_at == public.asked_at + 60_000_000
    assert public.log == () and public.supporters == ()
    assert len(await headings(town, "a")) == 5 and len(await headings(town, "b")) == 3
    assert await town.run("opendata.support_request", {"id": request}, CLERK) == Refused("conflict")


async def planted(town: Town) -> str:
    """A data set of the town, put there as an import does."""
    ngsi = "urn:ngsi-ld:DataSet:bus"

    def made(_: object) -> Any:
        return Decision((Change(None, write(DataSet(ngsi, "バス停"), None, town.clock.now())),), None)

    await town.store.entities.change(town.area, (ngsi,), made, By("test", "test"))
    return ngsi


async def test_a_supporter_counts_once_and_may_leave() -> None:
    town = open_town()
    request = {"id": await shown(town)}
    for person, browser in ((RESIDENT_B, ""), (RESIDENT_B, "x"), (NOBODY, "x"), (NOBODY, "x")):
        await done(town, "support_request", request, person, browser)
    assert (await seen(town, request["id"])).supporter_count == 2
    assert await town.run("opendata.support_request", request) == Refused("conflict")
    assert await town.run("opendata.support_request", request, RESIDENT_A) == Refused("conflict")
    book = await town.city(RESIDENT_B).get(RequestBook, book_id("b"))
    assert book is not None and book.supports == (request["id"],)
    await done(town, "leave_request", request, RESIDENT_B)
    assert (await seen(town, request["id"])).supporter_count == 1


async def test_requests_for_the_same_are_merged_and_everybody_counts_once() -> None:
    town = open_town()
    one, other = await shown(town), await shown(town, RESIDENT_B)
    for request, browser in ((one, "x"), (other, "x"), (other, "y")):
        await done(town, "support_request", {"id": request}, browser=browser)
    for into in ("", "Y-2026-00009", "Y-2026-00002"):
        refused = await town.run("opendata.merge_request", {"id": other, "into": into}, CLERK)
        assert isinstance(refused, Refused) and refused.faults[0].field == "into"
    await done(town, "merge_request", {"id": other, "into": "Y-2026-00001"}, CLERK)
    assert (await seen(town, other)).merged_into == one
    assert (await seen(town, one)).supporter_count == 3
    assert (await seen(town, one, BOSS)).supporters == ("x", "y", "b")


async def test_who_asked_withdraws_and_their_words_and_contact_go() -> None:
    town = open_town()
    request = {"id": await shown(town, email="aoi@example.jp")}
    assert await town.run("opendata.withdraw_request", request, RESIDENT_B) == Refused("not_found")
    await done(town, "withdraw_request", request, RESIDENT_A)
    after = await seen(town, request["id"], BOSS)
    assert (after.status, after.title, after.asker, after.published) == (
        "withdrawn", "", "", False,
    )  # fmt: skip
    assert [one.who for one in after.log] == ["", ""]
    assert await town.city(BOSS).get(DataSetAsker, asker_id(after.number)) is None


async def test_one_person_asks_so_often_a_day_and_staff_write_down_what_they_hear() -> None:
    town = open_town()
    for _ in range(ASKED_DAY_MAX):
        await asked(town)
    assert await town.run("opendata.ask_for_data", WISH, RESIDENT_A) == Refused("too_many")
    town.clock.pass_s(86_400)
    await asked(town)
    for _ in range(ASKED_DAY_MAX + 1):
        assert (await done(town, "ask_for_data", WISH, CLERK))["published"]


async def test_what_is_public_is_hidden_again_and_only_staff_answer() -> None:
    town = open_town()
    request = {"id": await shown(town)}
    for arrow in COURSE.arrows:
        said = await town.run(f"opendata.{arrow.name}", {**request, "why": "x"}, RESIDENT_B)
        assert isinstance(said, Refused), arrow.name
    await done(town, "hide_request", request, CLERK)
    assert (await seen(town, request["id"])).title == ""
    assert await town.run("opendata.support_request", request, RESIDENT_B) == Refused("not_found")
    told = {"id": (await done(town, "ask_for_data", WISH, CLERK))["id"]}
    await done(town, "hide_request", told, CLERK)
    kept = await town.city(BOSS).get(DataSetAsker, asker_id("Y-2026-00002"))
    assert kept is not None and kept.words == Wording(**READ)


@pytest.mark.parametrize("days", [0, 91])
def test_a_promise_of_no_day_or_of_too_many_is_refused(days: int) -> None:
    with pytest.raises(ValueError, match="answer_days"):
        Settings(answer_days=days)


async def open_portal(town: Town) -> Starlette:
    """The portal of the town, with a clerk and a resident."""
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    identity = Identity(town.store.accounts, town.store.credentials, town.clock, b"secret of tests", hasher)
    await identity.register("desk", "見本 花子", PASSWORD, [Grant("demo", "staff", "opendata")])
    await identity.register("guest", "見本 太郎", PASSWORD)
    return portal(
        Parts(
            areas=[load_city("demo")],
            services=(service,),
            city=town.cities.of,
            identity=identity,
            darkroom=town.cities.darkroom,
            history=town.store.history,
            events=town.store.events,
            clock=town.clock,
            settings=town.engine.settings,
            secret=b"a secret of the tests, 32 bytes long",
        )
    )


async def test_a_request_goes_from_a_visitor_over_the_desk_to_everybody_without_a_script() -> None:
    app = await open_portal(open_town())
    visitor, clerk, guest = Reader(app), Reader(app), Reader(app)
    await visitor.get("/demo/data/requests/new")
    refused = await visitor.post("/demo/data/requests/new", WISH)
    assert refused.status == 422 and "メールアドレス" in refused.text and WISH["purpose"] in refused.text
    sent = await visitor.post("/demo/data/requests/new", {**WISH, "email": "a@example.jp"})
    page = "/demo/data/requests/Y-2026-00001"
    assert (sent.status, sent.headers["location"]) == (303, page)
    # who has no account is told where the answer will be, before and after
    for path in (page, "/demo/data/requests/new"):
        told = (await visitor.get(f"{path}?lang=ja")).text
        assert "ブラウザーでだけ" in told and "メールではなく" in told
    assert WISH["title"] in (await visitor.get(page)).text
    assert (await guest.get(page)).status == 404
    assert WISH["title"] not in (await guest.get("/demo/data/requests")).text
    await clerk.sign_in("desk", PASSWORD)
    assert "データの要望" in (await clerk.get("/demo/desk")).text
    desk = "/demo/opendata/requests?open=Y-2026-00001"
    # the public address of what is not public yet leads staff to their desk
    led = await clerk.get(page)
    assert (led.status, led.headers["location"]) == (303, desk)
    assert "<entry>" not in (await guest.get("/demo/data/requests/feed.atom")).text
    assert "a@example.jp" in (await clerk.get(desk)).text
    number = {"number": "Y-2026-00001"}
    assert (await clerk.post(desk, {**READ, **number, "do": "publish_request"})).status == 303
    missing = await clerk.post(desk, {**number, "do": "decline_request"})
    assert missing.status == 422 and "回答" in missing.text
    assert (await clerk.get(page)).status == 200
    await guest.sign_in("guest", PASSWORD)
    assert (await guest.post(page, {"do": "support"})).status == 303
    assert "賛同しています" in (await guest.get(page)).text
    assert (
        await clerk.post(desk, {**number, "do": "decline_request", "why": "会社の情報です"})
    ).status == 303
    atom = (await Reader(app).get("/demo/data/requests/feed.atom")).text
    assert atom.count("<entry>") == 1 and WISH["title"] in atom and "会社の情報です" in atom
    (item,) = json.loads((await Reader(app).get("/demo/data/requests/feed.json")).text)["items"]
    assert item["content_text"] == "会社の情報です" and item["url"].endswith(page)
    assert (await Reader(app).get("/demo/data/requests/feed.json?before=x")).status == 400
    assert 'href="/demo/data/requests/feed.atom"' in (await guest.get("/demo/data/requests")).text
    for language, words in (("ja", "公開できません"), ("en", "Not possible"), ("ja-easy", "だせません")):
        told = (await visitor.get(f"{page}?lang={language}")).text
        assert words in told and "会社の情報です" in told and "a@example.jp" not in told
    assert (await guest.get("/demo/data/requests?state=impossible&sort=wanted")).text.count(
        WISH["title"]
    ) == 1
