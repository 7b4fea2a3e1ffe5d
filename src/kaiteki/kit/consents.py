"""What people agreed to: records of events that are only added to, and what is in force at the moment of a decision.

One record is about one person and one purpose (`<service>.<purpose>`); its events name items (`Type.field`), so that of one purpose
some items may be agreed to and others not. Nothing here is cached: a withdrawal takes effect at the next read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import ClassVar, Final, Literal, TypeAlias

import msgspec

from kaiteki.kit.manifest import Service
from kaiteki.kit.views import read
from kaiteki.model.entity import Entity
from kaiteki.model.instant import Instant
from kaiteki.ports.clock import Clock
from kaiteki.ports.entities import Entities

ConsentState: TypeAlias = Literal["given", "refused", "withdrawn", "expired"]
How: TypeAlias = Literal["web", "counter", "post", "helper", "time", "text"]
"""By the person on a page, by staff from a paper that was signed at the counter or came by post, by somebody who acts for the person, by time that ran out, by a text that changed."""
Known: TypeAlias = Callable[[str, Sequence[str]], Awaitable[Mapping[str, str]]]
"""(area, ids of people as any service knows them) -> the ids under which they keep their consents."""
Opened: TypeAlias = Callable[[str, Sequence[Entity]], Awaitable[Sequence[Entity]]]
"""(area, records) -> the records with plain values, in their order."""
HoldsFrom: TypeAlias = Callable[[str, str], int]
"""(area, purpose) -> the oldest version of its text to which an agreement still holds."""

CONSENT_PAGE: Final = "my/consents/{purpose}"
"""Where a person decides on a purpose, below `/{area}/`; `?next=` is the page to come back to."""
EVENTS_MAX: Final = 500
"""Events of a record, from which on nothing more can be agreed to; to withdraw is always possible."""
PART: Final = "consent"
"""The part that the type of such records plays."""


class Event(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """One decision: when, what of which items, on which text (version and its digest), in which language it was shown, how, by whom.

    `by` is the account that acted when it was not the person: staff at the counter, or a helper. `paper` says where the signed paper is
    filed, `signed_on` which day stands on it (ISO 8601). `until` is when what was given runs out. `age` is the one that the person said to have reached, where the area asks; `ground`
    on what somebody decided for them (`parent`, `guardian`).
    """

    at: Instant
    state: ConsentState
    items: tuple[str, ...]
    notice: int = 0
    digest: str = ""
    language: str = "ja"
    how: How = "web"
    by: str = ""
    paper: str = ""
    until: Instant | None = None
    age: int = 0
    ground: str = ""
    signed_on: str = ""


class Consent(msgspec.Struct, frozen=True):
    """The record of one person and one purpose: every decision there ever was, the newest last. `runs_out_at` is the next that
    runs out, `helpers` are the accounts that acted in some of them."""

    entity_type: ClassVar[str] = "Consent"

    id: str
    holder: str
    purpose: str
    events: tuple[Event, ...] = ()
    runs_out_at: Instant | None = None
    helpers: tuple[str, ...] = ()

    def states(self, now: Instant, holds_from: int = 0) -> dict[str, tuple[ConsentState, Event]]:
        """How each item stands at a moment, and the event that made it so. What was agreed to on a text older than `holds_from` is over."""
        found: dict[str, tuple[ConsentState, Event]] = {}
        for event in self.events:
            late = event.notice < holds_from or (event.until is not None and event.until <= now)
            over = event.state == "given" and late
            found |= dict.fromkeys(event.items, ("expired" if over else event.state, event))
        return found

    def outdated(self, now: Instant, holds_from: int) -> dict[str, Event]:
        """What was agreed to and is over because the text changed in a way that matters, with the event by which it was agreed to."""
        found: dict[str, Event] = {}
        for item, (state, event) in self.states(now, holds_from).items():
            ran_out = event.until is not None and event.until <= now
            if state == "expired" and (event.how == "text" or (event.state == "given" and not ran_out)):
                given = (one for one in reversed(self.events) if one.state == "given" and item in one.items)
                found[item] = next(given, event)
        return found

    def in_force(self, now: Instant, holds_from: int = 0) -> frozenset[str]:
        """The items that are agreed to at a moment."""
        states = self.states(now, holds_from)
        return frozenset(item for item, (state, _) in states.items() if state == "given")

    def told(self, event: Event) -> Consent:
        """The record with one more event."""
        after = msgspec.structs.replace(self, events=(*self.events, event))
        ends = [
            given.until
            for state, given in after.states(event.at).values()
            if state == "given" and given.until is not None
        ]
        acted = (*self.helpers, event.by) if event.by else self.helpers
        return msgspec.structs.replace(
            after, runs_out_at=min(ends, default=None), helpers=tuple(dict.fromkeys(acted))
        )


def consent_id(holder: str, purpose: str) -> str:
    """The id of the record of a person and a purpose: read off, never searched for."""
    return f"urn:ngsi-ld:Consent:{hashlib.sha256(f'{holder} {purpose}'.encode()).hexdigest()[:32]}"


async def same(area: str, holders: Sequence[str]) -> Mapping[str, str]:
    """Ids that mean the same person wherever they stand."""
    return {holder: holder for holder in holders}


async def as_they_are(area: str, records: Sequence[Entity]) -> Sequence[Entity]:
    """Records of a store in which nothing is sealed."""
    return records


def always(area: str, purpose: str) -> int:
    """Agreements hold whatever text they were about."""
    return 0


def oldest_texts(services: Mapping[str, Service], settings: Callable[[Service, str], object]) -> HoldsFrom:
    """As the services say that keep the texts, out of the settings of each area."""

    def holds_from(area: str, purpose: str) -> int:
        asked = ((one.holds_from, settings(one, area)) for one in services.values())
        return max((by(known).get(purpose, 0) for by, known in asked if by is not None), default=0)

    return holds_from


class Consents:
    """What is in force, for whoever decides. One per node."""

    def __init__(
        self, entities: Entities, clock: Clock, holds_from: HoldsFrom = always, known: Known = same
    ) -> None:
        self._holds_from = holds_from
        self._entities = entities
        self._clock = clock
        self.known = known
        self.opened: Opened = as_they_are
        """Makes records plain. What they say decides here and is shown to nobody, so it leaves no line; who looks at a record does."""

    async def in_force(self, area: str, holders: Sequence[str], purpose: str) -> Mapping[str, frozenset[str]]:
        """Holder -> the items (`Type.field`) that they agreed to for a purpose, as of now; who agreed to nothing has no row."""
        if not holders or not purpose:
            return {}
        known = await self.known(area, tuple(dict.fromkeys(holders)))
        ids = {holder: consent_id(person, purpose) for holder, person in known.items()}
        rows = await self._entities.load(area, tuple(dict.fromkeys(ids.values())))
        now = self._clock.now()
        least = self._holds_from(area, purpose)
        records = await self.opened(area, [row.entity() for row in rows.values()])
        found = {one.id: read(Consent, one).in_force(now, least) for one in records}
        return {holder: found[name] for holder, name in ids.items() if found.get(name)}
