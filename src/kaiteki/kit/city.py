"""The city as one person sees it in one area: reads filtered to what the person may see, commands, photos, search."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Final, TypeAlias

import msgspec

from kaiteki.broker.auditing import those_told
from kaiteki.broker.opening import reader_of, reads
from kaiteki.broker.sifting import sift_or_less
from kaiteki.kit.catalogue.seeking import Catalogue
from kaiteki.kit.catalogue.shelf import Shelves
from kaiteki.kit.editing import Overtaken
from kaiteki.kit.engine import KIT, Asking, Engine, Work
from kaiteki.kit.files.darkroom import Darkroom
from kaiteki.kit.files.seen import PhotoSeen, any_named, one_naming
from kaiteki.kit.manifest import EntityType, Service
from kaiteki.kit.pages import FOUND_MAX, Hit, Listing, Met, Upload
from kaiteki.kit.pasts import WithPast
from kaiteki.kit.published import Published, Versions
from kaiteki.kit.rulings.narrowing import narrowed
from kaiteki.kit.rulings.seeing import openings, visible_past
from kaiteki.kit.rulings.sieving import Sieve
from kaiteki.kit.views import expand_name, read, slots
from kaiteki.model.access import Person
from kaiteki.model.decision import Accepted, Message, Refused
from kaiteki.model.entity import Entity
from kaiteki.model.query import PAGE_SIZE_MAX, Query, TypeAny, TypeIs
from kaiteki.model.visibility import NOTHING, Attributes, Seer
from kaiteki.model.words import Words
from kaiteki.ports.accesses import Accesses, Kept
from kaiteki.ports.entities import Found
from kaiteki.ports.events import Events
from kaiteki.ports.history import History

SEARCH_TEXT_LENGTH_MAX: Final = 100
"""Characters of a search that are looked at."""

Take: TypeAlias = Callable[["CityOf", Sequence[Mapping[str, Any]]], AsyncGenerator[bytes, None]]
"""(the city as a person sees it, their receipts of consents) -> everything kept of them, as a zip (`kit.taking`)."""


class Beside(msgspec.Struct, frozen=True):
    """What the cities of a node have beside the engine: who read what, what makes the zip of a person, the catalogues of open data."""

    accesses: Accesses | None = None
    take: Take | None = None
    shelves: Shelves | None = None
    versions: Versions = msgspec.field(default_factory=Versions)
    history: History | None = None
    events: Events | None = None


class CityOf(WithPast):
    """The City of kit.pages for whoever is asking. Build one per request; `Cities` makes them."""

    def __init__(self, engine: Engine, darkroom: Darkroom, asking: Asking, beside: Beside) -> None:
        self.engine = engine
        self._beside, self.history, self.events = beside, beside.history, beside.events
        # the browser of a helper holds what is the helper's own
        self.asking = msgspec.structs.replace(asking, browser="") if asking.person.helper else asking
        self._darkroom, self._taken_in = darkroom, set[str]()
        self.overtaken: Overtaken | None = None
        self.unsaid: dict[str, EntityType] = {}
        """The types of data of people that were wanted at the desk before it was said what for: they stayed closed."""
        browser = {self.asking.browser} if self.asking.browser else set[str]()
        self.seer = Seer(asking.person, asking.person.owned | browser)
        self._opened = openings(engine.rulings, asking.area, self.seer)
        reads(reader_of(asking.person, self.seer.owned, purpose=asking.purpose))

    @property
    def services(self) -> tuple[Service, ...]:
        """The manifests of the node, the kit's own last."""
        return tuple(self.engine.services.values())

    @property
    def entrusted(self) -> tuple[Service, ...]:
        """The services of which whoever asks sees and takes along what is kept of the person: all, or what a mandate covers."""
        return tuple(one for one in self.services if self.asking.person.lets_see(one.name))

    async def tell(self, cause: str, message: Message, to: Person | None = None) -> None:
        """Send a word to somebody for a cause of the kit (`kit.<what>`); the log of the node says who did it.

        Whoever is named as the person `to` gets it under the id by which the kit knows them, which is written down before.
        """
        if to is not None:
            if self.engine.introduce is not None:
                await self.engine.introduce(to, KIT.name)
            message = msgspec.structs.replace(message, to=to.seen_by(KIT.name).account_id)

        def rule(_loaded: Mapping[str, Entity], _state: Mapping[str, Any]) -> Accepted:
            return Accepted(messages=(message,))

        await self.engine.decide(Work(KIT, cause, (), rule), self.engine.asked(KIT, self.asking))

    @property
    def published(self) -> Published:
        """The area as everybody sees it, whoever asks."""
        everybody = Asking(self.asking.area, language=self.asking.language)
        nobody = CityOf(self.engine, self._darkroom, everybody, self._beside)
        # what this city reads later, it reads as who asks
        reads(reader_of(self.asking.person, self.seer.owned, purpose=self.asking.purpose))
        return Published(nobody, self._beside.versions)

    @property
    def owned(self) -> frozenset[str]:
        """The ids under which whoever asks holds what is theirs."""
        return self.seer.owned

    @property
    def numbers(self) -> frozenset[str]:
        """Those of these ids that whoever asks is told: a helper those of the entrusted services."""
        return self.asking.person.told if self.asking.person.helper else self.owned

    async def introduce(self, service: str) -> None:
        """Have it written down by which ids a service knows whoever asks, before it is told of them."""
        if self.engine.introduce is not None:
            await self.engine.introduce(self.asking.person, service)

    async def consented(self, purpose: str, holders: Sequence[str] = ()) -> frozenset[str]:
        """The items that one of the holders agreed to for a purpose, as of now; without holders: who asks."""
        found = await self.engine.consents.in_force(self.asking.area, holders or self._consenting, purpose)
        return frozenset[str]().union(*found.values())

    @property
    def _consenting(self) -> tuple[str, ...]:
        """The ids under which whoever asks keeps consents."""
        me = self.asking.person.seen_by(self.engine.keeps_consents).account_id
        return tuple(one for one in (me, self.asking.browser) if one)

    async def accesses(self, before: int = 0, limit: int = 50) -> Sequence[Kept]:
        """Who read what of whoever asks (a helper: of what is covered); what is under review (捜査など) is told when its day has come."""
        now, person, sight = self.engine.clock.now(), self.asking.person, self.engine.rulings.sight

        def is_told(one: Kept) -> bool:
            due = one.review_at is None or one.review_at <= now
            return due and person.lets_see(sight(one.access.type).service)

        if self._beside.accesses is None or not self.owned:
            return ()
        found = partial(self._beside.accesses.of, self.asking.area, tuple(sorted(self.owned)))
        return await those_told(found, is_told, before, limit)

    def taken(self, consents: Sequence[Mapping[str, Any]]) -> AsyncGenerator[bytes, None] | None:
        """Everything kept of whoever asks, as a zip that is made while it is read; None where the node offers none."""
        return self._beside.take(self, consents) if self._beside.take is not None else None

    async def catalogue(self) -> Catalogue:
        """The open data of the area; the same for whoever asks: what everybody may know."""
        shelves = self._beside.shelves
        return Catalogue() if shelves is None else await shelves.of(self.asking.area)

    def codes(self, declared: EntityType) -> Mapping[str, Mapping[str, Words]]:
        """The words of the codes of a type in this area, by field."""
        service = next(one for one in self.services if declared in one.types)
        settings = self.engine.settings(service, self.asking.area)
        return declared.codes(settings) if declared.codes is not None else {}

    async def get(self, view: type[Any], entity_id: str) -> Any | None:
        """One entity as a view; what the person may not read is absent in it."""
        declared = self.engine.declared(view)
        entity = await self.entity(declared, entity_id) if declared is not None else None
        return None if declared is None or entity is None else self._seen(declared, view, entity)

    async def find(self, view: type[Any], wanted: Query) -> Listing:
        """The entities of the view's type that match, as far as the person may know that they match."""
        declared = self.engine.declared(view)
        if declared is None:
            return Listing(())
        found = await self.rows(declared, wanted)
        if found is None:
            return Listing((), total=0 if wanted.total else None)
        entities, more, total = found
        seen = [self._seen(declared, view, entity) for entity in entities]
        return Listing([one for one in seen if one is not None] or (), more, total)

    async def met(self, part: str, view: type[Any], entity_id: str) -> Met | None:
        """One entity as a view, when its type plays the part and the person may see it."""
        row = (await self.engine.entities.load(self.asking.area, (entity_id,))).get(entity_id)
        entity = row.entity() if row is not None else None
        for declared in self.engine.playing(part) if entity is not None else ():
            if entity is not None and expand_name(declared.name) in entity.types:
                seen = self._seen(declared, view, entity)
                return None if seen is None else Met(seen, declared.name, declared.words)
        return None

    async def playing(
        self, part: str, view: type[Any], wanted: Query, among: Sequence[str] = ()
    ) -> Sequence[Met]:
        """The entities that match, of all types that play a part, type by type; of each at most the limit of the query."""
        met: list[Met] = []
        for declared in self.engine.playing(part):
            found = await self.rows(declared, wanted) if not among or declared.name in among else None
            for entity in found[0] if found is not None else ():
                seen = self._seen(declared, view, entity)
                if seen is not None:
                    met.append(Met(seen, declared.name, declared.words))
        return met

    async def rows(self, declared: EntityType, wanted: Query) -> tuple[list[Entity], bool, int | None] | None:
        """The raw entities behind `find`; None when the person can see none of them."""
        what = self.engine.sights[declared.name]
        self._want((what.type,))
        wanted = msgspec.structs.replace(
            wanted, types=TypeIs(what.type), limit=min(wanted.limit, PAGE_SIZE_MAX)
        )
        found = await self._sifted(wanted)
        return None if found is None else ([row.entity() for row in found.rows], found.more, found.total)

    async def _sifted(self, wanted: Query) -> Found | None:
        """What of a query the person sees; None when that is nothing."""
        allowed = narrowed(self.engine.rulings, self.asking.area, self.seer, wanted)
        return (
            None if allowed is None else await sift_or_less(self.engine.entities, self.asking.area, allowed)
        )

    async def run(self, command: str, form: Any, key: str | None = None) -> Accepted | Refused:
        """Run `<service>.<command>` as this person; where others changed the same fields of a form, `overtaken` says which."""
        asking = msgspec.structs.replace(self.asking, key=key, taken_in=frozenset(self._taken_in))
        done = await self.engine.run(command, form, asking)
        self.overtaken = done if isinstance(done, Overtaken) else None
        return done

    async def keep_photo(self, upload: Upload, field: str = "photo") -> str | Refused:
        """Check and take in a photo; the answer is its digest. Refused (not_allowed) for a helper who may only look."""
        if not self.asking.person.lets_act():
            return Refused("not_allowed")
        photo = await self._darkroom.keep(self.asking, upload.content, field)
        if isinstance(photo, Refused):
            return photo
        self._taken_in.add(photo.digest)
        return photo.digest

    async def sees_photo(self, digest: str) -> PhotoSeen:
        """Who may see a photo: whoever may read an entity that names it; while none names it, only who sent it.

        What staff hid in one entity only those see who may read that it is hidden, whatever else names the same file. The
        question goes the way of every query, type by type; of each it reads at most one entity.
        """
        area, kept = self.asking.area, [one for one in self.engine.types.values() if one.photos]
        hiding = [(one, one_naming(one, one.hidden_photos, digest)) for one in kept if one.hidden_photos]
        if await any_named(self.engine, area, hiding):
            return PhotoSeen.PERSON if await self._finds(hiding) else PhotoSeen.NOBODY
        naming = [(one, one_naming(one, one.photos, digest)) for one in kept]
        nobody = CityOf(self.engine, self._darkroom, Asking(self.asking.area), Beside())
        for seeing, answer in ((nobody, PhotoSeen.EVERYBODY), (self, PhotoSeen.PERSON)):
            if await seeing._finds(naming):
                return answer
        if await any_named(self.engine, area, naming):
            return PhotoSeen.NOBODY
        sent = await self._darkroom.is_sender(self.asking, digest)
        return PhotoSeen.PERSON if sent else PhotoSeen.NOBODY

    async def shows(self, digest: str) -> bool:
        """Whether everybody sees a photo."""
        return await self.sees_photo(digest) is PhotoSeen.EVERYBODY

    async def _finds(self, asked: Sequence[tuple[EntityType, Query]]) -> bool:
        """Whether this person finds an entity by one of the queries."""
        for declared, wanted in asked:
            found = await self.rows(declared, wanted)
            if found is not None and found[0]:
                return True
        return False

    async def search(self, text: str, limit: int = 20, among: Sequence[str] = ()) -> Listing:
        """What the person may see and whose title holds every word, of all types or of the short ones `among`.

        `Hit`s in the order of the services, counted to FOUND_MAX. All types that anybody may search are asked at once.
        """
        words = text.strip()[:SEARCH_TEXT_LENGTH_MAX]
        wanted = Query(text=words, limit=min(limit, PAGE_SIZE_MAX), total=True, total_max=FOUND_MAX)
        # a type whose entities have no name holds no word that could be asked for
        known = (one for service in self.engine.services.values() for one in service.types)
        named = [one.name for one in known if one.title != "id" and (not among or one.name in among)]
        return await self.hits(wanted, named) if words and named else Listing((), total=0)

    async def hits(self, wanted: Query, among: Sequence[str] = ()) -> Listing:
        """The entities of several types that match, as `Hit`s in the order of the query within that of the services.

        Types of which the person sees whatever matches share one query; one of which they see only their own has its own.
        """
        known = [one for service in self.engine.services.values() for one in service.types]
        asked = [one for one in known if not among or one.name in among]
        types = [TypeIs(self.engine.sights[declared.name].type) for declared in asked]
        sieve = Sieve(self.engine.rulings, self.asking.area, self.seer, wanted)
        even = tuple(one for one in types if sieve.is_even(one.type))
        hits, more, total = list[Hit](), False, 0
        for one in (*((TypeAny(even),) if even else ()), *(one for one in types if one not in even)):
            found = await self._sifted(msgspec.structs.replace(wanted, types=one))
            if found is None:
                continue
            hits += [hit for row in found.rows if (hit := self._hit(row.entity(), asked)) is not None]
            more, total = more or found.more, total + (found.total or 0)
        rank = {declared.name: n for n, declared in enumerate(asked)}
        if not wanted.order:
            hits.sort(key=lambda hit: rank[hit.type])
        return Listing(
            hits[: wanted.limit], more or len(hits) > wanted.limit, total if wanted.total else None
        )

    async def entity(self, declared: EntityType, entity_id: str) -> Entity | None:
        """The raw entity of a type, unfiltered: for read models that apply `open_to` themselves."""
        row = (await self.engine.entities.load(self.asking.area, (entity_id,))).get(entity_id)
        found = row.entity() if row is not None else None
        return found if found is not None and expand_name(declared.name) in found.types else None

    async def named(self, ids: Sequence[str]) -> dict[str, Hit]:
        """The entities of some ids by what people call them, as far as the person may see them."""
        if not ids:
            return {}
        rows = await self.engine.entities.load(self.asking.area, ids)
        known = [one for service in self.engine.services.values() for one in service.types]
        hits = {name: self._hit(row.entity(), known) for name, row in rows.items()}
        return {name: hit for name, hit in hits.items() if hit is not None}

    def open_to(self, entity: Entity) -> Attributes:
        """The expanded attributes of an entity that the person may read; None means all."""
        rulings, person = self.engine.rulings, self.asking.person
        seen = self._opened(entity)
        is_free = rulings.is_free(person, self.asking.area)
        if (seen is None and not is_free) or not self._want(entity.types):
            return seen
        return NOTHING if is_free else seen

    def _want(self, types: Iterable[str]) -> bool:
        """Keep it where it was not said yet for what data of such types are looked at; whether it was not."""
        rulings, person = self.engine.rulings, self.asking.person
        for name in types if person.looks_for is not None else ():
            declared = self.engine.types.get(name)
            if declared is not None and rulings.is_unsaid(person, self.engine.sights[declared.name]):
                self.unsaid[declared.name] = declared
                return True
        return False

    def open_past(self, declared: EntityType, entity: Entity | None) -> Attributes:
        """The expanded attributes of an entity whose past the person may read; None means all."""
        types = entity.types if entity is not None else (self.engine.sights[declared.name].type,)
        past = visible_past(self.engine.rulings, self.asking.area, self.seer, types, entity)
        closed = self._want(types) and self.engine.rulings.is_free(self.asking.person, self.asking.area)
        return NOTHING if past is None or closed else past.attributes

    def _seen(self, declared: EntityType, view: type[Any], entity: Entity) -> Any | None:
        open_to = self.open_to(entity)
        if open_to is not None and not open_to:
            return None
        return self.view_of(view, entity, open_to)

    def view_of(
        self, view: type[Any], entity: Entity, open_to: Attributes, fields: Iterable[str] | None = None
    ) -> Any:
        """An entity as a view, of which the person may read so much; what is sealed of these fields (None: all) is opened, with a record."""
        return read(view, self.plain_of(view, entity, open_to, fields), open_to)

    def plain_of(
        self, view: type[Any], entity: Entity, open_to: Attributes, fields: Iterable[str] | None = None
    ) -> Entity:
        """The same before it is a view."""
        opener = self.engine.opener
        if opener is None or opener.seals.of(entity.types) is None:
            return entity
        wanted = None if fields is None else frozenset(fields)
        shown = {slot.iri for slot in slots(view) if wanted is None or slot.field in wanted}
        return opener.opened(
            self.asking.area, entity, frozenset(shown if open_to is None else shown & open_to)
        )

    def _hit(self, entity: Entity, asked: Sequence[EntityType]) -> Hit | None:
        declared = next((one for one in asked if expand_name(one.name) in entity.types), None)
        seen = self._seen(declared, declared.view, entity) if declared is not None else None
        if declared is None or seen is None:
            return None
        title: Any = getattr(seen, declared.title, "")
        said = title.say(self.asking.language) if isinstance(title, Words) else str(title)
        service = next(name for name, one in self.engine.services.items() if declared in one.types)
        return Hit(entity.id, said or entity.id, declared.name, declared.words, service, seen)


class Cities:
    """Makes the city of each person who asks. One per node. Without `events` catalogues are read anew each time."""

    def __init__(
        self,
        engine: Engine,
        darkroom: Darkroom,
        accesses: Accesses | None = None,
        take: Take | None = None,
        events: Events | None = None,
    ) -> None:
        self.engine = engine
        self.darkroom = darkroom
        self.shelves = Shelves(lambda area: CityOf(engine, darkroom, Asking(area), Beside()), engine, events)
        self.beside = Beside(accesses, take, self.shelves, events=events)

    def of(self, asking: Asking) -> CityOf:
        """The city as `asking.person` sees it in `asking.area`."""
        return CityOf(self.engine, self.darkroom, asking, self.beside)
