"""Refusals as answers: RFC 9457 problem details, and what is said when the server itself failed."""

from __future__ import annotations

import msgspec

from kaiteki.api.exchange import Headers, Reply
from kaiteki.model.problem import Problem

PROBLEM_TYPE = "application/problem+json"
_encode = msgspec.json.Encoder().encode


def refuse(problem: Problem, headers: Headers | None = None) -> Reply:
    """The answer that a refusal gets, with further headers (Allow, WWW-Authenticate …)."""
    return Reply(
        problem.status,
        [("content-type", PROBLEM_TYPE), ("cache-control", "no-store"), *(headers or [])],
        _encode(problem.document()),
    )


def refuse_method(method: str, path: str, allowed: str) -> Reply:
    """405 with the methods that the path knows."""
    return refuse(
        Problem("MethodNotAllowed", f"{path} knows {allowed}, not {method}", "method"), [("allow", allowed)]
    )


FAILED = refuse(Problem("InternalError", "The fault is on our side and was noted. Please try again later."))
"""The answer to an exception that nobody expected; what happened stands in the log alone."""
