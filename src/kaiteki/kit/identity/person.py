"""The person that an account is in an area."""

from __future__ import annotations

from kaiteki.model.access import ANYONE, RESIDENT, Person
from kaiteki.ports.accounts import Account, Session, kind_of


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
