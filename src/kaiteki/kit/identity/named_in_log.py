"""Whom somebody means who searches through the log: a login or a number, as it is typed, becomes the ids that lines name."""

from __future__ import annotations

import re
from typing import Final

from kaiteki.kit.identity.numbers import tidy_number
from kaiteki.kit.identity.pairwise import known_as
from kaiteki.model.pairing import PAIR_PREFIX
from kaiteki.ports.accounts import Accounts
from kaiteki.ports.credentials import Credentials

PROGRAMS: Final = ("system", "anonymous", "kaiteki", "operator")
"""Actors that are nobody's account."""
_ID: Final = re.compile(rf"(acc-|{PAIR_PREFIX})[0-9A-Za-z-]+|[0-9a-f]{{32}}|[A-Za-z][A-Za-z0-9+.-]*:\S+")
"""What may stand in a line though nobody has it any more: an account or a number in a service, a browser, the id of a record."""


async def actor_of(accounts: Accounts, typed: str) -> str:
    """The id under which lines name who did something; empty where nobody is meant by that."""
    if typed in PROGRAMS:
        return typed
    return await _account_id(accounts, typed)


async def subjects_of(accounts: Accounts, credentials: Credentials, typed: str) -> frozenset[str]:
    """The ids under which lines name whose data were read, or a record; none where nothing is meant by that."""
    found = await _account_id(accounts, typed) if typed else ""
    return await known_as(credentials, found)


async def _account_id(accounts: Accounts, typed: str) -> str:
    """The id of the account with a login or an id; an id of anything else as it is; empty for another text."""
    number = tidy_number(typed)
    account = await accounts.by_id(number) or await accounts.by_login(typed)
    if account is not None:
        return account.id
    return number if _ID.fullmatch(number) else ""
