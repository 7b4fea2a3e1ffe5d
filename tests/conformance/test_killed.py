"""kill -9 in the middle of notifying: every change that was answered is notified at least once, and of each entity in order."""

from __future__ import annotations

from pathlib import Path

from conformance.listening import Ear, listening
from node_under_test import NodeUnderTest, start_node, stop_node

ENTITIES = 3
ROUNDS = 8
V1 = "/ngsi-ld/v1"


def ids() -> list[str]:
    return [f"urn:ngsi-ld:Lamp:{number}" for number in range(ENTITIES)]


def begin(node: NodeUnderTest, ear: Ear) -> str:
    """Lamps, and a subscription to them; its path."""
    for one in ids():
        assert node.ask("POST", f"{V1}/entities", {"id": one, "type": "Lamp", "n": 0}).status == 201
    notification = {"attributes": ["n"], "endpoint": {"uri": ear.uri}}
    document = {"type": "Subscription", "entities": [{"type": "Lamp"}], "notification": notification}
    return node.ask("POST", f"{V1}/subscriptions", document).headers["location"]


def turn(node: NodeUnderTest, values: range) -> set[tuple[str, int]]:
    """Put these values one after another into each lamp; what was answered."""
    told: set[tuple[str, int]] = set()
    for value in values:
        for one in ids():
            assert node.ask("PATCH", f"{V1}/entities/{one}", {"n": value}).status == 204
            told.add((one, value))
    return told


def first_heard(ear: Ear) -> dict[str, list[int]]:
    """The values of each entity in the order in which they were heard first."""
    order: dict[str, list[int]] = {}
    for one, value in ear.values():
        heard = order.setdefault(one, [])
        if value not in heard:
            heard.append(value)
    return order


def test_nothing_is_lost_by_a_kill(tmp_path: Path) -> None:
    told: set[tuple[str, int]] = set()
    with listening() as ear:
        node = start_node(tmp_path / "data", "--open", areas=("demo",))
        path = begin(node, ear)
        for kill in range(2):
            # the receiver is there, then away; each time the node dies right after its last answer
            ear.is_away = kill == 1
            told |= turn(node, range(kill * ROUNDS + 1, (kill + 1) * ROUNDS + 1))
            node.kill()
            node = start_node(tmp_path / "data", "--open", areas=("demo",))
        try:
            ear.is_away = False
            ear.wait_for(told)
            assert first_heard(ear) == {one: list(range(1, 2 * ROUNDS + 1)) for one in ids()}
            shown = node.ask("GET", path).json()["notification"]
            assert (shown["status"], shown["timesSent"] > 0) == ("ok", True)
        finally:
            assert stop_node(node) == 0
