"""A registration of a context source with every name expanded (ETSI GS CIM 009 V1.9.1 clauses 5.2.8 to 5.2.11 and 5.2.34)."""

from __future__ import annotations

from functools import cached_property
from typing import Final, Literal, TypeAlias, get_args

import msgspec

from kaiteki.model.entity import Entity, Instance, Json
from kaiteki.model.instant import Instant
from kaiteki.model.sources.operations import meant_by
from kaiteki.model.terms.compiling import core_context

Mode: TypeAlias = Literal["inclusive", "exclusive", "redirect", "auxiliary"]
MODES: Final[tuple[Mode, ...]] = get_args(Mode)
PROXIED: Final = ("exclusive", "redirect")
"""Modes of a source that alone holds what it is registered for: nothing of it stands here (clause 4.3.6.3)."""
REGISTRATION_TYPE: Final = "ContextSourceRegistration"
Pairs: TypeAlias = tuple[tuple[str, str], ...]
"""KeyValuePairs of clause 5.2.22."""


class EntityInfo(msgspec.Struct, frozen=True, omit_defaults=True):
    """Entities that a source knows: of one of these types, and of this id or pattern where one is told (clause 5.2.8).

    NGSI v2 alone may tell no types (then they are of any), or `type_pattern`, an expression over the v2 names of types.
    """

    types: tuple[str, ...]
    id: str = ""
    id_pattern: str | None = None
    type_pattern: str = ""


class Information(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a source knows of which entities (clause 5.2.10). No entities: of any; no names: everything of them."""

    entities: tuple[EntityInfo, ...] = ()
    properties: tuple[str, ...] = ()
    relationships: tuple[str, ...] = ()

    @property
    def attributes(self) -> tuple[str, ...]:
        """The names of all attributes that it is about, none for all attributes."""
        return (*self.properties, *self.relationships)


class Stretch(msgspec.Struct, frozen=True, omit_defaults=True):
    """A TimeInterval (clause 5.2.11); without an end it goes on."""

    start: Instant
    end: Instant | None = None


class Management(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a source wants to be asked (clause 5.2.34): only for what it holds itself, how often, how patiently."""

    local_only: bool | None = None
    cache_duration: str = ""
    timeout_ms: float | None = None
    cooldown_ms: float | None = None


Forwarding: TypeAlias = Literal["none", "query", "update", "all"]
"""What NGSI v2 calls the operations that a provider takes."""
FORWARDING: Final[tuple[Forwarding, ...]] = get_args(Forwarding)


class V2Source(msgspec.Struct, frozen=True, omit_defaults=True):
    """A registration as NGSI v2 wrote it: `data_provided` and `provider` are shown again as they came.

    Its source is asked in NGSI v2. `path` is the service path it was made with.
    """

    data_provided: dict[str, Json]
    provider: dict[str, Json]
    forwarding: Forwarding = "all"
    is_active: bool = True
    path: str = ""


class Registration(msgspec.Struct, frozen=True, omit_defaults=True, dict=True):
    """What a context source has told of itself. `places` are GeoJSON geometries by the name of the member that has them.

    `properties` are further members, which csf may ask for. `tenant` and `alias` are those of the source.
    """

    id: str
    endpoint: str
    information: tuple[Information, ...]
    said_mode: Mode | Literal[""] = ""
    """The mode as it was told; `mode` is what it means."""
    operations: tuple[str, ...] = ()
    name: str = ""
    description: str = ""
    tenant: str = ""
    alias: str = ""
    source_info: Pairs = ()
    dataset_ids: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    places: dict[str, dict[str, Json]] = {}
    observed: Stretch | None = None
    managed: Stretch | None = None
    refresh_rate: str = ""
    management: Management | None = None
    expires_at: Instant | None = None
    properties: dict[str, tuple[Instance, ...]] = {}
    created_at: Instant = Instant(0)
    modified_at: Instant = Instant(0)
    v2: V2Source | None = None
    """What NGSI v2 said of it, for a source that speaks NGSI v2."""

    @property
    def mode(self) -> Mode:
        """How its knowledge stands beside that of others (clauses 4.3.6.2, 4.3.6.3)."""
        return self.said_mode or "inclusive"

    @cached_property
    def meant(self) -> frozenset[str]:
        """The operations that the source can be asked for, groups taken apart."""
        if self.v2 is not None and (self.v2.forwarding == "none" or not self.v2.is_active):
            return frozenset()
        return meant_by(self.operations)

    @property
    def is_temporal(self) -> bool:
        """Whether the source is registered for the past; then it is not asked for the present (clause 5.2.9)."""
        return self.observed is not None or self.managed is not None

    @property
    def is_proxied(self) -> bool:
        """Whether nothing that the source is registered for stands here."""
        return self.mode in PROXIED

    def is_over(self, now: Instant) -> bool:
        """Whether it has expired."""
        return self.expires_at is not None and self.expires_at <= now

    def as_entity(self) -> Entity:
        """The registration as what a context source filter looks at (clause 4.9): its members as Properties."""
        told: dict[str, Json] = {
            "endpoint": self.endpoint,
            "registrationName": self.name,
            "description": self.description,
            "mode": self.mode,
            "tenant": self.tenant,
            "contextSourceAlias": self.alias,
        }
        expand = core_context().expand
        own = {expand(name): (Instance("Property", value),) for name, value in told.items() if value}
        return Entity(self.id, (REGISTRATION_TYPE,), {**own, **self.properties}, self.scopes)


class SourceStanding(msgspec.Struct, frozen=True, omit_defaults=True):
    """How asking a source went so far (clause 5.2.9, members that only the node writes). `reason` says why it failed last."""

    times_sent: int = 0
    times_failed: int = 0
    last_success: Instant | None = None
    last_failure: Instant | None = None
    reason: str = ""

    @property
    def status(self) -> str:
        """`ok` or `failed`, as the last attempt went; empty before the first one."""
        if not self.times_sent:
            return ""
        return "failed" if self.reason else "ok"

    def regretted(self, now: Instant, reason: str) -> SourceStanding:
        """The standing when the last attempt turns out to have been in vain."""
        return SourceStanding(self.times_sent, self.times_failed + 1, self.last_success, now, reason)

    def after(self, now: Instant, reason: str = "") -> SourceStanding:
        """The standing after another attempt; a reason means that it failed."""
        return SourceStanding(
            self.times_sent + 1,
            self.times_failed + bool(reason),
            self.last_success if reason else now,
            now if reason else self.last_failure,
            reason,
        )
