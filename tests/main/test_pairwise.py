"""What services keep of people, on a whole node: another id in each, that only the register joins, and nobody once they are erased."""

from __future__ import annotations

import asyncio
import csv
import io
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from personal_city import REPORT, REQUEST
from typer.testing import CliRunner
from whole_node import AREA, Asker, WholeNode, mandated, whole_node

from kaiteki.kit.engine import KIT
from kaiteki.kit.erasing import Order
from kaiteki.kit.identity.pairwise import PAIRWISE
from kaiteki.kit.views import expand_name
from kaiteki.main.cli import app
from kaiteki.main.parts import SERVICES
from kaiteki.main.site import erasing_of
from kaiteki.model.entity import Entity
from kaiteki.model.instant import Instant
from kaiteki.model.query import PAGE_SIZE_MAX, Query, TypeIs
from kaiteki.model.sealed import ciphertext_of

PAIR: Final = re.compile(r"pair-[0-9a-f]{24}")
GROUPED: Final = re.compile(r"pair-(?:[0-9a-f]{4} ){5}[0-9a-f]{4}")
"""As a page shows it."""
CONSENT: Final[dict[str, Any]] = {
    "purpose": "reports.forward",
    "version": 1,
    "items": ["ReportContact.email"],
}


async def run(node: WholeNode, asker: Asker, command: str, form: Mapping[str, Any]) -> Any:
    said = await node.ask("POST", f"/{AREA}/services/{command.replace('.', '/')}", form, asker.headers)
    assert said.status == 200, (command, said)
    return said.json()


async def live(node: WholeNode) -> tuple[Asker, Asker, Asker, Asker]:
    """Two residents, a helper and staff use all that takes down who somebody is."""
    hanako, taro = await node.person("hanako", "resident"), await node.person("taro", "resident")
    desk = await node.person("desk", "staff")
    mine = await run(node, hanako, "reports.submit", {**REPORT, "follow": True})
    theirs = await run(node, taro, "reports.submit", {**REPORT, "category": "road", "longitude": 141.06})
    await run(node, hanako, "reports.follow", {"id": theirs["id"]})
    await run(node, hanako, "reports.save_draft", {"draft": {"description": "x"}})
    await run(node, desk, "reports.check", {"id": mine["id"]})
    await run(node, desk, "reports.write_note", {"id": mine["id"], "text": "みました"})
    await run(node, taro, "reports.follow", {"id": mine["id"]})
    await run(node, hanako, "trust.give", CONSENT)
    await run(node, hanako, "trust.ask", REQUEST)
    helper = await mandated(node, hanako, "helper", "reports.*", "trust.*")
    await run(node, helper, "reports.submit", {**REPORT, "longitude": 141.07})
    await run(node, helper, "trust.withdraw", {"purpose": CONSENT["purpose"]})
    # on paper: staff type the number that the page of the person shows, and what reports knows of them leads to it
    page = (await node.ask("GET", f"/{AREA}/my/data", None, taro.headers)).body.decode()
    number = GROUPED.findall(page)[-1]
    assert number.count(" ") == 5
    await run(node, desk, "trust.record", {**CONSENT, "holder": number, "paper": "総務課 1"})
    row = (await node.node.joined.store.entities.load(AREA, [theirs["id"]]))[theirs["id"]]
    known = row.entity().attributes[expand_name("reporter")][0].value
    agreed = await node.node.joined.engine.consents.in_force(AREA, [str(known)], "reports.forward")
    assert known != number.replace(" ", "") and agreed == {known: frozenset(CONSENT["items"])}
    return hanako, taro, desk, helper


async def opened(node: WholeNode, entity: Entity) -> Entity:
    """An entity as whoever has the keys reads it."""
    seals = node.node.joined.opener.seals
    held = [ciphertext_of(one) for one in entity.attributes.values()]
    await seals.keys.fetch([one.key_id for one in held if one is not None])
    return seals.opened(AREA, entity)


async def written(node: WholeNode) -> dict[str, str]:
    """What stands in all entities and in their past, in clear, by service."""
    joined, found = node.node.joined, dict[str, str]()
    for service in (*SERVICES, KIT):
        texts: list[str] = []
        for declared in service.types:
            wanted = Query(types=TypeIs(expand_name(declared.name)), limit=PAGE_SIZE_MAX)
            page = await joined.store.entities.find(AREA, wanted)
            assert not page.more
            for row in page.rows:
                texts.append(repr(await opened(node, row.entity())))
                texts += [repr(one) for one in await joined.plane.history.past(AREA, row.id)]
        found[service.name] = "\n".join(texts)
    return found


