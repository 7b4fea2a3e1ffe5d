"""The commands beside a running node: accounts whose tokens open it, copies, the audit log, the doctor."""

from __future__ import annotations

import asyncio
import os
import re
import stat
import subprocess
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from kaiteki.main.cli import app
from kaiteki.main.clock import SystemClock
from kaiteki.main.samples import SAMPLE_PASSWORD
from kaiteki.main.trust_notes import notes_of_folder
from kaiteki.model.instant import Instant
from kaiteki.model.sources.registration import EntityInfo, Information, Registration, SourceStanding
from kaiteki.model.watch.subscription import Endpoint, Subscription, Telling
from kaiteki.ports.accounts import Account, Grant
from kaiteki.ports.sources import KeptSource
from kaiteki.ports.subscriptions import Delivery, KeptSubscription, Settlement
from kaiteki.stores.sqlite import FILE_NAME, open_sqlite
from node_under_test import KAITEKI, NodeUnderTest, free_port, start_node, stop_node
from waiting import LONG_S

ENTITIES = "/ngsi-ld/v1/entities"
SLOW_DISK = "on this disk, and every commit waits"


def run(*words: str) -> str:
    """Run a command in this process to its end; what it said."""
    done = CliRunner().invoke(app, [*words])
    assert done.exit_code == 0, done.output
    return done.output


def test_a_machine_gets_a_token_and_what_it_wrote_is_copied_and_told(
    node: NodeUnderTest, tmp_path: Path
) -> None:
    token = node.command("user", "add", "sensor", "--machine", "--role", "staff").stdout.strip()
    bearer = {"authorization": f"Bearer {token}"}
    made = {"id": "urn:ngsi-ld:Lamp:told", "type": "Lamp", "watts": 5}
    assert node.ask("POST", ENTITIES, made, bearer).status == 201
    assert node.ask("GET", f"{ENTITIES}/{made['id']}").status == 404
    assert node.ask("GET", f"{ENTITIES}/{made['id']}", headers=bearer).status == 200
    assert made["id"] in node.command("audit", "list", "--city", "demo", "--limit", "1000").stdout
    assert "The log is as it was signed." in node.command("audit", "verify").stdout
    doctor = node.command("doctor").stdout
    # a disk that others keep busy is named, and nothing else
    assert doctor.endswith("All is well.\n" if SLOW_DISK not in doctor else "1 to mend.\n"), doctor
    copies = (str(tmp_path / "copies"), "--key-file", str(tmp_path / "key"))
    assert node.command("backup", *copies).returncode == 0
    run("restore", *copies, "--data", str(tmp_path / "copy"))
    second = start_node(tmp_path / "copy", areas=("demo",))
    try:
        assert second.ask("GET", f"{ENTITIES}/{made['id']}", headers=bearer).status == 200
    finally:
        stop_node(second)


def test_an_open_node_does_not_listen_elsewhere(tmp_path: Path) -> None:
    """`--open` beside a `--host` that others reach is refused, not passed over."""
    words = [*KAITEKI, "run", "--open", "--host", "0.0.0.0", "--data", str(tmp_path / "data")]
    said = subprocess.run(words, check=False, capture_output=True, text=True, timeout=LONG_S)
    assert said.returncode == 2 and "--host" in said.stderr and "this machine only" in said.stderr
    assert not (tmp_path / "data").exists()


def test_a_folder_without_data_is_named_not_called_well(node: NodeUnderTest, tmp_path: Path) -> None:
    """`doctor` and `backup` of a mistyped folder say so, and make nothing."""
    elsewhere = NodeUnderTest(node.url, tmp_path / "nowhere", node.process)
    for words in (("doctor",), ("backup", str(tmp_path / "copy"))):
        said = elsewhere.command(*words)
        assert said.returncode == 1 and "There are no data" in said.stdout + said.stderr, said
        assert "Traceback" not in said.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_doctor_names_subscriptions_with_dead_letters(tmp_path: Path) -> None:
    """What could not be sent is found without looking for it."""

    async def bury() -> None:
        store = open_sqlite(tmp_path, SystemClock())
        one = Subscription("urn:ngsi-ld:Subscription:1", Telling(Endpoint("https://example.org/n")))
        await store.subscriptions.put(KeptSubscription("demo", "anna", one))
        dead = Delivery("demo", one.id, 1, "urn:ngsi-ld:Lamp:1", Instant(0), 3, "410", dead=True)
        await store.subscriptions.settle(Settlement(owed=[dead]))
        await store.entities.close()

    asyncio.run(bury())
    done = CliRunner().invoke(app, ["doctor", "--data", str(tmp_path)])
    assert done.exit_code == 1
    assert "demo: 1 notifications of urn:ngsi-ld:Subscription:1 could not be sent" in done.output


