"""The addresses of downloads: `data/{id}/records.csv` and its sisters. Each answers a version before it reads a record.

    address ─► held (data set, version: two looks into an index) ─► 304, or ─► columns ─► pages of 500 records ─► parts of the file

Everybody gets the same bytes, whoever asks: what is open, read as nobody.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Any, Final

import msgspec

from kaiteki.kit.pages import Missing, PageAsk, PageReply, Shown, Versioned
from kaiteki.kit.published import digest
from kaiteki.kit.tables import Written
from kaiteki.model.words import Words
from kaiteki.services.opendata.declared import type_csv, type_geojson
from kaiteki.services.opendata.downloads.asked import Form, read_form
from kaiteki.services.opendata.downloads.columns import (
    DETAIL_COLUMNS_MAX,
    ID,
    Column,
    handed_columns,
    standard_columns,
)
from kaiteki.services.opendata.downloads.described import CSVW_TYPE, describe_csv
from kaiteki.services.opendata.downloads.features import GEOJSON_TYPE, LINES_TYPE, write_geojson, write_lines
from kaiteki.services.opendata.downloads.records import RECORDS_MAX, Holding, held
from kaiteki.services.opendata.downloads.sheet import CSV_TYPES, find_foreign, write_csv
from kaiteki.services.opendata.downloads.tables import JGD2011, table_of

LOOKED_THROUGH_MAX: Final = 100_000
"""Records that are looked through for characters that Shift_JIS lacks, before the first line is sent."""
NOT_HANDED: Final = Words(
    ja="このデータセットには、もとのファイルの項目名が残っていません。",
    en="The headings of the file of this data set are not known.",
    easy="もとの ファイルの なまえは わかりません。",
)


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
SRIDS: Final = {"4326": 4326, "6668": JGD2011}
TABLE_TYPES: Final = {"gpkg": "application/geopackage+sqlite3", "parquet": "application/vnd.apache.parquet"}


async def records_csv(ask: PageAsk) -> PageReply:
    """A data set as CSV in the columns of the standard, or in those of its file."""
    holding = await held(ask)
    if holding is None:
        return await type_csv(ask)
    form = read_form(ask.query)
    if isinstance(form, Words):
        return refuse(ask, holding, form)
    if holding.version.rows > RECORDS_MAX:
        return refuse(ask, holding, too_many(holding.version.rows, RECORDS_MAX))
    if form.headings == "file" and not handed_as(holding):
        return refuse(ask, holding, NOT_HANDED)
    if form.encoding != "utf-8" and (why := await _unwritable(holding, form)) is not None:
        return refuse(ask, holding, why)
    return versioned(holding, _csv(holding, form), CSV_TYPES[form.encoding], "csv", form.name)


async def _csv(holding: Holding, form: Form) -> AsyncGenerator[bytes, None]:
    parts = write_csv(holding.pages(), await columns_of(holding, form), form)
    async with aclosing(parts):
        async for part in parts:
            yield part


async def columns_of(holding: Holding, form: Form) -> Sequence[Column]:
    """The columns of a data set as a table of texts."""
    details = await details_of(holding)
    columns = standard_columns(holding.kind, details)
    if form.headings == "file":
        handed = handed_as(holding)
        known = {one.detail for one in handed}
        columns = (*handed, *(Column(name, None, name) for name in details if name not in known))
    return (*columns, ID) if form.ids else columns


async def details_of(holding: Holding) -> Sequence[str]:
    """What records keep beside their items, in the order of the file. The import says it; where they were changed past it, they are looked at."""
    one = holding.data_set
    places = {name: at for at, name in enumerate(one.columns)}
    details = sorted(one.details, key=lambda name: places.get(name, len(places)))
    if one.checked_at is None or holding.version.changed_at > one.checked_at:
        further: set[str] = set()
        async for records in holding.pages():
            further.update(str(name) for record in records for name in record.details)
        details += sorted(further.difference(details))
    return details[:DETAIL_COLUMNS_MAX]


def handed_as(holding: Holding) -> tuple[Column, ...]:
    """The columns as they were handed in; none where no import kept them."""
    one = holding.data_set
    known = one.columns and len(one.columns) == len(one.fills)
    return handed_columns(holding.kind, one.columns, one.fills) if known else ()


async def _unwritable(holding: Holding, form: Form) -> Words | None:
    """Why a data set cannot be written in an encoding; None where it can."""
    if holding.version.rows > LOOKED_THROUGH_MAX:
        return too_many(holding.version.rows, LOOKED_THROUGH_MAX)
    found = await find_foreign(holding.pages(), await columns_of(holding, form), form.encoding)
    if found is None:
        return None
    code = f"U+{ord(found.character):04X}"
    return Words(
        ja=f"「{found.character}」（{code}、項目「{found.column}」）は Shift_JIS では書けません。UTF-8で保存してください。",
        en=f"Shift_JIS has no “{found.character}” ({code}, in the column {found.column}). Please take UTF-8.",
        easy=f"「{found.character}」は Shift_JIS に ない 文字（もじ）です。UTF-8を つかって ください。",
    )


def too_many(rows: int, most: int) -> Words:
    """Why so many records do not come as one file."""
    return Words(
        ja=f"{rows:,}件あります。この形式で一度に保存できるのは{most:,}件までです。APIを使ってください。",
        en=f"There are {rows:,} records; a file of this form holds {most:,} at most. Please use the API.",
        easy=f"{rows:,}件（けん）は 多（おお）すぎます。{most:,}件（けん）までです。",
    )


def refuse(ask: PageAsk, holding: Holding, why: Words) -> Shown:
    """The page that says why a file is not made, and leads back."""
    values = {"title": holding.data_set.title, "data_set": holding.data_set, "why": why.say(ask.language)}
    return Shown(values, 422)


def versioned(
    holding: Holding,
    parts: AsyncGenerator[bytes, None] | Written,
    media_type: str,
    suffix: str,
    form: str = "",
) -> Versioned:
    """A file of a data set with its version and its names."""
    return Versioned(
        parts,
        media_type,
        tag=digest(holding.tag, suffix, form),
        filename=f"{holding.data_set.title or holding.slug}.{suffix}",
        plain_name=f"{holding.slug}.{suffix}",
        changed_at=holding.changed_at,
    )


async def records_csvw(ask: PageAsk) -> PageReply:
    """What the columns of the CSV mean, as CSV on the Web has it."""
    holding, form = await held(ask), read_form(ask.query)
    if holding is None:
        return Missing()
    if isinstance(form, Words):
        return refuse(ask, holding, form)
    if form.headings == "file" and not handed_as(holding):
        return refuse(ask, holding, NOT_HANDED)
    return versioned(holding, _csvw(holding, form), CSVW_TYPE, "csv-metadata.json", form.name)


async def _csvw(holding: Holding, form: Form) -> AsyncGenerator[bytes, None]:
    columns = await columns_of(holding, form)
    yield msgspec.json.format(
        msgspec.json.encode(describe_csv(holding.data_set, columns, form, "records.csv"))
    )


async def records_geojson(ask: PageAsk) -> PageReply:
    """A data set as a GeoJSON FeatureCollection."""
    return await _features(ask, "geojson", GEOJSON_TYPE, write_geojson)


async def records_jsonl(ask: PageAsk) -> PageReply:
    """A data set as GeoJSON features, one a line."""
    return await _features(ask, "jsonl", LINES_TYPE, write_lines)


async def _features(ask: PageAsk, suffix: str, media_type: str, write: Any) -> PageReply:
    holding = await held(ask)
    if holding is None:
        return await type_geojson(ask) if suffix == "geojson" else Missing()
    if holding.version.rows > RECORDS_MAX:
        return refuse(ask, holding, too_many(holding.version.rows, RECORDS_MAX))
    return versioned(holding, write(holding.pages()), media_type, suffix)


async def records_gpkg(ask: PageAsk) -> PageReply:
    """A data set as GeoPackage, its places in WGS 84 or, by `crs=6668`, in JGD2011."""
    return await _written(ask, "gpkg")


async def records_parquet(ask: PageAsk) -> PageReply:
    """A data set as GeoParquet."""
    return await _written(ask, "parquet")


async def _written(ask: PageAsk, form: str) -> PageReply:
    holding = await held(ask)
    if holding is None:
        return Missing()
    srid = SRIDS.get(ask.query.get("crs", "4326")) if form == "gpkg" else 4326
    if srid is None:
        return refuse(ask, holding, BAD_CRS)
    if form not in ask.forms:
        return msgspec.structs.replace(refuse(ask, holding, NOT_HERE), status=501)
    if holding.version.rows > RECORDS_MAX:
        return refuse(ask, holding, too_many(holding.version.rows, RECORDS_MAX))
    table = table_of(holding, await details_of(holding), srid)
    file = versioned(holding, Written(form, table), TABLE_TYPES[form], form, str(srid))
    # Parquet is packed column by column already
    return msgspec.structs.replace(file, packs=form != "parquet")
