"""What the service keeps, told as data: its entity types, what their fields are called, and the words of their codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kaiteki.kit.grounds import OWNER, WHOSE
from kaiteki.kit.manifest import EntityType
from kaiteki.model.access import ADMIN
from kaiteki.model.open_data import OpenData
from kaiteki.model.words import Words
from kaiteki.services.reports import figures_rules
from kaiteki.services.reports.mode_manifest import MODE_TYPE
from kaiteki.services.reports.model import (
    PUBLIC,
    PUBLIC_PAST,
    Book,
    Cell,
    Contact,
    ContactOffice,
    Report,
    Theme,
)
from kaiteki.services.reports.settings import Settings

LABELS: Final = {
    "number": Words("番号", "Number", "ばんごう"),
    "name": Words("件名", "Subject", "なにが"),
    "description": Words("内容", "Details", "くわしく"),
    "category": Words("種類", "Kind", "しゅるい"),
    "kind": Words("知らせの区分", "Sort of report", "なにの 知（し）らせ"),
    "office": Words("担当", "Office", "たんとう"),
    "office_reason": Words("担当を決めた理由", "Why this office", "たんとうの りゆう"),
    "address": Words("場所", "Place", "ばしょ"),
    "location": Words("地図の場所", "On the map", "ちずの ばしょ"),
    "zone": Words("区", "Ward", "区（く）"),
    "zone_sure": Words("区は確か", "Ward is sure", "区（く）は たしか"),
    "asset": Words("設備", "Thing it is about", "なにの こと"),
    "owner": Words("設備の管理者", "Owner of the thing", "もちぬし"),
    "known": Words("関係する工事・見守り", "Known work or device", "しって いる こと"),
    "theme": Words("テーマ", "Theme", "テーマ"),
    "urgency_reason": Words("急ぎの理由", "Why it is urgent", "いそぎの りゆう"),
    "pictures": Words("公開している写真", "Public photos", "みんなが 見（み）る しゃしん"),
    "held_pictures": Words("公開していない写真", "Photos kept back", "見（み）せない しゃしん"),
    "date_submitted": Words("届いた日時", "Arrived", "とどいた とき"),
    "date_updated": Words("最後に動いた日時", "Last step", "さいごに うごいた とき"),
    "date_answered": Words("最初に答えた日時", "First answer", "はじめに こたえた とき"),
    "date_due": Words("期限", "Due", "しめきり"),
    "date_planned": Words("作業の予定日", "Work planned for", "よていの 日（ひ）"),
    "date_completed": Words("作業が終わった日時", "Work done", "なおした とき"),
    "date_closed": Words("終わった日時", "Ended", "おわった とき"),
    "temporary_fix": Words("仮復旧だけ", "Temporary fix only", "とりあえず なおした"),
    "duplicate_of": Words("まとめた先", "Merged into", "まとめた ところ"),
    "helper_count": Words("参加した人", "Helpers", "てつだう 人（ひと）"),
    "follower_count": Words("続報を待つ人", "Followers", "まっている人"),
    "witness_count": Words("確かめた人", "Residents who looked", "たしかめた 人（ひと）"),
    "published": Words("公開している", "Public", "みんなに 見（み）える"),
    "notes": Words("内部メモ", "Notes of staff", "メモ"),
    "language": Words("報告した人の言語", "Language of the reporter", "知（し）らせた 人（ひと）の ことば"),
    "channel": Words("届き方", "How it came", "どこから きたか"),
}

WORKINGS: Final = frozenset({
    "priority", "answers", "task", "photos", "log", "shelves", "queues", "reporter", "followers", "helpers", "witnesses",
    "completed_by", "speakers", "event", "held", "hidden_pictures", "undo", "ended", "warned", "warn_at",
})  # fmt: skip
"""Lists and marks by which the rules work. What happened stands in the history; who reported is no matter of a list."""

_SORTS: Final = {
    "problem": Words("不具合", "Problem", "こまって いる こと"),
    "praise": Words("よいこと", "Praise", "よい こと"),
}
_CHANNELS: Final = {
    "web": Words("市民のページ", "Web page", "ページ"),
    "counter": Words(
        "職員が窓口で記入", "Written down by staff", "市役所（しやくしょ）の 人（ひと）が 書（か）いた"
    ),
    "app": Words("ほかのアプリ", "Another app", "ほかの アプリ"),
}
_LANGUAGES: Final = {
    "ja": Words("日本語", "Japanese"),
    "ja-easy": Words("やさしい日本語", "Easy Japanese"),
    "en": Words("英語", "English"),
}

_THEME_STATES: Final = {
    "open": Words("受付中", "Open", "うけつけて います"),
    "closed": Words("終わりました", "Over", "おわりました"),
}


def codes_of(settings: Settings) -> Mapping[str, Mapping[str, Words]]:
    """The words of the codes in a report: kinds, offices and zones as the area names them."""
    categories = {one.code: one.words for one in (*settings.categories, *settings.disaster.categories)}
    return {
        "category": categories,
        "office": {one.code: one.words for one in settings.offices},
        "zone": {one.code: one.words for one in settings.zones},
        "kind": _SORTS,
        "channel": _CHANNELS,
        "language": _LANGUAGES,
        "status": _THEME_STATES,
    }


REPORT: Final = EntityType(
    name="Report",
    view=Report,
    words=Words("レポート", "Reports", "まちの 知（し）らせ"),
    columns=("number", "name", "category", "address", "office", "status", "date_submitted"),
    labels=LABELS,
    public=PUBLIC,
    public_past=PUBLIC_PAST,
    plays=frozenset({"service_request", "map"}),
    photos=("pictures", "held_pictures"),
    hidden_photos=("hidden_pictures",),
    page="reports/{id}",
    desk="reports/desk?open={id}",
    workings=WORKINGS,
    codes=codes_of,
    open_data=OpenData(
        attributes=(
            *("number", "category", "kind", "status", "urgency", "office", "zone", "address", "location"),
            *(
                "date_submitted",
                "date_updated",
                "date_answered",
                "date_due",
                "date_planned",
                "date_completed",
            ),
            *("date_closed", "temporary_fix", "follower_count", "helper_count", "witness_count"),
        ),
        theme="REGI",
        about=Words(
            "住民から届いた道路・公園・街灯などの不具合の知らせと、その対応の状況です。文章と写真は含みません。",
            "Problems with roads, parks, lights and the like that residents reported, and what became of each. Without texts and photos.",
            "まちの こわれた ところの 知（し）らせと、なおした 日（ひ）です。",
        ),
        keywords=("まちレポ", "道路", "公園", "Open311"),
    ),
)
THEME: Final = EntityType(
    name="ReportTheme",
    view=Theme,
    words=Words("テーマレポート", "Theme reports", "テーマ"),
    columns=("name", "date_start", "date_end", "status"),
    labels={
        "name": Words("テーマ", "Theme", "テーマ"),
        "description": Words("内容", "Text", "ないよう"),
        "category": Words("種類", "Kind", "しゅるい"),
        "date_start": Words("はじまり", "From", "はじまり"),
        "date_end": Words("おわり", "Until", "おわり"),
        "status": Words("状態", "State", "いま"),
    },
    public=("name", "description", "category", "date_start", "date_end", "questions", "status"),
    desk="reports/desk/themes",
    workings=frozenset({"questions"}),
    codes=codes_of,
)
CONTACT: Final = EntityType(
    name="ReportContact",
    view=Contact,
    words=Words("報告した人の連絡先", "Contacts of reporters", "れんらくさき"),
    title="report",
    columns=("report", "name"),
    labels={
        "holder": OWNER,
        "report": Words("レポート", "Report", "レポート"),
        "name": Words("お名前", "Name", "なまえ"),
        "email": Words("メール", "E-mail", "メール"),
        "phone": Words("電話", "Phone", "でんわ"),
        "office": Words("連絡先を開ける課", "Office that may open it", "見（み）られる ところ"),
    },
    office="office",
    parts=(ContactOffice,),
    personal=True,
    holder="holder",
    sealed=("name", "email", "phone"),
    sought={"email": "folded", "phone": "folded"},
    unsealed={
        "holder": WHOSE,
        "report": Words(
            "どのレポートの連絡先かを示す番号です。レポートの番号は公開されています。担当が連絡先を開くために要ります。",
            "The number of the report, which is public: by it the office opens the contact of a report.",
            "どの レポートの れんらくさきかの ばんごうです。レポートの ばんごうは みんなが 見（み）られます。",
        ),
        "office": Words(
            "レポートを担当する課の符号です。担当の課はレポートで公開されています。その課だけが連絡先を開けるようにするために要ります。",
            "The code of the office in charge of the report, which is public there: by it the contact opens for that office alone.",
            "たんとうの ところです。そこの 人（ひと）だけが れんらくさきを 見（み）られるように します。",
        ),
    },
    workings=frozenset({"holder"}),
    codes=codes_of,
)
BOOK: Final = EntityType(
    name="ReportBook",
    view=Book,
    words=Words("報告の控え", "Books of reporters", "ひかえ"),
    title="id",
    columns=("mine", "follows", "tasks"),
    labels={
        "holder": OWNER,
        "sent": Words("送った日時", "When something was sent", "おくった とき"),
        "draft": Words("書きかけ", "Unfinished report", "とちゅうの もの"),
        "mine": Words("送った知らせ", "Sent", "おくった もの"),
        "follows": Words("続報を待つ知らせ", "Followed", "まって いる もの"),
        "tasks": Words("参加したタスク", "Tasks joined", "さんかした タスク"),
    },
    roles=(ADMIN,),
    personal=True,
    holder="holder",
    sealed=("draft", "sent", "follows", "mine", "tasks"),
    unsealed={"holder": WHOSE},
    workings=frozenset({"holder", "draft", "sent"}),
)
CELL: Final = EntityType(
    name="ReportCell",
    view=Cell,
    words=Words("場所ごとの受付数", "Reports by place", "ばしょの かず"),
    title="id",
    roles=(ADMIN,),
    workings=frozenset({"sent"}),
)
FIGURES: Final = EntityType(
    name="ReportFigures",
    view=figures_rules.Kept,
    words=Words("まちレポの統計", "Figures of reports", "まちレポの かず"),
    title="id",
    columns=("at",),
    labels={"at": Words("いつの数", "As of", "いつ")},
    public=("figures", "at"),
    roles=(ADMIN,),
    workings=frozenset({"figures"}),
)
TYPES: Final = (REPORT, THEME, CONTACT, BOOK, MODE_TYPE, CELL, FIGURES)
