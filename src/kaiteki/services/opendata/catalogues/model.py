"""A catalogue of somebody else as an entity: its address, what it offered when it was read last, and what is new in that.

A data set is known by a key, the digest of its own name (its IRI, or its id in a CKAN), a file by the digest of its address. Only files
of FORMS can be fetched; of the others it is told how many there are.
"""

from __future__ import annotations

import hashlib
import re
from typing import Annotated, Final
from urllib.parse import urlsplit

import msgspec

from kaiteki.kit.forms import Label
from kaiteki.kit.manifest import EVERYTHING, EntityType
from kaiteki.model.instant import Instant
from kaiteki.model.words import Words
from kaiteki.services.opendata.intake.harvest import RHYTHMS

NAME: Final = "HarvestCatalogue"
SETS_MAX: Final = 1_000
"""Data sets of one catalogue that are listed; that there are more is said."""
FILES_MAX: Final = 10
"""Files of one data set."""
TEXT_LENGTH_MAX: Final = 200
URL_LENGTH_MAX: Final = 1_000
CHOSEN_MAX: Final = 100
"""Files that are chosen at once."""
FORMS: Final = {
    "csv": ("csv", "text/csv", "application/csv"),
    "tsv": ("tsv", "text/tab-separated-values"),
    "xlsx": ("xlsx", "excel (xlsx)", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "geojson": ("geojson", "geo json", "application/geo+json", "application/vnd.geo+json"),
    "zip": ("zip", "shp", "shape", "shapefile", "esri shapefile", "esri shapefile (zip)", "shp(zip)", "zip(shp)", "zip (shp)", "gtfs", "gtfs-jp", "gtfs jp", "gtfs schedule", "application/zip", "application/x-zip-compressed"),
}  # fmt: skip
"""Suffix -> what catalogues call it. What a zip holds is seen when it is fetched: Shapefiles, a feed of public transport, or neither."""
STATES: Final = {
    "": Words("読み取り待ち", "About to be read", "もうすぐ 読（よ）みます"),
    "read": Words("読み取り済み", "Read", "読（よ）みました"),
    "failed": Words("読み取れませんでした", "Could not be read", "読（よ）めませんでした"),
}


class OfferedFile(msgspec.Struct, frozen=True):
    """A file that can be fetched: its address, and its form as a suffix."""

    key: str
    url: str
    form: str
    title: str = ""


class Offered(msgspec.Struct, frozen=True):
    """A data set of a catalogue. `modified` is what the catalogue says of it; `others` counts files of other forms.

    `news`: `new` when it was not there at the reading before, `changed` when the catalogue says another `modified` or other files.
    """

    key: str
    title: str
    publisher: str = ""
    licence: str = ""
    modified: str = ""
    page: str = ""
    files: tuple[OfferedFile, ...] = ()
    others: int = 0
    news: str = ""


class HarvestCatalogue(msgspec.Struct, frozen=True):
    """An address and what stood there. `form` is `dcat` or `ckan`; `more`: there are data sets beyond those that are listed; `gone` are the
    titles of those that were there before. `failures` are those since it was read last."""

    id: str
    title: str = ""
    url: str = ""
    form: str = ""
    state: str = ""
    why: str = ""
    sets: tuple[Offered, ...] = ()
    more: bool = False
    gone: tuple[str, ...] = ()
    failures: int = 0
    read_at: Instant | None = None
    next_at: Instant | None = None


class Listed(msgspec.Struct, frozen=True):
    """One page of a catalogue as it was read: its data sets, and the address of the next page, empty on the last."""

    form: str
    sets: tuple[Offered, ...]
    next_url: str = ""


class NoCatalogue(Exception):
    """A document that is no catalogue; the text is a code of the words of the desk."""


class DeclareCatalogue(msgspec.Struct, frozen=True):
    """Declare the address of a catalogue."""

    title: Annotated[
        str, msgspec.Meta(min_length=1, max_length=100), Label(Words("名前", "Name", "名前（なまえ）"))
    ]
    url: Annotated[
        str,
        msgspec.Meta(min_length=8, max_length=URL_LENGTH_MAX, pattern=r"^https?://\S+$"),
        Label(Words("アドレス（URL）", "Address (URL)", "アドレス")),
    ]


class ReadCatalogue(msgspec.Struct, frozen=True):
    """Have a catalogue read at once."""

    id: str


class ForgetCatalogue(msgspec.Struct, frozen=True):
    """Take a catalogue off the list; the sources that were chosen out of it stay."""

    id: str


class ChooseFiles(msgspec.Struct, frozen=True):
    """Choose files of a catalogue, by their keys; each becomes a source."""

    id: str
    chosen: Annotated[
        tuple[str, ...],
        msgspec.Meta(min_length=1, max_length=CHOSEN_MAX),
        Label(Words("取りに行くファイル", "Files to fetch", "とりに 行（い）く ファイル")),
    ]
    every_hours: Annotated[str, Label(Words("間隔", "Rhythm", "どのくらい"), choices=RHYTHMS)] = "24"


def key_of(name: str) -> str:
    """The key of a name or an address."""
    return hashlib.sha256(name.encode()).hexdigest()[:16]


def form_of(url: str, *told: str) -> str:
    """The form of a file, by what the catalogue tells (「CSV」, a media type, the IRI of one), else by its address; empty for other forms."""
    for text in told:
        plain = text.strip().casefold()
        last = plain.rpartition("/")[2]
        found = next((form for form, names in FORMS.items() if plain in names or last in names), "")
        found = found or next(
            (form for form, names in FORMS.items() if plain.endswith(tuple(n for n in names if "/" in n))), ""
        )
        if found:
            return found
        if plain:
            return ""
    suffix = urlsplit(url).path.rpartition(".")[2].casefold()
    return suffix if suffix in FORMS else ""


def is_address(url: str) -> bool:
    """Whether a text is an address of the web; catalogues hold all sorts of texts."""
    try:
        parts = urlsplit(url)
    except ValueError:
        # brackets that hold no address of IPv6
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc) and re.search(r"\s", url) is None


def file_of(url: str, title: str, *told: str) -> OfferedFile | None:
    """A file of a catalogue; None where it is of another form, or its address none of the web."""
    if len(url) > URL_LENGTH_MAX or not is_address(url):
        return None
    form = form_of(url, *told)
    if not form:
        return None
    return OfferedFile(key_of(url), url, form, slim(title))


def slim(text: str) -> str:
    """A text of a catalogue on one line, so long as it may be."""
    return " ".join(text.split())[:TEXT_LENGTH_MAX]


CATALOGUES: Final = EntityType(
    name=NAME,
    raw=EVERYTHING,
    view=HarvestCatalogue,
    words=Words("ほかのまちのカタログ", "Catalogues of others", "ほかの まちの カタログ"),
    title="title",
    columns=("title", "url", "state", "read_at"),
    desk="opendata/catalogues/{id}",
    workings=frozenset({"sets", "gone", "form"}),
    codes=lambda settings: {"state": STATES},
    labels={
        "title": Words("名前", "Name", "名前（なまえ）"),
        "url": Words("アドレス", "Address"),
        "state": Words("状態", "State", "いまの ようす"),
        "why": Words("読み取れない理由", "Why it could not be read", "どうして"),
        "more": Words("一覧に入らないデータがある", "More than are listed", "まだ ほかにも ある"),
        "failures": Words("続けて失敗した回数", "Failures in a row", "だめだった 回数（かいすう）"),
        "read_at": Words("最後に読み取った日時", "Last read", "さいごの とき"),
        "next_at": Words("次に読み取る日時", "Read next", "つぎの とき"),
    },
)  # fmt: skip
