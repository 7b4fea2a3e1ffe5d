"""An operator's own file of tiles: what another program wrote is read to the last tile, what is broken is refused, pages show it with its makers."""

from __future__ import annotations

import gzip
import html
import io
import itertools
import json
import re
import struct
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any

import pytest
from playwright.async_api import expect
from trial_site import open_site
from window import CHROMIUM, ORIGIN, WEBGL, open_chromium, open_window

from kaiteki.adapters.ogc.tiles.archive import Archive as Writer
from kaiteki.adapters.ogc.tiles.archive import tile_number
from kaiteki.adapters.ogc.tiles.grid import Tile
from kaiteki.adapters.ogc.tiles.making import Chosen, make_tile
from kaiteki.main.map_tiles import base_map, own_maps
from kaiteki.portal.guard import safe_headers
from kaiteki.portal.site import Options
from kaiteki.portal.tile_archive import Archive
from kaiteki.portal.tile_style import names_something, style_of
from kaiteki.portal.tiles import KNOWN, BadTiles, images_under
from kaiteki.services.maps.manifest import service as maps
from reader import Reader
from waiting import LONG_MS

BOX = (141.0, 35.3, 141.1, 35.4)
MADE = {
    "attribution": '<a href="https://example.jp">見本市&amp;なかま</a>',
    "vector_layers": [{"id": "roads"}],
}
PNG = 2
DRAWN = """layer => {
  const map = document.querySelector('kaiteki-layers').map;
  if (!map?.getLayer(layer)) return false;
  return new Set(map.queryRenderedFeatures({layers: [layer]}).map((one) => one.properties.id)).size === 2;
}"""
"""Whether two features of a style layer are drawn."""
KIND_AT = 99
"""Where the header says what the tiles are."""


def write(path: Path, bodies: Mapping[Tile, bytes], told: Mapping[str, Any], kind: int = 1) -> Path:
    """A file of tiles; of another kind than shapes with the number of it."""
    passing = io.BytesIO()
    writer = Writer(passing)
    for tile in sorted(bodies, key=tile_number):
        writer.add(tile_number(tile), bodies[tile])
    levels = [tile.level for tile in bodies]
    head = bytearray(writer.head(told, (min(levels), max(levels)), BOX))
    head[KIND_AT] = kind
    path.write_bytes(bytes(head) + passing.getvalue())
    return path


def random_tiles(draw: Random, count: int) -> list[Tile]:
    made: dict[Tile, None] = {}
    while len(made) < count:
        level = draw.randint(0, 16)
        made[Tile(level, draw.randrange(1 << level), draw.randrange(1 << level))] = None
    return list(made)


@pytest.mark.parametrize("count", [1, 40, 9_000])
def test_every_tile_is_found_and_no_other(count: int, tmp_path: Path) -> None:
    """9,000 tiles need further directories."""
    draw = Random(count)
    tiles = random_tiles(draw, count + 20)
    bodies = {one: f"{draw.randrange(count)}".encode() for one in tiles[20:]}
    archive = Archive(write(tmp_path / "some.pmtiles", bodies, {}))
    for one in tiles[:20] + draw.sample(tiles[20:], min(count, 400)):
        body = archive.tile(one.level, one.column, one.row)
        assert (archive.unpacked(body) if body is not None else None) == bodies.get(one)
    assert archive.tile(3, 8, 0) is archive.tile(25, 0, 0) is None


def test_runs_of_one_tile_are_found_everywhere_in_them(tmp_path: Path) -> None:
    sea = {Tile(4, column, row): b"sea" for column in range(16) for row in range(16)}
    archive = Archive(write(tmp_path / "sea.pmtiles", sea, {}))
    found = {archive.tile(4, column, row) for column in range(16) for row in range(16)}
    assert [archive.unpacked(one) for one in found if one is not None] == [b"sea"]


def test_files_of_gdal_are_read(tmp_path: Path) -> None:
    pyogrio: Any = pytest.importorskip("pyogrio")
    shapely: Any = pytest.importorskip("shapely")
    if "PMTiles" not in pyogrio.list_drivers(write=True):
        pytest.skip("this GDAL writes no PMTiles")
    path = tmp_path / "gdal.pmtiles"
    lines = shapely.to_wkb(shapely.linestrings([[[141.0, 35.3], [141.1, 35.4]]]))
    pyogrio.raw.write(
        str(path),
        lines,
        field_data=[],
        fields=[],
        layer="roads",
        driver="PMTiles",
        geometry_type="LineString",
        crs="EPSG:4326",
        dataset_options={"MINZOOM": "5", "MAXZOOM": "12"},
    )
    archive = Archive(path)
    assert (archive.layers, archive.header.levels, archive.is_vector) == (("roads",), (5, 12), True)
    # the tile of the middle of the line (141.05, 35.35) at level 12
    body = archive.tile(12, 3652, 1617)
    assert body is not None
    assert b"roads" in archive.unpacked(body)
    assert archive.tile(12, 0, 0) is None


