"""Snapshots: results of queries that stay as they were (ETSI GS CIM 009 V1.9.1 clauses 5.2.41, 5.2.42 and 5.16)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, TypeAlias

import msgspec

from kaiteki.model.entity import Entity, Instance, Json, is_array, is_object
from kaiteki.model.instant import Instant, format_instant
from kaiteki.model.language.q import parse_q
from kaiteki.model.periods import parse_periods
from kaiteki.model.problem import Problem
from kaiteki.model.query import Filter
from kaiteki.model.representation.values import check_uri
from kaiteki.model.sources.matching import names_in
from kaiteki.model.sources.parsing import read_pairs
from kaiteki.model.sources.registration import Pairs
from kaiteki.model.terms.compiling import core_context

QUERIES_MAX: Final = 20
"""Queries of one snapshot."""
PRIORITY_DEFAULT: Final = 5
PRIORITY_MAX: Final = 10
LIFETIME_DEFAULT: Final = "PT1H"
LIFETIME_MAX_S: Final = 24 * 3600
_MICROSECONDS: Final = 1_000_000
_TOLD: Final = frozenset(
    {
        "snapshotStatus",
        "snapshotQueriesDetails",
        "snapshotTemporalQueriesDetails",
        "createdAt",
        "modifiedAt",
        "lastUsedAt",
        "expiresAt",
    }
)
"""What the node says of a snapshot."""
_CHANGEABLE: Final = ("snapshotPriority", "snapshotLifetime", "endpoint", "receiverInfo")
QUERIES: Final = frozenset({"id", "snapshotQueries", "snapshotTemporalQueries"})
"""What only a whole document brings."""
MEMBERS: Final = frozenset({*QUERIES, *_TOLD, *_CHANGEABLE, "type"})
"""The members of a snapshot."""

Result: TypeAlias = Literal["success", "partial", "empty", "failure"]


class QueryResult(msgspec.Struct, frozen=True):
    """How a query of a snapshot went (clause 5.2.42); `problem` says why it failed."""

    status: Result
    problem: Problem | None = None

    def document(self) -> dict[str, Json]:
        """The result as it is shown."""
        told: dict[str, Json] = {"resultStatus": self.status}
        return told if self.problem is None else {**told, "problemDetails": self.problem.document()}


class Snapshot(msgspec.Struct, frozen=True):
    """A snapshot with how its queries went. `lifetime` is an ISO 8601 duration from its creation on."""

    id: str
    area: str
    owner: str
    created_at: Instant
    modified_at: Instant
    used_at: Instant
    queries: Sequence[Json] = ()
    results: Sequence[QueryResult] = ()
    temporal_queries: Sequence[Json] = ()
    temporal_results: Sequence[QueryResult] = ()
    endpoint: str = ""
    """Who is told when it is ready and when it ends; nobody where it is empty."""
    receiver_info: Pairs = ()
    priority: int = PRIORITY_DEFAULT
    lifetime: str = LIFETIME_DEFAULT

    @property
    def expires_at(self) -> Instant:
        """When it is forgotten."""
        return Instant(self.created_at + parse_periods(self.lifetime, "snapshotLifetime").microseconds)

    @property
    def status(self) -> Result:
        """How its queries went together: empty where none found anything, partial where one could not be taken in whole."""
        told = {one.status for one in (*self.results, *self.temporal_results)}
        if "partial" in told or {"failure", "success"} <= told:
            return "partial"
        return "success" if "success" in told else "failure" if "failure" in told else "empty"

    def as_entity(self) -> Entity:
        """The snapshot as what a q over its members looks at: members as Properties."""
        expand = core_context().expand
        told = {name: value for name, value in self.document().items() if name not in ("id", "type")}
        members = {expand(name): (Instance("Property", value),) for name, value in told.items()}
        return Entity(self.id, ("Snapshot",), members, (), self.created_at, self.modified_at)

    def document(self) -> dict[str, Json]:
        """The snapshot as it is shown (clause 5.2.41)."""
        return {
            "id": self.id,
            "type": "Snapshot",
            "snapshotStatus": self.status,
            "snapshotPriority": self.priority,
            "snapshotLifetime": self.lifetime,
            **_listed("snapshotQueries", self.queries),
            **_listed("snapshotTemporalQueries", self.temporal_queries),
            **_listed("snapshotQueriesDetails", [one.document() for one in self.results]),
            **_listed("snapshotTemporalQueriesDetails", [one.document() for one in self.temporal_results]),
            **({"endpoint": self.endpoint} if self.endpoint else {}),
            **_listed("receiverInfo", [{"key": key, "value": value} for key, value in self.receiver_info]),
            "createdAt": format_instant(self.created_at),
            "modifiedAt": format_instant(self.modified_at),
            "lastUsedAt": format_instant(self.used_at),
            "expiresAt": format_instant(self.expires_at),
        }


def read_snapshot_query(text: str) -> Filter:
    """A q over the members of snapshots (clause 5.16.7). Raises BadRequestData."""
    core = core_context()
    q = parse_q(text, core.expand)
    for name in names_in(q):
        if core.compact(name) not in MEMBERS:
            raise Problem("BadRequestData", f"a snapshot has no member {core.compact(name)[:64]}", "q")
    return q


def _listed(name: str, items: Sequence[Json]) -> dict[str, Json]:
    """A member with a list; none where the list is empty."""
    return {name: list(items)} if items else {}


def notice_of(one: Snapshot, notice_id: str, now: Instant, ended: bool) -> dict[str, Json]:
    """The SnapshotNotification that tells how a snapshot is (clause 5.3.4). Of one that is gone, expiresAt lies before notifiedAt."""
    told = one.document()
    until = min(one.expires_at, Instant(now - 1_000)) if ended else one.expires_at
    return {
        "id": notice_id,
        "type": "SnapshotNotification",
        "notifiedAt": format_instant(now),
        "snapshotId": one.id,
        "snapshotStatus": one.status,
        "snapshotPriority": one.priority,
        "expiresAt": format_instant(until),
        **_listed("snapshotQueriesDetails", told.get("snapshotQueriesDetails", ())),
        # the standard names this list otherwise in a notification than in a snapshot
        **_listed("temporalSnapshotQueriesDetails", told.get("snapshotTemporalQueriesDetails", ())),
    }


def read_queries(document: Json) -> tuple[str | None, Sequence[Json], Sequence[Json]]:
    """The id that a whole document brings (None: the node gives one), its queries, and those of the past. Raises BadRequestData."""
    said = _checked(document, QUERIES)
    queries, temporal = (_queries(said, name) for name in ("snapshotQueries", "snapshotTemporalQueries"))
    if not queries and not temporal:
        raise Problem("BadRequestData", "a snapshot is taken of what queries find", "snapshotQueries")
    for index, one in enumerate(temporal):
        if not is_object(one) or "temporalQ" not in one:
            field = f"snapshotTemporalQueries[{index}].temporalQ"
            raise Problem("BadRequestData", "a query of the past has a temporalQ", field)
    return (check_uri(said["id"], "id") if "id" in said else None), queries, temporal


def _queries(said: Mapping[str, Json], name: str) -> list[Json]:
    if name not in said:
        return []
    queries = said[name]
    if not is_array(queries) or not queries or len(queries) > QUERIES_MAX:
        raise Problem("BadRequestData", f"{name} is an array of 1 to {QUERIES_MAX} queries", name)
    return queries


def changed_snapshot(before: Snapshot, document: Json, now: Instant, also: frozenset[str]) -> Snapshot:
    """A snapshot with the priority and lifetime of a document; members in `also` are read elsewhere. Raises BadRequestData."""
    said = _checked(document, also)
    fields: dict[str, Any] = {}
    if "snapshotPriority" in said:
        fields["priority"] = _priority(said["snapshotPriority"])
    if "snapshotLifetime" in said:
        fields["lifetime"] = _lifetime(said["snapshotLifetime"])
    if "endpoint" in said:
        fields["endpoint"] = _endpoint(said["endpoint"])
    if "receiverInfo" in said:
        fields["receiver_info"] = read_pairs(said["receiverInfo"], "receiverInfo", core_context())
    after = msgspec.structs.replace(before, **fields, modified_at=now)
    if after.expires_at <= now:
        raise Problem(
            "BadRequestData", "with this lifetime the snapshot would be over already", "snapshotLifetime"
        )
    return after


def _checked(document: Json, own: set[str] | frozenset[str]) -> Mapping[str, Json]:
    if not is_object(document):
        raise Problem("BadRequestData", "a snapshot is a JSON object", "body")
    if document.get("type", "Snapshot") != "Snapshot":
        raise Problem("BadRequestData", "the type of a snapshot is Snapshot", "type")
    for name in document:
        if name not in (*own, *_TOLD, *_CHANGEABLE, "type", "@context"):
            raise Problem("BadRequestData", f"a snapshot has no member {name[:64]} here", name)
    return document


def _endpoint(value: Json) -> str:
    uri = check_uri(value, "endpoint")
    if not uri.lower().startswith(("http://", "https://")):
        raise Problem("BadRequestData", "endpoint is a http or https address", "endpoint")
    return uri


def _priority(value: Json) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= PRIORITY_MAX:
        raise Problem("BadRequestData", f"snapshotPriority is 1 to {PRIORITY_MAX}", "snapshotPriority")
    return value


def _lifetime(value: Json) -> str:
    if not isinstance(value, str):
        raise Problem("BadRequestData", "snapshotLifetime is a duration like PT1H", "snapshotLifetime")
    told = parse_periods(value, "snapshotLifetime")
    if told.months or not 0 < told.microseconds <= LIFETIME_MAX_S * _MICROSECONDS:
        raise Problem(
            "BadRequestData", f"snapshotLifetime is up to {LIFETIME_MAX_S} seconds", "snapshotLifetime"
        )
    return value
