"""Where the walk goes on the pages of the counters: the row of each page, with its states."""

from __future__ import annotations

from drives import Drive
from looks import Look, anybody, clerk, refused
from walked_town import RESIDENT

COUNTER: dict[str, tuple[Look | Drive, ...]] = {
    "counter": anybody("/demo/counter", "/chiba/counter"),
    "counter/desk": (
        *clerk(
            "/demo/counter/desk?office=hall&window=2",
            "/demo/counter/desk",
            "/demo/counter/desk?office=hall",
            "/demo/counter/desk?office=hall&window=1",
            "/demo/counter/desk?office=port&window=1",
        ),
        refused("/demo/counter/desk", 403, RESIDENT),
    ),
    "my/numbers": anybody("/demo/my/numbers"),
    "counter/{office}": (
        *anybody("/demo/counter/hall", "/chiba/counter/chuo"),
        Look("/demo/counter/none", status=404),
    ),
    "counter/{office}/now.json": anybody("/demo/counter/hall/now.json"),
    "counter/{office}/numbers/{number}": anybody(
        "/demo/counter/hall/numbers/A002",
        "/demo/counter/hall/numbers/A001",
        "/demo/counter/hall/numbers/Z999",
    ),
    "counter/{office}/week": anybody("/demo/counter/hall/week", "/demo/counter/hall/week?weekday=6"),
    "counter/{office}/week.csv": anybody("/demo/counter/hall/week.csv"),
    "counter/{office}/kiosk": (*anybody("/demo/counter/hall/kiosk"), *clerk("/demo/counter/hall/kiosk")),
    "counter/{office}/statistics": clerk(
        "/demo/counter/hall/statistics", "/demo/counter/hall/statistics?day=2020-01-01"
    ),
    "counter/{office}/roster": clerk("/demo/counter/hall/roster", "/demo/counter/hall/roster?weekday=6"),
    "counter/{office}/display": anybody("/demo/counter/hall/display", "/demo/counter/port/display"),
}
