"""Search over everything: what one can do, kinds of things, and whatever the person may see by its name."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

import msgspec
from starlette.responses import Response

from kaiteki.kit.manifest import EntityType, Page, Service
from kaiteki.kit.numbering import numbers_meant
from kaiteki.kit.pages import FOUND_MAX, Hit, Listing
from kaiteki.kit.views import attribute
from kaiteki.model.mesh import read_mesh
from kaiteki.model.problem import Problem
from kaiteki.model.query import Order, Path, Query
from kaiteki.model.spatial_id import read_spatial_id
from kaiteki.model.words import Words
from kaiteki.portal.answers import show
from kaiteki.portal.likeness import Sought, asks_near, ends_as, likeness, sought
from kaiteki.portal.pages.places import address_of, filled_layers, item_of, layers, place_field, point_of
from kaiteki.portal.visit import Visit

TEXT_LENGTH_MAX: Final = 100
TASKS_MAX: Final = 6
KINDS_MAX: Final = 2
"""Kinds of things that are shown; each costs one query."""
KIND_ITEMS_MAX: Final = 5
HITS_MAX: Final = 10
ALL_MAX: Final = 200
"""Entities of a group that is asked for whole."""
SERVICE_SHARE: Final = 0.4
"""What the words of its service count for a page, next to its own."""
EXAMPLE_SHARE: Final = 0.4
"""What the examples in the summary of a topic count, next to its own words."""
KIND_SHARE_MIN: Final = 0.6
"""A kind of things that fits less than this share of the best one is left out."""
TASK_SHARE_MIN: Final = 0.5
"""A task that fits less than this share of the best one is left out."""
MAP: Final = "maps"
"""The page that shows a place on a map, with `q` for what place."""
CODE_LENGTH_MIN: Final = 6
"""Shorter numbers are meant as something else than a grid square."""
MESH: Final = Words("地域メッシュ（JIS X 0410）", "Grid square (JIS X 0410)", "メッシュ")
SPATIAL_ID: Final = Words("空間ID", "Spatial id", "空間（くうかん）ID")
REPORTED: Final = "service_request"
"""The part of what people told: it is listed after the places themselves."""


async def search(visit: Visit) -> Response:
    """`/{area}/search?q=`, with `only=places` or `only=others` for the whole of one group."""
    text = visit.query.get("q", "").strip()[:TEXT_LENGTH_MAX]
    only = visit.query.get("only", "")
    wanted = sought(text)
    kinds, kind_score = await _kinds(visit, wanted) if text and not only else ([], 0.0)
    tasks, task_score = _tasks(visit, wanted, kind_score) if text and not only else ([], 0.0)
    numbered = [*_cell(visit, text), *await _numbered(visit, text)] if text and not only else []
    groups = [await _group(visit, wanted, name, only) for name in ("places", "others") if only in ("", name)]
    values: dict[str, Any] = {
        "title": visit.say("search.title_of", text=text) if text else visit.say("search.title"),
        "text": text,
        "tasks": tasks,
        "kinds": [one for one in kinds if one["items"]],
        "absent": [one["title"] for one in kinds if not one["items"]],
        "kinds_first": kind_score > task_score,
        "numbered": numbered,
        "groups": [one for one in groups if one["hits"]],
        "all_href": visit.href("search", q=text) if only else "",
        "near": False,
        "offers": [],
    }
    if text and not any((only, tasks, numbered, values["kinds"], values["groups"])):
        values |= await _instead(visit, text, wanted)
    return show(visit, "search.html", values)


def _cell(visit: Visit, text: str) -> list[dict[str, Any]]:
    """The place of a grid square (JIS X 0410) or a spatial id that was written, on the map of the town."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if MAP not in {page.path for _, page in visit.site.menu(visit.person)} or len(plain) < CODE_LENGTH_MIN:
        return []
    for words, read in ((MESH, read_mesh), (SPATIAL_ID, read_spatial_id)):
        with suppress(Problem):
            code = read(plain).code
            return [{"title": code, "kinds": [visit.say(words)], "href": visit.href(MAP, q=code), "text": ""}]
    return []


