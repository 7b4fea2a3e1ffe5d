"""The shapes of every document of GeoReport v2 and of its extensions; what is answered and what OpenAPI says come from here.

Source: open311.org/GeoReport_v2, the update extension of FixMyStreet. What a city does not know is null in JSON and an empty
element in XML, as the JSON of the specification (Spark convention) has it.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import UNSET, Meta, UnsetType

Told: TypeAlias = Annotated[str, Meta(min_length=1)]
"""A text that is always there."""
Datatype: TypeAlias = Literal["string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"]
DESCRIPTION_MAX = 4000
"""Characters of a description, as the specification limits it."""


class Service(msgspec.Struct, frozen=True):
    """One kind of request that can be made.

    `residents_may_mend` is our own member, told only where `extensions` asks for it: whether the town may ask residents
    to mend such a thing themselves (市民協働), so that a client offers it only where it is offered.
    """

    service_code: Told
    service_name: Told
    description: str
    metadata: bool
    type: Literal["realtime", "batch", "blackbox"]
    keywords: str | None
    group: str | None
    residents_may_mend: bool | UnsetType = UNSET


class Value(msgspec.Struct, frozen=True):
    """One answer of a list."""

    key: str
    name: str


class Attribute(msgspec.Struct, frozen=True):
    """One question that goes with a kind of request."""

    variable: bool
    code: Told
    datatype: Datatype
    required: bool
    datatype_description: str | None
    order: Annotated[int, Meta(ge=1)]
    description: Told
    values: Annotated[tuple[Value, ...], Meta(min_length=1)] | UnsetType = UNSET


class Definition(msgspec.Struct, frozen=True):
    """The questions of one kind of request."""

    service_code: Told
    attributes: tuple[Attribute, ...]


class Posted(msgspec.Struct, frozen=True):
    """What whoever reported gets back."""

    service_request_id: Told
    service_notice: str | None = None
    account_id: str | None = None


class Token(msgspec.Struct, frozen=True):
    """The number behind a token."""

    service_request_id: Told
    token: Told


class ServiceRequest(msgspec.Struct, frozen=True):
    """A request as anybody may read it. The last two only where `extensions` asks for them."""

    service_request_id: Told
    status: Literal["open", "closed"]
    status_notes: str | None
    service_name: Told
    service_code: Told
    description: Annotated[str, Meta(max_length=DESCRIPTION_MAX)] | None
    agency_responsible: str | None
    service_notice: str | None
    requested_datetime: Told
    updated_datetime: Told
    expected_datetime: str | None
    address: str | None
    address_id: str | None
    zipcode: str | None
    lat: float | None
    long: float | None
    media_url: str | None
    detailed_status: str | UnsetType = UNSET
    title: str | UnsetType = UNSET


class RequestUpdate(msgspec.Struct, frozen=True):
    """A public step of a request. `external_status_code` is the state in the words of this city."""

    update_id: Told
    service_request_id: Told
    status: Literal["OPEN", "CLOSED"]
    updated_datetime: Told
    description: Told
    external_status_code: str
    media_url: str | None


class PostedUpdate(msgspec.Struct, frozen=True):
    """The id that a posted update has here."""

    update_id: Told


class Place(msgspec.Struct, frozen=True):
    """A facility, so that a client can say where."""

    place_id: Told
    name: str
    kind: str
    address: str | None
    lat: float | None
    long: float | None


class Fault(msgspec.Struct, frozen=True):
    """One reason of a refusal; `code` is more exact than the status of HTTP where the specification knows only 400."""

    code: int
    description: Told


class Endpoint(msgspec.Struct, frozen=True):
    """Where a version of the interface answers."""

    specification: str
    url: str
    changeset: str
    type: Literal["production", "test"]
    formats: tuple[str, ...]


class Discovery(msgspec.Struct, frozen=True):
    """What a client finds first."""

    changeset: str
    contact: str
    key_service: str
    endpoints: tuple[Endpoint, ...]


DOCUMENTS: dict[str, type] = {
    "discovery": Discovery,
    "services": tuple[Service, ...],
    "service_definition": Definition,
    "service_requests": tuple[ServiceRequest, ...],
    "posted_requests": tuple[Posted, ...],
    "tokens": tuple[Token, ...],
    "service_request_updates": tuple[RequestUpdate, ...],
    "posted_updates": tuple[PostedUpdate, ...],
    "places": tuple[Place, ...],
    "errors": tuple[Fault, ...],
}
"""What an address answers, by name."""
