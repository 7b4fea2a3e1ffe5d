"""JSON bodies: read with limits, refused with the place of what is wrong."""

from __future__ import annotations

import re
import sys
from typing import Final, cast

import msgspec

from kaiteki.model.entity import Json
from kaiteki.model.problem import Problem

JSON_DEPTH_MAX = 64
NUMBER_MAX: Final = sys.float_info.max
"""The largest number that is read: what no double holds, most programs read as something else (RFC 8259 section 6)."""
_MARK: Final = b"\xef\xbb\xbf"
_LONG_NUMBER: Final = re.compile(rb"[0-9]{309}")
_HALF: Final = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)
"""A surrogate that has no partner (RFC 8259 section 7)."""
_decode = msgspec.json.Decoder().decode


def read_json(body: bytes) -> Json:
    """A JSON document of at most JSON_DEPTH_MAX levels; refuses with the byte at which it stops being JSON.

    A byte order mark is passed over (RFC 8259 section 8.1). Of members with the same name the last one counts.
    """
    body = body.removeprefix(_MARK)
    if not body.strip():
        raise Problem("InvalidRequest", "a body is needed", "body")
    try:
        document = _decode(body)
    except msgspec.DecodeError as broken:
        half = _HALF.search(body)
        why = f"{half[0].decode()} is half of a character, without its other half" if half else broken
        raise Problem("InvalidRequest", f"the body is not JSON: {why}", "body") from None
    except RecursionError:
        raise _too_deep() from None
    except UnicodeDecodeError:
        # the decoder tells the place in one text of the document, people look for it in the body
        raise Problem("InvalidRequest", f"the body is not UTF-8 (byte {_bad_byte(body)})", "body") from None
    # brackets are counted first: most documents cannot be too deep, and are not walked
    if body.count(b"{") + body.count(b"[") > JSON_DEPTH_MAX and _depth(document) > JSON_DEPTH_MAX:
        raise _too_deep()
    # a number beyond the limit has at least so many digits: most documents are not walked for this either
    if _LONG_NUMBER.search(body) and _holds_huge(document):
        raise Problem("InvalidRequest", "a number of the body is beyond 1.8e308", "body")
    return document


def _bad_byte(body: bytes) -> int:
    """The first byte of a body that is not UTF-8, counted from 0."""
    try:
        return len(body.decode())
    except UnicodeDecodeError as broken:
        return broken.start


def _too_deep() -> Problem:
    return Problem("BadRequestData", f"the JSON is deeper than {JSON_DEPTH_MAX} levels", "body")


def _depth(document: Json) -> int:
    """Levels of objects and arrays, counted without recursion; stops one level behind the limit."""
    level, depth = [document], 0
    while level and depth <= JSON_DEPTH_MAX:
        nested = any(isinstance(value, dict | list) for value in level)
        level = _inside(level)
        depth += nested
    return depth


def _holds_huge(document: Json) -> bool:
    """Whether a whole number somewhere in a document is beyond the limit."""
    level = [document]
    while level:
        if any(isinstance(value, int) and abs(value) > NUMBER_MAX for value in level):
            return True
        level = _inside(level)
    return False


def _inside(level: list[Json]) -> list[Json]:
    """What stands in the objects and arrays of one level."""
    inner: list[Json] = []
    for value in level:
        if isinstance(value, dict):
            inner.extend(cast("dict[str, Json]", value).values())
        elif isinstance(value, list):
            inner.extend(cast("list[Json]", value))
    return inner
