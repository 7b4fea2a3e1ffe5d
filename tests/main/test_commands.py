"""The commands beside a running node: accounts whose tokens open it, copies, the audit log, the doctor."""

from __future__ import annotations

from pathlib import Path

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
