"""The actions that are offered: each reads what it knows of what was asked, and answers the `result` of CKAN's envelope."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import msgspec
from starlette.concurrency import run_in_threadpool

from kaiteki.adapters.ckan import datastore, searching
from kaiteki.adapters.ckan.asked import read_list, read_text, read_whole, read_yes
from kaiteki.adapters.ckan.bound import Desk, Refusal, invalid, names_of, not_found
from kaiteki.adapters.ckan.packages import (
    group_of,
    licences,
    offices_of,
    organization_of,
    package_of,
    resource_of,
    tag_of,
    told_package,
)
from kaiteki.kit.catalogue.entries import Entry
from kaiteki.kit.catalogue.seeking import fold
from kaiteki.model.open_data import THEMES

PAGE_MAX: Final = 1_000
SHOWN_MAX: Final = 1_000
"""Data sets that an organization, group or tag shows beside itself."""


class Action(msgspec.Struct, frozen=True):
    """An action: what it answers, what it is for, which parameters it takes (the first one has to be there where it ends with `*`)."""

    run: Callable[[Desk], Any | Awaitable[Any]]
    about: str
    parameters: tuple[str, ...] = ()


def status_show(desk: Desk) -> dict[str, Any]:
    """What runs here."""
    return {
        "site_title": f"{desk.area.words.ja} オープンデータ",
        "site_description": desk.area.summary.ja,
        "site_url": f"{desk.base}/ckan",
        "ckan_version": "2.11.5",
        "error_emails_to": None,
        "locale_default": "ja",
        "extensions": ["datastore", "dcat"],
        "software": f"Kaiteki {desk.version}: the Action API of CKAN 2.11, for reading",
    }


def package_list(desk: Desk) -> list[str]:
    """The slugs of all data sets."""
    names = names_of(desk.index.catalogue.entries)
    offset = read_whole(desk.asked, "offset", 0, 1_000_000)
    limit = read_whole(desk.asked, "limit", len(names), len(names))
    return names[offset : offset + limit]


def current_package_list_with_resources(desk: Desk) -> list[msgspec.Raw]:
    """All data sets with their resources, page by page, what changed last first."""
    entries = sorted(desk.index.catalogue.entries, key=lambda one: one.updated_at or 0, reverse=True)
    offset = read_whole(desk.asked, "offset", 0, 1_000_000)
    limit = read_whole(desk.asked, "limit", PAGE_MAX, PAGE_MAX)
    return [told_package(desk, one) for one in entries[offset : offset + limit]]


def package_show(desk: Desk) -> dict[str, Any]:
    """One data set."""
    name = _named(desk, "name_or_id")
    one = desk.index.package(name)
    if one is None:
        raise not_found(f"Dataset {name[:100]}")
    return package_of(desk, one)


def package_autocomplete(desk: Desk) -> list[dict[str, Any]]:
    """Data sets whose name or title holds a text."""
    text, limit = fold(_named(desk, "q")), read_whole(desk.asked, "limit", 10, 100)
    found = [one for one in desk.index.catalogue.entries if text in one.name or text in fold(one.title.ja)]
    return [
        {"name": one.name, "title": one.title.ja, "match_field": "title", "match_displayed": one.title.ja}
        for one in found[:limit]
    ]


def resource_show(desk: Desk) -> dict[str, Any]:
    """One resource."""
    name = _named(desk)
    found = desk.index.resources.get(name)
    if found is None:
        raise not_found("Resource was not found.")
    return resource_of(desk, *found)


async def package_search(desk: Desk) -> dict[str, Any]:
    """Beside the event loop: a page of a thousand packages that were not told before takes 50 ms."""
    return await run_in_threadpool(searching.search, desk)


def resource_search(desk: Desk) -> dict[str, Any]:
    """Resources by `field:text` (name, description, format, url, mimetype); several have to match all."""
    queries = read_list(desk.asked, "query")
    if not queries:
        raise invalid("query", "Missing value")
    conditions: list[tuple[str, str]] = []
    for query in queries:
        field, colon, text = query.partition(":")
        if not colon or field not in ("name", "description", "format", "url", "mimetype"):
            raise invalid("query", "is field:text, the field name, description, format, url or mimetype")
        conditions.append((field, fold(text)))
    every = (resource_of(desk, one, place) for one, place in desk.index.resources.values())
    found = [one for one in every if all(text in fold(str(one[field])) for field, text in conditions)]
    offset = read_whole(desk.asked, "offset", 0, 1_000_000)
    return {
        "count": len(found),
        "results": found[offset : offset + read_whole(desk.asked, "limit", PAGE_MAX, PAGE_MAX)],
    }


def organization_list(desk: Desk) -> list[Any]:
    """The offices that answer for data."""
    rows = [
        {**organization_of(desk, one), "display_name": one.words.ja, "package_count": n, "num_followers": 0}
        for one, n in offices_of(desk).values()
    ]
    return _listed(desk, rows)


def organization_show(desk: Desk) -> dict[str, Any]:
    """One office, with its data sets where they are wanted."""
    name = _named(desk)
    for office, n in offices_of(desk).values():
        told = organization_of(desk, office)
        if name in (office.code, told["id"]):
            own = [
                one
                for one in desk.index.catalogue.entries
                if (one.office.code if one.office else desk.area.name) == office.code
            ]
            shown = {"packages": _shown(desk, own)} if read_yes(desk.asked, "include_datasets") else {}
            more: dict[str, Any] = {"users": [], "groups": [], "tags": [], "extras": []}
            counted = {"display_name": office.words.ja, "package_count": n}
            return {**told, **counted, **more, **shown}
    raise not_found(f"Organization {name[:100]}")


def group_list(desk: Desk) -> list[Any]:
    """The themes that data sets have."""
    return _listed(
        desk, [{**group_of(desk, theme), "package_count": n} for theme, n in _themes(desk).items()]
    )


def group_show(desk: Desk) -> dict[str, Any]:
    """One theme, with its data sets where they are wanted."""
    name = _named(desk)
    for theme, n in _themes(desk).items():
        told = group_of(desk, theme)
        if name in (told["name"], told["id"]):
            own = [one for one in desk.index.catalogue.entries if one.theme == theme]
            shown = {"packages": _shown(desk, own)} if read_yes(desk.asked, "include_datasets") else {}
            return {**told, "type": "group", "state": "active", "package_count": n, **shown}
    raise not_found(f"Group {name[:100]}")


def tag_list(desk: Desk) -> list[Any]:
    """The keywords; with all_fields as objects."""
    text = fold(read_text(desk.asked, "query"))
    names = sorted(name for name in _tags(desk) if text in fold(name))
    return [tag_of(name) for name in names] if read_yes(desk.asked, "all_fields") else names


def tag_show(desk: Desk) -> dict[str, Any]:
    """One keyword, with its data sets where they are wanted."""
    name = _named(desk)
    found = next((one for one in _tags(desk) if name in (one, tag_of(one)["id"])), None)
    if found is None:
        raise not_found(f"Tag {name[:100]}")
    own = [one for one in desk.index.catalogue.entries if found in one.keywords]
    shown = {"packages": _shown(desk, own)} if read_yes(desk.asked, "include_datasets") else {}
    return {**tag_of(found), **shown}


def license_list(desk: Desk) -> list[dict[str, Any]]:
    """The licences."""
    return licences()


def help_show(desk: Desk) -> str:
    """What an action is for."""
    name = _named(desk, "name")
    if name not in ACTIONS:
        raise not_found(f"Action name not found: {name[:60]}")
    return ACTIONS[name].about


def refuse_sql(desk: Desk) -> Any:
    """SQL is not taken."""
    message = "SQL is not offered here; datastore_search has filters, q, sort, fields, limit and offset"
    raise Refusal(409, "Validation Error", sql=[message], message=message)


def _named(desk: Desk, other: str = "") -> str:
    """What is asked for by its id (or by a further name of that parameter)."""
    told = read_text(desk.asked, "id") or (read_text(desk.asked, other) if other else "")
    if not told:
        raise invalid(other if other in ("q", "name") else "id", "Missing value")
    return told


def _listed(desk: Desk, rows: list[dict[str, Any]]) -> list[Any]:
    wanted = read_list(desk.asked, "organizations") or read_list(desk.asked, "groups")
    chosen = [one for one in rows if not wanted or one["name"] in wanted]
    offset = read_whole(desk.asked, "offset", 0, 1_000_000)
    page = chosen[offset : offset + read_whole(desk.asked, "limit", PAGE_MAX, PAGE_MAX)]
    return page if read_yes(desk.asked, "all_fields") else [one["name"] for one in page]


def _themes(desk: Desk) -> Mapping[str, int]:
    used = [one.theme for one in desk.index.catalogue.entries if one.theme in THEMES]
    return {theme: used.count(theme) for theme in THEMES if theme in used}


def _tags(desk: Desk) -> set[str]:
    return {name for one in desk.index.catalogue.entries for name in one.keywords}


def _shown(desk: Desk, entries: list[Entry]) -> list[dict[str, Any]]:
    return [package_of(desk, one) for one in entries[:SHOWN_MAX]]


_PAGE: Final = ("limit", "offset")
_LIST: Final = ("all_fields", *_PAGE)
ACTIONS: Final[Mapping[str, Action]] = {
    "status_show": Action(status_show, "What runs here"),
    "help_show": Action(help_show, "What an action is for", ("name",)),
    "site_read": Action(lambda desk: True, "Whether anybody may read: yes"),
    "package_list": Action(package_list, "The names of all data sets", _PAGE),
    "current_package_list_with_resources": Action(
        current_package_list_with_resources,
        "All data sets with their resources, what changed last first",
        _PAGE,
    ),
    "package_show": Action(package_show, "One data set with its resources", ("id",)),
    "package_search": Action(
        package_search,
        "Data sets by words, fields and facets",
        ("q", "fq", "rows", "start", "sort", "facet", "facet.field", "facet.limit", "facet.mincount"),
    ),
    "package_autocomplete": Action(
        package_autocomplete, "Data sets whose title holds a text", ("q", "limit")
    ),
    "resource_show": Action(resource_show, "One resource", ("id",)),
    "resource_search": Action(resource_search, "Resources by field:text", ("query", *_PAGE)),
    "organization_list": Action(
        organization_list, "The offices that answer for data", (*_LIST, "organizations")
    ),
    "organization_show": Action(organization_show, "One office", ("id", "include_datasets")),
    "group_list": Action(group_list, "The themes", (*_LIST, "groups")),
    "group_show": Action(group_show, "One theme", ("id", "include_datasets")),
    "tag_list": Action(tag_list, "The keywords", ("query", "all_fields")),
    "tag_show": Action(tag_show, "One keyword", ("id", "include_datasets")),
    "license_list": Action(license_list, "The licences"),
    "datastore_search": Action(
        datastore.search,
        "The records of a data set, by filters and words",
        ("resource_id", "filters", "q", "fields", "sort", *_PAGE, "include_total", "records_format"),
    ),
    "datastore_info": Action(datastore.info, "The columns of a data set", ("id",)),
    "datastore_search_sql": Action(
        refuse_sql, "Not offered: SQL is refused with what to use instead", ("sql",)
    ),
}
"""Every action, by its name."""
