"""The contract between a service's own pages and the portal that shows them: an ask, a reader of the city, a reply."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias
from urllib.parse import quote

import msgspec

from kaiteki.kit.tables import Written
from kaiteki.model.access import Person
from kaiteki.model.area import Area
from kaiteki.model.decision import Accepted, Fault, Refused
from kaiteki.model.instant import Instant
from kaiteki.model.query import GeoFilter, Query
from kaiteki.model.words import Words
from kaiteki.ports.accesses import Kept

if TYPE_CHECKING:
    from kaiteki.kit.catalogue.seeking import Catalogue
    from kaiteki.kit.former import Formers, Wish
    from kaiteki.kit.manifest import EntityType, Service
    from kaiteki.kit.published import Published
    from kaiteki.kit.stays import Stays

FILTER_LENGTH_MAX: Final = 200
"""Characters of a search or filter of a list that are looked at."""


class Upload(msgspec.Struct, frozen=True):
    """A file that came with a form."""

    name: str
    media_type: str
    content: bytes


FOUND_MAX: Final = 10_000
"""What is found by a title is counted so far; beyond that nobody looks for the exact number."""


class Listing(msgspec.Struct, frozen=True):
    """A page of views, whether more follow, the total when it was asked for."""

    items: Sequence[Any]
    more: bool = False
    total: int | None = None


class Hit(msgspec.Struct, frozen=True):
    """Something found by its title: which entity, of what kind, kept by which service."""

    id: str
    title: str
    type: str
    kind: Words
    service: str
    seen: Any = None
    """The entity as the view of its type, as far as the person may see it."""


class Wrote(msgspec.Struct, frozen=True):
    """One write of the past of an entity: when, and field by field what the attribute was before and after (None: not there).

    `first`: nothing of it was there before. Values are those of the attribute on the wire (a DateTime as its text).
    """

    at: Instant
    first: bool
    changes: Mapping[str, tuple[Any, Any]]


class Met(msgspec.Struct, frozen=True):
    """An entity that plays a part, as the view of whoever asked; its short type and what people call that."""

    seen: Any
    type: str
    kind: Words


class City(Protocol):
    """What a page may do in its area: read views, run its service's commands, keep photos. Permission is applied inside."""

    @property
    def services(self) -> tuple[Service, ...]:
        """The manifests of the node, the kit's own last: for pages that speak of all that is kept, whoever keeps it."""
        ...

    @property
    def entrusted(self) -> tuple[Service, ...]:
        """The services of which whoever asks sees and takes along what is kept of the person: all, or for a helper what is covered."""
        ...

    @property
    def owned(self) -> frozenset[str]:
        """The ids under which whoever asks holds what is theirs: of the account, and of this browser."""
        ...

    @property
    def numbers(self) -> frozenset[str]:
        """Those of these ids that whoever asks is told: a helper those by which the entrusted services know the person."""
        ...

    @property
    def published(self) -> Published:
        """The area as everybody sees it, whoever asks: for what is the same for all, with its version."""
        ...

    async def consented(self, purpose: str, holders: Sequence[str] = ()) -> frozenset[str]:
        """The items (`Type.field`) that one of the holders agreed to for `<service>.<purpose>`, as of now; without holders: who asks."""
        ...

    async def accesses(self, before: int = 0, limit: int = 50) -> Sequence[Kept]:
        """Who read what of whoever asks, the newest first, before a number (0: from the newest on); not what they are told later of."""
        ...

    def taken(self, consents: Sequence[Mapping[str, Any]]) -> AsyncGenerator[bytes, None] | None:
        """Everything kept of whoever asks, as a zip that is made while it is read; `consents` are their receipts."""
        ...

    def codes(self, declared: EntityType) -> Mapping[str, Mapping[str, Words]]:
        """The words of the codes of a type in this area, by field."""
        ...

    async def named(self, ids: Sequence[str]) -> Mapping[str, Hit]:
        """The entities of some ids by what people call them, as far as the person may see them."""
        ...

    async def get(self, view: type[Any], entity_id: str) -> Any | None:
        """One entity as a view, None when there is none or the person may not see it."""
        ...

    async def find(self, view: type[Any], wanted: Query) -> Listing:
        """The entities of the view's type that match; `wanted.types` is filled in."""
        ...

    async def met(self, part: str, view: type[Any], entity_id: str) -> Met | None:
        """One entity as a view, when its type plays the part and the person may see it."""
        ...

    async def playing(
        self, part: str, view: type[Any], wanted: Query, among: Sequence[str] = ()
    ) -> Sequence[Met]:
        """The entities that match, of all types that play a part (only the short types `among`, where some are named).

        Type by type in the order of the services, of each at most the limit of the query.
        """
        ...

    async def hits(self, wanted: Query, among: Sequence[str] = ()) -> Listing:
        """The entities of several types (short names; empty: of all) that match, as `Hit`s; types that everybody sees share one query."""
        ...

    async def past(self, type_short: str, entity_id: str, limit: int = 200) -> Sequence[Wrote]:
        """What became of an entity, as far as its past is open to the person: the newest first, at most so many states back."""
        ...

    async def formers(self, type_short: str, wish: Wish) -> Formers | Refused:
        """The entities of a type that were written or deleted since a moment, as they were at some moments, as the person may know of them."""
        ...

    async def stays(self, types: Sequence[str], near: GeoFilter) -> Stays:
        """What stood near a place and stands there no more, of some types (short names), as the person may know of it."""
        ...

    async def stood(self, view: type[Any], entity_id: str, moment: Instant) -> Any | None:
        """An entity as it stood just before a moment, as a view, as far as the person may know of its past; None where none of it did."""
        ...

    async def recorded_since(self) -> Instant | None:
        """When the node began to keep what is written; None where nobody knows."""
        ...

    async def run(self, command: str, form: Any, key: str | None = None) -> Accepted | Refused:
        """Run `<service>.<command>` with a form Struct or plain values; `key` makes it happen once."""
        ...

    async def keep_photo(self, upload: Upload, field: str = "photo") -> str | Refused:
        """Check a photo and take it in; the answer is its digest: /{area}/files/{digest} shows it as soon as it is ready.

        Without metadata and, where faces are found, with hidden faces. A refusal has one fault, at `field`. What is known of a
        photo (state, thumbnail, size) is a `kit.files.Photo`.
        """
        ...

    async def shows(self, digest: str) -> bool:
        """Whether everybody sees a photo; not what is hidden, here or wherever else the same file is named."""
        ...

    async def search(self, text: str, limit: int = 20) -> Listing:
        """What the person may see and whose title holds the text, as `Hit`s, of all services."""
        ...

    async def catalogue(self) -> Catalogue:
        """The open data of the area: the same for whoever asks, what everybody may know of it."""
        ...


