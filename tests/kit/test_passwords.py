"""Passwords that are too easy to guess, the operator's own lists, and slow marks of codes on paper."""

from __future__ import annotations

from hashlib import sha1, sha256
from pathlib import Path

import pytest
import typer
from argon2 import PasswordHasher

from kaiteki.kit.identity import Identity, vault
from kaiteki.kit.identity.codes import PAPER_CODES, paper_mark
from kaiteki.kit.identity.passwords import LIST, MARK_BYTES, Passwords, is_common, is_guessable, words_of
from kaiteki.kit.identity.second import PAPER
from kaiteki.main.cities import load_city
from kaiteki.main.parts import SERVICES
from kaiteki.main.passwords import equip, in_list
from kaiteki.model.decision import Refused
from kaiteki.ports.accounts import Account
from kaiteki.ports.credentials import Credential
from kaiteki.stores.memory import open_memory
from town import TownClock

WEAK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
COMMON = ("password", "1234567890", "qwertyuiop", "iloveyou")


def test_the_list_holds_the_commonest_as_digests_alone() -> None:
    content = LIST.read_bytes()
    assert len(content) == 30_000 * MARK_BYTES and b"password" not in content
    licence = (LIST.parent / "LICENSE").read_text(encoding="utf-8")
    assert sha256(content).hexdigest() in licence and "MIT License" in licence
    assert all(map(is_common, COMMON)) and not is_common("correct horse battery staple")


@pytest.mark.parametrize(
    "password",
    [
        *(
            "1234567890",
            "qwertyuiop",
            "Password123",
            "PASSWORD!!!",
            "passwordpassword",
            "ｐａｓｓｗｏｒｄ１２",
        ),
        *(
            "aaaaaaaaaaaa",
            "abababababab",
            "chiba-chiba-2026",
            "Kaiteki2026!",
            "千葉市千葉市千葉市12",
            "aoi-mori-99",
        ),
    ],
)
def test_what_many_would_try_is_refused(password: str) -> None:
    passwords = Passwords(b"secret", WEAK)
    passwords.city = frozenset(words_of("千葉市") | words_of("Chiba City") | words_of("kaiteki"))
    refused = passwords.refusal(password, ("aoi.mori@example.jp", "Aoi Mori"))
    assert isinstance(refused, Refused) and refused.faults[0].code == "guessable"


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "庭の柿の木に鳥が三羽いる",
        "kx7-Qmm2-vv9-Lp",
        "chiba rains on tuesdays",
        "kaiteki-sample",
    ],
)
def test_what_is_long_and_of_ones_own_is_taken(password: str) -> None:
    passwords = Passwords(b"secret", WEAK)
    passwords.city = frozenset(words_of("Chiba") | words_of("kaiteki"))
    assert passwords.refusal(password, ("aoi", "葵")) is None
    assert not is_guessable(password)


async def test_a_register_knows_the_words_of_its_city_and_the_list_of_its_operator(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = TownClock()
    store = open_memory(clock)
    identity = Identity(store.accounts, store.credentials, clock, b"secret of the tests", WEAK)
    listed = tmp_path / "list.txt"
    listed.write_text("leaked last summer\n", encoding="utf-8")
    monkeypatch.setenv("KAITEKI_PASSWORD_LIST", str(listed))
    equip(identity, [load_city("demo")], SERVICES)
    area = load_city("demo").words
    for password in ("Leaked Last Summer", f"{area.en.split()[0]}{area.en.split()[0]}{area.en.split()[0]}!"):
        refused = await identity.register("aoi", "葵", password)
        assert isinstance(refused, Refused) and refused.faults[0].code == "guessable", password
    account = await identity.register("aoi", "葵", "a garden in the rain")
    assert isinstance(account, Account)
    assert isinstance(await identity.set_password(account, "leaked last summer"), Refused)


def test_a_list_of_digests_is_searched_where_it_lies(tmp_path: Path) -> None:
    words = [f"word number {number}" for number in range(500)]
    lines = sorted(sha1(word.encode(), usedforsecurity=False).hexdigest().upper() for word in words)
    for ending, name in (("\r\n", "a"), ("\n", "b")):
        file = tmp_path / name
        file.write_bytes("".join(f"{line}:{place}{ending}" for place, line in enumerate(lines)).encode())
        hold = in_list(file)
        assert all(map(hold, words)) and not any(hold(f"other {number}") for number in range(500))
    with pytest.raises(typer.BadParameter):
        in_list(tmp_path / "none")


async def test_codes_on_paper_are_kept_by_slow_marks_and_those_of_before_stay_good() -> None:
    clock = TownClock()
    store = open_memory(clock)
    identity = Identity(store.accounts, store.credentials, clock, b"secret of the tests", WEAK)
    codes = await identity.second.renew_paper("acc-1")
    kept = await store.credentials.of("acc-1", PAPER)
    assert len(kept) == PAPER_CODES and all(one.value.startswith("acc-1 slow:") for one in kept)
    assert not any(paper_mark(code) in one.value for one in kept for code in codes)
    assert await identity.passwords.mark("acc-1", codes[0]) != await identity.passwords.mark(
        "acc-2", codes[0]
    )
    await store.credentials.put(
        Credential(
            "totp", "acc-1", "acc-1", vault.seal(b"secret of the tests", "acc-1", b"s" * 20), clock.now()
        )
    )
    old = Credential(PAPER, f"acc-1 {paper_mark('ABCD-EFGH-JKMN')}", "acc-1", b"", clock.now())
    await store.credentials.put(old)
    assert await identity.second.holds("acc-1", "abcd-efgh-jkmn") and not await identity.second.holds(
        "acc-1", "abcd-efgh-jkmn"
    )
    assert await identity.second.holds("acc-1", codes[1])
