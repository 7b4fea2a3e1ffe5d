"""To be erased by a page: a typed word, a sign-in of this moment, and then nothing is left of what was held."""

from __future__ import annotations

import msgspec
from test_report_pages import PASSWORD, open_portal_of
from test_trust_mine import plain
from trust_town import tell, trust_town

from kaiteki.broker.keyring import Keys
from kaiteki.broker.sealing import Seals
from kaiteki.kit.erasing import Erasing, Registers
from kaiteki.kit.identity.register import FRESH_S
from kaiteki.main.kek import HeldKek
from kaiteki.model.query import Query
from kaiteki.services.reports.model import Contact, Report
from reader import TOKEN, Reader
from town import BOSS, RESIDENT_A, Town

PAGE = "/demo/my/erase"


async def open_site(town: Town) -> Reader:
    """The portal of a town at which people can be erased."""
    store = town.store
    seals = Seals([], Keys(store.keys, HeldKek(lambda: {"kek-1": "0a" * 32}), town.clock))
    registers = Registers(store.accounts, store.credentials, store.subscriptions, store.files, store.received)
    return Reader(await open_portal_of(town, erasing=Erasing(town.engine, seals, registers)))


async def contacts(town: Town) -> list[str]:
    """The addresses that reporters left."""
    return [one.email for one in (await town.city(BOSS).find(Contact, Query())).items]


async def test_somebody_is_erased_after_a_typed_word_and_a_fresh_sign_in_and_nobody_else_is() -> None:
    town = trust_town()
    reader = await open_site(town)
    await reader.sign_in("guest", PASSWORD)
    account = await town.store.accounts.by_login("guest")
    assert account is not None
    person = msgspec.structs.replace(RESIDENT_A, account_id=account.id)
    await tell(town, person, contact_email="guest@example.jp")
    await tell(town, browser="other", contact_email="other@example.jp")
    page = plain((await reader.get(PAGE)).text)
    assert "報告した人の連絡先" in page and "「消します」と入力" in page and "だれが情報を見たか" in page

    wrong = await reader.post(PAGE, {"typed": "はい"})
    assert wrong.status == 422 and await contacts(town) == ["guest@example.jp", "other@example.jp"]
    token = TOKEN.search((await reader.get(PAGE)).text)
    town.clock.pass_s(FRESH_S)
    assert token is not None
    late = await reader.post(PAGE, {"typed": "消します"}, token[1])
    assert late.headers["location"] == "/demo/sign-in?step=1&next=my%2Ferase"
    assert "もう一度ログイン" in plain((await reader.get(PAGE)).text) and len(await contacts(town)) == 2
    again = Reader(reader.app)
    await again.sign_in("guest", PASSWORD)
    gone = await again.post(PAGE, {"typed": " 消します "})
    assert (gone.status, gone.headers["location"]) == (303, "/demo/")
    assert await contacts(town) == ["other@example.jp"]
    assert await town.store.accounts.by_login("guest") is None
    emptied = [one.description for one in (await town.city(BOSS).find(Report, Query())).items]
    assert sorted(emptied) == ["", "ベンチの板が割れている"]
    assert "見本 太郎" not in (await again.get("/demo/my")).text


async def test_staff_are_not_erased_by_a_page_and_a_browser_without_an_account_is() -> None:
    town = trust_town()
    phone = await open_site(town)
    desk = Reader(phone.app)
    await desk.sign_in("desk", PASSWORD)
    page = plain((await desk.get(PAGE)).text)
    assert "職員のアカウントは、ここでは消せません" in page and "確認のため" not in page
    refused = await desk.post(PAGE, {"typed": "消します"})
    assert refused.status in (200, 403) and await town.store.accounts.by_login("desk") is not None
    assert "この端末（このブラウザ）から送ったものだけ" in plain((await phone.get(PAGE)).text)
    assert (await phone.post(PAGE, {"typed": "erase"})).status == 303
