"""Who asks: the edge hands the headers in, whoever knows the accounts answers. One place, for every surface of the API."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

from kaiteki.api.exchange import HeaderMap
from kaiteki.api.oauth.tokens import MARK, AccessTokens
from kaiteki.kit.api_keys import MARK as API_KEY
from kaiteki.kit.identity import Identity, Mandates, person_of
from kaiteki.kit.origin import from_elsewhere
from kaiteki.model.access import ADMIN, ANYONE, NOBODY, RESIDENT, STAFF, Person
from kaiteki.model.problem import Problem
from kaiteki.ports.accounts import Accounts

WhoAsks: TypeAlias = Callable[[HeaderMap, str], Awaitable[Person]]
"""(headers, area) -> the person, as the session cookie or the bearer token says; raises Unauthorized for a token that is none."""

PersonOf: TypeAlias = Callable[[str, str], Awaitable[Person | None]]
"""(area, account) -> the person that an account is in an area now; None when it is gone or closed."""

TOKEN_LENGTH_MAX: Final = 1024
COOKIE_LENGTH_MAX: Final = 8192
EVERYBODY_IS_ADMIN = Person(
    account_id="open",
    name="--open",
    roles=frozenset({ANYONE, RESIDENT, STAFF, ADMIN}),
    offices=frozenset({"*"}),
    assurance=3,
)
"""Whoever asks a node that runs with `--open`."""


async def nobody_is_asked(_headers: HeaderMap, _area: str) -> Person:
    """The answer of a node without access control."""
    return EVERYBODY_IS_ADMIN


def ask_the_register(
    identity: Identity, session_cookie: str, tokens: AccessTokens, mandates: Mandates
) -> WhoAsks:
    """Persons by `Authorization: Bearer <token of a machine, or access token>` or by the cookie of a signed-in browser.

    A browser that acts for somebody is the person that it is on the pages: whom it acts for, with who helps and what is covered. What a page of
    another site has a browser send is asked by nobody, whatever cookies come along: on every surface, for every method.
    """

    async def who(headers: HeaderMap, area: str) -> Person:
        authorization = headers.get("authorization")
        if authorization is not None:
            if API_KEY in authorization:
                # the front has looked whether there is such a key: it opens nothing
                return NOBODY
            if MARK in authorization:
                return await _by_access_token(tokens, headers, authorization, area)
            return await _by_token(identity, authorization, area)
        token = session_token(headers.get("cookie"), session_cookie)
        # a page of another site sends the cookie of its visitor without being asked: it gets what everybody gets
        visit = await identity.visit(token) if token and not from_elsewhere(headers) else None
        if visit is None:
            return NOBODY
        acting = (
            await mandates.acting(visit.account, visit.session, area) if visit.session.acting_for else None
        )
        return (
            acting.person if acting is not None else identity.persons.of(visit.account, area, visit.session)
        )

    return who


def for_themselves(who: WhoAsks) -> WhoAsks:
    """Who asks, where nobody acts for another one: a mandate covers services, not data. Raises Forbidden for who does."""

    async def person(headers: HeaderMap, area: str) -> Person:
        found = await who(headers, area)
        if found.helper:
            raise Problem(
                "Forbidden", "this browser acts for somebody else: end that on its page first", "Cookie"
            )
        return found

    return person


def refuse_foreign_pages(headers: HeaderMap) -> None:
    """Refuse what a page of another site sends with the cookies of a browser; raises Forbidden. Tokens are sent by no browser alone."""
    by_cookie = headers.get("authorization") is None and headers.get("cookie") is not None
    if by_cookie and from_elsewhere(headers):
        raise Problem("Forbidden", "a page of another site may not use the session of a browser", "Origin")


async def _by_token(identity: Identity, authorization: str, area: str) -> Person:
    scheme, _, token = authorization.partition(" ")
    account = None
    if scheme.lower() == "bearer" and len(token) <= TOKEN_LENGTH_MAX:
        account = await identity.machine(token.strip())
    if account is None:
        raise Problem("Unauthorized", "the bearer token is not known here", "Authorization")
    return person_of(account, area)


async def _by_access_token(tokens: AccessTokens, headers: HeaderMap, authorization: str, area: str) -> Person:
    scheme, _, token = authorization.partition(" ")
    found = None
    if scheme.lower() == "bearer" and len(token) <= TOKEN_LENGTH_MAX:
        found = await tokens.person(token.strip(), area)
    if found is None:
        raise Problem("Unauthorized", "the access token is not known here, or over", "Authorization")
    person, purposes = found
    purpose = headers.get("kaiteki-purpose")
    if purposes and purpose and purpose not in purposes:
        raise Problem("Forbidden", "the access token is for another purpose", "Kaiteki-Purpose")
    return person


def persons_of(accounts: Accounts) -> PersonOf:
    """The persons that accounts are now, for what is done in their name when they are not there."""

    async def person(area: str, account_id: str) -> Person | None:
        account = await accounts.by_id(account_id)
        return None if account is None or account.disabled else person_of(account, area)

    return person


async def everybody_runs(_area: str, account_id: str) -> Person | None:
    """The answer of a node without access control."""
    return EVERYBODY_IS_ADMIN if account_id == EVERYBODY_IS_ADMIN.account_id else None


def session_token(header: str | None, name: str) -> str:
    """The token of a session: over HTTPS its cookie has the prefix by which no other host can have laid it (see harbour)."""
    return cookie_value(header, f"__Host-{name}") or cookie_value(header, name) if header else ""


def cookie_value(header: str | None, name: str) -> str:
    """The value of a cookie in a Cookie header, empty when it has none."""
    if not header or len(header) > COOKIE_LENGTH_MAX:
        return ""
    for part in header.split(";"):
        found, _, value = part.strip().partition("=")
        if found == name:
            return value.strip('"')
    return ""
