"""Values of the types that views and forms use, as JSON: lowered when they are kept, lifted when they are read."""

from __future__ import annotations

from functools import lru_cache
from types import UnionType
from typing import Annotated, Any, Final, Literal, Union, cast, get_args, get_origin, get_type_hints

import msgspec

from kaiteki.model.entity import Json, Kind
from kaiteki.model.instant import Instant, format_instant, parse_instant
from kaiteki.model.words import Words

LANGUAGE_OF_EASY: Final = "ja-easy"
"""The language tag under which やさしい日本語 is kept in a LanguageProperty."""


@lru_cache(maxsize=1024)
def hints_of(struct: type[msgspec.Struct]) -> dict[str, Any]:
    """The types of a Struct's fields with their annotations, resolved once."""
    return get_type_hints(struct, include_extras=True)


def plain(hint: Any) -> Any:
    """A type without its annotations and without `| None`."""
    if get_origin(hint) is Annotated:
        return plain(get_args(hint)[0])
    if get_origin(hint) in (Union, UnionType):
        parts = [part for part in get_args(hint) if part is not type(None)]
        if len(parts) == 1:
            return plain(parts[0])
    return hint


_BLANKS: Final[dict[Any, Any]] = {
    str: "",
    int: 0,
    float: 0.0,
    bool: False,
    Words: Words("", ""),
    Instant: Instant(0),
    Any: None,
}


def blank(hint: Any) -> Any:
    """The empty value of a type: None where it is allowed, else "", 0, (), {}, the first choice, a Struct of blanks."""
    if get_origin(hint) is Annotated:
        return blank(get_args(hint)[0])
    if get_origin(hint) in (Union, UnionType):
        return None if type(None) in get_args(hint) else blank(get_args(hint)[0])
    origin = get_origin(hint) or hint
    if origin is tuple:
        return ()
    if origin in (list, dict):
        return cast("type[Any]", origin)()
    if origin is Literal:
        return get_args(hint)[0]
    if origin in _BLANKS:
        return _BLANKS[origin]
    if isinstance(origin, type) and issubclass(origin, msgspec.Struct):
        hints = hints_of(origin)
        required = [field.name for field in msgspec.structs.fields(origin) if field.required]
        return origin(**{name: blank(hints[name]) for name in required})
    raise TypeError(f"a view cannot hold {hint}")


def lower(value: Any, hint: Any, top: Kind | None = None) -> Json:
    """A value of a view as JSON. Instants become DateTime texts (an object with @type at the top of a Property)."""
    bare = plain(hint)
    if value is None:
        return None
    if bare is Instant:
        text = format_instant(value)
        return {"@type": "DateTime", "@value": text} if top == "Property" else text
    if isinstance(value, Words):
        said = {"ja": value.ja, LANGUAGE_OF_EASY: value.easy, "en": value.en}
        return {tag: text for tag, text in said.items() if text}
    if isinstance(value, msgspec.Struct):
        hints = hints_of(type(value))
        return {
            field.encode_name: lower(getattr(value, field.name), hints[field.name])
            for field in msgspec.structs.fields(value)
        }
    if isinstance(value, tuple | list):
        parts = cast("tuple[Any, ...] | list[Any]", value)
        lowered = [lower(part, _element(bare, index)) for index, part in enumerate(parts)]
        return lowered[0] if top == "Relationship" and len(lowered) == 1 else lowered
    return msgspec.to_builtins(value)


def lift(value: Json, hint: Any) -> Json:
    """JSON as it was kept, ready for msgspec.convert: the inverse of `lower`, lenient where others wrote the attribute."""
    bare, kept = plain(hint), value
    if bare is Instant:
        text = cast("dict[str, Any]", value).get("@value") if isinstance(value, dict) else value
        moment = parse_instant(text) if isinstance(text, str) else None
        return kept if moment is None else moment
    if bare is Words:
        return _lift_words(value)
    if get_origin(bare) in (tuple, list):
        parts = cast("list[Any]", value) if isinstance(value, list) else [value]
        return [lift(part, _element(bare, index)) for index, part in enumerate(parts)]
    if isinstance(value, dict) and isinstance(bare, type) and issubclass(bare, msgspec.Struct):
        hints = hints_of(bare)
        given = cast("dict[str, Any]", value)
        known = {field.encode_name: hints[field.name] for field in msgspec.structs.fields(bare)}
        return {name: lift(part, known[name]) for name, part in given.items() if name in known}
    return kept


def _lift_words(value: Json) -> Json:
    if isinstance(value, str):
        return {"ja": value, "en": value}
    if not isinstance(value, dict):
        return value
    said = cast("dict[str, Any]", value)
    return {"ja": said.get("ja", ""), "en": said.get("en", ""), "easy": said.get(LANGUAGE_OF_EASY, "")}


def _element(hint: Any, index: int) -> Any:
    parts = get_args(hint)
    if not parts:
        return Any
    if get_origin(hint) is tuple and parts[-1] is not Ellipsis:
        return parts[index] if index < len(parts) else Any
    return parts[0]