class PageAsk(msgspec.Struct, frozen=True):
    """A request for a page: path parts, query, posted fields and files, who asks in which language, and the city."""

    area: str
    path: Mapping[str, str]
    query: Mapping[str, str]
    fields: Mapping[str, Sequence[str]]
    files: Mapping[str, Sequence[Upload]]
    person: Person
    language: str
    now: Instant
    seed: int
    city: City
    settings: Any = None
    browser: str = ""
    """A random id of this browser (signed cookie): owner of drafts and follows of people without an account."""
    town: Area | None = None
    """What is known of the area beforehand (its box, its wards); None where no page of the portal asks."""
    forms: frozenset[str] = frozenset()
    """The forms in which the node writes tables (`kit.tables.Written`)."""
    origin: str = ""
    """Scheme, host and port under which the asker came, for whole addresses in documents that are read elsewhere."""


class Shown(msgspec.Struct, frozen=True):
    """Render the page's template (or another of the service) with these values."""

    values: Mapping[str, Any]
    status: int = 200
    template: str = ""


class Moved(msgspec.Struct, frozen=True):
    """Go to another address of the area (after a POST); `note` is shown there once."""

    path: str
    note: str = ""


class Plain(msgspec.Struct, frozen=True):
    """An answer that is no page: CSV, GeoJSON, an image, what a script of the page asked for."""

    content: bytes
    media_type: str
    filename: str = ""
    status: int = 200


