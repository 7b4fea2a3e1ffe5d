"""What the page of a data set says around its records: conditions, whom to ask, promised and real rhythm, APIs, how to cite it."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

import msgspec

from kaiteki.kit.catalogue.entries import DAY_US, Entry
from kaiteki.kit.catalogue.schema_org import schema_of
from kaiteki.kit.catalogue.seeking import Catalogue
from kaiteki.kit.catalogue.settings import CatalogueOfArea
from kaiteki.kit.pages import PageAsk, PageReply, Plain
from kaiteki.model.instant import Instant, day_in_japan
from kaiteki.model.open_data import LICENCES, RHYTHMS, THEMES
from kaiteki.model.words import Words
from kaiteki.services.opendata.absence import no_data_set
from kaiteki.services.opendata.browsing import FRESHNESS, NOT_STATED

_ATTRIBUTED: Final = Words(
    "出典を書けば、商用でも、加工しても、自由に使えます。",
    "Free to use, also for business and changed, as long as the source is named.",
    "どこの データかを 書（か）けば、自由（じゆう）に 使（つか）えます。",
)
_FREE: Final = Words(
    "どのようにも自由に使えます。", "Free to use in any way.", "自由（じゆう）に 使（つか）えます。"
)
_SAME: Final = Words(
    "出典を書き、加工したものも同じ条件で公開すれば、自由に使えます。",
    "Free to use, as long as the source is named and what is made of it has the same licence.",
    "どこの データかを 書（か）いて、おなじ きまりで 見（み）せれば 使（つか）えます。",
)
_USES: Final = {"CC0-1.0": _FREE, "CC-BY-SA-4.0": _SAME, "ODbL-1.0": _SAME}
_ASK_FIRST: Final = Words(
    "利用条件が決まっていません。使う前に下の問い合わせ先に聞いてください。",
    "No conditions are stated. Before you use the data, please ask whom this page names below.",
    "きまりが わかりません。使（つか）う 前（まえ）に 聞（き）いて ください。",
)
_HALL: Final = Words("市役所", "the city hall", "市役所（しやくしょ）")
_CHANGED: Final = Words(
    "{cited}。これを編集・加工して作成（編集・加工の内容：　　　）",
    "{cited}. Edited or changed: (say what you changed)",
    "{cited}。これを かえて 作（つく）りました（かえた ところ：　　　）",
)
"""公共データ利用規約（第1.0版）, 1 出典の記載について: who edits or changes the data says so beside the source."""


def about(one: Entry, ask: PageAsk, kept: Catalogue) -> dict[str, Any]:
    """Everything that the page says around the records."""
    settings = kept.settings
    freshness, tone = FRESHNESS[one.freshness(ask.now)]
    licence = LICENCES.get(one.licence)
    use = _USES.get(one.licence, _ATTRIBUTED) if licence is not None else _ASK_FIRST
    cited = citation(one, ask, settings.publisher)
    return {
        "entry": one,
        "text": one.about.say(ask.language),
        "facts": _facts(one, ask.language),
        "late": one.freshness(ask.now) == "late",
        "freshness": freshness.say(ask.language) if one.rhythm != "UNKNOWN" else "",
        "tone": tone,
        "rhythm_told": _rhythm_told(one, ask),
        "use": use.say(ask.language),
        "licence": {"text": licence.words.say(ask.language), "href": licence.uri}
        if licence is not None
        else None,
        "office": one.office or settings.office(""),
        "hall": _hall(ask, settings).say(ask.language),
        "citation": cited,
        "citation_changed": _CHANGED.fill(ask.language, cited=cited),
        "apis": _apis(one, ask),
        "calls": _calls(one, ask),
        "examples": f"/{ask.area}/developers/data/{one.name}",
        "schema": f"/{ask.area}/data/{one.id}/schema.jsonld",
        "embedded": embedded(one, kept, ask),
        "dcat": f"/{ask.area}/catalog/{one.name}",
    }


def _facts(one: Entry, language: str) -> list[tuple[str, Any]]:
    """Label and value of what is known."""
    licence = LICENCES.get(one.licence)
    told: list[tuple[Words, Any]] = [
        (
            Words("利用条件", "Licence", "つかう きまり"),
            {"text": licence.words.say(language), "href": licence.uri} if licence else one.licence_told,
        ),
        (Words("担当", "Office", "たんとう"), one.office.words.say(language) if one.office else ""),
        (Words("更新の約束", "Promised rhythm", "いつ かわるか"), RHYTHMS[one.rhythm].words.say(language)),
        (Words("内容が変わった日", "Content changed", "かわった 日（ひ）"), _day(one.changed_at)),
        (Words("最後に確かめた日", "Last read", "たしかめた 日（ひ）"), _day(one.checked_at)),
        (Words("テーマ", "Theme", "テーマ"), THEMES[one.theme].say(language) if one.theme in THEMES else ""),
        (Words("CSVの項目", "Columns of the CSV", "CSVの かたち"), _standard(one, language)),
        (Words("職員の分類", "Filed by staff as", "しゅるい"), _filed(one)),
        (Words("対象の期間", "Days it speaks of", "いつの データ"), _period(one)),
        (Words("出典", "Source", "だれの データ"), one.source),
        (Words("キーワード", "Keywords", "ことば"), "、".join(dict.fromkeys(one.keywords))),
    ]
    apart = {"CSVの項目", "職員の分類", "対象の期間"}
    unknown = NOT_STATED.say(language)
    return [
        (words.say(language), value or unknown) for words, value in told if value or words.ja not in apart
    ]


def _standard(one: Entry, language: str) -> str:
    """The edition whose columns the CSV has; empty where it has those of none, whatever staff say of it."""
    if one.standard is None:
        return ""
    words = Words("{edition}の「{table}」", "{table} of the {edition}", "{edition}「{table}」")
    return words.fill(language, edition=one.standard.words.say(language), table=one.standard.table)


def _filed(one: Entry) -> str:
    """The standard data set that it is said to be, where its columns do not say so themselves."""
    return one.category if one.standard is None or one.standard.table != one.category else ""


def _period(one: Entry) -> str:
    return f"{one.since or '…'} 〜 {one.until or '…'}" if one.since or one.until else ""


def _day(at: Instant | None) -> str:
    """The day of an instant in Japan; empty for none."""
    return day_in_japan(at) if at else ""


def _hall(ask: PageAsk, settings: CatalogueOfArea) -> Words:
    """Who answers for data for which no office is named: who publishes, else the town hall."""
    return settings.publisher or (ask.town.hall if ask.town is not None else _HALL)


def _rhythm_told(one: Entry, ask: PageAsk) -> str:
    """The promised interval beside the real one; empty where nothing is promised or known."""
    days, at = RHYTHMS[one.rhythm].days, one.updated_at
    if days is None or at is None:
        return ""
    since = max(0, (ask.now - at) // DAY_US)
    words = Words(
        "「{rhythm}」の約束で、最後の確認から{n}日たっています。",
        "Promised: {rhythm}. {n} {n|day|days} since it was last read.",
        "「{rhythm}」の やくそくです。{n}日（にち） たちました。",
    )
    return words.fill(ask.language, rhythm=RHYTHMS[one.rhythm].words.say(ask.language), n=since)


def citation(one: Entry, ask: PageAsk, publisher: Words | None) -> str:
    """How to name the data where they are used: title, source, licence, address, day."""
    language = ask.language
    licence, by = LICENCES.get(one.licence), publisher or (one.office.words if one.office else None)
    parts = (
        Words("「{x}」", "“{x}”").fill(language, x=one.title.say(language)),
        one.source or (by.say(language) if by is not None else ""),
        licence.words.say(language) if licence else "",
        f"{ask.origin}/{ask.area}/{one.page}",
        Words("{day}に利用", "used on {day}").fill(language, day=_day(ask.now)),
    )
    return Words("、", ", ").say(language).join(part for part in parts if part)


def _apis(one: Entry, ask: PageAsk) -> list[tuple[str, str]]:
    """Examples of calls: what they are for, and the whole address, ready to be tried."""
    if one.kind in ("statistics", "layer"):
        return []
    base = f"{ask.origin}/{ask.area}"
    rows = [
        (
            Words("このデータの説明（CKAN）", "What is said of it (CKAN)", "データの せつめい"),
            f"{base}/ckan/api/3/action/package_show?id={one.name}",
        ),
    ]
    if one.located:
        collection = one.id.rpartition(":DataSet:")[2]
        rows.append(
            (
                Words("地図ソフトで（OGC API）", "In map software (OGC API)", "地図（ちず）の ソフトで"),
                f"{base}/ogc/collections/{collection}/items?limit=20&f=json",
            )
        )
    return [(words.say(ask.language), address) for words, address in rows]


def _calls(one: Entry, ask: PageAsk) -> list[tuple[str, str]]:
    """Examples that are more than an address: the data plane is told the town by a header, without which another one answers."""
    if one.kind in ("statistics", "layer"):
        return []
    within = f"&q=dataSet==%22{quote(one.id, safe=':')}%22" if one.kind == "table" else ""
    address = f"{ask.origin}/ngsi-ld/v1/entities?type={one.record_type}&limit=20{within}"
    words = Words("記録を20件（NGSI-LD）", "Twenty records (NGSI-LD)", "20件（けん） 見（み）る")
    return [(words.say(ask.language), f"curl '{address}' -H 'NGSILD-Tenant: {ask.area}'")]


def embedded(one: Entry, kept: Catalogue, ask: PageAsk) -> str:
    """The data set as schema.org has it, as the text of an element of its page: letters that could end one are escaped (JSON)."""
    text = msgspec.json.encode(schema_of(one, kept, f"{ask.origin}/{ask.area}", ask.language)).decode()
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


async def show_schema(ask: PageAsk) -> PageReply:
    """The data set as schema.org has it, for search engines."""
    kept = await ask.city.catalogue()
    one = kept.get(ask.path.get("id", ""))
    if one is None:
        return no_data_set(ask)
    told = schema_of(one, kept, f"{ask.origin}/{ask.area}")
    return Plain(msgspec.json.encode(told), "application/ld+json")
