"""Requests of people: numbered, due by the days of the law, decided with a reason, told at each step, seen by whom they concern."""

from __future__ import annotations

import msgspec
import pytest
from test_report_pages import PASSWORD, open_portal_of
from test_trust_mine import plain
from trust_town import choose, done, trust_town

from kaiteki.kit.messages import Letter
from kaiteki.kit.views import where
from kaiteki.model.access import Person
from kaiteki.model.decision import Refused
from kaiteki.model.instant import Instant, format_instant, parse_instant
from kaiteki.model.query import Query
from kaiteki.services.trust.request_model import DataRequest
from kaiteki.services.trust.request_rules import last_moment, request_id
from kaiteki.services.trust.settings import Settings
from reader import Reader
from town import BOSS, CLERK, RESIDENT_A, RESIDENT_B, Town

ASK = {"kind": "disclose", "what": "11月に送った知らせの連絡先", "name": "青木 葵", "address": "見本市港区1"}


async def asked(town: Town, person: Person = RESIDENT_A, **other: str) -> str:
    """A request; its id."""
    return (await done(town, "trust.ask", {**ASK, **other}, person))["id"]


async def kept(town: Town, name: str) -> DataRequest:
    """A request as the desk sees it."""
    found = await town.city(BOSS).get(DataRequest, name)
    assert isinstance(found, DataRequest)
    return found


async def headings(town: Town, holder: str = "a") -> list[str]:
    """What somebody was told, in order."""
    found = await town.city(Person(holder)).find(Letter, Query(q=where(Letter, "to", "==", holder)))
    return [one.heading.ja for one in found.items]


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ("2026-11-22T00:00:00Z", 30, "2026-12-22T14:59:59Z"),
        ("2026-11-22T14:59:59Z", 30, "2026-12-22T14:59:59Z"),
        ("2026-11-22T15:00:00Z", 30, "2026-12-23T14:59:59Z"),
        ("2028-01-31T03:00:00Z", 30, "2028-03-01T14:59:59Z"),
    ],
)
def test_the_first_day_does_not_count_and_the_last_ends_in_japan(start: str, days: int, end: str) -> None:
    assert format_instant(last_moment(parse_instant(start) or Instant(0), days)) == end


async def test_a_request_is_numbered_due_in_thirty_days_and_told() -> None:
    town = trust_town()
    request = await kept(town, await asked(town))
    assert (request.number, request.status, request.holder) == ("D-2026-00001", "received", "a")
    assert format_instant(request.due_at) == "2026-12-22T14:59:59Z"
    assert await headings(town) == ["請求 D-2026-00001：受け付けました"]


async def test_an_area_answers_sooner_but_never_later_than_the_law_says() -> None:
    for days, end in ((15, "2026-12-07T14:59:59Z"), (90, "2026-12-22T14:59:59Z")):
        town = trust_town(Settings(answer_days=days))
        assert format_instant((await kept(town, await asked(town))).due_at) == end


async def test_identity_is_checked_before_a_decision_and_an_extension_is_given_once_with_a_reason() -> None:
    town = trust_town()
    request = await asked(town)
    step = {"id": request, "why": "運転免許証"}
    assert await town.run("trust.grant", step, CLERK) == Refused("conflict")
    assert await town.run("trust.confirm", step, RESIDENT_B) == Refused("not_allowed")
    empty = await town.run("trust.confirm", {"id": request}, CLERK)
    assert isinstance(empty, Refused) and empty.faults[0].field == "why"
    await done(town, "trust.confirm", step, CLERK)
    await done(town, "trust.extend", {"id": request, "why": "調べる記録が多いため"}, CLERK)
    assert format_instant((await kept(town, request)).due_at) == "2027-01-21T14:59:59Z"
    assert await town.run("trust.extend", {"id": request, "why": "もう一度"}, CLERK) == Refused("conflict")
    await done(town, "trust.grant_partly", {"id": request, "why": "ほかの人の情報を除きます"}, CLERK)
    after = await kept(town, request)
    assert (after.status, after.identity, after.decision, after.decided_at) == (
        "partly", "運転免許証", "ほかの人の情報を除きます", town.clock.now(),
    )  # fmt: skip
    assert len(await headings(town)) == 4
    assert await town.run("trust.take_back", {"id": request}, RESIDENT_A) == Refused("conflict")


async def test_only_who_asked_takes_a_request_back() -> None:
    town = trust_town()
    request = await asked(town)
    assert await town.run("trust.take_back", {"id": request}, RESIDENT_B) == Refused("not_found")
    await done(town, "trust.take_back", {"id": request}, RESIDENT_A)
    assert (await kept(town, request)).status == "withdrawn"
    assert await town.city(RESIDENT_B).get(DataRequest, request) is None


PARKS = Person("p", "公園 係", CLERK.roles, frozenset({"parks"}))
WORD = {"told": "counter", "why": "11月24日に窓口で", "heard": True}


