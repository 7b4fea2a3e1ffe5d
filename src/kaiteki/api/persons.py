"""Who asks: the edge hands the headers in, whoever knows the accounts answers. One place, for every surface of the API."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from kaiteki.api.exchange import HeaderMap
from kaiteki.model.access import ADMIN, ANYONE, RESIDENT, STAFF, Person

WhoAsks: TypeAlias = Callable[[HeaderMap, str], Awaitable[Person]]
"""(headers, area) -> the person, as the session cookie or the bearer token says; raises Unauthorized for a token that is none."""

EVERYBODY_IS_ADMIN = Person(
    account_id="open",
    name="--open",
    roles=frozenset({ANYONE, RESIDENT, STAFF, ADMIN}),
    offices=frozenset({"*"}),
)
"""Whoever asks a node that runs with `--open`."""


async def nobody_is_asked(_headers: HeaderMap, _area: str) -> Person:
    """The answer of a node without access control."""
    return EVERYBODY_IS_ADMIN
