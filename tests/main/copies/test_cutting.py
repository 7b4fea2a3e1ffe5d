"""Streams are cut by their content: the pieces are the stream, however it comes, and a change stays where it is."""

from __future__ import annotations

import random
from itertools import chain, pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from kaiteki.main.copies.chest import Chest
from kaiteki.main.copies.cutting import AT_ONCE_BYTES, PIECE_MAX_BYTES, PIECE_MIN_BYTES, Cutter

SIZE = 1_500_000
CHANGED_MAX = 12
"""Pieces that a change makes new: those around it, until both streams are cut at the same place again."""


def pieces_of(content: bytes, cuts: list[int] | None = None, key: bytes = b"k" * 32) -> list[bytes]:
    """The pieces of a stream that comes in parts."""
    cutter = Cutter(Chest(key))
    borders = sorted({0, len(content), *(one % (len(content) + 1) for one in cuts or ())})
    parts = (content[begin:end] for begin, end in pairwise(borders))
    return [*chain.from_iterable(map(cutter.feed, parts)), *cutter.finish()]


def noise(seed: int, size: int) -> bytes:
    return random.Random(seed).randbytes(size)


@given(st.integers(0, 3 * AT_ONCE_BYTES), st.lists(st.integers(0, 1 << 32), max_size=20), st.booleans())
def test_the_pieces_are_the_stream(size: int, cuts: list[int], same: bool) -> None:
    """Also of one that is the same byte throughout, which is cut nowhere by itself."""
    content = bytes(size) if same else noise(size, size)
    pieces = pieces_of(content, cuts)
    assert b"".join(pieces) == content
    assert all(PIECE_MIN_BYTES <= len(one) <= PIECE_MAX_BYTES for one in pieces[:-1])
    assert pieces == pieces_of(content)


@settings(max_examples=25)
@given(st.integers(0, SIZE), st.integers(0, 300), st.integers(0, 300))
def test_a_change_stays_where_it_is(place: int, gone: int, come: int) -> None:
    before = noise(1, SIZE)
    after = before[:place] + noise(2, come) + before[place + gone :]
    assert len(set(pieces_of(after)) - set(pieces_of(before))) <= CHANGED_MAX


def test_where_is_cut_is_told_by_the_key() -> None:
    content = noise(3, 1_000_000)
    assert {*map(len, pieces_of(content))} != {*map(len, pieces_of(content, key=b"o" * 32))}
