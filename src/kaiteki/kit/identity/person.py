"""The person that an account is in an area."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from kaiteki.model.access import ANYONE, RESIDENT, Person
from kaiteki.ports.accounts import Account, Session, kind_of

SURE: Final = 2
"""The assurance of two factors, or of a passkey."""


def person_of(account: Account, area: str, session: Session | None = None) -> Person:
    """The person that an account is in an area: the roles granted there, and the offices in which they hold.

    With a session the person is as sure as it is; without one as sure as a key or password makes them. Where the session belongs
    to another account, that one is the helper.
    """
    granted = [grant for grant in account.grants if grant.area in (area, "*")]
    kind = kind_of(account)
    own = {ANYONE, RESIDENT} if kind in ("person", "organisation") else {ANYONE}
    return Person(
        account_id=account.id,
        name=account.name,
        roles=frozenset(own | {grant.role for grant in granted}),
        offices=frozenset(grant.office or "*" for grant in granted if grant.role != RESIDENT),
        kind=kind,
        assurance=session.assurance if session is not None else 1,
        helper=session.account_id if session is not None and session.account_id != account.id else "",
        pairs=account.pairing.within(area) if account.pairing is not None else (),
    )


class Persons:
    """The persons that signed-in browsers are. `required` are the roles of each area whose holders must show two factors."""

    def __init__(self) -> None:
        self.required: Mapping[str, frozenset[str]] = {}

    def owes(self, account: Account, area: str, session: Session) -> bool:
        """Whether somebody holds a role in an area for which two factors are wanted, and came in by less.

        Sample accounts are shared by many and programs have no second factor: they owe none.
        """
        if session.assurance >= SURE or account.sample or kind_of(account) not in ("person", "organisation"):
            return False
        required = self.required.get(area, frozenset())
        return any(grant.role in required for grant in account.grants if grant.area in (area, "*"))

    def of(self, account: Account, area: str, session: Session) -> Person:
        """The person of a session; who owes a second factor holds no role there but that of a resident."""
        owes = self.owes(account, area, session)
        return person_of(msgspec.structs.replace(account, grants=()) if owes else account, area, session)
