"""What a person may see of an entity type: which attributes are open, and a query cut down so that it cannot leak others.

A ruling (kit.rulings asks the policies for it) says of one type and one person which attributes are open by which facts of an
entity; here it is compared with entities and queries. Nothing here asks a policy.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

import msgspec

from kaiteki.model.access import Person
from kaiteki.model.entity import Entity
from kaiteki.model.query import AllOf, AnyOf, Comparison, Exists, Filter, Missing, OneOf, Path, Query

_META: Final = frozenset({"id", "type", "scope", "createdAt", "modifiedAt", "expiresAt", "observedAt"})

Attributes: TypeAlias = frozenset[str] | None
"""Attributes (expanded) of an entity that may be seen; None means all of them."""
NOTHING: Final[frozenset[str]] = frozenset()
BARE: Final = frozenset({"id"})
"""That an entity is there and of which types, but none of its attributes."""


class Sight(msgspec.Struct, frozen=True):
    """What a service declares of a type; all names expanded. `public` everybody, the rest `roles`, and the holder of an entity.

    `holder` is the attribute with the account id of the person it is about. `searchable` says whether free text search
    reads only what is public of it. `past` are those of the public attributes whose past values are public as well: what
    was taken from the public once (a hidden text, a corrected place) stays in history, and must not be read there. `lasting`: their
    past stays public when an entity is deleted.
    `raw` may be written past the commands of the service by `roles` (None: all of it); `commands` are what changes the rest.
    `known` are all attributes that the type declares, by the names of their fields; `office` the attribute with the office in charge.
    Of what is `sealed` only what is `sought` can be compared, by equality. `tells_of`: attributes that hold ids or content of entities of other
    types; they are open only to whom something of each of those types is. `worn_with` is the attribute that entities of other types have
    while they are of this type, too.
    """

    type: str
    public: frozenset[str]
    roles: tuple[str, ...]
    holder: str = ""
    searchable: bool = True
    past: frozenset[str] | None = None
    lasting: bool = False
    raw: frozenset[str] | None = None
    commands: tuple[str, ...] = ()
    name: str = ""
    service: str = ""
    known: dict[str, str] = {}
    office: str = ""
    personal: bool = False
    sealed: frozenset[str] = frozenset()
    sought: frozenset[str] = frozenset()
    data_class: str = "none"
    tells_of: Mapping[str, tuple[str, ...]] = {}
    worn_with: str = ""


class Opening(msgspec.Struct, frozen=True):
    """A set of attributes: `names`, or with `others` everything else, declared or not."""

    names: frozenset[str] = frozenset()
    others: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether all there is is open."""
        return self.others and not self.names

    @property
    def is_empty(self) -> bool:
        """Whether nothing is open, so that not even the entity is to be seen."""
        return not self.others and not self.names

    def shows(self, name: str) -> bool:
        """Whether an attribute is open."""
        return (name in self.names) != self.others

    def both(self, other: Opening) -> Opening:
        """What is open in this and in the other."""
        if self.others and other.others:
            return Opening(self.names | other.names, True)
        if not self.others and not other.others:
            return Opening(self.names & other.names)
        listed, rest = (other, self) if self.others else (self, other)
        return Opening(listed.names - rest.names)

    def of(self, entity: Entity) -> Attributes:
        """What of an entity is open."""
        if not self.others:
            return self.names
        return None if not self.names else (frozenset(entity.attributes) - self.names or BARE)


WHOLE: Final = Opening(others=True)
CLOSED: Final = Opening()
HELD, OWN_OFFICE, CONSENTED = 1, 2, 4
"""Facts of an entity that open something of it: who asks holds it, works in the office in charge, has the consent of its holder."""
FACTS_MAX: Final = 8


