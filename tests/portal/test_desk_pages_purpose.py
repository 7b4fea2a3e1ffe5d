"""All pages of the desk, also those that services drew: what has several purposes is closed until one is chosen, and is read for that one."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
from test_report_pages import PASSWORD, open_portal_of
from trust_town import choose, done, tell

from kaiteki.kit.engine import Asking
from kaiteki.kit.grounds import BY_ITSELF, DUTY, NOBODY_ELSE
from kaiteki.kit.manifest import Page, Purpose, Service
from kaiteki.main.cities import load_service_settings
from kaiteki.main.node import Node, open_node
from kaiteki.main.parts import SERVICES
from kaiteki.main.settings import Settings as NodeSettings
from kaiteki.model.access import ADMIN, STAFF, Person
from kaiteki.model.words import Words
from kaiteki.ports.accesses import Kept
from kaiteki.ports.accounts import Grant
from kaiteki.services.reports.settings import Settings
from reader import Reader
from town import RESIDENT_A, Town

MAIL, ASKED = "aoi@example.jp", "11月に送った知らせの連絡先"
ASK: Final = {"kind": "disclose", "what": ASKED, "name": "青木 葵", "address": "見本市港区1"}
SECOND: Final = "second"
ALSO: Final = Purpose(
    Words("もう一つの仕事のため", "For another duty", "もう ひとつの ため"), ground=DUTY, items=(), recipients=NOBODY_ELSE,
    people=NOBODY_ELSE, source=BY_ITSELF,
)  # fmt: skip
DESK_PAGES: Final = [(service, page) for service in SERVICES for page in service.pages if page.at_desk]
TEMPLATES: Final = [(service, page) for service, page in DESK_PAGES if page.template]


def twice(service: Service) -> Service:
    """A service whose data of people all have one more purpose."""
    items = tuple(one.name for one in service.types if one.personal)
    more = {SECOND: msgspec.structs.replace(ALSO, items=items)}
    return msgspec.structs.replace(service, purposes={**service.purposes, **more})


class Filled(msgspec.Struct, frozen=True):
    """A portal whose desk has somebody's contact and somebody's request, and where one is opened."""

    app: Any
    report: str
    request: str

    def addresses(self, page: Page) -> tuple[str, ...]:
        """Where a page is looked at: as it is, and with what there is opened in it."""
        path = re.sub(r"\{[^}]*\}", self.request if page.path.startswith("trust") else "none", page.path)
        opened = f"open={self.report if page.path.startswith('reports') else self.request}"
        return (f"/demo/{path}", f"/demo/{path}?queue=new&{opened}&number={self.report}")

    async def clerk(self, purpose: str = "", role: str = "desk") -> Reader:
        """Somebody of the town hall who has said for what they look."""
        reader = Reader(self.app)
        assert (await reader.sign_in(role, PASSWORD)).status == 303
        if purpose:
            assert await choose(reader, purpose) == 303
        return reader


@pytest.fixture
async def doubled() -> Filled:
    """All manifests, each type of data of people with two purposes."""
    services = tuple(twice(one) for one in SERVICES)
    own = {"reports": load_service_settings("demo", "reports", Settings)}
    town = Town(*services, settings=own)
    report = await tell(town, RESIDENT_A, contact_email=MAIL)
    request = (await done(town, "trust.ask", ASK, RESIDENT_A))["number"]
    return Filled(await open_portal_of(town), report, request)


@pytest.mark.parametrize(("service", "page"), DESK_PAGES, ids=[page.path for _, page in DESK_PAGES])
async def test_no_page_of_the_desk_opens_what_has_two_purposes_before_one_was_chosen(
    doubled: Filled, service: Service, page: Page
) -> None:
    unsaid, said = await doubled.clerk(), await doubled.clerk(f"{service.name}.{SECOND}")
    for address in doubled.addresses(page):
        before = await unsaid.get(address)
        assert before.status != 500, address
        for secret in (MAIL, ASKED):
            assert secret.encode() not in before.body, address
        if page.template and before.status != 404:
            assert 'name="purpose"' in before.text and "何のために見ますか" in before.text, address
        if before.status == 403:
            assert "先に、何のために見るかを選んでください" in before.text
        after = await said.get(address)
        if before.status == 403:
            assert after.status in (200, 404) and "先に、何のために" not in after.text, address


async def test_what_is_closed_is_asked_for_and_open_for_the_purpose_that_was_chosen(doubled: Filled) -> None:
    report, request = f"/demo/reports/desk?queue=new&open={doubled.report}", "/demo/trust/desk"
    unsaid = await doubled.clerk()
    assert [(await unsaid.get(one)).status for one in (report, request)] == [403, 403]
    assert (await unsaid.get("/demo/reports/desk")).status == 200, "what is about nobody is open"
    contacts, requests = await doubled.clerk(f"reports.{SECOND}"), await doubled.clerk(f"trust.{SECOND}")
    assert MAIL in (await contacts.get(report)).text
    assert (await contacts.get(request)).status == 403, "what was chosen is no purpose of this"
    assert ASKED in (await requests.get(f"{request}?open={doubled.request}")).text
    assert (await requests.get(report)).status == 403
    assert (await choose(contacts, "", "reports/desk")) == 303
    assert (await contacts.get(report)).status == 403


class Real(msgspec.Struct, frozen=True):
    """A node with the manifests as they are, and what stands in its record of reads."""

    node: Node
    portal: Filled

    async def reads(self) -> list[tuple[str, str]]:
        """For which purpose which type was read of whoever left a contact."""
        account = await self.node.joined.store.accounts.by_login("aoi")
        assert account is not None and account.pairing is not None
        ids = [one for _, one in account.pairing.within("demo")]
        kept: list[Kept] = list(await self.node.joined.store.accesses.of("demo", ids))
        return [(one.access.by.purpose, one.access.type.rpartition("/")[2]) for one in kept]


@pytest.fixture
async def real(tmp_path: Path) -> AsyncIterator[Real]:
    async with open_node(NodeSettings(data=tmp_path, cities=("demo",))) as node:
        identity = node.joined.identity
        await identity.register("desk", "見本 花子", PASSWORD, [Grant("demo", STAFF)])
        await identity.register("boss", "土井 大", PASSWORD, [Grant("*", ADMIN)])
        aoi: Any = await identity.register("aoi", "青木 葵", PASSWORD)
        person: Person = identity.persons.of(aoi, "demo", (await identity.open_session(aoi)).session)
        form = {"category": "park", "description": "ベンチの板が割れている", "latitude": 35.358, "longitude": 141.05,
                "address": "桜木公園", "contact_email": MAIL}  # fmt: skip
        said: Any = await node.joined.engine.run("reports.submit", form, Asking("demo", person))
        site: Any = node.site.built()
        yield Real(node, Filled(site, said.answer["number"], ""))


@pytest.mark.parametrize("role", ["desk", "boss"])
async def test_a_read_on_a_page_that_a_service_drew_is_recorded_with_the_purpose_that_was_chosen(
    real: Real, role: str
) -> None:
    reader = await real.portal.clerk(role=role)
    path = f"/demo/reports/desk?queue=new&open={real.portal.report}"
    asked = await reader.get(path)
    assert asked.status == 403 and MAIL not in asked.text and await real.reads() == []
    assert f'name="back" value="reports/desk?queue=new&amp;open={real.portal.report}"' in asked.text
    await choose(reader, "reports.contact")
    page = await reader.get(path)
    assert page.status == 200 and MAIL in page.text
    assert '<option value="reports.contact" selected>' in page.text
    assert await real.reads() == [("reports.contact", "ReportContact")]
    await choose(reader, "reports.forward")
    page = await reader.get(path)
    assert page.status == 200
    if role == "desk":
        assert MAIL not in page.text, "they agreed to nothing"
        assert [one for one in await real.reads() if one[0] != "reports.contact"] == []


@pytest.mark.parametrize(("_service", "page"), TEMPLATES, ids=[page.path for _, page in TEMPLATES])
async def test_the_purpose_stands_in_the_head_of_every_page_of_the_desk(
    real: Real, _service: Service, page: Page
) -> None:
    reader = await real.portal.clerk("reports.contact")
    answer = await reader.get(real.portal.addresses(page)[0])
    assert answer.status in (200, 404)
    if answer.status == 200:
        assert answer.text.count('<select id="for-what"') == 1
        assert '<option value="reports.contact" selected>' in answer.text
