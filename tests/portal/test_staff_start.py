"""Where people begin after signing in: staff where their work waits, everybody else on their own page; registers with content first."""

from __future__ import annotations

import re

import msgspec
from argon2 import PasswordHasher
from test_report_pages import PASSWORD, open_portal_of, report_town, send_report

from kaiteki.kit.identity import Identity
from kaiteki.kit.manifest import Queues
from kaiteki.kit.pages import PageAsk, Waiting
from kaiteki.main.cities import load_service_settings
from kaiteki.model.words import Words
from kaiteki.ports.accounts import Grant
from kaiteki.services.reports.manifest import service
from kaiteki.services.reports.settings import Settings
from reader import Reader
from town import Town

GREENHOUSE = Words("温室", "Greenhouse")


async def greenhouse(ask: PageAsk) -> list[Waiting]:
    """Two plants wait for water."""
    return [Waiting(Words("水やり", "Water"), "reports/desk", 2, pressing=True)]


async def begins(reader: Reader, login: str, query: str = "") -> str:
    """Where somebody is after signing in."""
    answer = await reader.post(f"/demo/sign-in{query}", {"login": login, "password": PASSWORD})
    assert answer.status == 303, answer.text
    return answer.headers["location"]


async def test_staff_begin_where_their_work_waits_and_residents_on_their_page() -> None:
    town = report_town()
    app = await open_portal_of(town)
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    identity = Identity(
        town.store.accounts, town.store.credentials, town.clock, b"secret of the tests", hasher
    )
    await identity.register("parks", "公園 係", PASSWORD, [Grant("demo", "staff", "parks")])
    assert await begins(Reader(app), "desk") == "/demo/reports/desk?queue=new"
    assert await begins(Reader(app), "parks") == "/demo/reports/desk?queue=new&office=parks"
    assert await begins(Reader(app), "guest") == "/demo/my"
    assert await begins(Reader(app), "desk", "?next=reports/tasks") == "/demo/reports/tasks"
    clerk = Reader(app)
    assert (await clerk.get(await begins(clerk, "parks"))).status == 200


async def test_who_works_at_several_desks_begins_with_what_waits_at_each() -> None:
    other = msgspec.structs.replace(
        service, name="greenhouse", words=GREENHOUSE, types=(), commands=(), pages=(), jobs=(), surveys=(),
        settings=None, figures=(), notice=None, topics=None, queues=Queues("greenhouse", greenhouse),
    )  # fmt: skip
    town = Town(service, other, settings={"reports": load_service_settings("demo", "reports", Settings)})
    app = await open_portal_of(town)
    clerk = Reader(app)
    assert await begins(clerk, "desk") == "/demo/desk"
    page = (await clerk.get("/demo/desk")).text
    assert "温室" in page and re.search(r"水やり</span><span class=\"tag bad\">(<[^>]+>)*2", page), page


async def test_the_start_counts_the_queues_and_folds_the_empty_registers() -> None:
    app = await open_portal_of(report_town())
    await send_report(Reader(app))
    clerk = Reader(app)
    await clerk.sign_in("desk", PASSWORD)
    page = (await clerk.get("/demo/desk")).text
    waiting = re.findall(
        r'href="(/demo/reports/desk\?queue=\w+)"><span>([^<]+)</span><span class="tag[^>]*>([^<]*)', page
    )
    assert waiting[0] == ("/demo/reports/desk?queue=new", "これから確認", "1")
    shown, _, folded = page.partition("記録のない台帳（")
    assert "/demo/desk/reports/Report" in shown.partition("<h2>台帳")[2]
    assert "/demo/desk/reports/ReportTheme" in folded
