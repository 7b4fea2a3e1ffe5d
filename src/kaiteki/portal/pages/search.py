"""Search over everything: pages, services, and whatever the person may see by its title."""

from __future__ import annotations

import unicodedata
from typing import Any, Final

from starlette.responses import Response

from kaiteki.kit.pages import Hit
from kaiteki.portal.answers import show
from kaiteki.portal.pages.places import address_of
from kaiteki.portal.visit import Visit

TEXT_LENGTH_MAX: Final = 100
HITS_MAX: Final = 50


async def search(visit: Visit) -> Response:
    """`/{area}/search?q=`."""
    text = visit.query.get("q", "").strip()[:TEXT_LENGTH_MAX]
    tasks = _tasks(visit, text) if text else []
    found = await visit.city.search(text, HITS_MAX) if text else None
    values: dict[str, Any] = {
        "title": visit.say("search.title_of", text=text) if text else visit.say("search.title"),
        "text": text,
        "tasks": tasks,
        "hits": [_hit(visit, hit) for hit in found.items] if found else [],
        "more": bool(found and found.more),
    }
    return show(visit, "search.html", values)


def _tasks(visit: Visit, text: str) -> list[dict[str, str]]:
    """The tasks whose words, in any language, hold the text."""
    wanted = _plain(text)
    found: list[dict[str, str]] = []
    for service, page in visit.site.menu(visit.person):
        words = (page.words, service.words, service.summary)
        if any(wanted in _plain(f"{one.ja} {one.easy} {one.en}") for one in words):
            found.append(
                {
                    "href": visit.href(page.path),
                    "title": visit.say(page.words),
                    "text": visit.say(service.summary),
                    "icon": page.icon,
                }
            )
    return found


def _hit(visit: Visit, hit: Hit) -> dict[str, Any]:
    declared = visit.site.kept[hit.type][1] if hit.type in visit.site.kept else None
    path = address_of(declared, hit.id) if declared else ""
    return {"title": hit.title, "kind": hit.kind, "href": visit.href(path) if path else ""}


def _plain(text: str) -> str:
    """Without the difference of width, case and spaces."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())
