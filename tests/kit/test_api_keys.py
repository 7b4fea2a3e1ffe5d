"""Keys for open data: told once, kept as a hash, a few for each account, and gone when they are taken away."""

from typing import Any

import pytest

from kaiteki.kit.api_keys import KEYS_MAX, MARK, REMEMBERED_S, USED_EVERY_S, ApiKeys, hash_of
from kaiteki.model.decision import Refused
from kaiteki.stores.memory import open_memory
from town import TownClock


async def make(keys: ApiKeys, owner: str, name: str = "見本のアプリ") -> str:
    """A key of an account."""
    made: Any = await keys.make(owner, name)
    return str(made[0])


async def test_a_key_is_told_once_and_known_until_it_is_taken_away() -> None:
    clock = TownClock()
    store = open_memory(clock)
    keys, elsewhere = (ApiKeys(store.credentials, clock) for _ in range(2))
    key = await make(keys, "a")
    [shown] = await keys.of("a")
    assert (shown.name, key.startswith(shown.shown), shown.used_at) == ("見本のアプリ", True, 0)
    assert key not in repr(await store.credentials.of("a"))
    assert await keys.known(key) == await elsewhere.known(key) == hash_of(key)
    assert await keys.known(key + "x") is await keys.known(MARK) is await keys.known("x" * 5000) is None
    assert not await keys.revoke("b", shown.value), "a key of somebody else stays"
    assert await keys.revoke("a", shown.value)
    assert await keys.known(key) is None
    assert await elsewhere.known(key) is not None
    clock.pass_s(REMEMBERED_S + 1)
    assert await elsewhere.known(key) is None


async def test_the_last_use_is_written_down_now_and_then() -> None:
    clock = TownClock()
    keys = ApiKeys(open_memory(clock).credentials, clock)
    key = await make(keys, "a")
    uses = []
    for _ in range(3):
        await keys.known(key)
        uses.append((await keys.of("a"))[0].used_at)
        clock.pass_s(USED_EVERY_S / 2 + 1)
    assert uses[0] == uses[1] < uses[2]


@pytest.mark.parametrize(
    ("name", "code"), [("  ", "missing"), ("x" * 61, "too_long"), ("a\x00b", "characters")]
)
async def test_a_key_has_a_name(name: str, code: str) -> None:
    clock = TownClock()
    refused = await ApiKeys(open_memory(clock).credentials, clock).make("a", name)
    assert isinstance(refused, Refused) and refused.faults[0].code == code


async def test_an_account_has_a_few() -> None:
    clock = TownClock()
    keys = ApiKeys(open_memory(clock).credentials, clock)
    for _ in range(KEYS_MAX):
        await make(keys, "a")
    assert await keys.make("a", "one more") == Refused("too_many")
    assert (await make(keys, "b")).startswith(MARK)
