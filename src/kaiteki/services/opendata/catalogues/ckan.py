"""A page of a CKAN: the answer of package_search (Action API v3), with the address of the next. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, cast
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import msgspec

from kaiteki.services.opendata.catalogues.model import (
    FILES_MAX,
    Listed,
    NoCatalogue,
    Offered,
    OfferedFile,
    file_of,
    key_of,
    slim,
)

ROWS: Final = 100
"""Data sets that are asked for at once; a CKAN gives 1,000 at most."""
SEARCH: Final = "/package_search"


def is_ckan(url: str) -> bool:
    """Whether an address is one of the search of a CKAN."""
    return urlsplit(url).path.rstrip("/").endswith(SEARCH)


def page_address(url: str, start: int) -> str:
    """The address of a page of a search; what else the address asks for (q, fq) stays."""
    parts = urlsplit(url)
    kept = [(name, value) for name, value in parse_qsl(parts.query) if name not in ("rows", "start")]
    return urlunsplit(parts._replace(query=urlencode([*kept, ("rows", ROWS), ("start", start)]), fragment=""))


def read_ckan(body: bytes, url: str) -> Listed:
    """The data sets of a page that stood at an address of `page_address`. Raises NoCatalogue."""
    try:
        answer: Any = msgspec.json.decode(body)
    except msgspec.DecodeError as error:
        raise NoCatalogue("no_catalogue") from error
    result = _part(answer, "result")
    found = result.get("results")
    if not isinstance(found, list):
        raise NoCatalogue("no_catalogue")
    packages = cast("Sequence[Any]", found)
    sets = [_offered(cast("dict[str, Any]", one)) for one in packages if isinstance(one, dict)]
    start = int(dict(parse_qsl(urlsplit(url).query)).get("start") or 0)
    count = result.get("count")
    is_last = not packages or not isinstance(count, int) or start + len(packages) >= count
    return Listed(
        "ckan",
        tuple(one for one in sets if one.title),
        "" if is_last else page_address(url, start + len(packages)),
    )


def _offered(package: dict[str, Any]) -> Offered:
    files: list[OfferedFile] = []
    others = 0
    resources = cast("Sequence[Any]", package.get("resources") or ())
    for resource in resources if isinstance(resources, list) else ():
        told = [text for name in ("format", "mimetype") if (text := _text(resource, name))]
        file = file_of(_text(resource, "url"), _text(resource, "name"), *told[:1])
        if file is None or len(files) == FILES_MAX:
            others += 1
        else:
            files.append(file)
    office = _part(package, "organization")
    return Offered(
        key=key_of(_text(package, "id") or _text(package, "name")),
        title=slim(_text(package, "title") or _text(package, "name")),
        publisher=slim(_text(office, "title") or _text(office, "name") or _text(package, "author")),
        licence=slim(_text(package, "license_title") or _text(package, "license_id")),
        modified=slim(_text(package, "metadata_modified")),
        page=page if (page := _text(package, "url")).startswith(("http://", "https://")) else "",
        files=tuple(files),
        others=others,
    )


def _part(record: Any, name: str) -> dict[str, Any]:
    found = cast("dict[str, Any]", record).get(name) if isinstance(record, dict) else None
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def _text(record: Any, name: str) -> str:
    found = cast("dict[str, Any]", record).get(name) if isinstance(record, dict) else None
    return found if isinstance(found, str) else ""
