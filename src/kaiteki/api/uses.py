"""How much what the node has is used: answers that were given whole, counted by area, way and data, and by nothing else.

No address, no account, no browser stands here. An answer that is given again from memory carries its count with it (`Reply.use`), so
that counting costs the quickest answers one addition. What is counted is taken every half minute and kept as entities (`main.uses`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import unquote

import msgspec

CELLS_MAX: Final = 20_000
"""Counts that are held at the same time; what is asked beyond that counts for the area as a whole."""
ASKED_MAX: Final = 5_000
"""Requests whose count is remembered by their text; a full memory begins anew."""
SUBJECT_LENGTH_MAX: Final = 300
READ: Final = frozenset({"GET", "POST"})
PLANES: Final[Mapping[str, str]] = {"ngsi-ld": "NGSI-LD", "v2": "NGSI v2"}
"""The surfaces of the data plane and the way that each is counted as."""
STREAM: Final = "Stream"
ASSISTANTS: Final = "MCP"
_TYPE: Final = re.compile(r"(?:^|&)type=([^&]*)")
_URN: Final = re.compile(r"/entities/urn(?::|%3[aA])ngsi-ld(?::|%3[aA])([A-Za-z][A-Za-z0-9]*)(?::|%3[aA])")
_SITE: Final = (
    (re.compile(r"data/([^/]+)/[^/]+\.[a-z.]+$"), "Download"),
    (re.compile(r"statistics/([^/]+)/table\.csv$"), "Download"),
    (re.compile(r"places\.(?:csv|geojson)$"), "Download"),
    (re.compile(r"data/(urn:[^/]+|[A-Z][A-Za-z0-9]*)$"), "Page"),
    (re.compile(r"ogc/collections/([^/]+)/(?:.*/)?tiles/"), "Tiles"),
    (re.compile(r"ogc/collections/([^/]+)"), "OGC API"),
    (re.compile(r"ogc(?:/|$)"), "OGC API"),
    (re.compile(r"open311/"), "Open311"),
    (re.compile(r"ckan/"), "CKAN"),
    (re.compile(r"catalog\.[a-z]+$|dcat"), "DCAT"),
)
"""Addresses below `/{area}/` that are counted, each with its way; the first group names the data. Other pages are not counted."""
WAYS: Final = (*PLANES.values(), STREAM, ASSISTANTS, *dict.fromkeys(way for _, way in _SITE))
"""Every way that is counted."""


class Use(msgspec.Struct):
    """How often something was answered since it was taken last. `subject` is as the request named it, empty for none."""

    area: str
    way: str
    subject: str
    count: int = 0


class Used(msgspec.Struct, frozen=True):
    """What was counted and is to be kept."""

    area: str
    way: str
    subject: str
    count: int


class Uses:
    """The counts of a node since they were taken last. `areas` are its areas, the first that of requests which name none."""

    def __init__(self, areas: Sequence[str]) -> None:
        self._areas: Final = frozenset(areas)
        self._first: Final = next(iter(areas), "")
        self._cells: dict[tuple[str, str, str], Use] = {}
        self._asked: dict[tuple[str, str | None, str, str], Use | None] = {}

    def cell(self, area: str, way: str, subject: str) -> Use:
        """The count of a way to some data; it stays the same one, so that an answer may hold it."""
        key = (area, way, subject[:SUBJECT_LENGTH_MAX])
        found = self._cells.get(key)
        if found is None:
            if len(self._cells) >= CELLS_MAX and subject:
                return self.cell(area, way, "")
            found = self._cells[key] = Use(*key)
        return found

    def of_plane(self, surface: str, tenant: str | None, path: str, query: str) -> Use | None:
        """The count of a request to the data plane; None where it is none of an area."""
        asked = (surface, tenant, path if "/entities/" in path else "", query)
        if asked in self._asked:
            return self._asked[asked]
        way, area = PLANES.get(surface), tenant.lower() if tenant else self._first
        found = None
        if way is not None and area in self._areas:
            found = self.cell(area, way, subject_of(path, query))
        if len(self._asked) >= ASKED_MAX:
            self._asked.clear()
        self._asked[asked] = found
        return found

    def of_stream(self, tenant: str | None) -> Use | None:
        """The count of a stream that was opened; None where it is none of an area."""
        area = tenant.lower() if tenant else self._first
        return self.cell(area, STREAM, "") if area in self._areas else None

    def of_site(self, path: str) -> Use | None:
        """The count of a request to the site; None for what is not counted."""
        if path == "/mcp":
            return self.cell(self._first, ASSISTANTS, "")
        area, _, rest = path[1:].partition("/")
        if area not in self._areas:
            return None
        for shape, way in _SITE:
            found = shape.match(rest)
            if found is not None:
                return self.cell(area, way, unquote(found[1]) if shape.groups else "")
        return None

    def take(self) -> list[Used]:
        """What was counted since the last time, which begins anew."""
        taken: list[Used] = []
        for one in self._cells.values():
            if one.count:
                taken.append(Used(one.area, one.way, one.subject, one.count))
                one.count = 0
        if len(self._cells) >= CELLS_MAX:
            # answers that still hold one of them count for it no more: as many are made anew with the next request
            self._cells.clear()
            self._asked.clear()
        return taken

    def put_back(self, left: Sequence[Used]) -> None:
        """What could not be kept counts on."""
        for one in left:
            self.cell(one.area, one.way, one.subject).count += one.count


def subject_of(path: str, query: str) -> str:
    """The type that a request to the data plane names, short: by `type`, else in the id of its entity; empty for several or none."""
    named = _TYPE.search(query)
    if named is not None:
        kind = unquote(named[1]).rpartition("/")[2]
        return kind if kind.isalnum() else ""
    found = _URN.search(path)
    return found[1] if found is not None else ""
