"""The notary of a node: takes what was written to the log into its tree of hashes, and signs how the log stands.

It works behind the writers: it reads what is kept, so no write waits for it. What is behind its last leaf is not proven yet, what
is behind its last head not signed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final, Protocol

from kaiteki.broker.proving import root_of
from kaiteki.model.checkpoint import Checkpoint, Signature, key_id, note_of, read_note
from kaiteki.model.merkle import leaf_hash, perfect_root
from kaiteki.ports.clock import Clock
from kaiteki.ports.ledger import SALT_BYTES, TILE, Batch, Entry, Head, Leaf, Ledger, commitment
from kaiteki.ports.outage import StoreAway

PAUSE_S: Final = 2.0
"""How soon what was written is taken in."""
BREATH_S: Final = 0.005
"""What everything else has to itself between two batches of lines."""
FINISH_TIMEOUT_S: Final = 5.0
"""How long a node that stops waits for what is not taken in; the next one goes on."""
SIGNED_EVERY_S: Final = 3600
SIGNED_LINES: Final = 10_000
"""A head is signed after so long, or after so many lines."""


class Signer(Protocol):
    """Who signs heads: under a name, by a key of Ed25519."""

    @property
    def name(self) -> str: ...
    @property
    def public(self) -> bytes: ...
    def sign(self, text: bytes) -> bytes: ...

    def remembered(self) -> tuple[str, bytes] | None:
        """The note of the newest head, and its key, as kept outside the store; None where none is. ValueError: it cannot be read."""
        ...

    def remember(self, note: str, public: bytes) -> None:
        """Keep the note of a head and its key outside the store, durably, in the place of the one before."""
        ...


class Notary:
    """One at a time works on a log. `signer` is asked for when something is to be signed, `draw` gives so many random bytes."""

    def __init__(
        self, ledger: Ledger, clock: Clock, signer: Callable[[], Signer], draw: Callable[[int], bytes]
    ) -> None:
        self._ledger = ledger
        self._clock = clock
        self._signer = signer
        self._draw = draw
        self._seen = 0
        """The size of the newest head that was handed to the signer to be remembered, or could not be."""

    async def run(self, fell_behind: Callable[[BaseException], None]) -> None:
        """Take in and sign until cancelled; a store that is away, or a folder that takes no file, is tried again."""
        while True:
            await asyncio.sleep(PAUSE_S)
            try:
                await self.catch_up()
                await self.sign_in_time()
            except (StoreAway, OSError) as away:
                fell_behind(away)

    async def finish(self) -> None:
        """Take in and sign what is there, before the node stops; within FINISH_TIMEOUT_S."""
        with suppress(TimeoutError):
            async with asyncio.timeout(FINISH_TIMEOUT_S):
                await self.catch_up()
                await self.sign()

    async def catch_up(self) -> int:
        """Take in all lines that are kept by now; the answer is how many."""
        taken = 0
        while count := await self._take_some():
            taken += count
            await asyncio.sleep(BREATH_S)
        return taken

    async def sign_in_time(self) -> Head | None:
        """Sign where it is time to; the head, None where it is not."""
        size, heads = await self._ledger.size(), await self._ledger.heads(limit=1)
        if heads:
            await self._have_remembered(heads[0])
            waited_s = (self._clock.now() - heads[0].at) / 1_000_000
            if waited_s < SIGNED_EVERY_S and size - heads[0].size < SIGNED_LINES:
                return None
        return await self.sign()

    async def sign(self) -> Head | None:
        """Sign how the log stands; None where nothing was added since the last time."""
        size, heads = await self._ledger.size(), await self._ledger.heads(limit=1)
        if heads:
            await self._have_remembered(heads[0])
        if size == 0 or (heads and heads[0].size >= size):
            return None
        signer, at = self._signer(), self._clock.now()
        checkpoint = Checkpoint(signer.name, size, await root_of(self._ledger, size), at)
        signed = signer.sign(checkpoint.text.encode())
        signature = Signature(signer.name, key_id(signer.name, signer.public), signed)
        head = Head(size, at, note_of(checkpoint, (signature,)), signer.public)
        await self._ledger.sign(head)
        await self._have_remembered(head)
        return head

    async def _have_remembered(self, head: Head) -> None:
        """Have a head remembered outside the store, once it is kept in it: a node that is killed in between remembers an older one, which the
        store has too. A head that another node has signed is remembered as well."""
        if head.size <= self._seen:
            return
        signer = self._signer()
        if await self._goes_on(head, signer):
            await asyncio.to_thread(signer.remember, head.note, head.public)
        self._seen = head.size

    async def _goes_on(self, head: Head, signer: Signer) -> bool:
        """Whether a head is of this log and longer than what is remembered, which is of this log too: else who changed the store would have
        it forgotten. What is remembered then stays, and whoever checks the log hears of it."""
        try:
            known = signer.remembered()
            told = [read_note(note).checkpoint for note in ([known[0]] if known else []) + [head.note]]
        except ValueError:
            return False
        size = await self._ledger.size()
        for one in told:
            if one.size > size or await root_of(self._ledger, one.size) != one.root:
                return False
        return len(told) == 1 or told[0].size < told[1].size

    async def _take_some(self) -> int:
        """Take in lines up to the end of a tile; the answer is how many."""
        ledger = self._ledger
        first = await ledger.size()
        last = (await ledger.leaves(first - 1, 1))[0].number if first else 0
        entries = await ledger.lines(last, TILE - first % TILE)
        leaves = [self._leaf(entry) for entry in entries.lines]
        if not leaves:
            return 0
        tiles = await self._tiles(first, leaves)
        # where a line was emptied meanwhile, or another node was quicker, the next round reads anew
        await ledger.append(Batch(first, leaves, tiles), entries.erasing)
        return len(leaves)

    def _leaf(self, entry: Entry) -> Leaf:
        salt = self._draw(SALT_BYTES)
        return Leaf(entry.number, salt, leaf_hash(commitment(salt, entry.text)))

    async def _tiles(self, first: int, leaves: Sequence[Leaf]) -> list[tuple[int, int, bytes]]:
        """The tiles that leaves complete: one of a level, where it is complete, may complete one of the next."""
        tiles: list[tuple[int, int, bytes]] = []
        level, place = 0, first + len(leaves)
        fresh = [leaf.hash for leaf in leaves]
        while place % TILE == 0:
            before = TILE - len(fresh)
            kept = await self._ledger.tiles(level, place - TILE, before)
            level, place = level + 1, place // TILE
            fresh = [perfect_root([*kept, *fresh])]
            tiles.append((level, place - 1, fresh[0]))
        return tiles
