"""For what staff look at data of people: asked where an office has several purposes, nothing opened before, kept for the session."""

from __future__ import annotations

import re

import msgspec
from garden_town import GARDEN
from trial_site import PASSWORD, TrialSite, open_site

from kaiteki.kit.grounds import BY_ITSELF, DUTY, NOBODY_ELSE
from kaiteki.kit.manifest import EntityType, Purpose
from kaiteki.model.access import ADMIN
from kaiteki.model.words import Words
from kaiteki.ports.accounts import Grant
from reader import Reader

LIST = "/demo/desk/garden/Garden"
CARE = Purpose(Words("庭の世話のため", "To care for gardens", "にわの ため"), ground=DUTY, items=("Garden",), recipients=NOBODY_ELSE, people=NOBODY_ELSE, source=BY_ITSELF)  # fmt: skip
PRESS = msgspec.structs.replace(
    CARE, words=Words("広報のため", "For the press", "おしらせの ため"), items=("Garden.name",)
)
PLAIN = Words("見本のため", "It is a sample", "みほん")
CLOSED = msgspec.structs.replace(CARE, words=Words("監査のため", "For audits", "かんさ"), roles=("auditor",))


def _reasons(declared: EntityType) -> dict[str, Words]:
    """Why nothing of a type is sealed."""
    return {one.name: PLAIN for one in msgspec.structs.fields(declared.view) if one.name != "id"}


async def site_with(**purposes: Purpose) -> TrialSite:
    """The trial town, where gardens are about people."""
    types = tuple(
        msgspec.structs.replace(one, personal=True, public=(), unsealed=_reasons(one))
        if one.name == "Garden"
        else one
        for one in GARDEN.types
    )
    return await open_site(msgspec.structs.replace(GARDEN, types=types, purposes=purposes))


async def at(site: TrialSite, login: str = "desk") -> Reader:
    reader = Reader(site.app)
    assert (await reader.sign_in(login, PASSWORD)).status == 303
    return reader


async def choose(reader: Reader, purpose: str, back: str = "desk/garden/Garden") -> tuple[int, str]:
    found = re.search(r'name="csrf" value="([0-9a-f]+)"', (await reader.get("/demo/desk")).text)
    answer = await reader.post(
        "/demo/desk/purpose", {"purpose": purpose, "back": back}, found[1] if found else ""
    )
    return answer.status, answer.headers.get("location", "")


async def test_nothing_is_opened_before_a_purpose_is_chosen_and_the_page_says_what_to_do() -> None:
    site = await site_with(care=CARE, press=PRESS, audit=CLOSED)
    reader = await at(site)
    for path in (LIST, f"{LIST}/urn:ngsi-ld:Garden:1"):
        page = await reader.get(path)
        assert page.status == 403 and "何のために見るかを選んでください" in page.text, path
        assert "番の庭" not in page.text and "庭：庭の世話のため" in page.text, path
        assert "監査" not in page.text, "what they may not pursue is not offered"
    assert (await reader.get(f"{LIST}.csv")).headers["location"] == LIST
    assert "何のために見ますか" in (await reader.get("/demo/desk/garden/Shelter")).text
    assert (await reader.get("/demo/desk/garden/Shelter")).status == 200


async def test_what_is_open_follows_the_purpose_that_holds_until_it_is_changed() -> None:
    site = await site_with(care=CARE, press=PRESS)
    reader = await at(site)
    assert await choose(reader, "garden.care") == (303, LIST)
    page = (await reader.get(LIST)).text
    assert "2番の庭" in page and "状態" in page and '<option value="garden.care" selected>' in page
    assert "花が咲いています" in (await reader.get(f"{LIST}/urn:ngsi-ld:Garden:1")).text
    assert (await reader.get(f"{LIST}.csv")).status == 200
    assert await choose(reader, "garden.press") == (303, LIST)
    one = (await reader.get(f"{LIST}/urn:ngsi-ld:Garden:1")).text
    assert "2番の庭" in one and "花が咲いています" not in one, "the purpose names the name alone"
    assert (await choose(reader, ""))[0] == 303
    assert (await reader.get(LIST)).status == 403
    visit = await site.identity.visit(reader.cookies["kaiteki_session"])
    assert visit is not None and visit.session.purpose == ""


async def test_a_purpose_is_of_one_session_and_of_those_who_may_pursue_it() -> None:
    site = await site_with(care=CARE, press=PRESS, audit=CLOSED)
    reader, other = await at(site), await at(site)
    await choose(reader, "garden.care")
    assert ((await reader.get(LIST)).status, (await other.get(LIST)).status) == (200, 403)
    assert (await choose(reader, "garden.audit"))[0] == 403
    assert (await choose(reader, "garden.none"))[0] == 403
    assert (await choose(reader, "garden.care", "//evil.example/x"))[1].startswith("/demo/")
    guest = await at(site, "guest")
    assert (await choose(guest, "garden.care"))[0] == 403
    await site.identity.register("boss", "土井 大", PASSWORD, [Grant("*", ADMIN)])
    boss = await at(site, "boss")
    assert (await boss.get(LIST)).status == 403, "who runs the node says it too"


async def test_where_it_is_clear_what_for_nobody_is_asked() -> None:
    reader = await at(await site_with(care=CARE))
    page = await reader.get(LIST)
    assert page.status == 200 and "2番の庭" in page.text and "何のために見ますか" not in page.text