class Ruling(msgspec.Struct, frozen=True):
    """What of a type is open to a person by the facts of an entity: one opening for each of the FACTS_MAX sums of facts.

    `holder` and `office` are the attributes that tell the facts; `purpose` is for what it was decided, `uses_consent` whether a
    consent can open something, `items` then the attributes that each item of a consent means. `gone` is what is open of the past of
    deleted entities.
    """

    openings: tuple[Opening, ...]
    gone: Opening = CLOSED
    holder: str = ""
    office: str = ""
    purpose: str = ""
    uses_consent: bool = False
    items: Mapping[str, frozenset[str]] = {}

    @property
    def plain(self) -> Opening:
        """What is open of every entity of the type."""
        return self.openings[0]

    @property
    def is_even(self) -> bool:
        """Whether all entities of the type show the same."""
        return all(opening == self.openings[0] for opening in self.openings)

    def unheld(self) -> Ruling:
        """The ruling for who acts for a holder without being entrusted with this: what they hold is as what any other one holds."""
        others = tuple(self.openings[facts & ~HELD] for facts in range(FACTS_MAX))
        return msgspec.structs.replace(self, openings=others)

    def opening(self, facts: int, items: frozenset[str] = NOTHING) -> Opening:
        """What is open of an entity with these facts, whose holder has agreed to the use of some attributes (`items`)."""
        plain = self.openings[facts & ~CONSENTED]
        if not items:
            return plain
        agreed = self.openings[facts | CONSENTED]
        if plain == agreed:
            return plain
        differing = frozenset(name for name in items if plain.shows(name) != agreed.shows(name))
        return Opening(plain.names ^ differing, plain.others)


class PastSight(msgspec.Struct, frozen=True):
    """What a person may see of the past of an entity: its attributes (None: all of them), and whether its scopes."""

    attributes: frozenset[str] | None
    scopes: bool

    def sees(self, name: str) -> bool:
        """Whether the past of an attribute may be seen."""
        return self.attributes is None or name in self.attributes


class Seer(msgspec.Struct, frozen=True):
    """Who looks: a person, and the ids under which entities may be held (the account, the browser)."""

    person: Person
    owned: frozenset[str] = frozenset()

    def facts(self, ruling: Ruling, entity: Entity) -> int:
        """The facts of an entity as this person meets it."""
        facts = 0
        if ruling.holder and _is_among(entity, ruling.holder, self.owned):
            facts |= HELD
        if ruling.office and (
            "*" in self.person.offices or _is_among(entity, ruling.office, self.person.offices)
        ):
            facts |= OWN_OFFICE
        return facts


def _is_among(entity: Entity, name: str, values: frozenset[str]) -> bool:
    held = entity.first(name)
    return held is not None and isinstance(held.value, str) and held.value in values


def readable(ruling: Ruling, seer: Seer, entity: Entity, agreed: frozenset[str] = NOTHING) -> Attributes:
    """The attributes of an entity that may be read; None means all of them, an empty set that it is not to be seen at all.

    `agreed` are the attributes to whose use the holder has agreed for the purpose of the ruling.
    """
    return ruling.opening(seer.facts(ruling, entity), agreed).of(entity)


def readable_past(
    sight: Sight, ruling: Ruling, seer: Seer, entity: Entity | None, agreed: frozenset[str] = NOTHING
) -> Attributes:
    """The attributes of an entity whose past values may be read; None means all. Whoever shows history asks this.

    `ruling` is that over the past; `entity` is the present one, None when it was deleted; `agreed` are the attributes to whose use
    its holder agrees now. Of a type whose past is not public as a whole, others read the past of what the entity shows now: what was
    taken from it is gone.
    """
    if entity is None:
        return _named(ruling.gone, sight)
    opening = ruling.opening(seer.facts(ruling, entity), agreed)
    if opening.others:
        shown = _named(opening, sight)
        return shown if shown is None else shown | (frozenset(entity.attributes) - opening.names)
    return opening.names if sight.past is None else opening.names & entity.attributes.keys()


def _named(opening: Opening, sight: Sight) -> Attributes:
    """What is open, by name: of a type of which not all is open, what it declares."""
    if opening.is_whole:
        return None
    return frozenset(sight.known.values()) - opening.names if opening.others else opening.names


