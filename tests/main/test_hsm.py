"""Keys of persons that a token wraps: commands, what a node does while the token is away, slow or hangs, and that a wrong PIN locks nothing."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from token_town import said, secrets, town, wraps
from typer.testing import CliRunner

from kaiteki.main import keys_command
from kaiteki.main.cli import app
from kaiteki.main.hsm import kek as hsm_kek
from kaiteki.main.kek import read_kek
from kaiteki.ports.keys import KeptKey
from kaiteki.ports.outage import KeysAway
from kaiteki.stores.sqlite.ring import RING_NAME, SqliteRing
from node_under_test import KAITEKI
from soft_token import PIN, SoftToken
from waiting import LONG_S


def test_keys_go_into_the_token_are_renewed_there_and_come_back(token: SoftToken, tmp_path: Path) -> None:
    data = tmp_path / "data"
    town(data)
    before, (in_file,) = secrets(data), wraps(data)
    away = said("move", "--to", "token", "--data", str(data))
    assert away.exit_code == 1 and "`kaiteki keys make` makes it" in " ".join(away.stderr.split())
    assert wraps(data) == {in_file: 600} and "token" not in read_kek(data / "kek.json")
    time.sleep(hsm_kek.AWAY_S)
    assert said("make").exit_code == 0
    twice = said("make")
    assert twice.exit_code == 1 and "already" in twice.stderr
    assert "Wrapped 600 keys anew." in said("move", "--to", "token", "--data", str(data)).output
    assert read_kek(data / "kek.json") == {"token": "pkcs11"} and secrets(data) == before
    (first,) = wraps(data)
    assert first.startswith("hsm-")
    state = said("state", "--data", str(data))
    assert state.exit_code == 0 and f"{first}  wraps 600 keys" in state.output and "'town'" in state.output

    assert "Wrapped 600 keys anew." in said("rotate", "--data", str(data)).output
    (second,) = wraps(data)
    assert second > first and secrets(data) == before
    assert f"{first}  unwraps 0 keys" in said("state", "--data", str(data)).output
    early = said("discard", first, "--data", str(data), "--yes")
    assert early.exit_code == 1 and "10 minutes" in early.stderr
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keys_command, "DISCARD_AFTER_S", 0)
        newest = said("discard", second, "--data", str(data), "--yes")
        assert newest.exit_code == 1 and "newest" in newest.stderr
        assert said("discard", first, "--data", str(data), "--yes").output == f"Destroyed {first}.\n"
    assert first not in said("state", "--data", str(data)).output and secrets(data) == before

    assert "Wrapped 600 keys anew." in said("move", "--to", "file", "--data", str(data)).output
    (last,) = wraps(data)
    assert last.startswith("kek-") and list(read_kek(data / "kek.json")) == [last] != [in_file]
    assert secrets(data) == before


def test_a_move_that_was_killed_goes_on(token: SoftToken, tmp_path: Path) -> None:
    data = tmp_path / "data"
    town(data)
    before = secrets(data)
    assert said("make").exit_code == 0
    killed = 0
    for way in ("token", "file"):
        for _ in range(3):
            begun = sum(count for name, count in wraps(data).items() if name.startswith("hsm-"))
            process = subprocess.Popen([*KAITEKI, "keys", "move", "--to", way, "--data", str(data)])
            while process.poll() is None:
                moved = sum(count for name, count in wraps(data).items() if name.startswith("hsm-"))
                if abs(moved - begun) >= 100:
                    process.kill()
                    process.wait(LONG_S)
                    killed += 1
                    break
            assert secrets(data) == before
        assert said("move", "--to", way, "--data", str(data)).exit_code == 0
        (name,) = wraps(data)
        assert name.startswith("hsm-" if way == "token" else "kek-") and secrets(data) == before
        assert len(read_kek(data / "kek.json")) == 1
    assert killed > 0


def test_a_rotation_that_was_stopped_makes_no_third_key(token: SoftToken, tmp_path: Path) -> None:
    data = tmp_path / "data"
    town(data)
    assert said("make").exit_code == 0 and said("move", "--to", "token", "--data", str(data)).exit_code == 0
    kek = hsm_kek.named_token()
    assert kek is not None
    made = asyncio.run(kek.ask(lambda session: session.make(time.time())))
    assert said("rotate", "--data", str(data)).exit_code == 0
    assert wraps(data) == {made: 600} and len(asyncio.run(kek.ask(lambda session: session.keys()))) == 2


async def test_a_wrong_pin_is_tried_once_whoever_asks_and_however_often(shaky: SoftToken) -> None:
    shaky.pin_file.write_text("654322")
    kek = shaky.kek
    for _ in range(3):
        with pytest.raises(KeysAway, match="kaiteki keys login"):
            await kek.name()
    # nor does a node that is started anew try it, which the token itself tells
    with pytest.raises(KeysAway, match="the last PIN that the token was given was wrong"):
        await shaky.kek.name()
    assert shaky.logins == 1
    # also the right one waits for somebody who tries it by hand
    shaky.pin_file.write_text(PIN)
    with pytest.raises(KeysAway, match="kaiteki keys login"):
        await kek.name()
    assert shaky.logins == 1
    assert "town" in await kek.ask(lambda session: session.login())
    assert shaky.logins == 2
    with pytest.raises(KeysAway, match="kaiteki keys make"):
        await kek.name()


async def test_a_session_that_is_lost_is_opened_anew(shaky: SoftToken) -> None:
    kek = shaky.kek
    made = await kek.ask(lambda session: session.make(time.time()))
    name, wrapped = await kek.wrap(b"k" * 32, b"anna")
    assert name == made
    shaky.hinder("away")
    for _ in range(2):
        with pytest.raises(KeysAway, match="DeviceRemoved"):
            await kek.unwrap(wrapped, b"anna", name)
    shaky.hinder("")
    assert await kek.unwrap(wrapped, b"anna", name) == b"k" * 32
    # ended behind the back of the node, it is noticed by nobody
    kek._session._session.close()
    assert await kek.unwrap(wrapped, b"anna", name) == b"k" * 32
    # a PIN that somebody else got wrong meanwhile does not shut out who has the right one in hand
    shaky.hinder("away")
    with pytest.raises(KeysAway):
        await kek.unwrap(wrapped, b"anna", name)
    shaky.hinder("")
    await asyncio.to_thread(_mistype, shaky)
    assert await kek.unwrap(wrapped, b"anna", name) == b"k" * 32


def _mistype(token: SoftToken) -> None:
    """Give the token a wrong PIN from another process."""
    code = "import pkcs11, sys; pkcs11.lib(sys.argv[1]).get_token(token_label='town').open(user_pin='000000')"
    done = subprocess.run(
        [sys.executable, "-c", code, str(token.module)], capture_output=True, text=True, check=False
    )
    assert "PinIncorrect" in done.stderr


async def test_a_slow_token_leaves_the_event_loop_alone(shaky: SoftToken) -> None:
    kek = shaky.kek
    await kek.ask(lambda session: session.make(time.time()))
    name, wrapped = await kek.wrap(b"k" * 32, b"anna")
    shaky.hinder("slow")
    asked = asyncio.gather(*(kek.unwrap(wrapped, b"anna", name) for _ in range(10)))
    turns = 0
    while not asked.done():
        await asyncio.sleep(0)
        turns += 1
    # ten calls of 50 ms each: a loop that waited for them would have had ten turns
    assert turns > 100 and await asked == [b"k" * 32] * 10


async def test_a_token_that_hangs_keeps_nobody_waiting_for_long(
    shaky: SoftToken, monkeypatch: pytest.MonkeyPatch
) -> None:
    kek = shaky.kek
    await kek.ask(lambda session: session.make(time.time()))
    name, wrapped = await kek.wrap(b"k" * 32, b"anna")
    shaky.hinder("hang")
    monkeypatch.setattr(hsm_kek, "WAIT_MAX_S", 0.2)
    with pytest.raises(KeysAway, match="did not answer"):
        await kek.unwrap(wrapped, b"anna", name)
    monkeypatch.setattr(hsm_kek, "CALL_MAX_S", 0.1)
    with pytest.raises(KeysAway, match="has not answered"):
        await kek.unwrap(wrapped, b"anna", name)
    monkeypatch.setattr(hsm_kek, "CALL_MAX_S", LONG_S)
    monkeypatch.setattr(hsm_kek, "WAIT_MAX_S", LONG_S)
    waiting = [asyncio.ensure_future(kek.unwrap(wrapped, b"anna", name)) for _ in range(300)]
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    shaky.hinder("")
    told = await asyncio.gather(*waiting, return_exceptions=True)
    refused = [one for one in told if isinstance(one, KeysAway)]
    assert 300 - hsm_kek.WAITING_MAX <= len(refused) < 300 and "calls wait" in str(refused[0])
    assert [one for one in told if one not in refused] == [b"k" * 32] * (300 - len(refused))


def test_nobody_reads_the_library_who_names_no_token(tmp_path: Path) -> None:
    code = """
