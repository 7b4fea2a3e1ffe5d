"""A subscription with every name expanded (ETSI GS CIM 009 V1.9.1 clauses 5.2.12 to 5.2.15 and 5.2.22)."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias, get_args

import msgspec

from kaiteki.model.entity import Json
from kaiteki.model.instant import Instant
from kaiteki.model.language.projection import Projection
from kaiteki.model.problem import Problem
from kaiteki.model.query import Filter, GeoFilter, ScopeSelection, Selector
from kaiteki.model.representation.rendering import Format
from kaiteki.model.watch.v2.wish import V2Words

Trigger: TypeAlias = Literal[
    "entityCreated",
    "entityUpdated",
    "entityDeleted",
    "attributeCreated",
    "attributeUpdated",
    "attributeDeleted",
]
TRIGGERS: Final[tuple[Trigger, ...]] = get_args(Trigger)
DEFAULT_TRIGGERS: Final[frozenset[str]] = frozenset({"attributeCreated", "attributeUpdated"})
"""What triggers a notification where the subscription does not say (clause 5.2.12)."""
ATTRIBUTE_TRIGGERS: Final[frozenset[str]] = frozenset(
    {"attributeCreated", "attributeUpdated", "attributeDeleted"}
)
"""What `entityUpdated` stands for."""
PASSED_URI: Final = "urn:kaiteki:passed"
"""The endpoint of what stands for a subscription at a source: nothing is sent to it."""
STREAM_URI: Final = "urn:kaiteki:stream"
"""The endpoint of a subscription that nothing is sent to: its notifications are read from its stream alone."""
_MICROSECONDS: Final = 1_000_000

Pairs: TypeAlias = tuple[tuple[str, str], ...]
"""KeyValuePairs of clause 5.2.22."""


class Endpoint(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where notifications go (clause 5.2.15). `timeout_ms` and `cooldown_ms` are None where the subscription says nothing."""

    uri: str
    accept: str = "application/json"
    timeout_ms: float | None = None
    cooldown_ms: float | None = None
    receiver_info: Pairs = ()
    notifier_info: Pairs = ()


class Telling(msgspec.Struct, frozen=True, omit_defaults=True):
    """What notifications hold and how they are sent (NotificationParams, clause 5.2.14). `attributes` are expanded."""

    endpoint: Endpoint
    attributes: tuple[str, ...] = ()
    format: Format = "normalized"
    said_format: str = ""
    """The word of the subscription for the format, empty where it has none."""
    pick: Projection | None = None
    pick_words: tuple[str, ...] = ()
    omit: Projection | None = None
    omit_words: tuple[str, ...] = ()
    sys_attrs: bool = False
    show_changes: bool = False
    join: str = ""
    join_level: int = 1


class Passed(msgspec.Struct, frozen=True, omit_defaults=True):
    """A subscription that this node has made at a context source, in the place of one of its own (clause 5.8.1.4).

    `of` is the id of its own one, `remote` that at the source, `token` what the source's notifications are addressed with. `source` is the
    registration as it was asked last, `sent` the document that the source has, empty where it may have none. The source forgets it at `lease`.
    """

    of: str
    source: dict[str, Json]
    token: str
    remote: str
    sent: str = ""
    lease: Instant | None = None

    @property
    def source_id(self) -> str:
        """The id of the registration."""
        return str(self.source["id"])


class Terms(msgspec.Struct, frozen=True, omit_defaults=True):
    """On what terms a subscription was worded: its owner is told no more than was open to them then, whatever they may see by other ways.

    `purpose` is `<service>.<purpose>` of a manifest, empty where none was stated; `roles` and `offices` those that whoever worded it came
    with (a token may stand for fewer than its account has), None where that was not kept.
    """

    purpose: str = ""
    roles: frozenset[str] | None = None
    offices: frozenset[str] | None = None

    def within(self, other: Terms) -> Terms:
        """These terms for somebody who comes with those of another wording: of both the less."""
        return Terms(self.purpose, _less(self.roles, other.roles), _less(self.offices, other.offices, "*"))


def _less(one: frozenset[str] | None, other: frozenset[str] | None, every: str = "") -> frozenset[str] | None:
    """What is in both; None, or what holds `every`, stands for all there are."""
    if one is None or every in one:
        return other
    return one if other is None or every in other else one & other


