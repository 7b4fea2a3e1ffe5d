"""Laws of the wards on the map: in which of them a place lies, and that their names hide nothing."""

from __future__ import annotations

from typing import Any

import pytest
from map_town import square

from kaiteki.main.cities import load_city
from kaiteki.services.maps.in_view import Feature
from kaiteki.services.maps.viewport import HEIGHT_PX, WIDTH_PX, read_view
from kaiteki.services.maps.wards import TALL_PX, place_names, ward_at

DEMO = load_city("demo")


def feature(name: str, geometry: dict[str, Any]) -> Feature:
    return Feature(name, name, "", geometry, None, "")


def test_names_of_wards_stand_clear_of_lines_and_points_or_not_at_all() -> None:
    view = read_view({"at": "141.02,35.35", "z": "13"}, (), DEMO)

    def named(*features: Feature) -> dict[str, tuple[float, float]]:
        return {one.text: (one.x, one.y) for one in place_names(view, DEMO.wards, "ja", features)}

    alone = named()
    assert alone["港区域"] == pytest.approx((WIDTH_PX / 2, HEIGHT_PX / 2))
    # an area hides nothing, so the name stands on it
    assert named(feature("zone", square(141.01, 35.34, 0.02))) == alone
    crossing = {"type": "LineString", "coordinates": [[141.0, 35.35], [141.04, 35.35]]}
    moved = named(feature("road", crossing))["港区域"]
    assert abs(moved[1] - HEIGHT_PX / 2) > TALL_PX / 2
    lines = [[[141.0, 35.3 + n / 2000], [141.1, 35.3 + n / 2000]] for n in range(200)]
    assert named(feature("net", {"type": "MultiLineString", "coordinates": lines})) == {}


def test_a_place_lies_in_the_ward_that_surrounds_it() -> None:
    found = [ward_at(DEMO, at) for at in ((141.02, 35.35), (141.065, 35.375), (140.0, 35.0))]
    assert [one and one.words.en for one in found] == ["Harbour Ward", "Hill Ward", None]
