"""What everybody may see of the entities of an area, for what is handed out at a stable address: tables, feeds, tiles.

    page ─► City.published ─► reads as nobody (whoever asks) ─► the same bytes for everybody
                          └─► version(view, within) ─► rows and newest change ─► ETag, 304

A version costs two looks into an index (0.2 ms), whatever the number of rows. That of some entities of a type (those of one data
set) is worked out again only when the version of the type has changed; so is how many they are (`count`): 0.1 ms an ask, and after a
change 30 ms for 100,000 entities of the data set, once.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec

from kaiteki.kit.changed import Changed, changed_since
from kaiteki.kit.pages import Listing, Wrote
from kaiteki.kit.views import every, read
from kaiteki.model.entity import Entity
from kaiteki.model.instant import Instant, format_instant
from kaiteki.model.query import Comparison, DateTimeValue, Filter, Order, Path, Query

if TYPE_CHECKING:
    from kaiteki.kit.city import CityOf
    from kaiteki.kit.manifest import EntityType

VERSIONS_MAX: Final = 10_000
"""Versions of parts of types that a node remembers; a full memory begins anew."""
_NEWEST: Final = Query(order=(Order(Path(("modifiedAt",)), descending=True),), limit=1, total=True)


class Version(msgspec.Struct, frozen=True):
    """A state of the entities of a type, or of some of them: how many there are, when one was last changed, what of them is open.

    Law: two states of one area that differ have different versions. A change or a new entity moves `changed_at`; while nothing
    moves it, entities can only have gone, and then there are fewer.
    """

    rows: int
    changed_at: Instant = Instant(0)
    open: str = ""

    @property
    def tag(self) -> str:
        """The version as a short word."""
        return digest(self)


def digest(*parts: Any) -> str:
    """Sixteen hexadecimal digits that tell some values from all others."""
    text = msgspec.json.encode(parts, order="sorted")
    return hashlib.blake2s(text, digest_size=8).hexdigest()


class Versions:
    """The versions that were worked out: by area, type and condition, with that of the whole type at that time; and the numbers."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str, Filter], tuple[Version, Version]] = {}
        self._numbers: dict[tuple[str, str, Filter], tuple[Version, int]] = {}

    def get(self, key: tuple[str, str, Filter], whole: Version) -> Version | None:
        """What was worked out while the type was in this state."""
        known = self._known.get(key)
        return known[1] if known is not None and known[0] == whole else None

    def keep(self, key: tuple[str, str, Filter], whole: Version, part: Version) -> None:
        """Remember it."""
        if len(self._known) >= VERSIONS_MAX:
            self._known.clear()
        self._known[key] = whole, part

    def number(self, key: tuple[str, str, Filter], whole: Version) -> int | None:
        """How many they were while the type was in this state."""
        known = self._numbers.get(key)
        return known[1] if known is not None and known[0] == whole else None

    def note(self, key: tuple[str, str, Filter], whole: Version, number: int) -> None:
        """Remember how many they are."""
        if len(self._numbers) >= VERSIONS_MAX:
            self._numbers.clear()
        self._numbers[key] = whole, number


class Published:
    """The area as everybody sees it; `nobody` is the city of who is not known."""

    def __init__(self, nobody: CityOf, versions: Versions) -> None:
        self._city = nobody
        self._versions = versions

    async def get(self, view: type[Any], entity_id: str) -> Any | None:
        """One entity as a view; None when there is none or not everybody may see it."""
        return await self._city.get(view, entity_id)

    async def find(self, view: type[Any], wanted: Query) -> Listing:
        """The entities of the view's type that match, as everybody may know that they match."""
        return await self._city.find(view, wanted)

    async def version(self, view: type[Any], within: Filter | None = None) -> Version:
        """The state of the entities of a type (those that satisfy `within`) that everybody sees."""
        declared = self._city.engine.declared(view)
        if declared is None:
            return Version(0)
        whole = await self._newest(declared, None)
        if within is None:
            return whole
        key = (self._city.asking.area, declared.name, within)
        part = self._versions.get(key, whole)
        if part is None:
            part = await self._newest(declared, within)
            self._versions.keep(key, whole, part)
        return part

    async def hits(self, wanted: Query, among: Sequence[str]) -> Listing:
        """The entities of several types (short names) that match, as everybody may know that they match, as `Hit`s."""
        return await self._city.hits(wanted, among)

    async def count(self, view: type[Any], within: Filter) -> int:
        """How many entities of a type that everybody sees satisfy a condition which an index decides, now: those of a data set."""
        declared = self._city.engine.declared(view)
        if declared is None:
            return 0
        whole = await self._newest(declared, None)
        key = (self._city.asking.area, declared.name, within)
        number = self._versions.number(key, whole)
        if number is None:
            found = await self._city.rows(declared, Query(q=every(within), limit=1, total=True))
            number = 0 if found is None else found[2] or 0
            self._versions.note(key, whole, number)
        return number

    async def latest(self, view: type[Any], before: Instant, limit: int) -> Sequence[tuple[Any, Instant]]:
        """The entities of a type that were last changed before a moment, the latest first, each with when that was."""
        declared = self._city.engine.declared(view)
        moment = DateTimeValue(format_instant(before), "DateTime", before)
        wanted = Query(
            q=every(Comparison(Path(("modifiedAt",)), "<", moment)), order=_NEWEST.order, limit=limit
        )
        found = None if declared is None else await self._city.rows(declared, wanted)
        entities = found[0] if found is not None else ()
        return [(read(view, entity, self._city.open_to(entity)), entity.modified_at) for entity in entities]

    async def past(self, type_short: str, entity_id: str, limit: int) -> Sequence[Wrote]:
        """What became of an entity, as far as everybody may know: the newest first, at most so many states back."""
        return await self._city.past(type_short, entity_id, limit)

    def tells_past(self, view: type[Any]) -> bool:
        """Whether it is told what has changed of the entities of a type: not of those of people, nor where no history is kept."""
        declared = self._city.engine.declared(view)
        return (
            self._city.history is not None
            and declared is not None
            and not declared.sealed
            and not declared.personal
        )

    async def changes(
        self, view: type[Any], since: Instant, within: Filter | None = None
    ) -> AsyncIterator[Changed]:
        """The entities of a type (those that satisfy `within`, then or now) that everybody sees otherwise than at a moment, in no order.

        Raises LookupError where no past is told (`tells_past`).
        """
        declared, history = self._city.engine.declared(view), self._city.history
        if declared is None or history is None or not self.tells_past(view):
            raise LookupError(f"no past of {view.__name__} is told")
        async for one in changed_since(self._city, declared, since, history, within):
            yield one

    async def _newest(self, declared: EntityType, within: Filter | None) -> Version:
        found = await self._city.rows(declared, msgspec.structs.replace(_NEWEST, q=every(within)))
        if found is None or not found[0]:
            return Version(0)
        (entity,), _, total = found
        return Version(total or 0, entity.modified_at, self._open(entity))

    def _open(self, entity: Entity) -> str:
        """Which attributes are open: what changes when the policies do."""
        names = self._city.open_to(entity)
        return "*" if names is None else digest(sorted(names))