class Subscription(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a client wants to be told of. Texts of q, scopeQ, geoQ and csf are kept as they came, beside what they mean.

    `context` is the @context of the request that made it; `jsonld_context` the address of the one that notifications use.
    """

    id: str
    telling: Telling
    selectors: tuple[Selector, ...] = ()
    watched: tuple[str, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    q: Filter | None = None
    q_text: str = ""
    expand_values: tuple[str, ...] = ()
    geo: GeoFilter | None = None
    geo_document: dict[str, Json] | None = None
    scope: ScopeSelection | None = None
    scope_text: str = ""
    csf: str = ""
    csf_filter: Filter | None = None
    name: str = ""
    description: str = ""
    is_active: bool = True
    expires_at: Instant | None = None
    throttling_s: float | None = None
    time_interval_s: float | None = None
    lang: str = ""
    dataset_ids: tuple[str, ...] = ()
    local_only: bool | None = None
    split_entities: bool | None = None
    json_keys: tuple[str, ...] = ()
    jsonld_context: str = ""
    context: Json = None
    created_at: Instant = Instant(0)
    modified_at: Instant = Instant(0)
    v2: V2Words | None = None
    """What NGSI v2 said, where v2 made it: then its notifications are those of v2."""
    of_sources: bool = False
    """Whether it is told of registrations of context sources instead of entities (clause 5.11)."""
    temporal: dict[str, str] | None = None
    """The temporalQ of one that is told of sources of the past, as it came."""
    via: tuple[str, ...] = ()
    """The nodes that the request which made it had passed."""
    passed: Passed | None = None
    """Says that it is none of a client: it stands for one that this node has made elsewhere."""
    terms: Terms = Terms()
    """With no more than what its notifications are seen."""

    @property
    def wanted_triggers(self) -> frozenset[str]:
        """What triggers a notification, `entityUpdated` taken apart."""
        if not self.triggers:
            return DEFAULT_TRIGGERS
        wanted = frozenset[str](self.triggers)
        return (wanted - {"entityUpdated"}) | ATTRIBUTE_TRIGGERS if "entityUpdated" in wanted else wanted

    def is_over(self, now: Instant) -> bool:
        """Whether it has expired."""
        return self.expires_at is not None and self.expires_at <= now

    def status(self, now: Instant) -> str:
        """`active`, `paused` or `expired` (clause 5.2.12)."""
        if self.is_over(now):
            return "expired"
        return "active" if self.is_active else "paused"

    @property
    def watches_entities(self) -> bool:
        """Whether changes of entities may concern it."""
        return not self.of_sources and self.passed is None

    @property
    def is_streamed(self) -> bool:
        """Whether nothing is sent, as its notifications are read from its stream."""
        return self.telling.endpoint.uri == STREAM_URI


def check_subscription(subscription: Subscription, now: Instant) -> Subscription:
    """The subscription, if its members go together (clauses 5.2.12, 5.8.1). Raises BadRequestData with the member."""
    if not subscription.selectors and not subscription.watched and subscription.local_only is not True:
        raise Problem("BadRequestData", "a subscription has entities or watchedAttributes", "entities")
    if subscription.time_interval_s is not None:
        for member, told in (
            ("watchedAttributes", subscription.watched),
            ("throttling", subscription.throttling_s),
            ("notificationTrigger", subscription.triggers),
        ):
            if told:
                raise Problem("BadRequestData", f"timeInterval does not go with {member}", "timeInterval")
        if subscription.telling.show_changes:
            raise Problem("BadRequestData", "timeInterval does not go with showChanges", "timeInterval")
    if subscription.is_streamed and (subscription.time_interval_s or subscription.throttling_s):
        raise Problem("BadRequestData", "a stream tells each change as it comes", "notification.endpoint.uri")
    if subscription.is_over(now):
        raise Problem("BadRequestData", "expiresAt lies in the future", "expiresAt")
    telling = subscription.telling
    if telling.show_changes and telling.format == "simplified":
        raise Problem(
            "BadRequestData", "showChanges does not go with a simplified format", "notification.showChanges"
        )
    if telling.attributes and (telling.pick is not None or telling.omit is not None):
        raise Problem(
            "BadRequestData", "attributes does not go with pick and omit", "notification.attributes"
        )
    return subscription


def microseconds(seconds: float) -> int:
    """A length of time as instants count it."""
    return int(seconds * _MICROSECONDS)
