"""Random questions for what tells of open data: the actions of CKAN's API, the documents of the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from asked_of_faces import Draw
from law_service import AREA, NAMES

from kaiteki.adapters.ckan.bound import stable_id

ASKED: Final = (
    *("package_list", "package_search", "package_show", "package_search", "resource_show", "resource_search"),
    *("current_package_list_with_resources", "organization_list", "group_list", "tag_list", "datastore_info"),
    *("datastore_search", "datastore_search", "datastore_search", "datastore_search"),
)
"""Actions, those that read records the most often."""
_TYPES: Final = ("Bench", "Bench", "Bench", "Report", "Shelter", "Works", "Visit")
_COLUMNS: Final = ("name", "weight", "colour", "note", "cost", "number", "location")


def _resource(draw: Draw) -> str:
    return stable_id(AREA, "data-set", draw.one(_TYPES), draw.one(["CSV", "CSV", "CSV", "GeoJSON"]))


def _filters(draw: Draw) -> str:
    column = draw.one(_COLUMNS)
    return f'{{"{column}": "{draw.one(NAMES)}"}}' if draw.perhaps(0.6) else '{"weight": 2}'


def _id(draw: Draw) -> str:
    return draw.one([draw.one(_TYPES), draw.one(_TYPES).lower(), _resource(draw), draw.any_id()])


_SEARCH: Final[Mapping[str, Callable[[Draw], str]]] = {
    "q": lambda draw: draw.one(NAMES),
    "fq": lambda draw: draw.one(["groups:regi", "res_format:CSV", "name:ben*"]),
    "sort": lambda draw: draw.one(["name asc", "metadata_modified desc"]),
    "rows": lambda draw: draw.one(["1", "5"]),
    "facet.field": lambda draw: '["groups","tags"]',
}
_RECORDS: Final[Mapping[str, Callable[[Draw], str]]] = {
    "filters": _filters,
    "q": lambda draw: draw.one(NAMES),
    "sort": lambda draw: f"{draw.one(_COLUMNS)} {draw.one(['asc', 'desc'])}",
    "fields": lambda draw: draw.one(_COLUMNS),
    "limit": lambda draw: draw.one(["1", "3", "100"]),
    "offset": lambda draw: draw.one(["0", "1"]),
}


DOCUMENTS: Final[Mapping[str, Callable[[Draw], str]]] = {
    "format": lambda draw: draw.one(["jsonld", "ttl"]),
    "name": lambda draw: draw.one(_TYPES).lower(),
    "id": lambda draw: draw.one(_TYPES) if draw.perhaps(0.7) else draw.any_id(),
}
"""What stands in the place of a part of a route of the catalogue."""


def question(path: str, draw: Draw) -> tuple[str, dict[str, str]]:
    """The path of an action with what is asked of it."""
    action = path.rpartition("/")[2]
    if action == "datastore_search":
        told = {name: _RECORDS[name](draw) for name in draw.some(list(_RECORDS), draw.one([0, 1, 1, 2]))}
        return path, {"resource_id": _resource(draw), **told}
    if action == "package_search":
        return path, {name: _SEARCH[name](draw) for name in draw.some(list(_SEARCH), draw.one([0, 1, 2]))}
    if action in ("package_show", "resource_show", "datastore_info"):
        return path, {"id": _id(draw)}
    return path, {"query": "format:csv"} if action == "resource_search" else {}
