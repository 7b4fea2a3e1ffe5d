"""Open data in the words of those who harvest them: themes, rhythms, licences, and what a type says of itself to be open.

Sources of the codes: data themes and frequencies are authority tables of the Publications Office of the EU (as DCAT-AP 3.0.1 asks);
licences are named by their SPDX ids where they have one, 公共データ利用規約 (PDL1.0) by its own.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from kaiteki.model.headings import shared
from kaiteki.model.words import Words

THEMES: Final[Mapping[str, Words]] = {
    "AGRI": Words("農林水産・食", "Agriculture, fisheries, forestry and food", "農業（のうぎょう）・食（た）べもの"),
    "ECON": Words("経済・財政", "Economy and finance", "お金（かね）・しごと"),
    "EDUC": Words("教育・文化・スポーツ", "Education, culture and sport", "学校（がっこう）・文化（ぶんか）・スポーツ"),
    "ENER": Words("エネルギー", "Energy", "電気（でんき）・ガス"),
    "ENVI": Words("環境", "Environment", "空気（くうき）・水（みず）・ごみ"),
    "GOVE": Words("行政", "Government and public sector", "市役所（しやくしょ）の しごと"),
    "HEAL": Words("健康・医療", "Health", "健康（けんこう）・病院（びょういん）"),
    "INTR": Words("国際", "International issues", "外国（がいこく）との こと"),
    "JUST": Words("司法・安全", "Justice, legal system and public safety", "安全（あんぜん）・安心（あんしん）"),
    "REGI": Words("地域・まちづくり", "Regions and cities", "まちづくり"),
    "SOCI": Words("人口・社会", "Population and society", "人口（じんこう）・くらし"),
    "TECH": Words("科学・技術", "Science and technology", "科学（かがく）・技術（ぎじゅつ）"),
    "TRAN": Words("交通", "Transport", "バス・電車（でんしゃ）・道（みち）"),
}  # fmt: skip
"""http://publications.europa.eu/resource/authority/data-theme"""


class Rhythm(msgspec.Struct, frozen=True):
    """How often data are promised to be brought up to date. `days` is the longest time between two updates; None where none is promised."""

    words: Words
    days: float | None = None


RHYTHMS: Final[Mapping[str, Rhythm]] = {
    "CONT": Rhythm(Words("随時（変わるたび）", "Continuous", "かわったら すぐ"), 7),
    "HOURLY": Rhythm(Words("毎時", "Hourly", "1時間（じかん）ごと"), 1 / 24),
    "DAILY": Rhythm(Words("毎日", "Daily", "毎日（まいにち）"), 1),
    "WEEKLY": Rhythm(Words("毎週", "Weekly", "毎週（まいしゅう）"), 7),
    "MONTHLY": Rhythm(Words("毎月", "Monthly", "毎月（まいつき）"), 31),
    "QUARTERLY": Rhythm(Words("3か月ごと", "Quarterly", "3か月（げつ）ごと"), 92),
    "ANNUAL_2": Rhythm(Words("年2回", "Twice a year", "1年（ねん）に 2回（かい）"), 184),
    "ANNUAL": Rhythm(Words("毎年", "Annual", "1年（ねん）に 1回（かい）"), 366),
    "BIENNIAL": Rhythm(Words("2年ごと", "Every two years", "2年（ねん）ごと"), 731),
    "QUINQUENNIAL": Rhythm(Words("5年ごと", "Every five years", "5年（ねん）ごと"), 1827),
    "IRREG": Rhythm(Words("不定期", "Irregular", "きまって いない")),
    "NEVER": Rhythm(Words("更新しない", "Never", "かえない")),
    "UNKNOWN": Rhythm(Words("示されていません", "Not stated", "わかりません")),
}
"""http://publications.europa.eu/resource/authority/frequency"""


class Licence(msgspec.Struct, frozen=True):
    """Under which conditions data may be used. `open`: as the Open Definition has it. `ckan` is its id in CKAN's own list."""

    words: Words
    uri: str
    open: bool = True
    ckan: str = ""
    known_as: str = ""
    """What people write for it: a regular expression over the folded text."""


