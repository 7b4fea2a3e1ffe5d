"""Laws of ports.contexts, ports.accounts, ports.credentials and ports.files."""

import asyncio

import msgspec
import pytest

from kaiteki.model.instant import Instant
from kaiteki.ports.accounts import Account, Grant, Session
from kaiteki.ports.contexts import KeptContext
from kaiteki.ports.credentials import Credential
from kaiteki.stores.store import Store

HOSTED = KeptContext("https://example.org/a.jsonld", "a", "Hosted", {"@context": {"x": "urn:x"}}, Instant(5))
ANNA = Account("1", "anna", "安奈", "$argon2id$", (Grant("chiba", "staff", "roads"),), Instant(5))
BEN = Account("2", "ben", "Ben", "$argon2id$")


async def test_a_context_is_found_by_url_and_by_local_id(store: Store) -> None:
    await store.contexts.put(HOSTED)
    assert await store.contexts.get(HOSTED.url) == HOSTED
    assert await store.contexts.get("a") == HOSTED
    assert await store.contexts.get("b") is None


async def test_a_context_is_replaced_listed_and_removed(store: Store) -> None:
    other = KeptContext("https://example.org/0.jsonld", "b", "Cached", [1], Instant(6), Instant(7), 3)
    newer = msgspec.structs.replace(HOSTED, hits=2)
    for context in (HOSTED, other, newer):
        await store.contexts.put(context)
    assert await store.contexts.list() == [other, newer]
    assert await store.contexts.remove("a") is True
    assert await store.contexts.remove("a") is False
    assert await store.contexts.remove(other.url) is True
    assert await store.contexts.list() == []


async def test_accounts_are_found_by_id_and_login(store: Store) -> None:
    await store.accounts.put(BEN)
    await store.accounts.put(ANNA)
    assert (await store.accounts.by_id("1"), await store.accounts.by_login("ben")) == (ANNA, BEN)
    assert (await store.accounts.by_id("9"), await store.accounts.by_login("zoe")) == (None, None)
    assert await store.accounts.list() == [ANNA, BEN]
    assert await store.accounts.list(after_login="anna", limit=5) == [BEN]
    assert await store.accounts.list(limit=1) == [ANNA]


async def test_accounts_with_roles_are_found_whatever_the_others_are_called(store: Store) -> None:
    clerk = msgspec.structs.replace(
        ANNA, id="3", login="clerk", name='"grants":[]', grants=(Grant("demo", "staff"),)
    )
    boss = msgspec.structs.replace(ANNA, id="0", login="boss", grants=(Grant("*", "admin"),))
    for account in (clerk, boss, msgspec.structs.replace(BEN, grants=())):
        await store.accounts.put(account)
    assert await store.accounts.with_roles() == [boss, clerk]
    assert await store.accounts.with_roles(1) == [boss]


async def test_a_login_belongs_to_one_account(store: Store) -> None:
    await store.accounts.put(ANNA)
    with pytest.raises(ValueError, match="anna"):
        await store.accounts.put(msgspec.structs.replace(BEN, login="anna"))
    renamed = msgspec.structs.replace(ANNA, login="anne", disabled=True)
    await store.accounts.put(renamed)
    await store.accounts.put(msgspec.structs.replace(BEN, login="anna"))
    assert await store.accounts.by_id("1") == renamed
    assert [account.login for account in await store.accounts.list()] == ["anna", "anne"]


async def test_sessions_end_by_time_and_by_hand(store: Store) -> None:
    await store.accounts.put(ANNA)
    short = Session("a" * 64, "1", Instant(10), Instant(20))
    long = Session("b" * 64, "1", Instant(11), Instant(90))
    await store.accounts.open(long)
    await store.accounts.open(short)
    assert await store.accounts.session(short.token_hash, Instant(19)) == short
    assert await store.accounts.session(short.token_hash, Instant(20)) is None
    assert await store.accounts.sessions("1", Instant(12)) == [short, long]
    assert await store.accounts.sessions("1", Instant(50)) == [long]
    await store.accounts.end(long.token_hash)
    await store.accounts.end(long.token_hash)
    assert await store.accounts.sessions("1", Instant(12)) == [short]
    assert await store.accounts.session(long.token_hash, Instant(12)) is None
    await store.accounts.touch(short.token_hash, Instant(15))
    await store.accounts.touch(long.token_hash, Instant(15))
    assert await store.accounts.sessions("1", Instant(12)) == [
        msgspec.structs.replace(short, used_at=Instant(15))
    ]