def narrow(sight: Sight, ruling: Ruling, seer: Seer, wanted: Query) -> Query | None:
    """The query with everything hidden taken out, as if those attributes did not exist; None when nothing can match.

    Of what only facts of an entity open, this leaves something out, but never tells too much.
    """
    plain = ruling.plain
    if plain.is_whole or (ruling.openings[HELD].is_whole and _asks_own(sight, seer, wanted.q)):
        return wanted
    if plain.is_empty:
        return None if ruling.openings[HELD].is_empty else _own(sight, seer, wanted)
    return cut(plain, wanted, "all" if sight.searchable else "none")


Texts: TypeAlias = Literal["all", "some", "none"]
"""Whether of what free text search reads in entities of a type all is open, or nothing, or it depends."""


def cut(opening: Opening, wanted: Query, texts: Texts = "all", links: bool = False) -> Query | None:
    """A query over entities of which this is open, as if nothing else existed; None when nothing can match.

    With `links`, conditions behind open relationships stay: what they find is then more than may be seen.
    """
    if opening.is_empty:
        return None
    if opening.is_whole and not links:
        return wanted
    if wanted.geo is not None and not opening.shows(wanted.geo.geoproperty):
        return None
    if wanted.text is not None and texts == "none":
        return None
    if wanted.test is not None and not all(map(opening.shows, wanted.test.names)):
        return None
    attrs = tuple(name for name in wanted.attrs if opening.shows(name))
    if wanted.attrs and not attrs:
        return None
    q = None
    if wanted.q is not None:
        q = _prune(opening, wanted.q, links)
        if q is None:
            return None
    order = tuple(key for key in wanted.order if _is_open(opening, key.path, links))
    # (a query with an order has no way back, also where nothing of the order can be seen)
    return msgspec.structs.replace(
        wanted, q=q, attrs=attrs, order=order, backwards=wanted.backwards and not wanted.order
    )


def _own(sight: Sight, seer: Seer, wanted: Query) -> Query | None:
    """The query over a type that is not public at all: only what the person holds."""
    if not sight.holder or not seer.owned:
        return None
    own = Comparison(Path((sight.holder,)), "==", OneOf(tuple(sorted(seer.owned))))
    return msgspec.structs.replace(wanted, q=own if wanted.q is None else AllOf((own, wanted.q)))


def _asks_own(sight: Sight, seer: Seer, q: Filter | None) -> bool:
    """Whether the filter already limits the answer to entities that the person holds."""
    match q:
        case AllOf(parts=parts):
            return any(_asks_own(sight, seer, part) for part in parts)
        case Comparison(path=path, operator="==", operand=operand):
            return bool(sight.holder) and path == Path((sight.holder,)) and operand in seer.owned
        case _:
            return False


def _is_open(opening: Opening, path: Path, links: bool = False) -> bool:
    """Whether a path may be asked. Members of an entity are open, but for those that an attribute has the name of."""
    if path.linked is not None and not links:
        return False
    return opening.shows(path.names[0]) or (path.names[0] in _META and path.linked is None)


def _prune(opening: Opening, q: Filter, links: bool = False) -> Filter | None:
    """The filter without hidden comparisons (which match nothing); None when the whole matches nothing."""
    match q:
        case Comparison(path=path) | Exists(path=path):
            return q if _is_open(opening, path, links) else None
        case Missing(path=path):
            # what is hidden does not exist, so that it is missing from everything
            return q if path.linked is None and _is_open(opening, path) else AllOf(())
        case AllOf(parts=parts):
            kept = tuple(_prune(opening, part, links) for part in parts)
            return None if None in kept else AllOf(tuple(part for part in kept if part is not None))
        case AnyOf(parts=parts):
            some = tuple(part for one in parts if (part := _prune(opening, one, links)) is not None)
            return AnyOf(some) if some else None
