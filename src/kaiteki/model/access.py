"""Who may do what: a person with the roles held in an area, and the pure decision over them."""

from __future__ import annotations

import hashlib
from typing import Literal, TypeAlias

import msgspec

from kaiteki.model.pairing import Pairs

ANYONE = "anyone"
"""The role that everybody has, signed in or not."""
RESIDENT = "resident"
"""The role of everybody who is signed in."""
STAFF = "staff"
"""The role of people of the town hall, in one office or in all."""
ADMIN = "admin"
"""The role of those who run the node."""
AUDITOR = "auditor"
"""The role of those who look after the audit log: they search through all of its lines of an area."""
LETTERS_COVER = "kit.see"
"""What a mandate that speaks of messages covers beside its services: they are kept by none of them, but by the kit."""


Kind: TypeAlias = Literal["person", "organisation", "machine", "device", "city"]
"""What an account stands for: a person, a firm or association, a program, a device, the node of another city."""


Period: TypeAlias = Literal["day", "week", "month", "whole"]
"""In which time a number of deeds is counted: a day, a week from Monday, a month in Japan, or all of the time of a mandate."""


class Allowance(msgspec.Struct, frozen=True):
    """How often something may be done by a mandate in a period; 0 times: as often as there is a wish to. `covers` as in `Person.mandate`."""

    mandate: str
    covers: frozenset[str]
    times: int = 0
    period: Period = "whole"


class Person(msgspec.Struct, frozen=True):
    """Whoever asks, as seen in one area. `offices` are the office codes in which the roles hold (`*`: all offices).

    `assurance` is how sure it is that they are who they say (0: nobody signed in, 1: a password or a key, 2: two factors or a
    passkey, 3: a public card at a provider of identity). `helper` is the account that acts in the name of this person, empty when
    it is the person. `purpose` is `<service>.<purpose>` of a manifest: what the data are asked for, empty when nothing is said.
    `pairs` and `helper_pairs` are the ids by which the services of the area know the two; none of an account that they know by its own id.
    """

    account_id: str = ""
    name: str = ""
    roles: frozenset[str] = frozenset({ANYONE})
    offices: frozenset[str] = frozenset()
    kind: Kind = "person"
    assurance: int = 0
    helper: str = ""
    purpose: str = ""
    looks_for: str | None = None
    """At the desk: for what they have said they look, empty before they did (a type with several purposes is closed until then);
    None anywhere else."""
    mandate: frozenset[str] = frozenset()
    """What the helper may do in the name of this person: `<service>.*`, `<service>.see`, `<service>.<command>`, LETTERS_COVER."""
    allowances: tuple[Allowance, ...] = ()
    """The mandates by which the helper acts, one by one, with how often."""
    pairs: Pairs = ()
    helper_pairs: Pairs = ()
    grounds: frozenset[str] = frozenset()
    """On what ground the helper acts: 委任 `entrusted`, 親権 `parent`, 法定代理 `guardian`, `employee`, `counter`."""

    @property
    def signed_in(self) -> bool:
        """Whether the person has an account."""
        return self.account_id != ""

    @property
    def owned(self) -> frozenset[str]:
        """All ids under which this person holds something in the area; empty for a visitor."""
        own = (self.account_id, *(one for _, one in self.pairs))
        return frozenset(own) if self.signed_in else frozenset()

    @property
    def told(self) -> frozenset[str]:
        """Those of these ids that who sits there is told: a helper those by which the entrusted services know the person."""
        if not self.helper or not self.pairs:
            return self.owned
        return frozenset(one for service, one in self.pairs if self.lets_see(service))

    def seen_by(self, service: str) -> Person:
        """This person as a service knows them: account and helper by their ids there, and by no other."""
        if not self.pairs and not self.helper_pairs:
            return self
        return msgspec.structs.replace(
            self,
            account_id=dict(self.pairs)[service] if self.pairs else self.account_id,
            helper=dict(self.helper_pairs)[service] if self.helper_pairs else self.helper,
            pairs=(),
            helper_pairs=(),
        )

    def lets_do(self, service: str, command: str) -> bool:
        """Whether who sits there may use a command in the name of this person: they themselves, or a helper whose mandate covers it."""
        return not self.helper or not self.mandate.isdisjoint((f"{service}.*", f"{service}.{command}"))

    def lets_see(self, service: str) -> bool:
        """Whether who sits there may open the pages of a service in the name of this person, and see what it keeps of them."""
        return not self.helper or any(one.partition(".")[0] == service for one in self.mandate)

    def lets_act(self, service: str = "") -> bool:
        """Whether who sits there may do anything in the name of this person, in a service or anywhere: a mandate to look is not enough."""
        named = (one.partition(".") for one in self.mandate)
        return not self.helper or any(deed != "see" and service in ("", where) for where, _, deed in named)

    def works_for(self, office: str) -> bool:
        """Whether the person works for an office (a code), or for all; what has none is everybody's."""
        return not office or not self.offices.isdisjoint(("*", office))

    def holds(self, roles: tuple[str, ...] | frozenset[str]) -> bool:
        """Whether the person holds one of the roles; admin holds every role."""
        return ADMIN in self.roles or not self.roles.isdisjoint(roles)


def device_holder(told: str) -> str:
    """The id under which services know who reports by a device that tells an id of itself. What it told stands in no log."""
    return f"device:{hashlib.sha256(told.encode()).hexdigest()[:32]}"


NOBODY = Person()
"""A visitor without an account."""
