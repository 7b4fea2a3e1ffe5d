"""`kaiteki tiles`: an archive holds what everybody may see, tile by tile as a node answers it."""

from __future__ import annotations

import asyncio
import gzip
import struct
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kaiteki.main.cli import app
from kaiteki.main.clock import SystemClock
from kaiteki.main.stores import open_store
from kaiteki.model.entity import Json
from kaiteki.model.representation.applying import new_entity
from kaiteki.model.representation.parsing import parse_entity
from kaiteki.model.terms.compiling import core_context
from kaiteki.ports.entities import By, Change, Decision


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


async def put(data: Path) -> None:
    store = await open_store(data, SystemClock())
    now = SystemClock().now()
    told = [place("AED", n) for n in range(30)] + [place("Shelter", n) for n in range(3)]
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
    assert not target.exists()
