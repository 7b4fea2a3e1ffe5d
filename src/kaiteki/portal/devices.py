"""Which browser on which system, out of what a browser calls itself: short enough that its owner knows it again, and no more."""

from __future__ import annotations

from typing import Final

AGENT_LENGTH_MAX: Final = 500
BROWSERS: Final = (
    ("Line/", "LINE"),
    ("FBAN/", "Facebook"),
    ("Instagram", "Instagram"),
    ("EdgiOS/", "Edge"),
    ("EdgA/", "Edge"),
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
"""What stands in the name that a browser gives itself, and what people call it. The first that fits counts: most claim to be others, too."""
SYSTEMS: Final = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
)


def device_of(agent: str) -> str:
    """The browser and the system of a `User-Agent` ("Firefox/Android"); a part that is not known is empty."""
    told = agent[:AGENT_LENGTH_MAX]
    found = [next((name for sign, name in table if sign in told), "") for table in (BROWSERS, SYSTEMS)]
    return "/".join(found) if any(found) else ""
