"""A subscription as it is passed on to a context source: reduced to what the source is registered for (ETSI GS CIM 009 V1.9.1 clause 5.8.1.4)."""

from __future__ import annotations

from typing import Final

from kaiteki.model.entity import Json
from kaiteki.model.query import Query
from kaiteki.model.sources.forwarding import Selection, selections_for
from kaiteki.model.sources.matching import is_about, matches_csf, matches_place, matches_scope, parts_for
from kaiteki.model.sources.registration import Registration
from kaiteki.model.terms.context import Context
from kaiteki.model.watch.document import types_text
from kaiteki.model.watch.subscription import Subscription

SELECTORS_MAX: Final = 100
"""Selectors of one subscription; what would need more is not passed on to a source."""


def is_passed(one: Registration, watch: Subscription) -> bool:
    """Whether a source is asked to tell of what a subscription is about; auxiliary ones, and those that speak NGSI v2, take no part."""
    if "createSubscription" not in one.meant or one.mode == "auxiliary" or one.is_temporal:
        return False
    if one.v2 is not None:
        return False
    if one.alias and one.alias in watch.via:
        return False
    if watch.csf_filter is not None and not matches_csf(one, watch.csf_filter):
        return False
    if not matches_scope(one, Query(scope=watch.scope), strict=False):
        return False
    return watch.geo is None or matches_place(one, watch.geo, strict=False)


def is_split(one: Registration, watch: Subscription) -> bool:
    """Whether the entities of a source may stand in part somewhere else (clause 5.2.12, splitEntities), so that conditions are asked here."""
    if watch.split_entities is not None:
        return watch.split_entities
    return one.mode == "exclusive" or any(part.attributes for part in one.information)


def reduced(one: Registration, watch: Subscription, context: Context, whole: bool) -> dict[str, Json] | None:
    """The subscription that a source is asked for, without its id and endpoint; None where it has nothing of what is watched.

    `context`: what names mean to the source; `whole`: conditions travel as they were written.
    """
    wanted = Query(selectors=watch.selectors, attrs=watch.watched)
    entities = [_selector(each, context) for each in selections_for(one, wanted)]
    if not entities or len(entities) > SELECTORS_MAX:
        return None
    document: dict[str, Json] = {
        "type": "Subscription",
        "entities": entities,
        "isActive": watch.is_active,
        "notification": {"format": "normalized", "sysAttrs": True},
    }
    names = _watched(one, watch, wanted)
    if watch.time_interval_s is not None:
        document["timeInterval"] = watch.time_interval_s
    elif names:
        document["watchedAttributes"] = [context.compact(name) for name in names]
    if watch.triggers:
        document["notificationTrigger"] = list(watch.triggers)
    if watch.dataset_ids:
        document["datasetId"] = list(watch.dataset_ids)
    if watch.telling.show_changes:
        document["notification"] = {"format": "normalized", "sysAttrs": True, "showChanges": True}
    if one.management is not None and one.management.local_only:
        document["localOnly"] = True
    if whole:
        conditions: dict[str, Json] = {
            "q": watch.q_text,
            "scopeQ": watch.scope_text,
            "geoQ": watch.geo_document,
            "expandValues": list(watch.expand_values),
        }
        document |= {name: told for name, told in conditions.items() if told}
    return document


def _selector(one: Selection, context: Context) -> Json:
    told: dict[str, Json] = {"type": types_text(one.types, context)}
    if one.ids:
        told["id"] = one.ids[0] if len(one.ids) == 1 else list(one.ids)
    elif one.id_pattern is not None:
        told["idPattern"] = one.id_pattern
    return told


def _watched(one: Registration, watch: Subscription, wanted: Query) -> tuple[str, ...]:
    """The attributes that are watched at a source: those of the subscription that it is registered for; none for all."""
    parts = parts_for(one, wanted)
    if any(not part.attributes for part in parts):
        return watch.watched
    known = tuple(dict.fromkeys(name for part in parts for name in part.attributes))
    return tuple(name for name in known if not watch.watched or name in watch.watched)


def held_names(one: Registration, entity_id: str, types: tuple[str, ...]) -> frozenset[str] | None:
    """The attributes of an entity that a source is registered for, None for all of them; empty where it is not registered for it."""
    parts = list(is_about(one, entity_id, types))
    if any(not part.attributes for part in parts):
        return None
    return frozenset(name for part in parts for name in part.attributes)
