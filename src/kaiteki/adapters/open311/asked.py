"""Reads what a client asks: filters of lists, fields of a post; the first fault as a sentence of the standard."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from kaiteki.model.entity import Json
from kaiteki.model.instant import Instant, parse_instant
from kaiteki.model.words import LANGUAGES

PAGE_SIZE_MAX: Final = 1000
"""Requests of one answer, also where no page_size is asked: «90 days or the first 1000, whichever is smallest»."""
PAGES_MAX: Final = 1000
IDS_MAX: Final = 100
RADIUS_MAX_M: Final = 50_000.0
RADIUS_DEFAULT_M: Final = 1000.0
WINDOW_US: Final = 90 * 86_400_000_000
"""The longest stretch of requested_datetime of one answer, 90 days in microseconds."""
_TEXT: Final[Json] = {"type": "string", "maxLength": 200}
_MOMENT: Final[Json] = {"type": "string", "format": "date-time"}
PARAMETERS: Final[dict[str, tuple[Json, str]]] = {
    "service_request_id": (_TEXT, "Requests by number, commas between; overrides all others"),
    "service_code": (_TEXT, "Kinds of request, commas between"),
    "status": ({"type": "string", "enum": ["open", "closed", "open,closed"]}, "Without it both"),
    "start_date": (_MOMENT, "Requested from then on; with end_date at most 90 days"),
    "end_date": (_MOMENT, "Requested until then; without both the latest 90 days"),
    "updated_after": (_MOMENT, "Changed since then"),
    "updated_before": (_MOMENT, "Changed until then"),
    "lat": ({"type": "number", "minimum": -90, "maximum": 90}, "Latitude of a place to be near to (WGS84)"),
    "long": ({"type": "number", "minimum": -180, "maximum": 180}, "Longitude of that place (WGS84)"),
    "radius": (
        {"type": "number", "exclusiveMinimum": 0, "maximum": RADIUS_MAX_M},
        f"Metres around it; {RADIUS_DEFAULT_M:.0f} without it",
    ),
    "bbox": (_TEXT, "west,south,east,north"),
    "q": ({"type": "string", "maxLength": 100}, "Words of the name"),
    "page": ({"type": "integer", "minimum": 1, "maximum": PAGES_MAX}, "Which page"),
    "page_size": ({"type": "integer", "minimum": 1, "maximum": PAGE_SIZE_MAX}, "Requests of a page"),
    "extensions": (
        {"type": "string", "enum": ["true", "false"]},
        "Also detailed_status and title of requests, residents_may_mend of services",
    ),
    "kind": ({"type": "string", "enum": ["place", "shelter"]}, "Which places"),
    "jurisdiction_id": (_TEXT, "The area or its municipal code; the address says the same"),
    "locale": ({"type": "string", "enum": list(LANGUAGES)}, "The language of names"),
    "api_key": (_TEXT, "The token of a machine; the header Authorization says the same"),
}
"""Everything that may stand behind a question mark: its JSON Schema and what it is."""
RETRY_AFTER_S: Final = 60
"""When to ask again after a 429 that says nothing else."""
_ATTRIBUTE: Final = re.compile(r"attribute\[([^\]]{1,60})\](\[\])?")


class Wrong(Exception):
    """What was asked cannot be answered; `status` of HTTP, a sentence that names the argument, and when to ask again."""

    def __init__(self, status: int, description: str, again_s: int = RETRY_AFTER_S) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.again_s = again_s


class Around(msgspec.Struct, frozen=True):
    """A place and how far around it, in metres."""

    longitude: float
    latitude: float
    radius_m: float = RADIUS_DEFAULT_M


class Wanted(msgspec.Struct, frozen=True):
    """The filters of a list; times are bounds with both ends included."""

    ids: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    open: bool | None = None
    start: Instant | None = None
    end: Instant | None = None
    updated_after: Instant | None = None
    updated_before: Instant | None = None
    around: Around | None = None
    box: tuple[float, float, float, float] | None = None
    text: str = ""
    page: int = 1
    page_size: int = PAGE_SIZE_MAX
    extensions: bool = False


def read_extensions(query: Mapping[str, str]) -> bool:
    """Whether what lies beyond the standard is asked for, too."""
    return query.get("extensions", "").lower() in ("true", "1", "v1")


def read_wanted(query: Mapping[str, str], now: Instant) -> Wanted:
    """The filters of `GET requests`; without times the last 90 days, with ids nothing else counts.

    Who asks by the times of changes (an extension) asks over requests of any age, a page at a time.
    """
    ids = _list(query, "service_request_id")
    page, size = (
        _count(query, "page", 1, PAGES_MAX),
        _count(query, "page_size", PAGE_SIZE_MAX, PAGE_SIZE_MAX),
    )
    extensions = read_extensions(query)
    if ids:
        return Wanted(ids=ids, page=page, page_size=size, extensions=extensions)
    updated = _time(query, "updated_after"), _time(query, "updated_before")
    start, end = _time(query, "start_date"), _time(query, "end_date")
    if (start, end) != (None, None) or updated == (None, None):
        start, end = window(start, end, now)
    return Wanted(
        codes=_list(query, "service_code"),
        open=_status(query),
        start=start,
        end=end,
        updated_after=updated[0],
        updated_before=updated[1],
        around=read_around(query),
        box=_box(query),
        text=query.get("q", "").strip()[:100],
        page=page,
        page_size=size,
        extensions=extensions,
    )


def window(start: Instant | None, end: Instant | None, now: Instant) -> tuple[Instant, Instant | None]:
    """A stretch of at most 90 days: one bound that is missing follows from the other; without both the latest 90 days."""
    if start is None:
        return Instant((now if end is None else end) - WINDOW_US), end
    if end is None:
        return start, Instant(start + WINDOW_US) if now - start > WINDOW_US else None
    if end - start > WINDOW_US:
        raise Wrong(400, "start_date and end_date may span at most 90 days")
    return start, end


def _list(query: Mapping[str, str], name: str) -> tuple[str, ...]:
    parts = tuple(part.strip() for part in query.get(name, "").split(",") if part.strip())
    if len(parts) > IDS_MAX:
        raise Wrong(400, f"{name} may hold at most {IDS_MAX} values")
    return parts


def _count(query: Mapping[str, str], name: str, default: int, most: int) -> int:
    text = query.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and 1 <= len(text) <= 6 and 1 <= int(text) <= most):
        raise Wrong(400, f"{name} must be a number from 1 to {most}")
    return int(text)


def _time(query: Mapping[str, str], name: str) -> Instant | None:
    text = query.get(name, "").replace(" ", "+")
    if not text:
        return None
    moment = parse_instant(text) or parse_instant(f"{text}T00:00:00Z")
    if moment is None:
        raise Wrong(400, f"{name} must be a time like 2026-01-31T09:00:00+09:00")
    return moment


def _status(query: Mapping[str, str]) -> bool | None:
    asked = {part.lower() for part in _list(query, "status")}
    if asked - {"open", "closed"}:
        raise Wrong(400, "status must be open, closed or both")
    return None if len(asked) != 1 else asked == {"open"}


def read_around(query: Mapping[str, str]) -> Around | None:
    """`lat`, `long` and `radius` (metres); None when no place is named."""
    if not query.get("lat") and not query.get("long"):
        return None
    latitude, longitude = degrees(query, "lat", 90), degrees(query, "long", 180)
    if latitude is None or longitude is None:
        raise Wrong(400, "lat and long go together")
    radius = degrees(query, "radius", RADIUS_MAX_M)
    if radius is not None and radius <= 0:
        raise Wrong(400, f"radius must be above 0 and at most {RADIUS_MAX_M:.0f} metres")
    return Around(longitude, latitude, RADIUS_DEFAULT_M if radius is None else radius)


def degrees(given: Mapping[str, str], name: str, most: float) -> float | None:
    """A number between -most and most; None when it is not given."""
    text = given.get(name, "").strip()
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        raise Wrong(400, f"{name} must be a number") from None
    if not abs(value) <= most:
        raise Wrong(400, f"{name} must lie between -{most:g} and {most:g}")
    return value


def _box(query: Mapping[str, str]) -> tuple[float, float, float, float] | None:
    parts = _list(query, "bbox")
    if not parts:
        return None
    names: dict[str, str] = dict(zip(("west", "south", "east", "north"), parts, strict=False))
    west, east = (degrees(names, name, 180) for name in ("west", "east"))
    south, north = (degrees(names, name, 90) for name in ("south", "north"))
    if west is None or south is None or east is None or north is None or west >= east or south >= north:
        raise Wrong(400, "bbox must be west,south,east,north")
    return west, south, east, north


def refuse_repeated(given: Iterable[tuple[str, str]]) -> None:
    """Refuse the first argument that is given more than once, as the other APIs do. The standard lets answers (`attribute[code]`) be
    several, and a post may name several pictures."""
    names: set[str] = set()
    for name, _ in given:
        if name in names and name != "media_url" and not _ATTRIBUTE.fullmatch(name):
            raise Wrong(400, f"{name[:60]} is given more than once")
        names.add(name)


def read_attributes(fields: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """The answers `attribute[code]=…` and `attribute[code][]=…` of a post."""
    answers: dict[str, Any] = {}
    for name, values in fields.items():
        found = _ATTRIBUTE.fullmatch(name)
        given = [value for value in values if value]
        if found and given:
            answers[found[1]] = given if found[2] or len(given) > 1 else given[0]
    return answers
