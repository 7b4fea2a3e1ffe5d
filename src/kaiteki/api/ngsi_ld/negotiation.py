"""Media types, @context links and preferences of the NGSI-LD binding (ETSI GS CIM 009 V1.9.1 clauses 6.3.4 to 6.3.6)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, Literal, TypeAlias, cast

from kaiteki.model.media_ranges import HEADER_LENGTH_MAX, prefer
from kaiteki.model.problem import Problem
from kaiteki.model.representation.older import NEWEST

Shape: TypeAlias = Literal["application/json", "application/ld+json", "application/geo+json"]
JSON: Final[Shape] = "application/json"
LD_JSON: Final[Shape] = "application/ld+json"
GEO_JSON: Final[Shape] = "application/geo+json"
MERGE_JSON: Final = "application/merge-patch+json"
SHAPES: Final[tuple[Shape, ...]] = (JSON, LD_JSON, GEO_JSON)

CONTEXT_REL: Final = "http://www.w3.org/ns/json-ld#context"
_LINK: Final = re.compile(
    r'<([^<>]*)>((?:\s*;\s*[\w!#$&+.^`|~-]+\s*(?:=\s*(?:"[^"]*"|[^\s",;]+))?)*)', re.ASCII
)
_LINK_PARAMETER: Final = re.compile(r';\s*([\w-]+)\s*=\s*(?:"([^"]*)"|([^\s",;]+))', re.ASCII)
_CHARSET: Final = re.compile(r'charset\s*=\s*"?([^\s";]+)', re.ASCII | re.IGNORECASE)
_VERSION: Final = re.compile(r"([1-9])\.(\d)(?:\.\d+)?", re.ASCII)
_PREFERENCE: Final = re.compile(r'([\w-]+)\s*=\s*"?([\w.+/-]+)"?', re.ASCII)


@lru_cache(maxsize=256)
def choose_shape(accept: str | None, offered: tuple[Shape, ...]) -> Shape:
    """The media type to answer with: the offered one that Accept likes best, on a draw the first one offered."""
    shape = prefer(accept, offered)
    if shape is None:
        raise Problem("NotAcceptable", f"this can be had as {', '.join(offered)}", "Accept")
    return cast(Shape, shape)


def body_type(header: str | None, accepted: tuple[str, ...]) -> str:
    """The media type of a body, one of the accepted ones; refuses another one by name."""
    media, _, parameters = (header or "").partition(";")
    media = media.strip().lower()
    if media not in accepted:
        said = f"{media} is not accepted here" if media else "the media type of the body is missing"
        raise Problem("UnsupportedMediaType", f"{said}; accepted: {', '.join(accepted)}", "Content-Type")
    charset = _CHARSET.search(parameters) if parameters else None
    if charset is not None and charset[1].lower() not in ("utf-8", "utf8", "us-ascii"):
        raise Problem("UnsupportedMediaType", f"JSON is written in UTF-8, not {charset[1]}", "Content-Type")
    return media


@lru_cache(maxsize=256)
def context_link(header: str | None) -> str | None:
    """The URL of the @context that a Link header names, None when it names none; refuses two of them."""
    if not header:
        return None
    found: list[str] = []
    if _LINK.search(header[:HEADER_LENGTH_MAX]) is None:
        raise Problem("BadRequestData", 'the Link header is written <address>; rel="…"', "Link")
    for link in _LINK.finditer(header[:HEADER_LENGTH_MAX]):
        parameters = {
            name.lower(): quoted or plain for name, quoted, plain in _LINK_PARAMETER.findall(link.group(2))
        }
        if CONTEXT_REL in (parameters.get("rel") or "").split():
            found.append(link.group(1).strip())
    if len(found) > 1:
        raise Problem("BadRequestData", "a request has at most one @context link", "Link")
    if CONTEXT_REL in header and not found:
        raise Problem("BadRequestData", "the @context link cannot be read", "Link")
    return found[0] if found else None


def told_version(prefer: str | None) -> int | None:
    """The minor version that `Prefer: ngsi-ld=1.x` names, at most the newest one; None where it names none that is known."""
    found = _VERSION.fullmatch(preferences(prefer).get("ngsi-ld", "")) if prefer is not None else None
    if found is None:
        return None
    return min(int(found[2]), NEWEST) if found[1] == "1" else NEWEST


def older_version(prefer: str | None) -> int | None:
    """The minor version that is preferred, where it is older than what is kept."""
    minor = told_version(prefer)
    return None if minor == NEWEST else minor


def context_link_header(url: str) -> tuple[str, str]:
    """The Link header with which an answer without @context names it."""
    return ("link", f'<{url}>; rel="{CONTEXT_REL}"; type="{LD_JSON}"')


@lru_cache(maxsize=64)
def preferences(header: str | None) -> dict[str, str]:
    """The preferences `name=value` of a Prefer header (RFC 7240) by name."""
    return {name.lower(): value for name, value in _PREFERENCE.findall((header or "")[:HEADER_LENGTH_MAX])}
