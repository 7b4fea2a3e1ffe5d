"""What an area holds (an extension beside clauses 5.7.5 to 5.7.10): exact after every write, and only what one may see."""

import uuid

from conformance.plane import DataPlane, at
from kaiteki.model.access import NOBODY
from kaiteki.model.visibility import Sight
from node_under_test import NodeUnderTest

LAMP = "https://uri.etsi.org/ngsi-ld/default-context/Lamp"
WATTS = "https://uri.etsi.org/ngsi-ld/default-context/watts"


def lamp(number: int, **more: object) -> dict[str, object]:
    return {"id": f"urn:ngsi-ld:Lamp:{number}", "type": "Lamp", "watts": number, **more}


async def test_counts_follow_every_write(plane: DataPlane) -> None:
    for number in range(4):
        plane.written_at(at(number))
        await plane.done("POST", "/entities", lamp(number, colour="red") if number else lamp(number))
    await plane.done("POST", "/entities", {"id": "urn:ngsi-ld:Bench:1", "type": ["Bench", "Lamp"]})
    plane.written_at(at(10))
    await plane.done("PATCH", "/entities/urn:ngsi-ld:Lamp:1", {"watts": 9})
    await plane.done("DELETE", "/entities/urn:ngsi-ld:Lamp:2/attrs/colour")
    await plane.done("DELETE", "/entities/urn:ngsi-ld:Lamp:0")
    assert await plane.told("/statistics") == {
        "area": "demo",
        "entities": 4,
        "typeCount": 2,
        "types": [
            {
                "type": "Bench",
                "entities": 1,
                "attributes": {},
                "firstCreatedAt": "2026-04-01T09:03:00Z",
                "lastModifiedAt": "2026-04-01T09:03:00Z",
            },
            {
                "type": "Lamp",
                "entities": 4,
                "attributes": {"colour": {"Property": 2}, "watts": {"Property": 3}},
                "firstCreatedAt": "2026-04-01T09:01:00Z",
                "lastModifiedAt": "2026-04-01T09:10:00Z",
            },
        ],
        "lastEvent": 8,
    }
    other = await plane.told("/statistics", ngsild_tenant="chiba")
    assert (other["entities"], other["types"]) == (0, [])


async def test_only_what_one_may_see_is_counted(plane: DataPlane) -> None:
    await plane.done("POST", "/entities", lamp(1, colour="red"))
    await plane.done("POST", "/entities", {"id": "urn:ngsi-ld:Secret:1", "type": "Secret"})
    public = DataPlane(plane.store, plane.clock, (Sight(LAMP, frozenset({WATTS}), ("staff",)),))
    public.person = NOBODY
    (lamps,) = (await public.told("/statistics"))["types"]
    assert (lamps["type"], lamps["entities"], set(lamps["attributes"])) == ("Lamp", 1, {"watts"})


def test_the_command_says_it_beside_a_running_node(open_node: NodeUnderTest) -> None:
    name = f"Counted{uuid.uuid4().hex[:8]}"
    entities = [{"id": f"urn:ngsi-ld:{name}:{n}", "type": name, "watts": n} for n in range(3)]
    made = open_node.ask("POST", "/ngsi-ld/v1/entityOperations/create", entities, {"ngsild-tenant": "chiba"})
    assert made.status == 201
    done = open_node.command("counts", "--city", "chiba", "--attributes")
    assert done.returncode == 0, done.stderr
    (line,) = [line for line in done.stdout.splitlines() if name in line]
    assert " 3 " in line and "watts 3" in line
    refused = open_node.command("counts", "--city", "nixda")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "there is no area nixda" in refused.stderr and "chiba" in refused.stderr
