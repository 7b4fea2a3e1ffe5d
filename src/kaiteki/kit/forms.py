"""Forms: a frozen Struct with labels and limits in its annotations, read from posted fields or JSON with all errors at once.

Limits are `msgspec.Meta` (min_length, max_length, pattern, ge, le …), words are `Label`. The same Struct describes the
generic HTML form and the JSON Schema of the OpenAPI.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, Literal, TypeVar, Union, cast, get_args, get_origin

import msgspec
from msgspec import inspect

from kaiteki.model.decision import Fault
from kaiteki.model.entity import Json
from kaiteki.model.faults import fault
from kaiteki.model.instant import Instant
from kaiteki.model.values import hints_of, lift, plain
from kaiteki.model.words import Words

F = TypeVar("F", bound=msgspec.Struct)
Widget = Literal[
    "text", "area", "choice", "choices", "check", "number", "date", "moment", "photo", "place", "hidden"
]

TEXT_LENGTH_MAX: Final = 4000
"""Characters of a text whose field sets no limit of its own."""
LIST_LENGTH_MAX: Final = 100
_LOCAL_TIME: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?", re.ASCII)
_CONTROL_ALLOWED: Final = frozenset("\n\t")


class Label(msgspec.Struct, frozen=True):
    """What people read at a field. `choices` are the values with their words; `widget` overrides the one the type suggests."""

    words: Words
    hint: Words | None = None
    choices: tuple[tuple[str, Words], ...] = ()
    widget: Widget | None = None
    unit: str = ""
    person: bool = False
    """The text is the number of somebody; the engine refuses one that is nobody's, and hands on the id by which the service knows them."""


class Described(msgspec.Struct, frozen=True):
    """A field as a page draws it. `name` is the dotted path under which it is posted; lengths in characters."""

    name: str
    words: Words
    hint: Words | None
    widget: Widget
    required: bool
    choices: tuple[tuple[str, Words], ...] = ()
    unit: str = ""
    min_length: int | None = None
    max_length: int | None = None
    minimum: float | None = None
    maximum: float | None = None
    default: Json = None


def parse(form: type[F], given: Mapping[str, Any], posted: bool = False) -> F | tuple[Fault, ...]:
    """A form from a JSON object, or every fault of it. `posted` reads numbers and yes/no from text and ignores unknown names."""
    reading = _Reading(posted)
    value = reading.struct(form, given, "")
    return tuple(reading.faults) if reading.faults else cast("F", value)


def parse_fields(form: type[F], fields: Mapping[str, Sequence[str]]) -> F | tuple[Fault, ...]:
    """A form from posted fields (dotted names for nested Structs, repeated names for lists), or every fault of it."""
    return parse(form, _nest(form, fields, ""), posted=True)


def check(value: msgspec.Struct) -> tuple[Fault, ...]:
    """The faults of a form that was built in code."""
    found = parse(type(value), msgspec.to_builtins(value))
    return found if isinstance(found, tuple) else ()


def photos_in(form: msgspec.Struct) -> frozenset[str]:
    """The digests of photos that a form names: in its fields of widget `photo`, at any depth."""
    found: set[str] = set()
    for field in msgspec.structs.fields(form):
        value, label = getattr(form, field.name), label_at(hints_of(type(form))[field.name])
        if label is not None and label.widget == "photo" and isinstance(value, str) and value:
            found.add(value)
        parts = cast("Sequence[Any]", value) if isinstance(value, list | tuple) else (value,)
        for part in parts:
            if isinstance(part, msgspec.Struct):
                found |= photos_in(part)
    return frozenset(found)


