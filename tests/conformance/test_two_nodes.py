"""Two areas on two real nodes: one question answered together; one of them dead or hanging is a warning; circles end; the guide is true."""

from __future__ import annotations

import json
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from node_under_test import Answer, NodeUnderTest, start_node, stop_node
from waiting import LONG_S

GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "federation.md"
BLOCK = re.compile(r"^```(http|json) (\d+|shown)( there)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
V1 = "/ngsi-ld/v1"
PATIENCE = {"timeout": 1500, "cooldown": 6000}
"""The second is long enough for a slow machine to ask twice within it."""


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[NodeUnderTest, NodeUnderTest]]:
    """Two nodes without accounts, here and there; the last test of the file may kill them."""
    folder = tmp_path_factory.mktemp("nodes")
    running = [start_node(folder / name, "--open", areas=("demo",)) for name in ("here", "there")]
    yield running[0], running[1]
    for node in running:
        if node.process.poll() is None:
            node.process.send_signal(signal.SIGCONT)
            stop_node(node)


def register(node: NodeUnderTest, other: NodeUnderTest) -> None:
    document = {
        "id": "urn:r:1",
        "type": "ContextSourceRegistration",
        "information": [{"entities": [{"type": "Lamp"}]}],
        "endpoint": other.url,
        "operations": ["redirectionOps"],
        "management": PATIENCE,
    }
    assert node.ask("POST", f"{V1}/csourceRegistrations", document).status == 201


def lamp(node: NodeUnderTest, name: str) -> None:
    document = {"id": f"urn:ngsi-ld:Lamp:{name}", "type": "Lamp", "watts": 5}
    assert node.ask("POST", f"{V1}/entities?local=true", document).status == 201


def lamps(node: NodeUnderTest) -> tuple[list[str], str, float]:
    """The lamps that a node tells of, the warning beside them, and how long it took."""
    began_s = time.monotonic()
    answer = node.ask("GET", f"{V1}/entities?type=Lamp")
    took_s = time.monotonic() - began_s
    assert answer.status == 200, answer.body
    return (
        [one["id"].rpartition(":")[2] for one in answer.json()],
        answer.headers.get("ngsild-warning", ""),
        took_s,
    )


def until_together(node: NodeUnderTest) -> None:
    """Wait until both nodes answer again."""
    end_s = time.monotonic() + LONG_S
    while lamps(node)[0] != ["a", "b"]:
        assert time.monotonic() < end_s, lamps(node)


def test_the_guide_is_true(nodes: tuple[NodeUnderTest, NodeUnderTest]) -> None:
    here, there = nodes
    seen: Answer | None = None
    blocks = BLOCK.findall(GUIDE.read_text(encoding="utf-8"))
    assert len(blocks) >= 9
    for kind, status, where, text in blocks:
        if kind == "json":
            assert seen is not None and seen.json() == json.loads(text)
            continue
        first, _, body = text.partition("\n")
        method, _, path = first.partition(" ")
        document: Any = json.loads(body.replace("http://127.0.0.1:9000", there.url)) if body.strip() else None
        seen = (there if where else here).ask(method, path.replace(">", "%3E").replace('"', "%22"), document)
        assert seen.status == int(status), f"{first}: {seen.body!r}"
    assert seen is not None
    told = there.ask("GET", f"{V1}/entities/urn:ngsi-ld:Bench:there")
    assert told.json()["seats"]["value"] == 5


def test_two_nodes_answer_together_and_one_that_is_gone_is_a_warning(
    nodes: tuple[NodeUnderTest, NodeUnderTest],
) -> None:
    here, there = nodes
    lamp(here, "a")
    lamp(there, "b")
    register(here, there)
    register(there, here)
    for node in nodes:
        # a node that has just begun may take longer for its first answer than the others wait
        until_together(node)
        found, warning, _ = lamps(node)
        assert (found, warning) == (["a", "b"], "")
    one = here.ask("GET", f"{V1}/entities/urn:ngsi-ld:Lamp:b")
    assert (one.status, one.json()["watts"]["value"]) == (200, 5)
    # it hangs: its time limit is spent once, then it is left alone
    there.process.send_signal(signal.SIGSTOP)
    found, warning, first_s = lamps(here)
    again, later, second_s = lamps(here)
    assert (found, again) == (["a"], ["a"])
    assert ("did not answer" in warning, "did not answer lately" in later) == (True, True)
    assert (first_s > 1.4, second_s < first_s / 2) == (True, True)
    there.process.send_signal(signal.SIGCONT)
    until_together(here)
    # it is dead: that is known at once
    there.kill()
    found, warning, _ = lamps(here)
    assert (found, warning.split()[0], "urn:r:1 did not answer" in warning) == (["a"], "199", True)
    refused = here.ask("PATCH", f"{V1}/entities/urn:ngsi-ld:Lamp:b/attrs", {"watts": 1})
    assert (refused.status, refused.json()["type"].rpartition("/")[2]) == (504, "GatewayTimeout")
    told = here.ask("GET", "/metrics").body.decode()
    (failed,) = re.findall(
        r'kaiteki_source_requests_total\{area="demo",registration="urn:r:1",result="failed"\} (\d+)', told
    )
    assert int(failed) >= 2
    assert 'kaiteki_source_resting{area="demo",registration="urn:r:1"} 1.0' in told
    stop_node(here)
    said = here.command("doctor")
    assert (said.returncode, "demo: the context source urn:r:1 at" in said.stdout) == (1, True)
