"""Looking for malware in what people send: by clamd (INSTREAM, over a Unix socket or TCP) or by a command that reads the file.

`KAITEKI_SCAN` is `unix:/run/clamav/clamd.ctl` or `tcp:127.0.0.1:3310`; `KAITEKI_SCAN_COMMAND` a command line that gets the file on its
standard input and ends with 0 (nothing found) or 1 (found). When the scanner is away, files are refused; `KAITEKI_SCAN_AWAY=take` takes them.
"""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

import structlog

from kaiteki.ports.scanning import Scanner, ScannerAway

TIMEOUT_S: Final = 30.0
CHUNK_BYTES: Final = 65_536
ANSWER_SIZE_MAX_BYTES: Final = 4096
FOUND_LENGTH_MAX: Final = 200
FOUND: Final = 1
"""What a command ends with that found something."""


class BadScanner(ValueError):
    """The settings name a scanner that there cannot be."""


class Clamd:
    """A clamd at a Unix socket (`path`) or at a host and port."""

    def __init__(self, path: str = "", host: str = "", port: int = 0) -> None:
        self._path = path
        self._host = host
        self._port = port

    async def find(self, content: bytes) -> str:
        """What clamd found in a file. Raises ScannerAway."""
        try:
            async with asyncio.timeout(TIMEOUT_S):
                answer = await self._ask(content)
        except (OSError, TimeoutError) as error:
            raise ScannerAway(f"clamd: {type(error).__name__}") from None
        said = answer.rstrip(b"\0\n").decode("utf-8", "replace").removeprefix("stream: ")
        if said == "OK":
            return ""
        if said.endswith(" FOUND"):
            return said.removesuffix(" FOUND")[:FOUND_LENGTH_MAX] or "FOUND"
        raise ScannerAway(f"clamd answered {said[:FOUND_LENGTH_MAX]!r}")

    async def _ask(self, content: bytes) -> bytes:
        opening = (
            asyncio.open_unix_connection(self._path)
            if self._path
            else asyncio.open_connection(self._host, self._port)
        )
        reader, writer = await opening
        try:
            writer.write(b"zINSTREAM\0")
            for at in range(0, len(content), CHUNK_BYTES):
                part = content[at : at + CHUNK_BYTES]
                writer.write(len(part).to_bytes(4, "big") + part)
                await writer.drain()
            writer.write(bytes(4))
            await writer.drain()
            return await reader.read(ANSWER_SIZE_MAX_BYTES)
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()


class Command:
    """A command that reads a file from its standard input."""

    def __init__(self, line: str) -> None:
        self._words = shlex.split(line)

    async def find(self, content: bytes) -> str:
        """What the command says that it found. Raises ScannerAway."""
        pipe = asyncio.subprocess.PIPE
        try:
            process = await asyncio.create_subprocess_exec(
                *self._words, stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.DEVNULL
            )
        except OSError as error:
            raise ScannerAway(f"the command: {type(error).__name__}") from None
        try:
            async with asyncio.timeout(TIMEOUT_S):
                said, _ = await process.communicate(content)
        except (TimeoutError, OSError) as error:
            raise ScannerAway(f"the command: {type(error).__name__}") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode == 0:
            return ""
        if process.returncode == FOUND:
            return said.decode("utf-8", "replace").strip()[:FOUND_LENGTH_MAX] or "FOUND"
        raise ScannerAway(f"the command ended with {process.returncode}")


class Lenient:
    """A scanner whose absence stops nobody; the log says that nobody looked."""

    def __init__(self, scanner: Scanner) -> None:
        self._scanner = scanner

    async def find(self, content: bytes) -> str:
        """What was found; nothing where nobody looked."""
        try:
            return await self._scanner.find(content)
        except ScannerAway as away:
            structlog.get_logger("kaiteki.scan").warning("a file was taken unseen", why=str(away))
            return ""


def find_scanner(environ: Mapping[str, str]) -> Scanner | None:
    """The scanner that the settings name; None without any. Raises BadScanner."""
    where, line = environ.get("KAITEKI_SCAN", ""), environ.get("KAITEKI_SCAN_COMMAND", "")
    away = environ.get("KAITEKI_SCAN_AWAY", "refuse")
    if away not in ("refuse", "take"):
        raise BadScanner("KAITEKI_SCAN_AWAY is refuse or take")
    if where and line:
        raise BadScanner("KAITEKI_SCAN and KAITEKI_SCAN_COMMAND exclude each other")
    if not where and not line:
        return None
    scanner = Command(line) if line else _clamd(where)
    return Lenient(scanner) if away == "take" else scanner


def _clamd(where: str) -> Clamd:
    kind, _, rest = where.partition(":")
    host, _, port = rest.rpartition(":")
    if kind == "unix" and rest:
        return Clamd(path=rest)
    if kind == "tcp" and host and port.isdigit() and 0 < int(port) < 65536:
        return Clamd(host=host.strip("[]"), port=int(port))
    raise BadScanner("KAITEKI_SCAN is unix:PATH or tcp:HOST:PORT")
