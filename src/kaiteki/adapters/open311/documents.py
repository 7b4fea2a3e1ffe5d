"""One document of GeoReport v2 as JSON and as XML.

A document has a root name; lists in it are wrapped in XML by the name of the list and hold elements of the name of the
table below. Source: open311.org/GeoReport_v2, section XML Support, and the update extension of FixMyStreet.
"""

from __future__ import annotations

import re
from typing import Any, Final, cast
from xml.etree import ElementTree

import msgspec

from kaiteki.adapters.open311.shapes import Fault

ITEMS: Final = {
    "services": "service",
    "service_requests": "request",
    "attributes": "attribute",
    "values": "value",
    "errors": "error",
    "endpoints": "endpoint",
    "formats": "format",
    "service_request_updates": "request_update",
    "places": "place",
}
"""How one element of a list is called in XML."""
MEDIA_TYPES: Final = {
    "json": "application/json; charset=utf-8",
    "xml": "text/xml; charset=utf-8",
}
REFUSALS: Final = (400, 403, 404, 406, 409, 413, 415, 429)
"""The codes of refusals; each is the status of HTTP as well."""
_UNFIT: Final = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot carry, not even escaped."""
_SUSPECT: Final = (b"\\u", b"\\r", b"\\b", b"\\f", "\ufffe".encode(), "\uffff".encode())
"""What stands in JSON where a text may hold such a thing."""


class Document(msgspec.Struct, frozen=True):
    """A root name with a Struct of `shapes`, or with a list of them."""

    root: str
    content: Any
    status: int = 200


def errors(code: int, description: str) -> Document:
    """A refusal: a list of code and description, where the code is the status of HTTP (section Errors of the standard)."""
    return Document("errors", [Fault(code, description)], code)


def as_json(document: Document) -> bytes:
    """The JSON form: the bare list or object, without the root name. Its texts are those that XML can carry."""
    body = msgspec.json.encode(document.content)
    if not any(mark in body for mark in _SUSPECT):
        return body
    return msgspec.json.encode(_fit(msgspec.to_builtins(document.content)))


def as_xml(document: Document) -> bytes:
    """The XML form, UTF-8, with the root element."""
    root = ElementTree.Element(document.root)
    _fill(root, document.root, _fit(msgspec.to_builtins(document.content)))
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="utf-8")


def _fit(value: Any) -> Any:
    """Plain values with every text as both forms carry it: line ends as \\n, without what XML 1.0 has no place for."""
    if isinstance(value, str):
        return _UNFIT.sub("", value.replace("\r\n", "\n").replace("\r", "\n"))
    if isinstance(value, dict):
        return {key: _fit(part) for key, part in cast("dict[str, Any]", value).items()}
    if isinstance(value, list | tuple):
        return [_fit(part) for part in cast("list[Any]", value)]
    return value


def _fill(element: ElementTree.Element, name: str, value: Any) -> None:
    if isinstance(value, dict):
        for key, part in cast("dict[str, Any]", value).items():
            _fill(ElementTree.SubElement(element, key), key, part)
    elif isinstance(value, list):
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
    return str(value)
