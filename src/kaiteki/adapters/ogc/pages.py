"""The documents as pages for people: tables in three languages, in the look of the area (conformance class html)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias

import jinja2
import msgspec

from kaiteki.adapters.ogc.bound import Desk
from kaiteki.adapters.ogc.cells import Counted, Grid
from kaiteki.adapters.ogc.collections import Collection, Property
from kaiteki.adapters.ogc.definition import ADDRESSES, PARAMETERS
from kaiteki.adapters.ogc.documents import CONFORMANCE
from kaiteki.adapters.ogc.features import Found
from kaiteki.adapters.ogc.links import part, part_of_id, with_query
from kaiteki.adapters.ogc.systems import PLANE_FIRST
from kaiteki.adapters.ogc.tiles.grid import MATRIX_SET
from kaiteki.adapters.ogc.wording import WORDS
from kaiteki.kit.views import slots
from kaiteki.model.entity import Json
from kaiteki.model.mesh import mesh_at
from kaiteki.model.words import Language

_HERE: Final = Path(__file__).parent
_LANGUAGES: Final[tuple[tuple[Language, str, str], ...]] = (
    ("ja", "日本語", "ja"),
    ("ja-easy", "やさしい日本語", "ja"),
    ("en", "English", "en"),
)
COLUMNS_MAX: Final = 5
"""Properties that a page of features shows; its rows lead to all of them."""
_VALUE_LENGTH_MAX: Final = 300
_ENVIRONMENT: Final = jinja2.Environment(
    loader=jinja2.FileSystemLoader(_HERE / "pages"), autoescape=True, undefined=jinja2.StrictUndefined
)
Row: TypeAlias = Sequence[Any]


class Table(msgspec.Struct, frozen=True):
    """A table of a page; a cell is a text, or a mapping with `href` and `text`."""

    head: Sequence[str]
    rows: Sequence[Row]
    title: str = ""
    text: str = ""
    none: str = ""


class Page(msgspec.Struct, frozen=True):
    """What a page shows. `way` leads back: names and addresses."""

    title: str
    tables: Sequence[Table] = ()
    lead: str = ""
    way: Sequence[tuple[str, str]] = ()
    after: str = ""


class Pages:
    """Writes pages. `asset` gives the address of a file of the portal's look."""

    def __init__(self, asset: Any) -> None:
        self._asset = asset

    def write(self, desk: Desk, page: Page) -> str:
        """The page as HTML."""

        def word(key: str, **values: object) -> str:
            return WORDS[key].fill(desk.language, **values) if values else desk.say(WORDS[key])

        return _ENVIRONMENT.get_template("list.html").render(
            **{name: getattr(page, name) for name in page.__struct_fields__},
            area=desk.area,
            asset=self._asset,
            base=desk.base,
            language=desk.language,
            languages=[
                (code, name, tag, with_query(desk.here, desk.told, f="html", lang=code))
                for code, name, tag in _LANGUAGES
            ],
            as_json=with_query(desk.here, desk.told, f="json"),
            say=desk.say,
            word=word,
        )


def landing_page(desk: Desk) -> Page:
    """The first page."""
    rows: list[Row] = [
        (desk.say(WORDS["url"]), {"text": f"{desk.base}/", "href": f"{desk.base}/"}),
        *(
            (desk.say(WORDS[key]), {"text": f"{desk.base}/{path}", "href": f"{desk.base}/{path}"})
            for key, path in (
                ("collections", "collections"),
                ("tiles", "tiles"),
                ("conformance", "conformance"),
                ("api", "api.html"),
            )
        ),
    ]
    head = [desk.say(WORDS["what"]), desk.say(WORDS["address"])]
    return Page(desk.say(WORDS["landing"]), [Table(head, rows)], desk.say(WORDS["landing_lead"]))


def conformance_page(desk: Desk) -> Page:
    """The classes of requirements."""
    rows = [({"text": one, "href": one},) for one in CONFORMANCE]
    title = desk.say(WORDS["conformance"])
    return Page(title, [Table([title], rows)], desk.say(WORDS["conformance_lead"]), _way(desk, 1))


