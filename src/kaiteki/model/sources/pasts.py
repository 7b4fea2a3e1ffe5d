"""What context sources answer of the past of entities, read into kept states, and put together (ETSI GS CIM 009 V1.9.1 clauses 4.5.6 to 4.5.8, 5.7.3, 5.7.4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import msgspec
from msgspec import UNSET

from kaiteki.model.entity import Instance, Json, is_array, is_object
from kaiteki.model.instant import Instant, parse_instant
from kaiteki.model.past import SCOPE, Past, without_doubles
from kaiteki.model.problem import Problem
from kaiteki.model.representation.applying import new_instance
from kaiteki.model.representation.parsing import parse_attribute, parse_entity
from kaiteki.model.sources.answers import BEFORE_ALL
from kaiteki.model.sources.merging import RANK
from kaiteki.model.sources.registration import Mode
from kaiteki.model.terms.context import Context

_MEMBERS: Final = frozenset(
    {"id", "@id", "type", "@type", "scope", "@context", "expiresAt", "createdAt", "modifiedAt", "deletedAt"}
)


class PastAccount(msgspec.Struct, frozen=True):
    """What one source tells of the past of an entity. `held` are the attributes that it alone holds; None: all that it tells.

    `standing` are the scopes that it has there, where their past is not told. Without `deleted_at` it still stands there.
    """

    entity_id: str
    types: tuple[str, ...]
    pasts: tuple[Past, ...] = ()
    standing: tuple[str, ...] = ()
    created_at: Instant = BEFORE_ALL
    modified_at: Instant = BEFORE_ALL
    deleted_at: Instant | None = None
    mode: Mode = "inclusive"
    held: frozenset[str] | None = frozenset()

    @property
    def names(self) -> frozenset[str]:
        """The attributes of which it tells something."""
        return frozenset(past.attribute for past in self.pasts)


class GatheredPast(msgspec.Struct, frozen=True):
    """What all sources together tell of the past of an entity, its states by attribute.

    What stands here of the attributes in `closed` does not count, as others alone hold them. A state in `gaps` counts where nobody
    else tells anything of its moment.
    """

    accounts: tuple[PastAccount, ...]
    pasts: Mapping[str, Sequence[Past]]
    closed: frozenset[str] = frozenset()
    gaps: Mapping[str, Sequence[Past]] = {}


def read_past(document: Json, context: Context) -> PastAccount:
    """The past of an entity as a source shows it, normalized and with system attributes. Raises BadRequestData."""
    if not is_object(document):
        raise Problem("BadRequestData", "an entity is a JSON object", "body")
    named = parse_entity(
        {name: document[name] for name in document if name in ("id", "@id", "type", "@type")}, context
    )
    entity_id = str(named.id)
    pasts: list[Past] = []
    for name, value in document.items():
        if name not in _MEMBERS:
            pasts += _states(entity_id, name, value, context)
    scoped, standing = _scopes(entity_id, document.get("scope"))
    return PastAccount(
        entity_id,
        named.types,
        (*pasts, *scoped),
        standing,
        _moment(document, "createdAt") or BEFORE_ALL,
        _moment(document, "modifiedAt") or BEFORE_ALL,
        _moment(document, "deletedAt"),
    )


def _states(entity_id: str, name: str, value: Json, context: Context) -> Iterator[Past]:
    items: list[Json] = value if is_array(value) else [value]
    attribute = context.expand(name)
    for item in items:
        if not is_object(item):
            raise Problem("BadRequestData", "a state is a JSON object", name)
        told, gone = item.get("instanceId"), _moment(item, "deletedAt")
        address = told if isinstance(told, str) else ""
        if gone is not None:
            dataset = item.get("datasetId")
            was = str(item.get("type", "Property"))
            yield Past(entity_id, attribute, gone, 0, None, dataset, was=was, told_id=address)
            continue
        (patch,) = parse_attribute(item, name, context, "whole")
        created, modified = _moment(item, "createdAt"), _moment(item, "modifiedAt")
        at = modified or created or _moment(item, "observedAt") or BEFORE_ALL
        one = new_instance(msgspec.structs.replace(patch, expires_at=UNSET), at, name)
        one = msgspec.structs.replace(one, created_at=created or at)
        yield Past(entity_id, attribute, at, 0, one, one.dataset_id, told_id=address)


def _scopes(entity_id: str, value: Json) -> tuple[list[Past], tuple[str, ...]]:
    """The states of the scopes, and those that stand: either is told."""
    items: list[Json] = value if is_array(value) else [value] if value is not None else []
    plain = tuple(one for one in items if isinstance(one, str))
    found: list[Past] = []
    for item in items:
        if not is_object(item):
            continue
        at = _moment(item, "modifiedAt") or BEFORE_ALL
        told: Json = item.get("value")
        scopes: list[Json] = told if is_array(told) else [told]
        one = Instance("Property", [str(scope) for scope in scopes], created_at=at, modified_at=at)
        found.append(Past(entity_id, SCOPE, at, 0, one, told_id=str(item.get("instanceId", ""))))
    return found, plain


def _moment(told: Mapping[str, Json], name: str) -> Instant | None:
    text = told.get(name)
    return parse_instant(text) if isinstance(text, str) else None


def gathered_past(accounts: Sequence[PastAccount]) -> GatheredPast:
    """What several accounts of one entity tell together; there is at least one.

    What a proxied source holds nobody else tells (clause 4.3.6.3). Equals add up, and what two of them tell is told once. Auxiliary
    sources fill gaps: moments of which nobody else tells a state of the attribute instance.
    """
    ordered = sorted(accounts, key=lambda one: RANK[one.mode])
    closed: frozenset[str] = frozenset()
    shared: list[list[Past]] = []
    gaps: list[list[Past]] = []
    for one in ordered:
        proxied = RANK[one.mode] == 0
        mine = [past for past in one.pasts if proxied or past.attribute not in closed]
        if one.mode == "auxiliary":
            gaps.append(mine)
            continue
        shared.append(mine)
        if proxied:
            closed |= one.names if one.held is None else one.held
    return GatheredPast(
        tuple(ordered), _by_name(without_doubles(shared)), closed - {SCOPE}, _by_name(without_doubles(gaps))
    )


def _by_name(pasts: Iterable[Past]) -> dict[str, list[Past]]:
    found: dict[str, list[Past]] = {}
    for past in pasts:
        found.setdefault(past.attribute, []).append(past)
    return found
