"""Lets a simulated world live beside a node: its clock, its sample accounts, its process. Only with `--world`.

A fresh city first tells its last days: the clock of the node starts in the past and runs fast until it meets the present.
"""

from __future__ import annotations

import asyncio
import math
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

import msgspec

from kaiteki.kit.identity import Identity
from kaiteki.main.cities import find_city
from kaiteki.main.clock import PassingClock
from kaiteki.main.samples import close_samples, is_machine, open_samples, sample_password, samples_of
from kaiteki.main.settings import Settings
from kaiteki.model.access import RESIDENT, STAFF
from kaiteki.model.decision import Refused
from kaiteki.ports.accounts import Account, Grant
from kaiteki.ports.events import Events
from kaiteki.world.life import Scene, World
from kaiteki.world.people import Keys
from kaiteki.world.timing import Timing

PAST_DAYS: Final = 12
TELLING_S: Final = 40
"""How long the past takes to be told."""
STOP_TIMEOUT_S: Final = 10
RESIDENTS: Final = 5


async def tell_time(clock: PassingClock, events: Events) -> None:
    """Let the clock of a node start in the past when nothing ever happened in it; else it stays with the present."""
    if await events.last() == 0:
        now = time.time()
        past_s = PAST_DAYS * 86_400.0
        clock.pass_by(Timing(now, now - past_s, haste=past_s / TELLING_S + 1))


async def make_keys(identity: Identity) -> Keys:
    """Bearer tokens for this life of the world, of the same machines as in its earlier ones; those tokens are void."""
    known = {one.name: one async for one in samples_of(identity.accounts) if is_machine(one)}

    async def token(name: str, role: str) -> str:
        return await _token(identity, known.get(name), name, role)

    return Keys(
        desk=await token("見本 窓口A", STAFF),
        second_desk=await token("見本 窓口B", STAFF),
        residents=tuple([await token(f"見本 市民{n + 1}", RESIDENT) for n in range(RESIDENTS)]),
        sensors=await token("見本 センサー", STAFF),
    )


async def _token(identity: Identity, known: Account | None, name: str, role: str) -> str:
    if known is not None:
        return await identity.renew_machine(known)
    made = await identity.register_machine(name, (Grant("*", role),))
    if isinstance(made, Refused):
        raise RuntimeError(f"no key for {name}: {made.code}")
    account, token = made
    assert is_machine(account)
    await identity.accounts.put(msgspec.structs.replace(account, sample=True))
    return token


@asynccontextmanager
async def world_beside(settings: Settings, identity: Identity, clock: PassingClock) -> AsyncGenerator[str]:
    """A world while the node serves; yields the password of the sample accounts. The world ends with the node."""
    await close_samples(identity.accounts)
    password = sample_password(settings)
    await open_samples(identity, password)
    keys = await make_keys(identity)
    told = World(
        url=settings.url,
        scenes=tuple(Scene(str(find_city(area)), keys) for area in settings.cities),
        timing=msgspec.structs.replace(clock.timing, pace=settings.world_speed),
        seed=settings.world_seed,
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "kaiteki.world", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    listening = asyncio.create_task(_listen(process, clock))
    try:
        await _tell(process, told)
        yield password
    finally:
        await _end(process)
        await listening


async def _tell(process: asyncio.subprocess.Process, told: World) -> None:
    if process.stdin is not None:
        process.stdin.write(msgspec.json.encode(told) + b"\n")
        await process.stdin.drain()


async def _listen(process: asyncio.subprocess.Process, clock: PassingClock) -> None:
    """Let the clock follow what the world says it has told; a world that ended holds nobody up."""
    try:
        while process.stdout is not None and (line := await process.stdout.readline()):
            clock.hear(float(line))
    finally:
        clock.hear(math.inf)


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.stdin is not None:
        process.stdin.close()
    try:
        await asyncio.wait_for(process.wait(), STOP_TIMEOUT_S)
    except TimeoutError:
        process.kill()
        await process.wait()