def broken(whole: bytes) -> dict[str, bytes]:
    head = bytearray(whole)
    zoomed, kind, packed = bytearray(head), bytearray(head), bytearray(head)
    zoomed[100], kind[KIND_AT], packed[98] = 40, 9, 4
    root = struct.unpack_from("<Q", whole, 8)[0]
    long_root, bomb = bytearray(head), bytearray(head)
    struct.pack_into("<Q", long_root, 16, 1 << 40)
    packed_bomb = gzip.compress(bytes(10_000_000))
    struct.pack_into("<QQ", bomb, 8, len(bomb), len(packed_bomb))
    return {
        "nothing": b"",
        "another file": b"%PDF-1.7" + bytes(200),
        "cut": whole[:60],
        "another version": whole[:7] + b"\x02" + whole[8:],
        "levels": bytes(zoomed),
        "kind": bytes(kind),
        "packing": bytes(packed),
        "a directory without end": bytes(long_root),
        "a directory that grows": bytes(bomb) + packed_bomb,
        "a directory of noise": whole[:root] + bytes(20) + whole[root + 20 :],
    }


def test_what_is_broken_is_refused_when_it_is_opened(tmp_path: Path) -> None:
    whole = write(tmp_path / "whole.pmtiles", {Tile(0, 0, 0): b"earth"}, MADE).read_bytes()
    for name, content in broken(whole).items():
        path = tmp_path / f"{name}.pmtiles"
        path.write_bytes(content)
        with pytest.raises(BadTiles):
            Archive(path)
    with pytest.raises(BadTiles):
        Archive(tmp_path / "none.pmtiles")


def test_a_file_that_became_shorter_is_broken_and_not_a_hole(tmp_path: Path) -> None:
    path = write(tmp_path / "cut.pmtiles", {Tile(0, 0, 0): b"earth" * 50}, MADE)
    archive = Archive(path)
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - 3)
    with pytest.raises(BadTiles):
        archive.tile(0, 0, 0)


def test_the_folder_of_an_area_goes_before_the_file_for_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    everywhere = write(tmp_path / "all.pmtiles", {Tile(2, 0, 0): b"x"}, MADE)
    town = tmp_path / "cities" / "own"
    town.mkdir(parents=True)
    (town / "city.toml").write_text("")
    write(town / "base.pmtiles", {Tile(3, 0, 0): b"x"}, {"attribution": "港の測量"}, PNG)
    monkeypatch.setenv("KAITEKI_CITIES", str(tmp_path / "cities"))
    assert own_maps(("demo",), {}) == {}
    found = own_maps(("own", "demo"), {"KAITEKI_BASE_MAP": str(everywhere)})
    told = {
        area: (tiles.credit, tiles.zoom_max, bool(tiles.style), tiles.named)
        for area, (tiles, _) in found.items()
    }
    assert told == {"own": ("港の測量", 3, False, True), "demo": ("見本市&なかま", 2, True, False)}
    assert all(tiles.is_own and tiles.origin == "" for tiles, _ in found.values())
    nameless = write(tmp_path / "nameless.pmtiles", {Tile(1, 0, 0): b"x"}, {})
    with pytest.raises(BadTiles, match="KAITEKI_BASE_MAP_CREDIT"):
        own_maps(("demo",), {"KAITEKI_BASE_MAP": str(nameless)})
    named = own_maps(("demo",), {"KAITEKI_BASE_MAP": str(nameless), "KAITEKI_BASE_MAP_CREDIT": "見本"})
    assert named["demo"][0].credit == "見本"


def test_tiles_of_gsi_are_known_by_name_with_their_source_and_pages_load_from_nowhere_else() -> None:
    pale = base_map({"KAITEKI_TILES": "gsi:pale"})
    assert pale is not None
    assert (pale.credit, pale.credit_url) == ("国土地理院", "https://maps.gsi.go.jp/development/ichiran.html")
    policy = safe_headers(pale.origin)["content-security-policy"]
    assert set(re.findall(r"https?://\S+?(?=[;\s])", policy)) == {"https://cyberjapandata.gsi.go.jp"}
    with pytest.raises(BadTiles, match="gsi:std"):
        base_map({"KAITEKI_TILES": "gsi:moon"})


def test_pictures_cover_the_drawn_map_and_join_without_a_gap() -> None:
    pale = KNOWN["gsi:pale"]
    window = (141.0, 35.3, 141.1, 35.349)
    images = images_under(pale, window, 760)
    columns = sorted({one.x for one in images})
    rows = sorted({one.y for one in images})
    side = images[0].side
    assert 128 <= side <= 512
    assert columns[0] <= 0 < columns[0] + side
    assert columns[-1] < 760 <= columns[-1] + side
    assert rows[0] <= 0
    assert all(
        after - before == pytest.approx(side, abs=0.02) for before, after in itertools.pairwise(columns)
    )
    assert re.fullmatch(r"https://cyberjapandata\.gsi\.go\.jp/xyz/pale/\d+/\d+/\d+\.png", images[0].href)
    assert images_under(None, window, 760) == []