LICENCES: Final[Mapping[str, Licence]] = {
    "CC-BY-4.0": Licence(
        Words("クリエイティブ・コモンズ 表示 4.0 国際（CC BY 4.0）", "Creative Commons Attribution 4.0 International (CC BY 4.0)"),
        "https://creativecommons.org/licenses/by/4.0/", ckan="CC-BY-4.0", known_as=r"ccby4(\.0)?(国際|international)?|.*表示4\.0.*",
    ),
    "CC-BY-SA-4.0": Licence(
        Words("クリエイティブ・コモンズ 表示-継承 4.0 国際（CC BY-SA 4.0）", "Creative Commons Attribution-ShareAlike 4.0 (CC BY-SA 4.0)"),
        "https://creativecommons.org/licenses/by-sa/4.0/", ckan="CC-BY-SA-4.0", known_as=r"ccbysa4(\.0)?.*|.*継承4\.0.*",
    ),
    "CC-BY-2.1-JP": Licence(
        Words("クリエイティブ・コモンズ 表示 2.1 日本（CC BY 2.1 JP）", "Creative Commons Attribution 2.1 Japan (CC BY 2.1 JP)"),
        "https://creativecommons.org/licenses/by/2.1/jp/", ckan="cc-by-2.1-jp", known_as=r"ccby2\.1(jp|日本)?|.*表示2\.1.*",
    ),
    "CC0-1.0": Licence(
        Words("クリエイティブ・コモンズ CC0 1.0（権利放棄）", "Creative Commons Zero 1.0 (CC0)"),
        "https://creativecommons.org/publicdomain/zero/1.0/", ckan="CC0-1.0", known_as=r"cc0(1\.0)?|cczero",
    ),
    "PDL-1.0": Licence(
        Words("公共データ利用規約（第1.0版）（PDL1.0）", "Public Data License 1.0 (PDL1.0)"),
        "https://www.digital.go.jp/resources/open_data/public_data_license_v1.0", ckan="pdl-1.0",
        known_as=r"pdl(1\.0)?|.*公共データ利用規約.*",
    ),
    "ODbL-1.0": Licence(
        Words("オープンデータベースライセンス 1.0（ODbL）", "Open Database License 1.0 (ODbL)"),
        "https://opendatacommons.org/licenses/odbl/1-0/", ckan="ODbL-1.0", known_as=r"odbl(1\.0)?",
    ),
}  # fmt: skip
"""The licences that the catalogue names by a code; other conditions stand as they were written."""
_JOINTS: Final = re.compile(r"[\s_・-]+")


def licence_code(told: str) -> str:
    """The code of a licence as people write it (「CC BY 4.0」, 「ＰＤＬ１．０」, its address); empty where it is none of LICENCES."""
    text = unicodedata.normalize("NFKC", told).strip()
    for code, one in LICENCES.items():
        if text.casefold() == code.casefold() or text.rstrip("/") == one.uri.rstrip("/"):
            return code
    plain = _JOINTS.sub("", text.casefold())
    return next((code for code, one in LICENCES.items() if re.fullmatch(one.known_as, plain)), "")


class TableStandard(msgspec.Struct, frozen=True):
    """The columns that an edition of a standard asks of a table: `edition` by its name, `words` as people call it, `table` the name of
    the table there, `iri` what names both, `headings` from the first to the last."""

    edition: str
    words: Words
    table: str
    iri: str
    headings: tuple[str, ...]


def followed(standards: Sequence[TableStandard], header: Sequence[str]) -> TableStandard | None:
    """Which of them (the newest first) a table comes out in: the one that most headings of its file are of, else the newest; None of none."""
    return max(standards, key=lambda one: shared(header, one.headings), default=None)


class OpenData(msgspec.Struct, frozen=True):
    """What a type says of itself to be open data: its entities are rows of one data set of the area, in the catalogue and for download.

    `attributes` are the fields that are open, and no others: each has to be public. `theme` is one of THEMES, `rhythm` one of
    RHYTHMS, `licence` one of LICENCES (empty: that of the area), `office` the code of an office of the area's catalogue (empty: the
    office in charge of the catalogue). `category` is the data set of the 自治体標準オープンデータセット that it is, where it is one.
    `in_tables`: its entities come as records of imported tables, which stand in the catalogue instead; the type itself does where no
    table of it is there. `since` is the day from which on there are data (ISO 8601). `standards` are the columns in which tables of it
    come out, the newest edition first; none where those of no edition are known.
    """

    attributes: tuple[str, ...]
    theme: str
    about: Words | None = None
    rhythm: str = "CONT"
    licence: str = ""
    office: str = ""
    category: str = ""
    keywords: tuple[str, ...] = ()
    in_tables: bool = False
    since: str = ""
    standards: tuple[TableStandard, ...] = ()


def faults_of_open_data(told: OpenData, public: frozenset[str]) -> list[str]:
    """What is wrong with a declaration, one sentence each: attributes that are not public, codes that are none."""
    closed = sorted(set(told.attributes) - public)
    return [
        *(f"open data without being public: {', '.join(closed)}" for _ in closed[:1]),
        *(f"no theme of open data: {told.theme}" for _ in range(told.theme not in THEMES)),
        *(f"no rhythm of updates: {told.rhythm}" for _ in range(told.rhythm not in RHYTHMS)),
        *(f"no licence: {told.licence}" for _ in range(bool(told.licence) and told.licence not in LICENCES)),
        *("open data without an open attribute" for _ in range(not told.attributes)),
    ]
