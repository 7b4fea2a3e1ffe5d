"""Half of what a node can do, for a while, killed in the middle: nothing is lost, nothing is wrong, memory stays.

Ten seconds in the suite; `make soak` says KAITEKI_SOAK_S=600.
"""

import asyncio
import os
import signal
import tempfile
from pathlib import Path
from random import Random

from soaking import COUNTER, TEMPORAL, WRITERS, Heard, Line, Town, Writer, gaps

from kaiteki.main.clock import SystemClock
from kaiteki.stores.sqlite import open_sqlite
from node_under_test import free_port

SOAK_S = float(os.environ.get("KAITEKI_SOAK_S", "8"))
TOP_S = 1.0
"""How long the town is asked as fast as it can, to know what half of that is."""
TOLD_TIMEOUT_S = 60.0
GROWTH_MAX = 1.05
"""What a node may hold at the end over what it held halfway between the kill and the end."""
LONG_S = 120.0
"""From here on memory is compared: before, caches are still filling, small as they are in this town."""
SUBSCRIPTION = "/ngsi-ld/v1/subscriptions"


async def subscribe(town: Town, uri: str) -> None:
    document = {
        "id": "urn:ngsi-ld:Subscription:soak",
        "type": "Subscription",
        "entities": [{"type": "Counter"}],
        "watchedAttributes": ["count"],
        "notificationTrigger": ["entityCreated", "entityUpdated"],
        "notification": {"attributes": ["count"], "endpoint": {"uri": uri, "accept": "application/json"}},
    }
    line = Line(town.port)
    status, told = await line.ask("POST", SUBSCRIPTION, document)
    assert status == 201, told
    line.close()


async def work_until(writers: list[Writer], seconds: float) -> float:
    """Let them work; how many things were asked per second."""
    loop = asyncio.get_running_loop()
    before, began_s = sum(writer.asked for writer in writers), loop.time()
    await asyncio.gather(*(writer.work(began_s + seconds) for writer in writers))
    return (sum(writer.asked for writer in writers) - before) / (loop.time() - began_s)


async def soak(town: Town, writers: list[Writer]) -> list[int]:
    """Half of the top rate, a kill in the middle; the memory of the second life, ten times while it lasts."""
    working = asyncio.gather(*(writer.work(asyncio.get_running_loop().time() + SOAK_S) for writer in writers))
    await asyncio.sleep(SOAK_S / 2)
    await town.end(signal.SIGKILL)
    await town.start()
    held: list[int] = []
    while not working.done():
        held.append(town.memory_bytes())
        await asyncio.wait([working], timeout=SOAK_S / 20)
    await working
    return held


async def all_told(heard: Heard, counts: dict[str, int]) -> list[str]:
    """What is missing or out of order when everything had its time to arrive."""
    loop = asyncio.get_running_loop()
    until_s = loop.time() + TOLD_TIMEOUT_S
    while faults := [fault for one, count in counts.items() if (fault := heard.fault(one, count))]:
        if loop.time() > until_s:
            return faults
        await asyncio.sleep(0.2)
    return []


async def pasts(town: Town, counts: dict[str, int]) -> list[str]:
    """Entities whose present or past is not what was counted."""
    line, faults = Line(town.port), list[str]()
    for entity_id, count in counts.items():
        path = f"{TEMPORAL}/{entity_id}?attrs=count&options=temporalValues"
        status, told = await line.ask("GET", path)
        values = [value for value, _ in told["count"]["values"]] if status in (200, 206) else told
        if values != list(range(count, 0, -1)) and values != list(range(1, count + 1)):
            faults.append(f"{entity_id}: past {str(values)[:200]}, counted to {count}")
        status, told = await line.ask("GET", f"/ngsi-ld/v1/entities/{entity_id}")
        if status != 200 or told["count"]["value"] != count:
            faults.append(f"{entity_id}: present {told}, counted to {count}")
    line.close()
    return faults


async def events(folder: Path, counts: dict[str, int]) -> list[str]:
    """Entities whose events are not one for each count, in order; and whether a change has no audit line."""
    store = open_sqlite(folder, SystemClock())
    versions: dict[str, list[int]] = {}
    number = lines = 0
    try:
        while page := await store.events.read(number):
            number = page[-1].number
            for event in page:
                if event.entity_id in counts:
                    assert not event.attributes or COUNTER in event.attributes
                    versions.setdefault(event.entity_id, []).append(event.version)
        after = 0
        while audit := await store.entities.audit("demo", after):
            after, lines = (
                audit[-1].number,
                lines + sum(one in counts for line in audit for one in line.entities),
            )
    finally:
        await store.entities.close()
    wrong = [
        one for one, count in counts.items() if len(versions.get(one, ())) != count or gaps(versions[one])
    ]
    return wrong if lines == sum(counts.values()) else [*wrong, f"{lines} audit lines"]


async def test_a_town_under_load_loses_nothing_and_stays_as_it_is() -> None:
    with tempfile.TemporaryDirectory() as folder:
        town, heard = Town(Path(folder), free_port()), Heard()
        await town.start()
        try:
            async with heard.listening() as uri:
                await subscribe(town, uri)
                writers = [Writer(n, town, Line(town.port), Random(n)) for n in range(WRITERS)]
                await work_until(writers, TOP_S)
                top = await work_until(writers, TOP_S)
                for writer in writers:
                    writer.pause_s = WRITERS / (top / 2)
                held = await soak(town, writers)
                counts = {one: count for writer in writers for one, count in writer.counts.items()}
                assert [fault for writer in writers for fault in writer.faults] == []
                assert (await all_told(heard, counts))[:3] == []
                assert (await pasts(town, counts))[:3] == []
                for writer in writers:
                    writer.line.close()
        finally:
            await town.end(signal.SIGTERM)
        assert (await events(town.folder, counts))[:3] == []
        assert town.errors() == []
        repeated = sum(map(len, heard.counts.values())) - sum(counts.values())
        print(
            f"top {top:,.0f} per second; {sum(writer.asked for writer in writers):,} asked, {len(counts):,} entities,"
            f" {sum(counts.values()):,} writes, each told, {repeated} twice; memory MB {[one >> 20 for one in held]}"
        )
        if SOAK_S >= LONG_S:
            assert held[-1] <= held[len(held) // 2] * GROWTH_MAX
