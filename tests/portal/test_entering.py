"""Pages on which people come in: an account of one's own, by password or passkey, and the keys of one's own."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator

import pytest
from trial_site import PASSWORD, TrialSite, open_site

from kaiteki.kit.identity import Place
from reader import Reader
from soft_key import SoftKey

HERE = "http://localhost"


@pytest.fixture
async def site() -> AsyncGenerator[TrialSite]:
    yield await open_site()


async def filled(reader: Reader, key: SoftKey, purpose: str) -> dict[str, str]:
    """The fields that the script puts into a form."""
    asked = json.loads((await reader.get(f"/demo/passkey?for={purpose}")).body)
    options = asked["options"]
    said = key.make(options) if "user" in options else key.show(options)
    return {"ticket": asked["ticket"], "answer": said}


async def test_an_account_is_opened_by_a_name_and_a_passkey_and_entered_again(site: TrialSite) -> None:
    reader, key = Reader(site.app), SoftKey()
    opened = await reader.post("/demo/register", {"name": "葵", **await filled(reader, key, "register")})
    assert (opened.status, opened.headers["location"]) == (303, "/demo/my")
    assert "葵さんのページ" in (await reader.get("/demo/my")).text
    other = Reader(site.app)
    entered = await other.post("/demo/sign-in?next=my/keys", await filled(other, key, "sign-in"))
    assert (entered.status, entered.headers["location"]) == (303, "/demo/my/keys")
    assert "名前のないパスキー" in (await other.get("/demo/my/keys")).text


async def test_an_account_is_opened_by_a_password_where_there_is_no_script(site: TrialSite) -> None:
    reader = Reader(site.app)
    page = (await reader.get("/demo/register")).text
    assert "この端末かブラウザでは使えません" in page
    lacking = await reader.post("/demo/register", {"name": " ", "login": "aoi", "password": PASSWORD})
    assert (lacking.status, "60文字以内" in lacking.text) == (422, True)
    opened = await reader.post(
        "/demo/register?next=gardens", {"name": "葵", "login": "aoi", "password": PASSWORD}
    )
    assert (opened.status, opened.headers["location"]) == (303, "/demo/gardens")
    taken = await Reader(site.app).post(
        "/demo/register", {"name": "青", "login": "aoi", "password": PASSWORD}
    )
    assert taken.status == 422


async def test_where_browsers_allow_no_passkey_the_page_says_why(site: TrialSite) -> None:
    reader = Reader(site.app, host="127.0.0.1:8000")
    for path in ("/demo/sign-in", "/demo/register"):
        page = (await reader.get(path)).text
        assert "名前のある安全なアドレス" in page and "passkeys.js" not in page
    assert (await reader.get("/demo/passkey?for=sign-in")).status == 404


async def test_a_passkey_is_added_named_and_removed_on_my_page(site: TrialSite) -> None:
    reader, key = Reader(site.app), SoftKey()
    await reader.sign_in("guest", PASSWORD)
    page = "/demo/my/keys"
    added = await reader.post(page, {"do": "add", "title": "スマホ", **await filled(reader, key, "add")})
    assert (added.status, added.headers["location"]) == (303, page)
    account = await site.identity.accounts.by_login("guest")
    assert account is not None
    (own,) = await site.identity.passkeys.of(account.id)
    await reader.post(page, {"do": "rename", "id": own.id, "title": "家のスマホ"})
    assert "家のスマホ" in (await reader.get(page)).text
    assert (await reader.post(page, {"do": "remove", "id": "other"})).status == 422
    assert (await reader.post(page, {"do": "remove", "id": own.id})).status == 303
    assert "名前を変える・消す" not in (await reader.get(page)).text


async def test_keys_are_for_those_who_are_signed_in_and_answers_for_their_browser(site: TrialSite) -> None:
    reader, key = Reader(site.app), SoftKey()
    assert (await reader.get("/demo/my/keys")).headers["location"] == "/demo/sign-in?next=my/keys"
    assert (await reader.get("/demo/passkey?for=add")).status == 404
    fields = await filled(reader, key, "register")
    stolen = await Reader(site.app).post("/demo/register", {"name": "葵", **fields})
    assert (stolen.status, "時間がたちました" in stolen.text) == (422, True)


async def test_a_challenge_names_the_site_as_people_do(site: TrialSite) -> None:
    asked = json.loads((await Reader(site.app).get("/demo/passkey?for=register&name=Aoi")).body)["options"]
    assert asked["rp"] == {"name": "見本市", "id": Place("localhost", HERE).rp_id}
    assert asked["user"]["name"] == "Aoi"