def test_shapes_are_drawn_by_what_they_are_and_names_in_the_language_of_the_page() -> None:
    japanese = style_of(("places", "roads", "earth", "HallRoads"), "ja")
    drawn = [(one["source-layer"], one["type"]) for one in japanese]
    assert drawn[0] == ("earth", "fill")
    assert drawn[-1] == ("places", "symbol")
    assert {kind for name, kind in drawn if name == "HallRoads"} == {"fill", "line", "circle"}
    assert len({one["id"] for one in japanese}) == len(japanese)
    assert ["get", "name:ja"] in japanese[-1]["layout"]["text-field"]
    assert ["get", "name:en"] in style_of(("places",), "en")[-1]["layout"]["text-field"]
    assert (names_something(("roads", "Anno")), names_something(("roads",))) == (True, False)
    assert style_of(("pois",), "ja") == []


async def test_a_node_serves_the_tiles_of_its_file_and_says_how_they_are_drawn(tmp_path: Path) -> None:
    body = b"the shapes of a tile"
    file = write(tmp_path / "base.pmtiles", {Tile(1, 1, 0): body}, MADE)
    own = own_maps(("demo",), {"KAITEKI_BASE_MAP": str(file)})
    site = await open_site(options=Options(own_maps=own))
    reader = Reader(site.app)
    page = await reader.get("/demo/map")
    assert "https://" not in page.headers["content-security-policy"]
    found = re.search(r'data-map="([^"]+)"', page.text)
    assert found is not None
    told = json.loads(html.unescape(found[1]))["tiles"]
    assert (told["credit"], told["zoom_max"]) == ("見本市&なかま", 1)
    address = told["url"].replace("{z}", "1").replace("{x}", "1").replace("{y}", "0")
    answer = await reader.get(address)
    assert (answer.status, answer.body) == (200, body)
    assert answer.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    assert "immutable" in answer.headers["cache-control"]
    assert "set-cookie" not in answer.headers
    assert (await reader.get("/demo/base-map/1/0/0")).status == 204
    assert (await reader.get("/demo/base-map/1/x/0")).status == 404
    assert (await reader.get("/chiba/base-map/1/1/0")).status == 404
    rules = json.loads((await reader.get(told["style"])).body)
    assert {one["source-layer"] for one in rules} == {"roads"}


async def test_without_a_script_the_pictures_lie_under_the_drawn_map_with_their_source() -> None:
    site = await open_site(maps, Options(tiles=KNOWN["gsi:pale"]))
    reader = Reader(site.app)
    page = await reader.get("/demo/maps?layers=&at=141.05,35.35&z=14")
    drawn = re.findall(r'<image href="([^"]+)" x="([^"]+)" y="([^"]+)" width="([^"]+)"', page.text)
    assert len(drawn) >= 6
    assert all(href.startswith("https://cyberjapandata.gsi.go.jp/xyz/pale/15/") for href, *_ in drawn)
    credit = re.search(r'class="maps-credit">(.*?)</figcaption>', page.text)
    assert credit is not None
    assert '<a href="https://maps.gsi.go.jp/development/ichiran.html"' in credit[1]
    assert "国土地理院" in credit[1]
    assert (
        "img-src 'self' blob: data: https://cyberjapandata.gsi.go.jp;"
        in page.headers["content-security-policy"]
    )
    # without a base map nothing of it is there
    plain = await Reader((await open_site(maps)).app).get("/demo/maps?layers=&at=141.05,35.35&z=14")
    assert "<image" not in plain.text
    assert "maps-credit" not in plain.text
    assert "https:" not in plain.headers["content-security-policy"]


@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is absent (Debian package chromium)")
async def test_a_file_of_tiles_of_ones_own_making_lies_under_the_layers(tmp_path: Path) -> None:
    lines = [
        {"type": "LineString", "coordinates": [[141.0, 35.35], [141.1, 35.35 + n / 1000]]} for n in range(2)
    ]
    tile = Tile(8, 228, 101)
    body = make_tile(
        "roads", tile, [Chosen(line, {"id": str(n), "kind": "highway"}) for n, line in enumerate(lines)]
    )
    file = write(tmp_path / "base.pmtiles", {tile: body}, MADE)
    site = await open_site(maps, Options(own_maps=own_maps(("demo",), {"KAITEKI_BASE_MAP": str(file)})))
    async with open_chromium(*WEBGL) as browser:
        page = await open_window(browser, Reader(site.app), 390, service_workers="block")
        page.set_default_timeout(LONG_MS)
        asked: list[str] = []
        page.on("request", lambda one: asked.append(one.url))
        await page.goto(f"{ORIGIN}/demo/maps?layers=&at=141.05,35.35&z=13")
        await page.wait_for_function(DRAWN, arg="base-roads-great")
        await expect(page.locator(".maplibregl-ctrl-attrib")).to_have_text("見本市&なかま")
    assert [one for one in asked if not one.startswith((ORIGIN, "data:", "blob:"))] == []
    assert any("/demo/base-map/8/228/101" in one for one in asked)
