"""`/{area}/maps/here`: all about one place, as a page that needs neither a map nor JavaScript."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, cast
from urllib.parse import urlencode

import msgspec

from kaiteki.kit.manifest import EntityType
from kaiteki.kit.pages import PageAsk, PageReply, Shown, part_of_path
from kaiteki.model.instant import Instant, format_instant, parse_instant
from kaiteki.model.mesh import mesh_at
from kaiteki.model.problem import Problem
from kaiteki.model.spatial_id import spatial_id_at
from kaiteki.model.words import Words
from kaiteki.services.maps.asked import NOTHING_FOUND, SWAPPED, Wanted, read_wanted, say_position
from kaiteki.services.maps.browse import NOT_STATED, said_of
from kaiteki.services.maps.changes import STEPS_M, changes_at, lines_of
from kaiteki.services.maps.division import GROUND as DIVIDED_BY
from kaiteki.services.maps.division import SIDES, side_at, side_of
from kaiteki.services.maps.finding import Found, find
from kaiteki.services.maps.ledger_model import LEDGERS
from kaiteki.services.maps.left import left_of
from kaiteki.services.maps.lots import find_lots
from kaiteki.services.maps.model import GROUPS, Class, Item, say_note
from kaiteki.services.maps.nearby import apart, direction_of
from kaiteki.services.maps.settings import Division, Settings
from kaiteki.services.maps.shown import SEVERAL, source_of
from kaiteki.services.maps.signs import Sign, signs_of
from kaiteki.services.maps.sorts import sort_of
from kaiteki.services.maps.standing import (
    EDGE_M,
    LonLat,
    Ready,
    Standing,
    nearest_of,
    shown_layers,
    standing_at,
    title_of,
    told_items,
    untold_items,
)

PAGES_MAX: Final = 50
LEDGER_PARTS: Final = frozenset(ledger.part for ledger in LEDGERS)
BESIDE_MAX: Final = 3
"""Features of a layer whose edge is near, as they are listed; of the others only the number."""
MESHES: Final = {
    "3": Words("地域メッシュ（約1km）", "Grid square (about 1 km)", "メッシュ（1km）"),
    "4": Words("地域メッシュ（約500m）", "Grid square (about 500 m)", "メッシュ（500m）"),
}
SPATIAL_ID: Final = Words("空間ID", "Spatial id", "空間（くうかん）ID")
SPATIAL_ID_ZOOM: Final = 20
"""Voxels of some 30 m."""
JAPAN_US: Final = 9 * 3_600_000_000
YES: Final = Words("あり", "Yes", "はい")
NO: Final = Words("なし", "No", "いいえ")


async def show_here(ask: PageAsk) -> PageReply:
    """What holds at a place, what is near, what changed; or the places that the words may mean; or the question which place."""
    wanted = read_wanted(ask)
    choices = await find(ask, wanted.text) if wanted.at is None and wanted.text else []
    if choices and choices[0].is_spot:
        wanted = msgspec.structs.replace(wanted, at=choices[0].at)
    elif wanted.text and wanted.at is None and not choices:
        wanted = msgspec.structs.replace(wanted, faults={**wanted.faults, "q": NOTHING_FOUND})
    lots = await find_lots(ask, wanted.text) if wanted.at is None and wanted.text else None
    # (what is found as a lot is not nothing)
    faults = {name: one for name, one in wanted.faults.items() if lots is None or name != "q"}
    values = {
        "wanted": wanted,
        "lots": lots,
        "wrong": {name: words.say(ask.language) for name, words in faults.items()},
        "choices": [_choice_row(ask, one) for one in choices],
        "loose": bool(choices) and choices[0].loose,
        "at": "",
        "position": wanted.typed,
        "swapped": "",
        "edge_m": int(EDGE_M),
    }
    if wanted.at is None:
        return Shown({**values, **NOTHING_SHOWN}, 400 if "position" in wanted.faults else 200)
    return Shown({**values, **await _about(ask, wanted, wanted.at)})


NOTHING_SHOWN: Final[dict[str, Any]] = {
    "codes": [],
    "groups": [],
    "beside": [],
    "beside_more": [],
    "near": [],
    "changes": [],
    "left": None,
    "pin": None,
    "before": None,
    "after": None,
    "layers": 0,
    "beyond": False,
    "elsewhere": [],
    "side": None,
    "side_ground": [],
    "steps_m": int(STEPS_M),
}


async def _about(ask: PageAsk, wanted: Wanted, at: LonLat) -> dict[str, Any]:
    shown = await shown_layers(ask.city)
    standing = await standing_at(ask.city, shown, at)
    near = await nearest_of(ask.city, shown, at)
    covering = [one for one in standing if one.covers]
    number = page_number(ask)
    left = await left_of(ask.city, shown, at)
    side = side_at(_division(ask), shown, standing, (at, ask.town))
    changes = await changes_at(ask.city, standing, near, left.lines, number)
    return {
        "at": f"{at[0]},{at[1]}",
        "position": say_position(at),
        "swapped": SWAPPED.fill(ask.language, lat=at[1], lon=at[0]) if wanted.swapped else "",
        "codes": codes_of(at),
        "pin": {"lon": at[0], "lat": at[1], "title": wanted.text or say_position(at), "state": "key"},
        "layers": len(shown),
        "beyond": _is_beyond(ask, at),
        "elsewhere": _elsewhere(ask, shown, covering),
        "side": side,
        "side_ground": [said_of(DIVIDED_BY, ask.language)],
        "steps_m": int(STEPS_M),
        "groups": grouped(ask, covering),
        **_beside(ask, standing),
        "near": [
            {"title": GROUPS[group].say(ask.language), "rows": _near_rows(ask, at, rows)}
            for group, rows in near.items()
        ],
        "changes": lines_of(ask, changes.lines),
        "left": left,
        "before": _address(at, wanted, number - 1) if number > 1 else None,
        "after": _address(at, wanted, number + 1) if changes.more and number < PAGES_MAX else None,
    }


def _beside(ask: PageAsk, standing: Sequence[Standing]) -> dict[str, Any]:
    """What has its edge near: of each layer the BESIDE_MAX nearest, and how many more (parcels of a street are many)."""
    found = [one for one in standing if not one.covers and one.edge_m is not None]
    told: list[dict[str, Any]] = []
    more: list[tuple[str, int]] = []
    for layer in dict.fromkeys(one.shown.layer.id for one in found):
        of_layer = [one for one in found if one.shown.layer.id == layer]
        told += [row_of(ask, one) for one in of_layer[:BESIDE_MAX]]
        if len(of_layer) > BESIDE_MAX:
            more.append((of_layer[0].shown.layer.title.say(ask.language), len(of_layer) - BESIDE_MAX))
    return {"beside": told, "beside_more": more}


def _near_rows(ask: PageAsk, at: LonLat, rows: Sequence[Standing]) -> list[dict[str, Any]]:
    """The rows of what is near, with direction and what tells them apart."""
    return [
        row_of(ask, one)
        | {"direction": words.say(ask.language) if (words := direction_of(at, one)) else "", "apart": told}
        for one, told in zip(rows, apart(ask, rows), strict=True)
    ]


def codes_of(at: LonLat) -> list[tuple[Words, str]]:
    """The grid squares of 1 km and 500 m and the spatial id at the height 0 in which a place lies; none where it has none."""
    try:
        squares = [(MESHES[level], mesh_at(*at, level).code) for level in MESHES]
        return [*squares, (SPATIAL_ID, spatial_id_at(*at, SPATIAL_ID_ZOOM).code)]
    except Problem:
        return []


def _is_beyond(ask: PageAsk, at: LonLat) -> bool:
    """Whether a place lies outside of the box around the area."""
    if ask.town is None:
        return False
    west, south, east, north = ask.town.bbox
    return not (west <= at[0] <= east and south <= at[1] <= north)


def _elsewhere(ask: PageAsk, shown: Sequence[Ready], covering: Sequence[Standing]) -> list[dict[str, str]]:
    """The maps of areas that were looked at and have none at the place: their names and pages."""
    here = {one.shown.layer.name for one in covering}
    return [
        {
            "title": one.layer.title.say(ask.language),
            "href": f"/{ask.area}/maps/layers/{part_of_path(one.layer.name)}",
        }
        for one in shown
        if one.layer.geometry == "area" and one.layer.name not in here
    ]


def _division(ask: PageAsk) -> Division | None:
    return ask.settings.division if isinstance(ask.settings, Settings) else None


def page_number(ask: PageAsk) -> int:
    """Which page of the history is wanted, from 1."""
    return int(ask.query.get("page") or 1)


def _address(at: LonLat, wanted: Wanted, number: int) -> str:
    kept = {"at": f"{at[0]},{at[1]}", "q": wanted.text, "page": str(number)}
    return "here?" + urlencode({name: value for name, value in kept.items() if value}) + "#history"


def grouped(ask: PageAsk, covering: Sequence[Standing]) -> list[dict[str, Any]]:
    """What holds at the place, group by group in the order of the layers."""
    return [
        {"title": words.say(ask.language), "rows": rows}
        for code, words in GROUPS.items()
        if (rows := [row_of(ask, one) for one in covering if one.shown.layer.group == code])
    ]


def row_of(ask: PageAsk, one: Standing) -> dict[str, Any]:
    """A feature at or near the place as the page shows it."""
    layer, say = one.shown.layer, ask.language
    declared, data_set = one.shown.collection.declared, one.shown.collection.data_set
    grounds = [*layer.grounds, *(one.kind.grounds if one.kind is not None else ())]
    return {
        "layer": layer,
        "sign": sign_for(signs_of(layer, one.shown.number), one.kind),
        "sort": sort_of(getattr(one.hit.seen, one.shown.collection.place)),
        "layer_title": layer.title.say(say),
        "title": _title_of(ask, one),
        "href": page_of(ask.area, declared, one.hit.id),
        "facts": [
            *(fact_of(item, value, say) for item, value in told_items(one.shown, one.hit)),
            *(fact_of(item, None, say) for item in untold_items(one.shown, one.hit)),
        ],
        "grounds": [said_of(ground, say) for ground in grounds],
        "source": source_of(layer, data_set, say),
        "as_of": layer.as_of,
        "maintainer": layer.maintainer.say(say),
        "note": say_note(layer, say),
        "at_edge": one.covers and one.at_edge,
        "distance": one.away_m,
    }


def _title_of(ask: PageAsk, one: Standing) -> str:
    """What people call a feature; an area of the division of the planning area by its side, for it has no other name."""
    division = _division(ask)
    if division is not None and division.layer == one.shown.layer.name and (side := side_of(division, one)):
        return SIDES[side][0].say(ask.language)
    return title_of(one.shown, one.hit, one.kind, ask.language)


def sign_for(signs: Sequence[Sign], kind: Class | None) -> Sign:
    """The sign of a class of a layer, the first one where it has none."""
    return next((one for one in signs if kind is not None and kind.value in one.values), signs[0])


def page_of(area: str, declared: EntityType, entity_id: str) -> str:
    """The page of a feature: its sheet where a ledger has one, the page of its type, else that of map software."""
    ident = part_of_path(entity_id)
    if declared.plays & LEDGER_PARTS:
        return f"/{area}/maps/roads/{ident}"
    if "{id" in declared.page:
        return f"/{area}/" + declared.page.replace("{id:path}", "{id}").replace("{id}", ident)
    return f"/{area}/ogc/collections/{declared.name}/items/{ident}"


def fact_of(item: Item, value: Any, language: str) -> dict[str, Any]:
    """Label, value with its unit (None: no document states it), and the law by which it holds."""
    return {
        "label": item.words.say(language),
        "text": NOT_STATED.say(language) if value is None else text_of_value(item, value, language),
        "ground": said_of(item.ground, language) if item.ground is not None else None,
    }


def text_of_value(item: Item, value: Any, language: str) -> str:
    """A value as people read it: numbers with their unit, yes and no in words, moments in the time of Japan."""
    if isinstance(value, Words):
        return value.say(language)
    if isinstance(value, bool):
        return (YES if value else NO).say(language)
    if isinstance(value, int | float):
        number = f"{value:,.2f}".rstrip("0").rstrip(".")
        return f"{number} {item.unit}".strip()
    if isinstance(value, list | tuple):
        parts = cast("Sequence[Any]", value)
        return SEVERAL.say(language).join(text_of_value(item, part, language) for part in parts)
    at = parse_instant(value) if isinstance(value, str) and "T" in value else None
    if at is not None:
        return format_instant(Instant(at + JAPAN_US))[:16].replace("T", " ")
    return f"{value} {item.unit}".strip()


def _choice_row(ask: PageAsk, one: Found) -> dict[str, Any]:
    at = f"{round(one.at[0], 7)},{round(one.at[1], 7)}"
    return {
        "title": one.title,
        "kind": one.kind,
        "address": one.address or one.where,
        "href": f"/{ask.area}/maps/here?" + urlencode({"at": at, "q": one.title}),
    }
