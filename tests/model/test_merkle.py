"""The tree of hashes against known answers and against the definition of RFC 9162, word by word."""

from __future__ import annotations

import random
from functools import cache
from hashlib import sha256

import pytest

from kaiteki.model.merkle import (
    EMPTY,
    Grown,
    consistency_ranges,
    inclusion_ranges,
    is_consistent,
    is_included,
    join_parts,
    leaf_hash,
    parts_of,
    perfect_root,
)

# Leaves and roots of the known-answer test of the Certificate Transparency project (merkletree_test of
# google/certificate-transparency, Apache-2.0); the numbers are facts of SHA-256 and of RFC 9162.
LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
SIZE_MAX = 200
PROOFS = 10_000


@cache
def leaf(place: int) -> bytes:
    return leaf_hash(str(place).encode())


@cache
def defined(first: int, end: int) -> bytes:
    """MTH of the leaves of a range, as section 2.1.1 defines it."""
    if end - first == 0:
        return sha256(b"").digest()
    if end - first == 1:
        return leaf(first)
    split = 1
    while split * 2 < end - first:
        split *= 2
    return sha256(b"\x01" + defined(first, first + split) + defined(first + split, end)).digest()


def path(place: int, first: int, end: int) -> list[bytes]:
    """PATH of section 2.1.3.1."""
    if end - first == 1:
        return []
    split = 1
    while split * 2 < end - first:
        split *= 2
    middle = first + split
    if place < middle:
        return [*path(place, first, middle), defined(middle, end)]
    return [*path(place, middle, end), defined(first, middle)]


def subproof(before: int, first: int, end: int, whole: bool) -> list[bytes]:
    """SUBPROOF of section 2.1.4.1."""
    if before == end:
        return [] if whole else [defined(first, end)]
    split = 1
    while split * 2 < end - first:
        split *= 2
    middle = first + split
    if before <= middle:
        return [*subproof(before, first, middle, whole), defined(middle, end)]
    return [*subproof(before, middle, end, False), defined(first, middle)]


def kept(ranges: list[tuple[int, int]]) -> list[bytes]:
    """The hashes of ranges, out of those of their parts alone."""
    hashes: list[bytes] = []
    for one in ranges:
        parts = [perfect_root([leaf(n) for n in range(p << w, (p + 1) << w)]) for w, p in parts_of(one)]
        hashes.append(join_parts(parts))
    return hashes


def test_the_known_roots() -> None:
    grown, roots = Grown(), list[str]()
    for content in LEAVES:
        grown.add(leaf_hash(bytes.fromhex(content)))
        roots.append(grown.root.hex())
    assert roots == ROOTS
    assert Grown().root == EMPTY == defined(0, 0)


def test_a_tree_grows_as_it_is_defined_and_goes_on_from_its_parts() -> None:
    grown = Grown()
    for size in range(SIZE_MAX):
        assert (grown.size, grown.root) == (size, defined(0, size))
        parts = [defined(place << width, (place + 1) << width) for width, place in parts_of((0, size))]
        again = Grown(parts, size)
        for one in (grown, again):
            one.add(leaf(size))
        assert again.root == grown.root
    with pytest.raises(ValueError, match="parts"):
        Grown([EMPTY], 3)


def test_ten_thousand_proofs_are_those_of_the_definition_and_hold() -> None:
    chance = random.Random(9162)
    for _ in range(PROOFS):
        size = chance.randint(1, SIZE_MAX)
        place, root = chance.randrange(size), defined(0, size)
        proof = path(place, 0, size)
        assert is_included(leaf(place), place, size, proof, root)
        before = chance.randint(1, size)
        growth = subproof(before, 0, size, True)
        assert is_consistent(before, size, growth, (defined(0, before), root))
        if chance.random() < 0.02:
            assert kept(inclusion_ranges(place, size)) == proof
            assert kept(consistency_ranges(before, size)) == growth


def test_no_other_proof_holds() -> None:
    chance = random.Random(6962)
    for _ in range(1500):
        size = chance.randint(2, SIZE_MAX)
        place, root, before = chance.randrange(size), defined(0, size), chance.randrange(1, size)
        proof, growth = path(place, 0, size), subproof(before, 0, size, True)
        spoilt = spoil(chance, proof)
        assert not is_included(leaf(place), place, size, spoilt, root)
        assert not is_included(leaf(place), (place + 1) % size, size, proof, root)
        assert not is_included(leaf(place + 1), place, size, proof, root)
        assert not is_included(leaf(place), place, size, proof[:-1], root)
        assert not is_included(leaf(place), place, size, [*proof, EMPTY], root)
        roots = (defined(0, before), root)
        assert not is_consistent(before, size, spoil(chance, growth), roots)
        assert not is_consistent(before, size, growth[:-1], roots)
        assert not is_consistent(before, size, [*growth, EMPTY], roots)
        assert not is_consistent(before, size, growth, (EMPTY, root))
        assert not is_consistent(before, size, growth, (roots[0], EMPTY))


def spoil(chance: random.Random, proof: list[bytes]) -> list[bytes]:
    """A proof with one bit turned."""
    spoilt = list(proof)
    at, bit = chance.randrange(len(proof)), chance.randrange(256)
    turned = int.from_bytes(spoilt[at], "big") ^ (1 << bit)
    spoilt[at] = turned.to_bytes(32, "big")
    return spoilt


def test_what_is_no_tree_is_refused() -> None:
    for place, size in ((0, 0), (3, 3), (-1, 2)):
        assert not is_included(leaf(0), place, size, [], leaf(0))
        with pytest.raises(ValueError, match="no leaf"):
            inclusion_ranges(place, size)
    for before, size in ((0, 2), (3, 2)):
        assert not is_consistent(before, size, [leaf(0)], (leaf(0), leaf(0)))
        with pytest.raises(ValueError, match="does not begin"):
            consistency_ranges(before, size)
    with pytest.raises(ValueError, match="no subtree"):
        parts_of((1, 3))
    with pytest.raises(ValueError, match="no perfect"):
        perfect_root([EMPTY] * 3)
    assert is_consistent(2, 2, [], (leaf(0), leaf(0))) and not is_consistent(2, 2, [], (leaf(0), leaf(1)))