async def test_requests_are_for_the_office_that_the_area_names_and_for_those_of_all() -> None:
    for office, clerk_sees in (("roads", True), ("", False)):
        town = trust_town(Settings(desk_office=office))
        request = await asked(town)
        seen = [
            await town.city(one).get(DataRequest, request) is not None
            for one in (CLERK, PARKS, BOSS, RESIDENT_A)
        ]
        assert seen == [clerk_sees, False, True, True]
        step = {"id": request, "why": "運転免許証"}
        assert await town.run("trust.confirm", step, PARKS) == Refused("not_found")
        assert isinstance(await town.run("trust.confirm", step, CLERK), Refused) is not clerk_sees


async def test_the_desk_takes_a_request_back_on_the_word_of_the_person_alone() -> None:
    town = trust_town()
    request = await asked(town)
    form = {"id": request, **WORD}
    assert await town.run("trust.take_back", {"id": request}, CLERK) == Refused("not_found")
    assert await town.run("trust.take_back_for", form, CLERK) == Refused("conflict"), "nobody was known yet"
    await done(town, "trust.confirm", {"id": request, "why": "運転免許証"}, CLERK)
    for wrong, field in (({"heard": False}, "heard"), ({"why": ""}, "why"), ({"told": "rumour"}, "told")):
        said = await town.run("trust.take_back_for", {**form, **wrong}, CLERK)
        assert isinstance(said, Refused) and [one.field for one in said.faults] == [field]
    assert await town.run("trust.take_back_for", form, RESIDENT_A) == Refused("not_allowed")
    assert await town.run("trust.take_back_for", form, PARKS) == Refused("not_found")
    before = await kept(town, request)
    await done(town, "trust.take_back_for", form, CLERK)
    after = await kept(town, request)
    assert (after.status, after.log[-1].who, after.log[-1].why) == (
        "withdrawn",
        "c",
        "窓口で：11月24日に窓口で",
    )
    assert (await headings(town))[-1] == "請求 D-2026-00001：取り下げられました"
    letters = await town.city(RESIDENT_A).find(Letter, Query(q=where(Letter, "to", "==", "a")))
    assert "12月6日までに請求のページで元に戻せます" in letters.items[-1].body.ja
    town.clock.pass_s(14 * 86_400)
    await done(town, "trust.resume", {"id": request}, RESIDENT_A)
    again = await kept(town, request)
    assert (again.status, again.due_at, again.identity) == ("examining", before.due_at, "運転免許証")
    assert (again.log[-1].arrow, again.log[-1].source, again.log[-1].target) == (
        "resume",
        "withdrawn",
        "examining",
    )


async def test_a_request_is_taken_up_again_within_days_by_the_person_or_with_a_reason() -> None:
    town = trust_town()
    request = await asked(town)
    resume = {"id": request}
    assert await town.run("trust.resume", resume, RESIDENT_A) == Refused("conflict")
    await done(town, "trust.take_back", resume, RESIDENT_A)
    assert await town.run("trust.resume", resume, RESIDENT_B) == Refused("not_found")
    said = await town.run("trust.resume", resume, CLERK)
    assert isinstance(said, Refused) and said.faults[0].field == "why"
    await done(town, "trust.resume", {**resume, "why": "電話で頼まれました"}, CLERK)
    assert (await kept(town, request)).status == "received"
    await done(town, "trust.take_back", resume, RESIDENT_A)
    town.clock.pass_s(16 * 86_400)
    assert await town.run("trust.resume", resume, RESIDENT_A) == Refused("conflict")


async def test_no_press_at_the_desk_ends_a_request_and_the_person_takes_it_up_again() -> None:
    town = trust_town()
    mine = Reader(await open_portal_of(town))
    desk = Reader(mine.app)
    for reader, login in ((mine, "guest"), (desk, "desk")):
        await reader.sign_in(login, PASSWORD)
    sent = await mine.post("/demo/my/requests", ASK)
    number = sent.headers["location"].rsplit("/", 1)[1]
    page, own = f"/demo/trust/desk?open={number}", f"/demo/my/requests/{number}"
    assert "取り下げ" not in (await desk.get(page)).text
    step = {"number": number, "why": "運転免許証"}
    assert (await desk.post("/demo/trust/desk", {**step, "do": "take_back_for"})).status == 422
    assert (await desk.post("/demo/trust/desk", {**step, "do": "confirm"})).status == 303
    assert 'name="heard"' in (await desk.get(page)).text
    word = {"number": number, "do": "take_back_for", "told": "counter", "why": "窓口で聞きました"}
    refused = await desk.post("/demo/trust/desk", word)
    assert refused.status == 422 and 'href="#heard"' in refused.text and "窓口で聞きました" in refused.text
    assert (await desk.post("/demo/trust/desk", {**word, "heard": "yes"})).status == 303
    shown = (await mine.get(own)).text
    assert "窓口で聞きました" in shown and 'value="resume"' in shown
    assert (await mine.post(own, {"do": "resume"})).status == 303
    assert "確認しています" in (await mine.get(own)).text


