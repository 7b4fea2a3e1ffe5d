"""Refusals as answers: RFC 9457 problem details, and what is said when the server itself failed."""

from __future__ import annotations

from typing import Final

import msgspec
import structlog

from kaiteki.api.exchange import Headers, Reply
from kaiteki.model.problem import Problem
from kaiteki.ports.outage import RETRY_AFTER_S, StoreAway

PROBLEM_TYPE = "application/problem+json"
_encode = msgspec.json.Encoder().encode


def refuse(problem: Problem, headers: Headers | None = None) -> Reply:
    """The answer that a refusal gets, with further headers (Allow, WWW-Authenticate …)."""
    return Reply(
        problem.status,
        [("content-type", PROBLEM_TYPE), ("cache-control", "no-store"), *(headers or [])],
        _encode(problem.document()),
    )


def refuse_method(method: str, path: str, allowed: str, headers: Headers) -> Reply:
    """405 with the methods that the path knows, and further headers."""
    problem = Problem("MethodNotAllowed", f"{path} knows {allowed}, not {method}", "method")
    return refuse(problem, [("allow", allowed), *headers])


READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing."""
AGAIN: Final = ("retry-after", str(RETRY_AFTER_S))


def problem_of(away: StoreAway, method: str) -> Problem:
    """What is said while the place where things are kept is away; the answer carries AGAIN. The store says in the log when it goes and comes."""
    structlog.get_logger("kaiteki.store").debug("sent away", why=str(away), unknown=away.unknown)
    return Problem("ServiceUnavailable", away.detail(writes=method not in READS))


FAILED = refuse(Problem("InternalError", "The fault is on our side and was noted. Please try again later."))
"""The answer to an exception that nobody expected; what happened stands in the log alone."""
