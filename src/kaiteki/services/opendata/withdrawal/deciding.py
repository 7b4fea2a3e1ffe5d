"""The decisions of staff on what is public: withdraw, publish again, erase for good. The node carries them out (main/withholding.py).

    public ──withhold──► withholding ─► withheld ──publish──► publishing ─► published
                                            └──erase, sure──► erasing ─► erased (also its past)

A data set that is deleted past these commands leaves records: they are withheld by a reaction, and not deleted, because who deleted the
description of a table has not said that its records are to be lost. So nothing of them is public, and staff decide what becomes of them.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

import msgspec

from kaiteki.kit.forms import Label
from kaiteki.kit.manifest import Command, Reaction, State
from kaiteki.model.decision import Accepted, Asked, Fault, Refused
from kaiteki.model.words import Words
from kaiteki.services.opendata.model import DataSet, Record
from kaiteki.services.opendata.withdrawal.model import Withdrawal, withdrawal_id

PAGE: Final = "opendata/publishing"
REASON_MIN: Final = 5
REASON_MAX: Final = 500
_REASON: Final = Words("理由", "Reason", "わけ")
_NO_DATA_SET: Final = (
    "データセットの説明が消されたため、残った記録を非公開にしました。 / "
    "The description of the data set was deleted; its records are not public any more."
)


class WithholdData(msgspec.Struct, frozen=True):
    """Take a data set, or one record, from the public."""

    id: str
    reason: Annotated[str, msgspec.Meta(min_length=REASON_MIN, max_length=REASON_MAX), Label(_REASON)]


class PublishData(msgspec.Struct, frozen=True):
    """Make a data set or a record public that is not."""

    id: str


class EraseData(msgspec.Struct, frozen=True):
    """Erase a data set or a record that is not public, with its past and the files it came from."""

    id: str
    sure: Annotated[
        bool,
        Label(Words("元に戻せないことを確かめました", "I know that it cannot be undone", "もどせません")),
    ] = False


def _needed(form: Any, asked: Asked) -> tuple[str, ...]:
    return (form.id, withdrawal_id(form.id))


def withhold(state: State, form: WithholdData, asked: Asked) -> Accepted | Refused:
    """Have what is public hidden; why, and who said so, stays with it."""
    one, kept = state.get(form.id), state.get(withdrawal_id(form.id))
    if not isinstance(one, DataSet | Record):
        return Refused("not_found")
    if isinstance(kept, Withdrawal) and kept.state != "published":
        return Refused("conflict")
    whole = isinstance(one, DataSet)
    made = Withdrawal(
        id=withdrawal_id(one.id),
        about=one.id,
        data_set=one.id if whole else one.data_set,
        title=one.title if whole else str(getattr(one, "name", "") or ""),
        state="withholding",
        reason=form.reason,
        decided_by=asked.person.account_id,
        decided_at=asked.now,
    )
    return Accepted(writes=(made,), answer={"id": made.id})


def publish(state: State, form: PublishData, asked: Asked) -> Accepted | Refused:
    """Have what is hidden shown again; a data set only with its source and licence."""
    one, kept = state.get(form.id), state.get(withdrawal_id(form.id))
    if not isinstance(kept, Withdrawal) or kept.state != "withheld":
        return Refused("not_found")
    if isinstance(one, DataSet) and not (one.source and one.licence):
        words = Words(
            "出典と利用条件を「説明を書く」で書いてから公開します。",
            "State source and licence (Describe it) before it is published.",
            "だれの データか、使（つか）う きまりを 書（か）いて ください。",
        )
        return Refused("invalid", (Fault("id", "invalid", words),))
    if not isinstance(one, DataSet | Record):
        return Refused("not_found")
    return _go_on(kept, "publishing", asked)


def erase(state: State, form: EraseData, asked: Asked) -> Accepted | Refused:
    """Have what is hidden erased with all that is kept of it."""
    kept = state.get(withdrawal_id(form.id))
    if not isinstance(kept, Withdrawal) or kept.state != "withheld":
        return Refused("not_found")
    if not form.sure:
        words = Words(
            "消すと元に戻せません。確かめてください。",
            "It cannot be undone. Please confirm.",
            "もどせません。たしかめて ください。",
        )
        return Refused("invalid", (Fault("sure", "invalid", words),))
    return _go_on(kept, "erasing", asked)


def _go_on(kept: Withdrawal, state: Any, asked: Asked) -> Accepted:
    after = msgspec.structs.replace(
        kept, state=state, decided_by=asked.person.account_id, decided_at=asked.now, count=0
    )
    return Accepted(writes=(after,), answer={"id": after.id})


class GoneDataSet(msgspec.Struct, frozen=True):
    """A data set that was deleted."""

    id: str


def withhold_orphans(state: State, seen: GoneDataSet, asked: Asked) -> Accepted | Refused:
    """Have the records of a deleted data set hidden, unless somebody has decided on it or it is there again."""
    kept = state.get(withdrawal_id(seen.id))
    if seen.id in state or (isinstance(kept, Withdrawal) and kept.state != "published"):
        return Accepted()
    title = kept.title if isinstance(kept, Withdrawal) else ""
    made = Withdrawal(
        id=withdrawal_id(seen.id),
        about=seen.id,
        data_set=seen.id,
        title=title or seen.id.rpartition(":")[2],
        state="withholding",
        reason=_NO_DATA_SET,
        decided_at=asked.now,
    )
    return Accepted(writes=(made,))


COMMANDS: Final = (
    Command("withhold_data", Words("公開をやめる", "Withdraw from the public", "見（み）せるのを やめる"), WithholdData, withhold, _needed, page=PAGE),
    Command("publish_data", Words("公開する", "Publish", "見（み）せる"), PublishData, publish, _needed, page=PAGE),
    Command("erase_data", Words("完全に消す", "Erase for good", "ぜんぶ けす"), EraseData, erase, _needed, page=PAGE),
)  # fmt: skip
REACTIONS: Final = (
    Reaction(
        on="opendata.data_set_gone",
        type="DataSet",
        attributes=(),
        input=GoneDataSet,
        decide=withhold_orphans,
        needs=lambda seen, asked: (seen.id, withdrawal_id(seen.id)),
        gone=True,
    ),
)
