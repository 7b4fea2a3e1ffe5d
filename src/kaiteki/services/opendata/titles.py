"""What the files beside a table say of its title: the name in config.yml, and what tells the files apart that it names."""

from __future__ import annotations

import re
from collections.abc import Set
from typing import Final

from kaiteki.services.opendata.reading.source import Source

ATTRIBUTES: Final = "attributes.csv"
"""The file that gives columns a further name (original_name, display_name)."""
BESIDE_BYTES_MAX: Final = 1_000_000
CONFIG: Final = "config.yml"
_OF_SHAPE: Final = frozenset({".dbf", ".xml"})
_KINDS: Final = {".shp": "Shapefile", ".dbf": "dBase", ".geojson": "GeoJSON", ".json": "GeoJSON"}
"""How kinds of files are called whose suffix is not their name."""


def configured(source: Source) -> str:
    """The name that config.yml gives the files of its folder, without the source that stands behind it; empty where there is none."""
    opened = source.beside.get(CONFIG)
    if opened is None:
        return ""
    with opened() as file:
        text = file.read(BESIDE_BYTES_MAX).decode("utf-8-sig", "replace")
    found = re.search(r"^name:\s*(.+?)\s*$", text, re.M)
    return re.sub(r"_?出典[:：].*$", "", found[1]).strip(" _") if found else ""


def kind_among(source: Source, read: Set[str]) -> str:
    """What tells a file from the others that one config.yml names: its kind, or its name where two are of a kind; empty for one alone.

    `read` are the suffixes of files with data.
    """
    others = [
        suffix
        for name in source.beside
        if name not in (source.name, ATTRIBUTES)
        and not name.startswith((".", "~$"))
        and (suffix := "." + name.rpartition(".")[2].lower()) in read
        # what lies beside a shape of the same stem belongs to it
        and not (
            suffix in _OF_SHAPE and f"{name.rpartition('.')[0]}.shp".lower() in map(str.lower, source.beside)
        )
    ]
    if not others:
        return ""
    return source.name if source.suffix in others else _KINDS.get(source.suffix, source.suffix[1:].upper())
