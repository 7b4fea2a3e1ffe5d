"""The names of operations that a context source may be asked for, and their groups (ETSI GS CIM 009 V1.9.1 clause 4.20)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

_READING: Final = ("retrieveEntity", "queryEntity")
_DISCOVERY: Final = (
    "retrieveEntityTypes",
    "retrieveEntityTypeDetails",
    "retrieveEntityTypeInfo",
    "retrieveAttrTypes",
    "retrieveAttrTypeDetails",
    "retrieveAttrTypeInfo",
)
_SUBSCRIBING: Final = (
    "createSubscription",
    "updateSubscription",
    "retrieveSubscription",
    "querySubscription",
    "deleteSubscription",
)
_WRITING: Final = (
    "createEntity",
    "updateEntity",
    "appendAttrs",
    "updateAttrs",
    "deleteAttrs",
    "deleteEntity",
    "mergeEntity",
    "replaceEntity",
    "replaceAttrs",
    "purgeEntity",
)
_BATCHES: Final = ("createBatch", "upsertBatch", "updateBatch", "deleteBatch", "mergeBatch", "queryBatch")
_TEMPORAL: Final = (
    "upsertTemporal",
    "appendAttrsTemporal",
    "deleteAttrsTemporal",
    "updateAttrsTemporal",
    "updateAttrInstanceTemporal",
    "deleteAttrInstanceTemporal",
    "deleteTemporal",
    "retrieveTemporal",
    "queryTemporal",
)

OPERATIONS: Final = frozenset((*_READING, *_DISCOVERY, *_SUBSCRIBING, *_WRITING, *_BATCHES, *_TEMPORAL))
"""Every operation that a registration may name."""
GROUPS: Final[dict[str, frozenset[str]]] = {
    "federationOps": frozenset((*_READING, "queryBatch", *_DISCOVERY, *_SUBSCRIBING)),
    "associationOps": frozenset((*_READING, "queryBatch", *_DISCOVERY)),
    "updateOps": frozenset(("updateEntity", "updateAttrs", "replaceEntity", "replaceAttrs")),
    "retrieveOps": frozenset(_READING),
    "redirectionOps": frozenset((*_WRITING, *_READING, *_DISCOVERY)),
}
"""What each group stands for."""
DEFAULT_GROUP: Final = "federationOps"
"""What a source is asked for that says nothing."""
AUXILIARY: Final = frozenset(("retrieveOps", *_READING, "queryBatch", "retrieveTemporal", "queryTemporal"))
"""What an auxiliary source may say that it can do: it is read, never written to (clauses 4.3.6.2 and 5.9.2.4)."""


def meant_by(names: Iterable[str]) -> frozenset[str]:
    """The operations that names of operations and groups stand for."""
    told = tuple(names) or (DEFAULT_GROUP,)
    return frozenset(one for name in told for one in GROUPS.get(name, (name,)))
