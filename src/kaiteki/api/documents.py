"""JSON bodies: read with limits, refused with the place of what is wrong."""

from __future__ import annotations

from typing import cast

import msgspec

from kaiteki.model.entity import Json
from kaiteki.model.problem import Problem

JSON_DEPTH_MAX = 64
_decode = msgspec.json.Decoder().decode


def read_json(body: bytes) -> Json:
    """A JSON document of at most JSON_DEPTH_MAX levels; refuses with the byte at which it stops being JSON."""
    if not body.strip():
        raise Problem("InvalidRequest", "a body is needed", "body")
    try:
        document = _decode(body)
    except msgspec.DecodeError as broken:
        raise Problem("InvalidRequest", f"the body is not JSON: {broken}", "body") from None
    except RecursionError:
        raise _too_deep() from None
    except UnicodeDecodeError as broken:
        raise Problem("InvalidRequest", f"the body is not UTF-8 (byte {broken.start})", "body") from None
    # brackets are counted first: most documents cannot be too deep, and are not walked
    if body.count(b"{") + body.count(b"[") > JSON_DEPTH_MAX and _depth(document) > JSON_DEPTH_MAX:
        raise _too_deep()
    return document


def _too_deep() -> Problem:
    return Problem("BadRequestData", f"the JSON is deeper than {JSON_DEPTH_MAX} levels", "body")


def _depth(document: Json) -> int:
    """Levels of objects and arrays, counted without recursion; stops one level behind the limit."""
    level, depth = [document], 0
    while level and depth <= JSON_DEPTH_MAX:
        inner: list[Json] = []
        nested = False
        for value in level:
            if isinstance(value, dict):
                inner.extend(cast("dict[str, Json]", value).values())
                nested = True
            elif isinstance(value, list):
                inner.extend(cast("list[Json]", value))
                nested = True
        level = inner
        depth += nested
    return depth
