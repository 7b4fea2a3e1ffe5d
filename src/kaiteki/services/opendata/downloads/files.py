"""The addresses of downloads: `data/{id}/records.csv` and its sisters. Each answers a version before it reads a record.

    address ─► content (version: two looks into an index) ─► 304, or ─► columns ─► pages of 500 records ─► parts of the file

Everybody gets the same bytes, whoever asks: what is open, read as nobody. Imported tables and types that declare themselves open have
the same addresses in the same forms.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import Any, Final

import msgspec

from kaiteki.kit.pages import Declined, PageAsk, PageReply, Versioned
from kaiteki.kit.published import digest
from kaiteki.kit.query_fields import QueryField
from kaiteki.kit.tables import Table, TableColumn, TableRow, Written
from kaiteki.model.words import Words
from kaiteki.services.opendata.absence import declined, no_data_set, no_such_form, way_back
from kaiteki.services.opendata.downloads.asked import NO_EDITION, Form, read_form
from kaiteki.services.opendata.downloads.content import Content, Sheet
from kaiteki.services.opendata.downloads.described import CSVW_TYPE, describe_csv
from kaiteki.services.opendata.downloads.features import GEOJSON_TYPE, LINES_TYPE, write_geojson, write_lines
from kaiteki.services.opendata.downloads.records import RECORDS_MAX, held
from kaiteki.services.opendata.downloads.sheet import CSV_TYPES, find_foreign, write_csv
from kaiteki.services.opendata.downloads.table_content import TableContent
from kaiteki.services.opendata.downloads.tables import JGD2011
from kaiteki.services.opendata.downloads.type_content import type_content

XLSX_RECORDS_MAX: Final = 100_000
"""Records of a workbook: a tenth of what a sheet could hold, for programs that open all of it at once."""
XLSX_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LOOKED_THROUGH_MAX: Final = 100_000
"""Records that are looked through for characters that Shift_JIS lacks, before the first line is sent."""

BAD_CRS: Final = Words(
    ja="crs は 4326（世界測地系）か 6668（JGD2011）です。",
    en="crs is 4326 (WGS 84) or 6668 (JGD2011).",
    easy="crs は 4326 か 6668 です。",
)
NOT_HERE: Final = Words(
    ja="このサーバーにはこの形式を書く部品がありません。運営者は kaiteki[lake] を入れると使えます。",
    en="This server cannot write this form: its operator has to install the extra kaiteki[lake].",
    easy="この サーバーでは この 形（かたち）を つかえません。",
)
NOT_WRITTEN: Final = Words(
    ja="このサーバーはこの形式を書きません。CSVを使ってください。",
    en="This server does not write this form. Please take the CSV.",
    easy="この サーバーでは この 形（かたち）を つかえません。",
)
GEOJSON: Final = Words("GeoJSON", "GeoJSON")
UNFIT_FOR_DATA: Final = 422
"""The status of a form that there is, but not of this data set."""
SRIDS: Final = {"4326": 4326, "6668": JGD2011}
CRS: Final = QueryField(lambda text: text in SRIDS, BAD_CRS)
TABLE_TYPES: Final = {"gpkg": "application/geopackage+sqlite3", "parquet": "application/vnd.apache.parquet"}


async def content_of(ask: PageAsk) -> Content | None:
    """The data set that an address means; None where there is none."""
    holding = await held(ask)
    return TableContent(holding) if holding is not None else await type_content(ask)


async def records_csv(ask: PageAsk) -> PageReply:
    """A data set as CSV: a table in the columns of the standard or in those of its file, a type in its open attributes."""
    content, form = await content_of(ask), read_form(ask.query)
    if content is None:
        return no_data_set(ask)
    if not isinstance(form, Form):
        return Declined(form, onward=way_back(content.id))
    if content.version.rows > RECORDS_MAX:
        return too_many(content, RECORDS_MAX)
    sheet = await content.sheet(form)
    if isinstance(sheet, Words):
        return declined(content.id, _field_of(sheet), sheet, UNFIT_FOR_DATA)
    if form.encoding != "utf-8" and (why := await _unwritable(content, sheet, form)) is not None:
        return declined(content.id, "encoding", why, UNFIT_FOR_DATA)
    parts = write_csv(content.pages(), sheet, form)
    return versioned(content, parts, CSV_TYPES[form.encoding], "csv", form.name)


def _field_of(why: Words) -> str:
    """The field of the address that asks for a table which there is not."""
    return "edition" if why is NO_EDITION else "headings"


async def _unwritable(content: Content, sheet: Sheet, form: Form) -> Words | None:
    """Why a data set cannot be written in an encoding; None where it can."""
    if content.version.rows > LOOKED_THROUGH_MAX:
        return told_many(content.version.rows, LOOKED_THROUGH_MAX)
    found = await find_foreign(content.pages(), sheet, form.encoding)
    if found is None:
        return None
    code = f"U+{ord(found.character):04X}"
    return Words(
        ja=f"「{found.character}」（{code}、項目「{found.column}」）は Shift_JIS では書けません。UTF-8で保存してください。",
        en=f"Shift_JIS has no “{found.character}” ({code}, in the column {found.column}). Please take UTF-8.",
        easy=f"「{found.character}」は Shift_JIS に ない 文字（もじ）です。UTF-8を つかって ください。",
    )


def too_many(content: Content, most: int) -> Declined:
    """A data set has more records than a file of a form holds."""
    return declined(content.id, "", told_many(content.version.rows, most), UNFIT_FOR_DATA)


def told_many(rows: int, most: int) -> Words:
    """Why so many records do not come as one file."""
    return Words(
        ja=f"{rows:,}件あります。この形式で一度に保存できるのは{most:,}件までです。APIを使ってください。",
        en=f"There are {rows:,} records; a file of this form holds {most:,} at most. Please use the API.",
        easy=f"{rows:,}件（けん）は 多（おお）すぎます。{most:,}件（けん）までです。",
    )


def named(content: Content) -> dict[str, Any]:
    """A data set as pages name it."""
    return {"title": content.title, "data_set": {"id": content.id, "title": content.title}}


def versioned(
    content: Content,
    parts: AsyncGenerator[bytes, None] | Written,
    media_type: str,
    suffix: str,
    form: str = "",
) -> Versioned:
    """A file of a data set with its version and its names."""
    return Versioned(
        parts,
        media_type,
        tag=digest(content.tag, suffix, form),
        filename=f"{content.title}.{suffix}",
        plain_name=f"{content.slug}.{suffix}",
        changed_at=content.changed_at,
    )


async def records_csvw(ask: PageAsk) -> PageReply:
    """What the columns of the CSV mean, as CSV on the Web has it."""
    content, form = await content_of(ask), read_form(ask.query)
    if content is None:
        return no_data_set(ask)
    if not isinstance(form, Form):
        return Declined(form, onward=way_back(content.id))
    sheet = await content.sheet(form)
    if isinstance(sheet, Words):
        return declined(content.id, _field_of(sheet), sheet, UNFIT_FOR_DATA)
    told = describe_csv(content, sheet, form, _address_of(form))
    return versioned(content, json_parts(told), CSVW_TYPE, "csv-metadata.json", form.name)


def _address_of(form: Form) -> str:
    """The address of a CSV in the columns of an edition, relative to that of its metadata."""
    return f"records.csv?edition={form.edition}" if form.edition else "records.csv"


async def json_parts(told: Any) -> AsyncGenerator[bytes, None]:
    """A document as the parts of a file."""
    yield msgspec.json.format(msgspec.json.encode(told))


async def records_geojson(ask: PageAsk) -> PageReply:
    """A data set as a GeoJSON FeatureCollection; there is none of a type whose entities lie nowhere."""
    return await _features(ask, "geojson", GEOJSON_TYPE, write_geojson)


async def records_jsonl(ask: PageAsk) -> PageReply:
    """A data set as GeoJSON features, one a line."""
    return await _features(ask, "jsonl", LINES_TYPE, write_lines)


async def _features(ask: PageAsk, suffix: str, media_type: str, write: Any) -> PageReply:
    content = await content_of(ask)
    if content is None:
        return no_data_set(ask)
    if suffix == "geojson" and content.within is None and not content.located:
        return no_such_form(GEOJSON, content.id)
    if content.version.rows > RECORDS_MAX:
        return too_many(content, RECORDS_MAX)
    return versioned(content, write(content.pages(), content.feature), media_type, suffix)


async def records_gpkg(ask: PageAsk) -> PageReply:
    """A data set as GeoPackage, its places in WGS 84 or, by `crs=6668`, in JGD2011."""
    return await _written(ask, "gpkg")


async def records_xlsx(ask: PageAsk) -> PageReply:
    """A data set as a workbook: the cells of its CSV, each a text."""
    content = await content_of(ask)
    if content is None:
        return no_data_set(ask)
    if "xlsx" not in ask.forms:
        return declined(content.id, "", NOT_WRITTEN, 501)
    if content.version.rows > XLSX_RECORDS_MAX:
        return too_many(content, XLSX_RECORDS_MAX)
    sheet = await content.sheet(Form())
    if isinstance(sheet, Words):
        return declined(content.id, "", sheet, UNFIT_FOR_DATA)
    columns = tuple(TableColumn(one.name, one.heading) for one in sheet.columns)
    name = content.slug.replace("-", "_")
    table = Table(name, content.title, columns, _rows_of_cells(content, sheet), located=False)
    # a workbook is packed as it is
    return msgspec.structs.replace(versioned(content, Written("xlsx", table), XLSX_TYPE, "xlsx"), packs=False)


async def _rows_of_cells(content: Content, sheet: Sheet) -> AsyncGenerator[Sequence[TableRow], None]:
    async for records in content.pages():
        yield [TableRow(str(one.id), None, sheet.cells(one)) for one in records]


async def records_parquet(ask: PageAsk) -> PageReply:
    """A data set as GeoParquet."""
    return await _written(ask, "parquet")


async def _written(ask: PageAsk, form: str) -> PageReply:
    content = await content_of(ask)
    if content is None:
        return no_data_set(ask)
    srid = SRIDS.get(ask.query.get("crs") or "4326") if form == "gpkg" else 4326
    if srid is None:
        return declined(content.id, "crs", BAD_CRS)
    if form not in ask.forms:
        return declined(content.id, "", NOT_HERE, 501)
    if content.version.rows > RECORDS_MAX:
        return too_many(content, RECORDS_MAX)
    table = await content.table(srid)
    file = versioned(content, Written(form, table), TABLE_TYPES[form], form, str(srid))
    # Parquet is packed column by column already
    return msgspec.structs.replace(file, packs=form != "parquet")
