"""Finds a place by what people write: a position, a ward, the name of something that lies somewhere, an address.

An address that nothing in the town has still names its town and ward: what has an address there, and the ward, are told as that (`loose`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

import msgspec

from kaiteki.kit.pages import City, Hit, PageAsk, part_of_path
from kaiteki.kit.views import slots
from kaiteki.model.addresses import prefecture_of, spellings, town_of
from kaiteki.model.area import Area
from kaiteki.model.mesh import read_mesh
from kaiteki.model.place import bounds_of
from kaiteki.model.position import read_position
from kaiteki.model.problem import Problem
from kaiteki.model.query import Comparison, OneOf, Path, Query, Range
from kaiteki.model.spatial_id import read_spatial_id
from kaiteki.model.words import Words
from kaiteki.services.maps.shown import located_types
from kaiteki.services.maps.viewport import LonLat, fitting, say_place
from kaiteki.services.maps.wards import ward_at

FOUND_MAX: Final = 20
ADDRESSES_MAX: Final = 10
ADDRESS: Final = "fullAddress"
"""The attribute in which records of the standard tables keep an address."""
_LAST_CHARACTER: Final = "\U0010ffff"
ZOOM_FOUND: Final = 17.0
"""How close one looks at what was found, where it is not larger."""
POSITION: Final = Words("緯度・経度", "Position", "いど・けいど")
WARD: Final = Words("区域", "Ward", "区（く）")
MESH: Final = Words("地域メッシュ（JIS X 0410）", "Grid square (JIS X 0410)", "メッシュ")
SPATIAL_ID: Final = Words("空間ID", "Spatial id", "空間（くうかん）ID")
_CELL: Final = re.compile(r"/?\d{1,2}(/-?\d{1,9}){2,3}|[\d-]{4,15}", re.ASCII)
LATITUDE_MAX: Final = 85.0
"""Nearer to the poles no map of these tiles goes (Web Mercator)."""


class Found(msgspec.Struct, frozen=True):
    """A place that was found: what it is called, what it is, where, how close to look, its page (empty: it has none)."""

    title: str
    kind: str
    at: LonLat
    zoom: float = ZOOM_FOUND
    path: str = ""
    address: str = ""
    is_spot: bool = False
    """Whether the text says the very place: a position or the code of a cell."""
    loose: bool = False
    """Whether it only lies in the town or ward that the text names."""
    where: str = ""
    """The ward in which it lies, else its position, where something else that was found has its name and kind."""

    @property
    def place(self) -> str:
        """Where it is, as addresses say it."""
        return say_place(self.at)


async def find(ask: PageAsk, text: str) -> list[Found]:
    """What a text may mean, the surest first, at most FOUND_MAX places."""
    plain = unicodedata.normalize("NFKC", text).strip()
    position = read_position(plain, latitude_first=True)
    if position is not None and abs(position.at[1]) <= LATITUDE_MAX:
        title = f"{position.at[1]:.6f}, {position.at[0]:.6f}"
        return [Found(title, POSITION.say(ask.language), position.at, is_spot=True)]
    cell = _cell(plain, ask.language)
    if cell is not None:
        return [cell]
    found = [*_wards(ask, text), *await _entities(ask, text)]
    return _apart(ask, found or await _around(ask, text))[:FOUND_MAX]


async def _around(ask: PageAsk, text: str) -> list[Found]:
    """The ward that an address names, and what has an address in its town."""
    town = ask.town
    if town is None or not (name := town_of(text, town.words.ja, prefecture_of(town.code))):
        return []
    wards = [one for ward in town.wards if ward.words.ja in name for one in _wards(ask, ward.words.ja)]
    beside = _told(ask, await by_address(ask.city, name, town)) if len(name) > 1 else []
    return [msgspec.structs.replace(one, loose=True) for one in (*wards, *beside)]


def _apart(ask: PageAsk, found: Sequence[Found]) -> list[Found]:
    """What has the same name and kind at the same place is told once; at several places, each with its ward."""
    once: dict[tuple[str, str, str], Found] = {}
    for one in found:
        once.setdefault((one.title, one.kind, one.place), one)
    named = [(title, kind) for title, kind, _ in once]
    return [
        msgspec.structs.replace(one, where=_where(ask, one)) if named.count((title, kind)) > 1 else one
        for (title, kind, _), one in once.items()
    ]


def _where(ask: PageAsk, found: Found) -> str:
    ward = ward_at(ask.town, found.at)
    return ward.words.say(ask.language) if ward is not None else f"{found.at[1]:.5f}, {found.at[0]:.5f}"


def _cell(text: str, language: str) -> Found | None:
    """The middle of a grid square (JIS X 0410) or of a voxel (空間ID); None for what is neither."""
    if _CELL.fullmatch(text) is None:
        return None
    try:
        if "/" in text:
            box, kind = read_spatial_id(text).box, SPATIAL_ID
        else:
            box, kind = read_mesh(text).box, MESH
    except Problem:
        return None
    middle, zoom = fitting(box)
    return Found(text, kind.say(language), middle, zoom, is_spot=True)


def _wards(ask: PageAsk, text: str) -> list[Found]:
    """The wards of the area whose name holds the text."""
    wanted = _plain(text)
    found: list[Found] = []
    for ward in ask.town.wards if ask.town is not None and wanted else ():
        if any(wanted in _plain(name) for name in (ward.words.ja, ward.words.en, ward.words.easy)):
            ring = {"type": "Polygon", "coordinates": [[list(one) for one in ward.polygon]]}
            middle, zoom = fitting(bounds_of(ring)) if ward.polygon else (ward.centre, 13.0)
            found.append(Found(ward.words.say(ask.language), WARD.say(ask.language), middle, zoom))
    return found


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


async def _entities(ask: PageAsk, text: str) -> list[Found]:
    """What the town has by that name, of all types with a public place; else what has an address that begins so."""
    located = located_types(ask.city)
    listing = await ask.city.hits(Query(text=text, limit=FOUND_MAX), tuple(located))
    hits: Sequence[Hit] = listing.items or await by_address(ask.city, text, ask.town)
    return _named_first(_told(ask, hits), text)


def _told(ask: PageAsk, hits: Sequence[Hit]) -> list[Found]:
    located = located_types(ask.city)
    found: list[Found] = []
    for hit in hits:
        declared, place = located[hit.type]
        geometry: Mapping[str, Any] | None = getattr(hit.seen, place)
        if geometry is None:
            continue
        middle, zoom = fitting(bounds_of(cast("dict[str, Any]", geometry)))
        part = part_of_path(hit.id)
        path = declared.page.replace("{id}", part) if "{id}" in declared.page else f"things/{hit.type}/{part}"
        address = str(getattr(hit.seen, ADDRESS, "") or getattr(hit.seen, "address", "") or "")
        kind = hit.kind.say(ask.language)
        found.append(Found(hit.title, kind, middle, min(zoom, ZOOM_FOUND), path, address))
    return found


async def by_address(city: City, text: str, town: Area | None = None) -> list[Hit]:
    """What has an address that begins with a text, in whichever way the text and the address write it (model.addresses)."""
    types: list[str] = []
    path: Path | None = None
    for name, (declared, _) in located_types(city).items():
        slot = next((one for one in slots(declared.view) if one.short == ADDRESS), None)
        if slot is not None and slot.field in declared.public:
            types.append(name)
            path = Path((slot.iri,))
    if path is None:
        return []
    ways = spellings(text, town.words.ja, prefecture_of(town.code)) if town is not None else spellings(text)
    begins = OneOf(tuple(Range(one, one + _LAST_CHARACTER) for one in ways))
    return list((await city.hits(Query(q=Comparison(path, "==", begins), limit=ADDRESSES_MAX), types)).items)


def _named_first(found: Sequence[Found], text: str) -> list[Found]:
    """The very name first, then names that begin so."""
    wanted = _plain(text)
    return sorted(
        found, key=lambda one: (_plain(one.title) != wanted, not _plain(one.title).startswith(wanted))
    )
