"""What the service keeps, told as data: data sets, imports, kept mappings, and a type for each row of the standard table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from kaiteki.kit.manifest import EVERYTHING, EntityType
from kaiteki.model.open_data import RHYTHMS, THEMES, OpenData
from kaiteki.model.words import Words
from kaiteki.services.opendata.budgets import BUDGETS
from kaiteki.services.opendata.catalogues.model import CATALOGUES
from kaiteki.services.opendata.correcting.model import CORRECTIONS
from kaiteki.services.opendata.finder import SHELTERS
from kaiteki.services.opendata.intake.delivery import DELIVERIES
from kaiteki.services.opendata.intake.harvest import SOURCES
from kaiteki.services.opendata.intake.inventory import ENTRIES
from kaiteki.services.opendata.intake.mapped import MAPPINGS
from kaiteki.services.opendata.lineage.kinds import LINES_OF_FILES, SOURCE_FILES
from kaiteki.services.opendata.model import DataSet, ImportMapping, ImportRun, record_view
from kaiteki.services.opendata.quality import REASONS
from kaiteki.services.opendata.readability.report import READABILITY
from kaiteki.services.opendata.release_forms import RELEASES
from kaiteki.services.opendata.requests.kinds import REQUEST_TYPES
from kaiteki.services.opendata.standard.table import StandardType, standard_types
from kaiteki.services.opendata.transit.feed import FEEDS, PARTS
from kaiteki.services.opendata.use.model import USES
from kaiteki.services.opendata.withdrawal.model import WITHDRAWALS, WITHDRAWN, WITHHELDS

HAPPENING: Final = frozenset({"incident", "event", "work"})
"""What a type plays whose records are at a time, which their days say."""
_SHARED: Final = {
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
    days = tuple(
        item.name for item in kind.items if item.kind == "日付" and item.name in view.__struct_fields__
    )
    return EntityType(
        name=kind.name,
        view=view,
        words=kind.words,
        title=kind.title,
        columns=kind.columns,
        labels={**labels, **_SHARED},
        public=_public(view),
        public_gone=True,
        raw=EVERYTHING,
        plays=kind.plays,
        page="places/{id}" if "place" in kind.plays else "",
        desk="opendata/publishing/{id}",
        listing=_listing(kind),
        field=kind.field,
        times=dict.fromkeys(days, "day"),
        happens=days[:2] if kind.plays & HAPPENING else (),
        open_data=OpenData(
            attributes=_public(view),
            theme=kind.theme,
            category=kind.category,
            rhythm="IRREG",
            in_tables=True,
            standards=kind.standards,
        ),
    )


def _public(view: type[msgspec.Struct]) -> tuple[str, ...]:
    """Every field; the views are compiled when one of their entities is read."""
    return tuple(name for name in view.__struct_fields__ if name != "id")


def _codes(settings: Any) -> Mapping[str, Mapping[str, Words]]:
    """The words of types, of why a type was taken, of themes and rhythms, and of the offices of the area."""
    types = {name: kind.words for name, kind in standard_types().items()}
    rhythms = {code: one.words for code, one in RHYTHMS.items()}
    offices = {one.code: one.words for one in getattr(settings, "offices", ())}
    return {
        "record_type": types,
        "type_reason": REASONS,
        "theme": THEMES,
        "rhythm": rhythms,
        "office": offices,
    }


_OF_IMPORTS: Final = frozenset({"left_out", "corrected", "is_lasting", "keyed_by"})
"""What only imports go by."""
DATA_SET: Final = EntityType(
    name="DataSet",
    raw=EVERYTHING,
    view=DataSet,
    words=Words(ja="データセット", en="Data set", easy="データ"),
    title="title",
    columns=("title", "record_type", "records", "quality", "checked_at"),
    plays=frozenset({"data_set"}),
    public=tuple(name for name in _public(DataSet) if name not in _OF_IMPORTS),
    workings=_OF_IMPORTS,
    page="data/{id}",
    desk="data/{id}/quality",
    codes=_codes,
    labels={
        "title": Words(ja="名前", en="Title", easy="なまえ"),
        "record_type": Words(ja="種類", en="Type", easy="しゅるい"),
        "records": Words(ja="件数", en="Records", easy="かず"),
        "source": Words(ja="出典", en="Source", easy="データを 出（だ）した ところ"),
        "licence": Words(ja="利用条件", en="Licence", easy="つかう ときの きまり"),
        "quality": Words(ja="品質(0〜100)", en="Quality (0 to 100)", easy="データの よさ(0〜100)"),
        "readability": Words(
            ja="機械可読性(0〜100)", en="Machine readability (0 to 100)", easy="コンピューターでの よみやすさ"
        ),
        "changed_at": Words(ja="内容の更新", en="Content changed", easy="ないようが かわった とき"),
        "checked_at": Words(ja="最後の確認", en="Last read", easy="さいごに 見（み）た とき"),
        "file_name": Words(ja="ファイル", en="File"),
        "source_file": Words(ja="もとのファイル", en="The file it came from", easy="もとの ファイル"),
        "folder": Words(ja="フォルダー", en="Folder"),
        "encoding": Words(ja="文字コード", en="Encoding", easy="文字（もじ）の しゅるい"),
        "columns": Words(ja="もとの列", en="Original columns", easy="もとの れつ"),
        "fills": Words(ja="列が表す項目", en="What the columns are", easy="れつの いみ"),
        "items": Words(
            ja="使っている標準の項目", en="Items of the standard in use", easy="つかって いる こうもく"
        ),
        "details": Words(ja="そのほかの列", en="Further columns", easy="ほかの れつ"),
        "detail_sorts": Words(
            ja="そのほかの列の種類", en="What further columns are", easy="ほかの れつの しゅるい"
        ),
        "located": Words(ja="場所のある件数", en="Records with a place", easy="場所（ばしょ）が ある かず"),
        "mapping": Words(ja="列の対応", en="Mapping of columns", easy="れつの いみ"),
        "box": Words(ja="記録のある範囲（西南東北）", en="Box around its places", easy="ばしょの はんい"),
        "description": Words(ja="説明", en="Description", easy="せつめい"),
        "theme": Words(ja="テーマ", en="Theme", easy="テーマ"),
        "category": Words(
            ja="分類（標準データセット）",
            en="Filed as (standard data set)",
            easy="しゅるい（きまった かたち）",
        ),
        "keywords": Words(ja="キーワード", en="Keywords", easy="ことば"),
        "office": Words(ja="担当", en="Office", easy="たんとう"),
        "rhythm": Words(ja="更新の約束", en="Promised rhythm", easy="いつ かわるか"),
        "since": Words(ja="対象の期間（始め）", en="Days it speaks of, from", easy="いつから"),
        "until": Words(ja="対象の期間（終わり）", en="Days it speaks of, until", easy="いつまで"),
        "feed": Words(
            ja="公共交通のデータ（GTFS）", en="Feed of public transport (GTFS)", easy="バスの データ"
        ),
        "feed_digest": Words(
            ja="GTFSのファイルのSHA-256", en="SHA-256 of the GTFS file", easy="GTFSの しるし（SHA-256）"
        ),
        "feed_bytes": Words(
            ja="GTFSのファイルのバイト数", en="Bytes of the GTFS file", easy="GTFSの 大（おお）きさ"
        ),
    },
)
IMPORT_RUN: Final = EntityType(
    name="ImportRun",
    raw=EVERYTHING,
    view=ImportRun,
    words=Words(ja="取り込みの結果", en="Import results", easy="とりこみの けっか"),
    title="file_name",
    columns=("file_name", "read", "created", "changed", "unchanged", "refused", "finished_at"),
    desk="data/{id}/quality",
    workings=frozenset({"issues", "cleared", "without"}),
    codes=_codes,
    labels={
        "data_set": Words(ja="データセット", en="Data set", easy="データ"),
        "file_name": Words(ja="ファイル", en="File"),
        "started_at": Words(ja="始めた日時", en="Begun", easy="はじめた とき"),
        "finished_at": Words(ja="終わった日時", en="Finished", easy="おわった とき"),
        "read": Words(ja="読んだ行", en="Rows read", easy="よんだ かず"),
        "created": Words(ja="新しい記録", en="New", easy="あたらしい"),
        "changed": Words(ja="変わった記録", en="Changed", easy="かわった"),
        "unchanged": Words(ja="同じ記録", en="Unchanged", easy="おなじ"),
        "refused": Words(ja="受けつけなかった行", en="Refused", easy="うけつけない"),
        "warnings": Words(ja="注意", en="Warnings", easy="ちゅうい"),
        "removed": Words(ja="消した記録", en="Removed", easy="けした"),
        "looked": Words(ja="確かめた列", en="Columns looked through", easy="見（み）た れつ"),
        "type_reason": Words(ja="種類を決めた理由", en="Why this type", easy="しゅるいの りゆう"),
    },
)
IMPORT_MAPPING: Final = EntityType(
    name="ImportMapping",
    raw=EVERYTHING,
    view=ImportMapping,
    words=Words(ja="列の対応", en="Mappings of columns", easy="れつの いみ"),
    title="title",
    columns=("title", "record_type", "told"),
    desk="data/{id}/mapping",
    workings=frozenset({"choices"}),
    codes=_codes,
    labels={
        "title": Words(ja="データ", en="Table", easy="データ"),
        "record_type": Words(ja="種類", en="Type", easy="しゅるい"),
        "told": Words(
            ja="職員が確かめた",
            en="Confirmed by staff",
            easy="市役所（しやくしょ）の 人（ひと）が 見（み）た",
        ),
    },
)
TYPES: Final = (
    DATA_SET,
    IMPORT_RUN,
    IMPORT_MAPPING,
    READABILITY,
    SOURCE_FILES,
    LINES_OF_FILES,
    DELIVERIES,
    SOURCES,
    MAPPINGS,
    CATALOGUES,
    ENTRIES,
    RELEASES,
    BUDGETS,
    *REQUEST_TYPES,
    USES,
    FEEDS,
    PARTS,
    WITHHELDS,
    WITHDRAWALS,
    WITHDRAWN,
    CORRECTIONS,
    *(entity_type(kind) for kind in standard_types().values()),
)
