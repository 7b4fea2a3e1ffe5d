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
from kaiteki.kit.allowances import USES, counting, limiting, uses
from kaiteki.kit.consents import PART as CONSENT
from kaiteki.kit.consents import Consents, oldest_texts
from kaiteki.kit.erasures import ERASURES
from kaiteki.kit.failures import FAILURES
from kaiteki.kit.files.photo import PHOTOS, Photo, photo_id, sender_mark
from kaiteki.kit.forms import check, parse, photos_in
from kaiteki.kit.grounds import KIT_PURPOSES
from kaiteki.kit.manifest import Command, EntityType, Service, State
from kaiteki.kit.messages import LETTERS, letters
from kaiteki.kit.named_people import Named, with_people
from kaiteki.kit.numbering import COUNTERS
from kaiteki.kit.rulings.declared import catalogue_of
from kaiteki.kit.rulings.policies import Policies
from kaiteki.kit.rulings.rulings import Rulings
from kaiteki.kit.rulings.seeing import told_of
from kaiteki.kit.stood import stood_of
from kaiteki.kit.views import expand_name, read, type_name, write
from kaiteki.model.access import NOBODY, Allowance, Person
from kaiteki.model.decision import NOT_SURE, Accepted, Asked, Refused, digest_of
from kaiteki.model.entity import Entity
from kaiteki.model.faults import fault
from kaiteki.model.visibility import Seer
from kaiteki.model.words import Words
from kaiteki.ports.clock import Clock
from kaiteki.ports.entities import By, Change, Decision, Entities, Repeated
from kaiteki.ports.history import History
from kaiteki.ports.noise import NoiseSource

NEEDS_MAX: Final = 500
"""Entities that one decision may load."""
KEY_LENGTH_MAX: Final = 200
"""Characters of an idempotency key."""
_KEY: Final = Words("二重送信を防ぐ印", "Idempotency-Key", "しるし")
KIT_TYPES: Final = (LETTERS, COUNTERS, PHOTOS, FAILURES, ERASURES, USES)
KIT: Final = Service(
    name="kit",
    words=Words("基本機能", "Basics", "きほん"),
    summary=Words("すべてのサービスが使う記録", "Records that all services use", "みんなが つかう きろく"),
    field="hall",
    stage="stable",
    package="kaiteki.kit",
    types=KIT_TYPES,
    purposes=KIT_PURPOSES,
)
"""What the kit itself keeps, told as a service is, so that generic pages show it to those who run the node."""


class Asking(msgspec.Struct, frozen=True):
    """Who asks where: the area, the person, the language, the idempotency key, the browser of a visitor, the purpose.

    `taken_in` are the digests of photos that came with this very request, for those who have neither account nor browser;
    `opened` is what the form was opened with (`kit.editing`), empty where that is not known.
    """

    area: str
    person: Person = NOBODY
    language: str = "ja"
    key: str | None = None
    browser: str = ""
    purpose: str = ""
    taken_in: frozenset[str] = frozenset()
    opened: str = ""

    @property
    def owner(self) -> str:
        """Who holds what comes of it: the account, else the browser of a visitor without one, else nobody ("")."""
        return self.person.account_id or self.browser

    def sent(self, photo: Photo) -> bool:
        """Whether they sent a photo: from their account, or from their browser before they signed in."""
        own = (sender_mark(one, photo.digest) for one in (self.person.account_id, self.browser) if one)
        return photo.digest in self.taken_in or any(mark in photo.senders for mark in own)


EntityRule: TypeAlias = Callable[[Mapping[str, Entity], State], Accepted | Refused]
"""A pure decision over the loaded entities and the service's views of them."""
Introduce: TypeAlias = Callable[[Person, str], Awaitable[None]]
"""(who asks, service): what is done before a service knows somebody for the first time."""


