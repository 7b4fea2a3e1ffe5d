"""Random questions for the routes of OGC API Features."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from asked_of_faces import Draw
from law_service import NAMES

EPSG: Final = "http://www.opengis.net/def/crs/EPSG/0/"
_COMPARED: Final = ("name", "colour", "weight", "note", "status", "category", "cost", "capacity")
"""Names of properties, some of them hidden, some of them of no collection."""


def condition(draw: Draw, depth: int = 0) -> str:
    """A CQL2 condition, at times over what is hidden."""
    if depth < 2 and draw.perhaps(0.4):
        joined = f" {draw.one(['AND', 'OR'])} ".join(f"({condition(draw, depth + 1)})" for _ in range(2))
        return f"NOT ({joined})" if draw.perhaps(0.2) else joined
    name = draw.one(_COMPARED)
    return draw.one(
        [
            f"name = '{draw.one(NAMES)}'",
            f"name LIKE '{draw.one(NAMES)[:1]}%'",
            f"CASEI(name) LIKE '%{draw.one(NAMES)[-1:]}'",
            f"{name} IS NULL",
            f"{name} IS NOT NULL",
            f"{draw.one(['weight', 'cost'])} {draw.one(['<', '>=', '=', '<>'])} {draw.random.randint(0, 5)}",
            f"note = '{draw.one(NAMES)}'",
            "S_INTERSECTS(geometry, BBOX(140.9, 35.2, 141.05, 35.34))",
            "S_DISJOINT(geometry, POINT(141 35.3))",
        ]
    )


COLLECTIONS: Final = (
    "Bench", "Bench", "layer_benches", "layer_benches", "layer_notes", "layer_held", "Works", "Visit", "Report", "Shelter", "Nothing",
)  # fmt: skip
QUERIES: Final[Mapping[str, Callable[[Draw], str]]] = {
    "filter": condition,
    "limit": lambda draw: draw.one(["1", "2", "100"]),
    "offset": lambda draw: draw.one(["0", "1"]),
    "after": lambda draw: draw.any_id(),
    "bbox": lambda draw: draw.one(["140.9,35.2,141.05,35.34", "141,35.3,141.2,35.5"]),
    "crs": lambda draw: EPSG + draw.one(["6668", "6677", "4326"]),
    "datetime": lambda draw: draw.one(["2026-01-01/..", "../2026-11-30"]),
    "name": lambda draw: draw.one(NAMES),
    "note": lambda draw: draw.one(NAMES),
    "mesh": lambda draw: draw.one(["5239", "524060", "52406050", "3", "2km", "53"]),
    "zfxy": lambda draw: draw.one(["10/913/404", "10/0/913/404", "10", "14", "x"]),
    "f": lambda draw: draw.one(["json", "html", "csv"]),
    "collections": lambda draw: ",".join(draw.some(COLLECTIONS[:-1], draw.one([1, 2, 3]))),
    "lang": lambda draw: draw.one(["ja", "en", "ja-easy"]),
}
"""What may stand behind a question mark; a name that an address does not know is refused, and so is one that is hidden."""
OF_ITEMS: Final = tuple(name for name in QUERIES if name != "collections")
PARTS: Final[Mapping[str, Callable[[Draw], str]]] = {
    "collection": lambda draw: draw.one(COLLECTIONS),
    "feature": lambda draw: draw.any_id(),
    "tileMatrixSet": lambda draw: "WebMercatorQuad",
    "tileMatrix": lambda draw: draw.one(["0", "0", "0", "1"]),
    "tileRow": lambda draw: "0",
    "tileCol": lambda draw: draw.one(["0", "0", "1"]),
}


def names_for(route: str, draw: Draw) -> list[str]:
    """The parameters that a question to a route has: most often such as it knows."""
    known = list(OF_ITEMS) if route.endswith(("/items", "/cells")) else ["f", "lang"]
    if route.startswith("/{area}/ogc/tiles"):
        known.append("collections")
    if route.endswith("/{tileCol}"):
        known.remove("f")
    return draw.some(known, min(len(known), draw.one([0, 1, 2, 2, 3])))
