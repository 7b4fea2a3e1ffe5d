"""What is counted of the use of data: by area, way and data, never by who asked; what is taken is taken once."""

from __future__ import annotations

import pytest

from kaiteki.api import uses as counted
from kaiteki.api.uses import Use, Used, Uses, subject_of
from kaiteki.kit.catalogue.entries import FORMATS

AREAS = ("demo", "chiba")


def tell(found: Use | None) -> tuple[str, str, str] | None:
    """Of what a request counts."""
    return None if found is None else (found.area, found.way, found.subject)


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/demo/data/urn:ngsi-ld:DataSet:demo:aed/records.csv", ("demo", "Download", "urn:ngsi-ld:DataSet:demo:aed")),
        ("/demo/data/aed/records.parquet", ("demo", "Download", "aed")),
        ("/demo/statistics/urn:ngsi-ld:StatisticsRelease:1/table.csv", ("demo", "Download", "urn:ngsi-ld:StatisticsRelease:1")),
        ("/chiba/places.geojson", ("chiba", "Download", "")),
        ("/demo/data/urn:ngsi-ld:DataSet:demo:aed", ("demo", "Page", "urn:ngsi-ld:DataSet:demo:aed")),
        ("/demo/ogc/collections/AED/items", ("demo", "OGC API", "AED")),
        ("/demo/ogc/collections/AED/tiles/WebMercatorQuad/1/0/0", ("demo", "Tiles", "AED")),
        ("/demo/ogc/", ("demo", "OGC API", "")),
        ("/demo/open311/v2/requests.json", ("demo", "Open311", "")),
        ("/demo/ckan/api/3/action/package_list", ("demo", "CKAN", "")),
        ("/demo/catalog.jsonld", ("demo", "DCAT", "")),
        ("/mcp", ("demo", "MCP", "")),
        ("/demo/data", None),
        ("/demo/data/requests", None),
        ("/demo/my/data", None),
        ("/nowhere/data/aed/records.csv", None),
    ],
)  # fmt: skip
def test_an_address_of_the_site_counts_as_what_it_is(path: str, told: tuple[str, str, str] | None) -> None:
    assert tell(Uses(AREAS).of_site(path)) == told


def test_every_form_in_which_data_come_is_counted_with_its_data() -> None:
    for name, form in FORMATS.items():
        path = form.address.format(id="urn:ngsi-ld:DataSet:demo:aed", collection="demo:aed")
        found = Uses(AREAS).of_site(f"/demo/{path}")
        assert found is not None and found.subject.endswith("demo:aed"), name


@pytest.mark.parametrize(
    ("path", "query", "subject"),
    [
        ("/ngsi-ld/v1/entities", "type=AED&limit=5", "AED"),
        ("/ngsi-ld/v1/entities", "limit=5&type=https%3A%2F%2Furi.etsi.org%2Fngsi-ld%2Fdefault-context%2FAED", "AED"),
        ("/ngsi-ld/v1/entities", "type=AED,Shelter", ""),
        ("/ngsi-ld/v1/entities/urn:ngsi-ld:AED:7", "", "AED"),
        ("/ngsi-ld/v1/temporal/entities/urn%3Angsi-ld%3AAED%3A7", "", "AED"),
        ("/ngsi-ld/v1/entities/https://example.org/7", "", ""),
        ("/ngsi-ld/v1/types", "", ""),
    ],
)  # fmt: skip
def test_a_request_to_the_data_plane_counts_for_the_type_that_it_names(
    path: str, query: str, subject: str
) -> None:
    assert subject_of(path, query) == subject


def test_the_area_is_the_one_that_is_named_else_the_first_and_an_unknown_one_counts_nothing() -> None:
    uses = Uses(AREAS)
    for tenant, area in ((None, "demo"), ("chiba", "chiba"), ("CHIBA", "chiba")):
        assert tell(uses.of_plane("v2", tenant, "/v2/entities", "type=AED")) == (area, "NGSI v2", "AED")
    assert uses.of_plane("ngsi-ld", "nowhere", "/ngsi-ld/v1/entities", "type=AED") is None
    assert uses.of_plane("ngsi-ld", None, "/ngsi-ld/v1/types", "") is not None
    assert uses.of_plane("openapi.json", None, "/openapi.json", "") is None
    assert tell(uses.of_stream(None)) == ("demo", "Stream", "") and uses.of_stream("nowhere") is None


def test_what_is_taken_is_taken_once_and_what_is_put_back_counts_on() -> None:
    uses = Uses(AREAS)
    cell = uses.cell("demo", "Download", "aed")
    cell.count += 3
    taken = uses.take()
    assert taken == [Used("demo", "Download", "aed", 3)] and uses.take() == []
    cell.count += 1
    uses.put_back(taken)
    assert uses.take() == [Used("demo", "Download", "aed", 4)]


def test_more_names_than_are_held_count_for_the_area_and_nothing_is_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(counted, "CELLS_MAX", 5)
    uses = Uses(AREAS)
    for number in range(50):
        uses.cell("demo", "Download", f"x{number}").count += 1
    taken = uses.take()
    assert sum(one.count for one in taken) == 50 and len(taken) == 6
    uses.cell("demo", "Download", "new").count += 1
    assert uses.take() == [Used("demo", "Download", "new", 1)]
