"""What an area decides about its open data: its catalogue (`kit.catalogue.settings`)."""

from __future__ import annotations

from kaiteki.kit.catalogue.settings import CatalogueOfArea


class Settings(CatalogueOfArea, frozen=True):
    """The settings of open data (`cities/<area>/services/opendata.toml`)."""
