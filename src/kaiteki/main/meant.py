"""Whom a word on the command line means: a login, an id, or the name of a program, as the commands print them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.markup import escape

from kaiteki.kit.identity import tidy_login
from kaiteki.ports.accounts import MACHINE_PREFIX, Account, Accounts, kind_of

LISTED_PER_PAGE: Final = 200
MEANT_MAX: Final = 10
"""Accounts that are named where a word means several."""
UNNAMED: Final = frozenset({"person", "organisation"})
"""What is known by a login that somebody chose, and not by its name: several people are called alike."""


async def accounts_meant(accounts: Accounts, who: str) -> Sequence[Account]:
    """The accounts that a word means: by id the one, else those of this login or (programs, devices, cities) of this name; MEANT_MAX at most."""
    word = who.strip()
    known = await accounts.by_id(word.removeprefix(MACHINE_PREFIX))
    if known is not None:
        return [known]
    named = await accounts.by_login(tidy_login(word))
    found = {} if named is None else {named.id: named}
    after = ""
    while len(found) < MEANT_MAX and (page := await accounts.list(after, LISTED_PER_PAGE)):
        after = page[-1].login
        found |= {one.id: one for one in page if one.name == word and kind_of(one) not in UNNAMED}
    return list(found.values())[:MEANT_MAX]


def say_candidates(who: str, accounts: Sequence[Account]) -> str:
    """What to type instead of a word that means several accounts."""
    told = "; ".join(f"{one.id} ({kind_of(one)} {shown(one.name)})" for one in accounts)
    return f"{shown(who)} means {len(accounts)} accounts, say which by its id: {told}"


def shown(text: str) -> str:
    """A text as a terminal may show it: one line, without signs that steer it, and without markup."""
    plain = "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)
    return escape(plain)


__all__ = ["accounts_meant", "say_candidates", "shown"]
