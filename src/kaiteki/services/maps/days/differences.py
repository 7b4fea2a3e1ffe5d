"""What differs between two states of a feature: whether it came, went, was moved or says something else, item by item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, TypeAlias, cast

import msgspec

from kaiteki.kit.forms import chosen
from kaiteki.kit.views import Slot, slots
from kaiteki.model.instant import Instant, format_instant
from kaiteki.model.place import distance_m, shape_of, size_of
from kaiteki.model.words import Words
from kaiteki.services.maps.days.asked import JAPAN_US
from kaiteki.services.maps.in_view import Feature, FeatureReader
from kaiteki.services.maps.shown import BELONGS, SEVERAL

Kind: TypeAlias = Literal["added", "removed", "moved", "changed"]
KINDS: Final[dict[Kind, Words]] = {
    "added": Words("増えたもの", "Added", "ふえた もの"),
    "removed": Words("なくなったもの", "Removed", "なくなった もの"),
    "moved": Words("場所や形が変わったもの", "Moved or reshaped", "場所（ばしょ）が かわった もの"),
    "changed": Words("内容が変わったもの", "Changed", "なかみが かわった もの"),
}
PLACE: Final = Words("場所", "Place", "場所（ばしょ）")
SHAPE: Final = Words("形と大きさ", "Shape and size", "かたち")
YES: Final = Words("あり", "Yes", "はい")
NO: Final = Words("なし", "No", "いいえ")
TEXT_LENGTH_MAX: Final = 200
"""Characters of a value that the table shows."""
ROWS_MAX: Final = 20
"""Items of one feature that the table shows."""
POINTS: Final = ("Point", "MultiPoint")
DETAILS: Final = "details"
"""The field in which records keep the columns of their table beside those of their type."""


class Row(msgspec.Struct, frozen=True):
    """An item: its name, what it was, what it is."""

    name: str
    before: str
    after: str


class Difference(msgspec.Struct, frozen=True):
    """What became of a feature between two days. `before` and `after` are the feature then, None where it was not there; `gone`: it
    does not exist today, so it has no page. `rows`: what it says otherwise, at most ROWS_MAX; `more` further items."""

    kind: Kind
    before: Feature | None
    after: Feature | None
    rows: Sequence[Row] = ()
    more: int = 0
    away_m: float | None = None
    gone: bool = False

    @property
    def feature(self) -> Feature:
        """The feature as it was last."""
        return cast(Feature, self.after or self.before)


def difference_of(reader: FeatureReader, first: Any, last: Any, gone: bool) -> Difference | None:
    """What differs between two views of an entity, None where it was not there; None where nothing that is told does."""
    before = reader.read(first) if first is not None else None
    after = reader.read(last) if last is not None else None
    if before is None or after is None:
        if before is None and after is None:
            return None
        return Difference("added" if before is None else "removed", before, after, gone=gone)
    rows = _rows(reader, first, last)
    moved = before.geometry != after.geometry
    if not rows and not moved:
        return None
    away_m = None
    if moved:
        away_m = distance_m(dict(before.geometry), dict(after.geometry))
        place = _place(before, after, reader.language)
        rows = [place, *rows]
    kind: Kind = "moved" if moved else "changed"
    return Difference(kind, before, after, rows[:ROWS_MAX], max(0, len(rows) - ROWS_MAX), away_m, gone)


def _rows(reader: FeatureReader, first: Any, last: Any) -> list[Row]:
    """What two views say otherwise, the place apart, in the order of the type."""
    declared = reader.collection.declared
    rows: list[Row] = []
    for slot in slots(declared.view):
        told = slot.field in declared.public and slot.field not in declared.workings
        if not told or slot.how.member or slot.kind == "GeoProperty" or slot.short == BELONGS:
            continue
        before, after = getattr(first, slot.field), getattr(last, slot.field)
        if slot.field == DETAILS:
            rows += _details(before, after, reader.language)
        elif before != after:
            texts = (_said(chosen(slot.hint, one), slot, reader.language) for one in (before, after))
            rows.append(Row(_name(reader, slot), *texts))
    return rows


def _details(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None, language: str) -> list[Row]:
    """The columns of the table that say something else."""
    old, new = before or {}, after or {}
    names = dict.fromkeys((*old, *new))
    return [
        Row(name, _said(old.get(name), None, language), _said(new.get(name), None, language))
        for name in names
        if old.get(name) != new.get(name)
    ]


def _name(reader: FeatureReader, slot: Slot) -> str:
    item = next((one for one in reader.layer.items if one.property == slot.short), None)
    labels = reader.collection.declared.labels
    words = item.words if item is not None else labels.get(slot.field)
    unit = f"（{item.unit}）" if item is not None and item.unit else ""
    return (words.say(reader.language) if words is not None else slot.short) + unit


def _said(value: Any, slot: Slot | None, language: str) -> str:
    """A value as people read it; empty for what is not there."""
    if value is None or value in ("", (), {}):
        return ""
    if isinstance(value, Words):
        text = value.say(language)
    elif isinstance(value, bool):
        text = (YES if value else NO).say(language)
    elif slot is not None and slot.is_moment and isinstance(value, int):
        text = format_instant(Instant(value + JAPAN_US))[:16].replace("T", " ")
    elif isinstance(value, float):
        text = f"{value:.10g}"
    elif isinstance(value, list | tuple):
        text = SEVERAL.say(language).join(
            _said(part, None, language) for part in cast("Sequence[Any]", value)
        )
    elif isinstance(value, str | int):
        text = str(value)
    else:
        text = msgspec.json.encode(value).decode()
    return text if len(text) <= TEXT_LENGTH_MAX else text[:TEXT_LENGTH_MAX] + "…"


def _place(before: Feature, after: Feature, language: str) -> Row:
    """Where it was and is: of points the position to a metre, of lines their length, of areas their size."""
    is_point = before.geometry["type"] in POINTS
    words = PLACE if is_point else SHAPE
    return Row(words.say(language), _extent(before, is_point), _extent(after, is_point))


def _extent(feature: Feature, is_point: bool) -> str:
    geometry = dict(feature.geometry)
    if is_point:
        at = shape_of(geometry).representative_point()
        return f"{at.y:.5f}, {at.x:.5f}"
    length_m, area_m2 = size_of(geometry)
    return f"{area_m2:,.0f} ㎡" if area_m2 else f"{length_m:,.0f} m"
