"""Open data: the tables of the town as entities, found as places and as data sets, brought in from files as they are."""

from __future__ import annotations

import msgspec

from kaiteki.kit.manifest import EVERYTHING, Command, EntityType, Page, Service
from kaiteki.kit.views import slots
from kaiteki.model.access import STAFF
from kaiteki.model.words import Words
from kaiteki.services.opendata import desk, publish, queries
from kaiteki.services.opendata.finder import SHELTERS
from kaiteki.services.opendata.model import CorrectMapping, DataSet, ImportMapping, ImportRun, record_view
from kaiteki.services.opendata.rules import correct_mapping, needed_for_mapping
from kaiteki.services.opendata.standard.table import StandardType, standard_types
from kaiteki.services.opendata.topics import topics_of

_SHARED = {
    "location": Words(ja="場所", en="Location"),
    "data_set": Words(ja="データセット", en="Data set", easy="もとの データ"),
    "details": Words(ja="そのほかの項目", en="Further details", easy="ほかの こと"),
    "hazards": Words(ja="使える災害", en="Hazards it is for", easy="使える 災害"),
    "openedFor": Words(ja="開設する災害", en="Opened for", easy="開く 災害"),
}


def _listing(kind: StandardType) -> str:
    if "place" not in kind.plays:
        return ""
    return "places?kind=" + (SHELTERS if "shelter" in kind.plays else kind.name)


def entity_type(kind: StandardType) -> EntityType:
    """The entity type of a row of the standard table: all of it is public, staff may read it in the back office."""
    view = record_view(kind.name)
    labels = {item.name: item.words for item in kind.items if not item.flag}
    return EntityType(
        name=kind.name,
        view=view,
        words=kind.words,
        title=kind.title,
        columns=kind.columns,
        labels={**labels, **_SHARED},
        public=tuple(slot.field for slot in slots(view)),
        raw=EVERYTHING,
        plays=kind.plays,
        page="places/{id}" if "place" in kind.plays else "",
        listing=_listing(kind),
        field=kind.field,
    )


def _public(view: type[msgspec.Struct]) -> tuple[str, ...]:
    return tuple(slot.field for slot in slots(view))


_DATA_SET = EntityType(
    name="DataSet",
    raw=EVERYTHING,
    view=DataSet,
    words=Words(ja="データセット", en="Data set", easy="データ"),
    title="title",
    columns=("title", "record_type", "records", "quality", "checked_at"),
    public=_public(DataSet),
    page="data/{id}",
    labels={
        "title": Words(ja="名前", en="Title"),
        "record_type": Words(ja="種類", en="Type"),
        "records": Words(ja="件数", en="Records"),
        "source": Words(ja="出典", en="Source"),
        "licence": Words(ja="利用条件", en="Licence"),
        "quality": Words(ja="品質(0〜100)", en="Quality (0 to 100)"),
        "changed_at": Words(ja="内容の更新", en="Content changed"),
        "checked_at": Words(ja="最後の確認", en="Last read"),
        "file_name": Words(ja="ファイル", en="File"),
        "folder": Words(ja="フォルダー", en="Folder"),
        "encoding": Words(ja="文字コード", en="Encoding"),
        "columns": Words(ja="もとの列", en="Original columns"),
        "mapping": Words(ja="列の対応", en="Mapping of columns"),
    },
)
_IMPORT_RUN = EntityType(
    name="ImportRun",
    raw=EVERYTHING,
    view=ImportRun,
    words=Words(ja="取り込みの結果", en="Import result"),
    title="file_name",
    columns=("file_name", "read", "created", "changed", "unchanged", "refused", "finished_at"),
)
_IMPORT_MAPPING = EntityType(
    name="ImportMapping",
    raw=EVERYTHING,
    view=ImportMapping,
    words=Words(ja="列の対応", en="Mapping of columns"),
    title="title",
    columns=("title", "record_type", "told"),
)

service = Service(
    name="opendata",
    words=Words(ja="オープンデータ", en="Open data", easy="みんなが 使える データ"),
    summary=Words(
        ja="まちの施設や避難所を探し、データを自由に使えます。",
        en="Find facilities and shelters, and use the data of the town freely.",
        easy="まちの 施設や 避難所を さがせます。データを 自由に 使えます。",
    ),
    field="town",
    stage="pilot",
    package=__package__ or "",
    types=(
        _DATA_SET,
        _IMPORT_RUN,
        _IMPORT_MAPPING,
        *(entity_type(kind) for kind in standard_types().values()),
    ),
    commands=(
        Command(
            name="correct_mapping",
            words=Words(ja="列の対応を直す", en="Correct the mapping of columns"),
            form=CorrectMapping,
            decide=correct_mapping,
            needs=needed_for_mapping,
            on="ImportMapping",
        ),
    ),
    pages=(
        Page(
            "places",
            "places.html",
            Words(ja="まちの施設・避難所", en="Facilities and shelters", easy="まちの 施設・避難所"),
            queries.find_places,
            menu=True,
            icon="pin",
            field="life",
            summary=Words(
                ja="名前、種類、距離、災害の種類でさがす",
                en="By name, kind, distance and hazard",
                easy="名前（なまえ）や 近（ちか）さで さがします",
            ),
        ),
        Page("places.csv", "places.html", Words(ja="施設のCSV", en="Facilities as CSV"), publish.places_csv),
        Page(
            "places.geojson",
            "places.html",
            Words(ja="施設のGeoJSON", en="Facilities as GeoJSON"),
            publish.places_geojson,
        ),
        Page("places/{id}", "place.html", Words(ja="施設", en="Facility", easy="施設"), queries.show_place),
        Page(
            "data",
            "catalogue.html",
            Words(ja="オープンデータ", en="Open data", easy="みんなが 使える データ"),
            queries.catalogue,
            menu=True,
            icon="data",
            field="business",
            summary=Words(
                ja="まちのデータを見る、ダウンロードする",
                en="See and download the data of the town",
                easy="まちの データを 見（み）ます。ダウンロードも できます",
            ),
        ),
        Page(
            "data/{id}",
            "dataset.html",
            Words(ja="データセット", en="Data set", easy="データ"),
            queries.show_data_set,
        ),
        Page("data/{id}/records.csv", "dataset.html", Words(ja="CSV", en="CSV"), publish.data_csv),
        Page(
            "data/{id}/records.geojson",
            "dataset.html",
            Words(ja="GeoJSON", en="GeoJSON"),
            publish.data_geojson,
        ),
        Page(
            "data/{id}/quality",
            "quality.html",
            Words(ja="取り込みの結果", en="Import result"),
            desk.show_quality,
            roles=(STAFF,),
        ),
        Page(
            "data/{id}/mapping",
            "mapping.html",
            Words(ja="列の対応を直す", en="Correct the mapping of columns"),
            desk.show_mapping,
            act=desk.act_mapping,
            roles=(STAFF,),
        ),
    ),
    topics=topics_of,
)
