"""Values of the types that views and forms use, as JSON: lowered when they are kept, lifted when they are read."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from types import UnionType
from typing import (
    Annotated,
    Any,
    Final,
    Literal,
    TypeAlias,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

import msgspec

from kaiteki.model.entity import Json
from kaiteki.model.instant import Instant, format_instant, parse_instant
from kaiteki.model.words import Words

Turn: TypeAlias = Callable[[Any], Any]

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


def lift(value: Json, hint: Any) -> Json:
    """JSON as it was kept, ready for msgspec.convert to a type."""
    turn = lifting(hint)
    return value if turn is None else turn(value)


def lifting(hint: Any) -> Turn | None:
    """What turns kept JSON into what msgspec.convert takes for a type, None when nothing has to be turned.

    It is the inverse of `lowering`, and lenient where others wrote: one value is a list of one, a text is words.
    """
    bare = plain(hint)
    if bare is Instant:
        return _lift_instant
    if bare is Words:
        return _lift_words
    if get_origin(bare) in (tuple, list):
        return partial(_lift_parts, tuple(lifting(part) for part in _parts_of(bare)))
    if isinstance(bare, type) and issubclass(bare, msgspec.Struct):
        return partial(_lift_struct, bare)
    return None


def lowering(hint: Any) -> Turn | None:
    """What turns a value of a type into JSON to be kept, None when it is JSON already. Instants become DateTime texts."""
    bare = plain(hint)
    if bare in (str, int, float, bool):
        return None
    if bare is Instant:
        return format_instant
    if get_origin(bare) in (tuple, list):
        return partial(_lower_parts, tuple(lowering(part) for part in _parts_of(bare)))
    return _lower_any


def _parts_of(hint: Any) -> list[Any]:
    """The types of the parts of a list or tuple; one type stands for every part."""
    return [part for part in get_args(hint) if part is not Ellipsis]


def _lift_instant(value: Json) -> Json:
    text: Json = cast("dict[str, Any]", value).get("@value") if isinstance(value, dict) else value
    moment = parse_instant(text) if isinstance(text, str) else None
    return text if moment is None else moment


def _lift_words(value: Json) -> Json:
    if isinstance(value, str):
        return {"ja": value, "en": value}
    if not isinstance(value, dict):
        return None
    said = cast("dict[str, Any]", value)
    return {"ja": said.get("ja", ""), "en": said.get("en", ""), "easy": said.get(LANGUAGE_OF_EASY, "")}


def _lift_parts(turns: tuple[Turn | None, ...], value: Json) -> Json:
    parts = cast("list[Any]", value) if isinstance(value, list) else [value]
    if len(turns) < 2:
        return parts if not turns or turns[0] is None else list(map(turns[0], parts))
    return [part if turn is None else turn(part) for turn, part in zip(turns, parts, strict=False)]


def _lift_struct(struct: type[msgspec.Struct], value: Json) -> Json:
    if not isinstance(value, dict):
        return None
    kept = cast("dict[str, Any]", value)
    turned = {name: turn(kept[name]) for name, turn in _lifts_of(struct).items() if name in kept}
    return kept | turned if turned else kept


@lru_cache(maxsize=1024)
def _lifts_of(struct: type[msgspec.Struct]) -> dict[str, Turn]:
    hints = hints_of(struct)
    turns = {field.encode_name: lifting(hints[field.name]) for field in msgspec.structs.fields(struct)}
    return {name: turn for name, turn in turns.items() if turn is not None}


def _lower_any(value: Any) -> Json:
    if isinstance(value, Words):
        said = {"ja": value.ja, LANGUAGE_OF_EASY: value.easy, "en": value.en}
        return {tag: text for tag, text in said.items() if text}
    if isinstance(value, msgspec.Struct):
        return {
            written: part if turn is None or part is None else turn(part)
            for name, written, turn in _lowers_of(type(value))
            for part in (getattr(value, name),)
        }
    return msgspec.to_builtins(value)


def _lower_parts(turns: tuple[Turn | None, ...], value: Any) -> Json:
    parts = list(cast("tuple[Any, ...] | list[Any]", value))
    if len(turns) < 2:
        return parts if not turns or turns[0] is None else list(map(turns[0], parts))
    return [part if turn is None else turn(part) for turn, part in zip(turns, parts, strict=False)]


@lru_cache(maxsize=1024)
def _lowers_of(struct: type[msgspec.Struct]) -> tuple[tuple[str, str, Turn | None], ...]:
    hints = hints_of(struct)
    fields = msgspec.structs.fields(struct)
    return tuple((field.name, field.encode_name, lowering(hints[field.name])) for field in fields)
