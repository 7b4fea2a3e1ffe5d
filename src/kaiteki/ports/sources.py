"""What the core asks of a register of context sources: what they have told of themselves, and how asking them went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, TypeAlias

import msgspec

from kaiteki.model.sources.registration import Registration, SourceStanding

SourceKey: TypeAlias = tuple[str, str]
"""Area and id of a registration."""


class KeptSource(msgspec.Struct, frozen=True):
    """A registration of an area. `owner` is the account that made it."""

    area: str
    owner: str
    registration: Registration
    standing: SourceStanding = SourceStanding()

    @property
    def key(self) -> SourceKey:
        """Area and id."""
        return (self.area, self.registration.id)


class Sources(Protocol):
    """The registrations of all areas."""

    async def put(self, kept: KeptSource) -> None:
        """Keep a registration durably, in place of one with its area and id."""
        ...

    async def remove(self, key: SourceKey) -> bool:
        """Forget a registration; whether there was one."""
        ...

    async def revision(self) -> int | None:
        """A number that moves whenever a node keeps or forgets a registration; None where there is one node alone."""
        ...

    async def list(self, after: SourceKey = ("", ""), limit: int = 1000) -> Sequence[KeptSource]:
        """Registrations behind a key, by area and id, with their standings."""
        ...

    async def note(self, standings: Mapping[SourceKey, SourceStanding]) -> None:
        """Keep how asking sources went, in one transaction; those of registrations that are gone are passed over."""
        ...
