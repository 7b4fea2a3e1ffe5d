"""Logins: how they are kept, which of them somebody chose, and which nobody may choose."""

from __future__ import annotations

import unicodedata
from typing import Final

from kaiteki.model.decision import Refused
from kaiteki.model.faults import refuse_field
from kaiteki.model.words import Words
from kaiteki.ports.accounts import MACHINE_PREFIX, Account

LOGIN_LENGTH_MAX: Final = 100
ACCOUNT_PREFIX: Final = "acc-"
"""Ids of people and organisations begin so, and the logins of those who never chose one; nobody may choose one."""
PROVIDER_PREFIX: Final = "provider:"
"""Logins of those who first came by a provider of identity begin so."""
NOT_CHOSEN: Final = (MACHINE_PREFIX, ACCOUNT_PREFIX, PROVIDER_PREFIX)
LOGIN_SIGNS: Final = "._-@+"
"""What may stand in a login beside letters and digits of any script. Accounts of before keep what they have, and sign in with it."""
LOGIN: Final = Words("ログインID", "Login", "ログイン ID")


def tidy_login(login: str) -> str:
    """A login as it is kept: NFKC, lower case, no space around it."""
    return unicodedata.normalize("NFKC", login).strip().casefold()


def chose_login(account: Account) -> bool:
    """Whether somebody chose the login of an account; else it was made of its id, and nobody types it."""
    return not account.login.startswith(NOT_CHOSEN)


def refuse_login(login: str) -> Refused | None:
    """Why nobody may choose a login; None where they may, unless it is taken."""
    if not 0 < len(login) <= LOGIN_LENGTH_MAX or login.startswith(NOT_CHOSEN):
        return refuse_field("invalid", "login", LOGIN)
    if not all(sign.isalnum() or sign in LOGIN_SIGNS for sign in login):
        return refuse_field("login_signs", "login", LOGIN, " ".join(LOGIN_SIGNS))
    return None
