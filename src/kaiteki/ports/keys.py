"""What the core asks of keys: a ring of wrapped ones, a key for each holder, and the key-encryption key that wraps them.

The ring is kept apart from the city, and copies of the city never hold it: a key that is gone from the ring is gone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from kaiteki.model.instant import Instant


class KeptKey(msgspec.Struct, frozen=True):
    """A wrapped key. `id` stands in what it sealed and says nothing of the holder; `kek` names the key that wrapped it.

    `holder` is an id by which a service knows somebody (an account, a pairwise id, a browser), or what the node itself has a key for.
    """

    id: str
    holder: str
    wrapped: bytes
    kek: str
    made_at: Instant = Instant(0)


class Tombstone(msgspec.Struct, frozen=True):
    """What is left of keys that were destroyed: when, at whose order (an account id of staff, `holder`, `operator`), on what ground, how many.

    `who` is the id of the account, browser or device that was erased: it leads to nothing in the city, but in data from before it finds
    what is to be erased there again. `number` is the place of the tombstone, given by the ring.
    """

    at: Instant
    by: str
    ground: str
    count: int
    who: str = ""
    number: int = 0


class UnknownKek(Exception):
    """A key was wrapped by a key-encryption key that is not at hand, or its bytes were changed."""


class Kek(Protocol):
    """The key-encryption key: a file, a token (PKCS#11), a KMS. What wraps never leaves it. Each may raise KeysAway (ports.outage)."""

    @property
    def at_once(self) -> int:
        """How many keys it may be asked to wrap or unwrap at the same time; 1 where it makes nobody wait."""
        ...

    async def name(self) -> str:
        """Of the key that wraps now; those that wrapped before may still unwrap."""
        ...

    async def wrap(self, key: bytes, bound: bytes) -> tuple[str, bytes]:
        """A key of 32 bytes, wrapped and bound to what it is for; before it the name of the key that wrapped."""
        ...

    async def unwrap(self, wrapped: bytes, bound: bytes, kek: str) -> bytes:
        """What `wrap` was given; raises UnknownKek."""
        ...


class KeyRing(Protocol):
    """The wrapped keys of a node or of all nodes on one store. Everything is durable before it returns."""

    async def put(self, keys: Sequence[KeptKey]) -> None:
        """Keep keys; whoever has one already keeps that, so that of two who make one at once one wins."""
        ...

    async def find(self, holders: Sequence[str] = (), ids: Sequence[str] = ()) -> Sequence[KeptKey]:
        """The keys of holders, and those of some ids; those that do not exist are left out."""
        ...

    async def list(self, after_id: str = "", limit: int = 500) -> Sequence[KeptKey]:
        """Keys behind an id, in order of ids."""
        ...

    async def replace(self, keys: Sequence[KeptKey]) -> None:
        """Put newly wrapped keys in the place of those with the same id; those that are gone meanwhile stay gone."""
        ...

    async def destroy(self, holders: Sequence[str], tombstone: Tombstone) -> int:
        """Destroy the keys of holders, so that no byte of them is left in the ring; how many there were.

        The tombstone is kept, with that number, where there was one or where it says who was erased.
        """
        ...

    async def tombstones(self) -> Sequence[Tombstone]:
        """What was destroyed, oldest first."""
        ...

    async def shared_kek(self, text: Mapping[str, str]) -> Mapping[str, str]:
        """The key-encryption keys that nodes on one store share where no better place was given; `text` where there are none yet.

        A ring that is a file has none and answers `text`.
        """
        ...
