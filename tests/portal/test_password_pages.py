"""A password is added to an account without one, and taken from one that has another way in; never the last way."""

from __future__ import annotations

import json

import msgspec
from trial_site import PASSWORD, TrialSite, open_site

from kaiteki.kit.identity.passkey import Passkey
from kaiteki.ports.accounts import Account
from kaiteki.ports.credentials import Credential
from reader import Reader
from soft_key import SoftKey

PAGE = "/demo/my/password"
NEW = {"password": "a new long password", "again": "a new long password"}


async def by_passkey(site: TrialSite) -> Reader:
    """Somebody who has opened an account with a passkey alone."""
    reader, key = Reader(site.app), SoftKey()
    asked = json.loads((await reader.get("/demo/passkey?for=register")).body)
    fields = {"name": "葵", "ticket": asked["ticket"], "answer": key.make(asked["options"])}
    assert (await reader.post("/demo/register", fields)).status == 303
    return reader


async def account_of(site: TrialSite, reader: Reader) -> Account:
    visit = await site.identity.visit(reader.cookies["kaiteki_session"])
    assert visit is not None
    return visit.account


async def test_who_has_a_passkey_alone_adds_a_login_and_a_password_and_comes_in_without_a_script() -> None:
    site = await open_site()
    reader = await by_passkey(site)
    page = (await reader.get(PAGE)).text
    assert "パスワードを足す" in page and 'name="login"' in page and 'name="old"' not in page
    for login, told in (("guest", "使われています"), ("acc-1", "ログインID"), ("", "ログインID")):
        refused = await reader.post(PAGE, {"do": "add", "login": login, **NEW})
        assert (refused.status, told in refused.text) == (422, True), login
    assert (await reader.post(PAGE, {"do": "add", "login": "Aoi", **NEW, "again": "x"})).status == 422
    assert (await reader.post(PAGE, {"do": "add", "login": "Aoi", **NEW})).status == 303
    assert (await Reader(site.app).sign_in("aoi", NEW["password"])).status == 303
    assert (await reader.post(PAGE, {"do": "add", "login": "other", **NEW})).status == 422, "there is one"
    keys = (await reader.get("/demo/my/keys")).text
    assert ">消す<" in keys, "the passkey is not the last way in any more"


async def test_a_password_goes_where_a_passkey_is_left_and_its_codes_go_with_it() -> None:
    site = await open_site()
    reader = await by_passkey(site)
    await reader.post(PAGE, {"do": "add", "login": "aoi", **NEW})
    account = await account_of(site, reader)
    await site.store.credentials.put(Credential("totp", account.id, account.id, b"sealed"))
    assert "パスワードをなくす" in (await reader.get(PAGE)).text
    assert (await reader.post(PAGE, {"do": "remove"})).status == 303
    assert (await account_of(site, reader)).password_hash == ""
    assert {one.kind for one in await site.store.credentials.of(account.id)} == {"passkey", "browser"}
    assert (await Reader(site.app).sign_in("aoi", NEW["password"])).status == 422
    assert 'name="login"' not in (await reader.get(PAGE)).text, "the login that was chosen stays"
    assert (await reader.post(PAGE, {"do": "add", **NEW})).status == 303
    assert (await Reader(site.app).sign_in("aoi", NEW["password"])).status == 303


async def test_the_last_way_in_is_refused_with_what_to_do_and_a_stopped_passkey_is_none() -> None:
    site = await open_site()
    reader = Reader(site.app)
    await reader.sign_in("guest", PASSWORD)
    assert "先にパスキーを足してください" in (await reader.get(PAGE)).text
    account = await account_of(site, reader)
    stopped = msgspec.msgpack.encode(Passkey(b"", 0, "localhost", doubted_at=site.clock.at))
    await site.store.credentials.put(Credential("passkey", "stopped", account.id, stopped))
    refused = await reader.post(PAGE, {"do": "remove"})
    assert refused.status == 422 and "先にパスキーを足してください" in refused.text
    link = Credential("subject", "https://id.example 1", account.id)
    await site.store.credentials.put(link)
    assert len(await site.identity.ways.of(account)) == 2
    assert await site.identity.ways.remove(account, "passkey", "stopped") is None
    assert (await reader.post(PAGE, {"do": "remove"})).status == 303
    only = await account_of(site, reader)
    kept = await site.identity.ways.remove(only, "subject", link.value)
    assert kept is not None and kept.code == "last"
