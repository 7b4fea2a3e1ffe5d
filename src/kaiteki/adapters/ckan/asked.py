"""Reads parameters of actions: from a query string all are texts, from a JSON body they have kinds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

import msgspec

from kaiteki.adapters.ckan.bound import invalid, once

LIST_MAX: Final = 200
TEXT_LENGTH_MAX: Final = 10_000


def read_text(asked: Mapping[str, Any], name: str, default: str = "") -> str:
    """A text; numbers are taken as they are written."""
    told = once(name, asked.get(name))
    if told is None:
        return default
    if isinstance(told, bool | list | dict) or len(str(told)) > TEXT_LENGTH_MAX:
        raise invalid(name, f"is a text of at most {TEXT_LENGTH_MAX} characters")
    return str(told)


def read_whole(asked: Mapping[str, Any], name: str, default: int, most: int, least: int = 0) -> int:
    """A whole number; what is more than `most` counts as `most`, as CKAN does it."""
    told = once(name, asked.get(name))
    if told is None or told == "":
        return default
    text = str(told)
    if isinstance(told, bool) or not text.removeprefix("-").isascii() or not text.removeprefix("-").isdigit():
        raise invalid(name, "Invalid integer")
    if len(text) > 12 or int(text) < least:
        raise invalid(name, f"Must be a whole number from {least} on")
    return min(int(text), most)


def read_yes(asked: Mapping[str, Any], name: str, default: bool = False) -> bool:
    """Yes or no, as CKAN reads it."""
    told = once(name, asked.get(name))
    if told is None or told == "":
        return default
    text = str(told).lower()
    if text not in ("true", "false", "1", "0", "yes", "no", "t", "f"):
        raise invalid(name, "is true or false")
    return text in ("true", "1", "yes", "t")


def read_list(asked: Mapping[str, Any], name: str) -> list[str]:
    """Texts: a list, a JSON list in a text, or texts with commas between."""
    told: Any = asked.get(name)
    if told is None or told == "":
        return []
    if isinstance(told, str):
        told = (
            _decoded(name, told)
            if told.lstrip().startswith("[")
            else [part.strip() for part in told.split(",")]
        )
    if not isinstance(told, list) or len(cast(list[Any], told)) > LIST_MAX:
        raise invalid(name, f"is a list of at most {LIST_MAX} texts")
    found = cast(list[Any], told)
    if not all(isinstance(one, str) for one in found):
        raise invalid(name, "is a list of texts")
    return cast(list[str], found)


def read_object(asked: Mapping[str, Any], name: str) -> dict[str, Any]:
    """An object, or one as JSON in a text."""
    told: Any = once(name, asked.get(name))
    if told is None or told == "":
        return {}
    if isinstance(told, str):
        told = _decoded(name, told)
    if not isinstance(told, dict) or len(cast(dict[str, Any], told)) > LIST_MAX:
        raise invalid(name, "Must be a JSON object")
    return cast(dict[str, Any], told)


def _decoded(name: str, text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as wrong:
        raise invalid(name, "is no JSON") from wrong
