"""How a kept value reads: codes, names of other records, moments and photos in the language of the reader."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, cast, get_args, get_origin

import msgspec

from kaiteki.kit.backoffice.shapes import Cell, CellKind
from kaiteki.kit.forms import chosen, label_at
from kaiteki.kit.manifest import EntityType
from kaiteki.kit.pages import Hit
from kaiteki.kit.views import Slot, slots
from kaiteki.model.entity import Entity, Instance, is_array
from kaiteki.model.instant import Instant, parse_instant
from kaiteki.model.said import said, said_moment
from kaiteki.model.values import hints_of, lift, plain
from kaiteki.model.words import Words

NAME_MARK: Final = "urn:"
"""How ids of other records begin."""
NAMES_MAX: Final = 500
"""Other records whose names are looked up for one page."""
PHOTOS: Final = Words("{n}枚", "{n} {n|photo|photos}", "{n}まい")
_MOMENT_LENGTH_MIN: Final = len("2026-11-22T00:00Z")


class Wording(msgspec.Struct, frozen=True):
    """How the values of one type read: in which language, by which words of codes, by which names of other records (by id)."""

    declared: EntityType
    language: str
    codes: Mapping[str, Mapping[str, Words]] = {}
    names: Mapping[str, Hit] = {}
    handled: frozenset[str] = frozenset()
    """The types of which the reader handles the records."""

    def cell(self, slot: Slot, value: Any) -> Cell:
        """A value as a page shows it."""
        kind = "photos" if slot.field in self.declared.photos else kind_of(slot)
        known = self.names.get(value) if isinstance(value, str) else None
        return Cell(
            field=slot.field,
            words=label(self.declared, slot),
            kind="link" if known is not None else kind,
            text=self.text(slot, value),
            value=msgspec.to_builtins(value),
            about=known.type if known is not None and known.type in self.handled else "",
        )

    def text(self, slot: Slot, value: Any) -> str:
        """A value in the language of the reader."""
        if plain(slot.hint) is Instant and isinstance(value, int):
            return said_moment(Instant(value), self.language) if value else ""
        if slot.field in self.declared.photos:
            count = len(cast("Sequence[str]", value or ()))
            return PHOTOS.fill(self.language, n=count) if count else ""
        if isinstance(value, tuple):
            parts = cast("tuple[Any, ...]", value)
            return said(tuple(self._worded(slot, one) for one in parts), self.language)
        return said(self._worded(slot, value), self.language)

    def _worded(self, slot: Slot, value: Any) -> Any:
        """The words of one value that is a code, a moment as text or the id of another record; else the value."""
        if isinstance(value, msgspec.Struct):
            hints = hints_of(type(value))
            codes = {name: getattr(value, name) for name in value.__struct_fields__}
            return msgspec.structs.replace(
                value, **{name: chosen(hints[name], one) for name, one in codes.items()}
            )
        if not isinstance(value, str):
            return value
        worded = chosen(slot.hint, value)
        if worded is not value:
            return worded
        known = self.codes.get(slot.field, {}).get(value)
        if known is not None:
            return known
        if value.startswith(NAME_MARK):
            return self.names[value].title if value in self.names else value.rsplit(":", 1)[-1]
        at = parse_instant(value) if len(value) >= _MOMENT_LENGTH_MIN and value[10:11] == "T" else None
        return said_moment(at, self.language) if at is not None else value


def names_in(entities: Iterable[Entity], kept: Sequence[Slot]) -> tuple[str, ...]:
    """The ids of other records that stand in some attributes, each once, at most NAMES_MAX."""
    found: dict[str, None] = {}
    wanted = {slot.iri for slot in kept}
    for entity in entities:
        for name, instances in entity.attributes.items():
            for instance in instances if name in wanted else ():
                for one in instance.value if is_array(instance.value) else [instance.value]:
                    if isinstance(one, str) and one.startswith(NAME_MARK):
                        found[one] = None
    return tuple(found)[:NAMES_MAX]


def label(declared: EntityType, slot: Slot) -> Words:
    """The words of a field of a type: of the manifest, else of its annotation, else its name."""
    given = declared.labels.get(slot.field) or declared.labels.get(slot.short)
    annotated = label_at(slot.hint)
    return given or (annotated.words if annotated else Words(slot.short, slot.field.replace("_", " ")))


def shown(declared: EntityType) -> tuple[Slot, ...]:
    """The fields of a type that say something to people, in their order."""
    return tuple(
        slot for slot in slots(declared.view) if not slot.virtual and slot.field not in declared.workings
    )


def kind_of(slot: Slot) -> CellKind:
    """What kind of value a field holds."""
    bare = plain(slot.hint)
    if slot.kind == "Relationship":
        return "link"
    if slot.kind == "GeoProperty":
        return "place"
    if bare is Instant:
        return "moment"
    if bare is bool:
        return "yesno"
    if bare in (int, float):
        return "number"
    if get_origin(bare) in (tuple, list):
        return "list"
    return "data" if slot.kind == "JsonProperty" else "text"


def code_hint(slot: Slot) -> Any:
    """The bare type of a value of a field, or of one of several."""
    bare = plain(slot.hint)
    return plain(get_args(bare)[0]) if get_origin(bare) in (tuple, list) else bare


def as_read(instance: Instance | None, slot: Slot) -> Any:
    """A kept value as its view reads it."""
    if instance is None:
        return None
    try:
        return msgspec.convert(lift(instance.value, slot.hint), slot.hint)
    except msgspec.ValidationError:
        return instance.value
