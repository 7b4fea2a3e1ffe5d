"""Scanners: a clamd that speaks its protocol on a real socket, a command, and what happens when nobody is there."""

from __future__ import annotations

import asyncio
import io
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pytest
from PIL import Image

from kaiteki.kit.engine import Asking
from kaiteki.kit.files.darkroom import Darkroom
from kaiteki.main import scanning
from kaiteki.main.scanning import BadScanner, Command, find_scanner
from kaiteki.model.decision import Refused
from kaiteki.ports.scanning import Scanner, ScannerAway
from town import RESIDENT_A, Town

EICAR: Final = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
"""The file that every scanner finds, and that does nothing."""


class Clamd:
    """Speaks INSTREAM as clamd does; `says` answers to a whole stream."""

    def __init__(self) -> None:
        self.streams: list[bytes] = []
        self.says: Callable[[bytes], bytes] = lambda content: (
            b"stream: Eicar-Test-Signature FOUND\0" if EICAR in content else b"stream: OK\0"
        )

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        try:
            assert await reader.readuntil(b"\0") == b"zINSTREAM\0"
            content = b""
            while length := int.from_bytes(await reader.readexactly(4), "big"):
                content += await reader.readexactly(length)
            self.streams.append(content)
            writer.write(self.says(content))
            await writer.drain()
        finally:
            writer.close()
            await writer.wait_closed()


@asynccontextmanager
async def clamd(path: Path | None = None) -> AsyncIterator[tuple[Clamd, Scanner]]:
    """A clamd and the scanner that asks it, over a Unix socket or TCP."""
    there = Clamd()
    if path is not None:
        server = await asyncio.start_unix_server(there.serve, path)
        where = f"unix:{path}"
    else:
        server = await asyncio.start_server(there.serve, "127.0.0.1", 0)
        where = f"tcp:127.0.0.1:{server.sockets[0].getsockname()[1]}"
    scanner = find_scanner({"KAITEKI_SCAN": where})
    assert scanner is not None
    try:
        yield there, scanner
    finally:
        server.close()
        await server.wait_closed()


@pytest.mark.parametrize("by", ["unix", "tcp"])
async def test_a_file_goes_to_clamd_whole(by: str, tmp_path: Path) -> None:
    async with clamd(tmp_path / "clamd.ctl" if by == "unix" else None) as (there, scanner):
        large = bytes(range(256)) * 1000
        assert [await scanner.find(one) for one in (large, b"", b"a" + EICAR)] == [
            "",
            "",
            "Eicar-Test-Signature",
        ]
        assert there.streams == [large, b"", b"a" + EICAR]


@pytest.mark.parametrize(
    "answer", [b"", b"INSTREAM size limit exceeded. ERROR\0", b"stream: x ERROR\0", b"\xff"]
)
async def test_what_is_no_answer_is_none(answer: bytes) -> None:
    async with clamd() as (there, scanner):
        there.says = lambda content: answer
        with pytest.raises(ScannerAway):
            await scanner.find(b"a")


async def test_nobody_waits_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "TIMEOUT_S", 0.1)
    over = asyncio.Event()

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await over.wait()
        writer.close()

    silent = await asyncio.start_server(hear, "127.0.0.1", 0)
    scanner = find_scanner({"KAITEKI_SCAN": f"tcp:127.0.0.1:{silent.sockets[0].getsockname()[1]}"})
    assert scanner is not None
    with pytest.raises(ScannerAway):
        await scanner.find(b"a")
    over.set()
    silent.close()
    await silent.wait_closed()
    with pytest.raises(ScannerAway):
        await Command("sleep 60").find(b"a")


COMMAND: Final = "import sys; content = sys.stdin.buffer.read(); found = b'EICAR' in content; print('Eicar' * found); sys.exit({end})"


async def test_a_command_says_by_how_it_ends() -> None:
    line = f'{sys.executable} -c "{COMMAND.format(end="1 if found else 0")}"'
    assert [await Command(line).find(one) for one in (b"a" * 200_000, EICAR)] == ["", "Eicar"]
    for broken in (f"{sys.executable} -c 'raise SystemExit(2)'", "/no/such/command"):
        with pytest.raises(ScannerAway):
            await Command(broken).find(b"a")


@pytest.mark.parametrize(
    "told",
    [
        {"KAITEKI_SCAN": "clamd"},
        {"KAITEKI_SCAN": "tcp:127.0.0.1"},
        {"KAITEKI_SCAN": "tcp:127.0.0.1:99999"},
        {"KAITEKI_SCAN": "unix:"},
        {"KAITEKI_SCAN": "unix:/a", "KAITEKI_SCAN_COMMAND": "true"},
        {"KAITEKI_SCAN": "unix:/a", "KAITEKI_SCAN_AWAY": "perhaps"},
    ],
)
def test_odd_settings_are_refused(told: dict[str, str]) -> None:
    assert find_scanner({}) is None
    with pytest.raises(BadScanner):
        find_scanner(told)


def photo(hidden: bytes = b"") -> bytes:
    """A photo, with something behind it."""
    picture = io.BytesIO()
    Image.new("RGB", (32, 24), "green").save(picture, "PNG")
    return picture.getvalue() + hidden


async def test_nothing_is_kept_of_what_a_scanner_finds_and_nothing_unseen() -> None:
    town = Town()
    asking = Asking("demo", RESIDENT_A)

    async def sent(content: bytes, scanner: Scanner | None) -> str:
        room = Darkroom(town.engine, town.store.files, town.store.received, scanner=scanner)
        kept = await room.keep(asking, content, "photos")
        return kept.faults[0].code if isinstance(kept, Refused) else "kept"

    async with clamd() as (there, scanner):
        assert await sent(photo(EICAR), scanner) == "malware"
        assert await sent(EICAR, scanner) == "malware"
        assert list(await town.store.received.held(10)) == []
        assert await sent(photo(), scanner) == "kept"
        assert len(there.streams) == 3
    away = {"KAITEKI_SCAN": "unix:/no/such/socket"}
    assert await sent(photo(b"1"), find_scanner(away)) == "not_scanned"
    assert await sent(photo(b"2"), find_scanner({**away, "KAITEKI_SCAN_AWAY": "take"})) == "kept"
    assert await sent(photo(EICAR), None) == "kept"