def test_the_doctor_names_silent_context_sources(tmp_path: Path) -> None:
    async def fail() -> None:
        store = open_sqlite(tmp_path, SystemClock())
        information = (Information((EntityInfo(("Lamp",)),)),)
        for number, standing in enumerate((SourceStanding(), SourceStanding(1, 1, reason="it was silent"))):
            one = Registration(f"urn:r:{number}", "http://there.example", information)
            await store.sources.put(KeptSource("demo", "anna", one, standing))
        await store.entities.close()

    asyncio.run(fail())
    done = CliRunner().invoke(app, ["doctor", "--data", str(tmp_path)])
    assert done.exit_code == 1
    assert (
        "demo: the context source urn:r:1 at http://there.example failed last: it was silent" in done.output
    )
    assert "urn:r:0" not in done.output


@pytest.mark.parametrize(
    "command", [("doctor",), ("run", "--port", str(free_port())), ("user", "list"), ("export", "-")]
)
def test_a_file_that_is_no_database_is_said_in_words_and_left_as_it_is(
    command: tuple[str, ...], tmp_path: Path
) -> None:
    file = tmp_path / FILE_NAME
    file.write_text("what a full disk left behind\n" * 40, encoding="utf-8")
    before = file.read_bytes()
    words = [*KAITEKI, *command, "--data", str(tmp_path)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=LONG_S)
    output = done.stdout + done.stderr
    said = "".join(output.replace("│", " ").split())
    assert done.returncode in (1, 2) and "Traceback" not in output, output
    assert FILE_NAME in said and "fileisnotadatabase" in said
    assert file.read_bytes() == before


