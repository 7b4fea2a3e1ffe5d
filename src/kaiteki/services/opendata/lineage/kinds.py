"""The files of data sets and their lines as types: everybody reads them, as everybody reads the records; imports write them."""

from __future__ import annotations

from typing import Final

from kaiteki.kit.manifest import EVERYTHING, EntityType
from kaiteki.model.words import Words
from kaiteki.services.opendata.lineage.model import FILE_LINES, SOURCE_FILE, SourceFile, lines_of_all
from kaiteki.services.opendata.standard.table import standard_types

WAYS: Final = {
    "import": Words("取り込みコマンド", "Imported by command", "コマンドで 入（い）れた"),
    "delivery": Words("職員が提出", "Delivered by staff", "市役所（しやくしょ）の 人（ひと）が 出（だ）した"),
    "harvest": Words("定期取得", "Fetched by rhythm", "じどうで とった"),
}
SOURCE_FILES: Final = EntityType(
    name=SOURCE_FILE,
    raw=EVERYTHING,
    view=SourceFile,
    words=Words("データのもとのファイル", "Files that data came from", "もとの ファイル"),
    title="id",
    columns=("data_set", "number", "way", "received_at", "read", "kept"),
    public=tuple(name for name in SourceFile.__struct_fields__ if name != "id"),
    workings=frozenset({"files", "mapping", "repairs", "rewritten", "let", "parts", "slug"}),
    codes=lambda settings: {"way": WAYS},
    labels={
        "data_set": Words("データセット", "Data set", "データ"),
        "number": Words("何番目のファイルか", "Which file of the data set", "なん番（ばん）め"),
        "before": Words("前のファイル", "The file before", "まえの ファイル"),
        "digest": Words("SHA-256", "SHA-256"),
        "folder": Words("フォルダー", "Folder"),
        "part": Words("シート・部分", "Sheet or part", "シート"),
        "way": Words("届いた方法", "How it came", "どうやって きたか"),
        "url": Words("取得元", "Fetched from", "とって きた ところ"),
        "received_at": Words("届いた日時", "Received", "とどいた とき"),
        "started_at": Words("取り込み開始", "Import begun", "はじめた とき"),
        "finished_at": Words("取り込み終了", "Import finished", "おわった とき"),
        "encoding": Words("文字コード", "Encoding", "文字（もじ）の しゅるい"),
        "record_type": Words("記録の種類", "Type of its records", "しゅるい"),
        "unit": Words("行の数え方", "What is counted", "行（ぎょう）の かぞえかた"),
        "looked": Words("確かめた列", "Columns looked through", "見（み）た れつ"),
        "read": Words("読んだ行", "Rows read", "よんだ かず"),
        "kept": Words("記録になった行", "Rows that are records", "入（はい）った かず"),
        "refused": Words("受けつけなかった行", "Refused", "うけつけない"),
        "created": Words("新しい記録", "New", "あたらしい"),
        "changed": Words("変わった記録", "Changed", "かわった"),
    },
)  # fmt: skip
LINES_OF: Final = {f"lines_of_{name}": (name,) for name in standard_types()}
LINES_OF_FILES: Final = EntityType(
    name=FILE_LINES,
    raw=EVERYTHING,
    view=lines_of_all(),
    words=Words("ファイルの行と記録", "Lines of files and their records", "ファイルの 行（ぎょう）"),
    title="id",
    columns=("source_file", "first", "last", "count"),
    public=tuple(name for name in lines_of_all().__struct_fields__ if name != "id"),
    workings=frozenset({"packed", *LINES_OF}),
    tells_of={"packed": tuple(standard_types()), **LINES_OF},
    labels={
        "source_file": Words("ファイル", "File"),
        "first": Words("はじめの行", "First line", "はじめの 行（ぎょう）"),
        "last": Words("おわりの行", "Last line", "おわりの 行（ぎょう）"),
        "count": Words("記録の数", "Records", "かず"),
    },
)
