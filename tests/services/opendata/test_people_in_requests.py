"""The words of a request for data are looked at before they become public: what speaks of people is told at its field."""

from __future__ import annotations

import pytest
from test_data_requests import PASSWORD, READ, WISH, asked, open_portal, open_town, seen, shown

from kaiteki.kit.people_in_text import people_in
from kaiteki.model.decision import Accepted, Refused
from reader import Reader
from town import CLERK

PHONE = "連絡は 090-1234-5678 まで"
CODE = "わたしの番号は 1234-5678-9018 です"


@pytest.mark.parametrize(
    ("text", "sorts"),
    [
        (PHONE, ("mobile",)),
        ("０８０−１１１１−２２２２", ("mobile",)),
        ("aoi@example.jp へ", ("mail",)),
        ("山田太郎 043-222-1234", ("phone",)),
        ("市役所 043-222-1234 に聞きました", ()),
        (CODE, ("my_number",)),
        ("個人番号 123456789018", ("my_number",)),
        ("2024年から2026年の人口", ()),
        ("山田太郎", ()),
    ],
)
def test_what_a_text_says_of_people_is_seen(text: str, sorts: tuple[str, ...]) -> None:
    assert people_in(text) == sorts


async def test_words_that_speak_of_people_become_public_only_where_somebody_looked_at_them() -> None:
    town = open_town()
    request = await asked(town)
    form = {"id": request, **READ, "use": PHONE}
    refused = await town.run("opendata.publish_request", form, CLERK)
    assert isinstance(refused, Refused)
    assert [(one.field, one.code) for one in refused.faults] == [("use", "people")]
    assert (await seen(town, request)).use == ""
    assert isinstance(await town.run("opendata.publish_request", {**form, "looked": True}, CLERK), Accepted)
    assert (await seen(town, request)).use == PHONE


async def test_an_individual_number_is_never_published() -> None:
    town = open_town()
    form = {"id": await asked(town), **READ, "purpose": CODE, "looked": True}
    refused = await town.run("opendata.publish_request", form, CLERK)
    assert isinstance(refused, Refused) and [one.field for one in refused.faults] == ["purpose"]


@pytest.mark.parametrize("language", ["ja", "ja-easy", "en"])
async def test_the_clerk_is_warned_at_the_place_and_decides(language: str) -> None:
    app = await open_portal(open_town())
    visitor, clerk = Reader(app), Reader(app, **{"accept-language": language})
    wish = {**WISH, "use": PHONE, "email": "a@example.jp"}
    await visitor.get("/demo/data/requests/new")
    assert (await visitor.post("/demo/data/requests/new", wish)).status == 303
    await clerk.sign_in("desk", PASSWORD)
    desk = "/demo/opendata/requests?open=Y-2026-00001"
    opened = (await clerk.get(desk)).text
    assert 'class="note warn"' in opened and 'name="looked"' not in opened
    form = {**READ, "use": PHONE, "number": "Y-2026-00001", "do": "publish_request"}
    warned = await clerk.post(desk, form)
    assert (warned.status, 'name="looked"' in warned.text, 'id="use-error"' in warned.text) == (
        422,
        True,
        True,
    )
    assert (await Reader(app).get("/demo/data/requests/Y-2026-00001")).status == 404
    assert (await clerk.post(desk, {**form, "looked": "yes"})).status == 303
    assert PHONE in (await Reader(app).get("/demo/data/requests/Y-2026-00001")).text


async def test_an_answer_that_speaks_of_people_is_given_only_where_somebody_looked_at_it() -> None:
    town = open_town()
    request = await shown(town)
    form = {"id": request, "why": f"担当 鈴木花子 {PHONE}"}
    refused = await town.run("opendata.decline_request", form, CLERK)
    assert isinstance(refused, Refused)
    assert [(one.field, one.code) for one in refused.faults] == [("why", "people")]
    assert (await seen(town, request)).answers == ()
    never = await town.run("opendata.decline_request", {**form, "why": CODE, "looked": True}, CLERK)
    assert isinstance(never, Refused) and [one.field for one in never.faults] == ["why"]
    assert isinstance(await town.run("opendata.decline_request", {**form, "looked": True}, CLERK), Accepted)
    assert [one.text for one in (await seen(town, request)).answers] == [form["why"]]


async def test_the_clerk_is_warned_beside_an_answer_and_a_second_answer_is_told_why_and_keeps_its_text() -> (
    None
):
    app = await open_portal(open_town())
    clerk = Reader(app)
    await clerk.sign_in("desk", PASSWORD)
    await clerk.get("/demo/data/requests/new")
    assert (await clerk.post("/demo/data/requests/new", WISH)).status == 303
    desk, public = "/demo/opendata/requests?open=Y-2026-00001", "/demo/data/requests/Y-2026-00001"
    await clerk.get(desk)
    form = {"number": "Y-2026-00001", "do": "decline_request", "why": PHONE}
    warned = await clerk.post(desk, form)
    assert (warned.status, warned.text.count('name="looked"')) == (422, 1)
    assert 'id="why-error"' in warned.text and PHONE in warned.text
    assert PHONE not in (await Reader(app).get(public)).text
    assert (await clerk.post(desk, {**form, "looked": "yes"})).status == 303
    assert PHONE in (await Reader(app).get(public)).text
    second = await clerk.post(desk, {**form, "do": "prepare_request", "why": "来月に出します"})
    assert second.status == 422 and "来月に出します" in second.text
    assert "いま「公開できません」です" in second.text and "先に内容を確かめて公開" not in second.text
