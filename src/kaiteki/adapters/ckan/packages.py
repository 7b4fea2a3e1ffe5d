"""Entries of the catalogue as CKAN tells them: packages, resources, organizations, groups, tags, licences (CKAN 2.11, dictization)."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from typing import Any, Final

import msgspec

from kaiteki.adapters.ckan.bound import DATASTORE_FORMAT, Desk, stable_id
from kaiteki.kit.catalogue.entries import Box, Distribution, Entry
from kaiteki.kit.catalogue.settings import Office
from kaiteki.model.instant import Instant, format_instant
from kaiteki.model.open_data import LICENCES, RHYTHMS, THEMES

MOMENTS_MAX: Final = 4096
"""Times of which it is remembered how they are written: an import has one for all its data sets."""
NAMES_MAX: Final = 4096
"""Keywords, offices and themes of which the UUID is remembered, and boxes of which the outline is: many data sets share them."""
NOT_SPECIFIED: Final = "notspecified"
"""The id in CKAN's list of licences of data whose conditions are not stated."""


_known_id: Final = lru_cache(NAMES_MAX)(stable_id)


@lru_cache(MOMENTS_MAX)
def moment(at: Instant | None) -> str | None:
    """A time as CKAN writes it: UTC, without a zone, with microseconds."""
    return (
        None
        if at is None
        else f"{format_instant(Instant(at // 1_000_000 * 1_000_000))[:19]}.{at % 1_000_000:06}"
    )


def told_package(desk: Desk, one: Entry) -> msgspec.Raw:
    """A package as JSON: what it was told as before, if nothing of it has changed."""
    catalogue = desk.index.catalogue
    sizes = tuple(catalogue.size_of(one, part) for part in one.distributions)
    return desk.index.written.take(one, (desk.base, sizes), lambda: package_of(desk, one))


def package_of(desk: Desk, one: Entry) -> dict[str, Any]:
    """A package with its resources."""
    licence = LICENCES.get(one.licence)
    office = office_of(desk, one)
    tags = [tag_of(name) for name in dict.fromkeys(one.keywords)]
    resources = [resource_of(desk, one, place) for place in range(len(one.distributions))]
    return {
        "id": desk.index.ids(one)[0],
        "name": one.name,
        "title": one.title.ja,
        "notes": one.about.ja,
        "type": "dataset",
        "state": "active",
        "private": False,
        "isopen": bool(licence and licence.open),
        "license_id": licence.ckan if licence else NOT_SPECIFIED,
        "license_title": licence.words.ja if licence else one.licence_told or "示されていません",
        **({"license_url": licence.uri} if licence else {}),
        "author": one.source or desk.area.hall.ja,
        "author_email": "",
        "maintainer": office.words.ja,
        "maintainer_email": office.email,
        "url": f"{desk.base}/{one.page}",
        "version": "",
        "creator_user_id": None,
        "metadata_created": moment(one.issued_at or one.changed_at),
        "metadata_modified": moment(one.updated_at or one.issued_at),
        "owner_org": organization_id(desk, office),
        "organization": organization_of(desk, office),
        "groups": [group_of(desk, one.theme)] if one.theme in THEMES else [],
        "tags": tags,
        "extras": [{"key": key, "value": value} for key, value in _extras(one).items() if value],
        "resources": resources,
        "num_resources": len(resources),
        "num_tags": len(tags),
        "relationships_as_subject": [],
        "relationships_as_object": [],
    }


def _extras(one: Entry) -> dict[str, str]:
    return {
        "urn": one.id,
        "title_en": one.title.en if one.title.en != one.title.ja else "",
        "notes_en": one.about.en if one.about.en != one.about.ja else "",
        "theme": f"http://publications.europa.eu/resource/authority/data-theme/{one.theme}"
        if one.theme
        else "",
        "frequency": f"http://publications.europa.eu/resource/authority/frequency/{one.rhythm}",
        "frequency_label": RHYTHMS[one.rhythm].words.ja,
        "standard_data_set": one.standard.table if one.standard is not None else "",
        "standard_edition": one.standard.words.ja if one.standard is not None else "",
        "category": one.category,
        "source_file": one.file_name,
        "record_type": one.record_type,
        "records": "" if one.records is None else str(one.records),
        "quality": "" if one.quality is None else str(one.quality),
        "temporal_start": one.since,
        "temporal_end": one.until,
        "spatial": _polygon(one.box) if one.box is not None else "",
        "licence_as_stated": one.licence_told,
    }


