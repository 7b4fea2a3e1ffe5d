"""Whoever writes the code of a grid square or a spatial id into the search is led to the map there."""

from __future__ import annotations

from urllib.parse import quote

import msgspec
import pytest
from starlette.applications import Starlette
from trial_site import GARDEN, open_site

from kaiteki.kit.manifest import Page
from kaiteki.kit.pages import Missing, PageAsk, PageReply
from kaiteki.model.words import Words
from reader import Reader


async def nothing(_ask: PageAsk) -> PageReply:
    return Missing()


async def site(path: str) -> Starlette:
    """The trial site with a page at a path in its menu."""
    page = Page(path, "garden.html", Words("地図", "Map"), nothing, menu=True)
    return (await open_site(msgspec.structs.replace(GARDEN, pages=(*GARDEN.pages, page)))).app


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("53394611", "53394611"),
        ("５３３９-46-11", "53394611"),
        ("/18/0/232837/103229", "18%2F0%2F232837%2F103229"),
        ("14/14552/6451", "14%2F14552%2F6451"),
    ],
)
async def test_a_code_leads_to_the_map(text: str, code: str) -> None:
    page = (await Reader(await site("maps")).get(f"/demo/search?q={quote(text)}")).text
    assert f'href="/demo/maps?q={code}"' in page or f'href="/demo/maps?q={code.replace("%2F", "/")}"' in page


@pytest.mark.parametrize("text", ["5339", "53394699999", "99/0/0/0", "みなと"])
async def test_other_words_do_not(text: str) -> None:
    assert "/demo/maps?q=" not in (await Reader(await site("maps")).get(f"/demo/search?q={quote(text)}")).text


async def test_where_there_is_no_map_nobody_is_led_to_it() -> None:
    assert "/demo/maps?q=" not in (await Reader(await site("other")).get("/demo/search?q=53394611")).text
