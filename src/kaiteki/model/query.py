"""What is asked of the data plane: a query with every name expanded (ETSI GS CIM 009 clauses 4.7 to 4.10, 4.17, 4.19, 4.23)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, Protocol, TypeAlias

import msgspec

from kaiteki.model.collation import ROOT, Collation
from kaiteki.model.entity import Entity, Json
from kaiteki.model.instant import Instant

PAGE_SIZE_DEFAULT = 20
PAGE_SIZE_MAX = 1000


class _Node(msgspec.Struct, frozen=True, tag_field="node"):
    """A node of a parsed expression; nodes compare and hash by value."""


# Type selection expression, clause 4.17 -------------------------------------------------------------------------


class TypeIs(_Node, frozen=True, tag=True):
    """The entity has this (expanded) type."""

    type: str


class TypeAll(_Node, frozen=True, tag=True):
    """`(A;B)`: every part holds."""

    parts: tuple[TypeSelection, ...]


class TypeAny(_Node, frozen=True, tag=True):
    """`A,B` or `A|B`: one part holds."""

    parts: tuple[TypeSelection, ...]


TypeSelection: TypeAlias = TypeIs | TypeAll | TypeAny

# Scope query, clause 4.19 ----------------------------------------------------------------------------------------


class ScopeIs(_Node, frozen=True, tag=True):
    """`/a/b` exactly; with `+` for one level anywhere and a final `#` for this level and all below; `/` is no scope at all."""

    pattern: str


class ScopeAll(_Node, frozen=True, tag=True):
    """`a;b`: every part holds."""

    parts: tuple[ScopeSelection, ...]


class ScopeAny(_Node, frozen=True, tag=True):
    """`a,b` or `a|b`: one part holds."""

    parts: tuple[ScopeSelection, ...]


ScopeSelection: TypeAlias = ScopeIs | ScopeAll | ScopeAny

# The q language, clause 4.9 ---------------------------------------------------------------------------------------


class Path(_Node, frozen=True):
    """`speed`, `speed.accuracy` (sub-attributes, expanded), `address[city][0]` (trailing path in a compound value).

    The meta members observedAt, createdAt, modifiedAt, expiresAt, unitCode, datasetId, objectType, languageMap stand unexpanded
    as the last element of `names`. `linked` is the attribute path behind a relationship (`belongsTo{Building}.name`,
    clause 4.9 linked entities); `linked_types` the types named in the braces.
    """

    names: tuple[str, ...]
    trail: tuple[str, ...] = ()
    linked: Path | None = None
    linked_types: tuple[str, ...] = ()


class DateTimeValue(_Node, frozen=True, tag=True):
    """An unquoted DateTime, Date or Time of q, with its text as it was written."""

    text: str
    kind: Literal["DateTime", "Date", "Time"]
    instant: Instant | None = None


class UriValue(_Node, frozen=True, tag=True):
    """An unquoted URI; compared with objects of relationships, vocab terms and text. `expanded` is its vocabulary form."""

    uri: str
    expanded: str


Scalar: TypeAlias = str | int | float | bool | DateTimeValue | UriValue | None


class Range(_Node, frozen=True, tag=True):
    """`low..high`, both ends included."""

    low: Scalar
    high: Scalar


class OneOf(_Node, frozen=True, tag=True):
    """A value list `a,b,c` of == and !=, or one value in it."""

    values: tuple[Scalar | Range, ...]


class Comparison(_Node, frozen=True, tag=True):
    """`path operator operand`. `~=` and `!~=` take a regular expression as text (kept to RE2-safe syntax by the parser)."""

    path: Path
    operator: Literal["==", "!=", ">", ">=", "<", "<=", "~=", "!~="]
    operand: Scalar | Range | OneOf


class Exists(_Node, frozen=True, tag=True):
    """The path exists."""

    path: Path


class Missing(_Node, frozen=True, tag=True):
    """The path does not exist (`!a` of NGSI v2; NGSI-LD has no word for it)."""

    path: Path


class AllOf(_Node, frozen=True, tag=True):
    """`a;b`; no parts: always."""

    parts: tuple[Filter, ...]


class AnyOf(_Node, frozen=True, tag=True):
    """`a|b`."""

    parts: tuple[Filter, ...]


Filter: TypeAlias = Comparison | Exists | Missing | AllOf | AnyOf

# Geo query, clause 4.10 -------------------------------------------------------------------------------------------

GeoRelation: TypeAlias = Literal["near", "within", "contains", "intersects", "equals", "disjoint", "overlaps"]


class GeoFilter(_Node, frozen=True):
    """`geometry` is GeoJSON (WGS84, longitude first). near: distance in metres along the ellipsoid, at least one bound."""

    relation: GeoRelation
    geometry: dict[str, Json]
    geoproperty: str
    max_distance_m: float | None = None
    min_distance_m: float | None = None


# Ordering, clause 4.23 --------------------------------------------------------------------------------------------


class Order(_Node, frozen=True):
    """One key of orderBy. `path.names[0]` may be `id`, `type`, `scope`, `createdAt`, `modifiedAt`; `distance` orders by geo."""

    path: Path
    descending: bool = False
    distance: bool = False


class Selector(_Node, frozen=True):
    """One of several alternatives of a query document (clause 5.2.33): of these types, and of these ids or this pattern."""

    types: TypeSelection | None = None
    ids: tuple[str, ...] = ()
    id_pattern: str | None = None


class Fence(_Node, frozen=True):
    """What an entity may be, by all of its types: all of them `within` (None: any), none of them `without`."""

    within: frozenset[str] | None = None
    without: frozenset[str] = frozenset()


class Sieve(Protocol):
    """What somebody may see of the entities of an area, for queries that a store cannot answer exactly as they may ask them."""

    @property
    def asked(self) -> Query:
        """The query as it was asked."""
        ...

    def supersets(self, plain: Query, summaries: Sequence[Summary]) -> Sequence[Query] | None:
        """Queries that together find whatever may match, in no order; None: `plain` is exact, as the area stands."""
        ...

    def see(self, entity: Entity) -> Entity | None:
        """What is seen of an entity; None for nothing."""
        ...


class Test(Protocol):
    """A condition that no language of NGSI-LD has the words for (CQL2): no index decides it, so candidates are looked at one by one."""

    @property
    def names(self) -> frozenset[str]:
        """The (expanded) attributes that it looks at."""
        ...

    def holds(self, entity: Entity) -> bool:
        """Whether an entity satisfies it. Pure."""
        ...


class Summary(Protocol):
    """Types that entities of an area have together, and the attributes that occur in them (ports.entities.TypeSummary)."""

    @property
    def types(self) -> tuple[str, ...]:
        """The types, sorted."""
        ...

    @property
    def attributes(self) -> Mapping[str, Mapping[str, int]]:
        """How many have which attribute, by kind."""
        ...


class Query(_Node, frozen=True):
    """Which entities of an area are wanted, and which page of them. Without `order` the page order is that of the ids.

    `after_id` continues a listing behind an id at constant cost; `offset` is the standard's (cost grows with it).
    `attrs`: the entity has at least one of them (clause 4.21). `total` asks for the whole number of matches.
    `backwards` turns the order of ids round (`after_id` then continues before that id); it means nothing with `order`.
    `total_max`: entities are counted up to this number, so that a total costs no more than that; None counts all.
    `order_geometry` is what `Order.distance` measures from, `collation` how texts are ordered. `text` is free text search
    over names (kaiteki extension). `due`: something of the entity has expired by then. `selectors`: the entity matches one
    of them. `test`: what is asked beyond these words; it holds as well. `looked_max`: where no index decides, a store looks at so many
    entities one by one and then refuses (TooComplexQuery); None: as long as it lets any query take. `fence` bounds what is found, `link_fence` what paths may follow links to. `sieve` is there where the query is
    narrower than what somebody may see: broker.sifting then answers exactly; whoever does not know it tells less, never more.
    """

    ids: tuple[str, ...] = ()
    id_pattern: str | None = None
    types: TypeSelection | None = None
    attrs: tuple[str, ...] = ()
    q: Filter | None = None
    geo: GeoFilter | None = None
    scope: ScopeSelection | None = None
    dataset_ids: tuple[str, ...] = ()
    order: tuple[Order, ...] = ()
    order_geometry: dict[str, Json] | None = None
    collation: Collation = ROOT
    text: str | None = None
    due: Instant | None = None
    selectors: tuple[Selector, ...] = ()
    test: Test | None = None
    fence: Fence | None = None
    link_fence: Fence | None = None
    limit: int = PAGE_SIZE_DEFAULT
    offset: int = 0
    after_id: str | None = None
    total: bool = False
    backwards: bool = False
    total_max: int | None = None
    looked_max: int | None = None
    sieve: Sieve | None = None