def definition_page(desk: Desk) -> Page:
    """The API in words: its addresses, and what may be asked of each list."""
    addresses = [(desk.say(WORDS[f"to_{name}"]), f"{desk.base}{path}") for path, name, _, _ in ADDRESSES]
    asked = [(name, desk.say(WORDS[f"param_{name}"])) for name in PARAMETERS]
    return Page(
        desk.say(WORDS["api"]),
        [
            Table([desk.say(WORDS["what"]), desk.say(WORDS["address"])], addresses),
            Table([desk.say(WORDS["parameter"]), desk.say(WORDS["meaning"])], asked, desk.say(WORDS["how"])),
        ],
        way=_way(desk, 1),
    )


def collections_page(desk: Desk, known: Sequence[Collection]) -> Page:
    """Every collection."""
    rows = [
        ({"text": desk.say(one.words), "href": _address(desk, one)}, desk.say(one.about)) for one in known
    ]
    head = [desk.say(WORDS["kind"]), desk.say(WORDS["kept_by"])]
    return Page(
        desk.say(WORDS["collections"]),
        [Table(head, rows)],
        desk.say(WORDS["collections_lead"]),
        _way(desk, 1),
    )


def collection_page(desk: Desk, one: Collection, maps: Sequence[tuple[str, str]] = ()) -> Page:
    """A collection: how to ask for its features, what they have, and on which maps they are seen (names and addresses)."""
    west, south, east, north = desk.area.bbox
    items = f"{_address(desk, one)}/items"
    known = _shown(one)[0]
    plane = f"http://www.opengis.net/def/crs/EPSG/0/{PLANE_FIRST + desk.area.plane - 1}"
    asked = [
        (WORDS["example_page"].fill(desk.language, limit=10), {"limit": "10"}),
        (desk.say(WORDS["example_bbox"]), {"bbox": f"{west},{south},{east},{north}"}),
        (desk.say(WORDS["example_crs"]), {"crs": plane}),
        (desk.say(WORDS["example_mesh"]), {"mesh": mesh_at(*desk.area.centre, "3").code}),
    ]
    if known is not None:
        asked.append((desk.say(WORDS["example_filter"]), {"filter": f'"{known.name}" IS NOT NULL'}))
    how: list[Row] = [
        (what, {"text": with_query("items", query), "href": with_query(items, query, f="html")})
        for what, query in asked
    ]
    cells = with_query("cells", {"mesh": "3"})
    how.append(
        (desk.say(WORDS["example_cells"]), {"text": cells, "href": f"{_address(desk, one)}/{cells}&f=html"})
    )
    tiles = f"{_address(desk, one)}/tiles"
    how.append((desk.say(WORDS["tiles"]), {"text": "tiles", "href": f"{tiles}/{MATRIX_SET}?f=html"}))
    how += [(desk.say(WORDS["on_map"]), {"text": title, "href": address}) for title, address in maps]
    rows = [
        (each.name, desk.say(each.words) if each.words is not None else "", str(each.schema.get("type", "-")))
        for each in one.properties
    ]
    head = [desk.say(WORDS[key]) for key in ("name", "meaning", "sort")]
    return Page(
        desk.say(one.words),
        [
            *_told_of_layer(desk, one),
            Table([desk.say(WORDS["what"]), desk.say(WORDS["address"])], how, desk.say(WORDS["how"])),
            Table(head, rows, desk.say(WORDS["properties"])),
        ],
        way=_way(desk, 2),
    )


def _told_of_layer(desk: Desk, one: Collection) -> list[Table]:
    """What a layer of the map says of itself, as far as it says it."""
    imprint = one.imprint
    if imprint is None:
        return []
    shown = {"text": imprint.shows, "href": f"{desk.base}/collections/{part(imprint.shows)}"}
    told = (
        ("legal_note", desk.say(imprint.legal_note)),
        ("source", desk.say(imprint.source)),
        ("as_of", imprint.as_of),
        ("licence", one.licence),
        ("maintainer", desk.say(imprint.maintainer)),
        ("shows", shown),
    )
    rows: list[Row] = [(desk.say(WORDS[key]), value) for key, value in told if value]
    head = [desk.say(WORDS["name"]), desk.say(WORDS["value"])]
    return [Table(head, rows, desk.say(WORDS["of_layer"]))]


