"""The record of an erasure that is under way; it goes with the last step of it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

import msgspec

from kaiteki.kit.manifest import EntityType
from kaiteki.model.access import ADMIN
from kaiteki.model.instant import Instant
from kaiteki.model.words import Words


class Erasure(msgspec.Struct, frozen=True):
    """Whose ids are being erased, at whose order, on what ground."""

    id: str
    ids: tuple[str, ...]
    by: str
    ground: str
    at: Instant


ERASURES: Final = EntityType(
    name="Erasure",
    view=Erasure,
    words=Words("消去の途中の記録", "Erasures under way", "けして いる とちゅう"),
    title="id",
    columns=("at", "by", "ground"),
    labels={
        "ids": Words("対象の識別子", "Ids", "だれの"),
        "by": Words("消去を求めた人", "Ordered by", "だれが"),
        "ground": Words("理由", "Ground", "りゆう"),
        "at": Words("求めた日時", "When", "いつ"),
    },
    roles=(ADMIN,),
)


def erasure_id(ids: Sequence[str]) -> str:
    """The id of the record of an erasure, which tells nothing of whom."""
    return f"urn:ngsi-ld:Erasure:{hashlib.sha256(' '.join(ids).encode()).hexdigest()[:24]}"