class Work(msgspec.Struct, frozen=True):
    """One decision to be made and kept: whose, why, over which entities, by which rule, once under which key."""

    service: Service
    cause: str
    ids: tuple[str, ...]
    rule: EntityRule
    once: str | None = None
    purpose: str = ""
    form_digest: str = ""
    by: Person | None = None
    """Who is named in the log; None: who it is to the service."""
    beside: tuple[str, ...] = ()
    """What is kept in step, unseen by the rule."""


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
        self._kept_by = {
            one.view: (service, one) for service in services for one in (*service.types, *KIT_TYPES)
        }
        self.types = {
            expand_name(declared.name): declared
            for declared in (*KIT_TYPES, *(declared for service in services for declared in service.types))
        }
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
        keeping = (s.name for s in services if any(CONSENT in one.plays for one in s.types))
        self.keeps_consents: Final = next(keeping, KIT.name)
        self.history: History | None = None
        """What knows what entities were; None where no rule sees a past."""
        self.noise: NoiseSource | None = None
        """What draws noise for numbers of people; None where the node cannot."""
        self.forbids: Callable[[str, str], bool] = lambda area, url: False  # see `Asked.forbids`
        self._views = {service.name: self._views_of(service) for service in self.services.values()}

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
        read_form = _form(found, form)
        if not isinstance(read_form, Refused) and self.named is not None:
            read_form = await with_people(read_form, partial(self.named, service.name, asking.area))
        if isinstance(read_form, Refused):
            return read_form
        if self.introduce is not None:
            await self.introduce(asking.person, service.name)
        asked = self.asked(service, asking)
        if found.noise and self.noise is not None:
            await asyncio.to_thread(self.noise.ready)
            asked = msgspec.structs.replace(asked, noise=self.noise.draw)
        past = found.past(read_form, asked)
        if past is not None and self.history is not None:
            entities = await stood_of(self.history, asking.area, *past)
            asked = msgspec.structs.replace(asked, stood=self._state(service, entities))
        work = _work_of_command(service, found, read_form, asking, asked)
        by = limiting(asking.person, service.name, found.name) if found.counted else ()
        return await self.decide(_counted(work, by, asked) if by else work, asked)

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
        )

    def settings(self, service: Service, area: str) -> Any:
        """The settings of a service in an area: what the area says, else its defaults, None when it declares none."""
        given = self._settings.get(area, {}).get(service.name)
        return given if given is not None or service.settings is None else service.settings()

    def declared(self, view: type[msgspec.Struct]) -> EntityType | None:
        """The entity type of which a class is a view, whichever service keeps it."""
        kept = self._kept_by.get(view)
        return kept[1] if kept else self.types.get(expand_name(type_name(view)))

    async def decide(self, work: Work, asked: Asked) -> Accepted | Refused:
        """Make one decision and keep it whole, or nothing of it."""
        if len(work.ids) + len(work.beside) > NEEDS_MAX:
            return Refused("too_many")
        seen: dict[str, Entity] = {}

        def decision(loaded: Mapping[str, Entity]) -> Decision[Accepted]:
            shown = {one: kept for one, kept in loaded.items() if one not in work.beside}
            seen.update(shown)
            said = work.rule(shown, self._state(work.service, shown))
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
            if self.opener is not None:
                own = person.owned | ({asked.browser} if asked.browser else set[str]())
                told = told_of(self.rulings, asked.area, Seer(person, own), seen.values())
                await self.opener.saw(asked.area, told if work.by else seen.values(), Reader(by, own, person))
        if not isinstance(kept, Repeated):
            return kept
        first = msgspec.json.decode(kept.receipt, type=_Receipt)
        return Accepted(answer=first.answer) if first.form == work.form_digest else Refused("conflict")

    def _state(self, service: Service, loaded: Mapping[str, Entity]) -> State:
        """The loaded entities as the service's own views; what it has no view of it does not see."""
        views = self._views[service.name]
        kinds = {one.id: next((kind for kind in one.types if kind in views), "") for one in loaded.values()}
        return {found: read(views[kind], loaded[found]) for found, kind in kinds.items() if kind}

    def playing(self, part: str) -> tuple[EntityType, ...]:
        """The types that play a part, whichever service keeps them, in the order of the services."""
        return tuple(declared for declared in self.types.values() if part in declared.plays)

    def _views_of(self, service: Service) -> dict[str, type[msgspec.Struct]]:
        """How a service sees entities, by expanded type: its own types before those it names, these before parts."""
        views = {
            expand_name(declared.name): view
            for part, view in service.meets.items()
            for declared in self.playing(part)
        }
        views |= {expand_name(type_name(view)): view for view in service.sees}
        return views | {expand_name(one.name): one.view for one in (*KIT_TYPES, *service.types)}

    def _changes(
        self, work: Work, said: Accepted, loaded: Mapping[str, Entity], asked: Asked
    ) -> tuple[Change, ...]:
        changes: list[Change] = []
        for view in (*said.writes, *letters(said.messages, work.cause, asked)):
            declared = self._own_type(work.service, type(view))
            before = loaded.get(cast("Any", view).id)
            if before is None and type(view) in declared.parts:
                continue
            after = write(view, before, asked.now, declared.name)
            if after is not before:
                changes.append(Change(before, after))
        changes += [Change(loaded[gone], None) for gone in said.deletes if gone in loaded]
        return tuple(changes)

    def _own_type(self, service: Service, view: type[msgspec.Struct]) -> EntityType:
        """The type a service writes; a service writes no other service's entities (that would be a bug, so it raises)."""
        for declared in (*service.types, *KIT_TYPES):
            if declared.view is view or view in declared.parts:
                return declared
        raise TypeError(f"{service.name} keeps no entities of {view.__name__}")


