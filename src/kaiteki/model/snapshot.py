"""Snapshots: results of queries that stay as they were (ETSI GS CIM 009 V1.9.1 clauses 5.2.41, 5.2.42 and 5.16)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, TypeAlias

import msgspec

from kaiteki.model.entity import Json, is_array, is_object
from kaiteki.model.instant import Instant, format_instant
from kaiteki.model.periods import parse_periods
from kaiteki.model.problem import Problem
from kaiteki.model.representation.values import check_uri

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

Result: TypeAlias = Literal["success", "partial", "empty"]


class Snapshot(msgspec.Struct, frozen=True):
    """A snapshot with how its queries went. `lifetime` is an ISO 8601 duration from its creation on."""

    id: str
    area: str
    owner: str
    created_at: Instant
    modified_at: Instant
    used_at: Instant
    queries: Sequence[Json] = ()
    results: Sequence[Result] = ()
    priority: int = PRIORITY_DEFAULT
    lifetime: str = LIFETIME_DEFAULT

    @property
    def expires_at(self) -> Instant:
        """When it is forgotten."""
        return Instant(self.created_at + parse_periods(self.lifetime, "snapshotLifetime").microseconds)

    @property
    def status(self) -> Result:
        """How its queries went together: empty where none found anything, partial where one could not be taken in whole."""
        if "partial" in self.results:
            return "partial"
        return "success" if "success" in self.results else "empty"

    def document(self) -> dict[str, Json]:
        """The snapshot as it is shown (clause 5.2.41)."""
        return {
            "id": self.id,
            "type": "Snapshot",
            "snapshotStatus": self.status,
            "snapshotPriority": self.priority,
            "snapshotLifetime": self.lifetime,
            "snapshotQueries": list(self.queries),
            "snapshotQueriesDetails": [{"resultStatus": result} for result in self.results],
            "createdAt": format_instant(self.created_at),
            "modifiedAt": format_instant(self.modified_at),
            "lastUsedAt": format_instant(self.used_at),
            "expiresAt": format_instant(self.expires_at),
        }


def read_queries(document: Json) -> tuple[str | None, Sequence[Json]]:
    """The id that a whole document brings (None: the node gives one) and its queries. Raises BadRequestData, OperationNotSupported."""
    said = _checked(document, {"id", "snapshotQueries", "snapshotTemporalQueries"})
    if "snapshotTemporalQueries" in said:
        raise Problem(
            "OperationNotSupported",
            "snapshots hold the present of entities; their past is in /temporal",
            "snapshotTemporalQueries",
        )
    queries = said.get("snapshotQueries")
    if not is_array(queries) or not queries or len(queries) > QUERIES_MAX:
        raise Problem(
            "BadRequestData",
            f"snapshotQueries is an array of 1 to {QUERIES_MAX} queries",
            "snapshotQueries",
        )
    return (check_uri(said["id"], "id") if "id" in said else None), queries


def changed_snapshot(before: Snapshot, document: Json, now: Instant, also: frozenset[str]) -> Snapshot:
    """A snapshot with the priority and lifetime of a document; members in `also` are read elsewhere. Raises BadRequestData."""
    said = _checked(document, also)
    fields: dict[str, Any] = {}
    if "snapshotPriority" in said:
        fields["priority"] = _priority(said["snapshotPriority"])
    if "snapshotLifetime" in said:
        fields["lifetime"] = _lifetime(said["snapshotLifetime"])
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
        if name in ("endpoint", "receiverInfo"):
            raise Problem("OperationNotSupported", "nobody is notified of snapshots here", name)
        if name not in (*own, *_TOLD, "type", "@context", "snapshotPriority", "snapshotLifetime"):
            raise Problem("BadRequestData", f"a snapshot has no member {name[:64]} here", name)
    return document


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
