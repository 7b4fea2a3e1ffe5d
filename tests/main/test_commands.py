"""The commands beside a running node: accounts whose tokens open it, copies, the audit log, the doctor."""

from __future__ import annotations

import asyncio
from pathlib import Path

from typer.testing import CliRunner

from kaiteki.main.cli import app
from kaiteki.main.clock import SystemClock
from kaiteki.model.instant import Instant
from kaiteki.model.watch.subscription import Endpoint, Subscription, Telling
from kaiteki.ports.subscriptions import Delivery, KeptSubscription, Settlement
from kaiteki.stores.sqlite import open_sqlite
from node_under_test import NodeUnderTest, start_node, stop_node

ENTITIES = "/ngsi-ld/v1/entities"


def test_a_machine_gets_a_token_and_what_it_wrote_is_copied_and_told(
    node: NodeUnderTest, tmp_path: Path
) -> None:
    token = node.command("user", "add", "sensor", "--machine", "--role", "staff").stdout.strip()
    bearer = {"authorization": f"Bearer {token}"}
    made = {"id": "urn:ngsi-ld:Lamp:told", "type": "Lamp", "watts": 5}
    assert node.ask("POST", ENTITIES, made, bearer).status == 201
    assert node.ask("GET", f"{ENTITIES}/{made['id']}").status == 404
    assert node.ask("GET", f"{ENTITIES}/{made['id']}", headers=bearer).status == 200
    assert made["id"] in node.command("audit", "list", "--city", "demo", "--limit", "1000").stdout
    assert node.command("doctor").returncode == 0
    assert node.command("backup", str(tmp_path / "copy")).returncode == 0
    assert node.command("backup", str(tmp_path / "copy")).returncode == 1
    second = start_node(tmp_path / "copy", areas=("demo",))
    try:
        assert second.ask("GET", f"{ENTITIES}/{made['id']}", headers=bearer).status == 200
    finally:
        stop_node(second)


def test_a_folder_without_data_is_named_not_called_well(node: NodeUnderTest, tmp_path: Path) -> None:
    """`doctor` and `backup` of a mistyped folder say so, and make nothing."""
    elsewhere = NodeUnderTest(node.url, tmp_path / "nowhere", node.process)
    for words in (("doctor",), ("backup", str(tmp_path / "copy"))):
        said = elsewhere.command(*words)
        assert said.returncode == 1 and "There are no data" in said.stdout + said.stderr, said
        assert "Traceback" not in said.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_doctor_names_subscriptions_with_dead_letters(tmp_path: Path) -> None:
    """What could not be sent is found without looking for it."""

    async def bury() -> None:
        store = open_sqlite(tmp_path, SystemClock())
        one = Subscription("urn:ngsi-ld:Subscription:1", Telling(Endpoint("https://example.org/n")))
        await store.subscriptions.put(KeptSubscription("demo", "anna", one))
        dead = Delivery("demo", one.id, 1, "urn:ngsi-ld:Lamp:1", Instant(0), 3, "410", dead=True)
        await store.subscriptions.settle(Settlement(owed=[dead]))
        await store.entities.close()

    asyncio.run(bury())
    done = CliRunner().invoke(app, ["doctor", "--data", str(tmp_path)])
    assert done.exit_code == 1
    assert "demo: 1 notifications of urn:ngsi-ld:Subscription:1 could not be sent" in done.output
