"""Which function answers which operation of NGSI v2."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kaiteki.api.ngsi_v2 import attributes, batches, entities, registering, subscribing, types
from kaiteki.api.ngsi_v2.binding import Do

HANDLERS: Final[Mapping[str, Do]] = {
    "resources": entities.resources,
    "listEntities": entities.list_entities,
    "createEntity": entities.create,
    "retrieveEntity": entities.retrieve,
    "removeEntity": entities.remove,
    "retrieveAttributes": entities.attributes,
    "appendAttributes": entities.append,
    "updateAttributes": entities.update,
    "replaceAttributes": entities.replace,
    "getAttribute": attributes.get,
    "putAttribute": attributes.put,
    "removeAttribute": attributes.remove,
    "getValue": attributes.get_value,
    "putValue": attributes.put_value,
    "listTypes": types.list_types,
    "retrieveType": types.one_type,
    "updateBatch": batches.update,
    "queryBatch": entities.query,
    "notify": batches.notify,
    "createSubscription": subscribing.create,
    "listSubscriptions": subscribing.list_subscriptions,
    "retrieveSubscription": subscribing.retrieve,
    "updateSubscription": subscribing.update,
    "removeSubscription": subscribing.remove,
    "createRegistration": registering.create,
    "listRegistrations": registering.list_registrations,
    "retrieveRegistration": registering.retrieve,
    "updateRegistration": registering.update,
    "removeRegistration": registering.remove,
}
"""By the name of the operation."""