async def _numbered(visit: Visit, text: str) -> list[dict[str, Any]]:
    """What has the number that was written whole (`R-2026-00017`), of whatever kind."""
    letter = unicodedata.normalize("NFKC", text).partition("-")[0].strip()
    numbers = numbers_meant(letter.upper(), text, visit.now) if letter.isascii() and letter.isalpha() else ()
    ids = [f"urn:ngsi-ld:{name}:{number}" for name in visit.site.kept for number in numbers]
    return _told_once(visit, list((await visit.city.named(ids)).values()))


async def _instead(visit: Visit, text: str, wanted: Sought) -> dict[str, Any]:
    """Where nothing was found: of what kind the town has no data, whether a place was meant, and what there is to look for."""
    known = layers(visit)
    lacking = [layer.declared for layer in known if ends_as(wanted, layer.declared.words)]
    lacking += [one.declared for one in known if likeness(wanted, (one.declared.words,)) > 0]
    filled = await filled_layers(visit)
    there = {layer.declared.name for layer in filled}
    return {
        "absent": list(dict.fromkeys(visit.say(one.words) for one in lacking if one.name not in there)),
        "near": asks_near(text),
        "offers": [
            {"text": visit.say(one.declared.words), "href": visit.href(address_of_kind(one.declared))}
            for one in filled
            if REPORTED not in one.declared.plays
        ],
    }


def address_of_kind(declared: EntityType) -> str:
    """The page that lists the things of a kind."""
    return declared.listing or f"map?layer={declared.name}"


def _tasks(visit: Visit, wanted: Sought, kind_score: float) -> tuple[list[dict[str, str]], float]:
    """The pages and topics of the services that fit, the best first, and how well the best does.

    A page gives way to a topic that leads to it; what fits much worse than a kind of things is not meant.
    """
    rated: dict[str, tuple[float, dict[str, str]]] = {}
    for service, page in visit.site.menu(visit.person):
        found = [*_rated_topics(visit, service, page, wanted), _rated_page(visit, service, page, wanted)]
        best = max(found, key=lambda one: one[0])
        if best[0] > 0:
            rated[page.path] = best
    ranked = sorted(rated.values(), key=lambda one: -one[0])
    best = ranked[0][0] if ranked else 0.0
    least = max(best, kind_score) * TASK_SHARE_MIN
    return [task for score, task in ranked if score >= least][:TASKS_MAX], best


def _rated_page(visit: Visit, service: Service, page: Page, wanted: Sought) -> tuple[float, dict[str, str]]:
    own = page.keywords
    keywords = f"{own.ja} {own.easy} {own.en}".split() if own else ()
    score = likeness(wanted, (page.words, page.summary, own), keywords)
    of_service = likeness(wanted, (service.words, service.summary)) * SERVICE_SHARE
    task = {
        "href": visit.href(page.path),
        "title": visit.say(page.words),
        "text": visit.say(page.summary or service.summary),
        "icon": page.icon,
    }
    return max(score, of_service), task


def _rated_topics(
    visit: Visit, service: Service, page: Page, wanted: Sought
) -> list[tuple[float, dict[str, str]]]:
    area = visit.area.name if visit.area else ""
    topics = service.topics(visit.site.parts.settings(service, area)) if service.topics else ()
    return [
        (
            # what is said more closely comes before the page in general; a word of its summary is only an example
            max(
                likeness(wanted, (topic.words,), topic.keywords) * 2,
                likeness(wanted, (topic.summary,)) * EXAMPLE_SHARE,
            ),
            {
                "href": f"{visit.href(page.path)}?{topic.query}",
                "title": visit.say(topic.words),
                "text": visit.say(topic.summary or page.summary or service.summary),
                "icon": page.icon,
            },
        )
        for topic in topics
        if topic.path == page.path
    ]