def features_page(desk: Desk, one: Collection, found: Found, after: str) -> Page:
    """A page of features: their first properties, each row leading to all of them."""
    title, shown = _shown(one)
    head = [_name(desk, title) if title is not None else "ID", *(_name(desk, each) for each in shown)]
    rows = [
        (
            {"text": _called(desk, feature, title), "href": _feature(desk, one, feature)},
            *(_brief(desk, feature["properties"][each.name]) for each in shown),
        )
        for feature in found.features
    ]
    key = "number" if found.matched is None else "number_of"
    lead = WORDS[key].fill(desk.language, shown=len(rows), matched=found.matched or 0)
    return Page(
        desk.say(one.words),
        [Table(head, rows, none=desk.say(WORDS["none"]))],
        lead if rows else "",
        [*_way(desk, 2), (desk.say(one.words), _address(desk, one))],
        after,
    )


def cells_page(desk: Desk, one: Collection, grid: Grid, counted: Sequence[Counted]) -> Page:
    """How many features each cell holds; each row leads to them."""
    items = f"{_address(desk, one)}/items"
    rest = {name: text for name, text in desk.told.items() if name not in (grid.name, "bbox", "bbox-crs")}
    rows: list[Row] = [
        (
            {
                "text": each.cell.code,
                "href": with_query(items, {**rest, grid.name: each.cell.code}, f="html"),
            },
            str(each.count),
        )
        for each in counted
    ]
    table = with_query(desk.here, desk.told, f="csv")
    return Page(
        WORDS["cells_of"].fill(desk.language, kind=desk.say(one.words)),
        [
            Table([desk.say(WORDS["cell"]), desk.say(WORDS["count"])], rows, none=desk.say(WORDS["none"])),
            Table(
                [desk.say(WORDS["what"])],
                [({"text": desk.say(WORDS["as_csv"]), "href": table},)],
                desk.say(WORDS["how"]),
            ),
        ],
        desk.say(WORDS["cells_lead"]),
        [*_way(desk, 2), (desk.say(one.words), _address(desk, one))],
    )


def feature_page(desk: Desk, one: Collection, feature: dict[str, Json]) -> Page:
    """All that is told of one feature."""
    rows: list[Row] = []
    for each in one.properties:
        value = feature["properties"][each.name]
        if value is not None:
            rows.append((_name(desk, each), _brief(desk, value)))
    place = feature["geometry"]
    if place is not None:
        told = WORDS["geometry"].fill(desk.language, kind=place["type"])
        rows.append((told, _brief(desk, place.get("coordinates", place.get("geometries")))))
    head = [desk.say(WORDS["name"]), desk.say(WORDS["value"])]
    way = [
        *_way(desk, 2),
        (desk.say(one.words), _address(desk, one)),
        (desk.say(WORDS["items"]), f"{_address(desk, one)}/items?f=html"),
    ]
    return Page(_called(desk, feature, _shown(one)[0]), [Table(head, rows)], way=way)


def _shown(one: Collection) -> tuple[Property | None, list[Property]]:
    """What a feature is called by, and its further properties that a list shows: those of the lists of its type, else the first ones."""
    by_field = {slot.field: one.property(slot.short) for slot in slots(one.type.view)}
    title = by_field.get(one.type.title)
    first = [by_field.get(field) for field in one.type.columns]
    others = [each for each in one.properties if each.kind not in ("any", "array")]
    shown = dict.fromkeys(each for each in first if each is not None and each != title)
    return title, list(shown or dict.fromkeys(each for each in others if each != title))[:COLUMNS_MAX]


def _name(desk: Desk, one: Property) -> str:
    return desk.say(one.words) if one.words is not None else one.name


def _called(desk: Desk, feature: Mapping[str, Json], title: Property | None) -> str:
    """What people call a feature: its title, else the last part of its id."""
    told = feature["properties"].get(title.name) if title is not None else None
    return _brief(desk, told) or str(feature["id"]).rpartition(":")[2]


def _way(desk: Desk, steps: int) -> list[tuple[str, str]]:
    way = [
        (desk.say(WORDS["landing"]), f"{desk.base}/"),
        (desk.say(WORDS["collections"]), f"{desk.base}/collections"),
    ]
    return way[:steps]


def _address(desk: Desk, one: Collection) -> str:
    return f"{desk.base}/collections/{part(one.id)}"


def _feature(desk: Desk, one: Collection, feature: Mapping[str, Json]) -> str:
    return f"{_address(desk, one)}/items/{part_of_id(str(feature['id']))}?f=html"


def _brief(desk: Desk, value: Json) -> str:
    """A value in a cell."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return desk.say(WORDS["yes" if value else "no"])
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text if len(text) <= _VALUE_LENGTH_MAX else text[:_VALUE_LENGTH_MAX] + "…"
