"""What the core asks of a store of files: content-addressed bytes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Files(Protocol):
    """Files of an area by the SHA-256 of their content. A file that was put stays until it is removed."""

    async def put(self, area: str, content: bytes) -> str:
        """Keep bytes durably; the answer is their digest (64 hex digits)."""
        ...

    async def get(self, area: str, digest: str) -> bytes | None:
        """The bytes, None when there are none."""
        ...

    async def held(self, limit: int) -> Sequence[tuple[str, str]]:
        """The areas and digests of at most so many files, in no order."""
        ...

    async def remove(self, area: str, digest: str) -> None:
        """Forget the bytes; no complaint when there are none."""
        ...
