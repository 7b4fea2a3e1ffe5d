"""`kaiteki tiles`: an archive holds what everybody may see, tile by tile as a node answers it."""

from __future__ import annotations

import asyncio
import gzip
import json
import signal
import struct
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kaiteki.adapters.ogc.tiles.workpiece import Workpiece
from kaiteki.main.cli import app
from kaiteki.main.clock import SystemClock
from kaiteki.main.stores import open_store
from kaiteki.model.entity import Json
from kaiteki.model.representation.applying import new_entity
from kaiteki.model.representation.parsing import parse_entity
from kaiteki.model.terms.compiling import core_context
from kaiteki.ports.entities import By, Change, Decision

COUNTS = {"AED": 30, "Shelter": 3}


def run(*words: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, ["tiles", *words])
    assert done.exit_code == code, done.output
    return done.output


def place(kind: str, number: int) -> dict[str, Json]:
    at = {"type": "Point", "coordinates": [140.1 + number / 1000, 35.6]}
    return {
        "id": f"urn:ngsi-ld:{kind}:{number}",
        "type": kind,
        "name": {"type": "Property", "value": f"{kind}の{number}"},
        "location": {"type": "GeoProperty", "value": at},
        "secret": {"type": "Property", "value": "nobody sees this"},
    }


async def put(data: Path, kinds: Sequence[str] = ("AED", "Shelter"), first: int = 0) -> None:
    """Thirty AEDs and three shelters, or one of each kind of a number."""
    store = await open_store(data, SystemClock())
    now = SystemClock().now()
    told = [place(kind, n) for kind in kinds for n in range(first, first + 1 if first else COUNTS[kind])]
    new = [new_entity(parse_entity(one, core_context()), now) for one in told]
    await store.entities.change(
        "demo", [one.id for one in new], lambda _: Decision([Change(None, one) for one in new], None), By()
    )
    await store.entities.close()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    asyncio.run(put(folder))
    return folder


def body_of(target: Path) -> tuple[tuple[int, ...], bytes]:
    """The numbers of the header, and the bytes of the first tile."""
    told = target.read_bytes()
    assert told[:8] == b"PMTiles\x03"
    numbers = struct.unpack_from("<11Q", told, 8)
    first = told[numbers[6] : numbers[6] + numbers[7]]
    return numbers, gzip.decompress(first[: first.find(b"\x1f\x8b\x08", 4)] if numbers[10] > 1 else first)


def test_a_collection_is_written_with_what_everybody_sees(data: Path, tmp_path: Path) -> None:
    target = tmp_path / "aed.pmtiles"
    said = run(str(target), "--collection", "AED", "--city", "demo", "--zoom", "0-3", "--data", str(data))
    assert "4 tiles" in said
    numbers, body = body_of(target)
    assert numbers[8] == 4
    assert "AEDの29".encode() in body
    assert b"nobody sees this" not in body
    assert b"Shelter" not in body
    told = json.loads(gzip.decompress(target.read_bytes()[numbers[2] : numbers[2] + numbers[3]]))
    assert told["attribution"] == "見本市"
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.parametrize(
    "words",
    [
        ("--collection", "Nothing"),
        ("--collection", "Report", "--zoom", "5-3"),
        ("--collection", "AED", "--zoom", "0-99"),
        ("--collection", "AED", "--zoom", "x"),
    ],
)
def test_what_cannot_be_written_is_refused(data: Path, tmp_path: Path, words: tuple[str, ...]) -> None:
    target = tmp_path / "none.pmtiles"
    run(str(target), *words, "--city", "demo", "--data", str(data), code=2)
    assert not target.exists()


