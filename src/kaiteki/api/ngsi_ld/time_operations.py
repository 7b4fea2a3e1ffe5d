"""The operations over entities through time, as rows of the table of operations (ETSI GS CIM 009 V1.9.1 clauses 6.18 to 6.24)."""

from __future__ import annotations

from typing import Final

from kaiteki.api.ngsi_ld.operation import PAGE, PLAIN, SELECTION, Operation

_TIME: Final = (
    "timerel",
    "timeAt",
    "endTimeAt",
    "timeproperty",
    "lastN",
    "aggrMethods",
    "aggrPeriodDuration",
)
_FORM: Final = ("options", "format", "lang", "pick", "omit", "attrs", "datasetId", "local")

TIME_OPERATIONS: Final[tuple[Operation, ...]] = (
    Operation(
        "queryTemporal",
        "GET",
        "temporalEntities",
        "/temporal/entities",
        "5.7.4",
        "Query entities through time",
        (*SELECTION, *_TIME, *_FORM, *PAGE, "expandValues"),
        shapes=PLAIN,
        answers=((200, "TemporalEntityList"), (206, "TemporalEntityList"), (400, "Problem")),
    ),
    Operation(
        "retrieveTemporal",
        "GET",
        "temporalEntity",
        "/temporal/entities/{entityId}",
        "5.7.3",
        "Retrieve an entity through time",
        ("type", *_TIME, *_FORM),
        shapes=PLAIN,
        answers=((200, "TemporalEntity"), (206, "TemporalEntity"), (400, "Problem"), (404, "Problem")),
    ),
    Operation(
        "queryTemporalBatch",
        "POST",
        "temporalOperations",
        "/temporal/entityOperations/query",
        "5.7.4",
        "Query entities through time by a document",
        ("options", "format", *PAGE, "local"),
        PLAIN,
        "TemporalQuery",
        shapes=PLAIN,
        answers=((200, "TemporalEntityList"), (206, "TemporalEntityList"), (400, "Problem")),
    ),
)
"""The rows of entities through time."""
