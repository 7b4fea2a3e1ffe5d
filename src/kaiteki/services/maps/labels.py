"""What the fields of a layer are called."""

from __future__ import annotations

from typing import Final

from kaiteki.model.words import Words

LABELS: Final = {
    "title": Words("名前", "Title", "なまえ"),
    "group": Words("分類", "Group", "しゅるい"),
    "summary": Words("説明", "Summary", "せつめい"),
    "collection": Words("データ（コレクション）", "Collection", "データ"),
    "filter": Words("絞り込み（CQL2）", "Filter (CQL2)", "しぼりこみ"),
    "geometry": Words("形", "Shape", "かたち"),
    "style": Words("描き方", "Style", "かきかた"),
    "legal_note": Words("注意書き", "Legal note", "ちゅうい"),
    "grounds": Words("根拠法令", "Grounds", "もとの きまり"),
    "source": Words("出典", "Source", "もとの データ"),
    "as_of": Words("時点", "As of", "いつの データ"),
    "licence": Words("利用条件", "Licence", "つかう きまり"),
    "maintainer": Words("担当", "Maintained by", "たんとう"),
    "rhythm": Words("更新の頻度", "Updated", "あたらしく する"),
    "items": Words("項目", "Items", "こうもく"),
    "order": Words("順番", "Order", "じゅんばん"),
    "importance": Words("重要さ（0〜100）", "Importance (0 to 100)", "たいせつさ"),
    "open_data": Words("オープンデータのカタログに載せる", "In the catalogue of open data", "オープンデータ"),
    "log": Words("これまで", "Log", "これまで"),
}
