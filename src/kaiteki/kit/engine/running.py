"""Runs the commands of all services: may they ask, is the form whole, what does the rule decide, keep it, answer.

The pure rule decides inside `Entities.change`, so on the very versions that are kept with its writes and messages in one
transaction, once per idempotency key. A refusal keeps nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final, TypeAlias, cast

import msgspec

from kaiteki.broker.opening import Opener, Reader
from kaiteki.kit.allowances import limiting
from kaiteki.kit.consents import PART as CONSENT
from kaiteki.kit.consents import Consents, oldest_texts
from kaiteki.kit.engine.asking import Asking
from kaiteki.kit.engine.kept import KIT, Kept, own_type
from kaiteki.kit.engine.seeking import OVERTAKEN, SEEKS_MAX, seek
from kaiteki.kit.engine.work import Work, counted, may_use, read_form, work_of_command
from kaiteki.kit.manifest import Command, Service
from kaiteki.kit.messages import letters
from kaiteki.kit.named_people import Lead, Named, with_people
from kaiteki.kit.rulings.declared import catalogue_of
from kaiteki.kit.rulings.policies import Policies
from kaiteki.kit.rulings.rulings import Rulings
from kaiteki.kit.rulings.seeing import told_of
from kaiteki.kit.stood import stood_of
from kaiteki.kit.views import write
from kaiteki.model.access import Person
from kaiteki.model.decision import NOT_SURE, Accepted, Asked, Refused
from kaiteki.model.entity import Entity
from kaiteki.model.faults import fault
from kaiteki.model.query import Query
from kaiteki.model.visibility import Seer
from kaiteki.model.words import Words
from kaiteki.ports.clock import Clock
from kaiteki.ports.entities import By, Change, Decision, Entities, Repeated
from kaiteki.ports.history import History
from kaiteki.ports.noise import NoiseSource

NEEDS_MAX: Final = 1000
"""Entities that one decision may load."""
KEY_LENGTH_MAX: Final = 200
"""Characters of an idempotency key."""
_KEY: Final = Words("二重送信を防ぐ印", "Idempotency-Key", "しるし")
Introduce: TypeAlias = Callable[[Person, str], Awaitable[None]]
"""(who asks, service): what is done before a service knows somebody for the first time."""


class _Receipt(msgspec.Struct, frozen=True):
    form: str
    answer: dict[str, Any]


class _Rollback(Exception):
    """Carries a refusal out of the transaction, so that nothing of it is kept."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.code)
        self.refused = refused


