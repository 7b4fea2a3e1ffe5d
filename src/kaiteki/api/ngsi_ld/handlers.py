"""Which function answers which operation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kaiteki.api.ngsi_ld import reading, writing
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
}
"""By the name of the operation."""