class Streamed(msgspec.Struct, frozen=True):
    """An answer too large to be held whole: its parts in order, each made when the one before it was taken.

    The parts are closed when all are taken or when the reader goes away. What can be refused is refused before the first part.
    """

    parts: AsyncGenerator[bytes, None]
    media_type: str
    filename: str = ""


class Versioned(msgspec.Struct, frozen=True):
    """A file at a stable address, the same for everybody, of which it is known whether it has changed.

    `tag` names the state of this very representation before a part of it was read; `changed_at` is when it came about, None where
    nobody knows. Who has it already gets 304, and no part is made. `filename` is for people, `plain_name` the same in ASCII.
    `packs`: it gets smaller by compression. The parts are begun at most once, and closed however it ends; a table is written by the
    writer that the node has for its form (`PageAsk.forms`).
    """

    parts: AsyncGenerator[bytes, None] | Written
    media_type: str
    tag: str
    filename: str = ""
    plain_name: str = ""
    changed_at: Instant | None = None
    packs: bool = True


class Missing(msgspec.Struct, frozen=True):
    """There is nothing at this address: `what` (its kind) of the name that the address says; `onward` is where people go on, as a
    path of the area with its words."""

    what: Words | None = None
    name: str = ""
    onward: tuple[str, Words] | None = None


class Declined(msgspec.Struct, frozen=True):
    """What the address asks for cannot be, by field of its query (or of its path): 400 where a value is none that may be, another
    status where this thing alone has no such form. `onward` as of `Missing`."""

    faults: tuple[Fault, ...]
    status: int = 400
    onward: tuple[str, Words] | None = None


class Reading(msgspec.Struct, frozen=True):
    """A number with what makes it honest: unit, what it means, how old it is, where it comes from. `value` None is unknown."""

    value: str | None
    unit: Words | None = None
    text: Words | None = None
    at: Instant | None = None
    source: Words | None = None
    path: str = ""


class Notice(msgspec.Struct, frozen=True):
    """What everybody must see on every page of the area, above its content; `path` is where more is said."""

    text: Words
    path: str = ""


class Waiting(msgspec.Struct, frozen=True):
    """What waits for staff in one queue of a service: how many there are at least, and the address (with a query) of the queue.

    `whole` False: there are more than `count`. `pressing`: it is one that should not wait.
    """

    words: Words
    path: str
    count: int
    whole: bool = True
    pressing: bool = False


PageReply: TypeAlias = Shown | Moved | Plain | Streamed | Versioned | Missing | Declined


def part_of_path(text: str) -> str:
    """A text, such as the id of an entity, as one part of an address: ids of other systems hold slashes and question marks."""
    return quote(text, safe=":@,;+~")


class ListAsk(msgspec.Struct, frozen=True):
    """Which page of which entities is wanted. `filters` are texts by field; a date means that day in Japan."""

    text: str = ""
    filters: Mapping[str, str] = {}
    sort: str = ""
    descending: bool = False
    page: int = 1


def list_ask(query: Mapping[str, str]) -> ListAsk:
    """What an address asks for: `q` the text, `f.<field>` the filters, `sort` a field (`-` before it: downwards), `page`."""
    sort = query.get("sort", "")
    page = query.get("page", "1")
    return ListAsk(
        text=query.get("q", "")[:FILTER_LENGTH_MAX],
        filters={
            name[2:]: value[:FILTER_LENGTH_MAX]
            for name, value in query.items()
            if name.startswith("f.") and value
        },
        sort=sort.removeprefix("-"),
        descending=sort.startswith("-"),
        page=int(page) if page.isascii() and page.isdigit() and len(page) < 6 else 1,
    )
