"""Files that are whole or not there: written beside their place, on disk before they get their name."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Final

UNFINISHED: Final = ".part"
"""The end of names that are being written, of folders as of files."""
OWNER_ALONE: Final = 0o600


def lay(file: Path, content: bytes) -> None:
    """Give a file this content, for its owner alone; whoever reads it, also after a power cut, finds the old one or the new one."""
    unfinished = beside(file)
    try:
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ALONE), "wb") as out:
            out.write(content)
            settle(out.fileno())
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)
    settle_folder(file.parent)


def beside(file: Path) -> Path:
    """A name of its own for what becomes that file."""
    return file.with_name(f"{file.name}.{secrets.token_hex(4)}{UNFINISHED}")


def settle(handle: int) -> None:
    """Put what was written to an open file on disk."""
    os.fsync(handle)


def settle_folder(folder: Path) -> None:
    """Put the names in a folder on disk."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def sweep(folder: Path) -> None:
    """Remove what a killed command left half written. Only for who has the folder alone."""
    for left in folder.rglob(f"*{UNFINISHED}"):
        left.unlink(missing_ok=True)