def test_too_many_tiles_are_refused(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kaiteki.main.tiles_command.TILES_MAX", 20)
    target = tmp_path / "many.pmtiles"
    said = run(
        str(target), "--collection", "AED", "--city", "demo", "--zoom", "0-14", "--data", str(data), code=2
    )
    assert "tiles" in said
    assert list(tmp_path.glob("many*")) == []


KILLED = """
import os, signal, sys
from kaiteki.adapters.ogc.tiles import workpiece
from kaiteki.adapters.ogc.tiles.workpiece import Workpiece
from kaiteki.main.cli import app

workpiece.COMMIT_TILES = 4
commits, at, where = [], int(sys.argv[1]), sys.argv[2]
to_disk, keep = workpiece._to_disk, workpiece.Workpiece.commit

def kill():
    os.kill(os.getpid(), signal.SIGKILL)

def commit(self):
    commits.append(1)
    keep(self)
    if len(commits) == at and where == "after":
        kill()

def half(file):
    to_disk(file)
    if len(commits) == at and where == "between":
        kill()

workpiece.Workpiece.commit, workpiece._to_disk = commit, half
app(sys.argv[3:])
"""
WORDS = ("--collection", "AED", "--city", "demo", "--zoom", "0-14")


def run_until_killed(target: Path, data: Path, at: int, where: str) -> None:
    """The command in a process of its own, which ends by SIGKILL in the middle."""
    words = [str(at), where, "tiles", str(target), *WORDS, "--data", str(data)]
    killed = subprocess.run([sys.executable, "-c", KILLED, *words], capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert not target.exists()


def test_a_run_that_was_killed_is_gone_on_with_to_the_same_bytes(data: Path, tmp_path: Path) -> None:
    """Behind a commit, then between tiles and their rows; with a row and a tile that were half written."""
    whole, target = tmp_path / "whole.pmtiles", tmp_path / "aed.pmtiles"
    run(str(whole), *WORDS, "--data", str(data))
    run_until_killed(target, data, 2, "after")
    run_until_killed(target, data, 2, "between")
    for name, torn in (("journal", b"half a row"), ("part", b"half a tile")):
        with target.with_name(f"aed.pmtiles.{name}").open("ab") as file:
            file.write(torn)
    said = run(str(target), *WORDS, "--data", str(data))
    assert "stopped after 12 tiles; going on" in said
    assert target.read_bytes() == whole.read_bytes()
    assert sorted(one.name for one in tmp_path.glob("*.pmtiles*")) == ["aed.pmtiles", "whole.pmtiles"]


def test_other_data_other_levels_and_damage_are_begun_anew(data: Path, tmp_path: Path) -> None:
    target = tmp_path / "aed.pmtiles"
    run_until_killed(target, data, 2, "after")
    left = {name: target.with_name(f"aed.pmtiles.{name}").read_bytes() for name in ("part", "journal")}

    def again(*words: str, **other: bytes) -> str:
        """Run the command over what the killed run left, or something else in its place."""
        for name, told in (left | other).items():
            target.with_name(f"aed.pmtiles.{name}").write_bytes(told)
        return run(str(target), *words, "--data", str(data))

    def turned(name: str, at: int) -> bytes:
        return left[name][:at] + bytes([left[name][at] ^ 1]) + left[name][at + 1 :]

    assert "has changed" in again(*WORDS[:-1], "0-13")
    assert "going on" in again(*WORDS)
    whole = target.read_bytes()
    for damage in ({"part": turned("part", 100)}, {"journal": turned("journal", -20)}, {"part": b""}):
        assert "is damaged" in again(*WORDS, **damage)
        assert target.read_bytes() == whole
    asyncio.run(put(data, ("Shelter",), 31))
    assert "going on" in again(*WORDS), "what the tiles do not show does not matter"
    asyncio.run(put(data, ("AED",), 31))
    assert "has changed" in again(*WORDS)
    assert target.read_bytes() != whole


def test_one_file_is_written_by_one_run(data: Path, tmp_path: Path) -> None:
    target = tmp_path / "aed.pmtiles"
    other = Workpiece(target, b"0" * 16)
    try:
        assert "another run" in run(str(target), *WORDS, "--data", str(data), code=2)
    finally:
        other.close()
    assert "has changed" in run(str(target), *WORDS, "--data", str(data))
