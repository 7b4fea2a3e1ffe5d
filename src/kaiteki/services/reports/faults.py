"""What can be wrong with what people send about reports, in one table: the words of every fault."""

from __future__ import annotations

from typing import Final

from kaiteki.model.decision import Fault
from kaiteki.model.words import Words

FAULTS: Final[dict[tuple[str, str], Words]] = {
    ("category", "choice"): Words(
        "種類を選んでください。", "Please choose a kind.", "しゅるいを えらんで ください。"
    ),
    ("place", "missing"): Words(
        "場所を教えてください（住所・目印・現在地のどれか）。",
        "Please say where it is: an address, a landmark or a position.",
        "ばしょを おしえて ください。",
    ),
    ("place", "unreadable"): Words(
        "緯度・経度を読めません。35.607 と 140.106 のように入れてください。",
        "Latitude and longitude cannot be read. Please write them like 35.607 and 140.106.",
        "緯度（いど）と 経度（けいど）が わかりません。35.607 と 140.106 の ように 書（か）いて ください。",
    ),
    ("place", "far"): Words(
        "この地点は市内ではないようです。地図の位置か住所をお確かめください。",
        "This place does not seem to be in the city. Please check the position or the address.",
        "この ばしょは 市（し）の 外（そと）の ようです。もう一度（いちど） 見（み）て ください。",
    ),
    ("photos", "too_many"): Words(
        "写真は{limit}枚までです。",
        "At most {limit} {limit|photo|photos}.",
        "しゃしんは {limit}まいまでです。",
    ),
    ("description", "missing"): Words(
        "写真か文章のどちらかを入れてください。",
        "Please add a photo or some words.",
        "しゃしんか ことばを 入れて ください。",
    ),
    ("description", "too_long"): Words(
        "{limit}文字までにしてください。",
        "At most {limit} {limit|character|characters}.",
        "{limit}文字までです。",
    ),
    ("bulk-office", "none_chosen"): Words(
        "知らせを選んでください。", "Please choose reports.", "知（し）らせを えらんで ください。"
    ),
    ("asset", "unknown"): Words(
        "この設備は台帳に見つかりません。",
        "This asset is in no register.",
        "この ものは 見つかりません。",
    ),
    ("known", "unknown"): Words(
        "この予定・異常は見つかりません。",
        "There is no such planned work or fault.",
        "この よていは 見つかりません。",
    ),
    ("theme", "ended"): Words(
        "このテーマの受付は終わりました。", "This theme has ended.", "この テーマは おわりました。"
    ),
    ("safety", "traffic"): Words(
        "車が通る道の作業は市民に頼めません。",
        "Residents are never asked to work on a road with traffic.",
        "くるまが 通（とお）る 道（みち）の しごとは たのめません。",
    ),
    ("safety", "on_road"): Words(
        "道路の上にあるため、市民に頼めません。担当の課に渡してください。",
        "It lies on a road, so residents are not asked. Please give it to the office.",
        "道（みち）の 上（うえ）なので たのめません。たんとうの 課（か）に わたして ください。",
    ),
    ("report", "task_on_road"): Words(
        "市民タスクの間は、車が通る道の種類や道路の上の場所には直せません。先に担当の課に渡してください。",
        "While residents are asked to mend it, it cannot become something on a road. Please give it to the office first.",
        "みんなに たのんで いる あいだは、道（みち）の ものに できません。さきに たんとうの 課（か）に わたして ください。",
    ),
    ("id", "not_solvable"): Words(
        "この種類は市民に頼めません。",
        "Residents cannot be asked to mend this kind.",
        "この しゅるいは たのめません。",
    ),
    ("starts_at", "order"): Words(
        "日時は今より後で、終わりは始まりより後にしてください。",
        "The time must lie ahead, and the end after the beginning.",
        "じかんを 見なおして ください。",
    ),
    ("people_min", "order"): Words(
        "人数は{limit}人以上で、最多は最少以上にしてください。",
        "At least {limit}, and the most not below the least.",
        "{limit}人 いじょうに して ください。",
    ),
    ("date_end", "order"): Words(
        "終わりを始まりより後にしてください。",
        "The end must lie after the beginning.",
        "おわりを あとに して ください。",
    ),
}


def fault(field: str, code: str, limit: int = 0) -> Fault:
    """A fault of the table; `limit` fills the words."""
    row = FAULTS[field, code]
    ja, en, easy = (row.fill(language, limit=limit) for language in ("ja", "en", "ja-easy"))
    return Fault(field, code, Words(ja, en, easy))