def describe(
    form: type[msgspec.Struct], prefix: str = "", values: msgspec.Struct | None = None
) -> tuple[Described, ...]:
    """The fields of a form in order, nested ones flattened, with present `values` as defaults."""
    described: list[Described] = []
    for field in msgspec.structs.fields(form):
        hint = hints_of(form)[field.name]
        bare = plain(hint)
        name = f"{prefix}{field.name}"
        current = getattr(values, field.name) if values is not None else _default(field)
        if isinstance(bare, type) and issubclass(bare, msgspec.Struct) and label_at(hint) is None:
            described += describe(bare, name + ".", current if isinstance(current, msgspec.Struct) else None)
        else:
            described.append(_described(field, hint, name, current))
    return tuple(described)


def schema(form: type[msgspec.Struct]) -> dict[str, Json]:
    """The JSON Schema of a form (draft 2020-12), with its labels as descriptions; nested Structs under $defs."""
    document = msgspec.json.schema(form, ref_template="#/$defs/{name}")
    definitions = document.get("$defs", {})
    for field in msgspec.structs.fields(form):
        label = label_at(hints_of(form)[field.name])
        shape = definitions.get(form.__name__, {}).get("properties", {}).get(field.encode_name)
        if label is not None and isinstance(shape, dict):
            shape["title"] = label.words.en
            shape["description"] = label.words.ja
    return document


# How it is done ---------------------------------------------------------------------------------------------------


class _Reading:
    """One reading of a form: the faults found so far."""

    def __init__(self, posted: bool) -> None:
        self.posted = posted
        self.faults: list[Fault] = []

    def struct(
        self, form: type[msgspec.Struct], given: Mapping[str, Any], prefix: str
    ) -> msgspec.Struct | None:
        values: dict[str, Any] = {}
        before = len(self.faults)
        hints = hints_of(form)
        fields = msgspec.structs.fields(form)
        for field in fields:
            name = f"{prefix}{field.name}"
            value = given.get(field.encode_name)
            if isinstance(value, str):
                value = tidy(value)
            if value is None or value in ("", [], {}):
                if field.required and not _may_be_absent(hints[field.name], self.posted):
                    self.faults.append(fault("missing", name, label_of(hints[field.name], field.name)))
                elif field.required:
                    values[field.name] = _empty(hints[field.name])
                continue
            values[field.name] = self.value(value, hints[field.name], name, field.name)
        if not self.posted:
            for unknown in given.keys() - {field.encode_name for field in fields}:
                self.faults.append(
                    fault("unknown", f"{prefix}{unknown}"[:100], Words(unknown[:100], unknown[:100]))
                )
        return form(**values) if len(self.faults) == before else None

    def value(self, value: Any, hint: Any, name: str, field: str) -> Any:
        bare = plain(hint)
        if isinstance(bare, type) and issubclass(bare, msgspec.Struct):
            if isinstance(value, Mapping):
                return self.struct(bare, cast("Mapping[str, Any]", value), name + ".")
            return self.complain("invalid", name, hint, field)
        if get_origin(bare) in (tuple, list) and isinstance(value, list | tuple):
            return self.parts(cast("Sequence[Any]", value), hint, name, field)
        value = _narrow(value, hint) if self.posted else value
        code, limit = _fault_of_text(value, hint)
        if code:
            return self.complain(code, name, hint, field, limit)
        lifted = lift(_in_zone(value) if self.posted else value, hint) if bare is Instant else value
        try:
            return msgspec.convert(lifted, hint, strict=not self.posted)
        except msgspec.ValidationError:
            code, limit = _fault_of_value(value, hint)
            return self.complain(code, name, hint, field, limit)

    def parts(self, parts: Sequence[Any], hint: Any, name: str, field: str) -> Any:
        meta = _meta(hint)
        limit = min(meta.max_length or LIST_LENGTH_MAX, LIST_LENGTH_MAX) if meta else LIST_LENGTH_MAX
        if len(parts) > limit:
            return self.complain("too_many", name, hint, field, limit)
        if meta and meta.min_length and len(parts) < meta.min_length:
            return self.complain("missing", name, hint, field)
        inner = get_args(plain(hint))[0]
        read = [self.value(part, inner, f"{name}.{n}", field) for n, part in enumerate(parts)]
        return tuple(read) if get_origin(plain(hint)) is tuple else read

    def complain(self, code: str, name: str, hint: Any, field: str, limit: float | str = "") -> None:
        self.faults.append(fault(code, name, label_of(hint, field), limit))