import asyncio, sys
from pathlib import Path
from kaiteki.main.cli import app
from kaiteki.main.clock import SystemClock
from kaiteki.main.sealing import open_sealed
from kaiteki.main.late import catch_up

async def start():
    store, seals = await open_sealed(Path(sys.argv[1]), SystemClock(), "")
    await seals.keys.hold(["anna"])
    await catch_up()
    await store.entities.close()

asyncio.run(start())
print(sorted(name for name in sys.modules if name.startswith(("pkcs11", "asn1crypto", "kaiteki.main.hsm.session"))))
"""
    bare = {name: value for name, value in os.environ.items() if not name.startswith("KAITEKI_PKCS11")}
    told = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], env=bare, capture_output=True, text=True, check=True
    )
    assert told.stdout == "[]\n"


def test_a_key_that_nobody_has_is_named(tmp_path: Path) -> None:
    data = tmp_path / "data"
    town(data)

    async def strange() -> None:
        await SqliteRing(data / RING_NAME).put([KeptKey("k0", "zoe", b"x" * 60, "kek-lost")])

    asyncio.run(strange())
    state = said("state", "--data", str(data))
    assert state.exit_code == 1
    assert (
        "1 keys of persons are wrapped by kek-lost, which is neither in the file nor in the token"
        in state.output
    )
    doctor = CliRunner().invoke(app, ["doctor", "--data", str(data)])
    assert "kek-lost" in doctor.output and doctor.exit_code == 1
