"""The operations over snapshots (ETSI GS CIM 009 V1.9.1 clause 5.16)."""

from __future__ import annotations

from typing import Final

from kaiteki.api.ngsi_ld.negotiation import JSON, MERGE_JSON
from kaiteki.api.ngsi_ld.operation import PLAIN, Operation

_ONE: Final = "/snapshots/{snapshotId}"
_REFUSED: Final = ((400, "Problem"), (401, "Problem"), (404, "Problem"))
_MADE: Final = ((201, ""), (429, "Problem"), *_REFUSED)
_DONE: Final = ((204, ""), *_REFUSED)

SNAPSHOT_OPERATIONS: Final[tuple[Operation, ...]] = (
    Operation(
        "createSnapshot",
        "POST",
        "snapshots",
        "/snapshots",
        "5.16.1",
        "Take a snapshot of what queries find",
        ("local",),
        PLAIN,
        "Snapshot",
        answers=((409, "Problem"), *_MADE),
        writes=True,
    ),
    Operation(
        "purgeSnapshots",
        "DELETE",
        "snapshots",
        "/snapshots",
        "5.16.7",
        "Forget one's snapshots, all or those whose members match",
        ("q",),
        answers=_DONE,
        writes=True,
    ),
    Operation(
        "retrieveSnapshot",
        "GET",
        "snapshot",
        _ONE,
        "5.16.3",
        "Retrieve the status of a snapshot",
        (),
        shapes=(JSON,),
        answers=((200, "SnapshotFound"), *_REFUSED),
    ),
    Operation(
        "updateSnapshot",
        "PATCH",
        "snapshot",
        _ONE,
        "5.16.4",
        "Change the priority and lifetime of a snapshot",
        (),
        (*PLAIN, MERGE_JSON),
        "SnapshotFragment",
        answers=_DONE,
        writes=True,
    ),
    Operation(
        "deleteSnapshot",
        "DELETE",
        "snapshot",
        _ONE,
        "5.16.5",
        "Forget a snapshot",
        (),
        answers=_DONE,
        writes=True,
    ),
    Operation(
        "cloneSnapshot",
        "POST",
        "snapshot",
        f"{_ONE}/clone",
        "5.16.2",
        "Make another snapshot with the same entities",
        (),
        PLAIN,
        "SnapshotFragment",
        answers=_MADE,
        writes=True,
    ),
)
"""Every operation; the handlers are named after `name`."""