async def test_a_proxy_is_named_and_the_person_hears_of_it() -> None:
    town = trust_town()
    request = await kept(
        town,
        await asked(
            town,
            msgspec.structs.replace(RESIDENT_A, helper="b", mandate=frozenset({"trust.*"})),
            kind="correct",
        ),
    )
    assert (request.holder, request.helper) == ("a", "b")
    assert await headings(town) == ["請求 D-2026-00001：受け付けました"]


async def test_a_request_travels_from_the_person_to_the_desk_and_back_as_a_decision() -> None:
    town = trust_town()
    mine = Reader(await open_portal_of(town))
    desk, other = Reader(mine.app), Reader(mine.app)
    for reader, login in ((mine, "guest"), (desk, "desk"), (other, "neighbour")):
        await reader.sign_in(login, PASSWORD)
    wrong = await mine.post("/demo/my/requests", {**ASK, "what": ""})
    assert wrong.status == 422 and "青木 葵" in wrong.text
    sent = await mine.post("/demo/my/requests", ASK)
    number = sent.headers["location"].rsplit("/", 1)[1]
    assert "本人確認をお願いします" in plain((await mine.get(f"/demo/my/requests/{number}")).text)
    assert (await other.get(f"/demo/my/requests/{number}")).status == 404
    queue = plain((await desk.get(f"/demo/trust/desk?open={number}")).text)
    assert "あと30日" in queue and "本人確認をして審査を始める" in queue and "法第83条" in queue
    assert "開示などの請求" in plain((await desk.get("/demo/desk")).text)
    for do, why in (
        ("confirm", "マイナンバーカードを提示"),
        ("refuse_request", "本人の情報を持っていないため"),
    ):
        moved = await desk.post(f"/demo/trust/desk?open={number}", {"do": do, "number": number, "why": why})
        assert moved.status == 303, moved.text
    page = plain((await mine.get(f"/demo/my/requests/{number}")).text)
    assert "本人の情報を持っていないため" in page and "3か月以内" in page
    assert "マイナンバーカードを提示" not in page, "how identity was checked is for the desk"
    for reader, path in ((mine, f"my/requests/{number}/decision"), (desk, f"trust/desk/{number}/decision")):
        letter = plain((await reader.get(f"/demo/{path}")).text)
        assert "決定通知書" in letter and "第18条" in letter and "青木 葵" in letter and "法第76条" in letter
    assert (await other.get(f"/demo/my/requests/{number}/decision")).status == 404
    assert (await other.get("/demo/trust/desk")).status == 403
    assert request_id(number) == (await kept(town, request_id(number))).id


async def test_the_desk_says_why_a_step_is_refused_and_english_has_numbers_of_articles() -> None:
    town = trust_town()
    await asked(town)
    desk = Reader(await open_portal_of(town))
    await desk.sign_in("desk", PASSWORD)
    await choose(desk, "trust.requests")
    form = {"number": "D-2026-00001"}
    for do, why, words in (
        ("extend", "人手が足りない", "期限は延ばせません。延長は本人確認のあとに一度だけです"),
        ("confirm", "", "「確認した書類」を入力してください"),
        ("confirm", "運転免許証", ""),
        ("grant", "", "「理由」を入力してください"),
        ("extend", "人手が足りない", ""),
        ("extend", "まだ足りない", "期限は延ばせません。延長は本人確認のあとに一度だけです"),
        ("confirm", "旅券", "いまの状態では、できません"),
    ):
        page = await desk.post("/demo/trust/desk", {**form, "do": do, "why": why})
        assert page.status == (422 if words else 303) and words in plain(page.text), (do, why)
    gone = await desk.post("/demo/trust/desk", {"number": "D-1", "do": "confirm", "why": "旅券"})
    assert gone.status == 422 and "この請求は見つかりません" in plain(gone.text)
    english = plain((await desk.get("/demo/trust/desk?open=D-2026-00001&lang=en")).text)
    assert "art. 83" in english and "art. 76" in english and "第" not in english.split("Ground")[1][:200]


async def test_what_the_program_calls_things_stands_on_no_page_of_a_person() -> None:
    town = trust_town()
    reader = Reader(await open_portal_of(town))
    await reader.sign_in("guest", PASSWORD)
    account = await town.store.accounts.by_login("guest")
    assert account is not None
    await asked(town, msgspec.structs.replace(RESIDENT_A, account_id=account.id))
    page = plain((await reader.get("/demo/my/data")).text)
    assert "お知らせ" in page and "請求 D-2026-00001" in page
    assert "trust.ask" not in page and "my/requests/D-" not in page