def tidy(text: str) -> str:
    """A text as it is kept: NFC, line ends as \\n, no space around it."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def half_width(text: str) -> str:
    """Digits, signs and letters of a text as computers count with them: 「１２．５」 is 12.5, 「－３」 and 「−３」 are -3."""
    return unicodedata.normalize("NFKC", text).replace("\u2212", "-").strip()


def _narrow(value: Any, hint: Any) -> Any:
    """What people type in full width where a number, or a text of some pattern, is asked for."""
    if not isinstance(value, str):
        return value
    folded, meta = half_width(value), _meta(hint)
    if (
        isinstance(inspect.type_info(plain(hint)), inspect.IntType | inspect.FloatType)
        and plain(hint) is not Instant
    ):
        return folded
    fits = meta is not None and meta.pattern is not None and re.search(meta.pattern, folded) is not None
    return folded if fits else value


def _in_zone(value: Any) -> Any:
    """A local time as browsers post it (2026-11-22T10:00), taken as time in Japan."""
    if not isinstance(value, str) or not _LOCAL_TIME.fullmatch(value):
        return value
    return value + (":00" if value.count(":") == 1 else "") + "+09:00"


def label_of(hint: Any, field: str) -> Words:
    """The words of a field: its label, else its name."""
    label = label_at(hint)
    return label.words if label else Words(field, field.replace("_", " "))


def label_at(hint: Any) -> Label | None:
    """The label in the annotation of a field, of a form or of a view."""
    return next((one for one in _metadata(hint) if isinstance(one, Label)), None)


def chosen(hint: Any, value: Any) -> Any:
    """The words of a value, or of each of a tuple of values, where the label of the field names its choices; else the value."""
    label = label_at(hint)
    if label is None or not label.choices:
        return value
    words = dict(label.choices)
    if isinstance(value, tuple):
        return tuple(words.get(one, one) for one in cast(tuple[str, ...], value))
    return words.get(value, value) if isinstance(value, str) else value


def _meta(hint: Any) -> msgspec.Meta | None:
    return next((one for one in _metadata(hint) if isinstance(one, msgspec.Meta)), None)


def _metadata(hint: Any) -> list[Any]:
    if get_origin(hint) is Annotated:
        base, *metadata = get_args(hint)
        return [*metadata, *_metadata(base)]
    if get_origin(hint) is Union or type(hint).__name__ == "UnionType":
        return [one for part in get_args(hint) for one in _metadata(part)]
    return []


def _may_be_absent(hint: Any, posted: bool) -> bool:
    """A check box that is not ticked is not posted; an optional field may be left empty; a list may be empty."""
    meta = _meta(hint)
    is_list = get_origin(plain(hint)) in (tuple, list) and not (meta and meta.min_length)
    return is_list or (posted and plain(hint) is bool) or type(None) in get_args(hint)


def _empty(hint: Any) -> Any:
    if type(None) in get_args(hint):
        return None
    return False if plain(hint) is bool else ()


def _fault_of_text(value: Any, hint: Any) -> tuple[str, float | str]:
    if not isinstance(value, str):
        return "", ""
    if any(unicodedata.category(mark) == "Cc" and mark not in _CONTROL_ALLOWED for mark in value):
        return "characters", ""
    meta = _meta(hint)
    limit = (meta.max_length if meta else None) or TEXT_LENGTH_MAX
    if len(value) > limit:
        return "too_long", limit
    label = label_at(hint)
    if label and label.choices and value not in {choice for choice, _ in label.choices}:
        return "choice", ""
    return "", ""


def _fault_of_value(value: Any, hint: Any) -> tuple[str, float | str]:
    """Why msgspec refused: the code, and the limit that was passed."""
    meta = _meta(hint)
    match inspect.type_info(plain(hint)):
        case inspect.LiteralType() | inspect.EnumType():
            return "choice", ""
        case inspect.DateType() | inspect.DateTimeType() | inspect.TimeType():
            return "not_a_date", ""
        case inspect.IntType() | inspect.FloatType():
            if plain(hint) is Instant:
                return "not_a_date", ""
            return _fault_of_number(value, meta)
        case inspect.StrType() if meta and isinstance(value, str):
            if meta.min_length and len(value) < meta.min_length:
                return "too_short", meta.min_length
            return "pattern", ""
        case _:
            return "invalid", ""


def _fault_of_number(value: Any, meta: msgspec.Meta | None) -> tuple[str, float | str]:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return "not_a_number", ""
    least, over = (meta.ge, meta.gt) if meta else (None, None)
    most, under = (meta.le, meta.lt) if meta else (None, None)
    if (least is not None and number < least) or (over is not None and number <= over):
        return "too_small", float(least if least is not None else over or 0)
    if (most is not None and number > most) or (under is not None and number >= under):
        return "too_large", float(most if most is not None else under or 0)
    return "not_a_number", ""


def _nest(form: type[msgspec.Struct], fields: Mapping[str, Sequence[str]], prefix: str) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for field in msgspec.structs.fields(form):
        name = f"{prefix}{field.name}"
        bare = plain(hints_of(form)[field.name])
        given = fields.get(name, ())
        if isinstance(bare, type) and issubclass(bare, msgspec.Struct):
            inner = _nest(bare, fields, name + ".")
            nested[field.encode_name] = {
                key: value for key, value in inner.items() if value not in (None, "")
            } or None
        elif get_origin(bare) in (tuple, list):
            nested[field.encode_name] = [tidy(one) for one in given if one.strip()]
        elif bare is bool:
            nested[field.encode_name] = (
                "true" if given and given[-1] in ("on", "true", "1", "yes") else "false"
            )
        else:
            nested[field.encode_name] = given[-1] if given else None
    return nested


def _default(field: msgspec.structs.FieldInfo) -> Any:
    if field.default is not msgspec.NODEFAULT:
        return field.default
    return field.default_factory() if field.default_factory is not msgspec.NODEFAULT else None


def _described(field: msgspec.structs.FieldInfo, hint: Any, name: str, current: Any) -> Described:
    label, meta, bare = label_at(hint), _meta(hint), plain(hint)
    choices = label.choices if label else ()
    inner = plain(get_args(bare)[0]) if get_origin(bare) in (tuple, list) else bare
    if not choices and get_origin(inner) is Literal:
        choices = tuple((str(choice), Words(str(choice), str(choice))) for choice in get_args(inner))
    return Described(
        name=name,
        words=label_of(hint, field.name),
        hint=label.hint if label else None,
        widget=(label.widget if label else None) or _widget(bare, meta, bool(choices)),
        required=field.required and not _may_be_absent(hint, posted=True),
        choices=choices,
        unit=label.unit if label else "",
        min_length=meta.min_length if meta else None,
        max_length=meta.max_length if meta else None,
        minimum=meta.ge if meta else None,
        maximum=meta.le if meta else None,
        default=msgspec.to_builtins(current),
    )


def _widget(bare: Any, meta: msgspec.Meta | None, has_choices: bool) -> Widget:
    if get_origin(bare) in (tuple, list):
        return "choices" if has_choices else "area"
    if has_choices:
        return "choice"
    match inspect.type_info(bare):
        case inspect.BoolType():
            return "check"
        case inspect.DateType():
            return "date"
        case inspect.IntType() | inspect.FloatType():
            return "moment" if bare is Instant else "number"
        case _:
            return "area" if meta and (meta.max_length or 0) > 200 else "text"
