"""Files in a folder, by the SHA-256 of their content: `<area>/<two digits>/<the other 62>`."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote

DIGEST_LENGTH: Final = 64
FILE_MODE: Final = 0o600
"""Photos and uploads are for the owner of the folder alone."""


class FolderFiles:
    """Content-addressed files below a folder; see ports.files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _path(self, area: str, digest: str) -> Path | None:
        """Where a file lies; None when the digest is none."""
        if len(digest) != DIGEST_LENGTH or not set(digest) <= set("0123456789abcdef"):
            return None
        return self._folder / quote(area, safe="").replace(".", "%2E") / digest[:2] / digest[2:]

    async def put(self, area: str, content: bytes) -> str:
        """Keep bytes; they and their folder are on disk before the answer."""
        digest = sha256(content).hexdigest()
        path = self._path(area, digest)
        if path is not None:
            await asyncio.to_thread(_write, path, content)
        return digest

    async def get(self, area: str, digest: str) -> bytes | None:
        """The bytes, None when there are none."""
        path = self._path(area, digest)
        return None if path is None else await asyncio.to_thread(_read, path)

    async def held(self, limit: int) -> Sequence[tuple[str, str]]:
        """The first so many files that the folder names."""
        return await asyncio.to_thread(_held, self._folder, limit)

    async def remove(self, area: str, digest: str) -> None:
        """Forget the bytes."""
        path = self._path(area, digest)
        if path is not None:
            await asyncio.to_thread(path.unlink, missing_ok=True)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _held(folder: Path, limit: int) -> list[tuple[str, str]]:
    found = (file for file in folder.glob("*/??/*") if len(file.name) == DIGEST_LENGTH - 2)
    return [(unquote(file.parent.parent.name), file.parent.name + file.name) for file in islice(found, limit)]


def _write(path: Path, content: bytes) -> None:
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.{id(content)}.part")
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE_MODE), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    for folder in (path.parent, path.parent.parent, path.parent.parent.parent):
        _sync(folder)


def _sync(folder: Path) -> None:
    """Make the names in a folder durable."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
