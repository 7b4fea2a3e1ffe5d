"""The documents of GeoReport v2 as plain values, and the same values as JSON and as XML.

Source: wiki.open311.org/GeoReport_v2, and the update extension of FixMyStreet. A document has a root name; lists in it
are wrapped in XML by the name of the list and hold elements of the name of the table below.
"""

from __future__ import annotations

import re
from typing import Any, Final, cast
from xml.etree import ElementTree

import msgspec

ITEMS: Final = {
    "services": "service",
    "service_requests": "request",
    "attributes": "attribute",
    "values": "value",
    "errors": "error",
    "endpoints": "endpoint",
    "formats": "format",
    "service_requests_updates": "request_update",
    "places": "place",
}
"""How one element of a list is called in XML."""
MEDIA_TYPES: Final = {
    "json": "application/json; charset=utf-8",
    "xml": "text/xml; charset=utf-8",
}
_UNFIT: Final = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot carry, not even escaped."""


class Document(msgspec.Struct, frozen=True):
    """A root name with a list, or with an object, of plain values."""

    root: str
    content: Any
    status: int = 200


def errors(status: int, description: str) -> Document:
    """A refusal in the form of the standard: a list of code and description."""
    return Document("errors", [{"code": status, "description": description}], status)


def as_json(document: Document) -> bytes:
    """The JSON form: the bare list or object, without the root name."""
    return msgspec.json.encode(document.content)


def as_xml(document: Document) -> bytes:
    """The XML form, UTF-8, with the root element."""
    root = ElementTree.Element(document.root)
    _fill(root, document.root, document.content)
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="utf-8")


def _fill(element: ElementTree.Element, name: str, value: Any) -> None:
    if isinstance(value, dict):
        for key, part in cast("dict[str, Any]", value).items():
            _fill(ElementTree.SubElement(element, key), key, part)
    elif isinstance(value, list | tuple):
        for part in cast("list[Any]", value):
            _fill(ElementTree.SubElement(element, ITEMS[name]), ITEMS[name], part)
    else:
        element.text = text_of(value)


def text_of(value: Any) -> str | None:
    """A plain value as the text of an element; None leaves it empty."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return _UNFIT.sub("", str(value))