class Engine:
    """The commands of the services of a node, over its one write path. `settings` are by area and service, `policies` by area.

    Raises BadPolicy for policies that do not fit what the services declare.
    """

    def __init__(
        self,
        entities: Entities,
        clock: Clock,
        services: Sequence[Service],
        settings: Mapping[str, Mapping[str, Any]] | None = None,
        policies: Mapping[str, Policies] | None = None,
    ) -> None:
        self.entities, self.clock = entities, clock
        self.services = {service.name: service for service in (*services, KIT)}
        self._settings = settings or {}
        self.areas: Final = tuple(self._settings)  # served, whether or not anything was written to them yet
        self.consents = Consents(entities, clock, oldest_texts(self.services, self.settings))
        self._kept = Kept(services)
        self.types: Final = self._kept.types
        self.declared: Final = self._kept.declared
        self.playing: Final = self._kept.playing
        self.rulings: Final = Rulings(catalogue_of(tuple(self.services.values())), policies)
        self.sights = {
            declared.name: self.rulings.catalogue.sights[name] for name, declared in self.types.items()
        }
        self.opener: Opener | None = None
        """What records that rules saw sealed attributes; None where nothing is sealed."""
        self.named: Named | None = None
        """What knows the people whom forms name; None where a number is taken as it is."""
        self.introduce: Introduce | None = None
        """What writes down by which ids services know people; None where they know them by their accounts."""
        self.lead: Lead | None = None
        """What leads from the ids by which one service knows people to those of another; None where all are the same."""
        keeping = (s.name for s in services if any(CONSENT in one.plays for one in s.types))
        self.keeps_consents: Final = next(keeping, KIT.name)
        self.history: History | None = None
        """What knows what entities were; None where no rule sees a past."""
        self.noise: NoiseSource | None = None
        """What draws noise for numbers of people; None where the node cannot."""
        self.forbids: Callable[[str, str], bool] = lambda area, url: False  # see `Asked.forbids`
        self.channels: frozenset[str] = frozenset()  # see `Asked.channels`

    async def run(self, command: str, form: Any, asking: Asking) -> Accepted | Refused:
        """Run `<service>.<command>` with its form (a Struct, or the plain values of one). Never raises for what people do."""
        if (known := self.command(command)) is None:
            return Refused("not_found")
        service, found = known
        if asking.person.assurance < found.assurance:
            return Refused(NOT_SURE)
        allowed = self.rulings.may_run(asking.person, asking.area, command)
        if not allowed or not may_use(asking.person, service, found):
            return Refused("not_allowed")
        if asking.key is not None and len(asking.key) > KEY_LENGTH_MAX:
            return Refused("invalid", (fault("too_long", "idempotency-key", _KEY, KEY_LENGTH_MAX),))
        told = read_form(found, form)
        if not isinstance(told, Refused) and self.named is not None:
            told = await with_people(told, partial(self.named, service.name, asking.area))
        if isinstance(told, Refused):
            return told
        if self.introduce is not None:
            await self.introduce(asking.person, service.name)
        asked = self.asked(service, asking)
        if found.noise and self.noise is not None:
            await asyncio.to_thread(self.noise.ready)
            asked = msgspec.structs.replace(asked, noise=self.noise.draw)
        past = found.past(told, asked)
        if past is not None and self.history is not None:
            entities = await stood_of(self.history, asking.area, *past)
            asked = msgspec.structs.replace(asked, stood=self._kept.state(service, entities))
        work = work_of_command(service, found, told, asking, asked)
        by = limiting(asking.person, service.name, found.name) if found.counted else ()
        work = counted(work, by, asked) if by else work
        queries = found.seeks(told, asked)
        return await (self._decide_sought(work, queries, asked) if queries else self.decide(work, asked))

    def command(self, name: str) -> tuple[Service, Command] | None:
        """The command `<service>.<command>` with its service; None where there is none."""
        service_name, _, own = name.partition(".")
        service = self.services.get(service_name)
        found = next((one for one in service.commands if one.name == own), None) if service else None
        return (service, found) if service is not None and found is not None else None

    def asked(self, service: Service, asking: Asking) -> Asked:
        """What a rule may know of the outside, now: of who asks what the service knows of them."""
        return Asked(
            area=asking.area,
            now=self.clock.now(),
            seed=self.clock.seed(),
            person=asking.person if service is KIT else asking.person.seen_by(service.name),
            language=asking.language,
            settings=self.settings(service, asking.area),
            browser=asking.browser,
            forbids=partial(self.forbids, asking.area),
            channels=self.channels,
        )

    def settings(self, service: Service, area: str) -> Any:
        """The settings of a service in an area: what the area says, else its defaults, None when it declares none."""
        given = self._settings.get(area, {}).get(service.name)
        return given if given is not None or service.settings is None else service.settings()

    async def _decide_sought(self, work: Work, queries: Sequence[Query], asked: Asked) -> Accepted | Refused:
        """Decide over what queries find, once more where what it needs changed meanwhile."""
        done: Accepted | Refused = OVERTAKEN
        for _ in range(SEEKS_MAX):
            done = await self.decide(await seek(self.entities, asked.area, work, queries), asked)
            if done is not OVERTAKEN:
                break
        return done

    async def decide(self, work: Work, asked: Asked) -> Accepted | Refused:
        """Make one decision and keep it whole, or nothing of it."""
        if len(work.ids) + len(work.beside) > NEEDS_MAX:
            return Refused("too_many")
        seen: dict[str, Entity] = {}

        def decision(loaded: Mapping[str, Entity]) -> Decision[Accepted]:
            shown = {one: kept for one, kept in loaded.items() if one not in work.beside}
            seen.update(shown)
            said = work.rule(shown, self._kept.state(work.service, shown))
            if isinstance(said, Refused):
                raise _Rollback(said)
            receipt = msgspec.json.encode(_Receipt(work.form_digest, said.answer))
            return Decision(self._changes(work, said, loaded, asked), said, receipt)

        person = work.by or asked.person
        by = By(
            actor=person.account_id or "anonymous",
            action=work.cause,
            office=",".join(sorted(person.offices)),
            purpose=work.purpose,
            helper=person.helper,
        )
        try:
            kept = await self.entities.change(asked.area, (*work.ids, *work.beside), decision, by, work.once)
        except _Rollback as rollback:
            return rollback.refused
        finally:
            # a rule reads as anybody does: what it saw of others is recorded before its answer leaves, a refusal too
            if self.opener is not None and not work.carries:
                own = person.owned | ({asked.browser} if asked.browser else set[str]())
                told = told_of(self.rulings, asked.area, Seer(person, own), seen.values())
                await self.opener.saw(asked.area, told if work.by else seen.values(), Reader(by, own, person))
        if not isinstance(kept, Repeated):
            return kept
        first = msgspec.json.decode(kept.receipt, type=_Receipt)
        return Accepted(answer=first.answer) if first.form == work.form_digest else Refused("conflict")

    def _changes(
        self, work: Work, said: Accepted, loaded: Mapping[str, Entity], asked: Asked
    ) -> tuple[Change, ...]:
        changes: list[Change] = []
        for view in (*said.writes, *letters(said.messages, work.cause, asked)):
            declared = own_type(work.service, type(view))
            before = loaded.get(cast("Any", view).id)
            if before is None and type(view) in declared.parts:
                continue
            after = write(view, before, asked.now, declared.name)
            if after is not before:
                changes.append(Change(before, after))
        changes += [Change(loaded[gone], None) for gone in said.deletes if gone in loaded]
        return tuple(changes)
