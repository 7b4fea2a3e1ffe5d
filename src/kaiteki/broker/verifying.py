"""Checking a log: every line against its leaf, every leaf against the roots that were signed. It needs no secret and changes nothing.

What is found: a line that was changed, taken out or put in, a head that is not of this log, a signature that is not of its key, a key that nobody knows. What
cannot be found: what whoever holds the machine did to lines behind the newest head that somebody else has seen.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Final, TypeAlias

import msgspec

from kaiteki.broker.proving import edge_of, root_of
from kaiteki.model.checkpoint import Checkpoint, key_id, read_note, verifier_key
from kaiteki.model.instant import format_instant
from kaiteki.model.merkle import EMPTY, Grown, perfect_root
from kaiteki.ports.ledger import (
    CHANGE,
    ERASED,
    LINES_MAX,
    READ,
    TILE,
    Entry,
    Leaf,
    Ledger,
    commitment,
    erasing_of,
    is_commitment,
    retirement_of,
)

IsSigned: TypeAlias = Callable[[bytes, bytes, bytes], bool]
"""Whether a key (its public half) has made a signature over a text."""
FAULTS_MAX: Final = 100
"""Faults that are told; behind them nothing is looked at."""
RETOLD_MAX: Final = 8
"""How often a stretch of lines may have been said to be let go: a node that was killed in between says it again."""
_DELETIONS: Final = (b'["deleted",', b'["corrected",')


class Fault(msgspec.Struct, frozen=True):
    """What is wrong, with the number of the line where it shows (0: with a head or the tree as a whole).

    `end`: it is somewhere from that line up to this one (0: in that line).
    """

    number: int
    what: str
    end: int = 0

    @property
    def order(self) -> tuple[bool, int]:
        """Lines that are known come first."""
        return bool(self.end) or not self.number, self.number


class Verdict(msgspec.Struct, frozen=True):
    """What was found: how many leaves were checked of how many, how many the newest head signs, how many lines are behind the last leaf,
    how many were emptied by erasures, how many reads were let go; and the faults, lines that are known first."""

    checked: int
    size: int
    signed: int
    unproven: int
    emptied: int
    faults: Sequence[Fault]
    retired: int = 0

    @property
    def unsigned(self) -> int:
        """How many lines no head covers."""
        return max(self.size - self.signed, 0) + self.unproven


async def oldest_unsigned(ledger: Ledger, signed: int) -> Entry | None:
    """The first line behind so many leaves; None where there is none."""
    leaves = await ledger.leaves(signed - 1, 1) if signed else ()
    lines = (await ledger.lines(leaves[0].number if leaves else 0, 1)).lines
    return lines[0] if lines else None


class Verification:
    """One check of a log, from so many leaves on."""

    def __init__(
        self, ledger: Ledger, is_signed: IsSigned, since: int = 0, known: frozenset[bytes] | None = None
    ) -> None:
        """`known` are the keys that may have signed heads; None: whichever key stands beside a head."""
        self._known = known
        self._strangers: set[bytes] = set()
        self._ledger = ledger
        self._is_signed = is_signed
        self._since = since
        self._size = 0
        self._begin = 0
        """The last line that is not looked at."""
        self._good = 0
        """The last line under a head whose root is that of the lines."""
        self._faults: list[Fault] = []
        self._heads: dict[int, list[Checkpoint]] = {}
        self._doubtful: set[int] = set()
        """Lines that are not as their leaves say; a later one may say why."""
        self._named: dict[int, tuple[int, str]] = {}
        self._causes: dict[int, tuple[int, ...]] = {}
        """Lines of erasings, with the events that they name."""
        self._retired: list[range] = []
        """Lines that were let go, as lines behind them say."""
        self._retired_count = 0
        self._root = EMPTY

    async def run(
        self,
        saved: Sequence[tuple[str, bytes]] = (),
        told: Callable[[int, int], None] = lambda done, size: None,
        remembered: tuple[str, bytes] | None = None,
    ) -> Verdict:
        """Check. `saved` are notes from elsewhere with the key of each; `told` hears how many leaves of how many are done; `remembered` is
        the newest head that is kept outside the store, read before: the store is to have one at least as long."""
        ledger = self._ledger
        # in this order, a head that is signed meanwhile is not taken for one over lines that are gone
        newest = await ledger.heads(limit=1)
        self._size = await ledger.size()
        if self._since:
            self._begin = self._good = (await ledger.leaves(self._since - 1, 1))[0].number
        signed = newest[0].size if newest else 0
        await self._read_heads(signed + 1)
        for note, public in saved:
            await self._read_saved(note, public, "the saved head")
        if remembered is not None:
            await self._read_remembered(*remembered, signed)
        last = await self._walk(told)
        unproven = 0
        async for entry in self._behind(last):
            unproven += 1
            self._heed(entry)
        await self._settle()
        if not self._faults and self._size and await root_of(ledger, self._size) != self._root:
            self._say(0, "the kept hashes of the tree are not those of its leaves")
        faults = sorted(self._faults, key=lambda fault: fault.order)[:FAULTS_MAX]
        checked = self._size - self._since
        return Verdict(checked, self._size, signed, unproven, len(self._named), faults, self._retired_count)

    def _say(self, number: int, what: str, end: int = 0) -> None:
        self._faults.append(Fault(number, what, end))

    # Heads -----------------------------------------------------------------------------------------------------------

    async def _read_heads(self, before: int) -> None:
        """Check the signatures of all heads that are kept of fewer leaves."""
        while heads := await self._ledger.heads(before, LINES_MAX):
            for head in heads:
                checkpoint = self._read(head.note, head.public, f"the head over {head.size} lines")
                if checkpoint is None:
                    continue
                if checkpoint.size != head.size:
                    self._say(0, f"the head over {head.size} lines is one over {checkpoint.size}")
                # a note tells its time in words, which is as fine as lines tell theirs
                if format_instant(checkpoint.at) != format_instant(head.at):
                    signed_at, kept_at = format_instant(checkpoint.at), format_instant(head.at)
                    self._say(
                        0,
                        f"the head over {head.size} lines was signed at {signed_at}; beside it stands {kept_at}",
                    )
            before = heads[-1].size

    async def _read_saved(self, note: str, public: bytes, name: str) -> Checkpoint | None:
        checkpoint = self._read(note, public, name)
        if checkpoint is None or checkpoint.size >= self._since:
            return checkpoint
        if await root_of(self._ledger, checkpoint.size) != checkpoint.root:
            self._say(0, f"the log does not begin with that of {name}")
        return checkpoint

    async def _read_remembered(self, note: str, public: bytes, signed: int) -> None:
        """Heads that were taken out of the store are found by what is remembered outside it."""
        checkpoint = await self._read_saved(note, public, "the head that the node remembers")
        if checkpoint is not None and checkpoint.size > signed:
            kept = (
                f"the newest head in the store is over {signed} lines" if signed else "the store has no head"
            )
            self._say(0, f"{kept}; the node remembers one over {checkpoint.size}: heads were taken out")

    def _read(self, note: str, public: bytes, name: str) -> Checkpoint | None:
        """A checkpoint whose signature is right, to be compared when the walk gets there."""
        try:
            read = read_note(note)
        except ValueError as wrong:
            self._say(0, f"{name} cannot be read: {wrong}")
            return None
        checkpoint = read.checkpoint
        if self._known is not None and public not in self._known:
            if public not in self._strangers:
                self._strangers.add(public)
                key = verifier_key(checkpoint.origin, public)
                self._say(0, f"{name} is signed by a key that is not known here: {key}")
            return None
        if not any(
            one.key_id == key_id(one.name, public)
            and self._is_signed(public, one.signed, checkpoint.text.encode())
            for one in read.signatures
        ):
            self._say(0, f"{name} is not signed by its key")
            return None
        if checkpoint.size > self._size:
            self._say(0, f"{name} is over {checkpoint.size} lines; the log has {self._size}")
            return None
        self._heads.setdefault(checkpoint.size, []).append(checkpoint)
        return checkpoint

    # Lines -----------------------------------------------------------------------------------------------------------

    async def _walk(self, told: Callable[[int, int], None]) -> int:
        """Look at every leaf and its line; the answer is the last line that has a leaf."""
        grown = Grown(await edge_of(self._ledger, self._since), self._since)
        last = self._begin
        self._compare(grown, last)
        while grown.size < self._size and len(self._faults) < FAULTS_MAX:
            first = grown.size
            leaves = await self._ledger.leaves(first, min(TILE - first % TILE, self._size - first))
            if not leaves or leaves[0].number <= last:
                self._say(last, "the leaves behind this line are not in order")
                break
            await self._look(last, leaves)
            for leaf in leaves:
                grown.add(leaf.hash)
                self._compare(grown, leaf.number)
            if len(leaves) == TILE:
                await self._look_at_tile(first // TILE, leaves)
            last = leaves[-1].number
            told(grown.size, self._size)
            await asyncio.sleep(0)
        self._root = grown.root
        return last

    def _compare(self, grown: Grown, number: int) -> None:
        """Compare the root with those that were signed at this size."""
        for head in self._heads.get(grown.size, ()):
            if head.root == grown.root:
                self._good = number
            else:
                when = format_instant(head.at)
                self._say(
                    self._good + 1, f"something up to line {number} is not as it was signed at {when}", number
                )
                self._heads.clear()
                return

    async def _look(self, last: int, leaves: Sequence[Leaf]) -> None:
        """Compare leaves with their lines."""
        lines = {entry.number: entry async for entry in self._behind(last, leaves[-1].number)}
        for leaf in leaves:
            entry = lines.pop(leaf.number, None)
            if entry is None or not is_commitment(leaf, entry.text):
                self._doubtful.add(leaf.number)
            if entry is not None:
                self._heed(entry)
        for number in lines:
            self._say(number, "this line was put in afterwards: no leaf knows it")

    async def _look_at_tile(self, place: int, leaves: Sequence[Leaf]) -> None:
        kept = await self._ledger.tiles(1, place, 1)
        if list(kept) != [perfect_root([leaf.hash for leaf in leaves])]:
            end = leaves[-1].number
            self._say(leaves[0].number, f"the kept hash of the lines up to {end} is not theirs", end)

    async def _behind(self, last: int, end: int = 2**62) -> AsyncIterator[Entry]:
        """Lines behind a number, up to another one."""
        while entries := (await self._ledger.lines(last, TILE)).lines:
            for entry in entries:
                if entry.number > end:
                    return
                yield entry
            last = entries[-1].number
            if last >= end:
                return

    def _heed(self, entry: Entry) -> None:
        """Take in what a line says of lines before it."""
        if entry.what == ERASED and (erasing := erasing_of(entry)) is not None:
            self._named.update(
                (one.number, (entry.number, one.left)) for one in erasing.lines if one.number < entry.number
            )
            self._causes[entry.number] = erasing.causes
        elif entry.what == READ and (read := retirement_of(entry)):
            if any(one.stop > entry.number for one in read):
                self._say(entry.number, "this line says that lines behind it were let go")
            else:
                self._retired += read

    # What later lines say of earlier ones ----------------------------------------------------------------------------

    async def _settle(self) -> None:
        """Look again at lines that are not as their leaves say, and at those that an erasure is said to have emptied."""
        self._retired.sort(key=lambda one: one.start)
        named = {number for number in self._named if number > self._begin}
        for number in sorted(self._doubtful | named):
            if len(self._faults) >= FAULTS_MAX:
                return
            await self._settle_one(number)
        for number, causes in self._causes.items():
            for cause in causes:
                if not await self._is_deletion(cause, number):
                    self._say(number, f"this line tells of an erasure by event {cause}, which erased nothing")

    async def _settle_one(self, number: int) -> None:
        place = await self._ledger.place_of(number)
        leaves = await self._ledger.leaves(place, 1) if place is not None else ()
        found = (await self._ledger.lines(number - 1, 1)).lines
        if not found or found[0].number != number or not leaves:
            if leaves and self._is_retired(number):
                self._retired_count += 1
            else:
                self._say(number, "this line is gone")
            return
        leaf, text = leaves[0], found[0].text
        if number in self._named:
            erasing, left = self._named[number]
            if commitment(leaf.salt, text).hex() != left:
                self._say(number, f"this line is not what the erasure of line {erasing} left of it")
        elif not is_commitment(leaf, text):
            self._say(number, "this line was changed")

    def _is_retired(self, number: int) -> bool:
        """Whether a line says that this one was let go."""
        place = bisect_right(self._retired, number, key=lambda one: one.start)
        return any(number in one for one in self._retired[max(0, place - RETOLD_MAX) : place])

    async def _is_deletion(self, event: int, before: int) -> bool:
        """Whether the decision of an event has deleted something, or forgotten the past of what was gone."""
        found = (await self._ledger.lines(event - 1, 1)).lines
        return (
            bool(found)
            and found[0].what == CHANGE
            and found[0].number < before
            and any(one in found[0].text for one in _DELETIONS)
        )
