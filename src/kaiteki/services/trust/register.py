"""何のために何を持っているか: the register of purposes, and the 個人情報ファイル簿 (75 条), both out of the manifests."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from kaiteki.kit.grounds import BASES, NOBODY_ELSE
from kaiteki.kit.manifest import EntityType, Service
from kaiteki.kit.pages import PageAsk, PageReply, Plain, Shown
from kaiteki.kit.purposes import (
    Covered,
    fields_of_item,
    purposes_of,
    readable,
    register,
    words_of_item,
    words_of_role,
)
from kaiteki.model.decision import Accepted, Asked
from kaiteki.model.query import Query
from kaiteki.model.spreadsheet import SheetWriter
from kaiteki.model.words import Words
from kaiteki.services.trust.model import FILES_ID, KeepFiles, PersonalFiles
from kaiteki.services.trust.settings import Settings

SURVEY_EVERY_S: Final = 24 * 3600
_NONE: Final = Words("なし", "None", "ありません")
_YES: Final = Words("含まれます", "Yes", "あります")
_HEAD: Final = Words("項目", "Item", "こうもく")
_KIND: Final = Words(
    "電子計算機処理ファイル（法第60条第2項第1号）",
    "Processed by computer (art. 60 (2) no. 1)",
    "コンピューターの ファイル",
)


def row_of(ask: PageAsk, one: Covered) -> dict[str, Any]:
    """A purpose as people read it."""
    say, purpose, services = ask.language, one.purpose, ask.city.services
    items: list[dict[str, Any]] = []
    for item in purpose.items:
        words = words_of_item(services, item)
        fields = [field.say(say) for field in fields_of_item(services, item)]
        items.append({"item": item, "words": words.say(say) if words else item, "fields": fields})
    return {
        "name": one.name,
        "service": one.service.words.say(say),
        "words": purpose.words.say(say),
        "basis": purpose.basis,
        "basis_words": BASES[purpose.basis].say(say),
        "ground": purpose.ground.say(say) if purpose.ground else "",
        "items": items,
        "roles": [words_of_role(one.service, role).say(say) for role in purpose.roles],
        "recipients": (purpose.recipients or NOBODY_ELSE).say(say),
        "sensitive": purpose.sensitive,
        "keep_days": purpose.keep_days,
        "people": purpose.people.say(say) if purpose.people else "",
        "source": purpose.source.say(say) if purpose.source else "",
    }


async def show_purposes(ask: PageAsk) -> PageReply:
    """Every purpose, service by service; those that hold no personal data say so. And what is not sealed, with the reason."""
    rows = [row_of(ask, one) for one in register(ask.city.services)]
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault(row["service"], []).append(row)
    kept = [_readable(ask, declared, lines) for declared, lines in readable(ask.city.services)]
    return Shown({"groups": groups, "readable": kept, "settings": settings_in(ask)})


def _readable(ask: PageAsk, declared: EntityType, lines: Sequence[tuple[Words, Words]]) -> dict[str, Any]:
    """What of a type is not sealed, as people read it: the attributes of one reason together."""
    say, reasons = ask.language, dict[str, list[str]]()
    for name, why in lines:
        reasons.setdefault(why.say(say), []).append(name.say(say))
    mark = ", " if say == "en" else "、"
    return {
        "words": declared.words.say(say),
        "lines": [(mark.join(names), why) for why, names in reasons.items()],
    }


async def purposes_json(ask: PageAsk) -> PageReply:
    """The register for programs."""
    rows = [row_of(ask, one) for one in register(ask.city.services)]
    return Plain(msgspec.json.encode(rows), "application/json", "personal-data.json")


async def purposes_csv(ask: PageAsk) -> PageReply:
    """The register as a table file, one line a purpose."""
    names = (
        "name",
        "service",
        "words",
        "basis_words",
        "ground",
        "items",
        "roles",
        "recipients",
        "people",
        "source",
    )
    rows = [row_of(ask, one) for one in register(ask.city.services)]
    lines = [
        [
            *(row[name] for name in names[:5]),
            "・".join(item["words"] for item in row["items"]),
            "・".join(row["roles"]),
            *(row[name] for name in names[7:]),
        ]
        for row in rows
    ]
    return _table("personal-data.csv", [list(names), *lines])


async def survey(ask: PageAsk) -> KeepFiles:
    """Which types are published: those of which there may be as many people as the law says.

    A person has at least one record, so that the number of people is at most that of records; nobody's data are read.
    """
    least = settings_in(ask).publish_from
    published: list[str] = []
    for declared in _personal(ask.city.services):
        wanted = Query(limit=0, total=True, total_max=max(least, 1))
        if ((await ask.city.find(declared.view, wanted)).total or 0) >= least:
            published.append(declared.name)
    return KeepFiles(tuple(published))


def keep_files(state: Mapping[str, Any], form: KeepFiles, asked: Asked) -> Accepted:
    """Keep which files are published."""
    return Accepted((PersonalFiles(FILES_ID, form.published, asked.now),))


async def show_files(ask: PageAsk) -> PageReply:
    """個人情報ファイル簿: the files with at least 1,000 people (or as the area says), each with what article 75 asks."""
    kept, files = await _files(ask)
    return Shown(
        {"files": files, "counted_at": kept.counted_at if kept else None, "settings": settings_in(ask)}
    )


async def files_csv(ask: PageAsk) -> PageReply:
    """個人情報ファイル簿 as a table file: a column a file."""
    _, files = await _files(ask)
    heads = [label for label, _ in files[0]["lines"]] if files else []
    rows = [[label, *(dict(one["lines"])[label] for one in files)] for label in heads]
    return _table("personal-files.csv", [[_HEAD.say(ask.language), *(one["name"] for one in files)], *rows])


async def _files(ask: PageAsk) -> tuple[PersonalFiles | None, list[dict[str, Any]]]:
    kept: PersonalFiles | None = await ask.city.get(PersonalFiles, FILES_ID)
    named = frozenset(kept.published) if kept is not None else frozenset[str]()
    files = [_file(ask, declared) for declared in _personal(ask.city.services) if declared.name in named]
    return kept, files


def _file(ask: PageAsk, declared: EntityType) -> dict[str, Any]:
    """One file: 74 条 1 項 1 to 7, 9 and 10, and 施行令 20 条 6 項."""
    say, settings = ask.language, settings_in(ask)
    uses = purposes_of(ask.city.services, declared)
    service = next(one for one in ask.city.services if declared in one.types)
    office = settings.offices.get(service.name, service.words)
    fields = [field.say(say) for field in fields_of_item(ask.city.services, declared.name)]

    def each(words: Sequence[Words | None]) -> str:
        return "／".join(dict.fromkeys(one.say(say) for one in words if one is not None)) or _NONE.say(say)

    lines: list[tuple[str, str]] = [
        (
            Words("個人情報ファイルの名称", "Name of the file", "ファイルの なまえ").say(say),
            declared.words.say(say),
        ),
        (Words("行政機関等の名称", "Body", "だれの ファイル").say(say), settings.head.say(say)),
        (Words("事務をつかさどる組織", "Office in charge", "たんとう").say(say), office.say(say)),
        (Words("利用目的", "Purposes", "なんの ため").say(say), each([one.purpose.words for one in uses])),
        (Words("記録項目", "Items recorded", "かいて ある こと").say(say), "、".join(fields)),
        (Words("記録範囲", "Whose data", "だれの こと").say(say), each([one.purpose.people for one in uses])),
        (
            Words("収集方法", "How collected", "あつめかた").say(say),
            each([one.purpose.source for one in uses]),
        ),
        (
            Words("要配慮個人情報", "Sensitive data", "とくに 気（き）を つける こと").say(say),
            (_YES if any(one.purpose.sensitive for one in uses) else _NONE).say(say),
        ),
        (
            Words("経常的な提供先", "Regular recipients", "わたす ところ").say(say),
            each([one.purpose.recipients for one in uses]),
        ),
        (
            Words("開示請求などを受ける組織", "Where to ask", "たのむ ところ").say(say),
            f"{settings.desk.say(say)}（{settings.desk_address.say(say)}）",
        ),
        (
            Words("ほかの法令による特別の手続", "Procedure of another law", "ほかの きまり").say(say),
            _NONE.say(say),
        ),
        (Words("ファイルの種別", "Kind of file", "しゅるい").say(say), _KIND.say(say)),
    ]
    return {"name": declared.words.say(say), "lines": lines}


def _personal(services: Sequence[Service]) -> list[EntityType]:
    return [declared for service in services for declared in service.types if declared.personal]


def settings_in(ask: PageAsk) -> Settings:
    """What the area says, else the defaults."""
    return ask.settings if isinstance(ask.settings, Settings) else Settings()


def _table(name: str, rows: Sequence[Sequence[str]]) -> Plain:
    """A table file in UTF-8 with a mark, so that spreadsheets open it; no cell runs as a formula."""
    out = io.StringIO()
    SheetWriter(out).writerows(rows)
    return Plain(("\ufeff" + out.getvalue()).encode(), "text/csv; charset=utf-8", name)
