"""Refusals of the OGC API: problem details for programs (RFC 9457), a page for people who asked for pages; the status is the same.

Which of the two it is, is found out apart from the question itself, which may be what cannot be read: f=html, else what Accept likes
best where the address has pages; a tile has none, so its refusals are problem details always.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from kaiteki.adapters.ogc.bound import PREFIX, Desk, Parts
from kaiteki.adapters.ogc.collections import Collection
from kaiteki.adapters.ogc.pages import Page, Pages, Row, Table
from kaiteki.adapters.ogc.turns import Turns
from kaiteki.adapters.ogc.wording import WORDS
from kaiteki.model.access import NOBODY
from kaiteki.model.media_ranges import prefer
from kaiteki.model.problem import Problem
from kaiteki.model.words import LANGUAGES, Language
from kaiteki.ports.outage import RETRY_AFTER_S

STATUS_OF_PROBLEM: Final = {"TooComplexQuery": 400, "TooManyResults": 400}
"""Refusals that NGSI-LD answers by 403: here that means that somebody may not, and clients ask for a token (17-069r4, table 3)."""
TOLD_MAX: Final = 60
"""Parameters of the address that the links of the page keep, and characters of the field that it names."""
_TITLES: Final = {404: "refused_404", 503: "refused_503"}
"""The titles of some statuses; the others say that it cannot be answered so."""


class Refusals:
    """Writes refusals, for the collections `known` of a node."""

    def __init__(self, parts: Parts, pages: Pages, known: Mapping[str, Collection], turns: Turns) -> None:
        self._parts, self._pages, self._known, self._turns = parts, pages, known, turns

    def answer(
        self, problem: Problem, request: Request, liked: Mapping[str, str], headers: Mapping[str, str]
    ) -> Response:
        """The answer to a question that cannot be answered. `liked`: media types by which forms of the address may be meant, with these."""
        status = STATUS_OF_PROBLEM.get(problem.code, problem.status)
        sent = {**headers, **({"retry-after": str(RETRY_AFTER_S)} if status == 503 else {})}
        desk = self._desk(request, liked)
        if desk is None:
            body = msgspec.json.encode({**problem.document(), "status": status})
            return Response(body, status, sent, "application/problem+json")
        page = self._pages.write(desk, page_of(desk, problem, status))
        return Response(page, status, {**sent, "vary": "Accept, Accept-Language"}, "text/html; charset=utf-8")

    def _desk(self, request: Request, liked: Mapping[str, str]) -> Desk | None:
        """Where and in which language the page is written, as anybody sees it; None where no page is wanted."""
        area, query = self._parts.areas.get(str(request.path_params["area"])), request.query_params
        if area is None or not _wants_page(request, liked):
            return None
        site = f"{request.url.scheme}://{request.url.netloc}"
        kept = dict(list(query.items())[:TOLD_MAX])
        return Desk(
            area=area,
            city=self._parts.city(area.name, NOBODY),
            turns=self._turns,
            collections=self._known,
            language=language_of(request),
            form="html",
            told={name: text for name, text in kept.items() if name not in ("f", "lang")},
            base=site + PREFIX.format(area=area.name),
            here=site + request.url.path,
        )


def _wants_page(request: Request, liked: Mapping[str, str]) -> bool:
    """Whether whoever asks wants to read a page, and the address has one."""
    if "html" not in liked.values():
        return False
    told = request.query_params.get("f", "")
    if told in ("html", "text/html"):
        return True
    if told in liked or told in liked.values() or told == "geojson":
        return False
    best = prefer(request.headers.get("accept"), tuple(liked))
    return best is not None and liked[best] == "html"


def language_of(request: Request) -> Language:
    """The language as the address says it, where it says one that there is; else what the reader likes."""
    told = request.query_params.get("lang")
    named: Language | None = next((one for one in LANGUAGES if one == told), None)
    return named or ("en" if request.headers.get("accept-language", "").lower().startswith("en") else "ja")


def page_of(desk: Desk, problem: Problem, status: int) -> Page:
    """What cannot be answered: the field that is to be mended with what it means, the reason as programs hear it, and the ways on."""
    field = (problem.field or "")[:TOLD_MAX]
    meaning = WORDS.get(f"param_{field}")
    rows: list[Row] = []
    if field:
        rows.append((desk.say(WORDS["refused_field"]), field))
        if meaning is not None:
            rows.append((desk.say(WORDS["meaning"]), desk.say(meaning)))
    rows.append((desk.say(WORDS["refused_reason"]), {"text": problem.detail, "lang": "en"}))
    rows.append((desk.say(WORDS["refused_status"]), str(status)))
    ways: list[Row] = [
        ({"text": desk.say(WORDS[key]), "href": f"{desk.base}/{path}"},)
        for key, path in (("collections", "collections?f=html"), ("api", "api.html"))
    ]
    lead = WORDS["refused_lead_field"].fill(desk.language, field=field) if field and status == 400 else ""
    return Page(
        desk.say(WORDS[_TITLES.get(status, "refused")]),
        [
            Table([desk.say(WORDS["name"]), desk.say(WORDS["value"])], rows, desk.say(WORDS["refused_what"])),
            Table([desk.say(WORDS["what"])], ways, desk.say(WORDS["refused_on"])),
        ],
        lead or desk.say(WORDS["refused_lead"]),
        [(desk.say(WORDS["landing"]), f"{desk.base}/?f=html")],
    )