def may_use(person: Person, service: Service, command: Command) -> bool:
    """Whether who sits there may use a command in this person's name; some things everybody does themselves."""
    return not person.helper or (not command.in_person and person.lets_do(service.name, command.name))


def _form(command: Command, form: Any) -> msgspec.Struct | Refused:
    if isinstance(form, command.form):
        return Refused("invalid", faults) if (faults := check(form)) else form
    if not isinstance(form, Mapping):
        return Refused("invalid", (fault("not_an_object", "body", command.words),))
    read_form = parse(command.form, cast("Mapping[str, Any]", form))
    return Refused("invalid", read_form) if isinstance(read_form, tuple) else read_form


def _counted(work: Work, by: Sequence[Allowance], asked: Asked) -> Work:
    """A deed in somebody's name by mandates that say how often."""
    return msgspec.structs.replace(work, ids=work.ids + uses(by), rule=counting(work.rule, by, asked.now))


def _work_of_command(
    service: Service, command: Command, form: msgspec.Struct, asking: Asking, asked: Asked
) -> Work:
    cause = f"{service.name}.{command.name}"
    named = tuple(photo_id(digest) for digest in sorted(photos_in(form)))

    def rule(loaded: Mapping[str, Entity], state: State) -> Accepted | Refused:
        # A digest is an address, not a right: what others sent, what is hidden and what never was are refused alike.
        whole = command.edits.meet(state, form, asked, asking.opened) if command.edits is not None else form
        said = whole if isinstance(whole, Refused) else command.decide(state, whole, asked)
        photos = (state.get(one) for one in named)
        if all(isinstance(photo, Photo) and asking.sent(photo) for photo in photos):
            return said
        if isinstance(said, Refused) and said.code != "invalid":
            return said
        others = said.faults if isinstance(said, Refused) else ()
        return Refused("invalid", (fault("unsent", "photos", PHOTOS.words), *others))

    return Work(
        service=service,
        cause=cause,
        ids=tuple(dict.fromkeys((*command.needs(form, asked), *named))),
        rule=rule,
        once=digest_of(cause, asked.owner, asking.key) if asking.key else None,
        purpose=asking.purpose,
        form_digest=digest_of(asking.key, msgspec.json.encode(form)) if asking.key else "",
        by=asking.person,
        beside=tuple(command.beside(form, asked)),
    )
