"""What the core asks of whoever looks for malware in what people send."""

from __future__ import annotations

from typing import Protocol


class ScannerAway(Exception):
    """Nobody looked: the scanner is not there, does not answer in time, or answers what nobody understands."""


class Scanner(Protocol):
    """Looks for malware."""

    async def find(self, content: bytes) -> str:
        """What was found in a file, by name; empty where nothing was. Raises ScannerAway."""
        ...
