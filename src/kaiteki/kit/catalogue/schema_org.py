"""An entry of the catalogue as a Dataset of schema.org, as search engines read it: a document beside its page. Pure."""

from __future__ import annotations

from typing import Any

from kaiteki.kit.catalogue.entries import Entry
from kaiteki.kit.catalogue.seeking import Catalogue
from kaiteki.model.instant import Instant, day_in_japan
from kaiteki.model.open_data import LICENCES


def schema_of(one: Entry, kept: Catalogue, base: str, language: str = "ja") -> dict[str, Any]:
    """The JSON-LD document; `base` is the whole address of the area (https://host/area)."""
    licence, office, settings = LICENCES.get(one.licence), one.office, kept.settings
    told: dict[str, Any] = {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "@id": f"{base}/{one.page}",
        "url": f"{base}/{one.page}",
        "name": one.title.ja,
        "alternateName": one.title.en if one.title.en != one.title.ja else None,
        "description": one.about.say(language),
        "identifier": one.id,
        "keywords": list(dict.fromkeys(one.keywords)),
        "license": licence.uri if licence else None,
        "isAccessibleForFree": True,
        "inLanguage": "ja",
        "creator": {"@type": "GovernmentOrganization", "name": settings.publisher.ja}
        if settings.publisher is not None
        else None,
        "contactPoint": {"@type": "ContactPoint", "name": office.words.ja, "email": office.email or None}
        if office is not None
        else None,
        "datePublished": _day(one.issued_at),
        "dateModified": _day(one.changed_at),
        "temporalCoverage": f"{one.since or '..'}/{one.until or '..'}" if one.since or one.until else None,
        "spatialCoverage": _place(one) if one.box is not None else None,
        "includedInDataCatalog": {"@type": "DataCatalog", "url": f"{base}/data"},
        "distribution": [
            {
                "@type": "DataDownload",
                "encodingFormat": part.form.media_type,
                "contentUrl": f"{base}/{part.path}",
                "name": part.format,
                **({} if (size := kept.size_of(one, part)) is None else {"contentSize": f"{size} B"}),
                **({"sha256": part.kept.digest} if part.kept is not None and part.kept.digest else {}),
            }
            for part in one.distributions
            if not part.form.interface
        ],
    }
    return {name: value for name, value in told.items() if value not in (None, [])}


def _day(at: Instant | None) -> str | None:
    return day_in_japan(at) if at is not None else None


def _place(one: Entry) -> dict[str, Any]:
    """A box as schema.org wants it: latitude before longitude, south-west before north-east."""
    west, south, east, north = one.box or (0.0, 0.0, 0.0, 0.0)
    return {"@type": "Place", "geo": {"@type": "GeoShape", "box": f"{south} {west} {north} {east}"}}
