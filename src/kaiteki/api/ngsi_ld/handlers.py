"""Which function answers which operation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kaiteki.api.ngsi_ld import (
    batches,
    discovering,
    evolving,
    reading,
    registering,
    retelling,
    streaming,
    subscribing,
    writing,
)
from kaiteki.api.ngsi_ld.binding import Do

HANDLERS: Final[Mapping[str, Do]] = {
    "queryEntities": reading.query,
    "createEntity": writing.create,
    "retrieveEntity": reading.retrieve,
    "replaceEntity": writing.replace,
    "mergeEntity": writing.merge,
    "deleteEntity": writing.delete,
    "appendAttrs": writing.append,
    "updateAttrs": writing.update,
    "updateAttr": writing.update_one,
    "replaceAttr": writing.replace_one,
    "deleteAttr": writing.delete_one,
    "purgeEntities": batches.purge,
    "createBatch": batches.create,
    "upsertBatch": batches.upsert,
    "updateBatch": batches.update,
    "deleteBatch": batches.delete,
    "mergeBatch": batches.merge,
    "queryBatch": batches.query,
    "createTemporal": retelling.tell,
    "appendTemporalAttrs": retelling.append,
    "deleteTemporal": retelling.forget,
    "deleteTemporalAttr": retelling.forget_one,
    "updateTemporalInstance": retelling.revise,
    "deleteTemporalInstance": retelling.remove,
    "queryTemporal": evolving.query,
    "retrieveTemporal": evolving.retrieve,
    "queryTemporalBatch": evolving.query_by_document,
    "retrieveTypes": discovering.types,
    "retrieveType": discovering.one_type,
    "retrieveAttributes": discovering.attributes,
    "retrieveAttribute": discovering.one_attribute,
    "addContext": discovering.add_context,
    "listContexts": discovering.list_contexts,
    "serveContext": discovering.serve_context,
    "deleteContext": discovering.forget_context,
    "createSubscription": subscribing.create,
    "querySubscription": subscribing.query,
    "retrieveSubscription": subscribing.retrieve,
    "updateSubscription": subscribing.update,
    "deleteSubscription": subscribing.delete,
    "retrieveDeadLetters": subscribing.show_dead_letters,
    "resendDeadLetters": subscribing.resend,
    "forgetDeadLetters": subscribing.throw_away,
    "streamNotifications": streaming.stream,
    "createCSR": registering.create,
    "queryCSR": registering.query,
    "retrieveCSR": registering.retrieve,
    "updateCSR": registering.update,
    "deleteCSR": registering.delete,
}
"""By the name of the operation."""
