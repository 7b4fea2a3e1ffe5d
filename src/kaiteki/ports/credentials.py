"""What the core asks of the register of credentials: by what an account is known, besides its password.

A credential is found by its kind and its value, and belongs to one account. What its body says is the business of whoever made it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

import msgspec

from kaiteki.model.instant import Instant

PAGE_CREDENTIALS: Final = 100


class Credential(msgspec.Struct, frozen=True):
    """One thing by which an account is known.

    Kinds (value): `passkey` (id of the credential), `totp`, `recovery`, `subject` (issuer and subject at a provider), `pairwise`
    (the id by which a service knows the account, the service in the body), `api_key`, `client`, `mandate`, `browser` (one the account
    signed in at before), … `used_at` is 0 for one that was never used.
    """

    kind: str
    value: str
    account_id: str
    body: bytes = b""
    created_at: Instant = Instant(0)
    used_at: Instant = Instant(0)


class Credentials(Protocol):
    """The register of credentials of a node."""

    async def put(self, credential: Credential) -> None:
        """Keep one durably, by kind and value; raises ValueError when another account has it."""
        ...

    async def get(self, kind: str, value: str) -> Credential | None: ...

    async def of(self, account_id: str, kind: str = "") -> Sequence[Credential]:
        """Those of an account, of one kind where one is named, by kind and value."""
        ...

    async def remove(self, kind: str, value: str) -> bool:
        """Forget one; whether there was one. Of several that try at once, one is told so."""
        ...

    async def forget(self, account_id: str) -> None:
        """Forget all of an account."""
        ...

    async def list(
        self, kind: str, after_value: str = "", limit: int = PAGE_CREDENTIALS
    ) -> Sequence[Credential]:
        """Those of a kind behind a value, in order of values (by code points)."""
        ...
