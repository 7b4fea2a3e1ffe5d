"""The audit log of an area in the OpenAPI: signed heads and proofs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from kaiteki.api.description.schemas import area_parameter, reference
from kaiteki.api.problems import PROBLEM_TYPE
from kaiteki.model.entity import Json

_HASHES: Final[Json] = {
    "type": "array",
    "items": {"type": "string", "contentEncoding": "base64"},
    "maxItems": 128,
}
_GROWTH: Final[Json] = {
    "type": "object",
    "properties": {"before": {"type": "integer"}, "size": {"type": "integer"}, "proof": _HASHES},
    "required": ["before", "size", "proof"],
}
_PROOF: Final[Json] = {
    "type": "object",
    "properties": {
        "line": {"type": "string", "description": "the text that is hashed"},
        "salt": {"type": "string", "contentEncoding": "base64"},
        "leaf": {"type": "string", "contentEncoding": "base64"},
        "index": {"type": "integer"},
        "size": {"type": "integer"},
        "proof": _HASHES,
        "head": {"type": "string", "description": "the signed note (C2SP tlog-checkpoint)"},
    },
    "required": ["line", "salt", "leaf", "index", "size", "proof", "head"],
}
_WRONG: Final = {
    "400": "Not a number, or none that is signed",
    "404": "No such area, head or line",
    "503": "What is kept here cannot be reached now (Retry-After)",
}


def audit_paths(areas: Sequence[str]) -> dict[str, Json]:
    """`/{area}/audit/head`, `/{area}/audit/consistency` and `/{area}/audit/proof`."""
    area = area_parameter(areas)
    head = _get("getLogHead", "The newest signed head of the log, or the one over `size` lines", _WRONG)
    head["responses"]["200"] = {
        "description": "The note",
        "content": {"text/plain": {"schema": {"type": "string"}}},
    }
    head["parameters"] = [_whole("size", must=False)]
    growth = _get("proveLogGrowth", "That the log of `size` lines begins with that of `before`", _WRONG)
    growth["responses"]["200"] = _json("The hashes of RFC 9162 section 2.1.4", _GROWTH)
    growth["parameters"] = [_whole("before"), _whole("size", must=False)]
    wrong = {**_WRONG, "401": "An account is needed"}
    proof = _get(
        "proveLogLine", "A line that concerns who asks, with what proves that it stands in the log", wrong
    )
    proof["responses"]["200"] = _json("The line, its salt and the hashes of RFC 9162 section 2.1.3", _PROOF)
    proof["parameters"] = [_whole("line")]
    proof["security"] = [{"bearer": []}, {"session": []}]
    return {
        f"/{{area}}/audit/{name}": {"parameters": [area], "get": one}
        for name, one in (("head", head), ("consistency", growth), ("proof", proof))
    }


def _get(operation: str, summary: str, wrong: dict[str, str]) -> Json:
    problem: Json = {PROBLEM_TYPE: {"schema": reference("Problem")}}
    return {
        "operationId": operation,
        "summary": summary,
        "tags": ["node"],
        "responses": {code: {"description": words, "content": problem} for code, words in wrong.items()},
    }


def _json(words: str, schema: Json) -> Json:
    return {"description": words, "content": {"application/json": {"schema": schema}}}


def _whole(name: str, *, must: bool = True) -> Json:
    return {
        "name": name,
        "in": "query",
        "required": must,
        "schema": {"type": "integer", "minimum": 1, "maximum": 999_999_999_999_999},
    }
