"""Where the walk goes in the pages of city points."""

from __future__ import annotations

from drives import Drive
from looks import Look, anybody, clerk, refused
from walked_town import CLERK, RESIDENT

POINTS: dict[str, tuple[Look | Drive, ...]] = {
    "points": (*anybody("/demo/points"), Look("/demo/points", RESIDENT)),
    "points/desk": (*clerk("/demo/points/desk"), refused("/demo/points/desk", 403, RESIDENT)),
    "points/desk/campaigns": clerk("/demo/points/desk/campaigns"),
    "points/donate": (*anybody("/demo/points/donate"), Look("/demo/points/donate", RESIDENT)),
    "points/desk/recipients": (
        *clerk("/demo/points/desk/recipients"),
        refused("/demo/points/desk/recipients", 403, RESIDENT),
    ),
    "points/desk/points.beancount": (
        *clerk("/demo/points/desk/points.beancount"),
        refused("/demo/points/desk/points.beancount", 403, RESIDENT),
    ),
    "points/desk/points.journal": (
        *clerk("/demo/points/desk/points.journal"),
        refused("/demo/points/desk/points.journal", 403, RESIDENT),
    ),
    "points/exchange": (*anybody("/demo/points/exchange"), Look("/demo/points/exchange", RESIDENT)),
    "points/desk/rewards": (
        *clerk("/demo/points/desk/rewards"),
        refused("/demo/points/desk/rewards", 403, RESIDENT),
    ),
    "points/desk/settlements": (
        *clerk("/demo/points/desk/settlements"),
        refused("/demo/points/desk/settlements", 403, RESIDENT),
    ),
    "points/desk/settlements/{partner}/{day}": (
        refused("/demo/points/desk/settlements/pay/2020-01-01", 404, CLERK),
        refused("/demo/points/desk/settlements/pay/2020-01-01", 403, RESIDENT),
    ),
}
