"""Lines whose records are all named by a hash, eight bytes each: a hash does not get smaller, and is found where it stands.

    mark │ length of the steps (4 bytes, big-endian) │ steps, packed │ hash of the first record, of the second, …

Steps are `gap step` for each record that does not stand one line below the one before it: how many records behind the last such one it
comes, and how many lines below the record before it. The text is that of `lines`, with tails of `:` and sixteen hexadecimal digits.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from typing import Final

MARK: Final = b"\x01"
"""The first byte; what is packed as text begins with that of zlib, 0x78."""
HASH_BYTES: Final = 8
STEPS_BYTES_MAX: Final = 800_000
"""Bytes of the text of the steps of one part; a writer makes half of it at most."""
HASHES_BYTES_MAX: Final = 800_000
_ALL: Final = re.compile(rb"(?:(?:[0-9]+ )?:[0-9a-f]{16}\n)+")
_EACH: Final = re.compile(rb"([0-9]*) ?:([0-9a-f]{16})\n")
_TAIL: Final = re.compile(r":[0-9a-f]{16}")
LEVEL: Final = 6


def pack_hashes(text: bytes) -> bytes | None:
    """A text of lines in this form; None where not every record of it is named by a hash."""
    if _ALL.fullmatch(text) is None:
        return None
    steps, hashes, last = bytearray(), bytearray(), -1
    for place, (step, digits) in enumerate(_EACH.findall(text)):
        hashes += digits
        if step:
            steps += b"%d %b\n" % (place - last, step)
            last = place
    told = zlib.compress(bytes(steps), LEVEL)
    return b"".join((MARK, len(told).to_bytes(4, "big"), told, bytes.fromhex(hashes.decode())))


def text_of(packed: bytes) -> str:
    """The text that was packed."""
    steps, hashes = _parts(packed)
    digits = hashes.hex()
    stepped = dict(_stepped(steps))
    return "".join(
        f"{stepped[place]} :{digits[at : at + 16]}\n" if place in stepped else f":{digits[at : at + 16]}\n"
        for place, at in enumerate(range(0, len(digits), 16))
    )


def line_of(packed: bytes, tail: str) -> int | None:
    """The line of a record by its tail, of several the last; None where it is in none."""
    if _TAIL.fullmatch(tail) is None:
        return None
    wanted = bytes.fromhex(tail[1:])
    steps, hashes = _parts(packed)
    at = hashes.rfind(wanted)
    while at % HASH_BYTES and at >= 0:
        # the bytes of two neighbours that happen to make a third hash
        at = hashes.rfind(wanted, 0, at + HASH_BYTES - 1)
    if at < 0:
        return None
    place = at // HASH_BYTES
    return place + 1 + sum(step - 1 for stepped, step in _stepped(steps) if stepped <= place)


def _parts(packed: bytes) -> tuple[bytes, bytes]:
    """Steps as text, and the hashes: no longer than a writer makes them, whatever was packed."""
    begin = len(MARK) + 4
    until = begin + int.from_bytes(packed[len(MARK) : begin], "big")
    steps = zlib.decompressobj().decompress(packed[begin:until], STEPS_BYTES_MAX)
    return steps, packed[until : until + HASHES_BYTES_MAX]


def _stepped(steps: bytes) -> Iterator[tuple[int, int]]:
    """The places of the records with a step, and their steps."""
    place = -1
    for told in steps.splitlines():
        gap, _, step = told.partition(b" ")
        place += int(gap)
        yield place, int(step)
