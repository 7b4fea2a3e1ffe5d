"""Who may do what: a person with the roles held in an area, and the pure decision over them."""

from __future__ import annotations

import msgspec

ANYONE = "anyone"
"""The role that everybody has, signed in or not."""
RESIDENT = "resident"
"""The role of everybody who is signed in."""
STAFF = "staff"
"""The role of people of the town hall, in one office or in all."""
ADMIN = "admin"
"""The role of those who run the node."""


class Person(msgspec.Struct, frozen=True):
    """Whoever asks, as seen in one area. `offices` are the office codes in which the roles hold (`*`: all offices)."""

    account_id: str = ""
    name: str = ""
    roles: frozenset[str] = frozenset({ANYONE})
    offices: frozenset[str] = frozenset()

    @property
    def signed_in(self) -> bool:
        """Whether the person has an account."""
        return self.account_id != ""

    def holds(self, roles: tuple[str, ...] | frozenset[str]) -> bool:
        """Whether the person holds one of the roles; admin holds every role."""
        return ADMIN in self.roles or not self.roles.isdisjoint(roles)


NOBODY = Person()
"""A visitor without an account."""
