"""What a person may see of an entity type: which attributes are readable, and a query cut down so that it cannot leak others."""

from __future__ import annotations

from typing import Final

import msgspec

from kaiteki.model.access import Person
from kaiteki.model.entity import Entity
from kaiteki.model.query import AllOf, AnyOf, Comparison, Exists, Filter, Missing, OneOf, Path, Query

_META: Final = frozenset({"id", "type", "scope", "createdAt", "modifiedAt", "expiresAt", "observedAt"})


class Sight(msgspec.Struct, frozen=True):
    """Who sees what of a type; all names expanded. `public` everybody, the rest `roles`, and the holder of an entity.

    `holder` is the attribute with the account id of the person it is about. `searchable` says whether free text search
    reads only what is public of it. `past` are those of the public attributes whose past values are public as well: what
    was taken from the public once (a hidden text, a corrected place) stays in history, and must not be read there.
    `raw` may be written past the commands of the service by `roles` (None: all of it); `commands` are what changes the rest.
    """

    type: str
    public: frozenset[str]
    roles: tuple[str, ...]
    holder: str = ""
    searchable: bool = True
    past: frozenset[str] | None = None
    raw: frozenset[str] | None = None
    commands: tuple[str, ...] = ()


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


def readable(sight: Sight, seer: Seer, entity: Entity) -> frozenset[str] | None:
    """The attributes of an entity that may be read; None means all of them."""
    if seer.person.holds(sight.roles):
        return None
    if sight.holder:
        held = entity.first(sight.holder)
        if held is not None and held.value in seer.owned:
            return None
    return sight.public


def readable_past(sight: Sight, seer: Seer, entity: Entity | None) -> frozenset[str] | None:
    """The attributes of an entity whose past values may be read; None means all. Whoever shows history asks this.

    `entity` is the present one; of a deleted one (None) only the roles of its type read anything. Of a type whose past
    is not public as a whole, others read the past of what the entity shows now: what was taken from it is gone.
    """
    if seer.person.holds(sight.roles):
        return None
    if entity is None:
        return frozenset()
    present = readable(sight, seer, entity)
    if present is None or sight.past is None:
        return present
    return present & sight.past & entity.attributes.keys()


def narrow(sight: Sight, seer: Seer, wanted: Query) -> Query | None:
    """The query with everything hidden taken out, as if those attributes did not exist; None when nothing can match."""
    if seer.person.holds(sight.roles) or _asks_own(sight, seer, wanted.q):
        return wanted
    if not sight.public:
        return _own(sight, seer, wanted)
    if wanted.geo is not None and wanted.geo.geoproperty not in sight.public:
        return None
    if wanted.text is not None and not sight.searchable:
        return None
    attrs = tuple(name for name in wanted.attrs if name in sight.public)
    if wanted.attrs and not attrs:
        return None
    q = None
    if wanted.q is not None:
        q = _prune(sight, wanted.q)
        if q is None:
            return None
    order = tuple(key for key in wanted.order if _is_open(sight, key.path))
    return msgspec.structs.replace(wanted, q=q, attrs=attrs, order=order)


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


def _is_open(sight: Sight, path: Path) -> bool:
    return path.linked is None and (path.names[0] in _META or path.names[0] in sight.public)


def _prune(sight: Sight, q: Filter) -> Filter | None:
    """The filter without hidden comparisons (which match nothing); None when the whole matches nothing."""
    match q:
        case Comparison(path=path) | Exists(path=path):
            return q if _is_open(sight, path) else None
        case Missing(path=path):
            # what is hidden does not exist, so that it is missing from everything
            return q if _is_open(sight, path) else AllOf(())
        case AllOf(parts=parts):
            kept = tuple(_prune(sight, part) for part in parts)
            return None if None in kept else AllOf(tuple(part for part in kept if part is not None))
        case AnyOf(parts=parts):
            some = tuple(part for part in (_prune(sight, part) for part in parts) if part is not None)
            return AnyOf(some) if some else None