async def test_services_know_people_by_ids_that_only_the_register_joins(tmp_path: Path) -> None:
    async with whole_node(tmp_path) as node:
        people = await live(node)
        before = await written(node)
    assert all(before[name] for name in ("reports", "trust", "kit"))
    for name, text in before.items():
        assert not [one.account for one in people if one.account in text], name
    # what a service has of them stands in what another one has neither; letters are the kit's, to the ids of who sent them
    told = {name: set(PAIR.findall(text)) for name, text in before.items()}
    assert told["reports"] and told["trust"] and not told["reports"] & told["trust"]
    assert told["kit"] and told["kit"] <= told["reports"] | told["trust"]
    hanako = people[0]
    async with whole_node(tmp_path) as node:
        store = node.node.joined.store
        rows = {one.value: one.body.decode() for one in await store.credentials.of(hanako.account, PAIRWISE)}
        assert sorted(rows.values()) == ["reports", "trust"] and set(rows) <= hanako.ids
        assert all(one in before[service] for one, service in rows.items())
        # the same after a new start: what is theirs is found, and more of it goes to the same ids
        await run(
            node, Asker(hanako.account, hanako.headers), "reports.submit", {**REPORT, "latitude": 35.36}
        )
        after = {name: set(PAIR.findall(text)) for name, text in (await written(node)).items()}
        assert after == told
        # erased: no id of theirs stands anywhere, and nobody can make them again
        erasing = erasing_of(node.node.joined)
        ids = await erasing.ids_of(hanako.account)
        assert set(ids) == hanako.ids
        await erasing.erase(ids, Order("operator", "test", Instant(1)))
        for name, text in (await written(node)).items():
            assert not [one for one in ids if one in text], name
        assert [await store.credentials.get(PAIRWISE, one) for one in rows] == [None, None]
        assert not await store.keys.find(holders=ids) and await erasing.ids_of(hanako.account) == (
            hanako.account,
        )
        again = await node.person("hanako", "resident")
        assert not (again.ids & hanako.ids) - {hanako.account}


def test_whose_data_were_read_is_found_in_all_services_by_the_account_and_by_one_id_in_one(
    tmp_path: Path,
) -> None:
    """By the person, at the desk of auditors and by the command line; reads of two services, by a program."""

    async def read() -> tuple[Asker, Mapping[str, set[str]], str]:
        async with whole_node(tmp_path) as node:
            hanako, *_ = await live(node)
            program = await node.machine("program", "staff", "admin")
            for kind in ("ReportContact", "DataRequest"):
                listed = await node.ask("GET", f"/ngsi-ld/v1/entities?type={kind}", None, program.headers)
                assert listed.status == 200
            auditor = await node.person("kansa", "auditor")
            own = (await node.ask("GET", f"/{AREA}/my/data?lang=en", None, hanako.headers)).body.decode()
            assert "Contacts of reporters: E-mail" in own and "Requests about own data: Address" in own
            found: dict[str, set[str]] = {}
            for subject in (hanako.account, *hanako.known.values()):
                address = f"/{AREA}/desk/audit.csv?actor={program.account}&subject={subject}"
                file = await node.ask("GET", address, None, auditor.headers)
                rows = list(csv.reader(io.StringIO(file.body.decode("utf-8-sig"))))
                found[subject] = {row[9] for row in rows[1:]}
                page = await node.ask("GET", address.replace(".csv", ""), None, auditor.headers)
                assert all(kind in page.body.decode() for kind in found[subject])
            return hanako, found, program.account

    hanako, found, program = asyncio.run(read())
    both = {"ReportContact", "DataRequest"}
    assert found[hanako.account] == both
    assert found[hanako.known["reports"]] == {"ReportContact"}
    assert found[hanako.known["trust"]] == {"DataRequest"} and found[hanako.known["kit"]] == set()
    for subject, kinds in found.items():
        words = ["audit", "--data", str(tmp_path), "list", "--city", AREA, "--what", "read"]
        said = CliRunner().invoke(app, [*words, "--subject", subject, "--who", program])
        assert said.exit_code == 0, said.output
        assert {line.split("\t")[4].split()[1].rstrip(":") for line in said.stdout.splitlines()} == kinds
