"""What staff may decide about imports: what the columns of a header mean."""

from __future__ import annotations

from typing import Final

import msgspec

from kaiteki.kit.editing import Edits, Standing
from kaiteki.kit.manifest import State
from kaiteki.model.decision import Accepted, Asked, Fault, Refused
from kaiteki.model.words import Words
from kaiteki.services.opendata.mapping import IGNORED
from kaiteki.services.opendata.model import CorrectMapping, ImportMapping, KeptChoice
from kaiteki.services.opendata.standard.table import standard_types


def needed_for_mapping(form: CorrectMapping, asked: Asked) -> tuple[str, ...]:
    """The mapping that is corrected."""
    return (form.id,)


def correct_mapping(state: State, form: CorrectMapping, asked: Asked) -> Accepted | Refused:
    """Keep what a person says of the columns; the next import of this header goes by it."""
    kept = state.get(form.id)
    if not isinstance(kept, ImportMapping):
        return Refused("not_found")
    type_name = form.record_type or kept.record_type
    kind = standard_types().get(type_name)
    if kind is None:
        words = Words(ja="種類を一覧から選んでください。", en="Please choose a type from the list.")
        return Refused("invalid", (Fault("record_type", "unknown", words),))
    known = {item.key for item in kind.items} | {"", IGNORED}
    told = dict(zip(form.columns, form.items, strict=False))
    wrong = [column for column, item in told.items() if item not in known]
    if wrong:
        return Refused("invalid", tuple(_wrong(column, type_name) for column in wrong))
    choices = tuple(_choice(choice, told) for choice in kept.choices)
    after = msgspec.structs.replace(kept, record_type=type_name, told=True, choices=choices)
    return Accepted(writes=(after,), answer={"id": kept.id})


def kept_mapping(state: State, form: CorrectMapping, asked: Asked) -> Standing | None:
    """What the columns are taken for now."""
    kept = state.get(form.id)
    return Standing(kept, mapping_form(kept)) if isinstance(kept, ImportMapping) else None


def mapping_form(kept: ImportMapping) -> CorrectMapping:
    """A mapping as the form that corrects it."""
    columns, items = (tuple(getattr(one, name) for one in kept.choices) for name in ("column", "item"))
    return CorrectMapping(kept.id, kept.record_type, columns, items)


MAPPING_EDITS: Final = Edits(kept_mapping, attributes={"items": "choices"}, rows=("columns", "items"))


def _choice(choice: KeptChoice, told: dict[str, str]) -> KeptChoice:
    item = told.get(choice.column, choice.item)
    if item == choice.item:
        return choice
    return KeptChoice(choice.column, item, 1.0, "told")


def _wrong(column: str, type_name: str) -> Fault:
    words = Words(
        ja=f"「{column}」に選んだ項目は{type_name}にありません。",
        en=f"{type_name} has no item as chosen for “{column}”.",
    )
    return Fault("items", "unknown", words)
