"""Forms that want whoever sends them to have signed in just now: a browser that was left open on a desk is not enough."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from starlette.responses import Response

from kaiteki.portal.answers import PageOf, step_up
from kaiteki.portal.pages.unsent import RESUMED, once_more
from kaiteki.portal.visit import Visit

FRESH: Final[Mapping[str, frozenset[str]]] = {
    "/{area}/my/keys": frozenset(),
    "/{area}/my/app-code": frozenset(),
    # whoever changes a password says the old one with it
    "/{area}/my/password": frozenset({"change"}),
    "/{area}/my/providers": frozenset(),
    "/{area}/my/api-keys": frozenset({"revoke"}),
    "/{area}/my/mandates": frozenset({"look", "end"}),
    "/{area}/my/erase": frozenset(),
    "/{area}/desk/mandates": frozenset(),
    "/{area}/desk/recovery": frozenset(),
}
"""The forms by the path of their page, with what one may do (`do`) without: what only looks, and what takes away from others and must not wait."""


def freshly(path: str, page: PageOf) -> PageOf:
    """A page of the portal whose forms, where they are of this kind, lead those who signed in long ago to sign in once more, and back."""
    free = FRESH.get(path)
    if free is None:
        return page

    async def run(visit: Visit) -> Response:
        asks = visit.request.method == "POST" and (visit.posted.fields.get("do") or [""])[0] not in free
        if asks and visit.person.signed_in and not visit.who.fresh:
            # a secret is kept nowhere: it is typed anew
            return await once_more(visit, 1) if path in RESUMED else step_up(visit, 1)
        return await page(visit)

    return run
