"""The pages for developers: every interface and every data set with requests that work here and now, and what they answer.

What an area has (its catalogue as nobody sees it, one record of a data set) fills the rows that main gives (`portal.examples`); an example
that is run is one of those, found by its name: no address that somebody makes up is ever asked.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
from starlette.responses import Response

from kaiteki.kit.catalogue.entries import Entry
from kaiteki.kit.catalogue.seeking import Catalogue
from kaiteki.kit.engine import Asking
from kaiteki.kit.manifest import EntityType
from kaiteki.kit.pages import Declined
from kaiteki.kit.query_fields import faults_of, whole
from kaiteki.kit.views import Location, attribute, read
from kaiteki.model.entity import Entity
from kaiteki.model.query import Query
from kaiteki.model.words import Words
from kaiteki.portal.answers import Stop, refuse, show
from kaiteki.portal.examples import Api, Example, Try, fill, programs
from kaiteki.portal.refusals import of_declined
from kaiteki.portal.visit import Visit

PAGE_SIZE: Final = 50
"""Data sets of a page of the overview."""
PAGES_MAX: Final = 5_000
LOOKED_AT: Final = 10
"""Records of a data set among which one with a point is looked for."""
BOX_DEGREES: Final = 0.01
_PAGE: Final = whole(1, PAGES_MAX)
ERRORS: Final = (
    (400, Words("条件の書き方がまちがっています。detail が場所を示します。", "The request is not well formed; detail says where.", "かきかたが ちがいます。")),
    (401, Words("キーまたはトークンが知られていません。", "The key or token is not known.", "キーが ちがいます。")),
    (403, Words("この人には許されていません。", "Not allowed for who asks.", "できません。")),
    (404, Words("ありません。見てはいけないものも、同じ答えです。", "It is not there; what you may not see answers the same.", "ありません。")),
    (406, Words("その形式では答えられません。Accept を直してください。", "Not in this form; change Accept.", "その かたちは ありません。")),
    (413, Words("送るものが大きすぎます。", "What was sent is too large.", "おおきすぎます。")),
    (422, Words("形は正しいが、内容が受け付けられません。項目ごとに理由があります。", "Well formed, but not acceptable; each field says why.", "なかみが ちがいます。")),
    (429, Words("多すぎます。Retry-After の秒数だけ待ってください。", "Too many: wait for the seconds of Retry-After.", "すこし まって ください。")),
    (503, Words("いまは答えられません。Retry-After のあとでもう一度。", "Not now: again after Retry-After.", "あとで もう一度（いちど）。")),
)  # fmt: skip
"""Statuses that programs meet, and what they mean."""
_Q: Final = "/ngsi-ld/v1/entities?type={type}&limit=5&options=concise"
_LD: Final = {"NGSILD-Tenant": "{area}"}


async def overview(visit: Visit) -> Response:
    """`/{area}/developers`: how to begin, which interfaces and data sets there are, limits, errors, promises."""
    if visit.area is None:
        raise Stop(404)
    faults = faults_of({"page": _PAGE}, visit.request.query_params.multi_items())
    if faults:
        return refuse(visit, of_declined(visit, Declined(faults)))
    catalogue = await _catalogue(visit)
    apis, values = visit.site.parts.options.apis, await _area_values(visit, catalogue)
    first = next((one for api in apis for one in _tries(api, values)), None)
    kept = [(service, declared) for service, declared in visit.site.kept.values() if declared.public]
    return show(
        visit,
        "developers.html",
        {
            "title": visit.say("developers.title"),
            "apis": apis,
            "first": _shown(visit, first) if first is not None else None,
            "begin": visit.href(f"developers/apis/{apis[0].name}", run="list") if apis else "",
            **_page_of_sets(visit, catalogue),
            "commands": _commands(visit),
            "interfaces": [
                [{"text": one.name, "href": address}, {"text": address}, visit.say(one.words)]
                for one in visit.site.parts.options.interfaces
                if (address := one.address.replace("{area}", visit.area.name))
            ],
            "kinds": [
                {
                    "words": visit.say(declared.words),
                    "type": declared.name,
                    "attributes": _public_names(declared),
                }
                for _, declared in kept
            ],
            "errors": [[str(status), visit.say(words)] for status, words in ERRORS],
            "pages": {page.path for service in visit.site.services for page in service.pages},
            "keys": visit.site.parts.api_keys is not None,
            "options": visit.site.parts.options,
        },
    )


def _page_of_sets(visit: Visit, catalogue: Catalogue) -> dict[str, Any]:
    """The page of data sets that the address asks for, and the ways to those beside it; the last for one that is not there."""
    last = max(1, -(-len(catalogue.entries) // PAGE_SIZE))
    number = min(int(visit.request.query_params.get("page") or 1), last)
    first = (number - 1) * PAGE_SIZE
    return {
        "sets": [_set_row(visit, one) for one in catalogue.entries[first : first + PAGE_SIZE]],
        "sets_first": first + 1,
        "sets_all": len(catalogue.entries),
        "sets_before": visit.href("developers", page=str(number - 1)) + "#sets" if number > 1 else None,
        "sets_after": visit.href("developers", page=str(number + 1)) + "#sets" if number < last else None,
    }


async def one_api(visit: Visit) -> Response:
    """`/{area}/developers/apis/{api}`: an interface with its examples; `run` names the one that is sent and whose answer is shown."""
    name = visit.request.path_params["api"]
    api = next((one for one in visit.site.parts.options.apis if one.name == name), None)
    if visit.area is None or api is None:
        raise Stop(404)
    tries = _tries(api, await _area_values(visit, await _catalogue(visit)))
    values = {
        "title": api.title,
        "api": api,
        "address": api.address.replace("{area}", visit.area.name),
        "here": f"developers/apis/{name}",
    }
    return await _page(visit, values, tries)


async def one_set(visit: Visit) -> Response:
    """`/{area}/developers/data/{name}`: a data set with a request for each form in which it comes."""
    catalogue = await _catalogue(visit)
    entry = catalogue.get(visit.request.path_params["name"])
    if visit.area is None or entry is None:
        raise Stop(404)
    values = await _values_of(visit, entry)
    tries = [one for one in (fill(example, values) for example in _examples_of(entry)) if one is not None]
    shown = {
        "title": visit.say(entry.title),
        "entry": entry,
        "here": f"developers/data/{entry.name}",
        "licence": entry.licence_told or entry.licence,
    }
    return await _page(visit, shown, tries)


async def _page(visit: Visit, values: dict[str, Any], tries: list[Try]) -> Response:
    wanted, send = visit.request.query_params.get("run", ""), visit.site.parts.options.trying
    ran = next((one for one in tries if one.name == wanted), None)
    tried = await send(ran, visit.origin) if ran is not None and send is not None else None
    rows = [{**_shown(visit, one), "tried": tried if one is ran else None} for one in tries]
    return show(visit, "developers_one.html", {**values, "tries": rows, "runs": send is not None})


def _shown(visit: Visit, one: Try) -> dict[str, Any]:
    return {
        "name": one.name,
        "words": one.words,
        "programs": programs(one, visit.origin),
        "target": one.target,
    }


async def _catalogue(visit: Visit) -> Catalogue:
    area = visit.area.name if visit.area else ""
    return await visit.site.parts.city(Asking(area)).catalogue()


def _tries(api: Api, values: dict[str, str]) -> list[Try]:
    return [one for one in (fill(example, values) for example in api.examples) if one is not None]


async def _area_values(visit: Visit, catalogue: Catalogue) -> dict[str, str]:
    """The names of an area that fill examples: those of its first table with records that lie somewhere, else of any with records."""
    full = [one for one in catalogue.entries if one.records and one.record_type]
    placed = [one for one in full if one.located]
    for entry in (*placed, *full)[:LOOKED_AT]:
        values = await _values_of(visit, entry)
        if "entity" in values:
            return values
    return {"area": visit.area.name if visit.area else ""}


async def _values_of(visit: Visit, entry: Entry) -> dict[str, str]:
    """The names of one data set."""
    values = {
        "area": visit.area.name if visit.area else "",
        "data": entry.id,
        "slug": entry.name,
        "type": entry.record_type,
    }
    for one in entry.distributions:
        head, _, rest = one.path.partition("ogc/collections/")
        if not head and rest:
            values["collection"] = rest.partition("/")[0]
    declared = next(
        (kind for service in visit.site.services for kind in service.types if kind.name == entry.record_type),
        None,
    )
    if declared is None:
        return values
    rows = await visit.site.parts.city(Asking(values["area"])).rows(
        declared, Query(q=entry.within, limit=LOOKED_AT)
    )
    entities = rows[0] if rows is not None else []
    points = [(one, point) for one in entities if (point := _point(one)) is not None]
    if points:
        one, (longitude, latitude) = points[0]
        box = (
            longitude - BOX_DEGREES,
            latitude - BOX_DEGREES,
            longitude + BOX_DEGREES,
            latitude + BOX_DEGREES,
        )
        values |= {
            "longitude": f"{longitude:.5f}",
            "latitude": f"{latitude:.5f}",
            "box": ",".join(f"{side:.5f}" for side in box),
            "entity": one.id,
        }
    elif entities:
        values["entity"] = entities[0].id
    return values


class _Placed(msgspec.Struct, frozen=True):
    """Where a record lies, whatever its type."""

    id: str
    location: Location | None = None


def _point(entity: Entity) -> tuple[float, float] | None:
    place = read(_Placed, entity).location
    if place is None or place.get("type") != "Point":
        return None
    longitude, latitude = place["coordinates"][:2]
    return float(longitude), float(latitude)


def _examples_of(entry: Entry) -> tuple[Example, ...]:
    """A request for each form of a data set, and those that read its records from the data plane."""
    forms = tuple(
        Example(
            one.format.lower().replace(" ", "-"),
            one.form.words,
            "/{area}/" + one.path + ("?f=json&limit=3" if one.form.interface == "ogc" else ""),
        )
        for one in entry.distributions
        # (files of bytes are no answers to read on a page: the page of the data set has them)
        if not one.form.writer
    )
    if not entry.record_type:
        return forms
    within = "&q=dataSet==%22{data}%22" if entry.kind == "table" else ""
    return (
        *forms,
        Example(
            "ngsi-ld", Words("NGSI-LD で5件", "Five by NGSI-LD", "NGSI-LD で 5つ"), _Q + within, headers=_LD
        ),
        Example(
            "ngsi-ld-one",
            Words("NGSI-LD で1件", "One by NGSI-LD", "NGSI-LD で 1つ"),
            "/ngsi-ld/v1/entities/{entity}?options=concise",
            headers=_LD,
        ),
    )


def _set_row(visit: Visit, one: Entry) -> list[Any]:
    area = visit.area.name if visit.area else ""
    return [
        {"text": visit.say(one.title), "href": f"/{area}/developers/data/{one.name}"},
        " / ".join(form.format for form in one.distributions),
        {"text": f"{one.records:,}" if one.records is not None else "—", "number": True},
        one.licence_told or one.licence or "—",
    ]


def _commands(visit: Visit) -> list[list[str]]:
    area = visit.area.name if visit.area else ""
    return [
        [visit.say(service.words), f"/{area}/services/{service.name}/…", service.stage]
        for service in visit.site.services
        if service.commands
    ]


def _public_names(declared: EntityType) -> list[str]:
    """The public attributes by their names in NGSI-LD."""
    return [attribute(declared.view, name).rpartition("/")[2] for name in declared.public]