async def test_an_account_goes_with_its_sessions_and_leaves_its_login_free(store: Store) -> None:
    await store.accounts.put(ANNA)
    await store.accounts.put(BEN)
    for account in (ANNA, BEN):
        await store.accounts.open(Session(account.login * 4, account.id, Instant(10), Instant(20)))
    assert await store.accounts.remove(ANNA.id) is True
    assert await store.accounts.remove(ANNA.id) is False
    assert (await store.accounts.by_id(ANNA.id), await store.accounts.by_login("anna")) == (None, None)
    assert await store.accounts.session("anna" * 4, Instant(11)) is None
    assert await store.accounts.session("ben" * 4, Instant(11)) is not None
    await store.accounts.put(msgspec.structs.replace(BEN, login="anna"))
    assert [account.id for account in await store.accounts.list()] == [BEN.id]


PASSKEY = Credential("passkey", "b", ANNA.id, b"\x00\xff", Instant(5), Instant(7))
TOTP = Credential("totp", ANNA.id, ANNA.id)
OTHER = Credential("passkey", "a", BEN.id, b"ben")


async def test_credentials_are_found_by_kind_and_value_and_by_account(store: Store) -> None:
    for credential in (TOTP, PASSKEY, OTHER):
        await store.credentials.put(credential)
    assert await store.credentials.get("passkey", "b") == PASSKEY
    assert await store.credentials.get("totp", "b") is None
    assert await store.credentials.get("passkey", "\x00") is None
    assert await store.credentials.of(ANNA.id) == [PASSKEY, TOTP]
    assert await store.credentials.of(ANNA.id, "totp") == [TOTP]
    assert await store.credentials.of("9") == []
    assert await store.credentials.list("passkey") == [OTHER, PASSKEY]
    assert await store.credentials.list("passkey", "a") == [PASSKEY]
    assert await store.credentials.list("passkey", limit=1) == [OTHER]


async def test_a_credential_belongs_to_one_account(store: Store) -> None:
    await store.credentials.put(PASSKEY)
    with pytest.raises(ValueError, match="passkey"):
        await store.credentials.put(msgspec.structs.replace(OTHER, value="b"))
    used = msgspec.structs.replace(PASSKEY, used_at=Instant(8))
    await store.credentials.put(used)
    await store.credentials.put(msgspec.structs.replace(OTHER, kind="subject", value="b"))
    assert await store.credentials.get("passkey", "b") == used


async def test_of_several_who_spend_a_credential_one_succeeds(store: Store) -> None:
    await store.credentials.put(PASSKEY)
    tries = await asyncio.gather(*(store.credentials.remove("passkey", "b") for _ in range(4)))
    assert sorted(tries) == [False, False, False, True]
    assert await store.credentials.get("passkey", "b") is None


async def test_the_credentials_of_an_account_are_forgotten_together(store: Store) -> None:
    for credential in (TOTP, PASSKEY, OTHER):
        await store.credentials.put(credential)
    await store.credentials.forget(ANNA.id)
    assert await store.credentials.of(ANNA.id) == []
    assert await store.credentials.of(BEN.id) == [OTHER]


async def test_files_are_kept_by_their_content_in_their_area(store: Store) -> None:
    digest = await store.files.put("chiba", b"photo")
    assert digest == "55c64d0fcd6f9d5f7c828093857e3fdfda68478bb4e9bd24d481ef391c7804e8"
    assert await store.files.put("chiba", b"photo") == digest
    assert await store.files.get("chiba", digest) == b"photo"
    assert await store.files.get("kashiwa", digest) is None
    await store.files.remove("kashiwa", digest)
    assert await store.files.get("chiba", digest) == b"photo"
    await store.files.remove("chiba", digest)
    await store.files.remove("chiba", digest)
    assert await store.files.get("chiba", digest) is None
