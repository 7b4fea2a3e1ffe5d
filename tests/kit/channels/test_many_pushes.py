"""Many people are pushed at once: each gets one notice, and whose browser is gone (404, 410) is forgotten.

`make pushes` does it with KAITEKI_PUSHES=1000 and prints how long it took from the decision to the last notice; the figures stand in
docs/performance.md. Nothing here depends on them.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
from pushed import PushService, push_service

from kaiteki.kit.channels.kept import DeliveryCount, PushSubscription
from kaiteki.kit.channels.push import Sender
from kaiteki.kit.channels.pushing import Pushing
from kaiteki.kit.channels.rules import Browser
from kaiteki.kit.channels.sending import Sending
from kaiteki.kit.channels.taking import TakingOver
from kaiteki.kit.engine import KIT, Asking, Work
from kaiteki.kit.views import expand_name, read
from kaiteki.main.clock import SystemClock
from kaiteki.main.outgoing import GuardedClient
from kaiteki.model.decision import Accepted, Message
from kaiteki.model.query import Query, TypeIs
from kaiteki.model.words import Words
from kaiteki.stores.sqlite import open_sqlite
from town import Town
from waiting import LONG_S

SIZE: Final = int(os.environ.get("KAITEKI_PUSHES", "20"))
AT_ONCE: Final = 200
"""Messages of one decision: a chunk of those who follow something."""
LOOK_S: Final = 0.01
CALLED: Final = Words("呼び出しです", "You are called", "よびました")
COUNTER: Final = Words("3番窓口へ", "Counter 3", "3番（ばん）の まどへ")


async def _subscribed(town: Town, service: PushService, key: str) -> dict[str, Browser]:
    """The browsers of so many visitors, by the id of each; of the last two one has unsubscribed (410), and one is at an address that is none (404)."""
    browsers = {f"{number:032x}": service.browser(key) for number in range(SIZE)}
    *_, left, unknown = browsers
    service.expire(browsers[left])
    elsewhere = browsers[unknown].endpoint.replace("/notify/", "/nowhere/")
    browsers[unknown] = msgspec.structs.replace(browsers[unknown], endpoint=elsewhere)
    for who, one in browsers.items():
        assert isinstance(await town.run("kit.subscribe_push", one, browser=who), Accepted)
    return browsers


async def _tell(town: Town, who: Sequence[str]) -> None:
    """Decide what tells them all."""
    for start in range(0, len(who), AT_ONCE):
        some = who[start : start + AT_ONCE]
        said = Accepted(
            messages=tuple(Message(one, CALLED, CALLED, urgent=True, glance=COUNTER) for one in some)
        )
        work = Work(KIT, "kit.call", (), lambda _loaded, _state, said=said: said)
        assert await town.engine.decide(work, town.engine.asked(KIT, Asking("demo"))) == said


async def _counted(town: Town) -> tuple[int, int]:
    """How many deliveries were taken, and how many addresses were gone."""
    rows = (
        await town.store.entities.find("demo", Query(types=TypeIs(expand_name("DeliveryCount")), limit=9))
    ).rows
    counts = [read(DeliveryCount, row.entity()) for row in rows]
    return sum(one.taken for one in counts), sum(one.gone for one in counts)


async def test_many_are_pushed_once_each_and_who_is_gone_is_forgotten(tmp_path: Path) -> None:
    town = Town(opened=lambda clock: open_sqlite(tmp_path / "town", clock))
    client = GuardedClient(receivers={"demo": frozenset({"127.0.0.1"})})
    sender, consents = (
        Sender(b"a secret of thirty-two bytes ....", "mailto:it@city.example"),
        town.engine.consents,
    )
    pushing = Pushing(client, lambda: sender, {}, SystemClock())
    sending = Sending(town.engine, {"push": pushing}, consents.opened)
    taking = TakingOver(town.engine, town.store.events, consents.known, consents.opened, sending.wake)
    with push_service() as service:
        browsers = await _subscribed(town, service, sender.public_key)
        running = [asyncio.create_task(taking.run()), asyncio.create_task(sending.run())]
        began_s, busy_s = time.monotonic(), time.process_time()
        await _tell(town, list(browsers))
        async with asyncio.timeout(LONG_S):
            while await _counted(town) != (SIZE - 2, 2):
                ended, _ = await asyncio.wait(running, timeout=LOOK_S)
                assert not ended
        took_s, busy_s = time.monotonic() - began_s, time.process_time() - busy_s
        print(f"{SIZE} pushed in {took_s:.2f} s ({busy_s:.2f} s of processor time)")
        for one in running:
            one.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        *reached, left, unknown = browsers
        assert [len(service.read_by(browsers[who])) for who in (*reached, left)] == [1] * len(reached) + [0]
    rows = (
        await town.store.entities.find(
            "demo", Query(types=TypeIs(expand_name("PushSubscription")), limit=1000)
        )
    ).rows
    holders = {read(PushSubscription, row.entity()).holder for row in rows}
    assert holders == set(reached) and unknown not in holders
    await client.close()
    await town.store.entities.close()
