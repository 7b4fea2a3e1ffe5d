"""Credentials in memory."""

from __future__ import annotations

from collections.abc import Sequence

from kaiteki.ports.credentials import PAGE_CREDENTIALS, Credential


class MemoryCredentials:
    """Credentials by kind and value; see ports.credentials."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], Credential] = {}

    async def put(self, credential: Credential) -> None:
        """Keep one; ValueError when another account has it."""
        key = (credential.kind, credential.value)
        if key in self._kept and self._kept[key].account_id != credential.account_id:
            raise ValueError(f"another account has this {credential.kind}")
        self._kept[key] = credential

    async def get(self, kind: str, value: str) -> Credential | None:
        """The one of a kind and value."""
        return self._kept.get((kind, value))

    async def of(self, account_id: str, kind: str = "") -> Sequence[Credential]:
        """Those of an account, by kind and value."""
        own = (self._kept[key] for key in sorted(self._kept))
        return [one for one in own if one.account_id == account_id and kind in ("", one.kind)]

    async def remove(self, kind: str, value: str) -> bool:
        """Forget one; whether there was one."""
        return self._kept.pop((kind, value), None) is not None

    async def forget(self, account_id: str) -> None:
        """Forget all of an account."""
        self._kept = {key: one for key, one in self._kept.items() if one.account_id != account_id}

    async def list(
        self, kind: str, after_value: str = "", limit: int = PAGE_CREDENTIALS
    ) -> Sequence[Credential]:
        """Those of a kind behind a value, in order."""
        behind = sorted(key for key in self._kept if key[0] == kind and key[1] > after_value)
        return [self._kept[key] for key in behind[:limit]]
