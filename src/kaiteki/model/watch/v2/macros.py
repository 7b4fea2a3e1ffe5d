"""`${name}` in the templates of custom notifications: put in as text, as part of an address, or as a JSON value."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import quote

import msgspec

from kaiteki.model.entity import Json, is_array, is_object
from kaiteki.model.problem import Problem

MACROS_MAX: Final = 200
"""Macros of one template."""
_MACRO: Final = re.compile(r"\$\{([^{}]{1,256})\}")
_EXPRESSION: Final = re.compile(r"[|*+?!\[\]()'\"<>=&\s]")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]+")

Values = Mapping[str, Json]
"""What macros stand for; a name that is not in it stands for null."""


def check_template(text: str, field: str) -> str:
    """The template, if it has names in its macros and no expressions. Raises BadRequestData, OperationNotSupported."""
    names = _MACRO.findall(text)
    if len(names) > MACROS_MAX:
        raise Problem("BadRequestData", f"{field} has up to {MACROS_MAX} macros", field)
    for name in names:
        if _EXPRESSION.search(name):
            raise Problem(
                "OperationNotSupported", f"${{{name}}} is an expression; only names are put in here", field
            )
    if "${" in _MACRO.sub("", text):
        raise Problem("BadRequestData", f"{field} has a ${{ that no name and }} follow", field)
    return text


def check_templates(document: Json, field: str) -> None:
    """Check all texts and names of a JSON document."""
    if isinstance(document, str):
        check_template(document, field)
    elif is_array(document):
        for item in document:
            check_templates(item, field)
    elif is_object(document):
        for name, value in document.items():
            check_template(name, field)
            check_templates(value, field)


def fill(template: str, values: Values) -> str:
    """The text with values in it."""
    return _filled(template, values, lambda text: text)


def fill_address(template: str, values: Values) -> str:
    """The address with values in it, so written that each stays one part of it."""
    return _filled(template, values, lambda text: quote(text, safe=""))


def fill_header(template: str, values: Values) -> str:
    """The text with values in it, without line breaks and other control characters."""
    return _CONTROL.sub(" ", fill(template, values))


def fill_json(template: Json, values: Values) -> Json:
    """The document with values in it; a text that is one macro and nothing else becomes the value itself."""
    if isinstance(template, str):
        whole = _MACRO.fullmatch(template)
        return values.get(whole[1]) if whole is not None else fill(template, values)
    if is_array(template):
        return [fill_json(item, values) for item in template]
    if is_object(template):
        return {fill(name, values): fill_json(value, values) for name, value in template.items()}
    return template


def _filled(template: str, values: Values, write: Callable[[str], str]) -> str:
    return _MACRO.sub(lambda found: write(_text(values.get(found[1]))), template)


def _text(value: Json) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
