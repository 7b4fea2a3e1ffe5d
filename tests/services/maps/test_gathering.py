"""Laws of gathered points: nobody is lost or counted twice, no two signs lie on each other, and closely looked at each has its own."""

from __future__ import annotations

import math
from itertools import combinations
from random import Random

from kaiteki.services.maps.gathering import GATHERED_BELOW, REACH_PX, gather
from kaiteki.services.maps.in_view import Feature, Shape


def shapes(draw: Random, count: int, name: str) -> list[Shape]:
    """Features of a layer, some of several points, many near each other."""
    made: list[Shape] = []
    for number in range(count):
        title = f"{name}{number}"
        feature = Feature(title, title, "", {"type": "Point"}, None, "")
        points = [(draw.gauss(380, 120), draw.gauss(230, 60)) for _ in range(draw.choice((1, 1, 1, 2)))]
        made.append(Shape(feature, "", "M0 0L1 1" if number == 3 else "", points))
    return made


def test_every_point_has_its_own_sign_or_is_counted_under_one_that_overlaps_none() -> None:
    for seed in range(20):
        draw = Random(seed)
        layers = [shapes(draw, 60, "a"), shapes(draw, 40, "b")]
        left, gathered = gather(layers, 12.0, frozenset({1}))
        assert all(one.more or all(title[0] == "a" for title in one.titles) for one in gathered)
        whole = sum(len(one.points) for several in layers for one in several)
        own = [point for several in left for one in several for point in one.points]
        assert gathered and all(one.count > 1 for one in gathered)
        assert len(own) + sum(one.count for one in gathered) <= whole
        signs = [*own, *((one.x, one.y) for one in gathered)]
        for at, one in enumerate(layers):
            for n, shape in enumerate(one):
                assert left[at][n].feature is shape.feature and left[at][n].lines == shape.lines
                for point in shape.points:
                    # what lost its own sign lies under one
                    assert point in own or any(math.dist(point, sign) < REACH_PX for sign in signs)
        singles = [point for point in own if own.count(point) == 1]
        assert all(
            math.dist(one, other) >= REACH_PX
            for one, other in combinations([(one.x, one.y) for one in gathered], 2)
        )
        assert all(math.dist(one, (other.x, other.y)) >= REACH_PX for one in singles for other in gathered)


def test_near_each_has_its_own_sign() -> None:
    layers = [shapes(Random(1), 50, "a")]
    assert gather(layers, GATHERED_BELOW) == (layers, [])
