"""People come to the counters of a real node and are served there, through its public protocols alone."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

from kaiteki.world.city_client import CityClient
from kaiteki.world.counters import Hall, read_offices
from kaiteki.world.people import Keys
from node_under_test import NodeUnderTest, start_node, stop_node

ROOT = Path(__file__).parents[2]
STEPS, STEP_S = 60, 60.0
TEN_O_CLOCK_S = 1_795_482_000.0


def test_offices_are_read_from_the_folder_of_a_town() -> None:
    (hall, port) = read_offices(ROOT / "cities" / "demo")
    assert (hall.code, len(hall.matters), len(hall.windows)) == ("hall", 4, 6)
    assert port.code == "port"
    assert read_offices(ROOT / "cities" / "yaizu") == ()


def _token(node: NodeUnderTest, login: str, role: str) -> str:
    made = node.command("user", "add", login, "--name", login, "--machine", "--role", role)
    assert made.returncode == 0, made.stderr
    return made.stdout.split()[-1]


async def _hour(url: str, keys: Keys) -> Counter[str]:
    client = CityClient(url, "demo")
    hall = Hall(read_offices(ROOT / "cities" / "demo")[0], client, keys, seed=4)
    try:
        for step in range(STEPS):
            await hall.step(TEN_O_CLOCK_S + step * STEP_S)
    finally:
        await client.close()
    return hall.tally


def test_an_hour_at_a_counter_serves_people_and_loses_none(tmp_path: Path) -> None:
    node = start_node(tmp_path / "data", areas=("demo",))
    try:
        desk = _token(node, "desk-machine", "staff")
        keys = Keys(desk, desk, (_token(node, "resident-machine", "resident"),), desk)
        tally = asyncio.run(_hour(node.url, keys))
        now = node.ask("GET", "/demo/counter/hall/now.json").json()
    finally:
        stop_node(node)
    came = tally["counter issue"] + tally["counter take"]
    assert came > STEPS // 4
    assert {one: n for one, n in tally.items() if one.endswith(("refused", "shut"))} == {}
    assert tally["counter begin"] + tally["counter miss"] <= tally["counter call"] <= came
    still = sum(one["waiting"] + len(one["called"]) + len(one["serving"]) for one in now["matters"])
    # (those who did not come and those who were served are the rest)
    assert still + tally["counter miss"] + tally["counter finish"] == came
