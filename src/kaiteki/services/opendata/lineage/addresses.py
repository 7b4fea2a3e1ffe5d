"""The addresses of lineage, below `data/{id}/`: what the manifest of the service lists."""

from __future__ import annotations

from typing import Final

from kaiteki.kit.manifest import Page
from kaiteki.kit.query_fields import text
from kaiteki.model.words import Words
from kaiteki.services.opendata.lineage.pages import show_lineage
from kaiteki.services.opendata.lineage.prov import lineage_jsonld

SOUGHT: Final = {"record": text(500), "line": text()}
LINEAGE: Final = (
    Page(
        "data/{id}/lineage",
        "lineage.html",
        Words(ja="データの来歴", en="Lineage of a data set", easy="データが どこから きたか"),
        show_lineage,
        asks=SOUGHT,
    ),
    Page(
        "data/{id}/lineage.jsonld",
        "",
        Words(ja="データの来歴（PROV-O）", en="Lineage of a data set as PROV-O"),
        lineage_jsonld,
        asks=SOUGHT,
    ),
)
