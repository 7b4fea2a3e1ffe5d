"""Inputs that nobody meant: good ones, cut, doubled, mixed, turned over; the same for the same seed."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from random import Random
from typing import Any, Final

SIZE_MAX_BYTES: Final = 60_000
ODD: Final = (
    *(b"", b"\x00", b"\xff", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\xf4\x90\x80\x80", b"\r\n", b"\n", b"\t", b" "),
    *(b'"', b"'", b"\\", b"\\u0000", b"\\ud800", b"(", b")", b"[", b"]", b"{", b"}", b"<", b">", b"|", b";", b","),
    *(b"..", b"==", b"~=", b"!=", b"&", b"%", b"%00", b"%ff", b"#", b"?", b"/", b"/../", b"@", b"$", b"${a}", b"*"),
    *(b"-1", b"0", b"00", b"1e999", b"-0", b"NaN", b"null", b"true", b"9" * 40, b"9" * 400, b"1e-400", b"0x1", b"1_000"),
    *("１２".encode(), "。".encode(), "\u202e".encode(), "\u0130".encode(), "ß".encode(), b"\xc2\x85", b"\xe2\x80\xa8"),
    *(b"urn:ngsi-ld:null", b"@context", b"@type", b"@none", b"0000-00-00", b"9999-12-31T23:59:60Z", b"0001-01-01T00:00:00Z"),
)  # fmt: skip
"""What often stands where readers stumble."""


def mutate(seeds: Sequence[bytes], words: Sequence[bytes], random: Random) -> bytes:
    """One of the seeds, changed in one to six places."""
    text = bytearray(random.choice(seeds))
    for _ in range(random.choice((1, 1, 1, 2, 4))):
        at = random.randrange(len(text) + 1)
        to = min(len(text), at + random.choice((1, 1, 2, 4, 8, 40)))
        match random.randrange(8):
            case 0:
                text[at:at] = random.choice(ODD)
            case 1:
                text[at:at] = random.choice(words) if words else b""
            case 2:
                del text[at:to]
            case 3:
                text[at:to] = text[at:to] * random.choice((2, 3, 20, 400))
            case 4 if text:
                text[min(at, len(text) - 1)] ^= 1 << random.randrange(8)
            case 5:
                text[at:to] = random.choice((*ODD, *words))
            case 6:
                other = random.choice(seeds)
                text[at:] = other[random.randrange(len(other) + 1) :]
            case _:
                text[at:at] = bytes(random.randrange(256) for _ in range(random.randint(1, 4)))
        del text[SIZE_MAX_BYTES:]
    return bytes(text)


VALUES: Final[tuple[Any, ...]] = (
    *(None, True, False, 0, -1, 1, 1.5, 1e308, -1e-320, 10**30, 10**400, "", " ", "a", "@context", "@id", "@type"),
    *("urn:ngsi-ld:null", "urn:x:y", "http://a.example/", "2026-04-01T00:00:00Z", "P1Y", "PT0S", "\u0000", "\ud800", "ａ"),
    *("a" * 3000, [], {}, [[]], [[[[[[[[[[]]]]]]]]]], {"": {}}, {"@value": 1}, {"@type": "DateTime", "@value": "x"}),
    *({"type": "Property"}, {"type": "Property", "value": None}, {"type": "Relationship", "object": "x"}, [1, "a", None]),
    *({"type": "Point", "coordinates": [200, 100]}, {"type": "Polygon", "coordinates": [[[0, 0]]]}, {"@none": "a"}),
)  # fmt: skip
"""What nobody expects where it stands."""


def mutate_json(document: Any, random: Random) -> Any:
    """A document with one to four of its parts replaced, doubled, moved, renamed or left out."""
    made = copy.deepcopy(document)
    for _ in range(random.randint(1, 4)):
        spots = list(_spots(made))
        if not spots:
            return random.choice(VALUES)
        holder, key = random.choice(spots)
        other, source = random.choice(spots)
        match random.randrange(6):
            case 0:
                del holder[key]
            case 1:
                holder[key] = copy.deepcopy(other[source])
            case 2 if isinstance(holder, dict):
                holder[random.choice([one for _, one in spots if isinstance(one, str)] or ["a"])] = holder[
                    key
                ]
            case 3:
                holder[key] = [holder[key]] * random.choice((1, 2, 30))
            case 4 if isinstance(holder[key], str):
                holder[key] = mutate([holder[key].encode("utf-8", "replace")], (), random).decode(
                    "utf-8", "replace"
                )
            case _:
                holder[key] = copy.deepcopy(random.choice(VALUES))
    return made


def _spots(document: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a document where something stands: what holds it, and under which key."""
    if isinstance(document, dict | list):
        for key in range(len(document)) if isinstance(document, list) else list(document):
            yield document, key
            yield from _spots(document[key])
