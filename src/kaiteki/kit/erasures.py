"""The record of an erasure that is under way, which goes with the last step of it; and what an erasure did."""

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
    cut_entities: tuple[str, ...] = ()
    """Entities whose past of `cut_attributes` (expanded) is cut next; none of the ids may stand in their present any more."""
    cut_attributes: tuple[str, ...] = ()


class Kept(msgspec.Struct, frozen=True):
    """What is not erased: of which type, how many, for which purpose, and on what ground of the law."""

    type: Words
    count: int
    purpose: Words
    ground: Words | None
    keep_days: int


class Erased(msgspec.Struct, frozen=True):
    """What an erasure did: entities that went, entities that were emptied, photos, subscriptions, keys; and what had to stay."""

    gone: int = 0
    emptied: int = 0
    photos: int = 0
    subscriptions: int = 0
    keys: int = 0
    kept: tuple[Kept, ...] = ()


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
        "cut_entities": Words("過去を消しているもの", "Whose past is cut", "むかしを けして いる もの"),
        "cut_attributes": Words("過去を消している項目", "What of it is cut", "むかしを けして いる ところ"),
        "at": Words("求めた日時", "When", "いつ"),
    },
    roles=(ADMIN,),
)


def erasure_id(ids: Sequence[str]) -> str:
    """The id of the record of an erasure, which tells nothing of whom."""
    return f"urn:ngsi-ld:Erasure:{hashlib.sha256(' '.join(ids).encode()).hexdigest()[:24]}"
