"""What goes over the line: pages and files packed for whoever can unpack them, pictures as they are, little for a first visit."""

from __future__ import annotations

import gzip
import re

import pytest

from kaiteki.main.site import INTERFACES
from kaiteki.portal.assets import Assets
from node_under_test import Answer, NodeUnderTest

PACKED = {"accept-encoding": "gzip"}
FIRST_PAGE_SIZE_MAX_BYTES = 60_000
LOADED = re.compile(r'(?:<link rel="stylesheet" href|<script[^>]* src|<img[^>]* src)="(/[^"]+)"')


def unpacked(answer: Answer) -> bytes:
    """The body as it was before it was packed; fails when it was not."""
    assert (answer.status, answer.headers.get("content-encoding")) == (200, "gzip")
    assert "Accept-Encoding" in answer.headers["vary"]
    return gzip.decompress(answer.body)


def test_a_page_is_packed_for_who_can_unpack_it(open_node: NodeUnderTest) -> None:
    packed, plain = (open_node.ask("GET", "/demo/services", headers=sent) for sent in (PACKED, {}))
    assert plain.headers.get("content-encoding") is None
    assert unpacked(packed) == plain.body
    assert len(packed.body) < len(plain.body) / 3


@pytest.mark.parametrize("name", ["kaiteki.css", "vendor/maplibre-gl/maplibre-gl.mjs"])
def test_a_file_of_the_portal_is_packed_and_the_same(open_node: NodeUnderTest, name: str) -> None:
    address = Assets().address(name)
    packed, plain = (open_node.ask("GET", address, headers=sent) for sent in (PACKED, {}))
    assert unpacked(packed) == plain.body
    # nothing in it depends on who asks, so caches on the way may keep it
    assert {one.strip() for one in plain.headers["vary"].split(",")} == {"Accept-Encoding"}


def test_a_picture_goes_as_it_is(open_node: NodeUnderTest) -> None:
    icon = open_node.ask("GET", "/demo/icon-192.png", headers=PACKED)
    assert (icon.status, icon.headers.get("content-encoding")) == (200, None)
    assert icon.body.startswith(b"\x89PNG")


def test_the_description_of_the_node_is_packed(open_node: NodeUnderTest) -> None:
    assert unpacked(open_node.ask("GET", "/openapi.json", headers=PACKED)).startswith(b"{")


@pytest.mark.parametrize("path", ["/demo/", "/demo/reports", "/demo/reports/new"])
def test_a_first_visit_costs_little(open_node: NodeUnderTest, path: str) -> None:
    page = open_node.ask("GET", path, headers=PACKED)
    addresses = set(LOADED.findall(unpacked(page).decode()))
    assert any(address.startswith("/static/kaiteki.css") for address in addresses)
    loaded = [open_node.ask("GET", address, headers=PACKED) for address in sorted(addresses)]
    assert {answer.status for answer in loaded} == {200}
    assert sum(len(answer.body) for answer in (page, *loaded)) < FIRST_PAGE_SIZE_MAX_BYTES


@pytest.mark.parametrize("language", ["ja", "ja-easy", "en"])
def test_developers_are_told_of_every_protocol_at_an_address_that_answers(
    open_node: NodeUnderTest, language: str
) -> None:
    page = open_node.ask("GET", f"/demo/developers?lang={language}").body.decode()
    for interface in INTERFACES:
        address = interface.address.replace("{area}", "demo")
        assert f'href="{address}"' in page and interface.words.say(language)[:5] in page
        assert open_node.ask("GET", address).status == 200
