"""Which forms this node can write tables in."""

from __future__ import annotations

from kaiteki.adapters.tables.geopackage import write_geopackage
from kaiteki.adapters.tables.geoparquet import is_here, write_geoparquet
from kaiteki.adapters.tables.xlsx import write_xlsx
from kaiteki.kit.tables import Writer


def writers_here() -> dict[str, Writer]:
    """The writers by form; Parquet only where its extra is installed."""
    return {
        "gpkg": write_geopackage,
        "xlsx": write_xlsx,
        **({"parquet": write_geoparquet} if is_here() else {}),
    }
