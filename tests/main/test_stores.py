"""A city in a database: which words refuse one that cannot be used, and what the commands beside a node do with it."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from kaiteki.main.cli import app
from kaiteki.main.clock import SystemClock
from kaiteki.main.stores import STORE_VARIABLE, open_store
from postgres_server import PostgresServer, emptied, running_server

LAMP = {"id": "urn:ngsi-ld:Lamp:1", "type": "Lamp", "watts": {"type": "Property", "value": 40}}


@pytest.fixture
def server() -> PostgresServer:
    return running_server()


@pytest.fixture
async def url(server: PostgresServer) -> str:
    return await emptied(server)


@pytest.fixture
def fresh(server: PostgresServer) -> Iterator[str]:
    """A database in which nothing was ever made."""
    server.ask("CREATE DATABASE fresh")
    yield server.url("fresh")
    server.ask("DROP DATABASE fresh WITH (FORCE)")


def run(*words: str, code: int = 0) -> str:
    """A command in this process; what it printed."""
    done = CliRunner().invoke(app, list(words))
    assert done.exit_code == code, done.output
    return done.output


async def refusal(address: str, folder: Path) -> str:
    """The words with which a store is refused."""
    with pytest.raises(typer.BadParameter) as refused:
        await open_store(folder, SystemClock(), address)
    return str(refused.value)


async def test_what_is_no_address_of_a_database_is_refused(tmp_path: Path) -> None:
    assert "postgresql://user:password@host/database" in await refusal("mysql://host/town", tmp_path)


async def test_a_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("kaiteki.stores.postgres.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "asyncpg", None)
    assert await refusal("postgresql://host/town", tmp_path) == (
        "asyncpg is not installed: pip install 'kaiteki[postgres]'"
    )


async def test_a_server_or_database_that_is_not_there_is_said(server: PostgresServer, tmp_path: Path) -> None:
    nowhere = await refusal(f"postgresql://kaiteki@/town?host={tmp_path}", tmp_path)
    assert nowhere.startswith("the database cannot be reached: ")
    assert 'database "nothing" does not exist' in await refusal(server.url("nothing"), tmp_path)


async def test_a_database_of_another_version_is_left_alone(
    server: PostgresServer, fresh: str, tmp_path: Path
) -> None:
    store = await open_store(tmp_path, SystemClock(), fresh)
    await store.entities.close()
    server.ask("UPDATE kaiteki.made SET version=99", "fresh")
    assert "a newer Kaiteki (version 99" in await refusal(fresh, tmp_path)
    server.ask("UPDATE kaiteki.made SET version=0", "fresh")
    assert "of version 0, of which" in await refusal(fresh, tmp_path)


async def test_who_may_not_make_the_extension_is_told_what_to_ask_for(
    server: PostgresServer, tmp_path: Path
) -> None:
    server.ask("CREATE ROLE clerk LOGIN")
    server.ask("CREATE DATABASE bare OWNER clerk")
    told = await refusal(server.url("bare").replace("kaiteki@", "clerk@"), tmp_path)
    assert "CREATE EXTENSION postgis" in told
    assert server.ask("SELECT count(*) FROM pg_namespace WHERE nspname='kaiteki'", "bare") == "0"
    server.ask("DROP DATABASE bare WITH (FORCE)")
    server.ask("DROP ROLE clerk")


def test_commands_work_on_the_named_database(
    fresh: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(STORE_VARIABLE, fresh)
    lines, out, data = tmp_path / "lamps.ndjson", tmp_path / "out.ndjson", ("--data", str(tmp_path / "var"))
    lines.write_text(json.dumps(LAMP) + "\n")
    assert "holds no city" in run("doctor", *data, code=1)
    run("import", str(lines), "--city", "demo", *data)
    run("export", str(out), "--city", "demo", *data)
    told = json.loads(out.read_text())
    assert {name: told[name] for name in LAMP} == LAMP
    assert run("audit", "list", "--city", "demo", *data).endswith(f"\t{LAMP['id']}\n")
    run("user", "add", "robot", "--machine", *data)
    assert "robot" in run("user", "list", *data)
    doctor = run("doctor", *data)
    assert "kept in the database fresh" in doctor and doctor.endswith("All is well.\n")
    assert "pg_restore" in run("restore", str(tmp_path), *data, code=1)
    assert not (tmp_path / "var").exists(), "nothing of it lies in the data folder"
    copies = (str(tmp_path / "copies"), "--key-file", str(tmp_path / "key"))
    assert "files" in run("backup", *copies, *data)
    assert "holds a city already" in " ".join(run("restore", *copies, *data, code=1).split())
