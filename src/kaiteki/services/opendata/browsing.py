"""The catalogue page: everything that is open, found by words and facets, a card each, twenty to a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode

from kaiteki.kit.catalogue.entries import FORMATS, Entry, Freshness, Grade
from kaiteki.kit.catalogue.seeking import UNSTATED, Catalogue, Facet, Sought, count_among, seek
from kaiteki.kit.pages import PageAsk, PageReply, Shown
from kaiteki.kit.query_fields import one_of, text, whole
from kaiteki.model.open_data import LICENCES, RHYTHMS, THEMES
from kaiteki.model.words import Words
from kaiteki.services.opendata.statistics import published

PAGE_SIZE: Final = 20
PAGES_MAX: Final = 5_000
CARD_FORMATS_MAX: Final = 6
NOT_STATED: Final = Words("示されていません", "Not stated", "わかりません")
FRESHNESS: Final[Mapping[Freshness, tuple[Words, str]]] = {
    "fresh": (Words("約束どおりに更新", "Up to date", "新（あたら）しい"), "good"),
    "late": (Words("更新が遅れています", "Update is late", "ふるい"), "warn"),
    "unknown": (Words("更新の約束なし", "No rhythm promised", "いつ かわるか わかりません"), "plain"),
}
GRADES: Final[Mapping[Grade, Words]] = {
    "A": Words("A（90点以上）", "A (90 and more)"),
    "B": Words("B（70〜89点）", "B (70 to 89)"),
    "C": Words("C（69点以下）", "C (69 and less)"),
}
LABELS: Final[Mapping[Facet, Words]] = {
    "theme": Words("テーマ", "Theme", "テーマ"),
    "format": Words("形式", "Form", "かたち"),
    "licence": Words("利用条件", "Licence", "つかう きまり"),
    "office": Words("担当", "Office", "たんとう"),
    "freshness": Words("新しさ", "Freshness", "新（あたら）しさ"),
    "grade": Words("品質", "Quality", "よさ"),
    "type": Words("データの種類", "Kind of data", "なにの データ"),
}
SORTS: Final = {
    "title": Words("名前の順", "By name", "なまえの じゅん"),
    "changed": Words("更新の新しい順", "Newest change first", "新（あたら）しい じゅん"),
    "quality": Words("品質の高い順", "Best quality first", "よい じゅん"),
}


ASKS: Final = {
    **dict.fromkeys(("q", "kind", *LABELS), text()),
    "sort": one_of(SORTS),
    "page": whole(1, PAGES_MAX),
}
"""What the address of the catalogue may say."""


async def catalogue(ask: PageAsk) -> PageReply:
    """Everything that is open: what matches, a page of it, and how many there are of each value of a facet."""
    kept = await ask.city.catalogue()
    wanted = read_sought(ask.query)
    found = _sorted(seek(kept, wanted, ask.now), ask.query.get("sort", ""))
    last = max(1, -(-len(found) // PAGE_SIZE))
    page = min(int(ask.query.get("page") or 1), last)
    first = (page - 1) * PAGE_SIZE
    chosen = {name: values[0] for name, values in wanted.facets.items()}
    return Shown(
        {
            "rows": [card(one, ask) for one in found[first : first + PAGE_SIZE]],
            "first": first + 1,
            "total": len(found),
            "before": _address(ask, page - 1) if page > 1 else None,
            "after": _address(ask, page + 1) if page < last else None,
            "text": wanted.text,
            "chosen": chosen,
            "facets": [
                (name, words.say(ask.language), _options((kept, found), wanted, name, ask))
                for name, words in LABELS.items()
            ],
            "sorts": [(name, words.say(ask.language)) for name, words in SORTS.items()],
            "sort": ask.query.get("sort") or "title",
            "themes": _themes(kept, chosen.get("theme", ""), ask),
            "statistics": await published(ask),
            "count": len(kept.entries),
            "unstated": sum(one.licence not in LICENCES for one in kept.entries),
            "records": sum(one.records or 0 for one in kept.entries),
            "asked": bool(wanted.text or chosen),
        }
    )


def read_sought(query: Mapping[str, str]) -> Sought:
    """What an address asks for; `kind` is the older name of `type`."""
    told = {**query, "type": query.get("type") or query.get("kind", "")}
    facets: dict[Facet, tuple[str, ...]] = {name: (told[name],) for name in LABELS if told.get(name)}
    return Sought(query.get("q", "").strip(), facets)


def _address(ask: PageAsk, page: int) -> str:
    kept = {name: value for name, value in ask.query.items() if name != "page" and value}
    return f"/{ask.area}/data?" + urlencode({**kept, "page": str(page)})


def _sorted(found: Sequence[Entry], sort: str) -> list[Entry]:
    if sort == "changed":
        return sorted(found, key=lambda one: one.updated_at or 0, reverse=True)
    if sort == "quality":
        return sorted(found, key=lambda one: -1 if one.quality is None else one.quality, reverse=True)
    return list(found)


def _options(
    looked: tuple[Catalogue, Sequence[Entry]], wanted: Sought, facet: Facet, ask: PageAsk
) -> list[tuple[str, str]]:
    """The values of a facet among what the other facets leave, with their numbers; what was found is that where the facet is free."""
    kept, found = looked
    others: dict[Facet, tuple[str, ...]] = {
        name: values for name, values in wanted.facets.items() if name != facet
    }
    left = found if facet not in wanted.facets else seek(kept, Sought(wanted.text, others), ask.now)
    told = count_among(kept, left, facet, ask.now)
    if facet in wanted.facets:
        told = {**told, **{value: told.get(value, 0) for value in wanted.facets[facet]}}
    words = words_of_facet(facet, kept)
    return [
        (value, f"{words.get(value, Words(value, value)).say(ask.language)}（{n:,}）")
        for value, n in told.items()
    ]


def words_of_facet(facet: Facet, kept: Catalogue) -> Mapping[str, Words]:
    """What people call the values of a facet."""
    known: dict[str, Words] = {UNSTATED: NOT_STATED}
    if facet == "theme":
        known |= THEMES
    elif facet == "format":
        known |= {name: form.words for name, form in FORMATS.items()}
    elif facet == "licence":
        known |= {code: one.words for code, one in LICENCES.items()}
    elif facet == "office":
        known |= {one.office.code: one.office.words for one in kept.entries if one.office is not None}
    elif facet == "freshness":
        known |= {code: words for code, (words, _) in FRESHNESS.items()}
    elif facet == "grade":
        known |= GRADES
    else:
        known |= {one.record_type: one.type_words for one in kept.entries if one.record_type}
    return known


def _themes(kept: Catalogue, chosen: str, ask: PageAsk) -> list[dict[str, Any]]:
    """The themes that there are, as ways in."""
    told = count_among(kept, kept.entries, "theme", ask.now)
    return [
        {
            "text": f"{words.say(ask.language)}（{told[code]:,}）",
            "href": f"/{ask.area}/data?theme={code}",
            "here": code == chosen,
        }
        for code, words in THEMES.items()
        if code in told
    ]


def card(one: Entry, ask: PageAsk) -> dict[str, Any]:
    """An entry as a card of the list."""
    freshness, tone = FRESHNESS[one.freshness(ask.now)]
    return {
        "title": one.title.say(ask.language),
        "href": f"/{ask.area}/{one.page}",
        "about": one.about.say(ask.language),
        "theme": THEMES[one.theme].say(ask.language) if one.theme in THEMES else "",
        "type": one.type_words.say(ask.language),
        "records": one.records,
        "formats": [part.format for part in one.distributions][:CARD_FORMATS_MAX],
        "licence": one.licence or one.licence_told or NOT_STATED.say(ask.language),
        "office": one.office.words.say(ask.language) if one.office is not None else "",
        "rhythm": RHYTHMS[one.rhythm].words.say(ask.language) if one.rhythm != "UNKNOWN" else "",
        "freshness": freshness.say(ask.language) if one.rhythm != "UNKNOWN" else "",
        "tone": tone,
        "grade": one.grade,
        "at": one.updated_at,
    }
