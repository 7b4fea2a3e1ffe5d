"""The accounts that a simulated world brings: made or opened while one lives beside the node, closed without one."""

from __future__ import annotations

import base64
import hmac
from collections.abc import AsyncGenerator
from typing import Final

import msgspec

from kaiteki.kit.identity import Identity
from kaiteki.main.secret import node_secret
from kaiteki.main.settings import LOOPBACK, Settings
from kaiteki.model.access import RESIDENT, STAFF
from kaiteki.ports.accounts import Account, Accounts, Grant, kind_of

ACCOUNTS_MAX: Final = 10_000
ACCOUNTS_PER_PAGE: Final = 100
SAMPLE_PASSWORD: Final = "kaiteki-sample"


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


async def close_samples(accounts: Accounts) -> int:
    """Disable every sample account, so that none works without a world; how many there were."""
    open_ones = [one async for one in samples_of(accounts) if not one.disabled]
    for account in open_ones:
        await accounts.put(msgspec.structs.replace(account, disabled=True))
    return len(open_ones)


async def samples_of(accounts: Accounts) -> AsyncGenerator[Account]:
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


def is_machine(account: Account) -> bool:
    """Whether an account is that of a machine."""
    return kind_of(account) == "machine"
