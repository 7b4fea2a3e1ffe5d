"""The stable addresses of the downloads of a data set, below `data/{id}/`: what the manifest of the service lists."""

from __future__ import annotations

from typing import Final

from kaiteki.kit.manifest import Page
from kaiteki.model.words import Words
from kaiteki.services.opendata.downloads import atom, changes, files, gtfs, json_feed, packaged

FEEDS_OF_AREA: Final = (
    Page(
        "data/feed.atom",
        "refused.html",
        Words(ja="更新の通知（Atom）", en="Feed of changes (Atom)"),
        atom.feed_of_area,
    ),
    Page(
        "data/feed.json",
        "refused.html",
        Words(ja="更新の通知（JSON Feed）", en="Feed of changes (JSON Feed)"),
        json_feed.json_of_area,
    ),
)
"""They stand before `data/{id}`, of which they would be one."""
DOWNLOADS: Final = (
    Page(
        "data/{id}/feed.atom",
        "refused.html",
        Words(ja="更新の通知（Atom）", en="Feed of changes (Atom)"),
        atom.feed_of_data_set,
    ),
    Page(
        "data/{id}/feed.json",
        "refused.html",
        Words(ja="更新の通知（JSON Feed）", en="Feed of changes (JSON Feed)"),
        json_feed.json_of_data_set,
    ),
    Page("data/{id}/records.csv", "refused.html", Words(ja="CSV", en="CSV"), files.records_csv),
    Page(
        "data/{id}/records.csv-metadata.json",
        "refused.html",
        Words(ja="CSVの項目の説明", en="What the columns of the CSV mean"),
        files.records_csvw,
    ),
    Page(
        "data/{id}/datapackage.json",
        "refused.html",
        Words(ja="データの説明（Data Package）", en="The data as a Data Package"),
        packaged.datapackage,
    ),
    Page(
        "data/{id}/records.geojson", "refused.html", Words(ja="GeoJSON", en="GeoJSON"), files.records_geojson
    ),
    Page(
        "data/{id}/records.jsonl",
        "refused.html",
        Words(ja="GeoJSON（1行に1件）", en="GeoJSON, a record a line"),
        files.records_jsonl,
    ),
    Page(
        "data/{id}/records.gpkg", "refused.html", Words(ja="GeoPackage", en="GeoPackage"), files.records_gpkg
    ),
    Page(
        "data/{id}/records.parquet",
        "refused.html",
        Words(ja="GeoParquet", en="GeoParquet"),
        files.records_parquet,
    ),
    Page(
        "data/{id}/gtfs.zip",
        "refused.html",
        Words(ja="公共交通のデータ（GTFS）", en="Feed of public transport (GTFS)"),
        gtfs.gtfs_zip,
    ),
    Page(
        "data/{id}/changes",
        "changes.html",
        Words(ja="変わったところ", en="What changed", easy="かわった ところ"),
        changes.show_changes,
    ),
    Page(
        "data/{id}/changes.csv",
        "refused.html",
        Words(ja="変更のCSV", en="Changes as CSV"),
        changes.changes_csv,
    ),
    Page(
        "data/{id}/changes.json",
        "refused.html",
        Words(ja="変更のJSON", en="Changes as JSON"),
        changes.changes_json,
    ),
)
