"""Refusals as Orion words them: `{"error": …, "description": …}` with its status codes."""

from __future__ import annotations

from typing import Final

import msgspec

from kaiteki.api.exchange import Headers, Reply
from kaiteki.api.ngsi_v2.task import EXPOSED, OPEN_TO_ALL
from kaiteki.model.problem import Problem

_ERRORS: Final[dict[str, tuple[int, str]]] = {
    "InvalidRequest": (400, "BadRequest"),
    "BadRequestData": (400, "BadRequest"),
    "TooComplexQuery": (400, "BadRequest"),
    "TooManyResults": (400, "BadRequest"),
    "Unauthorized": (401, "Unauthorized"),
    "Forbidden": (403, "Forbidden"),
    "ResourceNotFound": (404, "NotFound"),
    "NonexistentTenant": (404, "NotFound"),
    "MethodNotAllowed": (405, "MethodNotAlowed"),
    "NotAcceptable": (406, "NotAcceptable"),
    "LengthRequired": (411, "ContentLengthRequired"),
    "PayloadTooLarge": (413, "RequestEntityTooLarge"),
    "UnsupportedMediaType": (415, "UnsupportedMediaType"),
    "AlreadyExists": (422, "Unprocessable"),
    "OperationNotSupported": (422, "Unprocessable"),
}
"""Status and error word by the code of a refusal (`MethodNotAlowed` is how Orion spells it); others keep theirs."""


def refuse(problem: Problem, headers: Headers | None = None) -> Reply:
    """The answer that a refusal gets."""
    status, word = _ERRORS.get(problem.code, (problem.status, problem.code))
    description = problem.detail
    if problem.code == "InvalidRequest" and problem.field == "body":
        word, description = "ParseError", f"Errors found in incoming JSON buffer: {problem.detail}"
    return Reply(
        status,
        [("content-type", "application/json"), OPEN_TO_ALL, EXPOSED, *(headers or [])],
        msgspec.json.encode({"error": word, "description": description}),
    )
