"""How the shapes of an operator's base map are drawn: quiet, in few colours, so that what people came for stands out above them.

Files differ in how they name their layers. What a layer is, is looked up by its name in the schemas that files usually follow (Protomaps,
OpenMapTiles, 地理院 最適化ベクトルタイル); a layer of any other name, such as one that `kaiteki tiles` wrote, is drawn plainly by its shapes.
The result is a list of style layers of MapLibre (Style Specification 8) over one source, from below to above.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

SOURCE: Final = "base"
LAYERS_MAX: Final = 60
"""Layers of a file that are drawn."""
GROUND: Final = "#fbfaf6"
WATER: Final = "#d3e2ec"
GREEN: Final = "#e5ecda"
BUILT: Final = "#e6e2d8"
EDGE: Final = "#cfcabb"
ROAD: Final = "#ffffff"
ROAD_EDGE: Final = "#c9c3b2"
INK: Final = "#5f5a49"
"""5.9:1 on the ground (WCAG 1.4.3)."""
HALO: Final = "#fbfaf6"
ROLES: Final[Mapping[str, str]] = {
    **dict.fromkeys(("earth", "land", "admarea"), "ground"),
    **dict.fromkeys(("water", "ocean", "waterway", "water_lines", "wa", "wl", "rvrcl"), "water"),
    **dict.fromkeys(("landuse", "landcover", "park", "natural"), "green"),
    **dict.fromkeys(("buildings", "building", "blda"), "built"),
    **dict.fromkeys(("roads", "transportation", "transit", "rdcl", "rdedg"), "road"),
    **dict.fromkeys(("railcl", "railways"), "rail"),
    **dict.fromkeys(("boundaries", "boundary", "admbdry"), "boundary"),
    **dict.fromkeys(("places", "place", "anno"), "name"),
    **dict.fromkeys(
        (
            "pois",
            "poi",
            "housenumber",
            "mountain_peak",
            "transportation_name",
            "water_name",
            "aerodrome_label",
        ),
        "",
    ),
}
"""What the layers of known schemas are, by their names in small letters; empty: not drawn."""
ORDER: Final = ("ground", "green", "water", "built", "boundary", "rail", "road", "other", "name")
"""From below to above."""
_KIND: Final = [
    "downcase",
    [
        "to-string",
        ["coalesce", ["get", "kind"], ["get", "class"], ["get", "pmap:kind"], ["get", "vt_rdctg"], ""],
    ],
]
_GREENS: Final = (
    *(
        "park",
        "forest",
        "wood",
        "grass",
        "grassland",
        "scrub",
        "cemetery",
        "nature_reserve",
        "national_park",
        "farmland",
    ),
    *(
        "golf_course",
        "garden",
        "recreation_ground",
        "pitch",
        "meadow",
        "orchard",
        "wetland",
        "playground",
        "village_green",
    ),
)
_GREAT: Final = (
    *("highway", "major_road", "motorway", "trunk", "primary", "secondary", "medium_road"),
    *("高速自動車国道等", "国道", "都道府県道", "主要道路"),
)
_RAILS: Final = ("rail", "transit", "railway")
_NAMES: Final[Mapping[str, Sequence[str]]] = {
    "en": ("name:en", "name:latin", "name", "vt_text"),
    "ja": ("name:ja", "name", "vt_text"),
}

_SHAPES: Final = {"fill": "Polygon", "line": "LineString", "circle": "Point", "symbol": "Point"}

Rule = dict[str, Any]


def style_of(names: Sequence[str], language: str) -> list[Rule]:
    """The style layers for a file that has layers of these names, with names of places in a language."""
    known = [(ROLES.get(name.lower(), "other"), name) for name in names[:LAYERS_MAX]]
    found: list[Rule] = []
    for role in ORDER:
        for _, name in (one for one in known if one[0] == role):
            found += _RULES[role](name) if role != "name" else [_name(name, language)]
    return found


def names_something(names: Sequence[str]) -> bool:
    """Whether a file with layers of these names names places, so that the names of the wards are not needed."""
    return any(ROLES.get(one.lower()) == "name" for one in names)


def _rule(name: str, part: str, kind: str, paint: Rule, **more: Any) -> Rule:
    filters = ["all", ["==", ["geometry-type"], _SHAPES[kind]], *more.pop("filters", ())]
    return {
        "id": f"base-{name}-{part}",
        "type": kind,
        "source": SOURCE,
        "source-layer": name,
        "filter": filters,
        "paint": paint,
        **more,
    }


def _among(kinds: Sequence[str]) -> list[Any]:
    return ["in", _KIND, ["literal", list(kinds)]]


def _wide(*stops: float) -> list[Any]:
    """A width in pixels by zoom: pairs of zoom and width."""
    return ["interpolate", ["exponential", 1.5], ["zoom"], *stops]


def _ground(name: str) -> list[Rule]:
    return [_rule(name, "area", "fill", {"fill-color": GROUND})]


def _water(name: str) -> list[Rule]:
    line = {"line-color": WATER, "line-width": _wide(8, 0.5, 18, 6)}
    area = _rule(name, "area", "fill", {"fill-color": WATER})
    return [area, _rule(name, "line", "line", line)]


def _green(name: str) -> list[Rule]:
    return [_rule(name, "area", "fill", {"fill-color": GREEN}, filters=[_among(_GREENS)])]


def _built(name: str) -> list[Rule]:
    paint = {"fill-color": BUILT, "fill-outline-color": EDGE}
    return [_rule(name, "area", "fill", paint, minzoom=13)]


def _boundary(name: str) -> list[Rule]:
    paint = {"line-color": "#8c8775", "line-width": 1, "line-dasharray": [4, 2]}
    return [_rule(name, "line", "line", paint)]


def _rail(name: str) -> list[Rule]:
    paint = {"line-color": "#8a8577", "line-width": _wide(8, 0.6, 18, 2.5), "line-dasharray": [5, 2]}
    return [_rule(name, "rail", "line", paint)]


def _road(name: str) -> list[Rule]:
    """Small streets below great ones, each with an edge; rails where they share the layer."""
    round_ = {"line-cap": "round", "line-join": "round"}
    great, rails = _among(_GREAT), _among(_RAILS)
    small = [["!", great], ["!", rails]]
    thin, thick = _wide(12, 0.5, 18, 14), _wide(7, 0.8, 18, 20)
    edge_thin, edge_thick = _wide(12, 1, 18, 17), _wide(7, 1.6, 18, 24)
    return [
        _rule(name, "small-edge", "line", {"line-color": ROAD_EDGE, "line-width": edge_thin}, filters=small, minzoom=12, layout=round_),
        _rule(name, "great-edge", "line", {"line-color": ROAD_EDGE, "line-width": edge_thick}, filters=[great], layout=round_),
        _rule(name, "small", "line", {"line-color": ROAD, "line-width": thin}, filters=small, minzoom=12, layout=round_),
        _rule(name, "great", "line", {"line-color": ROAD, "line-width": thick}, filters=[great], layout=round_),
        {**_rail(name)[0], "filter": ["all", ["==", ["geometry-type"], "LineString"], rails]},
    ]  # fmt: skip


def _other(name: str) -> list[Rule]:
    """A layer that nobody knows: faint areas, lines, and dots."""
    dot = {"circle-radius": _wide(10, 1.5, 18, 4), "circle-color": "#8c8775"}
    line = {"line-color": "#a8a291", "line-width": _wide(8, 0.6, 18, 3)}
    return [
        _rule(name, "area", "fill", {"fill-color": BUILT, "fill-outline-color": EDGE}),
        _rule(name, "line", "line", line),
        _rule(name, "dot", "circle", dot),
    ]


def _name(name: str, language: str) -> Rule:
    told = ["coalesce", *(["get", one] for one in _NAMES["en" if language == "en" else "ja"]), ""]
    layout: Rule = {"text-field": told, "text-size": 12, "text-max-width": 8}
    paint = {"text-color": INK, "text-halo-color": HALO, "text-halo-width": 1.5}
    return _rule(name, "name", "symbol", paint, layout=layout)


_RULES: Final[Mapping[str, Callable[[str], list[Rule]]]] = {
    "ground": _ground,
    "green": _green,
    "water": _water,
    "built": _built,
    "boundary": _boundary,
    "rail": _rail,
    "road": _road,
    "other": _other,
}
