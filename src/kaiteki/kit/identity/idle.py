"""When a session ends because nobody used it: sooner for staff, whose browsers stand in offices."""

from __future__ import annotations

from typing import Final

import msgspec

from kaiteki.model.access import ADMIN, STAFF
from kaiteki.model.instant import Instant
from kaiteki.ports.accounts import Account, Session

TOUCHED_EVERY_S: Final = 300
"""The last use of a session is kept so often, so that most reads write nothing."""
_SECOND: Final = 1_000_000


class Idle(msgspec.Struct, frozen=True):
    """How long a session may stand unused, by who is signed in. Both are longer than TOUCHED_EVERY_S."""

    staff_s: int = 2 * 3600
    resident_s: int = 14 * 86_400

    def is_over(self, session: Session, account: Account, now: Instant) -> bool:
        """Whether nobody used a session for too long."""
        limit_s = self.staff_s if is_staff(account) else self.resident_s
        return now >= max(session.used_at, session.opened_at) + limit_s * _SECOND


def is_staff(account: Account) -> bool:
    """Whether an account works for a town hall."""
    return any(grant.role in (STAFF, ADMIN) for grant in account.grants)