async def _kinds(visit: Visit, wanted: Sought) -> tuple[list[dict[str, Any]], float]:
    """The kinds of things with a place that are meant, each with those nearest to the middle of the area.

    With it how well the best fits, 0.0 where there is none. A kind of which the town has nothing comes without items.
    """
    together: dict[str, list[EntityType]] = {}
    scores: dict[str, float] = {}
    for layer in layers(visit):
        declared = layer.declared
        if REPORTED in declared.plays:
            continue
        path = address_of_kind(declared)
        together.setdefault(path, []).append(declared)
        scores[path] = max(scores.get(path, 0.0), likeness(wanted, (declared.words,)))
    meant = sorted((path for path in together if scores[path] > 0), key=lambda path: -scores[path])
    found = [
        await _kind(visit, path, together[path])
        for path in meant[:KINDS_MAX]
        if scores[path] >= scores[meant[0]] * KIND_SHARE_MIN
    ]
    return found, scores[meant[0]] if meant else 0.0


async def _kind(visit: Visit, path: str, types: Sequence[EntityType]) -> dict[str, Any]:
    listing = await visit.city.hits(_nearest(visit, types[0]), [one.name for one in types])
    return {
        "title": "・".join(dict.fromkeys(visit.say(one.words) for one in types)),
        "href": visit.href(path),
        "total": listing.total or 0,
        "items": _told_once(visit, listing.items)[:KIND_ITEMS_MAX],
    }


def _nearest(visit: Visit, declared: EntityType) -> Query:
    wanted = Query(limit=KIND_ITEMS_MAX * 2, total=True)
    if visit.area is None:
        return wanted
    where = attribute(declared.view, place_field(declared.view))
    point = {"type": "Point", "coordinates": list(visit.area.centre)}
    order = (Order(Path((where,)), distance=True),)
    return msgspec.structs.replace(wanted, order=order, order_geometry=point)


async def _group(visit: Visit, wanted: Sought, name: str, only: str) -> dict[str, Any]:
    """The entities whose names hold every word, else the longest; one group of places, one of everything else."""
    placed = {layer.declared.name for layer in layers(visit) if REPORTED not in layer.declared.plays}
    types = [one for one in visit.site.kept if (one in placed) == (name == "places")]
    limit = ALL_MAX if only else HITS_MAX * 2
    found: Listing = Listing((), total=0)
    if types and wanted.terms:
        found = await visit.city.search(" ".join(wanted.terms), limit, types)
        if not found.items and len(wanted.terms) > 1:
            found = await visit.city.search(max(wanted.terms, key=len), limit, types)
    hits = _told_once(visit, sorted(found.items, key=lambda hit: _rank(hit, wanted)))
    shown = hits if only else hits[:HITS_MAX]
    many = found.more or len(hits) > len(shown)
    return {
        "name": name,
        "hits": shown,
        "total": (found.total or 0) if many else len(hits),
        "uncounted": (found.total or 0) >= FOUND_MAX,
        "all": visit.href("search", q=visit.query.get("q", ""), only=name) if many and not only else "",
        "more": many and bool(only),
    }


def _rank(hit: Hit, wanted: Sought) -> int:
    """The very name first, then names that begin so; the rest stays in order."""
    title = "".join(hit.title.split()).casefold()
    return 0 if title in (wanted.whole, *wanted.terms) else 1 if title.startswith(wanted.terms) else 2


def _told_once(visit: Visit, hits: Sequence[Hit]) -> list[dict[str, Any]]:
    """The hits as entries of a list; a place that stands in two lists under one name is one entry with both kinds."""
    entries: dict[tuple[str, Any], dict[str, Any]] = {}
    for hit in hits:
        declared = visit.site.kept[hit.type][1] if hit.type in visit.site.kept else None
        layer = next((one for one in layers(visit) if declared and one.declared.name == declared.name), None)
        point = point_of(getattr(hit.seen, layer.field, None)) if layer else None
        rough = (round(point[0], 3), round(point[1], 3)) if point else hit.id
        entry = entries.get((hit.title, rough))
        kind = visit.say(hit.kind)
        if entry is None:
            entries[hit.title, rough] = {
                "title": hit.title,
                "href": visit.href(address_of(declared, hit.id)) if declared else "",
                "kinds": [kind],
                "text": item_of(visit, layer, hit.seen, None)["text"] if layer else "",
            }
        elif kind not in entry["kinds"]:
            entry["kinds"].append(kind)
    return list(entries.values())
