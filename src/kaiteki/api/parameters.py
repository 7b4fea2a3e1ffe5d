"""Query parameters: decoded, limited, each name known."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Final
from urllib.parse import unquote_plus

from kaiteki.model.problem import Problem

PARAMETERS_MAX: Final = 64
_ZONE: Final = re.compile(r"(T\d{2}:\d{2}:\d{2}(?:[.,]\d{1,6})?) (\d{2}:\d{2})", re.ASCII)
_WHOLE: Final = re.compile(r"\d{1,16}", re.ASCII)


def read_parameters(query: str, known: Collection[str]) -> dict[str, str]:
    """The parameters of a query text by name; refuses unknown and repeated names, and bytes that are not UTF-8.

    Where `count` is known, the option of this name means it: older NGSI-LD clients ask `options=count`.
    """
    if not query:
        return {}
    found: dict[str, str] = {}
    parts = query.split("&")
    if len(parts) > PARAMETERS_MAX:
        raise Problem("InvalidRequest", f"at most {PARAMETERS_MAX} parameters are read", "query")
    for part in parts:
        if not part:
            continue
        raw_name, _, raw_value = part.partition("=")
        name, value = raw_name, raw_value
        if "%" in part or "+" in part:
            try:
                name, value = (
                    unquote_plus(raw_name, errors="strict"),
                    unquote_plus(raw_value, errors="strict"),
                )
            except UnicodeDecodeError:
                raise Problem("InvalidRequest", "a parameter is not UTF-8", raw_name) from None
        if name not in known:
            shown = name[:64]
            raise Problem("InvalidRequest", f"the parameter {shown} is not known here", shown)
        if name in found:
            raise Problem("InvalidRequest", f"the parameter {name} comes twice", name)
        found[name] = mend_plus(name, value)
    if "count" in found.get("options", "") and "count" in known:
        _take_count_out(found)
    return found


def _take_count_out(found: dict[str, str]) -> None:
    options = found["options"].split(",")
    others = [option for option in options if option.strip() != "count"]
    if len(others) == len(options):
        return
    found.setdefault("count", "true")
    del found["options"]
    if others:
        found["options"] = ",".join(others)


def mend_plus(name: str, value: str) -> str:
    """A plus sign that a client sent bare arrives as a space: scopes and time zones never have one, so it is put back."""
    if " " not in value:
        return value
    if name == "scopeQ":
        return value.replace(" ", "+")
    return _ZONE.sub(r"\1+\2", value)


def whole(found: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    """A whole number between two limits."""
    text = found.get(name)
    if text is None:
        return default
    if not _WHOLE.fullmatch(text) or not low <= int(text) <= high:
        raise Problem("BadRequestData", f"{name} is a whole number from {low} to {high}", name)
    return int(text)