@lru_cache(NAMES_MAX)
def _polygon(box: Box) -> str:
    """A box as GeoJSON, as harvesters expect it in `spatial`."""
    west, south, east, north = box
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return f'{{"type":"Polygon","coordinates":[{ring}]}}'


def resource_of(desk: Desk, one: Entry, place: int) -> dict[str, Any]:
    """A data set in one form."""
    own_id, ids = desk.index.ids(one)
    part: Distribution = one.distributions[place]
    form = part.form
    changed = moment(one.changed_at)
    return {
        "id": ids[place],
        "package_id": own_id,
        "name": f"{one.title.ja}（{part.format}）",
        "description": form.words.ja,
        "format": part.format,
        "mimetype": form.media_type,
        "mimetype_inner": None,
        "url": f"{desk.base}/{part.path}",
        "url_type": None,
        "resource_type": "api" if form.interface else "file",
        "datastore_active": is_in_datastore(one, part),
        "position": place,
        "size": desk.index.catalogue.size_of(one, part),
        "hash": part.kept.digest if part.kept is not None else "",
        "state": "active",
        "created": moment(one.issued_at or one.changed_at),
        "last_modified": changed,
        "metadata_modified": moment(one.updated_at or one.issued_at),
        "cache_url": None,
        "cache_last_updated": None,
    }


def is_in_datastore(one: Entry, part: Distribution) -> bool:
    """Whether the records of a resource can be asked for one by one."""
    return part.format == DATASTORE_FORMAT and one.kind != "statistics"


def tag_of(name: str) -> dict[str, Any]:
    """A keyword."""
    return {
        "id": _known_id("tag", name),
        "name": name,
        "display_name": name,
        "state": "active",
        "vocabulary_id": None,
    }


def office_of(desk: Desk, one: Entry) -> Office:
    """Who answers for a data set: an office, or the town hall where the area names none."""
    return one.office or Office(desk.area.name, desk.area.hall)


def organization_id(desk: Desk, office: Office) -> str:
    """The UUID of an office."""
    return _known_id(desk.area.name, "office", office.code)


def organization_of(desk: Desk, office: Office) -> dict[str, Any]:
    """An office as an organization."""
    return {
        "id": organization_id(desk, office),
        "name": office.code,
        "title": office.words.ja,
        "type": "organization",
        "description": office.words.en,
        "image_url": "",
        "created": None,
        "is_organization": True,
        "approval_status": "approved",
        "state": "active",
    }


def offices_of(desk: Desk) -> dict[str, tuple[Office, int]]:
    """The offices that answer for data, by code, each with how many sets."""
    answering = [office_of(desk, one) for one in desk.index.catalogue.entries]
    counted = Counter(one.code for one in answering)
    return {one.code: (one, counted[one.code]) for one in sorted(answering, key=lambda one: one.code)}


def group_of(desk: Desk, theme: str) -> dict[str, Any]:
    """A theme as a group."""
    words = THEMES[theme]
    return {
        "id": _known_id("theme", theme),
        "name": theme.lower(),
        "title": words.ja,
        "display_name": words.ja,
        "description": words.en,
        "image_display_url": "",
    }


def licences() -> list[dict[str, Any]]:
    """The licences that data sets have here, as CKAN's own list has them."""
    known = [
        {
            "id": one.ckan,
            "title": one.words.ja,
            "url": one.uri,
            "status": "active",
            "od_conformance": "approved" if one.open else "not reviewed",
            "domain_data": True,
            "domain_content": True,
            "domain_software": False,
            "family": "",
            "is_generic": False,
            "maintainer": "",
        }
        for one in LICENCES.values()
    ]
    unstated = {
        **known[0],
        "id": NOT_SPECIFIED,
        "title": "示されていません",
        "url": "",
        "od_conformance": "not reviewed",
    }
    return [*known, {**unstated, "is_generic": True}]