def test_a_machine_is_locked_out_by_the_login_that_the_list_shows_in_a_narrow_window(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    data = ("--data", str(tmp_path))
    added = CliRunner().invoke(
        app,
        [
            "user",
            "add",
            "rain gauges of the river",
            "--machine",
            "--role",
            "staff",
            "--city",
            "demo",
            *data,
        ],
    )
    assert added.exit_code == 0, added.output
    shown = re.search(r"machine:\S+", CliRunner().invoke(app, ["user", "list", *data]).output)
    assert shown is not None
    done = CliRunner().invoke(app, ["user", "disable", shown[0], *data])
    assert (done.exit_code, done.output) == (0, f"{shown[0]} is disabled.\n")


def test_a_role_in_an_area_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    data = ("--data", str(tmp_path))
    for words in (
        ("add", "gauge", "--machine", "--role", "staff"),
        ("grant", "gauge", "--role", "staff"),
    ):
        done = CliRunner().invoke(app, ["user", *words, "--city", "nowhere", *data])
        assert done.exit_code == 2 and "there is no area nowhere" in " ".join(done.output.split()), (
            done.output
        )


def test_accounts_have_a_kind_and_a_role_holds_only_in_an_office_that_there_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    data = ("--data", str(tmp_path))

    def run(*words: str) -> Result:
        return CliRunner().invoke(app, ["user", *words, *data], input="correct horse battery\n")

    assert run("add", "gauge", "--device", "--role", "staff", "--city", "demo").exit_code == 0
    assert run("add", "club", "--organisation").output == "Added club.\n"
    assert run("add", "both", "--device", "--organisation").exit_code == 2
    listed = run("list").output
    assert "device" in listed and "organisation" in listed
    refused = run("grant", "club", "--role", "staff", "--city", "demo", "--office", "nope")
    assert refused.exit_code == 2 and "there is no office nope" in " ".join(refused.output.split())
    for city in ("demo", "*"):
        granted = run("grant", "club", "--role", "staff", "--city", city, "--office", "parks")
        assert (granted.exit_code, f"staff@{city}/parks" in granted.output) == (0, True), granted.output


def test_the_data_of_people_are_for_the_owner_of_the_folder_alone(tmp_path: Path) -> None:
    data, copy, again = (tmp_path / name for name in ("data", "copy", "again"))

    copies = (str(copy), "--key-file", str(tmp_path / "key"))
    run("user", "add", "gauge", "--machine", "--data", str(data))
    run("backup", *copies, "--data", str(data))
    copy.chmod(0o755)
    run("restore", *copies, "--data", str(again))
    assert [stat.S_IMODE(folder.stat().st_mode) for folder in (data, again)] == [0o700, 0o700]
    assert "others on this machine may look into" not in run("doctor", "--data", str(data))
    files = [file for folder in (data, again) for file in folder.rglob("*") if file.is_file()]
    assert len(files) >= 6 and {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    data.chmod(0o755)
    assert "others on this machine may look into" in run("doctor", "--data", str(data))


def test_the_doctor_says_what_is_wrong_with_trust(tmp_path: Path) -> None:
    data = tmp_path / "data"

    async def neglect() -> None:
        store = open_sqlite(data, SystemClock())
        await store.accounts.put(Account("acc-1", "tokiwa", "常盤", "$argon2id$x", (Grant("demo", "staff"),)))
        await store.accounts.put(Account("acc-2", "hanako", "花子", "$argon2id$x"))
        await store.entities.close()

    asyncio.run(neglect())
    done = CliRunner().invoke(app, ["doctor", "--data", str(data)])
    assert done.exit_code == 1
    assert "2 accounts have login and name in clear; `kaiteki keys seal` seals them" in done.output
    assert "Note: 1 accounts of staff have neither passkey nor second factor" in done.output
    assert "Note: no copy of this folder was ever taken" in done.output
    run("keys", "seal", "--data", str(data))
    run("backup", str(tmp_path / "copies"), "--key-file", str(tmp_path / "key"), "--data", str(data))
    said = run("doctor", "--data", str(data))
    assert "the key-encryption key lies beside the data" in said and "in clear" not in said
    assert "was ever taken" not in said
    week = 8 * 86_400
    was = (data / "copied").stat().st_mtime - week
    os.utime(data / "copied", (was, was))
    (data / "kaiteki.sqlite").chmod(0o644)
    notes = notes_of_folder(data)
    assert "the last copy by `kaiteki backup` is 8 days old." in notes
    assert any(note.startswith("1 files in") for note in notes)


def test_commands_take_an_account_by_what_they_print(tmp_path: Path) -> None:
    data = ("--data", str(tmp_path))

    def user(*words: str, code: int = 0) -> str:
        done = CliRunner().invoke(app, ["user", *words, *data], input="correct horse battery\n")
        assert done.exit_code == code, done.output
        return " ".join(done.output.split())

    def machine(name: str) -> str:
        found = re.search(r"mac-\w+", user("add", name, "--machine"))
        assert found is not None
        return found[0]

    user("add", "mres")
    gauge, first, second, mres = machine("gauge"), machine("twin"), machine("twin"), machine("mres")
    for word in ("gauge", gauge, f"machine:{gauge}", f" {gauge} "):
        assert user("disable", word) == f"machine:{gauge} is disabled."
    refused = user("disable", "twin", code=1)
    assert "twin means 2 accounts" in refused and first in refused and second in refused
    # a person of that login is meant as well: what was shut out is not left to a guess
    both = user("disable", "mres", code=1)
    person = re.search(r"acc-\w+", both)
    assert person is not None and mres in both
    assert user("disable", person[0]) == "mres is disabled."
    assert "grants" not in user("grant", first, "--role", "staff", "--city", "demo")
    assert "no password" in user("passwd", "gauge", code=1)
    assert "There is no account" in user("disable", "nobody", code=1)
    assert "There is no account" in user("disable", "Twi", code=1)
    erased = CliRunner().invoke(app, ["erase", "twin", "--yes", *data])
    assert erased.exit_code == 1 and first in erased.output and second in erased.output


def test_a_list_shows_each_account_on_its_line_whatever_it_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    name, sample = "x\n[bold]<b>\x1b[2J", Account("acc-1", "r 1", "[red]見本", "")

    async def keep() -> None:
        store = open_sqlite(tmp_path, SystemClock())
        await store.accounts.put(sample)
        await store.entities.close()

    run("user", "add", name, "--machine", "--data", str(tmp_path))
    asyncio.run(keep())
    told = run("user", "list", "--data", str(tmp_path))
    assert "\x1b[2J" not in told
    assert all(
        any(name in line for line in told.splitlines()) for name in ("x\\n[bold]<b>\\x1b[2J", "[red]見本")
    )


def test_the_published_password_of_the_samples_is_for_them_alone(tmp_path: Path) -> None:
    data = ("--data", str(tmp_path))

    def user(*words: str, given: str) -> Result:
        return CliRunner().invoke(app, ["user", *words, *data], input=f"{given}\n")

    assert user("add", "cparks", given="correct horse battery").exit_code == 0
    for given in (SAMPLE_PASSWORD, SAMPLE_PASSWORD.upper(), f"{SAMPLE_PASSWORD}1!"):
        for words in (("passwd", "cparks"), ("add", "other")):
            refused = user(*words, given=given)
            assert refused.exit_code == 1 and "too easy to guess" in " ".join(refused.output.split())
