"""Lets a simulated world live beside a node: its clock, its sample accounts, its process. Only with `--world`.

A fresh city first tells its last days: the clock of the node starts in the past and runs fast until it meets the present.
"""

from __future__ import annotations

import asyncio
import base64
import hmac
import math
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

import msgspec

from kaiteki.kit.identity import MACHINE_PREFIX, Identity
from kaiteki.main.cities import find_city
from kaiteki.main.clock import PassingClock
from kaiteki.main.secret import node_secret
from kaiteki.main.settings import Settings
from kaiteki.model.access import RESIDENT, STAFF
from kaiteki.model.decision import Refused
from kaiteki.ports.accounts import Account, Accounts, Grant
from kaiteki.ports.events import Events
from kaiteki.world.life import Scene, World
from kaiteki.world.people import Keys
from kaiteki.world.timing import Timing

PAST_DAYS: Final = 12
TELLING_S: Final = 40
"""How long the past takes to be told."""
STOP_TIMEOUT_S: Final = 10
ACCOUNTS_MAX: Final = 10_000
ACCOUNTS_PER_PAGE: Final = 100
SAMPLE_PASSWORD: Final = "kaiteki-sample"
RESIDENTS: Final = 5
LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")


class Sample(msgspec.Struct, frozen=True):
    """A sample account that a person may sign in with."""

    login: str
    name: str
    role: str


SAMPLES: Final = (
    Sample("desk", "見本 職員", STAFF),
    Sample("hanako", "見本 花子", RESIDENT),
    Sample("taro", "見本 太郎", RESIDENT),
)


async def tell_time(clock: PassingClock, events: Events) -> None:
    """Let the clock of a node start in the past when nothing ever happened in it; else it stays with the present."""
    if await events.last() == 0:
        now = time.time()
        past_s = PAST_DAYS * 86_400.0
        clock.pass_by(Timing(now, now - past_s, haste=past_s / TELLING_S + 1))


async def close_samples(accounts: Accounts) -> int:
    """Disable every sample account, so that none works without a world; how many there were."""
    open_ones = [one async for one in _samples(accounts) if not one.disabled]
    for account in open_ones:
        await accounts.put(msgspec.structs.replace(account, disabled=True))
    return len(open_ones)


async def _samples(accounts: Accounts) -> AsyncGenerator[Account]:
    """The sample accounts of people and machines, by login."""
    after = ""
    for _ in range(0, ACCOUNTS_MAX, ACCOUNTS_PER_PAGE):
        page = await accounts.list(after, ACCOUNTS_PER_PAGE)
        for account in page:
            if account.sample:
                yield account
        if len(page) < ACCOUNTS_PER_PAGE:
            return
        after = page[-1].login


async def open_samples(identity: Identity, password: str) -> None:
    """Make the accounts of SAMPLES, or open them again, with a password; who is signed in stays so where it is the same one."""
    for sample in SAMPLES:
        known = await identity.accounts.by_login(sample.login)
        if known is None:
            await identity.register(
                sample.login, sample.name, password, (Grant("*", sample.role),), sample=True
            )
        elif known.sample:
            opened = msgspec.structs.replace(known, disabled=False)
            await identity.accounts.put(opened)
            if not await identity.has_password(opened, password):
                await identity.set_password(opened, password)


def sample_password(settings: Settings) -> str:
    """The known one where only this machine can reach the node, else one of the data folder that stays the same."""
    if settings.address in LOOPBACK:
        return SAMPLE_PASSWORD
    drawn = hmac.digest(node_secret(settings.data), b"password of the sample accounts", "sha256")
    return base64.urlsafe_b64encode(drawn).decode()[:16]


async def make_keys(identity: Identity) -> Keys:
    """Bearer tokens for this life of the world, of the same machines as in its earlier ones; those tokens are void."""
    known = {one.name: one async for one in _samples(identity.accounts) if _is_machine(one)}

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
    await identity.accounts.put(_as_sample(account))
    return token


def _is_machine(account: Account) -> bool:
    return account.login.startswith(MACHINE_PREFIX)


def _as_sample(account: Account) -> Account:
    assert _is_machine(account)
    return msgspec.structs.replace(account, sample=True)


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
