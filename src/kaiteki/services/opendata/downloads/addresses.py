"""The stable addresses of the downloads of a data set, below `data/{id}/`: what the manifest of the service lists."""

from __future__ import annotations

from functools import partial
from typing import Final

from kaiteki.kit.manifest import Page
from kaiteki.model.words import Words
from kaiteki.services.opendata.downloads import atom, changes, feed, files, gtfs, json_feed, packaged
from kaiteki.services.opendata.downloads.asked import FORM

FEEDS_OF_AREA: Final = (
    Page(
        "data/feed.atom",
        "",
        Words(ja="更新の通知（Atom）", en="Feed of changes (Atom)"),
        partial(feed.show_feed_of_area, atom.write_atom),
        asks={"before": feed.BEFORE},
    ),
    Page(
        "data/feed.json",
        "",
        Words(ja="更新の通知（JSON Feed）", en="Feed of changes (JSON Feed)"),
        partial(feed.show_feed_of_area, json_feed.write_json),
        asks={"before": feed.BEFORE},
    ),
)
"""They stand before `data/{id}`, of which they would be one."""
DOWNLOADS: Final = (
    Page(
        "data/{id}/feed.atom",
        "",
        Words(ja="更新の通知（Atom）", en="Feed of changes (Atom)"),
        partial(feed.show_feed, atom.write_atom),
        asks={"before": feed.BEFORE},
    ),
    Page(
        "data/{id}/feed.json",
        "",
        Words(ja="更新の通知（JSON Feed）", en="Feed of changes (JSON Feed)"),
        partial(feed.show_feed, json_feed.write_json),
        asks={"before": feed.BEFORE},
    ),
    Page("data/{id}/records.csv", "", Words(ja="CSV", en="CSV"), files.records_csv, asks=FORM),
    Page("data/{id}/records.xlsx", "", Words(ja="Excel", en="Excel"), files.records_xlsx, asks={}),
    Page(
        "data/{id}/records.csv-metadata.json",
        "",
        Words(ja="CSVの項目の説明", en="What the columns of the CSV mean"),
        files.records_csvw,
        asks=FORM,
    ),
    Page(
        "data/{id}/datapackage.json",
        "",
        Words(ja="データの説明（Data Package）", en="The data as a Data Package"),
        packaged.datapackage,
        asks={},
    ),
    Page("data/{id}/records.geojson", "", Words(ja="GeoJSON", en="GeoJSON"), files.records_geojson, asks={}),
    Page(
        "data/{id}/records.jsonl",
        "",
        Words(ja="GeoJSON（1行に1件）", en="GeoJSON, a record a line"),
        files.records_jsonl,
        asks={},
    ),
    Page(
        "data/{id}/records.gpkg",
        "",
        Words(ja="GeoPackage", en="GeoPackage"),
        files.records_gpkg,
        asks={"crs": files.CRS},
    ),
    Page(
        "data/{id}/records.parquet",
        "",
        Words(ja="GeoParquet", en="GeoParquet"),
        files.records_parquet,
        asks={},
    ),
    Page(
        "data/{id}/gtfs.zip",
        "",
        Words(ja="公共交通のデータ（GTFS）", en="Feed of public transport (GTFS)"),
        gtfs.gtfs_zip,
        asks={},
    ),
    Page(
        "data/{id}/changes",
        "changes.html",
        Words(ja="変わったところ", en="What changed", easy="かわった ところ"),
        changes.show_changes,
        asks={"since": changes.SINCE},
    ),
    Page(
        "data/{id}/changes.csv",
        "",
        Words(ja="変更のCSV", en="Changes as CSV"),
        changes.changes_csv,
        asks={"since": changes.SINCE},
    ),
    Page(
        "data/{id}/changes.json",
        "",
        Words(ja="変更のJSON", en="Changes as JSON"),
        changes.changes_json,
        asks={"since": changes.SINCE},
    ),
)
