"""Members of documents read one by one; every refusal names the member."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from kaiteki.model.entity import Json, is_array, is_object
from kaiteki.model.instant import Instant, parse_instant
from kaiteki.model.language.lang import read_languages
from kaiteki.model.problem import Problem
from kaiteki.model.representation.values import check_uri, is_name
from kaiteki.model.terms.context import Context

NAMES_MAX: Final = 200
"""Names in a list of a subscription."""
TEXT_LENGTH_MAX: Final = 2000
SECONDS_MAX: Final = 366 * 86_400.0
SECONDS_MIN: Final = 0.1
"""The shortest throttling and interval."""

Read = Callable[[Json, str, Context], Any]
"""The value of a member: (value, its name in refusals, what names mean)."""


class Member(NamedTuple):
    """A member of a document: the field of the Struct it goes into, and how it is read."""

    field: str
    read: Read


def read_object(value: Json, field: str) -> dict[str, Json]:
    """The value as an object. Raises BadRequestData."""
    if not is_object(value):
        raise Problem("BadRequestData", f"{field} is an object", field)
    return value


def read_uri(value: Json, field: str, context: Context) -> str:
    """The value as a URI. Raises BadRequestData."""
    return check_uri(value, field)


def read_text(value: Json, field: str, context: Context) -> str:
    """The value as a text that is not empty. Raises BadRequestData."""
    if not isinstance(value, str) or not value:
        raise Problem("BadRequestData", f"{field} is a text that is not empty", field)
    return value


def read_words(value: Json, field: str, context: Context) -> str:
    """The value as a text for people, of limited length. Raises BadRequestData."""
    text = read_text(value, field, context)
    if len(text) > TEXT_LENGTH_MAX:
        raise Problem("BadRequestData", f"{field} has up to {TEXT_LENGTH_MAX} characters", field)
    return text


def read_flag(value: Json, field: str, context: Context) -> bool:
    """The value as true or false. Raises BadRequestData."""
    if not isinstance(value, bool):
        raise Problem("BadRequestData", f"{field} is true or false", field)
    return value


def read_seconds(value: Json, field: str, context: Context) -> float:
    """The value as a length of time. Raises BadRequestData."""
    return read_number(value, field, SECONDS_MIN, SECONDS_MAX, "seconds")


def read_number(value: Json, field: str, least: float, most: float, unit: str) -> float:
    """The value as a number between two limits, named with its unit. Raises BadRequestData."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise Problem("BadRequestData", f"{field} is a number of {unit} from {least:g} to {most:g}", field)
    return float(value)


def read_moment(value: Json, field: str, context: Context) -> Instant:
    """The value as a point in time. Raises BadRequestData."""
    moment = parse_instant(value) if isinstance(value, str) else None
    if moment is None:
        raise Problem("BadRequestData", f"{field} is a DateTime like 2026-04-01T09:00:00Z", field)
    return moment


def read_texts(value: Json, field: str) -> list[str]:
    """The value as an array of texts. Raises BadRequestData."""
    items: list[Json] = value if is_array(value) else []
    if not items or len(items) > NAMES_MAX:
        raise Problem("BadRequestData", f"{field} is an array of 1 to {NAMES_MAX} texts", field)
    for index, item in enumerate(items):
        if not isinstance(item, str) or not item:
            raise Problem(
                "BadRequestData", f"{field}[{index}] is a text that is not empty", f"{field}[{index}]"
            )
    return items


def read_names(value: Json, field: str, context: Context) -> tuple[str, ...]:
    """The value as names of attributes, expanded. Raises BadRequestData."""
    for name in read_texts(value, field):
        if not is_name(name):
            raise Problem("BadRequestData", f"{name[:64]!r} is no name of an attribute", field)
    return tuple(dict.fromkeys(context.expand(name) for name in value))


def read_plain_names(value: Json, field: str, context: Context) -> tuple[str, ...]:
    """The value as names, by commas or in an array, as they came. Raises BadRequestData."""
    return tuple(value.split(",")) if isinstance(value, str) and value else tuple(read_texts(value, field))


def read_datasets(value: Json, field: str, context: Context) -> tuple[str, ...]:
    """The value as datasetIds. Raises BadRequestData."""
    items = [value] if isinstance(value, str) else read_texts(value, field)
    return tuple(one if one == "@none" else check_uri(one, field) for one in items)


def read_lang(value: Json, field: str, context: Context) -> str:
    """The value as wanted languages, as they came. Raises BadRequestData."""
    text = read_text(value, field, context)
    read_languages(text)
    return text
