"""On a whole node services know people by other ids: the points of a task come to those who took part, and are nobody's once they are erased."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

import msgspec
from personal_city import REPORT
from personal_points import CAMPAIGN
from report_samples import TASK
from whole_node import AREA, Asker, WholeNode, whole_node

from kaiteki.kit.erasing import Order
from kaiteki.kit.identity.pairwise import PAIRWISE
from kaiteki.kit.purses import Account, account_id, number_of
from kaiteki.kit.reactions import Reactions
from kaiteki.kit.views import read, write
from kaiteki.main.site import erasing_of
from kaiteki.model.entity import Entity
from kaiteki.model.instant import Instant, day_in_japan, format_instant
from kaiteki.ports.entities import By, Change, Decision
from kaiteki.services.reports.model import Report

DAY: Final = 86_400_000_000


async def run(node: WholeNode, asker: Asker, command: str, form: Mapping[str, Any]) -> Any:
    said = await node.ask("POST", f"/{AREA}/services/{command.replace('.', '/')}", form, asker.headers)
    assert said.status == 200, (command, said)
    return said.json()


async def campaigns(node: WholeNode, desk: Asker, now: Instant) -> None:
    """A campaign for tasks in the fiscal year of today, and in that of tomorrow where it is another one."""
    days = [date.fromisoformat(day_in_japan(Instant(now + ahead))) for ahead in (0, DAY)]
    for year in sorted({day.year - (day.month < 4) for day in days}):
        days_of = {"starts": f"{year}-04-01", "ends": f"{year + 1}-03-31"}
        await run(node, desk, "points.keep_campaign", {**CAMPAIGN, **days_of, "earned": "task"})


async def confirm(node: WholeNode, report: str, by: str) -> None:
    """Write down that somebody reported the work as done and others confirmed it."""

    def decide(found: Mapping[str, Entity]) -> Decision[None]:
        before = found[report]
        told = msgspec.structs.replace(read(Report, before), completed_by=by, status="closed")
        return Decision([Change(before, write(told, before, before.modified_at, "Report"))], None)

    await node.node.joined.engine.entities.change(AREA, [report], decide, By("test", "confirm"))


async def account(node: WholeNode, who: Asker) -> Account | None:
    """What the ledger has of somebody."""
    name = account_id(number_of(AREA, who.known["points"]))
    row = (await node.node.joined.store.entities.load(AREA, [name])).get(name)
    return read(Account, row.entity()) if row is not None else None


async def test_points_of_a_task_come_to_those_who_took_part_by_the_ids_of_points(tmp_path: Path) -> None:
    async with whole_node(tmp_path) as node:
        joined = node.node.joined
        hanako, taro = await node.person("hanako", "resident"), await node.person("taro", "resident")
        desk, now = await node.person("desk", "staff"), joined.clock.now()
        await campaigns(node, desk, now)
        await run(node, hanako, "points.open", {})
        made = await run(node, taro, "reports.submit", {**REPORT, "category": "graffiti"})
        when = {
            "starts_at": format_instant(Instant(now + DAY)),
            "ends_at": format_instant(Instant(now + 2 * DAY)),
        }
        await run(node, desk, "reports.make_task", {**TASK, **when, "id": made["id"]})
        for one in (hanako, taro):
            await run(node, one, "reports.join_task", {"id": made["id"]})
        await confirm(node, made["id"], hanako.known["reports"])
        reactions = Reactions(joined.engine, joined.store.events, joined.store.history)
        while await reactions.step():
            pass
        found = [await account(node, one) for one in (hanako, taro, desk)]
        told = [(one.holder, one.balance, one.waits) for one in found if one is not None]
        assert told == [(hanako.known["points"], 50, False), (taro.known["points"], 50, True)]
        # the id that points learned of taro is found by who erases him
        assert taro.known["points"] in {
            one.value for one in await joined.store.credentials.of(taro.account, PAIRWISE)
        }
        page = (await node.ask("GET", f"/{AREA}/points?lang=en", None, taro.headers)).body.decode()
        assert "task gave you 50 points" in page
        erasing = erasing_of(joined)
        await erasing.erase(await erasing.ids_of(taro.account), Order("operator", "test", Instant(1)))
        left = await account(node, taro)
        assert left is not None and (left.holder, left.balance) == ("", 50)
