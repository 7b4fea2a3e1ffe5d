"""What is not public, as entities: who decided on what, and the type that hides.

    DataSet, its records, files and lines ──of a further type, Withheld──► staff alone see them, on every face (permission is on the only path)
                                         ◄─taken off────────────────────── public again, as they were
    Withdrawal   what was decided on a data set or a record, why, by whom, how far it has come; for staff
    WithdrawnDataSet   tells everybody that a data set was there and was withdrawn; never of a draft, never of a record, whose id may say who

An entity shows of itself what all of its types show. `Withheld` shows nothing but to staff, so that what is of it, too, is in no page, file,
count, tile, filter or feed for anybody else, and its past is told to nobody else either.
"""

from __future__ import annotations

import hashlib
from typing import Final, Literal

import msgspec

from kaiteki.kit.manifest import EVERYTHING, EntityType
from kaiteki.kit.views import Link, expand_name, write
from kaiteki.model.entity import Entity
from kaiteki.model.instant import Instant
from kaiteki.model.words import Words

WITHHELD: Final = "Withheld"
State = Literal["withholding", "withheld", "publishing", "published", "erasing", "forgetting", "erased"]
"""forgetting: what was decided on is gone, and the decision says no more of it; its own past goes next."""
STATES: Final = {
    "withholding": Words("公開をやめています", "Being withdrawn", "見（み）せるのを やめて います"),
    "withheld": Words("非公開", "Not public", "見（み）せて いません"),
    "publishing": Words("公開しています", "Being published", "見（み）せる ところです"),
    "published": Words("公開中", "Public", "見（み）せて います"),
    "erasing": Words("完全に消しています", "Being erased", "けして います"),
    "forgetting": Words("完全に消しています", "Being erased", "けして います"),
    "erased": Words("完全に消しました", "Erased for good", "けしました"),
}
AT_WORK: Final = ("withholding", "publishing", "erasing", "forgetting")
"""The states in which the node has something to do."""


class Withheld(msgspec.Struct, frozen=True):
    """An entity that is not public now. `withheld_for` is the Withdrawal that says why; `data_set` whose record it is."""

    id: str
    withheld_for: str = ""
    data_set: Link = ""


class Withdrawal(msgspec.Struct, frozen=True):
    """A decision on whether a data set (`about` is `data_set`) or one record is public. `drafted`: it never was.

    `count` entities were touched the last time, or so far while it is carried out. Of what was erased only `data_set` is left, and of a data set its id.
    """

    id: str
    about: str = ""
    data_set: str = ""
    title: str = ""
    state: State = "withheld"
    drafted: bool = False
    reason: str = ""
    decided_by: str = ""
    decided_at: Instant | None = None
    count: int = 0

    @property
    def is_whole(self) -> bool:
        """Whether it speaks of a data set, and not of a record."""
        return self.about == self.data_set

    @property
    def hides(self) -> bool:
        """Whether what comes in now must not be public."""
        return self.state != "published"


class WithdrawnDataSet(msgspec.Struct, frozen=True):
    """A data set that was public and is no longer: its id, since when."""

    id: str
    data_set: str = ""
    withdrawn_at: Instant | None = None


def withdrawal_id(entity_id: str) -> str:
    """The id of the decisions on an entity; it does not say which one (ids of records may hold what must not be told)."""
    return f"urn:ngsi-ld:Withdrawal:{mark_of(entity_id)}"


def withdrawn_id(data_set: str) -> str:
    """The id under which everybody is told that a data set was withdrawn."""
    return f"urn:ngsi-ld:WithdrawnDataSet:{data_set.rpartition(':')[2]}"


def mark_of(entity_id: str) -> str:
    """Sixteen hexadecimal digits by which an id is known again."""
    return hashlib.blake2s(entity_id.encode(), digest_size=8).hexdigest()


def is_withheld(entity: Entity) -> bool:
    """Whether an entity is not public."""
    return expand_name(WITHHELD) in entity.types


def hide(entity: Entity, why: str, now: Instant) -> Entity:
    """An entity as one that is not public, for a Withdrawal; the very same where it is one already."""
    if is_withheld(entity):
        return entity
    after = write(_Mark(entity.id, why), entity, now)
    return msgspec.structs.replace(after, types=(*entity.types, expand_name(WITHHELD)))


def show(entity: Entity, now: Instant) -> Entity:
    """An entity as it was before it was hidden; the very same where it was not."""
    if not is_withheld(entity):
        return entity
    after = write(_Mark(entity.id, ""), entity, now)
    if after is entity:
        after = msgspec.structs.replace(entity, modified_at=now, version=entity.version + 1)
    own = tuple(name for name in entity.types if name != expand_name(WITHHELD))
    return msgspec.structs.replace(after, types=own)


class _Mark(msgspec.Struct, frozen=True):
    """The part of Withheld that hiding writes."""

    id: str
    withheld_for: str = ""


WITHHELDS: Final = EntityType(
    name=WITHHELD,
    raw=EVERYTHING,
    view=Withheld,
    words=Words("公開していないもの", "What is not public", "見（み）せて いない もの"),
    title="id",
    columns=("id", "data_set"),
    worn_with="withheld_for",
    labels={
        "withheld_for": Words("公開の取りやめ", "Withdrawal", "やめた こと"),
        "data_set": Words("データセット", "Data set", "データ"),
    },
)
WITHDRAWALS: Final = EntityType(
    name="Withdrawal",
    raw=EVERYTHING,
    view=Withdrawal,
    words=Words("公開の取りやめと下書き", "Withdrawals and drafts", "見（み）せて いない データ"),
    title="title",
    columns=("title", "state", "drafted", "decided_at", "count"),
    desk="opendata/publishing",
    workings=frozenset({"about"}),
    codes=lambda settings: {"state": STATES},
    labels={
        "title": Words("名前", "Title", "なまえ"),
        "data_set": Words("データセット", "Data set", "データ"),
        "state": Words("状態", "State", "ようす"),
        "drafted": Words("下書き", "Draft", "下書（したが）き"),
        "reason": Words("理由", "Reason", "わけ"),
        "decided_by": Words("決めた職員", "Decided by", "きめた 人（ひと）"),
        "decided_at": Words("決めた日時", "Decided", "きめた とき"),
        "count": Words("件数", "Entities", "かず"),
    },
)
WITHDRAWN: Final = EntityType(
    name="WithdrawnDataSet",
    view=WithdrawnDataSet,
    words=Words("公開をやめたデータ", "Withdrawn data sets", "見（み）せるのを やめた データ"),
    title="data_set",
    columns=("data_set", "withdrawn_at"),
    public=("data_set", "withdrawn_at"),
    public_past=(),
    labels={
        "data_set": Words("データセット", "Data set", "データ"),
        "withdrawn_at": Words("やめた日時", "Withdrawn", "やめた とき"),
    },
)
